"""Rows of many items one after another: how much each item counted while it ran, and where its goal was used up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from svcdelivery.batch.workspace import CHUNK, Workspace

if TYPE_CHECKING:
    from svcdelivery.batch.arrays import Flags, Ints
    from svcdelivery.batch.compiled_hours import CompiledHours

__all__ = ["BLOCK", "Ragged", "Used"]

BLOCK = 8 * CHUNK
"""Rows of items that are worked on together: what is done once a block hardly counts, and a block fits the cache."""

_SUM_MOST = 4e18
"""Service times of items in a row are added up: no sum may pass what 64 bits hold."""


@frozen(eq=False)
class Used:
    """What became of each item's goal.

    Attributes:
        elapsed: Service time while the item ran.
        position: The service time, from the timetable's origin, at which the goal is used up; as if the item ran on
            from its end where it was not used up by then.
        by_end: Whether it was used up by the item's end.
    """

    elapsed: Ints
    position: Ints
    by_end: Flags


@frozen(eq=False)
class Ragged:
    """Items as stretches of rows, each in order of time.

    Attributes:
        first: The first row of each item, rising.
        at: When each row begins; it lasts until the next one of its item.
        runs: Whether the item runs from a row on.
        end: When each item's last row ends, or the one instant for all; rows after that do not run.
    """

    first: Ints
    at: Ints
    runs: Flags
    end: Ints

    @property
    def last(self) -> Ints:
        """The last row of each item."""
        return np.append(self.first[1:], len(self.at)) - 1

    def elapsed(self, tables: CompiledHours | None, work: Workspace | None = None) -> Ints:
        """Answer the service time each item ran; wall time without tables, which else hold every row."""
        out = np.empty(len(self.first), np.int64)
        for items, block in self._blocks(tables, work or Workspace(len(self.at))):
            out[items] = block.elapsed
        return out

    def used(self, tables: CompiledHours | None, goal: int, *, at_closing: bool, work: Workspace | None = None) -> Used:
        """Answer where a goal is used up; wall time without tables, which else hold every row.

        Args:
            goal: Service time, the same for every item.
            at_closing: Whether a goal used up just when the item stops running is used up there, and not later.
            work: Room to work in, where there is some already.
        """
        count = len(self.first)
        found = Used(np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, bool))
        for items, block in self._blocks(tables, work or Workspace(len(self.at))):
            for part in block.parts():
                some = slice(items.start + part.start, items.start + part.stop)
                used = block.part(part).used(goal, "left" if at_closing and goal else "right")
                found.elapsed[some], found.position[some], found.by_end[some] = used
        return found

    def _blocks(self, tables: CompiledHours | None, work: Workspace) -> Iterator[tuple[slice, _Block]]:
        """Answer items in a row that have about a block of rows together, and what their rows count."""
        last = self.last
        ends = self.end if tables is None else tables.positions(self.end, work)
        ends = np.broadcast_to(ends, len(self.first))
        item = 0
        while item < len(self.first):
            low = int(self.first[item])
            after = max(item + 1, int(np.searchsorted(last, low + BLOCK)))
            rows, items = slice(low, int(last[after - 1]) + 1), slice(item, after)
            at, end, closing = self.at[rows], ends[items], last[items] - low
            position = at if tables is None else tables.positions(at, work)
            step = np.empty_like(position)
            np.subtract(position[1:], position[:-1], out=step[:-1])
            step[closing] = end - position[closing]
            step *= self.runs[rows]
            yield items, _Block(self.first[items] - low, closing, step, position, end)
            item = after


@frozen(eq=False)
class _Block:
    """Some items: their first and last rows, what each row counts, and the service time it and the item's end have."""

    first: Ints
    last: Ints
    step: Ints
    position: Ints
    end: Ints

    @property
    def elapsed(self) -> Ints:
        """What each item counts. Differences of a sum that runs over are right all the same."""
        total = np.cumsum(self.step)[self.last]
        return np.diff(total, prepend=0)

    def parts(self) -> Iterator[slice]:
        """Answer the items in parts whose service times can be added up; mostly all of them."""
        totals = np.cumsum(self.elapsed, dtype=np.float64)
        bounds = (np.flatnonzero(np.diff(totals // _SUM_MOST)) + 1).tolist()
        yield from map(slice, [0, *bounds], [*bounds, len(self.first)])

    def part(self, items: slice) -> _Block:
        """Answer some of the items alone."""
        if items == slice(0, len(self.first)):
            return self
        low, high = self.first[items.start], self.last[items.stop - 1] + 1
        first, last = self.first[items] - low, self.last[items] - low
        return _Block(first, last, self.step[low:high], self.position[low:high], self.end[items])

    def used(self, goal: int, side: str) -> tuple[Ints, Ints, Flags]:
        """Answer what `Used` tells.

        Service times are added up over all items at once, and the sum rises, so that one search finds every item's row.
        """
        total = np.cumsum(self.step)
        start = total[self.first] - self.step[self.first]
        elapsed = total[self.last] - start
        row = np.searchsorted(total, start + goal, side=side)  # type: ignore[call-overload]
        by_end = row <= self.last
        row = np.minimum(row, self.last)
        there = self.position[row] + start + goal - (total[row] - self.step[row])
        return elapsed, np.where(by_end, there, self.end + goal - elapsed), by_end
