"""The look-up tables of one set of hours, grown as far as rows ask for."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.batch.compilation import table_of
from svcdelivery.batch.tables import Instants, Positions, Side
from svcdelivery.batch.workspace import CHUNK, Workspace
from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.service_hours import Hours
from svcdelivery.service_hours.local_time import FIRST_YEAR, YEAR_STARTS, year_of

__all__ = ["CompiledHours", "compiled"]


def compiled(hours: Hours) -> CompiledHours:
    """Answer the tables of hours; they stay with the timetable they are made of."""
    kept = hours.timetable.derived
    found = kept.get("batch")
    if found is None:
        found = kept["batch"] = CompiledHours(hours)
    assert isinstance(found, CompiledHours), "the key is ours"
    return found


class CompiledHours:
    """Service time at instants, and instants at service times, for whole columns.

    Attributes:
        limits: The instants between which the hours are known.
    """

    def __init__(self, hours: Hours) -> None:
        self._hours = hours
        self.limits = hours.limits()
        self._positions: Positions | None = None
        self._instants: Instants | None = None

    def read(self, instants: Ints, out: Ints, work: Workspace) -> bool:
        """Write the service time at each instant of a chunk; answer False where the tables do not reach so far."""
        return self._positions is not None and self._positions.read(instants, out, work)

    def positions(self, instants: Ints, work: Workspace) -> Ints:
        """Answer the service time at each instant; the tables were made to reach all of them."""
        assert self._positions is not None, "asked for before"
        out = np.empty(len(instants), np.int64)
        for low in range(0, len(out), CHUNK):
            self._positions.look_up(instants[low : low + CHUNK], out[low : low + CHUNK], work)
        return out

    def elapsed(self, since: Ints, until: Ints, out: Ints, work: Workspace) -> bool:
        """Write the service time between the instants of two chunks; answer as `read`."""
        return self._positions is not None and self._positions.elapsed(since, until, out, work)

    def is_open(self, instants: Ints, out: Flags, work: Workspace) -> bool:
        """Write whether the service is open; answer as `read`."""
        return self._positions is not None and self._positions.is_open(instants, out, work)

    def find(self, positions: Ints, out: Ints, work: Workspace, side: Side) -> bool:
        """Write the instant at each service time; answer as `read`."""
        return self._instants is not None and self._instants.read(positions, out, work, side)

    def found(self, positions: Ints, side: Side) -> Ints:
        """Answer the instant at each service time of a whole column; the tables hold all of them."""
        out, work = np.empty_like(positions), Workspace(len(positions))
        for chunk in work.chunks():
            assert self.find(positions[chunk], out[chunk], work, side), "the tables hold every row"
        return out

    def outside(self, instants: Ints) -> Flags:
        """Answer the rows that lie where the hours are not known."""
        low, high = self.limits
        return (instants < low) | (instants > high)

    def is_outside(self, instant: int) -> bool:
        """Answer whether the hours are not known at an instant."""
        return not self.limits[0] <= instant <= self.limits[1]

    def reach(self, low: int, high: int) -> None:
        """Grow the tables to hold all instants between two that lie within the limits."""
        had = self._positions
        if had is not None:
            if had.low <= low and high <= had.high:
                return
            low, high = min(low, had.low), max(high, had.high)
        first, last = year_of(low), year_of(min(high, self.limits[1] - 1))
        table = table_of(self._hours, first, last)
        low = max(self.limits[0], YEAR_STARTS[table.first_year - FIRST_YEAR])
        high = min(self.limits[1], YEAR_STARTS[table.last_year + 1 - FIRST_YEAR])
        self._positions = Positions(table, low, high)

    def reach_position(self, position: int, side: Side) -> None:
        """Grow the tables to hold a service time, as far as there is one."""
        timetable = self._hours.timetable
        # Rows that lie beyond have no answer; whoever asks says so row by row.
        with suppress(ServiceDeliveryError):
            (timetable.opening_side_micros if side == "opening" else timetable.closing_side_micros)(position)
        table = timetable.compiled
        assert table is not None, "a service time comes from a table"
        if self._instants is None or (self._instants.low, self._instants.high) != (table.low, table.high):
            self._instants = Instants(table)

    def unknown(self, positions: Ints, side: Side) -> Flags:
        """Answer the service times that the tables do not hold, after they were asked to reach so far."""
        instants = self._instants
        assert instants is not None, "asked for before"
        if side == "opening":
            return (positions < instants.low) | (positions >= instants.high)
        return (positions <= instants.low) | (positions > instants.high)
