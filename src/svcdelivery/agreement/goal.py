"""Goals: until when an answer must come, as a length of time, a count of days, or a moment the item names."""

from __future__ import annotations

from datetime import time, timedelta
from enum import Enum
from typing import Any, ClassVar

from attrs import Attribute, field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError, WrongTypeError
from svcdelivery.identity import identifier
from svcdelivery.timeline import format_duration

__all__ = [
    "Boundary",
    "ByEndOfWorkingDay",
    "ByTimeOfWorkingDay",
    "DueAt",
    "Goal",
    "NoTarget",
    "TimeKind",
    "Within",
    "WithinCalendarDays",
    "WithinWorkingDays",
    "reads_wall_clock",
    "time_kind",
]

# Columns of readings count a goal in microseconds of 64 bits.
_LONGEST = timedelta(days=100_000_000)
_DAYS_MOST = 100_000


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
    if value > _LONGEST:
        problem = f"it is too long, write {_LONGEST.days} days at most"
        raise InvalidDurationError(value=format_duration(value), path="within", problem=problem)
    return value


def _days(_goal: object, attribute: Attribute[int], value: int) -> None:
    if type(value) is not int:
        raise WrongTypeError(expected="a whole number of days", value=value, path=attribute.name)
    if not 0 <= value <= _DAYS_MOST:
        raise InvalidValueError(what="a number of days", value=value, path=attribute.name, hint=f"0 to {_DAYS_MOST}")


def _time_of_day(value: time | str) -> time:
    try:
        made = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        made = None
    if not isinstance(made, time) or made.tzinfo is not None:
        raise InvalidValueError(what="a time of day", value=value, path="at", hint="such as `16:00`, without a zone")
    return made


def _field_name(value: str) -> str:
    return identifier(value, "the name of a field")


def _counted(days: int, kind: str) -> str:
    return f"{days} {kind} day" if days == 1 else f"{days} {kind} days"


def _of_day(days: int) -> str:
    return "of the same working day" if days == 0 else f"of working day {days} after the start"


@frozen
class Within:
    """At most so much time from the start, by default service time.

    A zero goal is due at once while the service is open, else at its next opening.
    """

    # The form facts had while this was the only goal; revisions on record keep their digests.
    plain_tag: ClassVar[str] = ""

    duration: timedelta = field(converter=_exact)
    time: TimeKind = TimeKind.SERVICE

    def __str__(self) -> str:
        return f"within {format_duration(self.duration)} of {self.time.value} time"


@frozen
class WithinWorkingDays:
    """At the same time of day so many working days later; the start's own day is not counted.

    A start outside hours counts from the next opening. A time of day outside the hours of the last day moves to the
    closing before it, or with the boundary `next_open` to the next opening.
    """

    days: int = field(validator=_days)

    def __str__(self) -> str:
        return f"within {_counted(self.days, 'working')}"


@frozen
class ByEndOfWorkingDay:
    """By the last closing of a working day: 0 is that of the start, or of the next opening when it is closed then."""

    days: int = field(validator=_days)

    def __str__(self) -> str:
        return f"by the end {_of_day(self.days)}"


@frozen
class ByTimeOfWorkingDay:
    """By a time of day of a working day, counted as for `ByEndOfWorkingDay`.

    With 0 days and that time already over at the start, the next working day is meant. A time outside the hours of
    the day moves as for `WithinWorkingDays`.
    """

    days: int = field(validator=_days)
    at: time = field(converter=_time_of_day)

    def __str__(self) -> str:
        return (
            f"by {self.at.isoformat()[: 5 if self.at.second == self.at.microsecond == 0 else 15]} {_of_day(self.days)}"
        )


@frozen
class WithinCalendarDays:
    """When the wall clock reads the same so many dates later, open or closed."""

    days: int = field(validator=_days)

    def __str__(self) -> str:
        return f"within {_counted(self.days, 'calendar')}"


@frozen
class DueAt:
    """At the instant that a field of the item holds, such as a date agreed for this one piece of work."""

    name: str = field(converter=_field_name)

    def __str__(self) -> str:
        return f"by its `{self.name}`"


@frozen
class NoTarget:
    """Nothing is promised: work for which this is the most specific match has no clock of the measure."""

    def __str__(self) -> str:
        return "no target"


Goal = Within | WithinWorkingDays | ByEndOfWorkingDay | ByTimeOfWorkingDay | WithinCalendarDays | DueAt

_OF_THE_WALL_CLOCK = (WithinWorkingDays, ByEndOfWorkingDay, ByTimeOfWorkingDay, WithinCalendarDays)


def time_kind(goal: Any) -> TimeKind:
    """Answer what time counts towards the goal."""
    return goal.time if isinstance(goal, Within) else TimeKind.SERVICE


def reads_wall_clock(goal: Any) -> bool:
    """Answer whether the goal means something only where service hours say which zone and days are meant."""
    return isinstance(goal, _OF_THE_WALL_CLOCK)
