"""Monitoring at the desk: samples taken in once, rules on record, alerts that are incidents, and what is done then.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from attrs import frozen

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.internal import Said, act, part_key
from svcdelivery.desk.command.judged import Judged, Written
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.operations.monitors import MONITOR, RULES, alerts_in, between, looks, series_in, watching
from svcdelivery.desk.operations.procedures import ProcedureDesk
from svcdelivery.errors import NotFoundError, ProcedureRefusedError
from svcdelivery.facts import in_words
from svcdelivery.identity import Actor
from svcdelivery.security import Decision, decide_internal
from svcdelivery.storage.protocol import Receipt, Unit, Write
from svcdelivery.system.monitoring import (
    ActionRefused,
    ActionTaken,
    Alert,
    KnownAlert,
    Monitor,
    MonitoringRule,
    MonitoringRuleEnded,
    MonitoringRuleSet,
    Sample,
    SamplesTaken,
    Series,
    by_stream,
    fold_monitor,
    fold_samples,
    new_samples,
    rule_stream,
)
from svcdelivery.timeline import Instant, format_instant, to_instant
from svcdelivery.work import INCIDENT

__all__ = ["MonitoringDesk", "TakenSamples"]


@frozen(kw_only=True)
class TakenSamples:
    """What became of samples that were told.

    Attributes:
        told: How many there were.
        new: How many of them nobody had told before.
    """

    told: int
    new: int


class MonitoringDesk:
    """Probes, the rules that watch them, and their alerts.

    Samples are taken in by whoever measures; the watch looks at them, and for those that do not come. An alert that
    lasts is an incident under the agreement, once. What is to be run about it is proposed, or done by `run_automatic`.
    """

    def __init__(self, engine: Engine, procedures: ProcedureDesk) -> None:
        self._engine, self._procedures = engine, procedures

    # -- asking --------------------------------------------------------------------------------------------------------

    def get(self, rule: str) -> Monitor:
        """Answer a rule with its alerts.

        Raises:
            NotFoundError: There is no such rule.
        """
        with self._engine.read_unit() as unit:
            found = fold_monitor(unit.journal.load(rule_stream(rule)))
        if found is None:
            raise NotFoundError(what="monitoring rule", id=rule)
        return found

    def rules(self) -> tuple[MonitoringRule, ...]:
        """Answer the rules that watch something, by id."""
        with self._engine.read_unit() as unit:
            return tuple(watching(unit))

    def series(self, probe: str, start: datetime, end: datetime) -> Series:
        """Answer what a probe measured in `[start, end)`."""
        with self._engine.read_unit() as unit:
            return Series(between(unit, probe, to_instant(start), to_instant(end)))

    def alerts(self, rule: str, *, at: datetime | None = None) -> tuple[Alert, ...]:
        """Answer what a rule finds in the samples now, or in those until an instant; nothing is recorded."""
        monitor = self.get(rule)
        with self._engine.read_unit() as unit:
            now = to_instant(at or self._engine.now(unit))
            return alerts_in(unit, monitor, series_in(unit, monitor, now), now)

    def proposals(self) -> tuple[tuple[str, KnownAlert], ...]:
        """Answer the alerts whose procedure a person has still to run or refuse, with their rules."""
        return tuple((rule, alert) for rule, alert in self._awaiting() if not alert.automatic)

    def _awaiting(self) -> list[tuple[str, KnownAlert]]:
        with self._engine.read_unit() as unit:
            streams = [rule_stream(rule.id) for rule in RULES.all(unit, status="awaits_action")]
            monitors = [fold_monitor(unit.journal.load(stream)) for stream in streams]
        return [(one.rule.id, alert) for one in monitors if one for alert in one.alerts if alert.awaits_action]

    # -- commanding ----------------------------------------------------------------------------------------------------

    def set_rule(self, rule: MonitoringRule, *, by: Actor, key: str) -> Outcome[Monitor]:
        """Have a probe watched by a rule, or by its new form; one that stands already is left as it is.

        Raises:
            NotFoundError: Its agreement is not on record.
        """
        ask = Ask(action="set_rule", id=rule.id, by=by, key=key, said={"rule": rule})

        def make(known: Monitor | None, unit: Unit, _now: Instant) -> Said[Monitor]:
            if self._engine.agreement(unit, rule.agreement) is None:
                raise NotFoundError(what="agreement", id=rule.agreement)
            stands = known is not None and known.rule == rule and not known.ended
            return Said(() if stands else (MonitoringRuleSet(rule),))

        return act(self._engine, MONITOR, ask, make, creates=True)

    def end_rule(self, rule: str, *, ground: str, by: Actor, key: str) -> Outcome[Monitor]:
        """Have a rule watch nothing any more; its alerts stay on record.

        Raises:
            NotFoundError: There is no such rule.
            InvalidValueError: No ground.
        """
        ask = Ask(action="end_rule", id=rule, by=by, key=key, said={"ground": ground})

        def make(_known: Monitor | None, _unit: Unit, _now: Instant) -> Said[Monitor]:
            in_words(ground, "ground", what="a ground")
            return Said((MonitoringRuleEnded(ground=ground),))

        return act(self._engine, MONITOR, ask, make)

    def record(self, samples: Iterable[Sample], *, by: Actor, key: str) -> Outcome[TakenSamples]:
        """Take samples in: each counts once, in whatever order and batches they come, late ones too.

        An id names a sample of its probe and day. What the rules make of them, the next run of the watch tells.

        Raises:
            InvalidValueError: A sample of a known id that says something else; nothing is taken in then.
        """
        told = tuple(samples)
        ask = Ask(action="record", id="samples", by=by, key=key, said={"samples": _digest(told)})
        probes = {sample.probe for sample in told}

        def judge(unit: Unit, now: Instant) -> Judged:
            person = self._engine.directory.person(by.id)
            decision = decide_internal(actor=by, action="record_samples", item="samples", person=person, at=now)
            if not decision.allowed:
                return Judged(decision=decision)
            writes = tuple(self._taken(unit, stream, group, by, now) for stream, group in by_stream(told).items())
            new = sum(len(fact.body.samples) for write in writes for fact in write.facts)
            timers = looks(unit, probes, now) if new else ()
            written = Written(answer=(TakenSamples(told=len(told), new=new), ()), timers=timers)
            return Judged(decision=decision, writes=writes, after=lambda _recorded, _unit: written)

        def outcome(_unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[TakenSamples]:
            new = sum(len(fact.body.samples) for fact in receipt.facts if isinstance(fact.body, SamplesTaken))
            record = TakenSamples(told=len(told), new=new)
            return Outcome(record=record, facts=receipt.facts, decision=decision, replayed=receipt.replayed)

        return self._engine.run("monitor.record", ask, judge=judge, outcome=outcome)

    def _taken(self, unit: Unit, stream: str, told: list[Sample], by: Actor, now: Instant) -> Write:
        facts = tuple(unit.journal.load(stream))
        new = new_samples(fold_samples(facts), told)
        said = new_facts((SamplesTaken(new),), by=by, now=now) if new else ()
        return Write(stream=stream, expected=facts[-1].version if facts else 0, facts=said)

    def accept(self, rule: str, alert: str, *, by: Actor, key: str) -> Outcome[Monitor]:
        """Run what was proposed about an alert, for its incident; asked again with the same key, it goes on.

        Raises:
            NotFoundError: No such rule or alert.
            InvalidValueError: It was run, refused, or is not to be run at all.
        """
        known = self.get(rule).alert(alert)
        ask = Ask(action="accept", id=rule, by=by, key=key, said={"alert": alert})
        if not known.run:
            self.get(rule).awaiting(alert)
        return self._run(ask, known)

    def refuse(self, rule: str, alert: str, *, ground: str, by: Actor, key: str) -> Outcome[Monitor]:
        """Decide against what was proposed about an alert; raises as `accept` does, and without a ground."""
        ask = Ask(action="refuse", id=rule, by=by, key=key, said={"alert": alert, "ground": ground})

        def make(known: Monitor | None, _unit: Unit, _now: Instant) -> Said[Monitor]:
            assert known is not None, "only what there is is acted upon"
            in_words(ground, "ground", what="a ground")
            return Said((ActionRefused(alert=known.awaiting(alert).key, ground=ground),))

        return act(self._engine, MONITOR, ask, make)

    def run_automatic(self, *, by: Actor, key: str) -> tuple[Monitor, ...]:
        """Run what is to be run without asking about alerts; to be asked after each run of the watch.

        It may be asked as often as one likes: a run that was interrupted goes on, one that ended is not made again.
        What cannot be run is told as refused, with why.

        Args:
            by: A program of the host, or whoever answers for it.
        """
        made = []
        for rule, alert in self._awaiting():
            if alert.automatic:
                part = part_key(key, alert.key)
                ask = Ask(action="run", id=rule, by=by, key=part, said={"alert": alert.key})
                try:
                    made.append(self._run(ask, alert).record)
                except (NotFoundError, ProcedureRefusedError) as error:
                    ground, part = f"it could not be run: {error}", part_key(part, "refuse")
                    made.append(self.refuse(rule, alert.key, ground=ground, by=by, key=part).record)
        return tuple(made)

    def _run(self, ask: Ask, alert: KnownAlert) -> Outcome[Monitor]:
        item = INCIDENT.stream(alert.incident) if alert.incident else ""
        # Named after the alert, the run goes on where it stood whatever key is asked with.
        run_key = part_key(f"{ask.id}/{alert.key}", str(ask.by))
        run = self._procedures.perform(alert.procedure, item=item, by=ask.by, key=run_key)

        def make(known: Monitor | None, _unit: Unit, _now: Instant) -> Said[Monitor]:
            assert known is not None, "only what there is is acted upon"
            return Said((ActionTaken(alert=known.awaiting(alert.key).key, run=run.id),))

        return act(self._engine, MONITOR, ask, make)


def _digest(samples: tuple[Sample, ...]) -> str:
    lines = sorted(f"{one.id}\n{one.probe}\n{format_instant(one.at)}\n{one.value}" for one in samples)
    return sha256("\n\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
