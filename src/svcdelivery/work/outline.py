"""The outline of ordinary work, drawn in one pass: when each signal came first, the holds, and how it ended.

Ordinary is what happened in the order in which it is told, and was neither corrected nor opened again once it was over.
Everything else has no outline: it is traced step by step.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import islice, repeat
from operator import le, lt
from typing import Any, TypeAlias

from attrs import Factory, define
from pendulum import UTC, DateTime

from svcdelivery.facts import Fact
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import Instant
from svcdelivery.work.corrections import Corrected
from svcdelivery.work.facts import (
    Accepted,
    Assigned,
    Cancelled,
    Closed,
    Fulfilled,
    IncidentRecorded,
    MajorIncidentDeclared,
    MajorIncidentStoodDown,
    MessagePosted,
    Observed,
    PriorityChanged,
    PutOnHold,
    Rejected,
    Reopened,
    RequestReceived,
    Resolved,
    Resumed,
    Started,
)
from svcdelivery.work.kinds import INCIDENT, REQUEST, WorkKind
from svcdelivery.work.replay import Standing, Step, message_signals, status_after

__all__ = ["Hold", "Outline", "WorkScope", "outline_of", "outline_of_steps"]

_EPOCH = DateTime(1970, 1, 1, tzinfo=UTC)
_BEGINNINGS: dict[type, WorkKind] = {RequestReceived: REQUEST, IncidentRecorded: INCIDENT}
_ALONE = (Assigned, MajorIncidentDeclared, MajorIncidentStoodDown, PriorityChanged)
_MOVES = (Accepted, Cancelled, Closed, Fulfilled, PutOnHold, Rejected, Reopened, Resolved, Resumed, Started, *_ALONE)

_HELD = Phase.HELD
_OWN = frozenset({*_MOVES, *_BEGINNINGS, MessagePosted, Observed})

# The bare C arithmetic: pendulum's own operator costs more than all the rest of the pass.
_minus = datetime.__sub__

Hold: TypeAlias = "tuple[timedelta, timedelta | None, str]"
"""From when, until when and why work was on hold; no end while it lasts."""

WorkScope: TypeAlias = "tuple[str, str | None]"
"""A service and a priority."""


@define(eq=False)
class Outline:
    """What ordinary work went through, each happening by its number from 0; times count from 1970-01-01T00:00:00Z.

    Attributes:
        instants: When each happened; `since` says the same as durations.
        first: Which was the first to give off a signal.
        done: The first at which the work was done or closed; None while it is neither. So with `closed`, `cancelled`.
        holds: In order.
        scopes: What the work was for, each from some happening on.
        others: Those that are facts of other rooms.
    """

    kind: WorkKind
    instants: list[Instant] = Factory(list)
    since: list[timedelta] = Factory(list)
    first: dict[str, int] = Factory(dict)
    done: int | None = None
    closed: int | None = None
    cancelled: int | None = None
    holds: list[Hold] = Factory(list)
    scopes: list[tuple[int, WorkScope]] = Factory(list)
    others: list[Fact[Any]] = Factory(list)

    def scope_at(self, number: int) -> WorkScope:
        """Answer what the work was for right after a happening."""
        return next(scope for since, scope in reversed(self.scopes) if since <= number)

    def hold(self, standing: Iterable[tuple[int, str | None]]) -> None:
        """Take the happenings after which the work was on hold, for a reason, or was not, for None.

        What happens during a hold, and does not change its reason, does not begin it anew.
        """
        held, since, began = None, self.since, 0
        for number, reason in standing:
            if reason != held:
                if held is not None:
                    self.holds.append((since[began], since[number], held))
                held, began = reason, number
        if held is not None:
            self.holds.append((since[began], None, held))

    def is_for(self, number: int, scope: WorkScope) -> None:
        """Take what the work was for after a happening."""
        if not self.scopes or scope != self.scopes[-1][1]:
            self.scopes.append((number, scope))

    def goes_on(self) -> bool:
        """Answer whether that the work is open is ordinary: once it was over, it is not."""
        return self.done is None and self.cancelled is None

    def end(self, number: int, phase: Phase) -> bool:
        """Take that the work came to a phase that is not open; answer whether that is an ordinary end."""
        if phase is Phase.CANCELLED:
            self.cancelled = number if self.cancelled is None else self.cancelled
            return True
        if self.cancelled is not None or (self.closed is not None and phase is Phase.DONE):
            return False
        if self.done is None:
            self.done = number
        if phase is Phase.CLOSED and self.closed is None:
            self.closed = number
        return True


def outline_of(facts: Sequence[Fact[Any]], until: datetime) -> Outline | None:
    """Answer the outline of an item's facts up to an instant; None where they do not tell of ordinary work.

    What `trace_of` refuses has no outline either.
    """
    kind = _BEGINNINGS.get(type(facts[0].body)) if facts else None
    if kind is None:
        return None
    instants = [fact.occurred_at for fact in facts]
    try:
        since, last = list(map(_minus, instants, repeat(_EPOCH))), _minus(until, _EPOCH)
    except TypeError:
        # A time without a zone: the trace says so.
        return None
    if not (all(map(lt, since, islice(since, 1, None))) or _is_in_order(facts, since)):
        return None
    if since[-1] > last:
        count = bisect_right(since, last)
        if not count or any(type(fact.body) is Corrected for fact in facts[count:]):
            return None
        facts, instants, since = facts[:count], instants[:count], since[:count]
    outline = Outline(kind, instants, since)
    try:
        _draw(outline, facts)
    except _NotOrdinary:
        return None
    return outline


def _is_in_order(facts: Sequence[Fact[Any]], since: Sequence[timedelta]) -> bool:
    """Answer whether the facts are told as they happened, those of one instant in the order of record."""
    order = [(at, fact.position) for at, fact in zip(since, facts, strict=True)]
    return all(map(le, order, order[1:]))


def _draw(outline: Outline, facts: Sequence[Fact[Any]]) -> None:
    """Draw the outline.

    Raises:
        _NotOrdinary: What comes is not ordinary.
    """
    row, receipt, first = _row(outline.kind, outline.kind.table.initial), facts[0].body, outline.first
    outline.scopes.append((0, (receipt.service, receipt.priority)))
    standing: list[tuple[int, str | None]] = []
    for number, fact in enumerate(facts):
        body = fact.body
        row, signals, holds, more = row[type(body)]
        if holds is not None:
            standing.append((number, body.reason if holds else None))
        if more is not None:
            signals = more(outline, fact, number, signals)
        for signal in signals:
            if signal not in first:
                first[signal] = number
    outline.hold(standing)


def outline_of_steps(kind: WorkKind, steps: Sequence[Step]) -> Outline | None:
    """Answer the outline of steps that were traced already; None where they are not those of ordinary work."""
    instants = [step.at for step in steps]
    outline = Outline(kind, instants, list(map(_minus, instants, repeat(_EPOCH))))
    first, stands = outline.first, None
    standing: list[tuple[int, str | None]] = []
    for number, step in enumerate(steps):
        if step.stands is not stands:
            stands = step.stands
            if not _stood(outline, number, stands):
                return None
            standing.append((number, stands.hold_reason if stands.phase is _HELD else None))
        for signal in step.signals:
            if signal not in first:
                first[signal] = number
    outline.others += [step.fact for step in steps if type(step.fact.body) not in _OWN]
    outline.hold(standing)
    return outline


def _stood(outline: Outline, number: int, stands: Standing) -> bool:
    """Take how the work stood after a step; answer whether that is ordinary."""
    outline.is_for(number, (stands.service, stands.priority))
    if stands.phase.is_open:
        return outline.goes_on()
    return outline.end(number, stands.phase)


_More: TypeAlias = "Callable[[Outline, Fact[Any], int, tuple[str, ...]], tuple[str, ...]]"
_Done: TypeAlias = "tuple[_Row, tuple[str, ...], bool | None, _More | None]"


class _NotOrdinary(Exception):
    """Something came that no outline tells of."""


class _Row(dict[type, Any]):
    """What each type of fact does to work of one kind in one status, found out when it is first asked for.

    For each type: the row of the status after it, its signals, whether the work is on hold then (None where it stands
    as before), and what else is to be done. Asking for one after which the work is not ordinary any more raises
    `_NotOrdinary`.
    """

    def __init__(self, kind: WorkKind, status: Any) -> None:
        self._kind, self._status, self._phase = kind, status, kind.table.phase(status)

    def __missing__(self, of: type) -> _Done:
        done = self._done_by(of)
        if done is None:
            raise _NotOrdinary
        self[of] = done
        return done

    def _done_by(self, of: type) -> _Done | None:
        signals = getattr(of, "signals", ())
        if of in _MOVES:
            return self._moved_by(of, signals)
        if of is MessagePosted:
            return self, (), None, _posted
        if of in _BEGINNINGS:
            return self, signals, None, None
        is_other = not hasattr(of, "action") and isinstance(signals, tuple)
        return (self, signals, None, _passed_by) if is_other else None

    def _moved_by(self, of: Any, signals: tuple[str, ...]) -> _Done | None:
        status = status_after(self._kind, self._status, of.action)
        row = self if status is None else _row(self._kind, status)
        before, after = self._phase, row._phase
        if after.is_open and not before.is_open:
            return None
        if of in _ALONE:
            more = _ranked if of is PriorityChanged else None
            return (row, signals, None, more) if (after is Phase.HELD) == (before is Phase.HELD) else None
        if status is None:
            return row, signals, None, None
        if after is Phase.HELD:
            return (row, signals, True, None) if of is PutOnHold else None
        return row, signals, False, None if after.is_open else partial(_ended, after)


@cache
def _row(kind: WorkKind, status: Any) -> _Row:
    return _Row(kind, status)


def _posted(_outline: Outline, fact: Fact[Any], _number: int, _signals: tuple[str, ...]) -> tuple[str, ...]:
    return message_signals(fact)


def _ranked(outline: Outline, fact: Fact[Any], number: int, signals: tuple[str, ...]) -> tuple[str, ...]:
    outline.is_for(number, (outline.scopes[0][1][0], fact.body.priority))
    return signals


def _passed_by(outline: Outline, fact: Fact[Any], _number: int, signals: tuple[str, ...]) -> tuple[str, ...]:
    outline.others.append(fact)
    return signals


def _ended(phase: Phase, outline: Outline, _fact: Fact[Any], number: int, signals: tuple[str, ...]) -> tuple[str, ...]:
    if not outline.end(number, phase):
        raise _NotOrdinary
    return signals
