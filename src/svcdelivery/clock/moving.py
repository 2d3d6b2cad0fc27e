"""How far each change moved a due instant: what changed is put in one by one, and due is worked out anew each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import Factory, define, evolve

from svcdelivery.agreement import ServiceLevelTarget, Within, time_kind
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.due import Span, reckon
from svcdelivery.clock.segments import Segment
from svcdelivery.errors import InvalidValueError, NotCoveredError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.work import Step

__all__ = ["Moves", "moves_between"]


@define
class Moves:
    """Microseconds by cause, and those of pauses by the instant they began at; together the whole move."""

    by_cause: dict[str, int] = Factory(dict)
    by_pause: dict[int, int] = Factory(dict)


@define
class _State:
    """What a due instant is worked out from, while it is changed piece by piece."""

    target: ServiceLevelTarget
    counting: Counting
    hours: ServiceHours | None
    start: int
    end: int
    pauses: dict[int, Segment]
    steps: Sequence[Step]

    def due(self) -> int | None:
        """Answer the due instant of a clock that runs at the end."""
        span = Span(_tiled(self.start, self.end, self.pauses.values()), self.start, self.end, paused=False)
        return reckon(self.target, self.counting, self.hours, span, self.steps).due


def moves_between(before: Basis, after: Basis) -> Moves | None:
    """Answer the share of each change in the move of the due instant; None where one of them is not known.

    The order is that of the clock's life: the moment of the reading, the start, each pause as it began, then the hours,
    the goal and the other rules.
    """
    moves = Moves()
    try:
        due, last = _due(before), _due(after)
        if due is None or last is None:
            return None
        state = _state(before)
        for cause, key in _changes(state, before, after):
            found = state.due()
            if found is None:
                return None
            if key is None:
                moves.by_cause[cause] = moves.by_cause.get(cause, 0) + found - due
            else:
                moves.by_pause[key] = found - due
            due = found
    except (NotCoveredError, InvalidValueError):
        return None
    # What a standstill shows for the time being is a matter of the moment.
    moves.by_cause["moment"] = moves.by_cause.get("moment", 0) + last - due
    return moves


def _due(basis: Basis) -> int | None:
    return reckon(basis.target, basis.counting, _hours(basis), basis.span, basis.steps).due


def _hours(basis: Basis) -> ServiceHours | None:
    return basis.revision.service_hours(basis.target.hours)


def _state(basis: Basis) -> _State:
    span = basis.span
    pauses = {segment.start: segment for segment in span.segments if segment.pause}
    return _State(basis.target, basis.counting, _hours(basis), span.start, span.end, pauses, basis.steps)


def _changes(state: _State, before: Basis, after: Basis) -> Iterable[tuple[str, int | None]]:
    """Change the state from what was before to what is after, and name each change once it is made."""
    state.end = max(before.span.end, after.span.end)
    yield "moment", None
    state.start = after.span.start
    yield "start", None
    wanted = _state(after)
    for key in sorted({*state.pauses, *wanted.pauses}):
        if key in wanted.pauses:
            state.pauses[key] = wanted.pauses[key]
        else:
            del state.pauses[key]
        yield "pause", key
    if _same_kind(before.target, after.target):
        # Goals of one kind can be counted by the other's hours; others come with the hours they are counted in.
        state.counting, state.hours = wanted.counting, wanted.hours
        yield "hours", None
        state.target = evolve(before.target, goal=after.target.goal)
        yield "goal", None
    state.target, state.counting, state.hours = wanted.target, wanted.counting, wanted.hours
    yield "rules" if _same_kind(before.target, after.target) else "goal", None
    state.steps = after.steps
    yield "goal", None


def _same_kind(before: ServiceLevelTarget, after: ServiceLevelTarget) -> bool:
    goals = before.goal, after.goal
    return all(isinstance(goal, Within) for goal in goals) and time_kind(goals[0]) is time_kind(goals[1])


def _tiled(start: int, end: int, pauses: Iterable[Segment]) -> list[Segment]:
    """Answer segments that tile `[start, end)`: the pauses, and between them the time that runs."""
    found, at = [], start
    for pause in sorted(pauses, key=lambda segment: segment.start):
        begin, until = max(pause.start, at), min(pause.end, end)
        if begin >= until:
            continue
        if at < begin:
            found.append(Segment(at, begin))
        found.append(Segment(begin, until, pause.pause, pause.cause))
        at = until
    if at < end:
        found.append(Segment(at, end))
    return found
