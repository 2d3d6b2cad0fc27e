"""How far each change moved a due instant: what changed is put in one by one, and due is worked out anew each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import Factory, define, evolve

from svcdelivery.agreement import ServiceLevelTarget, Within, time_kind
from svcdelivery.clock.basis import Basis
from svcdelivery.clock.counting import Counting
from svcdelivery.clock.due import Span, reckon
from svcdelivery.clock.excluding import Excluding
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


def moves_between(before: Basis, after: Basis, *, due: int, last: int) -> Moves | None:
    """Answer the share of each change in the move of a due instant; None where one of them cannot be worked out.

    The order is that of the clock's life: the moment of the reading, the start, each pause as it began; then what is
    excluded, the hours, the goal and the other rules; and what amendments did to it while it was open.

    Args:
        due: The due instant before, in epoch microseconds.
        last: The due instant after.
    """
    moves = Moves()
    try:
        state = _state(before)
        found = state.due()
        if found is None:
            return None
        _add(moves, _kept(before), found - due)
        due = found
        for cause, key in _changes(state, before, after):
            found = state.due()
            if found is None:
                return None
            if key is None:
                _add(moves, cause, found - due)
            else:
                moves.by_pause[key] = found - due
            due = found
    except (NotCoveredError, InvalidValueError):
        return None
    _add(moves, _kept(after), last - due)
    return moves


def _add(moves: Moves, cause: str, moved: int) -> None:
    moves.by_cause[cause] = moves.by_cause.get(cause, 0) + moved


def _kept(basis: Basis) -> str:
    """Answer why a reading is due at another instant than its first terms alone would say."""
    # What a standstill shows for the time being is a matter of the moment.
    return "revision" if basis.earlier else "moment"


def _first(basis: Basis) -> Basis:
    return basis.earlier[0] if basis.earlier else basis


def _hours(basis: Basis) -> ServiceHours | None:
    return basis.revision.service_hours(basis.target.hours)


def _state(basis: Basis) -> _State:
    """Answer the clock as its first terms alone would have it."""
    first = _first(basis)
    pauses = {segment.start: segment for segment in basis.segments if segment.pause}
    start, end = first.span.start, basis.span.end
    return _State(first.target, first.counting, _hours(first), start, end, pauses, basis.steps)


def _changes(state: _State, before: Basis, after: Basis) -> Iterable[tuple[str, int | None]]:
    """Change the state from what was before to what is after, and name each change once it is made."""
    wanted = _state(after)
    state.end = max(before.span.end, after.span.end)
    yield "moment", None
    state.start = wanted.start
    yield "start", None
    for key in sorted({*state.pauses, *wanted.pauses}):
        if key in wanted.pauses:
            state.pauses[key] = wanted.pauses[key]
        else:
            del state.pauses[key]
        yield "pause", key
    whole = state.counting.whole if isinstance(state.counting, Excluding) else state.counting
    state.counting = wanted.counting.over(whole) if isinstance(wanted.counting, Excluding) else whole
    yield "exclusion", None
    alike = _same_kind(state.target, wanted.target)
    if alike:
        # Goals of one kind can be counted by the other's hours; others come with the hours they are counted in.
        state.counting, state.hours = wanted.counting, wanted.hours
        yield "hours", None
        state.target = evolve(state.target, goal=wanted.target.goal)
        yield "goal", None
    state.target, state.counting, state.hours = wanted.target, wanted.counting, wanted.hours
    yield "rules" if alike else "goal", None
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
