"""What becomes due of a monitor: its detector is asked, what is wrong is an incident once, what is over is told.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.waking import WATCH, Waking, Woken
from svcdelivery.desk.operations.monitors import LOOK_TIMER, alerts_in, monitor_row, series_in
from svcdelivery.desk.work.receiving import kept_of_work, received_by_watch
from svcdelivery.facts import Fact
from svcdelivery.identity import identifier
from svcdelivery.storage.protocol import Due, Record, Unit, Write
from svcdelivery.system.monitoring import (
    ActionProposed,
    Alert,
    AlertEnded,
    AlertRaised,
    Monitor,
    fold_monitor,
    news_of,
)
from svcdelivery.timeline import Instant
from svcdelivery.work import INCIDENT, IncidentRecorded

__all__ = ["wake_monitor"]

_MICRO = timedelta(microseconds=1)


def wake_monitor(waking: Waking) -> Woken:
    """Answer what is new of a monitor's alerts, and when to look again where silence is what it looks for."""
    facts = waking.engine.facts(waking.unit, waking.timer.stream)
    monitor = fold_monitor(facts)
    if monitor is None or monitor.ended:
        return Woken()
    return _Look(waking.engine, waking.unit, monitor, facts, waking.now).woken()


@frozen
class _Look:
    """One look at a monitor."""

    engine: Engine
    unit: Unit
    monitor: Monitor
    facts: tuple[Fact[Any], ...]
    now: Instant

    @property
    def stream(self) -> str:
        return self.facts[0].stream

    def woken(self) -> Woken:
        series = series_in(self.unit, self.monitor, self.now)
        found = alerts_in(self.unit, self.monitor, series, self.now)
        over, new = news_of(self.monitor, found, self.now)
        bodies: list[Any] = list(over)
        writes: list[Write] = []
        for alert in new:
            told, raised = self._raised(alert)
            writes += raised
            bodies += told
        said = new_facts(bodies, by=WATCH, now=self.now)
        writes.append(Write(stream=self.stream, expected=self.facts[-1].version, facts=said))
        last = series.samples[-1].at if len(series) else None
        silent = self.monitor.rule.silent_at(last, self.monitor.set_at)
        return Woken(writes=writes, after=lambda recorded, unit: self._after(recorded, unit, silent))

    def _raised(self, alert: Alert) -> tuple[list[Any], tuple[Write, ...]]:
        """Answer what the monitor says of a new alert, and the incident it is; one that is over is told alone."""
        rule = self.monitor.rule
        raised = AlertRaised(alert=alert.key, probe=alert.probe, began_at=alert.began_at, detail=alert.detail)
        if alert.ended_at is not None:
            return [raised, AlertEnded(alert=alert.key, ended_at=alert.ended_at)], ()
        record = self.engine.agreement(self.unit, rule.agreement)
        terms = None if record is None else record.in_force(self.now)
        if record is None or terms is None:
            return [raised], ()
        seed = f"{self.engine.tenant}/{self.stream}/{alert.key}"
        id = identifier(self.engine.ids.new(seed=seed, now=self.now))
        body = IncidentRecorded(
            customer=terms.customer,
            service=rule.service,
            requester=rule.requester,
            agreement=terms.agreement,
            revision=terms.number,
            priority=rule.priority,
            summary=f"{rule.component or alert.probe}: {alert.detail}",
            channel="monitoring",
        )
        found = received_by_watch(self.engine, self.unit, record, terms, INCIDENT, id, body, self.now)
        if not found.allowed:
            return [raised], found.writes
        told: list[Any] = [
            AlertRaised(alert=alert.key, probe=alert.probe, began_at=alert.began_at, detail=alert.detail, incident=id)
        ]
        if rule.procedure:
            told.append(ActionProposed(alert=alert.key, procedure=rule.procedure, automatic=rule.automatic))
        return told, found.writes

    def _after(self, recorded: tuple[Fact[Any], ...], unit: Unit, silent: Instant | None) -> Consequences:
        own = (*self.facts, *(fact for fact in recorded if fact.stream == self.stream))
        grown = fold_monitor(own)
        assert grown is not None, "recorded facts fold"
        rows: list[Record] = [monitor_row(grown)]
        timers: list[Due] = []
        record = self.engine.agreement(unit, grown.rule.agreement)
        if record is not None:
            found, armed = kept_of_work(unit, record, INCIDENT, recorded, self.now)
            rows += found
            timers += armed
        if silent is not None and silent >= self.now:
            timers.append(Due(stream=self.stream, name=LOOK_TIMER, due_at=datetime.__add__(silent, _MICRO)))
        raised = [fact.body for fact in recorded if isinstance(fact.body, AlertRaised)]
        counts = (
            ("alerts raised", len(raised)),
            ("alerts ended", sum(isinstance(fact.body, AlertEnded) for fact in recorded)),
            ("incidents by monitoring", sum(bool(body.incident) for body in raised)),
        )
        return Consequences(records=rows, timers=timers, counts=counts)
