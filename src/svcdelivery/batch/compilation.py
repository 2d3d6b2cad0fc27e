"""Many calendar years compiled at once: the same openings and closings as year by year, from sorted edges in arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from svcdelivery.service_hours import Combined, Hours, ServiceHours, Succession
from svcdelivery.service_hours.compilation import Bounds, Rules, closed_days, days_of
from svcdelivery.service_hours.local_time import DAY, FIRST_YEAR, YEAR_STARTS, segments

if TYPE_CHECKING:
    from svcdelivery.batch.arrays import Flags, Ints
    from svcdelivery.service_hours.table import Edges, Table

Pairs: TypeAlias = tuple["Ints", "Ints"]

__all__ = ["compile_years", "table_of"]

_SECOND = 1_000_000


def table_of(hours: Hours, first_year: int, last_year: int) -> Table:
    """Answer the timetable's table of at least those years; what is missing is compiled here and stays there."""
    if isinstance(hours, ServiceHours):
        return hours.timetable.table(first_year, last_year, lambda first, last: compile_years(hours, first, last))
    if isinstance(hours, Combined | Succession):
        for part in (hours.left, hours.right) if isinstance(hours, Combined) else (hours.earlier, hours.later):
            table_of(part, first_year, last_year)
    return hours.timetable.table(first_year, last_year)


def compile_years(hours: ServiceHours, first_year: int, last_year: int) -> Edges:
    """Answer the openings and closings of UTC years in a row, cut at their bounds and at the covered years."""
    low, high = hours.limits()
    low = max(low, YEAR_STARTS[first_year - FIRST_YEAR])
    high = min(high, YEAR_STARTS[last_year + 1 - FIRST_YEAR])
    if low >= high:
        return array("q"), array("q")
    if all(rules.never_closes for rules in hours._rules):
        return array("q", [low]), array("q", [high])
    first, last = days_of(first_year, last_year)
    stages = [
        _layers(rules, np.arange(max(first, rules.first_day), min(last, rules.last_day) + 1, dtype=np.int64))
        for rules in hours._rules
    ]
    to_utc = _Walls(hours.zone, first_year, last_year)
    starts, ends = _sweep(*(to_utc(_joined(layer)) for layer in zip(*stages, strict=True)))
    starts, ends = starts.clip(low, high), ends.clip(low, high)
    kept = starts < ends
    return _array(starts[kept]), _array(ends[kept])


def _layers(rules: Rules, days: Ints) -> tuple[Pairs, Pairs, Pairs, Pairs]:
    """Answer the wall times that rules have open weekly, closed, open as well, and cut out, on dates in a row."""
    if not len(days):
        return ((days, days),) * 4
    shut = closed_days(rules, int(days[0]), int(days[-1]))
    closed = np.isin(days, list(shut)) if shut else np.zeros(len(days), bool)
    cut = days[:0] if rules.whole_shifts else days[closed]
    return (
        _weekly(rules, days, closed),
        (cut * DAY, (cut + 1) * DAY),
        _dated(rules.extra, days),
        _dated(rules.closed_parts, days),
    )


def _joined(pairs: Iterable[Pairs]) -> Pairs:
    starts, ends = zip(*pairs, strict=True)
    return np.concatenate(starts), np.concatenate(ends)


def _array(values: Ints) -> array[int]:
    return array("q", values.tobytes())


def _weekly(rules: Rules, days: Ints, closed: Flags) -> Pairs:
    """Answer the wall times of the shifts of every date: the weekly ones, or those that stand in their place."""
    replaced = np.isin(days, list(rules.replaced)) if rules.replaced else np.zeros(len(days), bool)
    usual = ~replaced & ~closed if rules.whole_shifts else ~replaced
    starts, ends = [], []
    for weekday, bounds in enumerate(rules.week):
        # 1970-01-01 was a Thursday.
        midnights = days[usual & ((days + 3) % 7 == weekday)] * DAY
        for start, end in bounds:
            starts.append(midnights + start * _SECOND)
            ends.append(midnights + end * _SECOND)
    others = days[replaced & ~closed if rules.whole_shifts else replaced]
    dated = _dated({day: rules.replaced[day] for day in others.tolist()}, others)
    return np.concatenate([*starts, dated[0]]), np.concatenate([*ends, dated[1]])


def _dated(dated: dict[int, Bounds], days: Ints) -> Pairs:
    if not dated or not len(days):
        return days[:0], days[:0]
    low, high = days[0], days[-1]
    pairs = [
        (day * DAY + start * _SECOND, day * DAY + end * _SECOND)
        for day, bounds in dated.items()
        if low <= day <= high
        for start, end in bounds
    ]
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


class _Walls:
    """Wall times of a zone as instants: for each the first at which the clock reads that time or later."""

    def __init__(self, zone: str, first_year: int, last_year: int) -> None:
        stretches = segments(zone, first_year, last_year)
        walls, since, offsets = np.array(stretches, np.int64).T
        # Stretches are tried in order, and the first whose end lies beyond the time is the one.
        self._ends, self._since, self._offsets = np.maximum.accumulate(walls), since, offsets

    def __call__(self, walls: Pairs) -> Pairs:
        """Answer spans of wall time as spans of instants; one that falls into a gap as a whole is empty."""
        starts, ends = self._to_utc(walls[0]), self._to_utc(walls[1])
        return starts, np.maximum(starts, ends)

    def _to_utc(self, walls: Ints) -> Ints:
        i = np.searchsorted(self._ends, walls, side="right")
        found: Ints = np.maximum(self._since[i], walls - self._offsets[i])
        return found


def _sweep(weekly: Pairs, closed: Pairs, extra: Pairs, closed_parts: Pairs) -> Pairs:
    """Answer the edges of what is open: weekly and not closed, or extra, and in no closed part."""
    times = np.unique(np.concatenate([*weekly, *closed, *extra, *closed_parts]))
    is_open = (_covers(weekly, times) & ~_covers(closed, times) | _covers(extra, times)) & ~_covers(closed_parts, times)
    flips = times[np.flatnonzero(np.diff(is_open, prepend=False))]
    return flips[::2], flips[1::2]


def _covers(spans: Pairs, times: Ints) -> Flags:
    starts, ends = spans
    if not len(starts):
        return np.zeros(len(times), bool)
    return np.searchsorted(np.sort(starts), times, side="right") > np.searchsorted(np.sort(ends), times, side="right")
