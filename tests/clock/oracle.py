"""An oracle for clocks that walks minute by minute and asks zoneinfo what the wall clock reads; it shares no code.

It knows a history as plain tuples `(minute, what happened, detail)`, everything aligned to minutes of the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Answer", "Calendar", "Event", "Promise", "read"]

Event = tuple[int, str, str]

OPENERS = {"reopen"}
WAITS_FOR = {
    "acknowledgement": {"accept", "assign", "start", "staff_message"},
    "first_response": {"staff_message"},
    "resolution": {"resolve", "fulfill"},
    "fulfillment": {"resolve", "fulfill"},
    "closure": {"close"},
}
OVER_FOR = {"closure": {"closed"}}


class Calendar:
    """Which minutes of a window are open, found by reading the wall clock in each of them."""

    def __init__(
        self, zone: str, week: dict[int, list[tuple[int, int]]], closed: set[str], first: str, days: int
    ) -> None:
        at = datetime.fromisoformat(first).replace(tzinfo=UTC) - timedelta(days=2)
        self.start = int(at.timestamp()) // 60
        self.end = self.start + (days + 2) * 1440
        self.open = bytearray()
        there, latest = ZoneInfo(zone), datetime(1, 1, 1)
        for minute in range(self.end - self.start):
            # A time of day begins once the clock has reached it: over a repeated hour it does not begin again.
            latest = max(latest, (at + timedelta(minutes=minute)).astimezone(there).replace(tzinfo=None))
            self.open.append(self._reads_open(week, closed, latest))

    @staticmethod
    def _reads_open(week: dict[int, list[tuple[int, int]]], closed: set[str], wall: datetime) -> bool:
        if wall.date().isoformat() in closed:
            return False
        of_day = wall.hour * 60 + wall.minute
        yesterday = (wall - timedelta(days=1)).weekday()
        return any(start <= of_day < end for start, end in week.get(wall.weekday(), [])) or any(
            start <= of_day + 1440 < end for start, end in week.get(yesterday, [])
        )

    def counts(self, minute: int) -> bool:
        """Whether the minute is open."""
        return bool(self.open[minute - self.start])


@dataclass(frozen=True)
class Promise:
    """A target as the oracle reads it; without a priority it is for any."""

    measure: str
    goal: int
    service_time: bool
    pause_on: frozenset[str]
    next_open: bool
    priority: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the oracle says of one clock, in minutes."""

    phase: str
    verdict: str
    elapsed: int | None = None
    due: int | None = None


@dataclass
class _Item:
    status: str = "new"
    reason: str = ""
    priority: str = ""

    def happens(self, what: str, detail: str) -> None:
        if what == "put_on_hold":
            self.status, self.reason = "held", detail
        elif what in ("resume", "start", "reopen", "accept"):
            self.status, self.reason = "active", ""
        elif what in ("fulfill", "resolve"):
            self.status, self.reason = "done", ""
        elif what == "close":
            self.status = "closed"
        elif what in ("cancel", "reject"):
            self.status = "cancelled"
        elif what in ("receive", "change_priority"):
            self.priority = detail


def read(calendar: Calendar, promises: list[Promise], events: list[Event], measure: str, now: int) -> Answer:
    """Answer what one measure's clock shows at the minute."""
    known = [event for event in events if event[0] <= now]
    item = _Item()
    stopped: int | None = None
    resumable = False
    idle: list[tuple[int, int]] = []
    judged_by = ""
    for minute, what, detail in known:
        item.happens(what, detail)
        over = item.status in OVER_FOR.get(measure, {"done", "closed"})
        if stopped is not None:
            if not (resumable and what in OPENERS):
                continue
            idle.append((stopped, minute))
            stopped = None
        judged_by = item.priority
        if item.status == "cancelled":
            return Answer("cancelled", "none")
        if over or what in WAITS_FOR[measure]:
            stopped, resumable = minute, over
    mine = [p for p in promises if p.measure == measure]
    promise = next((p for p in mine if p.priority == judged_by), None) or next(p for p in mine if p.priority is None)
    return _walk(calendar, promise, known, idle=idle, stopped=stopped, now=now)


def _walk(
    calendar: Calendar,
    promise: Promise,
    known: list[Event],
    *,
    idle: list[tuple[int, int]],
    stopped: int | None,
    now: int,
) -> Answer:
    begin, end = known[0][0], now if stopped is None else stopped
    item, waiting = _Item(), list(known)
    elapsed = used = 0
    due: int | None = None
    minute = begin
    while True:
        # What comes after a stop changes nothing: the clock is imagined to go on from there.
        while waiting and waiting[0][0] <= minute and (stopped is None or waiting[0][0] < end):
            _, what, detail = waiting.pop(0)
            item.happens(what, detail)
        past = minute >= end
        held = item.status == "held" and item.reason in promise.pause_on and not (past and stopped is not None)
        if past and (held or due is not None):
            break
        rests = held or any(start <= minute < until for start, until in idle)
        if not rests and (not promise.service_time or calendar.counts(minute)):
            if due is None and used == promise.goal and (promise.next_open or promise.goal == 0):
                due = minute
            used += 1
            elapsed += not past
            if due is None and used == promise.goal and not promise.next_open:
                due = minute + 1
        minute += 1
    paused = stopped is None and held
    verdict = _verdict(due, stopped, now)
    return Answer("stopped" if stopped is not None else "paused" if paused else "running", verdict, elapsed, due)


def _verdict(due: int | None, stopped: int | None, now: int) -> str:
    if due is None:
        return "open"
    if stopped is not None:
        return "met" if stopped <= due else "breached"
    return "breached" if now > due else "open"
