"""A timetable's two questions for whole arrays: service time at an instant, and the instant at a service time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from svcdelivery.batch.buckets import Buckets

if TYPE_CHECKING:
    from svcdelivery.batch.arrays import Flags, Ints
    from svcdelivery.batch.workspace import Workspace
    from svcdelivery.service_hours.table import Table

__all__ = ["Instants", "Positions", "Side"]

Side: TypeAlias = Literal["closing", "opening"]
"""Which instant of a service time is meant: the first one, at a closing, or the last one, at the next opening."""

_NEVER = np.iinfo(np.int64).max


class Positions:
    """The service time from a timetable's origin to each instant, and whether the service is open then."""

    def __init__(self, table: Table, low: int, high: int) -> None:
        self.low, self.high = low, high
        starts, ends, prefix = _views(table)
        self._buckets = Buckets.of(starts, ends - 1, low, high)
        if self._buckets is None:
            outside = np.iinfo(np.int64).min
            self._starts, self._ends = np.append(outside, starts), np.append(outside, ends)
            self._prefix = np.append(prefix[:1], prefix[:-1])
        else:
            self._rows = _segments(self._buckets, starts, ends, prefix)

    def read(self, instants: Ints, out: Ints, work: Workspace) -> bool:
        """Write the service time at each instant of a chunk; answer whether all lie between `low` and `high`."""
        if work.compiled is not None and self._buckets is not None:
            return bool(work.compiled.positions(instants, out, self._buckets.key, (self.low, self.high), self._rows))
        if instants.min() < self.low or instants.max() > self.high:
            return False
        self.look_up(instants, out, work)
        return True

    def look_up(self, instants: Ints, out: Ints, work: Workspace) -> None:
        """Write the service time at each instant of a chunk; all are known to lie between `low` and `high`."""
        if self._buckets is None:
            self._search(instants, out)
            return
        if work.compiled is not None:
            work.compiled.positions(instants, out, self._buckets.key, (self.low, self.high), self._rows)
            return
        opens, closes, shifts = self._rows
        index, edge, other = work.ints(len(instants))
        self._buckets.index(instants, index)
        # Indexes are known to fit: `wrap` is the cheapest way to say that nothing has to be checked.
        np.take(opens[0], index, out=edge, mode="wrap")
        np.maximum(instants, edge, out=out)
        np.take(closes[0], index, out=edge, mode="wrap")
        np.minimum(out, edge, out=out)
        for number in range(1, self._buckets.each):
            np.take(opens[number], index, out=edge, mode="wrap")
            np.maximum(instants, edge, out=other)
            np.take(closes[number], index, out=edge, mode="wrap")
            np.minimum(other, edge, out=other)
            out += other
        np.take(shifts, index, out=edge, mode="wrap")
        out += edge

    def elapsed(self, since: Ints, until: Ints, out: Ints, work: Workspace) -> bool:
        """Write the service time between the instants of two chunks, zero backwards; answer as `read`."""
        if work.compiled is not None and self._buckets is not None:
            bounds = self.low, self.high
            return bool(work.compiled.elapsed((since, until), out, self._buckets.key, bounds, self._rows))
        before = work.spare(len(out))
        if not (self.read(until, out, work) and self.read(since, before, work)):
            return False
        out -= before
        np.maximum(out, 0, out=out)
        return True

    def _search(self, instants: Ints, out: Ints) -> None:
        i = np.searchsorted(self._starts, instants, side="right") - 1
        np.minimum(instants, self._ends[i], out=out)
        out -= self._starts[i]
        out += self._prefix[i]

    def is_open(self, instants: Ints, out: Flags, work: Workspace) -> bool:
        """Write whether the service is open at each instant of a chunk; answer as `read`."""
        if instants.min() < self.low or instants.max() > self.high:
            return False
        if self._buckets is None:
            i = np.searchsorted(self._starts, instants, side="right") - 1
            np.less(instants, self._ends[i], out=out)
            return True
        index, edge, _ = work.ints(len(instants))
        one = work.flags(len(instants))
        self._buckets.index(instants, index)
        out[:] = False
        for opens, closes in zip(*self._rows[:2], strict=True):
            np.take(opens, index, out=edge, mode="wrap")
            np.greater_equal(instants, edge, out=one)
            np.take(closes, index, out=edge, mode="wrap")
            one &= instants < edge
            out |= one
        return True


def _views(table: Table) -> tuple[Ints, Ints, Ints]:
    starts, ends, prefix = (np.frombuffer(column, np.int64) for column in (table.starts, table.ends, table.prefix))
    return starts, ends, prefix


def _segments(buckets: Buckets, starts: Ints, ends: Ints, prefix: Ints) -> tuple[Ints, Ints, Ints]:
    """Answer the opening and the closing of each segment of each bucket, and what is added to the clipped instant.

    A segment that is not there is empty, and adds nothing.
    """
    begins = buckets.starts()
    first = np.searchsorted(ends, begins, side="right")
    until = np.searchsorted(starts, begins + ((1 << buckets.shift) - 1), side="right")
    shifts = prefix[first]
    opens, closes = [], []
    for number in range(buckets.each):
        there = first + number < until
        at = np.where(there, first + number, 0)
        opens.append(np.where(there, starts[at], 0) if len(starts) else np.zeros(len(at), np.int64))
        closes.append(np.where(there, ends[at], 0) if len(starts) else np.zeros(len(at), np.int64))
        shifts = shifts - opens[-1]
    rows = [np.stack([buckets.row(values) for values in some]) for some in (opens, closes)]
    return rows[0], rows[1], buckets.row(shifts)


class Instants:
    """The instant at each service time from a timetable's origin, on either side of a closing."""

    def __init__(self, table: Table) -> None:
        self.low, self.high = table.low, table.high
        starts, _, prefix = _views(table)
        self._jumps, self._ahead = prefix[1:-1], starts - prefix[:-1]
        self._buckets = Buckets.of(self._jumps, self._jumps, self.low, self.high)
        if self._buckets is not None and len(starts):
            self.jumps, self.aheads = _steps(self._buckets, self._jumps, self._ahead)

    def read(self, positions: Ints, out: Ints, work: Workspace, side: Side) -> bool:
        """Write the instant at each service time of a chunk; answer whether the table knows all of them."""
        least, most = positions.min(), positions.max()
        opening = side == "opening"
        if least < self.low or most > self.high or (most == self.high if opening else least == self.low):
            return False
        if self._buckets is None:
            i = np.searchsorted(self._jumps, positions, side="right" if opening else "left")
            np.add(positions, self._ahead[i], out=out)
            return True
        if work.compiled is not None:
            work.compiled.instants(positions, out, self._buckets.key, (self.jumps, self.aheads), opening)
            return True
        index, edge, ahead = work.ints(len(positions))
        past = work.flags(len(positions))
        self._buckets.index(positions, index)
        np.take(self.aheads[0], index, out=out, mode="wrap")
        for jumps, aheads in zip(self.jumps, self.aheads[1:], strict=True):
            np.take(jumps, index, out=edge, mode="wrap")
            (np.greater_equal if opening else np.greater)(positions, edge, out=past)
            np.take(aheads, index, out=ahead, mode="wrap")
            np.copyto(out, ahead, where=past)
        out += positions
        return True


def _steps(buckets: Buckets, jumps: Ints, ahead: Ints) -> tuple[Ints, Ints]:
    """Answer, a bucket, the service times of closings, and how far instants run ahead before and after each."""
    begins = buckets.starts()
    first = np.searchsorted(jumps, begins, side="left")
    until = np.searchsorted(jumps, begins + ((1 << buckets.shift) - 1), side="right")
    found, aheads = [], [ahead[first]]
    for number in range(buckets.each):
        there = first + number < until
        at = np.where(there, first + number, 0)
        found.append(np.where(there, jumps[at], _NEVER) if len(jumps) else np.full(len(at), _NEVER))
        aheads.append(ahead[np.where(there, first + number + 1, 0)])
    return np.stack([buckets.row(v) for v in found]), np.stack([buckets.row(v) for v in aheads])
