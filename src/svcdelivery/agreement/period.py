"""Periods: the months, quarters, years or the whole term over which a share is promised and credits are settled."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

from attrs import field, frozen

from svcdelivery.agreement.coverage import Term
from svcdelivery.service_hours import first_instant
from svcdelivery.service_hours.local_time import date_of
from svcdelivery.timeline import Instant, from_micros, to_micros, to_zone

__all__ = ["Period", "PeriodUnit", "Periods"]


class PeriodUnit(Enum):
    """How long a period is: one of the calendar, or the term of the agreement."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    TERM = "term"


@frozen
class Period:
    """One period `[start, end)`; a term that is open-ended has no end."""

    label: str
    start: Instant
    end: Instant | None

    def is_over(self, now: datetime) -> bool:
        """Answer whether nothing can fall into it any more."""
        return self.end is not None and now >= self.end


def _zone(name: str) -> str:
    to_zone(name)
    return name


@frozen
class Periods:
    """A way to cut time into periods, each from the first instant of its first date in the zone."""

    unit: PeriodUnit
    zone: str = field(default="UTC", converter=_zone)

    def of(self, at: datetime, term: Term) -> Period:
        """Answer the period an instant falls into; the term is that of the agreement."""
        if self.unit is PeriodUnit.TERM:
            return Period("term", term.start, term.until)
        day = date_of(self.zone, to_micros(at))
        months = _MONTHS[self.unit]
        first = (day.month - 1) // months * months
        after = date(day.year + (first + months) // 12, (first + months) % 12 + 1, 1)
        label = {
            PeriodUnit.MONTH: f"{day.year:04}-{day.month:02}",
            PeriodUnit.QUARTER: f"{day.year:04}-Q{first // 3 + 1}",
            PeriodUnit.YEAR: f"{day.year:04}",
        }[self.unit]
        return Period(label, self._first_instant(date(day.year, first + 1, 1)), self._first_instant(after))

    def _first_instant(self, day: date) -> Instant:
        return from_micros(first_instant(self.zone, day))

    def __str__(self) -> str:
        return self.unit.value


_MONTHS = {PeriodUnit.MONTH: 1, PeriodUnit.QUARTER: 3, PeriodUnit.YEAR: 12}
