"""Commands of the provider's own: one stream of facts, decided by who may manage what is internal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen

from svcdelivery.clock import ClockReading
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import foreseen, new_facts
from svcdelivery.desk.command.judged import Judged, Written
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.timers import rearmed, wakes_of_clocks
from svcdelivery.errors import NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.security import ACCESS_STREAM, Decision, decide_internal
from svcdelivery.storage.protocol import Due, Receipt, Record, Unit, Write
from svcdelivery.timeline import Instant

__all__ = ["Aggregate", "Clocked", "Kept", "Said", "act", "kept_of", "part_key"]

R = TypeVar("R")


@frozen
class Aggregate(Generic[R]):
    """What is kept in one stream each.

    Attributes:
        what: Its name in messages, such as `corrective action`.
        command: The first part of the names of its commands, such as `action`.
        stream: Answers the stream of an id.
        fold: Answers the record its facts tell, None for no facts.
        row: Answers the row it is found by, None where it needs none.
        clocks: Answers its clocks and wake-ups at an instant, as they were known at another if one is given; None for
            what has neither.
    """

    what: str
    command: str
    stream: Callable[[str], str]
    fold: Callable[[Iterable[Fact[Any]]], R | None]
    row: Callable[[R], Record | None]
    clocks: Callable[[Engine, Unit, Sequence[Fact[Any]], Instant, Instant | None], Clocked] | None = None


@frozen
class Clocked:
    """What time is to a stream.

    Attributes:
        readings: Its clocks; each due instant is a wake-up.
        wakes: Wake-ups beside those of the clocks, by name.
    """

    readings: tuple[ClockReading, ...] = ()
    wakes: tuple[tuple[str, Instant], ...] = ()


@frozen
class Said(Generic[R]):
    """What a command comes to.

    Attributes:
        bodies: Facts of the stream.
        others: Facts of other streams, with the versions they rely on.
        rows: Rows of what the others changed.
        relies: Streams it was made from besides, with their versions.
    """

    bodies: Sequence[Any]
    others: Sequence[tuple[str, int, Sequence[Any]]] = ()
    rows: Sequence[Record] = ()
    relies: Sequence[tuple[str, int]] = ()


def act(
    engine: Engine,
    aggregate: Aggregate[R],
    ask: Ask,
    make: Callable[[R | None, Unit, Instant], Said[R]],
    *,
    creates: bool = False,
) -> Outcome[R]:
    """Run a command on one stream.

    Args:
        make: Answers what is said, from the record as it stands; it may refuse. Asked again on a conflict.
        creates: Whether the stream may be empty before. What is asked for without an id then gets one.

    Raises:
        NotFoundError: Nothing of that id, unless the command makes it.
        NotPermittedError: `ask.by` is neither active staff nor a program of the host; the denial is on record.
    """
    command = _Command(engine, aggregate, ask, make, creates)
    name = f"{aggregate.command}.{ask.action}"
    return engine.run(name, ask, judge=command.judge, outcome=command.outcome)


@frozen
class _Command(Generic[R]):
    """One command on one stream: how it is judged, and what is answered."""

    engine: Engine
    aggregate: Aggregate[R]
    ask: Ask
    make: Callable[[R | None, Unit, Instant], Said[R]]
    creates: bool

    def judge(self, unit: Unit, now: Instant) -> Judged:
        stream = self.aggregate.stream(self._id(now))
        decision, relies = self._decide(unit, stream, now)
        if not decision.allowed:
            return Judged(decision=decision, relies=relies)
        facts = self.engine.facts(unit, stream)
        said = self._said(unit, stream, facts, now)

        def after(recorded: tuple[Fact[Any], ...], unit: Unit) -> Written:
            own = (*facts, *(fact for fact in recorded if fact.stream == stream))
            kept = kept_of(self.engine, unit, self.aggregate, stream, facts=own, now=now)
            return Written(answer=(kept.record, kept.readings), records=(*said.rows, *kept.rows), timers=kept.timers)

        version = facts[-1].version if facts else 0
        writes = tuple(
            Write(stream=name, expected=expected, facts=new_facts(bodies, by=self.ask.by, now=now))
            for name, expected, bodies in ((stream, version, said.bodies), *said.others)
            if bodies
        )
        besides = tuple(Write(stream=name, expected=expected, facts=()) for name, expected in said.relies)
        return Judged(decision=decision, writes=writes, relies=(*relies, *besides), after=after)

    def _id(self, now: Instant) -> str:
        if self.ask.id or not self.creates:
            return self.ask.id
        # The id is no part of what was asked: asked again, the first one is found by the key.
        seed = f"{self.engine.tenant}/{self.aggregate.command}/{self.ask.key}"
        return self.engine.ids.new(seed=seed, now=now)

    def _decide(self, unit: Unit, stream: str, now: Instant) -> tuple[Decision, tuple[Write, ...]]:
        """Answer the decision, and what it relies on beside the directory."""
        by = self.ask.by
        action = f"{self.ask.action}_{self.aggregate.command}"
        person = self.engine.directory.person(by.id)
        access = self.engine.access(unit)
        roles = access.roles_for(action, stream)
        decision = decide_internal(
            actor=by, action=action, item=stream, person=person, at=now, roles=roles or frozenset()
        )
        relied = () if roles is None else (Write(stream=ACCESS_STREAM, expected=access.version, facts=()),)
        return decision, relied

    def _said(self, unit: Unit, stream: str, facts: tuple[Fact[Any], ...], now: Instant) -> Said[R]:
        """Answer what is said, once it is known that it can be folded."""
        record = self.aggregate.fold(facts)
        if record is None and not self.creates:
            raise NotFoundError(what=self.aggregate.what, id=self.ask.id)
        said = self.make(record, unit, now)
        grown = self.aggregate.fold(foreseen(stream, facts, said.bodies, by=self.ask.by, now=now))
        assert grown is not None, "a foreseen fact folds"
        return said

    def outcome(self, unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[R]:
        stream, upto = self._told(receipt)
        facts = tuple(unit.journal.load(stream, upto=upto))
        record = self.aggregate.fold(facts)
        assert record is not None, "a receipt names recorded facts"
        readings: tuple[ClockReading, ...] = ()
        if self.aggregate.clocks is not None:
            last = receipt.facts[-1]
            readings = self.aggregate.clocks(self.engine, unit, facts, last.occurred_at, last.recorded_at).readings
        return Outcome(
            record=record, facts=receipt.facts, decision=decision, readings=readings, replayed=receipt.replayed
        )

    def _told(self, receipt: Receipt) -> tuple[str, int | None]:
        """Answer the stream a receipt is of, and its version then; None where the command had nothing to say."""
        named, every = self.aggregate.stream(self.ask.id), self.aggregate.stream("")
        own = [f for f in receipt.facts if (f.stream == named if self.ask.id else f.stream.startswith(every))]
        return (own[-1].stream, own[-1].version) if own else (named, None)


@frozen
class Kept(Generic[R]):
    """A stream's record, and what is kept beside it: its row, its wake-ups."""

    record: R
    readings: tuple[ClockReading, ...] = ()
    rows: tuple[Record, ...] = ()
    timers: tuple[Due, ...] = ()


def kept_of(
    engine: Engine, unit: Unit, aggregate: Aggregate[R], stream: str, *, facts: Sequence[Fact[Any]], now: Instant
) -> Kept[R]:
    """Answer what is to be kept beside the facts of a stream."""
    record = aggregate.fold(facts)
    assert record is not None, "recorded facts fold"
    row = aggregate.row(record) if facts else None
    rows = () if row is None else (evolve(row, version=facts[-1].version),)
    if aggregate.clocks is None:
        return Kept(record, (), rows)
    clocked = aggregate.clocks(engine, unit, facts, now, None)
    armed = unit.timers.of(stream)
    wakes = dict(clocked.wakes)
    timers = rearmed(stream, {**wakes_of_clocks(facts, clocked.readings), **wakes}, armed)
    return Kept(record, clocked.readings, rows, tuple(timers))


def part_key(key: str, part: str) -> str:
    """Answer the key of a part of a command: no caller gives it, and no other part gets it."""
    return f"part {sha256(f'{key}/{part}'.encode()).hexdigest()}"
