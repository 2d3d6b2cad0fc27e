"""Usability and safety: whether people get done what they came for, and whether anybody comes to harm.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from fractions import Fraction

from attrs import field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import STREAM, fact_type, personal
from svcdelivery.quality.measurement import Measurement, share_of
from svcdelivery.timeline import format_duration
from svcdelivery.timeline.instant import duration_micros

__all__ = [
    "SafetyEvent",
    "SafetyEventRecorded",
    "Severity",
    "Tasks",
    "abandonment",
    "completion",
    "first_contact",
    "harm_rate",
    "near_miss_ratio",
    "rework",
    "safety_stream",
    "worst_severity",
]


@frozen(kw_only=True)
class Tasks:
    """How people fared with what they came for; what is neither completed nor abandoned is still under way.

    Attributes:
        reworked: Of the completed ones, those that had to be done again in part.
    """

    begun: int
    completed: int
    abandoned: int
    reworked: int = 0

    def __attrs_post_init__(self) -> None:
        parts = (self.completed, self.abandoned, self.reworked)
        if min(parts) < 0 or self.completed + self.abandoned > self.begun or self.reworked > self.completed:
            raise InvalidValueError(what="a part of the whole", value=parts, path="tasks", hint=f"{self.begun} begun")

    def __add__(self, other: Tasks) -> Tasks:
        return Tasks(
            begun=self.begun + other.begun,
            completed=self.completed + other.completed,
            abandoned=self.abandoned + other.abandoned,
            reworked=self.reworked + other.reworked,
        )


def completion(tasks: Tasks) -> Measurement:
    """Answer the share of ended tasks that were completed."""
    return _ended("task completion", ("completed", tasks.completed), tasks)


def abandonment(tasks: Tasks) -> Measurement:
    """Answer the share of ended tasks that were given up."""
    return _ended("abandonment", ("abandoned", tasks.abandoned), tasks)


def _ended(name: str, part: tuple[str, int], tasks: Tasks) -> Measurement:
    ended = tasks.completed + tasks.abandoned
    return share_of(
        name,
        part,
        ("ended", ended),
        convention="of the tasks that were completed or abandoned",
        excluded=[("still under way", tasks.begun - ended)],
        ranged=True,
    )


def rework(tasks: Tasks) -> Measurement:
    """Answer the share of completed tasks that had to be done again in part."""
    return share_of(
        "rework",
        ("reworked", tasks.reworked),
        ("completed", tasks.completed),
        convention="of the completed tasks",
        ranged=True,
    )


def first_contact(resolved: int, of: int) -> Measurement:
    """Answer the share of resolved work that needed no second contact (FCR)."""
    return share_of(
        "first contact resolution",
        ("at first contact", resolved),
        ("resolved", of),
        convention="resolved without handing over, asking back or reopening, of all resolved",
        ranged=True,
    )


class Severity(Enum):
    """How bad an event is for people, mildest first."""

    NEAR_MISS = "near_miss"
    MINOR = "minor"
    SERIOUS = "serious"
    FATAL = "fatal"


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@frozen
class SafetyEvent:
    """Something that harmed people, or nearly did."""

    id: str
    severity: Severity


@fact_type("safety.event_recorded/1")
@frozen(kw_only=True)
class SafetyEventRecorded:
    """Somebody came to harm through a service, or nearly did.

    Attributes:
        what: What happened, for people.
        item: The request or incident it happened with, such as `incident:4711`; empty for none.
    """

    severity: Severity
    what: str = field(default="", metadata=personal(subject=STREAM))
    item: str = ""


def safety_stream(id: str) -> str:
    """Answer the name of the stream that holds a safety event."""
    return f"safety:{id}"


def harm_rate(events: Iterable[SafetyEvent], exposure: timedelta, *, per: timedelta) -> Measurement:
    """Answer the harmful events for so much exposure; near misses harm nobody and are told apart.

    Args:
        exposure: How long people were exposed, all of them together.
        per: The exposure the rate is given for, such as 1,000 hours.

    Raises:
        InvalidDurationError: Negative exposure, or a rate for none.
    """
    if exposure < timedelta(0) or per <= timedelta(0):
        value = format_duration(min(exposure, per))
        raise InvalidDurationError(
            value=value, path="exposure", problem="it must not be negative, nor the rate for none"
        )
    known = tuple(events)
    harmful = sum(event.severity is not Severity.NEAR_MISS for event in known)
    micros = duration_micros(exposure)
    near = len(known) - harmful
    return Measurement(
        name="harm rate",
        value=Fraction(harmful * duration_micros(per), micros) if micros else None,
        unit=f"events per {_shown(per)}",
        inputs=(("harmful events", harmful), ("exposure", exposure)),
        excluded=(("near misses", near),) if near else (),
        convention="harmful events of any severity, by the exposure of all people together",
    )


def _shown(per: timedelta) -> str:
    hours, rest = divmod(per, timedelta(hours=1))
    return format_duration(per) if rest else f"{hours:,} hour{'' if hours == 1 else 's'}"


def near_miss_ratio(events: Iterable[SafetyEvent]) -> Measurement:
    """Answer the near misses for each harmful event; many of them show that people report."""
    known = tuple(events)
    harmful = sum(event.severity is not Severity.NEAR_MISS for event in known)
    near = len(known) - harmful
    return Measurement(
        name="near misses",
        value=Fraction(near, harmful) if harmful else None,
        unit="per harmful event",
        inputs=(("near misses", near), ("harmful events", harmful)),
        convention="near misses by harmful events",
    )


def worst_severity(events: Iterable[SafetyEvent]) -> Severity | None:
    """Answer the worst there was, None where there was nothing; severities are never averaged."""
    return max((event.severity for event in events), key=_RANKS.__getitem__, default=None)
