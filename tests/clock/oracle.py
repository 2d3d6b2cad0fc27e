"""An oracle for clocks that walks minute by minute and asks zoneinfo what the wall clock reads; it shares no code.

It knows a history as plain tuples `(minute, what happened, detail)`, everything aligned to minutes of the epoch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["Answer", "Calendar", "Event", "Happening", "Promise", "Told", "read", "read_told"]

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
    excluded: tuple[tuple[int, int], ...] = ()

    def counts(self, calendar: Calendar, minute: int) -> bool:
        """Whether the minute is one the goal counts."""
        if any(start <= minute < end for start, end in self.excluded):
            return False
        return not self.service_time or calendar.counts(minute)


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
    stopped, idle, judged_by, cancelled = course(known, measure)
    if cancelled is not None:
        return Answer("cancelled", "none")
    mine = [p for p in promises if p.measure == measure]
    promise = next((p for p in mine if p.priority == judged_by), None) or next(p for p in mine if p.priority is None)
    return _walk(calendar, promise, known, idle=idle, stopped=stopped, now=now)


def course(known: list[Event], measure: str) -> tuple[int | None, list[tuple[int, int]], str, int | None]:
    """Answer when it stopped, when it lay idle, by which priority it is judged, and when the work was cancelled."""
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
            return None, idle, judged_by, minute
        if over or what in WAITS_FOR[measure]:
            stopped, resumable = minute, over
    return stopped, idle, judged_by, None


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
        if not rests and promise.counts(calendar, minute):
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


# -- measures told in conditions ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A measure as the oracle reads it: each condition a nested tuple, such as `("not", ("phase", "held"))`."""

    start: tuple[Any, ...]
    stop: tuple[Any, ...]
    pause: tuple[Any, ...] | None = None
    resume: tuple[Any, ...] | None = None
    reset: tuple[Any, ...] | None = None
    cancel: tuple[Any, ...] | None = None
    repeats: bool = False


Happening = tuple[int, dict[str, Any]]
"""A minute, and how the work stands after the fact: `signals`, `phase`, `team` and so on."""


def holds(condition: tuple[Any, ...] | None, now: dict[str, Any]) -> bool:
    """Whether a condition holds."""
    if condition is None:
        return False
    word, *rest = condition
    if word == "signals":
        return any(name in now["signals"] for name in rest)
    if word == "all":
        return all(holds(part, now) for part in rest)
    if word == "any":
        return any(holds(part, now) for part in rest)
    if word == "not":
        return not holds(rest[0], now)
    return now.get(word) in rest


@dataclass
class _Life:
    """One cycle: when it began and came to its end, and the minutes it was closed meanwhile."""

    begun: int
    end: int | None = None
    how: str = ""
    gaps: list[tuple[int, int]] = field(default_factory=list)


def read_told(calendar: Calendar, promise: Promise, told: Told, happened: list[Happening], now: int) -> list[Answer]:
    """Answer what each cycle of a measure of one's own shows at the minute, work that is reopened going on."""
    known = [entry for entry in happened if entry[0] <= now]
    lives = _lives(told, known)
    resting = _resting(promise, told, known, now)
    if not lives:
        return [Answer("waiting", "none")]
    return [_counted(calendar, promise, life, resting, now) for life in lives]


class _Chronicle:
    """The cycles of a measure, written down happening by happening."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.lives: list[_Life] = []
        self.question: int | None = None

    def goes_on(self, minute: int, now: dict[str, Any], *, finished: bool) -> bool:
        """Whether the latest cycle takes the happening for itself alone."""
        if not self.lives:
            return False
        life, told = self.lives[-1], self.told
        if life.how == "work done" and not finished and now["phase"] != "cancelled":
            assert life.end is not None
            life.gaps.append((life.end, minute))
            life.end, life.how = None, ""
        if life.how:
            return not told.repeats or now["phase"] == "cancelled"
        for how, so in (
            ("work cancelled", now["phase"] == "cancelled"),
            ("cancelled", holds(told.cancel, now)),
            ("work done" if finished else "answered", holds(told.stop, now) or finished),
        ):
            if so:
                life.end, life.how = minute, how
                return how != "answered" or not told.repeats
        if holds(told.reset, now):
            life.begun, life.gaps = minute, []
        return True

    def begins(self, minute: int, now: dict[str, Any], *, finished: bool) -> None:
        """Let a cycle begin, if one does."""
        told = self.told
        if told.repeats and finished:
            if not _is_passing(told.start):
                return
            if holds(told.stop, now):
                self.question = None
            elif self.question is None and holds(told.start, now):
                self.question = minute
        elif self.question is not None and now["phase"] != "cancelled":
            self.lives.append(_Life(self.question, gaps=[(self.question, minute)]))
            self.question = None
        elif holds(told.start, now) and not holds(told.cancel, now) and (told.repeats or not holds(told.stop, now)):
            dead = "work cancelled" if now["phase"] == "cancelled" else "work done" if finished else ""
            self.lives.append(_Life(minute, minute if dead else None, dead))


def _lives(told: Told, known: list[Happening]) -> list[_Life]:
    chronicle = _Chronicle(told)
    for minute, now in known:
        finished = now["phase"] in ("done", "closed")
        if not chronicle.goes_on(minute, now, finished=finished):
            chronicle.begins(minute, now, finished=finished)
    return chronicle.lives


def _is_passing(condition: tuple[Any, ...]) -> bool:
    word, *rest = condition
    if word in ("all", "any", "not"):
        return any(_is_passing(part) for part in rest)
    return word in ("signals", "message_to", "message_from")


def _resting(promise: Promise, told: Told, known: list[Happening], now: int) -> set[int]:
    """The minutes during which nothing counts, up to now; and now itself where it stands still."""
    minutes: set[int] = set()
    own = held = False
    for index, (minute, stands) in enumerate(known):
        if holds(told.pause, stands):
            own = True
        elif told.resume is None or holds(told.resume, stands):
            own = False
        held = stands["phase"] == "held" and stands["hold_reason"] in promise.pause_on
        following = known[index + 1][0] if index + 1 < len(known) else now + 1
        if own or held:
            minutes.update(range(minute, following))
    return minutes


def _counted(calendar: Calendar, promise: Promise, life: _Life, resting: set[int], now: int) -> Answer:
    if life.how in ("cancelled", "work cancelled"):
        return Answer("cancelled", "none")
    end = now if life.end is None else life.end
    elapsed = used = 0
    due: int | None = None
    minute = life.begun
    while True:
        past = minute >= end
        rests = minute in resting if not past else life.end is None and now in resting
        if past and (rests or due is not None):
            break
        rests = rests or any(a <= minute < b for a, b in life.gaps)
        if not rests and promise.counts(calendar, minute):
            if due is None and used == promise.goal and (promise.next_open or promise.goal == 0):
                due = minute
            used += 1
            elapsed += not past
            if due is None and used == promise.goal and not promise.next_open:
                due = minute + 1
        minute += 1
    paused = life.end is None and now in resting
    phase = "stopped" if life.end is not None else "paused" if paused else "running"
    return Answer(phase, _verdict(due, life.end, now), elapsed, due)
