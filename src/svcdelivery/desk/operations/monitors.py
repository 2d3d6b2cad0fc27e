"""Monitors as the desk keeps them: their rows and wake-ups, and what they find in the samples on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Clocked
from svcdelivery.desk.command.shelf import Shelf
from svcdelivery.facts import Fact
from svcdelivery.lifecycle import Phase
from svcdelivery.storage.protocol import Due, Record, Unit
from svcdelivery.system import fold_thresholds, threshold_stream
from svcdelivery.system.monitoring import (
    Alert,
    Monitor,
    MonitoringRule,
    MonitoringRuleEnded,
    MonitoringRuleSet,
    PastThreshold,
    Sample,
    Series,
    fold_monitor,
    fold_samples,
    rule_stream,
    sample_streams,
)
from svcdelivery.timeline import Instant, to_instant

__all__ = ["LOOK_TIMER", "MONITOR", "RULES", "alerts_in", "between", "looks", "monitor_row", "series_in", "watching"]

LOOK_TIMER = "look"
"""The wake-up at which a monitor's samples are looked at."""

RULES: Shelf[MonitoringRule] = Shelf("monitor", MonitoringRule, rule_stream, version_of=lambda _rule: 0)
"""Monitoring rules; what became of their alerts is read from the facts."""


def alerts_in(unit: Unit, monitor: Monitor, series: Series, now: Instant) -> tuple[Alert, ...]:
    """Answer what a monitor's rule finds in a series until an instant."""
    detection = monitor.rule.detection
    threshold: Callable[[datetime], Any] = lambda _at: None  # noqa: E731  # for rules that go by none
    if isinstance(detection, PastThreshold):
        threshold = fold_thresholds(detection.metric, unit.journal.load(threshold_stream(detection.metric))).at
    detector = monitor.rule.detector(since=monitor.set_at, threshold=threshold)
    return detector.alerts(monitor.rule.probe, series, now)


def series_in(unit: Unit, monitor: Monitor, now: Instant) -> Series:
    """Answer what a monitor's probe measured, as far back as its rule looks."""
    start = to_instant(datetime.__sub__(now, monitor.rule.lookback))
    return Series(one for one in between(unit, monitor.rule.probe, start, now, with_end=True))


def between(unit: Unit, probe: str, start: Instant, end: Instant, *, with_end: bool = False) -> list[Sample]:
    """Answer the samples of a probe in `[start, end)`, or in `[start, end]`."""
    found: list[Sample] = []
    for stream in sample_streams(probe, start, end):
        found += fold_samples(unit.journal.load(stream))
    return [one for one in found if start <= one.at and (one.at < end or (with_end and one.at == end))]


def looks(unit: Unit, probes: set[str], now: Instant) -> tuple[Due, ...]:
    """Answer wake-ups of all rules that watch one of the probes."""
    concerned = [rule for rule in watching(unit) if rule.probe in probes]
    return tuple(Due(stream=rule_stream(rule.id), name=LOOK_TIMER, due_at=now) for rule in concerned)


def watching(unit: Unit) -> Iterator[MonitoringRule]:
    """Answer the rules that have not ended, by id."""
    return RULES.all(unit, phase=Phase.ACTIVE.value)


def monitor_row(monitor: Monitor) -> Record:
    """Answer the row of a monitor: its rule, whether it watches, and whether something awaits action."""
    waits = any(alert.awaits_action for alert in monitor.alerts)
    status = "awaits_action" if waits else "alert" if monitor.open_alerts else "quiet"
    phase = Phase.CLOSED if monitor.ended else Phase.ACTIVE
    columns = (("status", status), ("phase", phase.value), ("service", monitor.rule.service))
    return evolve(
        RULES.row(monitor.rule), version=monitor.version, columns=(*columns, ("agreement", monitor.rule.agreement))
    )


def _clocked(_engine: Engine, unit: Unit, facts: Sequence[Fact[Any]], now: Instant, _at: Instant | None) -> Clocked:
    last = facts[-1]
    if isinstance(last.body, MonitoringRuleSet):
        # Set anew, a rule is looked at at once; what it finds says when next.
        return Clocked(wakes=((LOOK_TIMER, now),))
    if isinstance(last.body, MonitoringRuleEnded):
        return Clocked()
    armed = unit.timers.of(last.stream)
    return Clocked(wakes=tuple((timer.name, timer.due_at) for timer in armed if timer.due_at is not None))


MONITOR: Aggregate[Monitor] = Aggregate(
    "monitoring rule", "monitor", rule_stream, fold_monitor, monitor_row, clocks=_clocked
)
"""Monitoring rules with their alerts, for commands."""
