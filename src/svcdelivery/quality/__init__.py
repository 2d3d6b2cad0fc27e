"""Quality of service: capacity, availability, responsiveness, usability, reliability, safety, each a pure function.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from svcdelivery.quality.attribute import (
    ENTRY_POINTS,
    Evaluation,
    Objective,
    QualityAttribute,
    Standing,
    attributes_of,
    evaluate,
)
from svcdelivery.quality.availability import (
    AgreedTime,
    Outage,
    RestorationParts,
    agreed_time,
    availability,
    mean_time_between_failures,
    mean_time_between_incidents,
    mean_time_to_restore,
    restoration_parts,
)
from svcdelivery.quality.capacity import (
    Demand,
    NearBreach,
    forecast_linear,
    forecast_seasonal,
    load,
    near_breaches,
    peak_in_hand,
    time_left,
    utilization,
)
from svcdelivery.quality.definition import MeasureDefinition
from svcdelivery.quality.measurement import Measurement, Range
from svcdelivery.quality.people import (
    SafetyEvent,
    SafetyEventRecorded,
    Severity,
    Tasks,
    abandonment,
    completion,
    first_contact,
    harm_rate,
    near_miss_ratio,
    rework,
    safety_stream,
    worst_severity,
)
from svcdelivery.quality.record import ServiceRecord, ServiceTime
from svcdelivery.quality.reliability import (
    STANDARD_BURN_RULES,
    BurnRule,
    Counts,
    burn_rate,
    burning,
    error_budget,
    reliability,
)
from svcdelivery.quality.responsiveness import Answer, apdex, littles_law, percentile, throughput, within_target
from svcdelivery.quality.standard import STANDARD_ATTRIBUTES

__all__ = [
    "ENTRY_POINTS",
    "STANDARD_ATTRIBUTES",
    "STANDARD_BURN_RULES",
    "AgreedTime",
    "Answer",
    "BurnRule",
    "Counts",
    "Demand",
    "Evaluation",
    "MeasureDefinition",
    "Measurement",
    "NearBreach",
    "Objective",
    "Outage",
    "QualityAttribute",
    "Range",
    "RestorationParts",
    "SafetyEvent",
    "SafetyEventRecorded",
    "ServiceRecord",
    "ServiceTime",
    "Severity",
    "Standing",
    "Tasks",
    "abandonment",
    "agreed_time",
    "apdex",
    "attributes_of",
    "availability",
    "burn_rate",
    "burning",
    "completion",
    "error_budget",
    "evaluate",
    "first_contact",
    "forecast_linear",
    "forecast_seasonal",
    "harm_rate",
    "littles_law",
    "load",
    "mean_time_between_failures",
    "mean_time_between_incidents",
    "mean_time_to_restore",
    "near_breaches",
    "near_miss_ratio",
    "peak_in_hand",
    "percentile",
    "reliability",
    "restoration_parts",
    "rework",
    "safety_stream",
    "throughput",
    "time_left",
    "utilization",
    "within_target",
    "worst_severity",
]
