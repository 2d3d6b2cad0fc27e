"""From the written week and its exceptions to the open spans of one UTC year."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from svcdelivery.service_hours.local_time import (
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    YEAR_STARTS,
    Segment,
    day_number,
    segments,
    to_utc,
)
from svcdelivery.service_hours.values import ClosedRange, YearlyClosure
from svcdelivery.timeline.spans import Span, Spans, clip, normalize, subtract, union

__all__ = ["Bounds", "Rules", "closed_days", "compile_year", "days_of", "raw_spans"]

_SECOND = 1_000_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Bounds = tuple[tuple[int, int], ...]
"""The shifts of one date: seconds from its local midnight to the start and the end of each."""

Dated = tuple[int, tuple[int, int]]
"""One shift of a day, in seconds from its local midnight."""


class Rules(NamedTuple):
    """Service hours between two changes of them as plain numbers; days count from 1970-01-01.

    Attributes:
        first_day: The first day they hold.
        last_day: The last day they hold.
    """

    first_day: int
    last_day: int
    week: tuple[Bounds, ...]
    replaced: dict[int, Bounds]
    extra: dict[int, Bounds]
    closed_parts: dict[int, Bounds]
    closed: tuple[date, ...]
    closed_ranges: tuple[ClosedRange, ...]
    closed_yearly: tuple[YearlyClosure, ...]
    whole_shifts: bool
    never_closes: bool

    def is_closed(self, day: date) -> bool:
        """Answer whether the date is closed by a list, a range or a yearly closure."""
        i = bisect_left(self.closed, day)
        return (
            (i < len(self.closed) and self.closed[i] == day)
            or any(spread.first <= day <= spread.last for spread in self.closed_ranges)
            or any(yearly.covers(day) for yearly in self.closed_yearly)
        )


def compile_year(stages: Sequence[Rules], zone: str, limits: Span, year: int) -> Spans:
    """Answer the open spans of a UTC year, cut at its bounds and at the limits.

    Weekly hours give way to replaced days; closed dates are cut out of both; extra openings come on top of that;
    closed parts of dates are cut out last. Each date follows the rules that hold on it.
    """
    low, high = limits
    low, high = max(low, YEAR_STARTS[year - FIRST_YEAR]), min(high, YEAR_STARTS[year + 1 - FIRST_YEAR])
    if low >= high:
        return ()
    if all(rules.never_closes for rules in stages):
        return ((low, high),)
    first, last = days_of(year, year)
    stretches = segments(zone, year)
    weekly: list[Dated] = []
    closed: list[Dated] = []
    extra: list[Dated] = []
    parts: list[Dated] = []
    for rules in stages:
        since, until = max(first, rules.first_day), min(last, rules.last_day)
        if since > until:
            continue
        shut = closed_days(rules, since, until)
        weekly += _weekly(rules, since, until, shut if rules.whole_shifts else set())
        if not rules.whole_shifts:
            closed += ((day, (0, 86_400)) for day in sorted(shut))
        extra += _within(rules.extra, since, until)
        parts += _within(rules.closed_parts, since, until)
    spans = normalize(_utc(stretches, weekly))
    if closed:
        spans = subtract(spans, normalize(_utc(stretches, closed)))
    if extra:
        spans = union(spans, normalize(_utc(stretches, extra)))
    if parts:
        spans = subtract(spans, normalize(_utc(stretches, parts)))
    return clip(spans, low, high)


def days_of(first_year: int, last_year: int) -> tuple[int, int]:
    """Answer the first and the last date whose shifts may be open in UTC years, as days from 1970-01-01."""
    # A local date lies within 16 hours of its UTC date, and a shift may end on the date after: two days are enough.
    return (
        max(day_number(date(first_year, 1, 1)) - 2, day_number(date(FIRST_YEAR, 1, 1))),
        min(day_number(date(last_year + 1, 1, 1)) + 2, day_number(date(LAST_YEAR, 12, 31))),
    )


def _weekly(rules: Rules, first: int, last: int, skipped: set[int]) -> list[Dated]:
    week, replaced = rules.week, rules.replaced
    # 1970-01-01 was a Thursday.
    return [
        (day, bounds)
        for day in range(first, last + 1)
        if day not in skipped
        for bounds in (replaced[day] if day in replaced else week[(day + 3) % 7])
    ]


def _within(dated: dict[int, Bounds], first: int, last: int) -> list[Dated]:
    if len(dated) > last - first:
        return [(day, bounds) for day in range(first, last + 1) for bounds in dated.get(day, ())]
    return [(day, bounds) for day, many in dated.items() if first <= day <= last for bounds in many]


def _utc(stretches: tuple[Segment, ...], days: Iterable[Dated]) -> list[Span]:
    """Turn local shifts into spans of instants; one that falls into a gap as a whole is empty."""
    if len(stretches) == 1:
        ahead = stretches[0][2]
        return [(day * DAY + start * _SECOND - ahead, day * DAY + end * _SECOND - ahead) for day, (start, end) in days]
    return [
        (to_utc(stretches, day * DAY + start * _SECOND), to_utc(stretches, day * DAY + end * _SECOND))
        for day, (start, end) in days
    ]


def closed_days(rules: Rules, first: int, last: int) -> set[int]:
    """Answer the closed dates between two, both included, as days from 1970-01-01."""
    dates = rules.closed
    low, high = date.fromordinal(first + _EPOCH_DAY), date.fromordinal(last + _EPOCH_DAY)
    found = {day_number(day) for day in dates[bisect_left(dates, low) : bisect_right(dates, high)]}
    for spread in rules.closed_ranges:
        found.update(range(max(first, day_number(spread.first)), min(last, day_number(spread.last)) + 1))
    if rules.closed_yearly:
        for day in range(first, last + 1):
            if any(yearly.covers(date.fromordinal(day + _EPOCH_DAY)) for yearly in rules.closed_yearly):
                found.add(day)
    return found


def raw_spans(rules: Rules, zone: str, day: date) -> Spans:
    """Answer the shifts that open on a date as spans of instants, before anything but the date itself is closed."""
    number = day_number(day)
    many = list(rules.extra.get(number, ()))
    if not rules.is_closed(day):
        many += rules.replaced.get(number, rules.week[day.weekday()])
    return normalize(_utc(segments(zone, day.year), ((number, bounds) for bounds in many)))
