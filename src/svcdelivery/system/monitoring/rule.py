"""Monitoring rules: which detector watches which probe, under which agreement, and what is done about its alerts.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import evolve, field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import fact_type
from svcdelivery.identity import identifier
from svcdelivery.system.monitoring.detectors import (
    AbsenceDetector,
    BurnRateDetector,
    Detector,
    RateDetector,
    SeasonalDetector,
    ThresholdDetector,
)
from svcdelivery.system.threshold import Threshold
from svcdelivery.timeline import Instant, format_duration

__all__ = ["Detection", "MonitoringRule", "MonitoringRuleEnded", "MonitoringRuleSet", "PastThreshold", "rule_stream"]

_NOTHING = timedelta(0)


@frozen(kw_only=True)
class PastThreshold:
    """Sounds where a value is past the threshold of a metric, each value judged by the one in force when it was taken.

    Attributes:
        metric: Whose thresholds on record are meant.
        samples_least: How many samples in a row must be bad.
    """

    metric: str = field(converter=identifier)
    samples_least: int = 1

    def __attrs_post_init__(self) -> None:
        if self.samples_least < 1:
            raise InvalidValueError(what="a number of samples", value=self.samples_least, path="samples_least")


Detection = PastThreshold | AbsenceDetector | RateDetector | BurnRateDetector | SeasonalDetector
"""What a rule on record may look for."""


@frozen(kw_only=True)
class MonitoringRule:
    """What is looked for in the samples of a probe, and what is done about it.

    Attributes:
        agreement, service, requester: Under which agreement an alert is an incident, of which service, and whom it is
            recorded for.
        component: What the probe watches, for people; empty where that is no component.
        lookback: How far back samples are read each time; no shorter than what the detector needs.
        procedure: What is run about an alert; empty where nothing is.
        automatic: Whether that is run without asking; otherwise it is proposed, and a person decides.

    Raises:
        InvalidValueError: An automatic rule without a procedure.
        InvalidDurationError: Nothing to look back on.
    """

    id: str = field(converter=identifier)
    probe: str = field(converter=identifier)
    detection: Detection
    agreement: str = field(converter=identifier)
    service: str = field(converter=identifier)
    requester: str = field(converter=identifier)
    priority: str | None = None
    component: str = ""
    lookback: timedelta = timedelta(days=7)
    procedure: str = ""
    automatic: bool = False

    def __attrs_post_init__(self) -> None:
        if self.automatic and not self.procedure:
            raise InvalidValueError(what="a procedure", value=self.procedure, path="procedure", hint="to be run")
        if self.lookback <= _NOTHING:
            value = format_duration(self.lookback)
            raise InvalidDurationError(value=value, path="lookback", problem="it must be longer than nothing")

    def detector(self, *, since: Instant, threshold: Callable[[datetime], Threshold | None]) -> Detector:
        """Answer what looks at the samples, under the rule's own name.

        Args:
            since: From when samples are expected, unless the rule says it itself.
            threshold: Answers the threshold in force at an instant, for a rule that goes by one.
        """
        found = self.detection
        if isinstance(found, PastThreshold):
            return ThresholdDetector(name=self.id, threshold=threshold, samples_least=found.samples_least)
        if isinstance(found, AbsenceDetector):
            return evolve(found, name=self.id, since=found.since or since)
        return evolve(found, name=self.id)

    def silent_at(self, last: Instant | None, since: Instant) -> Instant | None:
        """Answer when silence becomes too long after the last sample, None for a rule that does not mind silence."""
        if not isinstance(self.detection, AbsenceDetector):
            return None
        from_then = last or self.detection.since or since
        return datetime.__add__(from_then, self.detection.longest)


@fact_type("monitoring.rule_set/1")
@frozen
class MonitoringRuleSet:
    """A probe is watched by this rule from now on."""

    rule: MonitoringRule


@fact_type("monitoring.rule_ended/1")
@frozen(kw_only=True)
class MonitoringRuleEnded:
    """A rule watches nothing any more."""

    ground: str


def rule_stream(id: str) -> str:
    """Answer the name of the stream that holds a rule and its alerts."""
    return f"monitor:{id}"
