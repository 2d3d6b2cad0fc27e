"""What becomes of a measure on every item at once: where its work counts as done, it stops, or is cancelled."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from attrs import frozen

from svcdelivery.agreement import Measure, Signaled
from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.batch.observations import Observations
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import from_micros
from svcdelivery.work import Observed, WorkKind, trace_of

__all__ = ["Walk", "walk"]

_RANK = {Phase.DONE: 2, Phase.CLOSED: 3}


@frozen(eq=False)
class Walk:
    """What became of a measure.

    Attributes:
        ended: For each row, whether the work counts as done after it, so that no clock of the measure runs.
        stopped: For each item the row at which its clock stopped; the number of rows where it did not.
        cancelled: For each item the row at which its clock was cancelled; the same.
    """

    ended: Flags
    stopped: Ints
    cancelled: Ints

    @property
    def is_stopped(self) -> Flags:
        """Whether an item's clock has stopped."""
        return self.stopped < len(self.ended)

    @property
    def is_cancelled(self) -> Flags:
        """Whether an item's clock was cancelled."""
        return self.cancelled < len(self.ended)


def walk(measure: Measure, seen: Observations) -> Walk:
    """Answer what became of a measure that starts at the receipt, has no cycles and is resumed by a reopening.

    Done work stays done for the clock until it is open again; what stops a clock of open work stops it for good, and
    the cancelling of open work cancels it. Whichever of these two comes first counts.
    """
    rows = len(seen.at)
    statuses = seen.kind.table.statuses
    phases = [seen.kind.table.phases[status] for status in statuses]
    assert isinstance(measure.stop, Signaled), "other measures are read one by one"
    over = np.array([_RANK.get(phase, 0) >= _RANK[measure.ends] for phase in phases])[seen.status]
    is_open = np.array([phase.is_open for phase in phases])[seen.status]
    called_off = np.array([phase is Phase.CANCELLED for phase in phases])[seen.status]

    telling = np.maximum.accumulate(np.where(over | is_open, np.arange(rows), -1))
    ended = over[telling] & (telling >= seen.first[seen.owner])
    before = np.append(0, seen.status[:-1])
    before[seen.first] = statuses.index(seen.kind.table.initial)
    hit = _stopping(seen.kind, measure.stop.signals)[before, seen.status] & ~called_off & ~over & ~ended
    stopped = _first(hit, seen.first)
    cancelled = _first(called_off & ~ended, seen.first)
    cancelled = np.where(cancelled < stopped, cancelled, rows)
    done = ended[seen.last] & (stopped == rows) & (cancelled == rows)
    running = np.maximum.accumulate(np.where(ended, -1, np.arange(rows)))[seen.last]
    stopped = np.where(done, np.maximum(running + 1, seen.first), stopped)
    return Walk(ended, np.where(cancelled < rows, rows, stopped), cancelled)


def _first(rows: Flags, first: Ints) -> Ints:
    """Answer the first row of each item that is meant; the number of rows where none is."""
    if not rows.any():
        return np.full(len(first), len(rows))
    return np.minimum.reduceat(np.where(rows, np.arange(len(rows)), len(rows)), first)


def _stopping(kind: WorkKind, stop: frozenset[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Answer, by status before and after, whether an observation gives off a signal that stops the measure."""
    signals = _signals(kind)
    count = len(kind.table.statuses)
    return np.array([bool(stop & told) for told in signals]).reshape(count, count)


@cache
def _signals(kind: WorkKind) -> tuple[frozenset[str], ...]:
    """Answer what clocks are told when one status is observed after another, as the replay of such facts says."""
    statuses = [status.value for status in kind.table.statuses]
    return tuple(_told(kind, before, after) for before in statuses for after in statuses)


def _told(kind: WorkKind, before: str, after: str) -> frozenset[str]:
    entries = [
        NewFact(body=Observed(kind=kind.name, status=status), actor=Actor.system("table"), occurred_at=from_micros(at))
        for at, status in enumerate((before, after))
    ]
    trace = trace_of(history(kind.stream("any"), entries))
    assert trace is not None, "there are facts"
    return frozenset(trace.steps[-1].signals)
