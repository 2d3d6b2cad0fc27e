"""Monitoring: samples out of probes, the detectors that watch them, and the timeline of a single request.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from svcdelivery.system.monitoring.detectors import (
    AbsenceDetector,
    Alert,
    BurnRateDetector,
    Detector,
    RateDetector,
    SeasonalDetector,
    ThresholdDetector,
)
from svcdelivery.system.monitoring.monitor import (
    ActionProposed,
    ActionRefused,
    ActionTaken,
    AlertEnded,
    AlertRaised,
    KnownAlert,
    Monitor,
    fold_monitor,
    news_of,
)
from svcdelivery.system.monitoring.request_timeline import (
    ProbeSummary,
    RequestTimeline,
    TimelineEvent,
    TimelineSpan,
    TimePart,
    TimeUse,
)
from svcdelivery.system.monitoring.rule import (
    Detection,
    MonitoringRule,
    MonitoringRuleEnded,
    MonitoringRuleSet,
    PastThreshold,
    rule_stream,
)
from svcdelivery.system.monitoring.samples import Sample, Samples, Series
from svcdelivery.system.monitoring.taken import SamplesTaken, by_stream, fold_samples, new_samples, sample_streams
from svcdelivery.system.monitoring.timing import timeline_of

__all__ = [
    "ActionProposed",
    "ActionRefused",
    "ActionTaken",
    "AlertEnded",
    "AlertRaised",
    "Detection",
    "KnownAlert",
    "Monitor",
    "MonitoringRule",
    "MonitoringRuleEnded",
    "MonitoringRuleSet",
    "PastThreshold",
    "SamplesTaken",
    "by_stream",
    "fold_monitor",
    "fold_samples",
    "new_samples",
    "news_of",
    "rule_stream",
    "sample_streams",
    "AbsenceDetector",
    "Alert",
    "BurnRateDetector",
    "Detector",
    "ProbeSummary",
    "RateDetector",
    "RequestTimeline",
    "Sample",
    "Samples",
    "SeasonalDetector",
    "Series",
    "ThresholdDetector",
    "TimePart",
    "TimeUse",
    "TimelineEvent",
    "TimelineSpan",
    "timeline_of",
]
