"""The compiled form of service hours: year by year, lazily, at a cost that does not grow with the span asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeAlias

from svcdelivery.errors import NeverOpenError, ServiceDeliveryError
from svcdelivery.service_hours.local_time import DAY, FIRST_YEAR, YEAR_STARTS, year_of
from svcdelivery.service_hours.table import Edges, Table
from svcdelivery.timeline import from_micros
from svcdelivery.timeline.spans import Span, Spans

__all__ = ["EMPTY_YEARS_MOST", "CompileYears", "Source", "Timetable"]

EMPTY_YEARS_MOST = 60
"""Hours that stay closed so many years in a row are taken for closed for ever (29 February on a Monday needs 40)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

CompileYears: TypeAlias = Callable[[int, int], Edges]
Steps = tuple[tuple[timedelta, ...], tuple[timedelta, ...]]


def _delta(micros: int) -> timedelta:
    return timedelta(0, 0, micros)


class Source(Protocol):
    """What a timetable is compiled from."""

    def compile_year(self, year: int) -> Spans:
        """Answer the open spans of a UTC year, cut at its bounds and at the limits."""
        ...

    def limits(self) -> Span:
        """Answer the epoch microseconds between which the hours are known."""
        ...

    def refusal(self, micros: int) -> ServiceDeliveryError:
        """Answer the error for an instant outside the limits."""
        ...


class Timetable:
    """Service time read off tables: a position is the open time from an origin of the timetable's own to an instant.

    Two forms stand side by side. The arrays of `Table` serve integers. `_days` and `_inverse` serve datetimes: for
    each UTC day the edges in it, for each 24 hours of service time the closings in it, as ready timedeltas, so that
    a question costs a few C calls and no conversion. What they once hold stays true as years are added.

    Attributes:
        derived: What others made of the timetable, by names of their own, to be kept as long as it is.
    """

    __slots__ = ("_days", "_first", "_high", "_inverse", "_low", "_source", "_table", "derived")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._low, self._high = source.limits()
        self._table: Table | None = None
        self._days: dict[int, Steps] = {}
        self._inverse: dict[int, Steps] = {}
        self._first: dict[str, Table] = {}
        self.derived: dict[str, Any] = {}

    # -- years ---------------------------------------------------------------------------------------------------------

    def _check(self, micros: int) -> None:
        if not self._low <= micros <= self._high:
            raise self._source.refusal(micros)

    def _year(self, micros: int) -> int:
        """Answer the year of a checked instant; the end of the limits counts to the year before it."""
        return year_of(min(micros, self._high - 1))

    @property
    def compiled(self) -> Table | None:
        """The table of the years compiled so far."""
        return self._table

    def table(self, first_year: int, last_year: int, compile_years: CompileYears | None = None) -> Table:
        """Answer a table that has at least those years, compiling what is missing.

        Args:
            compile_years: Answers the edges of years in a row, first and last given, as `Source.compile_year` would
                have them; without it the years are compiled one by one.
        """
        have = self._table
        if have is not None and have.first_year <= first_year and last_year <= have.last_year:
            return have
        edges_of = compile_years or self._one_by_one
        if have is None:
            # All positions count from the first table's origin; threads that come at once agree on one of theirs.
            made = Table.of(first_year, last_year, edges_of(first_year, last_year), 0)
            have = self._first.setdefault("table", made)
        if have.last_year < last_year:
            years = have.last_year + 1, last_year
            have = have.joined(Table.of(*years, edges_of(*years), have.high))
        if have.first_year > first_year:
            years = first_year, have.first_year - 1
            starts, ends = edges = edges_of(*years)
            have = Table.of(*years, edges, have.low - sum(ends) + sum(starts)).joined(have)
        self._table = have
        return have

    def _one_by_one(self, first_year: int, last_year: int) -> Edges:
        starts, ends = array("q"), array("q")
        for year in range(first_year, last_year + 1):
            for start, end in self._source.compile_year(year):
                if ends and ends[-1] == start:
                    ends[-1] = end
                else:
                    starts.append(start)
                    ends.append(end)
        return starts, ends

    def _at(self, micros: int) -> Table:
        year = self._year(micros)
        return self.table(year, year)

    def _later(self, have: Table) -> Table | None:
        """Answer the table with one year more, or None when the limits allow none."""
        year = have.last_year + 1
        return self.table(have.first_year, year) if year <= year_of(self._high - 1) else None

    def _earlier(self, have: Table) -> Table | None:
        year = have.first_year - 1
        return self.table(year, have.last_year) if year >= year_of(self._low) else None

    # -- integers ------------------------------------------------------------------------------------------------------

    def position_micros(self, micros: int) -> int:
        """Answer the service time from the origin to an instant.

        Raises:
            NotCoveredError: The instant lies outside the years the hours are known for.
        """
        have = self._table
        # Between two openings of the table nothing has to be looked up: clocks ask this several times a reading.
        if have is not None and have.starts and have.starts[0] <= micros < have.starts[-1]:
            return have.position(micros)
        self._check(micros)
        return self._at(micros).position(micros)

    def opening_side_micros(self, position: int) -> int:
        """Answer the last instant at that service time; the next opening where a closing is reached exactly.

        Raises:
            NeverOpenError: Nothing opens any more.
            NotCoveredError: It lies beyond the years the hours are known for.
        """
        return self._reaching(position, opening=True).opening_side(position)

    def closing_side_micros(self, position: int) -> int:
        """Answer the first instant at that service time; the closing before where an opening is reached exactly."""
        return self._reaching(position, opening=False).closing_side(position)

    def _reaching(self, position: int, *, opening: bool) -> Table:
        """Answer a table in which the position has an instant; the side decides who owns the ends."""
        have = self._table
        assert have is not None, "a position comes from a table"
        while have.high < position or (opening and have.high == position):
            # Years compiled before count as well: what is said must not depend on what was asked earlier.
            opened = year_of(have.ends[-1] - 1) if have.ends else have.first_year - 1
            if have.last_year - opened > EMPTY_YEARS_MOST:
                raise NeverOpenError(after=from_micros(have.ends[-1]) if have.ends else None)
            more = self._later(have)
            if more is None:
                raise self._source.refusal(self._high)
            have = more
        while have.low > position or (not opening and have.low == position):
            opened = year_of(have.starts[0]) if have.starts else have.last_year + 1
            if opened - have.first_year > EMPTY_YEARS_MOST:
                raise NeverOpenError
            more = self._earlier(have)
            if more is None:
                raise self._source.refusal(self._low - 1)
            have = more
        return have

    def spans(self, start: int, end: int) -> Spans:
        """Answer the open spans in `[start, end)`, cut at both; none when the end is not after the start."""
        if end <= start:
            return ()
        self._check(start)
        self._check(end)
        return self.table(self._year(start), self._year(end - 1)).spans(start, end)

    def is_open(self, micros: int) -> bool:
        """Answer whether the service is open at an instant."""
        self._check(micros)
        if micros == self._high:
            raise self._source.refusal(micros)
        have = self._at(micros)
        i = bisect_right(have.starts, micros) - 1
        return i >= 0 and micros < have.ends[i]

    def span_ending_after(self, micros: int) -> Span | None:
        """Answer the whole open span that holds an instant, else the next one; None when nothing opens any more.

        Raises:
            NotCoveredError: It cannot be told within the years the hours are known for.
        """
        self._check(micros)
        have = self._at(micros)
        empty = 0
        while True:
            i = bisect_right(have.ends, micros)
            known = min(YEAR_STARTS[have.last_year + 1 - FIRST_YEAR], self._high)
            if i < len(have.ends) and (have.ends[i] < known or known == YEAR_STARTS[-1]):
                return have.starts[i], have.ends[i]
            more = self._later(have)
            if more is None:
                self._end(self._high)
                return None
            empty = empty + 1 if more.high == have.high else 0
            have = more
            if empty > EMPTY_YEARS_MOST:
                return None

    def closing_after_micros(self, micros: int) -> int:
        """Answer the first closing after an instant."""
        span = self.span_ending_after(micros)
        if span is None:
            raise NeverOpenError(after=from_micros(micros))
        return span[1]

    def span_starting_before(self, micros: int) -> Span | None:
        """Answer the whole open span that starts last before an instant; None when there is none."""
        self._check(micros)
        have = self._at(micros)
        empty = 0
        while True:
            i = bisect_left(have.starts, micros) - 1
            known = max(YEAR_STARTS[have.first_year - FIRST_YEAR], self._low)
            if i >= 0 and (have.starts[i] > known or known == YEAR_STARTS[0]):
                return have.starts[i], have.ends[i]
            more = self._earlier(have)
            if more is None:
                self._end(self._low)
                return None
            empty = empty + 1 if more.low == have.low else 0
            have = more
            if empty > EMPTY_YEARS_MOST:
                return None

    def _end(self, limit: int) -> None:
        """Refuse at the end of what is known; the end of time itself is no reason."""
        if limit not in (YEAR_STARTS[0], YEAR_STARTS[-1]):
            raise self._source.refusal(limit if limit == self._high else limit - 1)

    def following(self, micros: int) -> Iterator[Span]:
        """Answer the open spans after an instant, the first one cut at it; ends when nothing opens any more."""
        at = micros
        while at < YEAR_STARTS[-1] and (span := self.span_ending_after(at)) is not None:
            yield max(span[0], micros), span[1]
            at = span[1]

    def preceding(self, micros: int) -> Iterator[Span]:
        """Answer the open spans before an instant, latest first, the first one cut at it."""
        at = micros
        while at > YEAR_STARTS[0] and (span := self.span_starting_before(at)) is not None:
            yield span[0], min(span[1], micros)
            at = span[0]

    # -- timedeltas ----------------------------------------------------------------------------------------------------

    def position(self, since_epoch: timedelta) -> timedelta:
        """Answer the service time from the origin to the instant so long after 1970-01-01T00:00:00Z."""
        try:
            edges, values = self._days[since_epoch.days]
        except KeyError:
            steps = self._day(since_epoch)
            if steps is None:
                return _delta(self.position_micros(_micros(since_epoch)))
            edges, values = steps
        i = bisect_right(edges, since_epoch)
        # Odd: inside an interval, and the value is how far the wall runs ahead of service time.
        return since_epoch - values[i] if i & 1 else values[i]

    def positions(self, since_epoch: Iterable[timedelta]) -> list[timedelta]:
        """Answer the positions of instants: for many, less than asking one by one."""
        days = self._days
        found: list[timedelta] = []
        for since in since_epoch:
            steps = days.get(since.days)
            if steps is None:
                found.append(self.position(since))
                continue
            edges, values = steps
            i = bisect_right(edges, since)
            found.append(since - values[i] if i & 1 else values[i])
        return found

    def due(self, since_epoch: timedelta, duration: timedelta) -> timedelta:
        """Answer `closing_side(position(since_epoch) + duration)`, written out: most calls end here."""
        try:
            edges, values = self._days[since_epoch.days]
            i = bisect_right(edges, since_epoch)
            reached = duration + (since_epoch - values[i] if i & 1 else values[i])
            closings, shifts = self._inverse[reached.days]
        except KeyError:
            return self.closing_side(self.position(since_epoch) + duration)
        return reached + shifts[bisect_left(closings, reached)]

    def _day(self, since_epoch: timedelta) -> Steps | None:
        """Compile one UTC day, or answer None when the limits cut it."""
        self._check(_micros(since_epoch))
        start = since_epoch.days * DAY
        if start < self._low or start + DAY > self._high:
            return None
        have = self._at(start)
        position = have.position(start)
        edges: list[timedelta] = []
        values = [_delta(position)]
        for opens, closes in have.spans(start, start + DAY):
            edges += (_delta(opens), _delta(closes))
            values.append(_delta(opens - position))
            position += closes - opens
            values.append(_delta(position))
        steps = self._days[since_epoch.days] = tuple(edges), tuple(values)
        return steps

    def opening_side(self, position: timedelta) -> timedelta:
        """Answer like `opening_side_micros`, from the epoch."""
        steps = self._inverse.get(position.days) or self._bucket(position.days)
        if steps is None:
            return _delta(self.opening_side_micros(_micros(position)))
        return position + steps[1][bisect_right(steps[0], position)]

    def closing_side(self, position: timedelta) -> timedelta:
        """Answer like `closing_side_micros`, from the epoch."""
        steps = self._inverse.get(position.days) or self._bucket(position.days)
        if steps is None:
            return _delta(self.closing_side_micros(_micros(position)))
        return position + steps[1][bisect_left(steps[0], position)]

    def _bucket(self, number: int) -> Steps | None:
        """Compile 24 hours of service time, or answer None when they do not lie within the years at hand."""
        low, high = number * DAY, (number + 1) * DAY
        have = self._table
        assert have is not None, "a position comes from a table"
        # One year on either side is worth its milliseconds; a service open an hour a year is not walked through.
        if have.high <= high:
            have = self._later(have) or have
        if have.low >= low:
            have = self._earlier(have) or have
        if have.high <= high or have.low >= low:
            return None
        i = bisect_left(have.prefix, low) - 1
        j = bisect_left(have.prefix, high)
        closings = tuple(_delta(have.prefix[k + 1]) for k in range(i, j))
        shifts = tuple(_delta(have.starts[k] - have.prefix[k]) for k in range(i, j))
        steps = self._inverse[number] = closings, shifts
        return steps


def _micros(delta: timedelta) -> int:
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
