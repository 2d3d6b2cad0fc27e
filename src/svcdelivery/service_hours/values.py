"""The parts service hours are written with: shifts, dated shifts, closed ranges, yearly closures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from attrs import field, frozen

from svcdelivery.errors import EmptyIntervalError, InvalidValueError, WrongTypeError

__all__ = [
    "ClosedRange",
    "DayShifts",
    "Shift",
    "YearlyClosure",
    "to_date",
    "to_dates",
    "to_day_shifts",
    "to_ranges",
    "to_shifts",
    "to_yearly",
]

DAY_SECONDS = 86_400
_SHIFT = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?\s*-\s*(\d{2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_YEARLY = re.compile(r"(\d{2})-(\d{2})(?:\.\.(\d{2})-(\d{2}))?", re.ASCII)
_RANGE = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HINT_SHIFT = "such as 08:30-12:30, or 22:00-06:00 for one that ends on the next date"


def _whole(_instance: object, _attribute: object, value: Any) -> None:
    if type(value) is not int:
        raise WrongTypeError(expected="a whole number of seconds", value=value)


@frozen(order=True)
class Shift:
    """Open hours of one local day, `[start, end)`; an end before the start lies on the next date.

    Attributes:
        start_second: Second of the local day the shift opens at, 0 to 86,399.
        end_second: Second of the local day it closes at, 1 to 86,400 (24:00).

    Raises:
        InvalidValueError: A bound out of range, a closing time of 00:00, or a shift that ends when it starts.
    """

    start_second: int = field(validator=_whole)
    end_second: int = field(validator=_whole)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.start_second < DAY_SECONDS:
            raise InvalidValueError(what="an opening time", value=self.start_second, hint="00:00 to 23:59:59")
        if self.end_second == 0:
            raise InvalidValueError(what="a closing time", value="00:00", hint="write 24:00")
        if not 0 < self.end_second <= DAY_SECONDS:
            raise InvalidValueError(what="a closing time", value=self.end_second, hint="00:00:01 to 24:00")
        if self.start_second == self.end_second:
            raise InvalidValueError(
                what="a shift", value=str(self), problem="it ends when it starts", hint="a whole day is 00:00-24:00"
            )

    @classmethod
    def parse(cls, text: str) -> Shift:
        """Answer the shift of a text such as `08:30-12:30`, `22:00-06:00` or `18:00-24:00`; seconds may be given."""
        if not isinstance(text, str):
            raise WrongTypeError(expected="the text of a shift", value=text)
        found = _SHIFT.fullmatch(text.strip())
        if found is None:
            raise InvalidValueError(what="a shift", value=text, hint=_HINT_SHIFT)
        bounds = []
        for hour, minute, second in (found.groups()[:3], found.groups()[3:]):
            if int(minute) > 59 or int(second or 0) > 59:
                raise InvalidValueError(what="a shift", value=text, problem="no such time of day", hint=_HINT_SHIFT)
            bounds.append(int(hour) * 3600 + int(minute) * 60 + int(second or 0))
        try:
            return cls(*bounds)
        except InvalidValueError as error:
            raise InvalidValueError(
                what="a shift", value=text, problem=error.problem or error.message, hint=error.hint
            ) from error

    @property
    def end_offset(self) -> int:
        """Seconds from the local midnight the shift's date starts with to its end; over 86,400 when overnight."""
        return self.end_second if self.end_second > self.start_second else self.end_second + DAY_SECONDS

    def __str__(self) -> str:
        return f"{_clock(self.start_second)}-{_clock(self.end_second)}"


def _clock(second: int) -> str:
    text = f"{second // 3600:02d}:{second // 60 % 60:02d}"
    return f"{text}:{second % 60:02d}" if second % 60 else text


def to_shifts(given: object) -> tuple[Shift, ...]:
    """Answer shifts of one day in order, from texts or `Shift` values; touching ones are fine.

    Raises:
        InvalidValueError: Two of them overlap; both are named.
    """
    items: Iterable[object] = [given] if isinstance(given, str | Shift) else _items(given, "shifts of a day")
    shifts = sorted(i if isinstance(i, Shift) else Shift.parse(i) for i in items)  # type: ignore[arg-type]
    for earlier, later in pairwise(shifts):
        if later.start_second < earlier.end_offset:
            raise InvalidValueError(
                what="a day of separate shifts",
                value=f"{earlier}, {later}",
                problem=f"`{earlier}` and `{later}` overlap",
            )
    return tuple(shifts)


def _items(given: object, what: str) -> Iterable[object]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise WrongTypeError(expected=what, value=given)
    return given


def to_date(given: object) -> date:
    """Answer a plain date, from a date or the text YYYY-MM-DD; a datetime is refused, since its zone is a guess."""
    if type(given) is date:
        return given
    if isinstance(given, date) and not isinstance(given, datetime):
        return date(given.year, given.month, given.day)
    if isinstance(given, str):
        try:
            if _DATE.fullmatch(given):
                return date.fromisoformat(given)
        except ValueError as error:
            raise InvalidValueError(what="a date", value=given, problem=str(error)) from error
        raise InvalidValueError(what="a date", value=given, hint="such as 2026-12-25")
    raise WrongTypeError(expected="a date", value=given)


def to_dates(given: object) -> tuple[date, ...]:
    """Answer dates in order, each once."""
    if isinstance(given, date):
        return (to_date(given),)
    return tuple(sorted({to_date(item) for item in _items(given, "dates")}))


@frozen(order=True)
class DayShifts:
    """The shifts of one date."""

    date: date = field(converter=to_date)
    shifts: tuple[Shift, ...] = field(converter=to_shifts)


def to_day_shifts(given: object) -> tuple[DayShifts, ...]:
    """Answer dated shifts in order of date, from a mapping of date to shifts or from `DayShifts` values."""
    if isinstance(given, Mapping):
        made = [DayShifts(day, shifts) for day, shifts in given.items()]
    else:
        made = []
        for item in _items(given, "dated shifts"):
            if not isinstance(item, DayShifts):
                raise WrongTypeError(expected="a date with shifts", value=item)
            made.append(item)
    made.sort()
    for first, second in pairwise(made):
        if first.date == second.date:
            raise InvalidValueError(what="a list of dates", value=first.date, problem="the date is given twice")
    return tuple(made)


@frozen(order=True)
class ClosedRange:
    """Closed dates in a row, `first` to `last`, both included.

    Raises:
        EmptyIntervalError: The last date lies before the first.
    """

    first: date = field(converter=to_date)
    last: date = field(converter=to_date)
    name: str = ""

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            raise EmptyIntervalError(start=self.first, end=self.last)


def to_ranges(given: object) -> tuple[ClosedRange, ...]:
    """Answer closed ranges in order, from texts such as `2026-07-01..2026-07-14` or `ClosedRange` values."""
    made = []
    for item in [given] if isinstance(given, str) else _items(given, "closed ranges"):
        if isinstance(item, ClosedRange):
            made.append(item)
            continue
        found = _RANGE.fullmatch(item) if isinstance(item, str) else None
        if found is None:
            raise InvalidValueError(what="a range of dates", value=item, hint="such as 2026-07-01..2026-07-14")
        made.append(ClosedRange(found[1], found[2]))
    return tuple(sorted(set(made)))


def _month_day(_instance: object, _attribute: object, value: Any) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{2}-\d{2}", value, re.ASCII):
        raise InvalidValueError(what="a day of every year", value=value, hint="such as 12-25")
    try:
        date(2000, int(value[:2]), int(value[3:]))  # a leap year, so that 02-29 can be said
    except ValueError as error:
        raise InvalidValueError(what="a day of every year", value=value, problem=str(error)) from error


@frozen(order=True)
class YearlyClosure:
    """Dates closed every year, `first` to `last` as `MM-DD`, both included; a range may run over the new year.

    The day 02-29 is closed in the years that have it.
    """

    first: str = field(validator=_month_day)
    last: str = field(validator=_month_day)
    name: str = ""

    def covers(self, day: date) -> bool:
        """Answer whether the date is one of the closed ones."""
        here = f"{day.month:02d}-{day.day:02d}"
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


def to_yearly(given: object) -> tuple[YearlyClosure, ...]:
    """Answer yearly closures in order, from texts such as `12-25` or `12-24..01-02`, or `YearlyClosure` values."""
    made = []
    for item in [given] if isinstance(given, str) else _items(given, "yearly closures"):
        if isinstance(item, YearlyClosure):
            made.append(item)
            continue
        found = _YEARLY.fullmatch(item) if isinstance(item, str) else None
        if found is None:
            raise InvalidValueError(what="a yearly closure", value=item, hint="such as 12-25 or 12-24..01-02")
        first, _, last = str(item).partition("..")
        made.append(YearlyClosure(first, last or first))
    return tuple(sorted(set(made)))
