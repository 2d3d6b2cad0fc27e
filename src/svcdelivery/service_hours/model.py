"""Service hours: a week in a zone, and everything that departs from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

from attrs import evolve, field, fields, frozen

from svcdelivery.errors import InvalidValueError, NeverOpenError, NotCoveredError, ServiceDeliveryError, WrongTypeError
from svcdelivery.service_hours.algebra import Hours
from svcdelivery.service_hours.changes import HoursChange, to_changes
from svcdelivery.service_hours.compilation import Bounds, Rules, compile_year, raw_spans
from svcdelivery.service_hours.hours import instant_micros
from svcdelivery.service_hours.local_time import (
    FIRST_YEAR,
    LAST_YEAR,
    YEAR_STARTS,
    date_bounds,
    date_of,
    day_number,
    first_instant,
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
_EPOCH_DAY = date(1970, 1, 1).toordinal()


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
        changes: What is different from a date on, in order of date.

    Raises:
        UnknownZoneError: The zone data have no such name.
        NeverOpenError: No shift is left to open.
        InvalidValueError: Overlapping shifts on one date, a date given twice, a value out of range, or years between
            two changes for which closed dates are not known.
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
    changes: tuple[HoursChange, ...] = field(default=(), converter=to_changes, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not any(map(_ever_opens, self._stages)):
            raise NeverOpenError(hint="give at least one shift")
        for before, after in pairwise(self._stages):
            _check_years(before, after)

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

    def changed_from(
        self,
        since: date | str,
        week: Mapping[str, Shifts] | Week | None = None,
        *,
        closed: Iterable[date | str] | None = None,
        closed_parts: Dated | None = None,
        closed_ranges: Iterable[str | ClosedRange] | None = None,
        closed_yearly: Iterable[str | YearlyClosure] | None = None,
        extra: Dated | None = None,
        replaced: Dated | None = None,
        covered_years: tuple[int, int] | None = None,
        whole_shifts: bool | None = None,
    ) -> ServiceHours:
        """Answer the same hours with a change from a date on; every date before it stays as it is.

            office.changed_from("2027-01-01", closed=holidays_of_2027, covered_years=(2027, 2027))

        Args:
            since: The first date of the change, after that of every change before it.
            week: As for `weekly`. This and all that follows stays as it was where it is not given.
            closed: Takes the place of the earlier list for the dates from `since` on, as the other lists do.
            closed_parts: Date to the hours cut out of it.
            closed_ranges: See `weekly`.
            closed_yearly: See `weekly`.
            extra: Date to the hours added on it.
            replaced: Date to the hours that stand for the weekly ones.
            covered_years: First and last year for which the closed dates are complete.
            whole_shifts: See the class.

        Raises:
            InvalidValueError: Nothing is different, a date that is not later, or years not known before the change.
        """
        change = HoursChange(
            since,
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
        return evolve(self, changes=(*self.changes, change))

    # -- what a date is ------------------------------------------------------------------------------------------------

    def is_closed_date(self, day: date) -> bool:
        """Answer whether the date is closed by a list, a range or a yearly closure.

        Raises:
            NotCoveredError: The date lies outside the covered years.
        """
        self._check_covered(day)
        return self._on(day).is_closed(day)

    def is_on_closed_date(self, at: datetime) -> bool:
        """Answer whether an instant falls on a closed date."""
        return self.is_closed_date(date_of(self.zone, instant_micros(at)))

    def is_in_closed_part(self, at: datetime) -> bool:
        """Answer whether an instant falls into hours cut out of a date, whether or not it would be open otherwise."""
        micros = instant_micros(at)
        for rules in self._rules:
            for number, bounds in rules.closed_parts.items():
                day = date.fromordinal(number + _EPOCH_DAY)
                for start, end in bounds if rules.first_day <= number <= rules.last_day else ():
                    low = first_instant(self.zone, day, start * 1_000_000)
                    if low <= micros < first_instant(self.zone, day, end * 1_000_000):
                        return True
        return False

    @property
    def known_years(self) -> tuple[int, int] | None:
        """The first and the last year for which the closed dates are complete, changes included; None for all."""
        first, last = self._stages[0]["covered_years"], self._stages[-1]["covered_years"]
        if first is None and last is None:
            return None
        return (FIRST_YEAR if first is None else first[0]), (LAST_YEAR if last is None else last[1])

    # -- what the timetable asks ---------------------------------------------------------------------------------------

    @cached_property
    def _stages(self) -> tuple[dict[str, Any], ...]:
        """The fields as they hold at first and after each change, with the first date of each under `since`."""
        stage = {name: getattr(self, name) for name in _CHANGEABLE} | {"since": date(FIRST_YEAR, 1, 1)}
        stages = [stage]
        for change in self.changes:
            stage = {**stage, **change.given, "since": change.since}
            stages.append(stage)
        return tuple(stages)

    @cached_property
    def _rules(self) -> tuple[Rules, ...]:
        firsts = [day_number(stage["since"]) for stage in self._stages]
        lasts = [first - 1 for first in firsts[1:]] + [day_number(date(LAST_YEAR, 12, 31))]
        return tuple(map(_rules_of, self._stages, firsts, lasts))

    def _on(self, day: date) -> Rules:
        number = day_number(day)
        return next(rules for rules in reversed(self._rules) if rules.first_day <= number or rules is self._rules[0])

    @cached_property
    def _limits(self) -> Span:
        years = self.known_years
        if years is None:
            return YEAR_STARTS[0], YEAR_STARTS[-1]
        low = date_bounds(self.zone, date(years[0], 1, 1))[0]
        high = date_bounds(self.zone, date(years[1], 12, 31))[1]
        return max(low, YEAR_STARTS[0]), min(high, YEAR_STARTS[-1])

    def compile_year(self, year: int) -> Spans:
        """Answer the open spans of a UTC year in epoch microseconds, cut at its bounds and at the limits."""
        return compile_year(self._rules, self.zone, self._limits, year)

    def limits(self) -> Span:
        """Answer the instants between which the hours are known, in epoch microseconds."""
        return self._limits

    def refusal(self, micros: int) -> ServiceDeliveryError:
        """Answer the error for an instant outside the limits."""
        years = self.known_years
        if years is None:
            return InvalidValueError(what=f"an instant in the years {FIRST_YEAR} to {LAST_YEAR}", value=_shown(micros))
        return NotCoveredError(date=_shown(micros), first_year=years[0], last_year=years[1])

    def day_spans(self, day: date) -> Spans:
        """Answer the open time that belongs to a date: what is left of the shifts that open on it.

        Raises:
            NotCoveredError: The date lies outside the covered years.
        """
        self._check_covered(day)
        raw = raw_spans(self._on(day), self.zone, day)
        if not raw:
            return ()
        low, high = self.limits()
        return intersect(raw, self.timetable.spans(max(low, raw[0][0]), min(high, raw[-1][1])))

    def _check_covered(self, day: date) -> None:
        years = self.known_years
        if years is not None and not years[0] <= day.year <= years[1]:
            raise NotCoveredError(date=day, first_year=years[0], last_year=years[1])


_CHANGEABLE = tuple(part.name for part in fields(HoursChange) if part.name != "since")


def _ever_opens(stage: dict[str, Any]) -> bool:
    if any(day.shifts for day in (*stage["extra"], *stage["replaced"])):
        return True
    return any(stage["week"]) and not _closes_every_year(stage["closed_yearly"])


def _closes_every_year(closures: tuple[YearlyClosure, ...]) -> bool:
    year = [date.fromordinal(date(2000, 1, 1).toordinal() + day) for day in range(366)]
    return bool(closures) and all(any(closure.covers(day) for closure in closures) for day in year)


def _check_years(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Refuse a change that leaves dates between two lists of closed dates, or comes with a list of other years."""
    since, old, new = after["since"], before["covered_years"], after["covered_years"]
    hint = "give the closed dates of those years, and say which years they cover"
    if new is not None and not new[0] <= since.year <= new[1]:
        problem = f"closed dates are known for {new[0]} to {new[1]} only"
        raise InvalidValueError(what="a change in a covered year", value=since, problem=problem, hint=hint)
    if old is not None and since > date(old[1] + 1, 1, 1):
        problem = f"closed dates before it are known until the end of {old[1]} only"
        raise InvalidValueError(what="a change in a covered year", value=since, problem=problem, hint=hint)


def _rules_of(stage: dict[str, Any], first: int, last: int) -> Rules:
    departs = ("closed", "closed_parts", "closed_ranges", "closed_yearly", "replaced")
    return Rules(
        first_day=first,
        last_day=last,
        week=tuple(_bounds(day) for day in stage["week"]),
        replaced=_by_day(stage["replaced"]),
        extra=_by_day(stage["extra"]),
        closed_parts=_by_day(stage["closed_parts"]),
        closed=stage["closed"],
        closed_ranges=stage["closed_ranges"],
        closed_yearly=stage["closed_yearly"],
        whole_shifts=stage["whole_shifts"],
        never_closes=stage["week"] == (_FULL_DAY,) * 7 and not any(stage[name] for name in departs),
    )


def _shown(micros: int) -> str:
    try:
        return from_micros(micros).isoformat()
    except OverflowError:
        return "an instant no calendar has"
