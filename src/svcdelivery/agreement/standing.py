"""Standing requests and duties: what the agreement itself asks for, again and again, without anybody asking.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, time, timedelta
from enum import Enum

from attrs import field, frozen

from svcdelivery.agreement.period import Periods
from svcdelivery.errors import EmptyIntervalError, InvalidValueError, WrongTypeError
from svcdelivery.identity import identifier
from svcdelivery.service_hours.week import DAYS, days_named

__all__ = ["INTERVAL_MOST", "ContinuousDuty", "Every", "OnClosedDay", "Recurrence", "StandingRequest"]

INTERVAL_MOST = 1000
"""The most days, weeks or months from one occurrence to the next."""
LAST_DAY = -1
"""The last day of a month, whichever that is."""


class Every(Enum):
    """What a recurrence counts in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class OnClosedDay(Enum):
    """What becomes of an occurrence on a date without open time.

    It stays; it falls away; or it goes to the next working day.
    """

    KEEP = "keep"
    SKIP = "skip"
    NEXT = "next"


def _days(days: str) -> str:
    return ",".join(DAYS[number] for number in sorted(set(days_named(days))))


@frozen(kw_only=True)
class Recurrence:
    """On which dates something comes again.

    Attributes:
        every: Days, weeks from Monday on, or months.
        interval: Every so many of them, counted from the one that holds the first date.
        weekdays: Of a weekly one, such as `mon,thu`.
        day: Of a monthly one, 1 to 31 or -1 for the last; a shorter month means its last day.

    Raises:
        InvalidValueError: An interval below 1 or over 1000, or a day or weekdays that do not fit.
    """

    every: Every = field(converter=Every)
    interval: int = 1
    weekdays: str = field(default="mon", converter=_days)
    day: int = 1

    def __attrs_post_init__(self) -> None:
        if type(self.interval) is not int:
            raise WrongTypeError(expected="a whole number", value=self.interval, path="interval")
        if not 1 <= self.interval <= INTERVAL_MOST:
            hint = f"1 to {INTERVAL_MOST}"
            raise InvalidValueError(what="an interval", value=self.interval, path="interval", hint=hint)
        if not (1 <= self.day <= 31 or self.day == LAST_DAY):
            raise InvalidValueError(what="a day of a month", value=self.day, path="day", hint="1 to 31, or -1")

    def dates(self, first: date, start: date, end: date) -> Iterator[date]:
        """Answer the dates in `[start, end)`, none before `first`, from which intervals count."""
        least = max(first, start)
        found = {Every.DAY: self._daily, Every.WEEK: self._weekly, Every.MONTH: self._monthly}[self.every]
        return (day for day in found(first, least, end) if least <= day < end)

    def _daily(self, first: date, start: date, end: date) -> Iterator[date]:
        day = start + timedelta(days=(first - start).days % self.interval)
        while day < end:
            yield day
            day += timedelta(days=self.interval)

    def _weekly(self, first: date, start: date, end: date) -> Iterator[date]:
        wanted = sorted(days_named(self.weekdays))
        week = first - timedelta(days=first.weekday())
        behind = max(0, (start - week).days // 7) // self.interval * self.interval
        week += timedelta(weeks=behind)
        while week < end:
            yield from (week + timedelta(days=number) for number in wanted)
            week += timedelta(weeks=self.interval)

    def _monthly(self, first: date, start: date, end: date) -> Iterator[date]:
        origin = first.year * 12 + first.month - 1
        month = origin + (start.year * 12 + start.month - 1 - origin) // self.interval * self.interval
        while (day := self._in_month(month)) < end:
            yield day
            month += self.interval

    def _in_month(self, month: int) -> date:
        year, number = month // 12, month % 12 + 1
        last = monthrange(year, number)[1]
        return date(year, number, last if self.day == LAST_DAY else min(self.day, last))


@frozen(kw_only=True)
class StandingRequest:
    """A request the agreement makes by itself, such as a daily check or a weekly report.

    Attributes:
        at: The wall time of its hours at which it comes; a time that a spring night leaves out means the instant after.
        hours: The service hours whose zone and working days are meant.
        first: The first date, from which intervals count; None means that of the agreement's term.
        until: The date from which it comes no more; None while the agreement lasts.

    Raises:
        EmptyIntervalError: It ends before it begins.
    """

    id: str = field(converter=identifier)
    service: str = field(converter=identifier)
    requester: str = field(converter=identifier)
    recurrence: Recurrence
    at: time
    hours: str = field(converter=identifier)
    on_closed_day: OnClosedDay = OnClosedDay.KEEP
    first: date | None = None
    until: date | None = None
    priority: str | None = None
    summary: str = ""
    clause: str = ""

    def __attrs_post_init__(self) -> None:
        if self.at.tzinfo is not None:
            value = self.at.isoformat()
            raise InvalidValueError(what="a wall time", value=value, path="at", hint="its hours have the zone")
        if self.first is not None and self.until is not None and self.until <= self.first:
            raise EmptyIntervalError(start=self.first, end=self.until)


@frozen(kw_only=True)
class ContinuousDuty:
    """A service that is simply there; it counts as delivered once a period.

    Attributes:
        requester: Who is asked how satisfied they are.
    """

    id: str = field(converter=identifier)
    service: str = field(converter=identifier)
    requester: str = field(converter=identifier)
    periods: Periods
    clause: str = ""
