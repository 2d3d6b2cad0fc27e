"""What a writer does until it is killed: one command of the desk after another, each told once it is committed."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from random import Random

from attrs import evolve

from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import NotPermittedError
from svcdelivery.testing.conformance.kit import StoreFactory
from svcdelivery.testing.conformance.nemesis import Cast
from svcdelivery.testing.conformance.nemesis.processes import Conditions, Room, SteppingClock, insisted, tell
from tests.durability.desk.checker import check_desk
from tests.durability.desk.play import REFUSALS, Asked, command_of, open_desk, set_up

__all__ = ["DESK", "again", "told", "write"]


def write(make: StoreFactory, pipe: Connection, conditions: Conditions, name: str, first: int) -> None:
    """Give one command after another, insisting on each with its key; now and then ask again for what was done."""
    room = Room(conditions.room_bytes)
    draw = Random(f"{conditions.seed} {name} {first}")
    clock = SteppingClock(conditions, draw)

    def insist(act: Callable[[], object]) -> str:
        return str(insisted(act, pipe, room))

    store = insisted(make, pipe, room)
    desk = open_desk(store, clock)
    insist(lambda: all(set_up(desk)))
    number = first
    # Each act below is done with before the next round: it may take what changes from round to round as it is.
    while True:
        command = command_of(conditions.seed, f"{name}-{number}")
        said = insist(lambda: told(command, desk))  # noqa: B023
        tell(pipe, said)
        if draw.random() < 0.03:
            tell(pipe, insist(lambda: again(command, said, desk)))  # noqa: B023
        if draw.random() < 0.01:
            store.close()
            store = insisted(make, pipe, room)
            desk = open_desk(store, clock)
        number += 1


DESK = Cast(writer=write, check=check_desk)
"""Commands of the desk in place of what the kit writes."""


def told(command: Asked, desk: ServiceDesk) -> str:
    """Give a command, and answer what to tell of it."""
    try:
        facts = command.ask(desk).facts
    except NotPermittedError:
        return f"denied {command.key}"
    except REFUSALS:
        return f"refused {command.key}"
    return f"done {command.key} {facts[0].position} {len(facts)}"


def again(command: Asked, said: str, desk: ServiceDesk) -> str:
    """Ask twice more: what was done or denied stays so; what was refused may be done by now."""
    was = said.split(maxsplit=1)[0]
    try:
        one, other = command.ask(desk), command.ask(desk)
        same = was == "refused" or (was == "done" and one.replayed)
        same = same and other.replayed and evolve(one, replayed=True) == other
    except NotPermittedError:
        same = was == "denied"
    except REFUSALS:
        same = was == "refused"
    return "asked again" if same else f"wrong {command.key}, asked again, was not what it had been"
