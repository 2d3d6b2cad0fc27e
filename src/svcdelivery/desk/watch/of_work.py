"""What becomes due of a request or incident: breaches, and status updates that did not come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRecord, ServiceAgreement
from svcdelivery.clock import BreachNoticed, Verdict, read_clocks, revision_of
from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed, latest_obligation, next_update_due
from svcdelivery.desk.breaches import raised_for
from svcdelivery.desk.duties import foreseen, new_facts, timers_of
from svcdelivery.desk.engine import Consequences
from svcdelivery.desk.rows import action_row, work_row
from svcdelivery.desk.waking import WATCH, Waking, Woken
from svcdelivery.facts import Fact
from svcdelivery.improvement import CorrectiveActionRaised, action_id, action_stream, fold_action
from svcdelivery.storage.protocol import Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import WorkKind, fold_work, kind_of_stream, trace_of

__all__ = ["wake_work"]


def wake_work(waking: Waking) -> Woken:
    """Answer everything that is due of an item by now, whichever of its wake-ups it was.

    Its other wake-ups are set as the facts then say, so that one look serves them all.
    """
    stream = waking.timer.stream
    kind = kind_of_stream(stream)
    assert kind is not None, "the table hands on work alone"
    facts = tuple(waking.unit.journal.load(stream))
    work = fold_work(facts)
    record = waking.engine.agreement(waking.unit, work.agreement) if work is not None else None
    if work is None or record is None:
        return Woken()
    return _Look(kind, record, facts, max(waking.now, facts[-1].occurred_at)).woken(waking.unit)


@frozen
class _Look:
    """One look at an item."""

    kind: WorkKind
    record: AgreementRecord
    facts: tuple[Fact[Any], ...]
    now: Instant

    @property
    def stream(self) -> str:
        return self.facts[0].stream

    def woken(self, unit: Unit) -> Woken:
        bodies: list[Any] = []
        writes: list[Write] = []
        for noticed in _breaches(self.record.agreement, self.facts, self.now):
            bodies.append(noticed)
            writes += self._raised(unit, noticed)
        bodies += _missed(self.record.agreement, self.facts, self.now)
        said = new_facts(bodies, by=WATCH, now=self.now)
        writes.append(Write(stream=self.stream, expected=self.facts[-1].version, facts=said))
        return Woken(writes=writes, after=self._after)

    def _raised(self, unit: Unit, breach: BreachNoticed) -> list[Write]:
        action = action_stream(action_id(self.stream, breach.target, breach.cycle))
        if unit.journal.load(action, upto=1):
            return []
        work = fold_work(self.facts)
        owner = work.team if work is not None and work.team else "service desk"
        fact = raised_for(self.stream, breach, owner=owner, by=WATCH, now=self.now)
        return [Write(stream=action, expected=0, facts=(fact,))]

    def _after(self, recorded: tuple[Fact[Any], ...], unit: Unit) -> Consequences:
        facts = (*self.facts, *(fact for fact in recorded if fact.stream == self.stream))
        grown = fold_work(facts)
        assert grown is not None, "recorded facts fold"
        raised = [fold_action((fact,)) for fact in recorded if isinstance(fact.body, CorrectiveActionRaised)]
        readings = read_clocks(self.record.agreement, facts, self.now)
        counts = Counter(_COUNTED.get(type(fact.body), "") for fact in recorded)
        return Consequences(
            records=[work_row(self.kind, grown), *(action_row(action) for action in raised if action is not None)],
            timers=timers_of(self.stream, facts, readings, unit.timers.of(self.stream)),
            counts=[(name, count) for name, count in counts.items() if name],
        )


_COUNTED: dict[type, str] = {BreachNoticed: "breaches", StatusUpdateMissed: "updates missed"}


def _breaches(agreement: ServiceAgreement, facts: Sequence[Fact[Any]], now: Instant) -> list[BreachNoticed]:
    # Once a target and cycle: a correction or an amendment may have moved the due instant since.
    noticed = {(fact.body.target, fact.body.cycle) for fact in facts if isinstance(fact.body, BreachNoticed)}
    return [
        BreachNoticed(target=reading.target, measure=reading.measure, due_at=reading.due_at, cycle=reading.cycle)
        for reading in read_clocks(agreement, facts, now)
        if reading.verdict is Verdict.BREACHED and reading.due_at and (reading.target, reading.cycle) not in noticed
    ]


def _missed(agreement: ServiceAgreement, facts: tuple[Fact[Any], ...], now: Instant) -> list[Any]:
    """Answer that an update was missed, and when the next is owed: a miss ends no duty."""
    obligation = latest_obligation(facts)
    if obligation is None or obligation.due_at >= now:
        return []
    missed = StatusUpdateMissed(obligation.due_at)
    steps = trace_of(facts)
    revision = revision_of(agreement, steps.steps) if steps is not None else None
    if revision is None:
        return [missed]
    after = foreseen(facts[0].stream, facts, [missed], by=WATCH, now=now)
    due_at = next_update_due(revision, after)
    return [missed] if due_at is None else [missed, StatusUpdateDue(due_at)]
