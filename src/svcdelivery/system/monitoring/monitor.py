"""Monitors: a rule with the alerts it ever gave, each an incident at most once, and what was done about them.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve, field, frozen

from svcdelivery.errors import IntegrityError, InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.system.monitoring.detectors import Alert
from svcdelivery.system.monitoring.rule import MonitoringRule, MonitoringRuleEnded, MonitoringRuleSet
from svcdelivery.timeline import Instant, to_instant

__all__ = [
    "ActionProposed",
    "ActionRefused",
    "ActionTaken",
    "AlertEnded",
    "AlertRaised",
    "KnownAlert",
    "Monitor",
    "fold_monitor",
    "news_of",
]


@fact_type("monitoring.alert_raised/1")
@frozen(kw_only=True)
class AlertRaised:
    """Something is wrong.

    Attributes:
        incident: The incident it is; empty where it was over before it was seen, or may not be recorded.
    """

    alert: str
    probe: str
    began_at: Instant = field(converter=to_instant)
    detail: str = ""
    incident: str = ""


@fact_type("monitoring.alert_ended/1")
@frozen(kw_only=True)
class AlertEnded:
    """It is good again, or was never wrong, as samples that came late tell."""

    alert: str
    ended_at: Instant = field(converter=to_instant)


@fact_type("monitoring.action_proposed/1")
@frozen(kw_only=True)
class ActionProposed:
    """A procedure might help.

    Attributes:
        automatic: Whether it is run without asking.
    """

    alert: str
    procedure: str
    automatic: bool = False


@fact_type("monitoring.action_taken/1")
@frozen(kw_only=True)
class ActionTaken:
    """The procedure was run."""

    alert: str
    run: str


@fact_type("monitoring.action_refused/1")
@frozen(kw_only=True)
class ActionRefused:
    """Somebody decided against it."""

    alert: str
    ground: str


@frozen(kw_only=True)
class KnownAlert:
    """An alert on record.

    Attributes:
        procedure: What is proposed, or run by itself; empty where nothing is.
        run: The run that was made of it; empty where none was.
        refused: Why it was not; empty where nobody decided against it.
    """

    key: str
    probe: str
    began_at: Instant
    detail: str = ""
    incident: str = ""
    ended_at: Instant | None = None
    procedure: str = ""
    automatic: bool = False
    run: str = ""
    refused: str = ""

    @property
    def awaits_action(self) -> bool:
        """Whether its procedure has still to be run or refused."""
        return bool(self.procedure) and not self.run and not self.refused


@frozen(kw_only=True)
class Monitor:
    """A rule and its alerts as the facts tell them.

    Attributes:
        set_at: Since when the rule holds in its present form.
        ended: Why it watches nothing any more; empty while it does.
    """

    rule: MonitoringRule
    set_at: Instant
    alerts: tuple[KnownAlert, ...] = ()
    ended: str = ""
    version: int = 0

    @property
    def open_alerts(self) -> tuple[KnownAlert, ...]:
        """The alerts that last."""
        return tuple(alert for alert in self.alerts if alert.ended_at is None)

    def alert(self, key: str) -> KnownAlert:
        """Answer the alert of that key.

        Raises:
            NotFoundError: There is none.
        """
        for alert in self.alerts:
            if alert.key == key:
                return alert
        raise NotFoundError(what=f"alert of `{self.rule.id}`", id=key)

    def awaiting(self, key: str) -> KnownAlert:
        """Answer the alert of that key, whose procedure has still to be run or refused.

        Raises:
            NotFoundError: There is none.
            InvalidValueError: It was run, refused, or is not to be run at all.
        """
        alert = self.alert(key)
        if not alert.awaits_action:
            done = f"run `{alert.run}`" if alert.run else alert.refused or "no procedure is set"
            raise InvalidValueError(what="an alert that awaits action", value=key, path="alert", problem=done)
        return alert


def fold_monitor(facts: Iterable[Fact[Any]]) -> Monitor | None:
    """Answer the monitor its facts tell, None for no facts.

    Raises:
        IntegrityError: The facts do not begin with a rule.
    """
    monitor: Monitor | None = None
    for fact in facts:
        if isinstance(fact.body, MonitoringRuleSet):
            known = () if monitor is None else monitor.alerts
            monitor = Monitor(rule=fact.body.rule, set_at=fact.occurred_at, alerts=known)
        elif monitor is None:
            raise IntegrityError(problem=f"`{fact.stream}` does not begin with a rule", position=fact.position)
        else:
            monitor = _after(monitor, fact.body)
        monitor = evolve(monitor, version=fact.version)
    return monitor


def _after(monitor: Monitor, body: Any) -> Monitor:
    match body:
        case MonitoringRuleEnded(ground=ground):
            return evolve(monitor, ended=ground)
        case AlertRaised():
            raised = KnownAlert(
                key=body.alert, probe=body.probe, began_at=body.began_at, detail=body.detail, incident=body.incident
            )
            return evolve(monitor, alerts=(*monitor.alerts, raised))
        case AlertEnded(alert=key, ended_at=ended_at):
            return _changed(monitor, key, ended_at=ended_at)
        case ActionProposed(alert=key, procedure=procedure, automatic=automatic):
            return _changed(monitor, key, procedure=procedure, automatic=automatic)
        case ActionTaken(alert=key, run=run):
            return _changed(monitor, key, run=run)
        case ActionRefused(alert=key, ground=ground):
            return _changed(monitor, key, refused=ground)
        case _:  # what later versions may say
            return monitor


def _changed(monitor: Monitor, key: str, **changes: Any) -> Monitor:
    alerts = [evolve(alert, **changes) if alert.key == key else alert for alert in monitor.alerts]
    return evolve(monitor, alerts=tuple(alerts))


def news_of(monitor: Monitor, found: Sequence[Alert], now: Instant) -> tuple[tuple[AlertEnded, ...], tuple[Alert, ...]]:
    """Answer which alerts on record are over, and which of those found are new.

    Samples that come late may move the beginning of an alert; what overlaps with one on record is that one. What was
    over before the rule was set is not told.
    """
    ended: list[AlertEnded] = []
    spans: list[tuple[Instant, Instant | None]] = []
    for known in monitor.alerts:
        end = known.ended_at
        if end is None:
            same = next((alert for alert in found if alert.ended_at is None or alert.ended_at > known.began_at), None)
            end = now if same is None else same.ended_at
            if end is not None:
                ended.append(AlertEnded(alert=known.key, ended_at=end))
        spans.append((known.began_at, end))
    new = [
        alert
        for alert in found
        if (alert.ended_at is None or alert.ended_at > monitor.set_at)
        and not any(_overlap(alert, began_at, end) for began_at, end in spans)
    ]
    return tuple(ended), tuple(new)


def _overlap(alert: Alert, began_at: Instant, ended_at: Instant | None) -> bool:
    begins_before = ended_at is None or alert.began_at < ended_at
    return begins_before and (alert.ended_at is None or alert.ended_at > began_at)
