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

__all__ = ["DESK", "told", "write"]


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
        tell(pipe, insist(lambda: told(command, desk)))  # noqa: B023
        if draw.random() < 0.03:
            tell(pipe, insist(lambda: _again(command, desk)))  # noqa: B023
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


def _again(command: Asked, desk: ServiceDesk) -> str:
    """Ask twice more: whatever the first answer was, it must not change."""
    try:
        one, other = command.ask(desk), command.ask(desk)
    except NotPermittedError:
        return "asked again"
    except REFUSALS:
        return "asked again in vain"
    same = other.replayed and one.replayed and evolve(one, replayed=True) == other
    return "asked again" if same else f"wrong {command.key}, asked again, was not what it had been"
