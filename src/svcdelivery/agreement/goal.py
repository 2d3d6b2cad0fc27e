"""Goals: how much time one answer may take."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

from attrs import field, frozen

from svcdelivery.errors import InvalidDurationError, WrongTypeError
from svcdelivery.timeline import format_duration

__all__ = ["Boundary", "Goal", "TimeKind", "Within"]


class TimeKind(Enum):
    """What time counts: the open time of the target's service hours, or all of it."""

    SERVICE = "service"
    WALL = "wall"


class Boundary(Enum):
    """Where a goal used up exactly at closing falls due: at that closing, or at the next opening."""

    CLOSE = "close"
    NEXT_OPEN = "next_open"


def _exact(value: timedelta) -> timedelta:
    if type(value) is not timedelta:
        raise WrongTypeError(expected="an exact duration (timedelta)", value=value, path="within")
    if value < timedelta(0):
        raise InvalidDurationError(
            value=format_duration(value), path="within", problem="negative durations are not accepted"
        )
    return value


@frozen
class Within:
    """At most so much time from the start, by default service time.

    A zero goal is due at once while the service is open, else at its next opening.
    """

    duration: timedelta = field(converter=_exact)
    time: TimeKind = TimeKind.SERVICE

    def __str__(self) -> str:
        return f"within {format_duration(self.duration)} of {self.time.value} time"


Goal = Within
