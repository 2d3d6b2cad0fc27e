"""The oracle of clocks where terms change and the record is corrected: minute by minute, and sharing no code either.

At each minute it asks which terms are in force, whether that minute counts by them, and whether their goal is used up.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.clock.oracle import Answer, Calendar, Event, Promise, _Item, _verdict, course

__all__ = ["Change", "Turn", "corrected", "read_in_time"]


@dataclass(frozen=True)
class Turn:
    """Terms in force from a minute on, None for those the work came in under."""

    since: int | None
    promises: list[Promise]
    calendar: Calendar
    restarts: bool = False


@dataclass(frozen=True)
class Change:
    """A correction: event number `of` moved to a minute or taken away, or a hold between two minutes."""

    what: str
    of: int = 0
    at: int = 0
    until: int = 0
    reason: str = ""


def corrected(events: list[Event], changes: list[Change]) -> list[Event]:
    """The events as they were, in order of time."""
    known: dict[int, tuple[int, int, str, str]] = {
        number: (minute, number, what, detail) for number, (minute, what, detail) in enumerate(events)
    }
    for number, change in enumerate(changes, start=len(events)):
        if change.what == "moved":
            known[change.of] = (change.at, *known[change.of][1:])
        elif change.what == "mistaken":
            del known[change.of]
        else:
            known[2 * number] = (change.at, number, "put_on_hold", change.reason)
            known[2 * number + 1] = (change.until, -1, "resume", "")
    return [(minute, what, detail) for minute, _, what, detail in sorted(known.values())]


def read_in_time(
    turns: list[Turn], events: list[Event], measure: str, now: int, suspended: list[tuple[int, int]]
) -> Answer | None:
    """Answer what one measure's clock shows at the minute, None where nothing was ever promised."""
    known = [event for event in events if event[0] <= now]
    suspended = [(start, until) for start, until in suspended if start <= now]
    stopped, idle, judged_by, cancelled = course(known, measure)
    ends = stopped if stopped is not None else cancelled
    mine = [t for t in turns if t.since is None or (t.since < ends if ends is not None else t.since <= now)]
    if all(_pick(turn, measure, judged_by) is None for turn in mine):
        return None
    if cancelled is not None:
        return Answer("cancelled", "none")
    clock = _Clock(mine, measure, judged_by, known[0][0])
    end = now if stopped is None else stopped
    item, waiting = _Item(), list(known)
    while True:
        minute = clock.minute
        while waiting and waiting[0][0] <= minute and (stopped is None or waiting[0][0] < end):
            _, what, detail = waiting.pop(0)
            item.happens(what, detail)
        clock.follow_turns()
        if clock.promise is None and minute >= end:
            return Answer("cancelled", "none")
        past = minute >= end
        imagined = past and stopped is not None
        stands = any(start <= minute < until for start, until in suspended) and not imagined
        held = clock.promise is not None and item.status == "held" and item.reason in clock.promise.pause_on
        stands = stands or (held and not imagined)
        if past and (stands or clock.due is not None):
            break
        clock.pass_minute(rests=stands or any(a <= minute < b for a, b in idle), past=past)
    phase = "stopped" if stopped is not None else "paused" if stands else "running"
    return Answer(phase, _verdict(clock.due, stopped, now), clock.elapsed, clock.due)


class _Clock:
    def __init__(self, turns: list[Turn], measure: str, judged_by: str, start: int) -> None:
        before = [turn for turn in turns if turn.since is None or turn.since <= start]
        self.coming = [turn for turn in turns if turn not in before]
        self.measure, self.judged_by, self.minute = measure, judged_by, start
        self.turn = before[-1]
        self.promise = _pick(self.turn, measure, judged_by)
        self.used = self.elapsed = 0
        self.due: int | None = None
        self.at_once = False

    def follow_turns(self) -> None:
        while self.coming and self.coming[0].since == self.minute:
            turn = self.turn = self.coming.pop(0)
            before, self.promise = self.promise, _pick(turn, self.measure, self.judged_by)
            if self.promise is None or before is None or turn.restarts:
                self.used = self.elapsed = 0
                self.due, self.at_once = None, False
            elif self.used > self.promise.goal:
                self.due = self.minute if self.due is None else self.due
            elif self.used < self.promise.goal:
                self.due, self.at_once = None, False
            else:
                self.at_once = True

    def pass_minute(self, *, rests: bool, past: bool) -> None:
        promise = self.promise
        if promise is not None and not rests and (not promise.service_time or self.turn.calendar.counts(self.minute)):
            waits = promise.next_open or promise.goal == 0 or self.at_once
            if self.due is None and self.used == promise.goal and waits:
                self.due = self.minute
            self.used += 1
            self.elapsed += not past
            if self.due is None and self.used == promise.goal and not promise.next_open:
                self.due = self.minute + 1
        self.minute += 1


def _pick(turn: Turn, measure: str, priority: str) -> Promise | None:
    mine = [promise for promise in turn.promises if promise.measure == measure]
    narrow = next((promise for promise in mine if promise.priority == priority), None)
    return narrow or next((promise for promise in mine if promise.priority is None), None)
