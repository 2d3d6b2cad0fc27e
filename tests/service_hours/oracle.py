"""An oracle that walks the wall clock: it asks zoneinfo what the clock reads, cell by cell, and shares no code.

A local time means the first instant at which the clock reads that time or later. So what counts at an instant is the
latest reading seen until then: while the clock repeats an hour that reading stands still, over a gap it jumps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Oracle", "Plan"]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """Service hours as the oracle reads them; shifts are pairs of minutes of the day, beyond 1440 on the next date."""

    zone: str
    week: dict[int, list[tuple[int, int]]]
    window: tuple[str, str]
    closed: tuple[str, ...] = ()
    yearly: tuple[tuple[str, str], ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    parts: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    extra: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    replaced: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    whole_shifts: bool = False
    cell: int = 900
    later: tuple[tuple[str, Plan], ...] = ()

    def on(self, day: date) -> Plan:
        """The plan in force on a date."""
        return next((plan for since, plan in reversed(self.later) if since <= day.isoformat()), self)

    def is_closed(self, day: date) -> bool:
        """Whether a list, a range or a yearly closure names the date."""
        text = day.isoformat()
        here = text[5:]
        return (
            text in self.closed
            or any(first <= text <= last for first, last in self.ranges)
            or any(
                (first <= here <= last) if first <= last else (here >= first or here <= last)
                for first, last in self.yearly
            )
        )

    def regular(self, day: date) -> list[tuple[int, int]]:
        """The shifts that open on the date."""
        if self.whole_shifts and self.is_closed(day):
            return []
        return self.replaced.get(day.isoformat(), self.week.get(day.weekday(), []))

    def is_open_when_clock_reads(self, wall: datetime) -> bool:
        """Whether the service is open while that is the latest reading of the clock."""
        day = wall.date()
        minute = (wall - datetime.combine(day, datetime.min.time())).total_seconds() / 60

        def inside(shifts_of: object) -> bool:
            return any(
                start <= minute + back * 1440 < end
                for back in (0, 1)
                for start, end in shifts_of(day - back * _DAY)  # type: ignore[operator]
            )

        today = self.on(day)
        regular = inside(lambda d: self.on(d).regular(d)) and (today.whole_shifts or not today.is_closed(day))
        extra = inside(lambda d: self.on(d).extra.get(d.isoformat(), []))
        cut = inside(lambda d: self.on(d).parts.get(d.isoformat(), []))
        return (regular or extra) and not cut


class Oracle:
    """Open intervals of a window in epoch microseconds, and questions answered by walking them from end to end."""

    def __init__(self, plan: Plan) -> None:
        zone = ZoneInfo(plan.zone)
        first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in plan.window)
        self.start, self.end = _micros(first), _micros(last)
        self.intervals: list[tuple[int, int]] = []
        self.changes: list[int] = []
        cell = timedelta(seconds=plan.cell)
        # The latest reading needs a day and more of history before the window begins.
        at, seen, offset = first - 3 * _DAY, datetime(1, 1, 1), None
        while at < last:
            wall = at.astimezone(zone)
            if offset is not None and wall.utcoffset() != offset:
                self.changes.append(_micros(at))
            offset = wall.utcoffset()
            seen = max(seen, wall.replace(tzinfo=None))
            if at >= first and plan.is_open_when_clock_reads(seen):
                self._open(_micros(at), _micros(at + cell))
            at += cell
        self.edges = sorted({edge for interval in self.intervals for edge in interval})

    def _open(self, start: int, end: int) -> None:
        if self.intervals and self.intervals[-1][1] == start:
            self.intervals[-1] = (self.intervals[-1][0], end)
        else:
            self.intervals.append((start, end))

    def elapsed(self, start: int, end: int) -> int:
        """Open time between two instants of the window."""
        return sum(max(0, min(end, closes) - max(start, opens)) for opens, closes in self.intervals)

    def is_open(self, at: int) -> bool:
        """Whether an instant lies in an interval."""
        return any(opens <= at < closes for opens, closes in self.intervals)

    def add(self, start: int, left: int, boundary: str) -> int | None:
        """The instant when so much open time has passed; None when it lies beyond the window."""
        at_once = left == 0
        for opens, closes in self.intervals:
            if closes <= start:
                continue
            begin = max(opens, start)
            room = closes - begin
            if left < room or (left == room and boundary == "close" and not at_once):
                return begin + left
            left -= room
        return None

    def subtract(self, end: int, left: int, boundary: str) -> int | None:
        """The instant from which so much open time passes; None when it lies before the window."""
        if left == 0 and self.is_open(end):
            return end
        at_once = left == 0
        for opens, closes in reversed(self.intervals):
            if opens >= end:
                continue
            finish = min(closes, end)
            room = finish - opens
            if left < room or (left == room and boundary == "close" and not at_once):
                return finish - left
            left -= room
        return None


def _micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
