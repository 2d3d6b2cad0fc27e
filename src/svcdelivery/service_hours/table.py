"""Open intervals of calendar years in a row, as arrays with prefix sums."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import accumulate
from operator import sub
from typing import TypeAlias

from attrs import frozen

from svcdelivery.timeline.spans import Spans

__all__ = ["Edges", "Table"]

Edges: TypeAlias = "tuple[array[int], array[int]]"
"""Openings and closings in epoch microseconds, as a table holds them."""


@frozen(eq=False)
class Table:
    """What is open in the UTC years `first_year` to `last_year`; never changed, only joined.

    Attributes:
        first_year: The first year compiled.
        last_year: The last year compiled.
        starts: Openings in epoch microseconds, rising; no interval touches the next.
        ends: Closings, one for each opening.
        prefix: Service microseconds from the table's origin to each opening, and last to the end of the table.
    """

    first_year: int
    last_year: int
    starts: array[int]
    ends: array[int]
    prefix: array[int]

    @classmethod
    def of(cls, first_year: int, last_year: int, edges: Edges, low: int) -> Table:
        """Answer the table of years in a row, whose service time starts at `low`."""
        starts, ends = edges
        return cls(first_year, last_year, starts, ends, array("q", accumulate(map(sub, ends, starts), initial=low)))

    @property
    def low(self) -> int:
        """Service time at the start of the table."""
        return self.prefix[0]

    @property
    def high(self) -> int:
        """Service time at the end of the table."""
        return self.prefix[-1]

    def joined(self, later: Table) -> Table:
        """Answer this table followed by the one that starts where it ends; an interval may run across."""
        across = bool(self.ends and later.starts) and self.ends[-1] == later.starts[0]
        skip = 1 if across else 0
        return Table(
            self.first_year,
            later.last_year,
            self.starts + later.starts[skip:],
            (self.ends[:-1] if across else self.ends) + later.ends,
            self.prefix[:-1] + later.prefix[skip:],
        )

    def position(self, micros: int) -> int:
        """Answer the service time from the origin to an instant of these years."""
        i = bisect_right(self.starts, micros) - 1
        if i < 0:
            return self.low
        return self.prefix[i] + min(micros, self.ends[i]) - self.starts[i]

    def opening_side(self, position: int) -> int:
        """Answer the last instant at that service time: never a closing, and an opening where one fits."""
        i = bisect_right(self.prefix, position) - 1
        return self.starts[i] + position - self.prefix[i]

    def closing_side(self, position: int) -> int:
        """Answer the first instant at that service time: never an opening, and a closing where one fits."""
        i = bisect_left(self.prefix, position) - 1
        return self.starts[i] + position - self.prefix[i]

    def spans(self, start: int, end: int) -> Spans:
        """Answer the open spans in `[start, end)`, cut at both."""
        i = bisect_right(self.ends, start)
        j = bisect_left(self.starts, end, i)
        if i >= j:
            return ()
        found = list(zip(self.starts[i:j], self.ends[i:j], strict=True))
        found[0] = (max(start, found[0][0]), found[0][1])
        found[-1] = (found[-1][0], min(end, found[-1][1]))
        return tuple(found)
