"""Working days: which dates they are, and the same time of day so many of them away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from svcdelivery.errors import InvalidValueError, NeverOpenError, WrongTypeError
from svcdelivery.service_hours.local_time import DAY, FIRST_YEAR, LAST_YEAR, day_number, first_instant, to_local
from svcdelivery.service_hours.timetable import EMPTY_YEARS_MOST, Timetable
from svcdelivery.timeline import from_micros
from svcdelivery.timeline.spans import Spans

__all__ = ["Days", "checked", "dates_from", "earlier", "later", "later_at"]

_ONE = timedelta(days=1)


class Days(Protocol):
    """What working days are read from."""

    @property
    def zone(self) -> str:
        """The zone of the dates."""
        ...

    @property
    def timetable(self) -> Timetable:
        """What is open."""
        ...

    def day_spans(self, day: date) -> Spans:
        """Answer the open time that belongs to a date."""
        ...


def checked(day: Any) -> date:
    """Answer the date, refusing what is none; a datetime is refused, since its date depends on a zone."""
    if not isinstance(day, date) or isinstance(day, datetime):
        raise WrongTypeError(expected="a date", value=day)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidValueError(what=f"a date in the years {FIRST_YEAR} to {LAST_YEAR}", value=day)
    return date(day.year, day.month, day.day)


def dates_from(hours: Days, day: date, step: int) -> Iterator[date]:
    """Answer the working days on one side of a date, nearest first; ends when nothing opens any more there."""
    empty = 0
    while empty < EMPTY_YEARS_MOST * 366:
        day += step * _ONE
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            return
        empty += 1
        if hours.day_spans(day):
            yield day
            empty = 0


def later(hours: Days, start: int, days: int, end_of_day: bool, close: bool) -> int:
    """Answer the wall time of `start` on the working day so many days later, in epoch microseconds."""
    at = start if hours.timetable.is_open(start) else _next_open(hours, start)
    own, time = _place(hours, at, opening=True)
    day, spans = _counted(hours, own, days, 1)
    if end_of_day:
        return spans[-1][1]
    # Twice the same time of one night: the same day at this time may be the first of the two, and over.
    return max(at, _within_hours(hours, day, spans, time, close))


def later_at(hours: Days, start: int, days: int, time: int, close: bool) -> int:
    """Answer a time of day of the working day so many days later; 0 days and a time over by then mean the next one."""
    at = start if hours.timetable.is_open(start) else _next_open(hours, start)
    own, _ = _place(hours, at, opening=True)
    day, spans = _counted(hours, own, days, 1)
    # Judged by the time as agreed, before it moves to a closing or an opening: the boundary does not choose the day.
    if first_instant(hours.zone, day, time) < start:
        day, spans = _counted(hours, own, days + 1, 1)
    # A start in a break, and a time in the same break: the closing before it lies before the start as well.
    return max(at, _within_hours(hours, day, spans, time, close))


def _within_hours(hours: Days, day: date, spans: Spans, time: int, close: bool) -> int:
    kept = first_instant(hours.zone, day, time)
    before = [closes for _, closes in spans if closes <= kept]
    for opens, closes in spans:
        if opens <= kept < closes:
            return kept
    if close:
        return before[-1] if before else spans[0][0]
    # An opening of that day: at the time itself a shift of the night before may still be open.
    return next((opens for opens, _ in spans if opens >= kept), None) or _next_open(hours, kept)


def earlier(hours: Days, end: int, days: int, end_of_day: bool, close: bool) -> int:
    """Answer the wall time of `end` on the working day so many days earlier, in epoch microseconds."""
    is_open = hours.timetable.is_open(end)
    at = end if is_open else _previous_close(hours, end)
    own, time = _place(hours, at, opening=is_open)
    day, spans = _counted(hours, own, days, -1)
    if end_of_day:
        return spans[-1][1]
    kept = first_instant(hours.zone, day, time)
    after = [opens for opens, _ in spans if opens >= kept]
    for opens, closes in spans:
        if opens < kept <= closes or (close and opens == kept):
            return kept
    if close:
        return after[0] if after else spans[-1][1]
    return next((closes for _, closes in reversed(spans) if closes <= kept), None) or _previous_close(hours, kept)


def _next_open(hours: Days, at: int) -> int:
    return hours.timetable.opening_side_micros(hours.timetable.position_micros(at))


def _previous_close(hours: Days, at: int) -> int:
    return hours.timetable.closing_side_micros(hours.timetable.position_micros(at))


def _place(hours: Days, at: int, *, opening: bool) -> tuple[date, int]:
    """Answer the date whose hours hold an instant, and the wall time from that date's midnight to it."""
    day, time = to_local(hours.zone, at)
    # A night shift belongs to the evening before; clocks set back over midnight can do the opposite.
    for shift in (0, -1, 1):
        own = day + shift * _ONE
        for opens, closes in hours.day_spans(own):
            if (opens <= at < closes) if opening else (opens < at <= closes):
                return own, time - shift * DAY
    return day, time


def _counted(hours: Days, own: date, days: int, step: int) -> tuple[date, Spans]:
    if type(days) is not int:
        raise WrongTypeError(expected="a whole number of working days", value=days)
    if days < 0:
        raise InvalidValueError(what="a number of working days", value=days, hint="zero or more")
    if days == 0:
        return own, hours.day_spans(own)
    last = own
    for number, day in enumerate(dates_from(hours, own, step), 1):
        if number == days:
            return day, hours.day_spans(day)
        last = day
    if not FIRST_YEAR <= last.year + step * EMPTY_YEARS_MOST <= LAST_YEAR:
        # What comes after the last year that is known nobody can say.
        what = f"a number of working days that ends in the years {FIRST_YEAR} to {LAST_YEAR}"
        raise InvalidValueError(what=what, value=days)
    raise NeverOpenError(after=from_micros(day_number(own) * DAY).date())
