"""How ordinary work ran, as positions of what counts: elapsed and due of any clock over it in a few steps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import timedelta
from itertools import accumulate
from operator import sub

from svcdelivery.clock.counting import Positions
from svcdelivery.work import Hold

__all__ = ["Running"]

_ZERO = timedelta(0)


class Running:
    """When clocks run that start at one instant and stand still in the same holds; each may end anywhere after it.

    Instants are durations since the epoch.
    """

    __slots__ = ("_before", "_counts", "_edges", "_positions")

    def __init__(self, counts: Positions, start: timedelta, holds: Iterable[Hold], pause_on: frozenset[str]) -> None:
        self._counts = counts
        # In turns: where they go on, and where they come to stand still.
        self._edges = edges = _edges(start, holds, pause_on) if pause_on else [start]
        self._positions = positions = counts.positions(edges)
        # What counted before each stretch, and last before what follows a hold.
        self._before = list(accumulate(map(sub, positions[1::2], positions[::2]), initial=_ZERO))

    def until(
        self, end: timedelta, goal: timedelta, *, closes: bool, goes_on: bool
    ) -> tuple[timedelta, timedelta | None, bool]:
        """Answer what counted by the end, when the goal is used up, and whether the clock stands still from there.

        Due is None while it stands still with part of its goal left.

        Args:
            closes: Whether a goal that is used up exactly at a closing is due then, or at the next opening.
            goes_on: Whether it does after the end; what is over stands still no more.
        """
        edges, positions, before = self._edges, self._positions, self._before
        passed = bisect_left(edges, end)
        elapsed, rests = before[passed >> 1], False
        if passed & 1:
            reached = self._counts.position(end)
            elapsed += reached - positions[passed - 1]
            if goes_on:
                rests = passed < len(edges) and edges[passed] == end
        elif goes_on:
            rests = passed == len(edges) or edges[passed] > end
        exactly = closes and goal > _ZERO
        if passed and (elapsed > goal or (exactly and elapsed == goal)):
            # The stretch in which it was used up; where that is as one ends, closings count for that one.
            stretch = (bisect_left if exactly else bisect_right)(before, goal, 1, (passed + 1) >> 1) - 1
            reached, left = positions[2 * stretch], goal - before[stretch]
        elif rests:
            return elapsed, None, True
        else:
            reached, left = reached if passed & 1 else self._counts.position(end), goal - elapsed
        side = self._counts.closing_side if closes and left else self._counts.opening_side
        return elapsed, side(reached + left), rests

    def wall(self, end: timedelta) -> timedelta:
        """Answer the wall time in which clocks ran by the end."""
        passed = self._edges[: bisect_left(self._edges, end)]
        goes, stands = passed[::2], passed[1::2]
        if len(goes) > len(stands):
            stands.append(end)
        return sum(map(sub, stands, goes), _ZERO)


def _edges(start: timedelta, holds: Iterable[Hold], pause_on: frozenset[str]) -> list[timedelta]:
    edges = [start]
    at = start
    for since, until, reason in holds:
        if reason not in pause_on:
            continue
        if until is None:
            return [*edges, since] if since > at else edges[:-1]
        if at < since < until:
            edges += since, until
            at = until
        elif at < until and since < until:
            # It began before the start, or as the hold before it ended.
            edges[-1] = at = until
    return edges
