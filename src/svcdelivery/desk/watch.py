"""The watch: what became due is noticed, recorded and acted on, once."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from attrs import evolve, frozen

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.clock import BreachNoticed, Verdict, read_clocks, revision_of
from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed, latest_obligation, next_update_due
from svcdelivery.desk.duties import UPDATE_TIMER, due_timer, foreseen, new_facts, timers_of
from svcdelivery.desk.engine import Engine
from svcdelivery.desk.rereading import is_rereading, reread
from svcdelivery.desk.rows import action_row, work_row
from svcdelivery.errors import Conflict
from svcdelivery.facts import Fact, NewFact
from svcdelivery.identity import Actor
from svcdelivery.improvement import CorrectiveActionRaised, action_id, action_stream, fold_action
from svcdelivery.storage.protocol import Due, Unit, Write
from svcdelivery.timeline import Instant, format_instant
from svcdelivery.work import fold_work, kind_of_stream, trace_of

__all__ = ["Watch", "WatchReport", "raised_for"]

WATCH = Actor.system("watch")


@frozen
class WatchReport:
    """What one run of the watch came across.

    Attributes:
        reread: Open items whose wake-ups were set anew, since new terms hold for them.
    """

    timers: int = 0
    breaches: int = 0
    updates_missed: int = 0
    reread: int = 0


class Watch:
    """Looks after the timers of a tenant. Safe to run as often as one likes: a due timer takes effect once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, *, limit: int = 100) -> WatchReport:
        """Handle at most `limit` timers that are due now, earliest first."""
        with self._engine.store.unit(self._engine.tenant, write=False) as unit:
            now = self._engine.now(unit)
            due = unit.timers.due(now, limit=limit)
        report = WatchReport()
        for timer in due:
            found = self._handle(timer, now)
            report = WatchReport(
                timers=report.timers + 1,
                breaches=report.breaches + found.breaches,
                updates_missed=report.updates_missed + found.updates_missed,
                reread=report.reread + found.reread,
            )
        return report

    def _handle(self, timer: Due, now: Instant) -> WatchReport:
        try:
            with self._engine.store.unit(self._engine.tenant) as unit:
                return self._reread(unit, timer, now) if is_rereading(timer) else self._fire(unit, timer, now)
        except Conflict:
            # Somebody wrote the item meanwhile and armed its timers anew; the next run sees how it stands.
            return WatchReport()

    def _reread(self, unit: Unit, timer: Due, now: Instant) -> WatchReport:
        record = self._engine.agreement(unit, timer.stream.partition(":")[2])
        assert record is not None, "an agreement's wake-up was set when it was recorded"
        return WatchReport(reread=reread(unit, record, timer, now))

    def _fire(self, unit: Unit, timer: Due, now: Instant) -> WatchReport:
        kind = kind_of_stream(timer.stream)
        facts = tuple(unit.journal.load(timer.stream))
        work = fold_work(facts) if kind is not None else None
        record = self._engine.agreement(unit, work.agreement) if work is not None else None
        if kind is None or work is None or record is None or timer.due_at is None:
            unit.timers.arm([evolve(timer, due_at=None)])
            return WatchReport()
        now = max(now, facts[-1].occurred_at)
        bodies: list[Any] = []
        writes: list[Write] = []
        for reading in read_clocks(record.agreement, facts, now):
            if (
                due_timer(reading.target, reading.cycle) == timer.name
                and reading.verdict is Verdict.BREACHED
                and reading.due_at
            ):
                noticed = BreachNoticed(
                    target=reading.target, measure=reading.measure, due_at=reading.due_at, cycle=reading.cycle
                )
                if not _is_noticed(facts, noticed):
                    bodies.append(noticed)
                    writes += self._raised(unit, timer.stream, noticed, work.team or "service desk", now)
        obligation = latest_obligation(facts)
        if timer.name == UPDATE_TIMER and obligation is not None and obligation.due_at < now:
            bodies += _missed(record.agreement, facts, obligation, now)
        if bodies:
            expected = facts[-1].version
            writes.append(Write(stream=timer.stream, expected=expected, facts=new_facts(bodies, by=WATCH, now=now)))
            receipt = unit.journal.append(writes, key=_key(timer, expected), intent="watch", now=now)
            facts = (*facts, *(fact for fact in receipt.facts if fact.stream == timer.stream))
            self._put(unit, receipt.facts)
        grown = fold_work(facts)
        assert grown is not None, "recorded facts fold"
        unit.records.put([work_row(kind, grown)])
        readings = read_clocks(record.agreement, facts, now)
        unit.timers.arm(timers_of(timer.stream, facts, readings, unit.timers.of(timer.stream)))
        return WatchReport(
            breaches=sum(isinstance(body, BreachNoticed) for body in bodies),
            updates_missed=sum(isinstance(body, StatusUpdateMissed) for body in bodies),
        )

    def _raised(self, unit: Unit, stream: str, breach: BreachNoticed, owner: str, now: Instant) -> list[Write]:
        action = action_stream(action_id(stream, breach.target, breach.cycle))
        if unit.journal.load(action, upto=1):
            return []
        return [Write(stream=action, expected=0, facts=(raised_for(stream, breach, owner=owner, now=now),))]

    def _put(self, unit: Unit, recorded: tuple[Fact[Any], ...]) -> None:
        raised = [fold_action((fact,)) for fact in recorded if isinstance(fact.body, CorrectiveActionRaised)]
        unit.records.put([action_row(action) for action in raised if action is not None])


def _missed(
    agreement: ServiceAgreement, facts: tuple[Fact[Any], ...], obligation: StatusUpdateDue, now: Instant
) -> list[Any]:
    """Answer that an update was missed, and when the next is owed: a miss ends no duty."""
    missed = StatusUpdateMissed(obligation.due_at)
    steps = trace_of(facts)
    revision = revision_of(agreement, steps.steps) if steps is not None else None
    if revision is None:
        return [missed]
    after = foreseen(facts[0].stream, facts, [missed], by=WATCH, now=now)
    due_at = next_update_due(revision, after)
    return [missed] if due_at is None else [missed, StatusUpdateDue(due_at)]


def _is_noticed(facts: Sequence[Fact[Any]], breach: BreachNoticed) -> bool:
    # Once a target and cycle: a correction or an amendment may have moved the due instant since.
    noticed = (fact.body for fact in facts if isinstance(fact.body, BreachNoticed))
    return any((body.target, body.cycle) == (breach.target, breach.cycle) for body in noticed)


def _key(timer: Due, version: int) -> str:
    # Names may be as long as a key; a digest of them never is.
    return "watch:" + sha256(f"{timer.stream}\n{timer.name}\n{version}".encode()).hexdigest()


def raised_for(stream: str, breach: BreachNoticed, *, owner: str, now: Instant) -> NewFact[CorrectiveActionRaised]:
    """Answer the fact that raises the corrective action of a breach."""
    body = CorrectiveActionRaised(
        trigger="breach",
        item=stream,
        target=breach.target,
        owner=owner,
        summary=f"{breach.measure} of {stream} was due {format_instant(breach.due_at)} and came later or not yet",
        breached_at=breach.due_at,
    )
    return NewFact(body=body, actor=WATCH, occurred_at=now)
