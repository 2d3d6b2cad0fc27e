"""Hand-offs: the instants at which a shift ends and the next begins, on the wall clock of a zone.

Hour, day, week and month are counted on the clock face, from the first hand-off. A hand-off at a time that a spring
night leaves out comes at the first instant after it, one at a time that comes twice at the first of the two. Hand-offs
that thereby fall on one instant are one hand-off.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from enum import Enum
from itertools import pairwise

from svcdelivery.service_hours import first_instant, local_date, to_local
from svcdelivery.service_hours.local_time import DAY, day_number, segments, year_of

__all__ = ["Handoffs", "RotationUnit", "months_later"]

_HOUR = DAY // 24
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class RotationUnit(Enum):
    """What the length of a shift is counted in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_WALL = {RotationUnit.HOUR: _HOUR, RotationUnit.DAY: DAY, RotationUnit.WEEK: 7 * DAY}


def months_later(day: date, months: int) -> date:
    """Answer the same day so many months later, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Handoffs:
    """The hand-offs of one rotation, numbered on the clock face from 0, before it too; everything in microseconds."""

    __slots__ = ("_day", "_rest", "_step", "_unit", "_wall", "zone")

    def __init__(self, zone: str, start: int, unit: RotationUnit, length: int) -> None:
        self.zone = zone
        self._day, self._rest = to_local(zone, start)
        self._unit = unit
        self._wall = day_number(self._day) * DAY + self._rest
        self._step = length if unit is RotationUnit.MONTH else _WALL[unit] * length

    def at(self, number: int) -> int:
        """Answer the instant of a hand-off; those of different numbers may be the same."""
        if self._unit is RotationUnit.MONTH:
            return first_instant(self.zone, months_later(self._day, number * self._step), self._rest)
        days, rest = divmod(self._wall + number * self._step, DAY)
        return first_instant(self.zone, date.fromordinal(days + _EPOCH_DAY), rest)

    def last_by(self, instant: int) -> int:
        """Answer the number of the last hand-off at or before an instant."""
        number = self._guess(instant)
        while self.at(number) > instant:
            number -= 1
        while self.at(number + 1) <= instant:
            number += 1
        return number

    def _guess(self, instant: int) -> int:
        day, rest = to_local(self.zone, instant)
        if self._unit is RotationUnit.MONTH:
            months = (day.year - self._day.year) * 12 + day.month - self._day.month
            return months // self._step
        return (day_number(day) * DAY + rest - self._wall) // self._step

    def happened(self, first: int, last: int) -> int:
        """Answer how many hand-offs happened after that of number `first` up to that of number `last`.

        Those that fall on one instant happened once.
        """
        if last < first:
            return -self.happened(last, first)
        return last - first - self._merged(first, last)

    def _merged(self, first: int, last: int) -> int:
        """Answer how many numbers fall on the instant of the number before, from `first` to `last`."""
        if self._unit is RotationUnit.MONTH:
            # No gap is a month long, so no two of them meet.
            return 0
        low, high = self.at(first), self.at(last)
        # What falls into a gap meets at its end.
        return sum(
            sum(self.at(number) == self.at(number - 1) for number in range(before + 1, after + 1))
            for before, after in self._gaps(first, last, low, high)
        )

    def _gaps(self, first: int, last: int, low: int, high: int) -> list[tuple[int, int]]:
        """Answer the numbers around each gap of the clock between two instants: from the one before to the one after.

        A gap wider than the step holds more than one hand-off; others are left out.
        """
        found = []
        for year in range(year_of(low), year_of(high) + 1):
            stretches = segments(self.zone, year)
            for (_, _, before), (_, since, after) in pairwise(stretches):
                if year_of(since) == year and after > before and low <= since <= high and after - before >= self._step:
                    reach = (after - before) // self._step + 1
                    near = self.last_by(since)
                    found.append((max(first, near - reach), min(last, near)))
        return found

    def date_of(self, number: int) -> date:
        """Answer the date the zone's calendar shows at a hand-off."""
        return local_date(self.zone, self.at(number))
