"""Imports at the desk: another system's log taken in whole, in one transaction, with nothing decided or invented."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRecord
from svcdelivery.clock import BreachNoticed, ClockReading, Verdict, read_outline, read_trace
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import WATCH, new_facts
from svcdelivery.desk.command.judged import decision_in
from svcdelivery.desk.command.rows import ACTIONS, work_row
from svcdelivery.desk.work.breaches import raised_for
from svcdelivery.errors import InvalidValueError, NotPermittedError
from svcdelivery.facts import Fact, NewFact, in_words
from svcdelivery.identity import Actor, identifier
from svcdelivery.improvement import CorrectiveAction, CorrectiveActionWaived, action_id, action_stream, fold_action
from svcdelivery.security import SECURITY_STREAM, Decided, Decision, decide_internal
from svcdelivery.storage.protocol import Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import (
    Imported,
    ImportedItem,
    Observed,
    Work,
    WorkKind,
    import_stream,
    kind_named,
    observed_work,
    trace_of,
)

__all__ = ["ImportDesk", "ImportOutcome", "TakenIn"]

_ITEMS_A_WRITE = 250


@frozen
class ImportOutcome:
    """What an import put on record."""

    items: int
    facts: int
    replayed: bool


@frozen(kw_only=True, eq=False)
class TakenIn:
    """One imported item as it was written.

    Attributes:
        facts: As they happened.
        agreement: The agreement on record the item names, None where there is none.
        readings: Its clocks at the instant of the import; empty where nothing was judged.
        actions: Raised for its breaches.
    """

    kind: WorkKind
    facts: tuple[Fact[Any], ...]
    work: Work
    agreement: AgreementRecord | None
    readings: tuple[ClockReading, ...] = ()
    actions: list[CorrectiveAction] = field(factory=list)

    @property
    def is_breached(self) -> bool:
        """Whether one of its clocks is past its due instant."""
        return any(reading.verdict is Verdict.BREACHED for reading in self.readings)


class ImportDesk:
    """Logs of other systems."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(
        self,
        items: Iterable[ImportedItem],
        *,
        source: str,
        describe: Callable[[int, int], Imported],
        by: Actor,
        key: str,
        judged: bool = False,
        waive: str | None = None,
        each: Callable[[TakenIn], None] | None = None,
    ) -> ImportOutcome:
        """Take in items, all or none. No timer is armed, nobody is told or asked.

        Args:
            items: Drawn one after another within the transaction.
            source: Names the import in every observation.
            describe: Answers the import's own fact once all items are drawn, with the numbers of items and rows.
            judged: Whether a corrective action is raised for each breach of the agreement an item names.
            waive: The ground on which `by` waives all of these actions at once.
            each: Told of each item once it is written, so that nobody has to read it again.

        Raises:
            NotPermittedError: `by` is neither active staff nor a program of the host; the denial is on record.
            Conflict: An item of that id is on record already.
        """
        identifier(key, "a command key")
        if waive is not None:
            in_words(waive, "waive", what="a ground")
        with self._engine.write_unit() as unit:
            now = self._engine.now(unit)
            earlier = unit.journal.receipt(key, f"import {source}")
            decision = decision_in(earlier) if earlier is not None else self._decide(source, by, now)
            assert decision is not None, "an import records its decision"
            if earlier is not None and decision.allowed:
                done = next(fact.body for fact in earlier.facts if isinstance(fact.body, Imported))
                return ImportOutcome(items=done.items, facts=done.rows, replayed=True)
            intake = _Intake(
                engine=self._engine, unit=unit, now=now, by=by, key=key, judged=judged, waive=waive, each=each
            )
            bodies: dict[str, object] = {SECURITY_STREAM: Decided.of(decision)}
            counted = rows = 0
            if decision.allowed:
                counted, rows = intake.take(items)
                bodies[import_stream(source)] = describe(counted, rows)
            intake.append([(stream, None, (body,)) for stream, body in bodies.items()], key, f"import {source}")
        if not decision.allowed:
            raise NotPermittedError(reasons=decision.reasons)
        return ImportOutcome(items=counted, facts=rows, replayed=False)

    def _decide(self, source: str, by: Actor, now: Instant) -> Decision:
        person = self._engine.directory.person(by.id)
        return decide_internal(actor=by, action="import", item=import_stream(source), person=person, at=now)


@frozen(kw_only=True)
class _Intake:
    """One import under way in its transaction."""

    engine: Engine
    unit: Unit
    now: Instant
    by: Actor
    key: str
    judged: bool
    waive: str | None
    each: Callable[[TakenIn], None] | None
    _known: dict[str, AgreementRecord | None] = field(factory=dict, init=False)

    def take(self, items: Iterable[ImportedItem]) -> tuple[int, int]:
        """Write the items in batches, and answer how many items and rows there were."""
        counted = rows = 0
        drawn = iter(items)
        for number in range(1_000_000):
            batch = list(islice(drawn, _ITEMS_A_WRITE))
            if not batch:
                break
            rows += self._put(batch, _part_key(self.key, f"items {number}"))
            counted += len(batch)
        return counted, rows

    def append(self, bodies: Iterable[tuple[str, int | None, tuple[object, ...]]], key: str, intent: str) -> None:
        """Write bodies to streams in the name of who imports."""
        writes = [
            Write(stream=stream, expected=expected, facts=new_facts(said, by=self.by, now=self.now))
            for stream, expected, said in bodies
        ]
        self.unit.journal.append(writes, key=key, intent=intent, now=self.now)

    def _put(self, batch: list[ImportedItem], key: str) -> int:
        for item in batch:
            if not item.facts:
                raise InvalidValueError(what="an item with observations", value=item.id, path="items")
            if {type(fact.body) for fact in item.facts} != {Observed}:
                # Whatever else there is to say of work rests on a decision of its own.
                raise InvalidValueError(what="an item of observations alone", value=item.id, path="items")
        writes = [Write(stream=kind_named(i.kind).stream(i.id), expected=0, facts=i.facts) for i in batch]
        recorded = self.unit.journal.append(writes, key=key, intent="import", now=self.now).facts
        # They come back in the order they were given in.
        facts = iter(recorded)
        taken = [self._judge(tuple(islice(facts, len(item.facts)))) for item in batch]
        self._raise(taken, key)
        self.unit.records.put([work_row(one.kind, one.work) for one in taken])
        if self.each is not None:
            for one in taken:
                self.each(one)
        return len(recorded)

    def _judge(self, facts: tuple[Fact[Any], ...]) -> TakenIn:
        known = observed_work(facts, self.now)
        if known is None:
            return self._traced(facts)
        work, outline = known
        record = self._agreement(work.agreement)
        readings = (
            read_outline(record.agreement, facts, outline, self.now) if self.judged and record is not None else ()
        )
        return TakenIn(kind=outline.kind, facts=facts, work=work, agreement=record, readings=readings)

    def _traced(self, facts: tuple[Fact[Any], ...]) -> TakenIn:
        trace = trace_of(facts)
        assert trace is not None, "an item with observations has a trace"
        work = trace.record
        record = self._agreement(work.agreement)
        readings = read_trace(record.agreement, trace, self.now) if self.judged and record is not None else ()
        return TakenIn(kind=trace.kind, facts=trace.facts, work=work, agreement=record, readings=readings)

    def _raise(self, taken: Iterable[TakenIn], key: str) -> None:
        """Raise an action for each breach."""
        breached = {one.kind.stream(one.work.id): one for one in taken if one.is_breached}
        writes = [write for one in breached.values() for write in self._actions(one)]
        if not writes:
            return
        recorded = self.unit.journal.append(writes, key=_part_key(key, "actions"), intent="import", now=self.now).facts
        rows = []
        for _, facts in groupby(recorded, key=attrgetter("stream")):
            action = fold_action(facts)
            assert action is not None, "a raised action folds"
            breached[action.item].actions.append(action)
            rows.append(ACTIONS.row(action))
        self.unit.records.put(rows)

    def _agreement(self, id: str) -> AgreementRecord | None:
        if id not in self._known:
            self._known[id] = self.engine.agreement(self.unit, id) if id else None
        return self._known[id]

    def _actions(self, taken: TakenIn) -> Iterator[Write]:
        stream = taken.kind.stream(taken.work.id)
        owner = taken.work.team or "service desk"
        for reading in taken.readings:
            if reading.verdict is not Verdict.BREACHED or reading.due_at is None:
                continue
            breach = BreachNoticed(
                target=reading.target, measure=reading.measure, due_at=reading.due_at, cycle=reading.cycle
            )
            said: tuple[NewFact[Any], ...] = (raised_for(stream, breach, owner=owner, by=WATCH, now=self.now),)
            if self.waive is not None:
                said += new_facts((CorrectiveActionWaived(ground=self.waive),), by=self.by, now=self.now)
            yield Write(stream=action_stream(action_id(stream, breach.target, breach.cycle)), expected=0, facts=said)


def _part_key(key: str, part: str) -> str:
    # A part is written under a key of its own, which no caller gives and no other part gets.
    return f"import part {sha256(f'{key}/{part}'.encode()).hexdigest()}"
