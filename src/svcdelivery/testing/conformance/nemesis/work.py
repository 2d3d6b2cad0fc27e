"""What a command of a run writes, drawn from the seed and its key alone: so a checker knows it without being told."""

from __future__ import annotations

from random import Random

from attrs import frozen

from svcdelivery.facts import NewFact
from svcdelivery.storage.protocol import Due, Message, Receipt, Record, Store, Write
from svcdelivery.testing.conformance.kit import START, Noted, later
from svcdelivery.testing.conformance.lab import ACTOR
from svcdelivery.timeline import Instant

__all__ = [
    "DELIVERED",
    "FAR",
    "FIRED",
    "ITEMS",
    "KIND",
    "NEXT",
    "SHARED",
    "TENANT",
    "DrawnCommand",
    "command_of",
    "perform",
]

TENANT = "main"
KIND = "item"
ITEMS = 40
"""How many streams the commands of a run share."""

SHARED = "shared"
FIRED = "fired"
DELIVERED = "delivered"
"""Streams that workers write to: a fact for each wake-up and each message they took out."""

NEXT = "next"
"""The wake-up of every stream that each command moves, and no worker takes."""

FAR = later(30 * 86_400_000_000)
"""What workers look for is due by then; `NEXT` is due later."""

_SPREAD_MICROS = 86_400_000_000


@frozen(kw_only=True)
class DrawnCommand:
    """A command, drawn.

    Attributes:
        stream: Of the item it is about.
        size: How many facts it writes to that stream.
        shares: Whether it writes one more to the stream that all share.
        wakes_at: When a wake-up of its own is due; workers take it out once.
        next_at: Where it moves the stream's wake-up `next`.
        tells: Whether it puts a message of its own into the outbox.
        marks: Whether it moves the mark named after the stream to its last fact.
    """

    key: str
    stream: str
    size: int
    shares: bool
    wakes_at: Instant | None
    next_at: Instant
    tells: bool
    marks: bool

    @property
    def streams(self) -> tuple[str, ...]:
        """Where its facts go, one after another."""
        return (self.stream,) * self.size + (SHARED,) * self.shares


def command_of(seed: int, key: str) -> DrawnCommand:
    """Answer the command of a key."""
    draw = Random(f"{seed} {key}")
    return DrawnCommand(
        key=key,
        stream=f"{KIND}:{draw.randrange(ITEMS)}",
        size=draw.randint(1, 4),
        shares=draw.random() < 0.25,
        wakes_at=later(draw.randrange(_SPREAD_MICROS)) if draw.random() < 0.2 else None,
        next_at=later(60 * 86_400_000_000 + draw.randrange(_SPREAD_MICROS)),
        tells=draw.random() < 0.2,
        marks=draw.random() < 0.25,
    )


def perform(store: Store, command: DrawnCommand, now: Instant) -> Receipt:
    """Run a command as a desk does: look the key up and read in one unit, write all of it in another.

    Raises:
        Conflict: Somebody else wrote to the stream in between.
    """
    with store.unit(TENANT, write=False) as unit:
        earlier = unit.journal.receipt(command.key, command.key)
        if earlier is not None:
            return earlier
        known = unit.records.get(KIND, command.stream)
        version = known.version if known is not None else 0
        # A store that lost a record by itself is found out at the end; here the facts decide.
        version += len(unit.journal.load(command.stream, after=version))
    with store.unit(TENANT) as unit:
        receipt = unit.journal.append(_writes(command, version), key=command.key, intent=command.key, now=now)
        if receipt.replayed:
            return receipt
        unit.records.put([_record(command, version + command.size)])
        unit.timers.arm(list(_wakeups(command)))
        if command.tells:
            unit.outbox.put([Message(id=command.key, topic="word", stream=command.stream, due_at=START)])
        if command.marks:
            unit.marks.put(command.stream, receipt.facts[-1].position)
    return receipt


def _writes(command: DrawnCommand, version: int) -> list[Write]:
    facts = [
        NewFact(body=Noted(text=command.key, number=number), actor=ACTOR) for number in range(len(command.streams))
    ]
    own = Write(stream=command.stream, expected=version, facts=tuple(facts[: command.size]))
    return [own, Write(stream=SHARED, expected=None, facts=tuple(facts[command.size :]))] if command.shares else [own]


def _record(command: DrawnCommand, version: int) -> Record:
    columns = (("status", "on"),)
    data = {"key": command.key, "version": version}
    return Record(kind=KIND, id=command.stream, stream=command.stream, version=version, columns=columns, data=data)


def _wakeups(command: DrawnCommand) -> list[Due]:
    moved = [Due(stream=command.stream, name=NEXT, due_at=command.next_at)]
    if command.wakes_at is not None:
        moved.append(Due(stream=command.stream, name=command.key, due_at=command.wakes_at))
    return moved
