"""The operation `ticket`: several clocks over one history, read by the clock room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from svcdelivery.clock import ClockPhase, ClockReading, SpanKind, Verdict, read_clocks
from svcdelivery.testing.vectors.ticket_history import facts_of, policy_after, state_after, states_of
from svcdelivery.testing.vectors.ticket_policy import SINGLE, policy_hours, policy_terms, stopped_states
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector, instant, shown
from svcdelivery.timeline import Instant

__all__ = ["TICKET_OPERATIONS"]

_CLOCKS = ("first_response", "next_reply", "periodic_update", "resolution", SINGLE)
_MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)


def _ticket(vector: Vector, boundary: Boundary) -> Answer:
    asked = vector.input
    events: Sequence[Mapping[str, Any]] = asked.get("events", ())
    last = instant(events[-1]["at"] if events else asked["created_at"])
    now = instant(asked["as_of"]) if asked.get("as_of") else last
    answer = _View(vector, boundary, events, now).told()
    if "checkpoints" in vector.expected:
        answer["checkpoints"] = [_checkpoint(vector, boundary, each) for each in vector.expected["checkpoints"]]
    for name, known in (("before", events[:-1]), ("after", events)):
        if name in vector.expected:
            view = _View(vector, boundary, known, last).told()
            answer[name] = _asked_for(view, vector.expected[name])
    return {key: _asked_for(answer[key], vector.expected[key]) for key in vector.expected if key in answer}


def _checkpoint(vector: Vector, boundary: Boundary, asked: Mapping[str, Any]) -> Answer:
    at = instant(asked["at"])
    known = [event for event in vector.input.get("events", ()) if instant(event["at"]) <= at]
    view = _View(vector, boundary, known, at).told()
    for name in _CLOCKS:
        told = view[name]
        view |= {f"{name}_due": told["due_at"], f"{name}_met": told["met_at"]}
        view[f"{name}_elapsed_seconds"] = told.get("elapsed_seconds")
    view["at"] = asked["at"]
    return {key: view[key] for key in asked if key in view}


def _asked_for(told: Any, asked: Any) -> Any:
    if isinstance(told, dict) and isinstance(asked, Mapping):
        return {key: _asked_for(told[key], asked[key]) for key in asked if key in told}
    return told


class _View:
    """What is known of the ticket after some of its events, at an instant."""

    def __init__(self, vector: Vector, boundary: Boundary, events: Sequence[Mapping[str, Any]], now: Instant) -> None:
        asked = vector.input
        self._asked, self._now = asked, now
        self._policy = policy_after(asked, events)
        self._state = state_after(asked, events)
        self._hours = policy_hours(vector.calendar, self._policy)
        start = instant(asked["created_at"])
        terms = policy_terms(vector.calendar, self._policy, boundary, states_of(asked), start)
        self._boundary = boundary
        self._readings = read_clocks(terms, facts_of(asked, events, self._policy), now)

    def told(self) -> Answer:
        """Answer everything that can be asked, in the words of the vectors."""
        due = min((due for reading in self._latest() if (due := self._due(reading)) and reading.is_open), default=None)
        first = None if due is None else shown(due)
        clocks: Answer = {name: self._clock(name) for name in _CLOCKS}
        leading = clocks[SINGLE] if self._of(SINGLE) else clocks["resolution"]
        whole = {key: leading.get(key) for key in ("paused_seconds", "breached", "overdue_seconds", "met_at")}
        single = leading["due_at"] if self._of(SINGLE) else first
        return {
            **clocks,
            **whole,
            "next_due_at": single if self._of(SINGLE) else first,
            "due_at": single,
            "paused": self._is_paused(),
            "status": self._status(),
            "escalation_level_at": self._escalation(due),
        }

    def _of(self, name: str) -> tuple[ClockReading, ...]:
        return tuple(reading for reading in self._readings if reading.target == name)

    def _latest(self) -> list[ClockReading]:
        return [cycles[-1] for name in _CLOCKS if (cycles := self._of(name))]

    def _due(self, reading: ClockReading) -> Instant | None:
        hidden = self._policy.get("pause") == "hide" and self._is_paused()
        gone = self._policy.get("due_when_stopped") == "none" and reading.phase is ClockPhase.STOPPED
        return None if hidden or gone else reading.due_at

    def _is_paused(self) -> bool:
        return self._state in self._policy.get("paused_states", ())

    def _clock(self, name: str) -> Answer:
        cycles = self._of(name)
        if not cycles or cycles[-1].elapsed is None or cycles[-1].phase is ClockPhase.CANCELLED:
            return {"due_at": None, "met_at": None}
        latest = cycles[-1]
        due, late = self._due(latest), latest.overdue
        met = latest.stopped_at if latest.verdict is Verdict.MET else None
        return {
            "due_at": None if due is None else shown(due),
            "met_at": None if met is None else shown(met),
            "paused_seconds": self._paused_seconds(latest),
            "breached": latest.verdict is Verdict.BREACHED,
            "overdue_seconds": late // _SECOND if latest.verdict is Verdict.BREACHED else None,
            **_used(latest, ""),
            **_used(max(cycles, key=lambda cycle: cycle.elapsed or timedelta(0)), "worst_"),
        }

    def _paused_seconds(self, reading: ClockReading) -> int:
        paused = (span for span in reading.explanation.spans if span.kind is SpanKind.PAUSED)
        return sum((self._hours.elapsed(span.start, span.end) for span in paused), timedelta(0)) // _SECOND

    def _status(self) -> str:
        latest = self._latest()
        if any(reading.verdict is Verdict.BREACHED for reading in self._readings):
            return "breached"
        if all(reading.phase is ClockPhase.STOPPED for reading in latest) or self._state in stopped_states(
            self._policy
        ):
            return "met"
        if self._is_paused():
            return "paused"
        responding = any(reading.is_open for reading in self._of("first_response"))
        return "first_response_due" if responding else "resolution_due"

    def _escalation(self, due: Instant | None) -> str | None:
        levels = self._asked.get("escalation_levels", ())
        if due is None or not levels:
            return None
        level = levels[0]
        if "offset_days" in level:
            days = level["offset_days"]
            move = self._hours.add_working_days if days >= 0 else self._hours.subtract_working_days
            return shown(move(due, abs(days), boundary=self._boundary))
        offset = timedelta(seconds=abs(level["offset_seconds"]))
        later = level["offset_seconds"] >= 0
        at = self._hours.add(due, offset, self._boundary) if later else self._hours.subtract(due, offset)
        return shown(at)


def _used(reading: ClockReading, prefix: str) -> Answer:
    assert reading.elapsed is not None, "the calendar of a vector knows every year"
    minutes = reading.elapsed // _MINUTE
    left = None if reading.allowed is None else reading.allowed // _MINUTE - minutes
    return {
        f"{prefix}elapsed_seconds": reading.elapsed // _SECOND,
        f"{prefix}elapsed_minutes": minutes,
        f"{prefix}remaining_minutes": left,
    }


TICKET_OPERATIONS: dict[str, Operation] = {"ticket": _ticket}
"""The operation asked of all clocks of a ticket, by name."""
