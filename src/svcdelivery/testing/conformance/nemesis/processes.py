"""The processes of a run: writers, workers that take out what is due, and a reader of the feed.

Each tells its parent by a pipe what it has done, after the commit and never before. A message is short enough for the
system to write it whole or not at all, so a kill cuts none in two.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from multiprocessing.connection import Connection
from random import Random
from typing import Protocol, TypeVar

from attrs import frozen

from svcdelivery.errors import Busy, Conflict, ServiceDeliveryError, StoreError, StoreFull, Unknown, UnusableInputError
from svcdelivery.facts import NewFact
from svcdelivery.storage.protocol import Claim, Parcel, Store, Unit, Write
from svcdelivery.testing.conformance.kit import Noted, StoreFactory, later
from svcdelivery.testing.conformance.lab import ACTOR
from svcdelivery.testing.conformance.nemesis.work import DELIVERED, FAR, FIRED, TENANT, command_of, perform
from svcdelivery.timeline import Instant

__all__ = ["Conditions", "Errand", "Room", "SteppingClock", "insisted", "read", "take_out", "tell", "write"]

_PATIENCE_SECONDS = 90.0
_PAUSE_SECONDS = 0.01
_HOUR_MICROS = 3_600_000_000
_LENT_MOST = 5
_PAGE = 1000

T = TypeVar("T")
Lent = Claim | Parcel


@frozen(kw_only=True)
class Conditions:
    """What all processes of a run live under.

    Attributes:
        began: Of the machine's steady clock, in seconds; all processes count from there.
        lease_seconds: How long workers borrow what is due.
        clocks_step: Whether clocks are set back and forth by an hour.
        room_bytes: How large a file of a writer may become until it complains; then it gets as much again.
    """

    seed: int
    began: float
    lease_seconds: float
    clocks_step: bool
    room_bytes: int | None


class Errand(Protocol):
    """What a process does until it is killed."""

    def __call__(self, make: StoreFactory, pipe: Connection, conditions: Conditions, name: str, first: int) -> None:
        """Begin with a number."""
        ...


class SteppingClock:
    """The time of one process: set back and forth by an hour now and then, as clocks of machines are."""

    def __init__(self, conditions: Conditions, draw: Random) -> None:
        self._conditions = conditions
        self._draw = draw
        self._skew_micros = 0

    def now(self) -> Instant:
        """Answer the time it shows."""
        if self._conditions.clocks_step and self._draw.random() < 0.005:
            self._skew_micros = self._draw.choice((-_HOUR_MICROS, 0, _HOUR_MICROS))
        passed = int((time.monotonic() - self._conditions.began) * 1_000_000)
        return later(_HOUR_MICROS + passed + self._skew_micros)


def write(make: StoreFactory, pipe: Connection, conditions: Conditions, name: str, first: int) -> None:
    """Run one command after another; `done` with key, first position and number of facts, once it is committed."""
    room = Room(conditions.room_bytes)
    store = insisted(make, pipe, room)
    draw = Random(f"{conditions.seed} {name} {first}")
    clock = SteppingClock(conditions, draw)
    number = first
    # Each act below is done with before the next round: it may take what changes from round to round as it is.
    while True:
        command = command_of(conditions.seed, f"{name}-{number}")
        receipt = insisted(lambda: perform(store, command, clock.now()), pipe, room)  # noqa: B023
        tell(pipe, f"done {command.key} {receipt.facts[0].position} {len(receipt.facts)}")
        if draw.random() < 0.03:
            # The acknowledgement was lost on its way: whoever waits for it asks again with the same key.
            again = insisted(lambda: perform(store, command, clock.now()), pipe, room)  # noqa: B023
            same = again.replayed and again.facts == receipt.facts
            tell(pipe, "asked again" if same else f"wrong {command.key}, asked again, was not what it had been")
        if draw.random() < 0.01:
            store.close()
            store = insisted(make, pipe, room)
        number += 1


def take_out(make: StoreFactory, pipe: Connection, conditions: Conditions, name: str, first: int) -> None:
    """Borrow what is due, dawdle, and take it out together with a fact that says so; `fired` and `delivered`."""
    room = Room(None)
    store = insisted(make, pipe, room)
    draw = Random(f"{conditions.seed} {name} {first}")
    clock = SteppingClock(conditions, draw)
    keys = (f"{name}-{first}-{number}" for number in count())
    while True:
        for lent in insisted(lambda: _borrowed(store, conditions, clock, name), pipe, room):
            if draw.random() < 0.02:
                time.sleep(conditions.lease_seconds * 1.5)
            elif draw.random() < 0.2:
                time.sleep(draw.random() * 0.01)
            try:
                said = _taken_out(store, lent, next(keys), clock.now(), defer=draw.random() < 0.1)
            except ServiceDeliveryError as error:
                if not _passes(error):
                    raise
                # It is not tried again: whether it counts, the store alone knows.
                said = _word(error)
            tell(pipe, said)
        time.sleep(_PAUSE_SECONDS)


def read(make: StoreFactory, pipe: Connection, conditions: Conditions, name: str, first: int) -> None:  # noqa: ARG001
    """Follow the feed: each page must begin where the one before ended."""
    room = Room(None)
    store = insisted(make, pipe, room)
    position = first
    while True:
        facts = insisted(lambda: _page(store, position), pipe, room)  # noqa: B023
        for fact in facts:
            position += 1
            if fact != position:
                tell(pipe, f"gap {position}, which a reader of the feed was not given: {fact} came")
                position = fact
        if facts:
            tell(pipe, f"read {position}")
        time.sleep(_PAUSE_SECONDS)


def _page(store: Store, after: int) -> list[int]:
    with store.unit(TENANT, write=False) as unit:
        return [fact.position for fact in unit.feed.read(after, limit=_PAGE)]


def _borrowed(store: Store, conditions: Conditions, clock: SteppingClock, name: str) -> list[Lent]:
    now = clock.now()
    until = _plus(now, conditions.lease_seconds)
    with store.unit(TENANT) as unit:
        claims = unit.timers.claim(FAR, now=now, until=until, owner=name, limit=_LENT_MOST)
        parcels = unit.outbox.claim(FAR, now=now, until=until, owner=name, limit=_LENT_MOST)
    return [*claims, *parcels]


def _taken_out(store: Store, lent: Lent, key: str, now: Instant, *, defer: bool) -> str:
    kind, about = (FIRED, lent.due.name) if isinstance(lent, Claim) else (DELIVERED, lent.message.id)
    try:
        with store.unit(TENANT) as unit:
            if defer and isinstance(lent, Parcel):
                return "deferred" if unit.outbox.defer(lent, lent.message.due_at) else "late"
            _settle(unit, lent)
            fact = NewFact(body=Noted(text=about), actor=ACTOR)
            unit.journal.append([Write(stream=kind, expected=None, facts=(fact,))], key=key, intent=key, now=now)
    except _LateError:
        return "late"
    return f"{kind} {about}"


def _settle(unit: Unit, lent: Lent) -> None:
    if not (unit.timers.settle(lent) if isinstance(lent, Claim) else unit.outbox.settle(lent)):
        raise _LateError


class _LateError(Exception):
    """What was lent has been lent to another meanwhile."""


def insisted(act: Callable[[], T], pipe: Connection, room: Room) -> T:
    """Answer what the act answers, which is tried again while what stops it may pass."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return act()
        except Conflict:
            tell(pipe, "conflict")
        except Exception as error:
            if not _passes(error) or time.monotonic() > give_up:
                tell(pipe, f"wrong, {type(error).__name__}: {error}")
                raise
            tell(pipe, _word(error))
            room.widen(error)
            time.sleep(_PAUSE_SECONDS)


def _passes(error: Exception) -> bool:
    # What may be over in a moment: a full disk, a server that is not there, a store that others use.
    return isinstance(error, Busy | Unknown | StoreFull | UnusableInputError) or type(error) is StoreError


def _word(error: Exception) -> str:
    match error:
        case Busy():
            return "busy"
        case Unknown():
            return "unknown"
        case StoreFull():
            return "full"
        case _:
            return "failed"


class Room:
    """How large files may become. Where one would become larger, the system refuses, as a full disk does."""

    def __init__(self, step: int | None) -> None:
        self._step = step
        self._most = 0
        self._more()

    def widen(self, error: Exception) -> None:
        """Get more, as when somebody has tidied up, unless the error says that room was not what was missing."""
        if not isinstance(error, Busy):
            self._more()

    def _more(self) -> None:
        if self._step is not None:
            import resource

            self._most += self._step
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._most, resource.RLIM_INFINITY))


def _plus(at: Instant, seconds: float) -> Instant:
    return datetime.__add__(at, timedelta(seconds=seconds))


def tell(pipe: Connection, what: str) -> None:
    """Tell the parent what is done."""
    pipe.send_bytes(what.encode())
