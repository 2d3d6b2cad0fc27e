"""Service hours: a week in a zone, and everything that departs from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, NeverOpenError, NotCoveredError, ServiceDeliveryError, WrongTypeError
from svcdelivery.service_hours.algebra import Hours
from svcdelivery.service_hours.compilation import Bounds, Rules, compile_year, raw_spans
from svcdelivery.service_hours.hours import instant_micros
from svcdelivery.service_hours.local_time import (
    FIRST_YEAR,
    LAST_YEAR,
    YEAR_STARTS,
    date_bounds,
    day_number,
    first_instant,
    local_date,
)
from svcdelivery.service_hours.values import (
    DAY_SECONDS,
    ClosedRange,
    DayShifts,
    Shift,
    YearlyClosure,
    to_dates,
    to_day_shifts,
    to_ranges,
    to_yearly,
)
from svcdelivery.service_hours.week import Week, to_week
from svcdelivery.service_hours.years import to_years
from svcdelivery.timeline import from_micros, to_zone
from svcdelivery.timeline.spans import Span, Spans, intersect

__all__ = ["ServiceHours"]

Shifts = str | Shift | Iterable[str | Shift]
"""The shifts of one day, as texts or values."""

Dated = Mapping[date, Shifts] | Mapping[str, Shifts] | Iterable[DayShifts]
"""Shifts by date, dates as values or as texts."""

_FULL_DAY = (Shift(0, DAY_SECONDS),)


def _bounds(shifts: tuple[Shift, ...]) -> Bounds:
    return tuple((shift.start_second, shift.end_offset) for shift in shifts)


def _by_day(dated: tuple[DayShifts, ...]) -> dict[int, Bounds]:
    return {day_number(day.date): _bounds(day.shifts) for day in dated}


def _zone(_instance: object, _attribute: object, value: Any) -> None:
    to_zone(value)


def _years(given: object) -> tuple[int, int] | None:
    return None if given is None else to_years(given)


def _flag(_instance: object, _attribute: object, value: Any) -> None:
    if not isinstance(value, bool):
        raise WrongTypeError(expected="true or false", value=value)


# No slots: the compiled timetable is kept beside the fields, outside equality, hash and pickles.
@frozen(slots=False)
class ServiceHours(Hours):
    """The hours in which service time runs: weekly shifts in a zone, and the dates that depart from them.

    Weekly shifts give way to `replaced` ones on their dates; closed dates are cut out of both, from the first instant
    of the date to the first of the next; `extra` openings come on top, on closed dates too; `closed_parts` are cut out
    last. A shift belongs to the date it opens on. Shifts of different dates that overlap count once.

    Attributes:
        zone: An IANA name.
        week: Seven tuples of shifts, Monday first.
        closed: Closed dates.
        closed_parts: Hours cut out of single dates.
        closed_ranges: Closed dates in a row, by name.
        closed_yearly: Closed every year.
        extra: Hours added on single dates.
        replaced: Hours that stand for the weekly ones on single dates; none means closed.
        covered_years: First and last year for which the closed dates are complete; None for all.
        whole_shifts: A closed date closes the shifts that open on it, as a whole, instead of the date's own instants.

    Raises:
        UnknownZoneError: The zone data have no such name.
        NeverOpenError: No shift is left to open.
        InvalidValueError: Overlapping shifts on one date, a date given twice, or a value out of range.
    """

    zone: str = field(validator=_zone)
    week: Week = field(converter=to_week)
    closed: tuple[date, ...] = field(default=(), converter=to_dates, kw_only=True)
    closed_parts: tuple[DayShifts, ...] = field(default=(), converter=to_day_shifts, kw_only=True)
    closed_ranges: tuple[ClosedRange, ...] = field(default=(), converter=to_ranges, kw_only=True)
    closed_yearly: tuple[YearlyClosure, ...] = field(default=(), converter=to_yearly, kw_only=True)
    extra: tuple[DayShifts, ...] = field(default=(), converter=to_day_shifts, kw_only=True)
    replaced: tuple[DayShifts, ...] = field(default=(), converter=to_day_shifts, kw_only=True)
    covered_years: tuple[int, int] | None = field(default=None, converter=_years, kw_only=True)
    whole_shifts: bool = field(default=False, validator=_flag, kw_only=True)

    def __attrs_post_init__(self) -> None:
        weekly = any(self.week) and not self._closes_every_year
        if not weekly and not any(day.shifts for day in (*self.extra, *self.replaced)):
            raise NeverOpenError(hint="give at least one shift")

    @classmethod
    def weekly(
        cls,
        zone: str,
        week: Mapping[str, Shifts] | Week,
        *,
        closed: Iterable[date | str] = (),
        closed_parts: Dated = (),
        closed_ranges: Iterable[str | ClosedRange] = (),
        closed_yearly: Iterable[str | YearlyClosure] = (),
        extra: Dated = (),
        replaced: Dated = (),
        covered_years: tuple[int, int] | None = None,
        whole_shifts: bool = False,
    ) -> ServiceHours:
        """Answer service hours written as people write them.

            ServiceHours.weekly("Europe/Paris", {"mon-fri": ["08:30-12:30", "13:30-17:30"]}, closed_yearly=["12-25"])

        Args:
            zone: An IANA name.
            week: Keys are a day, a range (`fri-mon` runs over the week's end) or a list (`sat,sun`); values are shifts.
            closed: Dates; a mapping of date to name will do.
            closed_parts: Date to the hours cut out of it.
            closed_ranges: Texts such as `2026-07-01..2026-07-14`, or `ClosedRange` values.
            closed_yearly: Texts such as `12-25` or `12-24..01-02`, or `YearlyClosure` values.
            extra: Date to the hours added on it.
            replaced: Date to the hours that stand for the weekly ones.
            covered_years: First and last year for which the closed dates are complete.
            whole_shifts: See the class.
        """
        return cls(
            zone,
            week,
            closed=closed,
            closed_parts=closed_parts,
            closed_ranges=closed_ranges,
            closed_yearly=closed_yearly,
            extra=extra,
            replaced=replaced,
            covered_years=covered_years,
            whole_shifts=whole_shifts,
        )

    @classmethod
    def always(cls, zone: str = "UTC") -> ServiceHours:
        """Answer hours that never close; the zone says where dates begin."""
        return cls(zone, (_FULL_DAY,) * 7)

    # -- what a date is ------------------------------------------------------------------------------------------------

    def is_closed_date(self, day: date) -> bool:
        """Answer whether the date is closed by a list, a range or a yearly closure.

        Raises:
            NotCoveredError: The date lies outside the covered years.
        """
        self._check_covered(day)
        return self._rules.is_closed(day)

    def is_on_closed_date(self, at: datetime) -> bool:
        """Answer whether an instant falls on a closed date."""
        return self.is_closed_date(local_date(self.zone, instant_micros(at)))

    def is_in_closed_part(self, at: datetime) -> bool:
        """Answer whether an instant falls into hours cut out of a date, whether or not it would be open otherwise."""
        micros = instant_micros(at)
        for part in self.closed_parts:
            for start, end in _bounds(part.shifts):
                low = first_instant(self.zone, part.date, start * 1_000_000)
                if low <= micros < first_instant(self.zone, part.date, end * 1_000_000):
                    return True
        return False

    @property
    def _closes_every_year(self) -> bool:
        year = [date.fromordinal(date(2000, 1, 1).toordinal() + day) for day in range(366)]
        return bool(self.closed_yearly) and all(any(y.covers(day) for y in self.closed_yearly) for day in year)

    # -- what the timetable asks ---------------------------------------------------------------------------------------

    @cached_property
    def _rules(self) -> Rules:
        departs = (self.closed, self.closed_parts, self.closed_ranges, self.closed_yearly, self.replaced)
        return Rules(
            zone=self.zone,
            limits=self._known,
            week=tuple(_bounds(day) for day in self.week),
            replaced=_by_day(self.replaced),
            extra=_by_day(self.extra),
            closed_parts=_by_day(self.closed_parts),
            closed=self.closed,
            closed_ranges=self.closed_ranges,
            closed_yearly=self.closed_yearly,
            whole_shifts=self.whole_shifts,
            never_closes=self.week == (_FULL_DAY,) * 7 and not any(departs),
        )

    @property
    def _known(self) -> Span:
        if self.covered_years is None:
            return YEAR_STARTS[0], YEAR_STARTS[-1]
        first, last = self.covered_years
        low = date_bounds(self.zone, date(first, 1, 1))[0]
        high = date_bounds(self.zone, date(last, 12, 31))[1]
        return max(low, YEAR_STARTS[0]), min(high, YEAR_STARTS[-1])

    def compile_year(self, year: int) -> Spans:
        """Answer the open spans of a UTC year in epoch microseconds, cut at its bounds and at the limits."""
        return compile_year(self._rules, year)

    def limits(self) -> Span:
        """Answer the instants between which the hours are known, in epoch microseconds."""
        return self._rules.limits

    def refusal(self, micros: int) -> ServiceDeliveryError:
        """Answer the error for an instant outside the limits."""
        if self.covered_years is None:
            return InvalidValueError(what=f"an instant in the years {FIRST_YEAR} to {LAST_YEAR}", value=_shown(micros))
        first, last = self.covered_years
        return NotCoveredError(date=_shown(micros), first_year=first, last_year=last)

    def day_spans(self, day: date) -> Spans:
        """Answer the open time that belongs to a date: what is left of the shifts that open on it.

        Raises:
            NotCoveredError: The date lies outside the covered years.
        """
        self._check_covered(day)
        raw = raw_spans(self._rules, day)
        if not raw:
            return ()
        low, high = self.limits()
        return intersect(raw, self.timetable.spans(max(low, raw[0][0]), min(high, raw[-1][1])))

    def _check_covered(self, day: date) -> None:
        if self.covered_years is not None and not self.covered_years[0] <= day.year <= self.covered_years[1]:
            raise NotCoveredError(date=day, first_year=self.covered_years[0], last_year=self.covered_years[1])


def _shown(micros: int) -> str:
    try:
        return from_micros(micros).isoformat()
    except OverflowError:
        return "an instant no calendar has"
