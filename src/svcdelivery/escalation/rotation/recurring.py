"""Duties that recur on certain days and last so long: people take turns, and in between nobody is on call."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.escalation.rotation.handoffs import RotationUnit
from svcdelivery.escalation.rotation.shift import Group, OnCallShift, to_groups
from svcdelivery.identity import identifier
from svcdelivery.service_hours import first_instant, local_date, to_local
from svcdelivery.service_hours.local_time import DAY
from svcdelivery.service_hours.week import DAYS, days_named
from svcdelivery.timeline import Instant, format_duration, from_micros, to_instant, to_micros, to_zone
from svcdelivery.timeline.instant import duration_micros

__all__ = ["RecurringDuty"]

_HOUR = 3_600_000_000
_ONE = timedelta(days=1)


def _days(given: Iterable[str | int]) -> frozenset[int]:
    return frozenset(day for key in given for day in ((key % 7,) if isinstance(key, int) else days_named(key)))


def _week_day(given: str | int) -> int:
    if isinstance(given, int):
        return given % 7
    if given not in DAYS:
        raise InvalidValueError(what="a weekday", value=given, path="week_start", hint=", ".join(DAYS))
    return DAYS.index(given)


@frozen(kw_only=True)
class RecurringDuty:
    """A duty of fixed length that comes about again and again.

    Unlike those of a rotation, its turns are counted on the calendar: every hour, every day that matches, every week
    or every month is one, also one on which nobody serves.

    Attributes:
        start: The first time; its time on the zone's wall clock is that of all.
        duration: How long it lasts on the wall clock, so that one up to midnight ends at midnight on any night.
        unit: Hourly, daily, weekly or monthly.
        interval: Every how manieth of them; of days those that match count.
        days: Weekdays it begins on, such as `mon-fri`. Without: every day, or the weekday or day of month of the start.
        month_days: Days of the month it begins on; for a monthly duty.
        week_start: The day weeks are counted from, by name, or by number with 0 for Monday.
        from_then: When the first in turn begins to serve; turns before are passed over and count.
        until: It begins no more from then on.

    Raises:
        InvalidValueError: Nobody to take turns, an interval of less than 1.
        InvalidDurationError: It lasts no time.
    """

    name: str = field(converter=identifier)
    zone: str
    start: Instant = field(converter=to_instant)
    duration: timedelta
    unit: RotationUnit
    people: tuple[Group, ...] = field(converter=to_groups)
    interval: int = 1
    days: frozenset[int] = field(default=(), converter=_days)
    month_days: frozenset[int] = field(default=(), converter=frozenset)
    week_start: int = field(default=0, converter=_week_day)
    from_then: Instant | None = field(default=None, converter=optional(to_instant))
    until: Instant | None = field(default=None, converter=optional(to_instant))

    def __attrs_post_init__(self) -> None:
        to_zone(self.zone)
        if not self.people:
            raise InvalidValueError(what="people to take turns", value="", path="people", hint="at least one")
        if self.interval < 1:
            raise InvalidValueError(what="an interval", value=self.interval, path="interval", hint="1 or more")
        if self.duration <= timedelta(0):
            problem = "it must be longer than nothing"
            raise InvalidDurationError(value=format_duration(self.duration), path="duration", problem=problem)

    def on_call(self, at: datetime) -> Group:
        """Answer who is on call at an instant."""
        found = self.shifts(at, from_micros(to_micros(at) + 1))
        return tuple(dict.fromkeys(name for shift in found for name in shift.people))

    def shifts(self, start: datetime, end: datetime) -> Iterator[OnCallShift]:
        """Answer the times it comes about that touch `[start, end)`, whole, in order."""
        low, stop = to_micros(start), to_micros(end)
        first = max(to_micros(self.start), to_micros(self.from_then or self.start))
        last = None if self.until is None else to_micros(self.until)
        lasts = duration_micros(self.duration)
        for opens, closes, turn in self._times(low - lasts - DAY, stop):
            if opens >= stop or (last is not None and opens >= last):
                return
            if opens >= first and closes > low and closes > opens:
                people = self.people[turn % len(self.people)]
                yield OnCallShift(from_micros(opens), from_micros(closes), people, turn)

    def _times(self, low: int, stop: int) -> Iterator[tuple[int, int, int]]:
        lasts = duration_micros(self.duration)
        day, rest = to_local(self.zone, to_micros(self.start))
        if self.unit is RotationUnit.HOUR:
            step = self.interval * _HOUR
            number = max(0, (low - to_micros(self.start)) // step - 24)
            while True:
                wall = rest + number * step
                opens = first_instant(self.zone, day, wall)
                if opens >= stop:
                    return
                yield opens, first_instant(self.zone, day, wall + lasts), number
                number += 1
        at = max(day, local_date(self.zone, low) - _ONE)
        while first_instant(self.zone, at, rest) < stop:
            turn = self._turn(day, at)
            if turn is not None:
                yield first_instant(self.zone, at, rest), first_instant(self.zone, at, rest + lasts), turn
            at += _ONE

    def _turn(self, first: date, at: date) -> int | None:
        """Answer the number of the turn that begins on a date, None when none does."""
        match self.unit:
            case RotationUnit.DAY:
                if self.days and at.weekday() not in self.days:
                    return None
                number = _matching(first, at, self.days)
            case RotationUnit.WEEK:
                if at.weekday() not in (self.days or {first.weekday()}):
                    return None
                number = (self._week(at) - self._week(first)).days // 7
            case _:
                if not self._is_in_month(first, at):
                    return None
                number = (at.year - first.year) * 12 + at.month - first.month
        return None if number % self.interval else number // self.interval

    def _week(self, day: date) -> date:
        return day - timedelta(days=(day.weekday() - self.week_start) % 7)

    def _is_in_month(self, first: date, at: date) -> bool:
        if self.month_days:
            return at.day in self.month_days and (not self.days or at.weekday() in self.days)
        if self.days:
            return at.weekday() in self.days
        return at.day == min(first.day, monthrange(at.year, at.month)[1])


def _matching(first: date, at: date, days: frozenset[int]) -> int:
    """Answer how many matching days lie in `[first, at)`."""
    span = (at - first).days
    if not days:
        return span
    weeks, rest = divmod(span, 7)
    return weeks * len(days) + sum((first.weekday() + step) % 7 in days for step in range(rest))
