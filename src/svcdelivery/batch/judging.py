"""Items of one target held against its goal, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen

from svcdelivery.agreement import (
    AgreementRevision,
    Boundary,
    DueWhilePaused,
    ServiceLevelTarget,
    TimeKind,
    Within,
)
from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.batch.compiled_hours import CompiledHours, compiled
from svcdelivery.batch.observations import Observations
from svcdelivery.batch.ragged import Ragged
from svcdelivery.batch.readings import durations, instants
from svcdelivery.batch.walk import Walk
from svcdelivery.clock import ClockPhase, Verdict
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline.instant import duration_micros

__all__ = ["Judged", "judge"]


@frozen(eq=False)
class Judged:
    """Readings of some items, by the names of `READINGS`."""

    items: Ints
    columns: dict[str, Any]


def judge(
    revision: AgreementRevision, target: ServiceLevelTarget, seen: Observations, course: Walk, *, items: Ints, now: int
) -> Iterator[Judged]:
    """Answer the readings of items under a target; those that cannot be told from columns are left out."""
    assert isinstance(target.goal, Within), "other goals are read one by one"
    cancelled = course.is_cancelled[items]
    if cancelled.any():
        yield _cancelled(target.goal, seen, items[cancelled])
        items = items[~cancelled]
    hours = None if target.goal.time is TimeKind.WALL else revision.service_hours(target.hours)
    tables = None if hours is None else compiled(hours)
    judging = _Judging(target, seen, course, now)
    items = judging.known(items, tables)
    if len(items):
        yield judging.read(items, tables)


def _cancelled(goal: Within, seen: Observations, items: Ints) -> Judged:
    return Judged(
        items,
        {
            "phase": ClockPhase.CANCELLED.value,
            "verdict": Verdict.NONE.value,
            "started_at": instants(seen.at[seen.first[items]]),
            "due_is_provisional": False,
            "elapsed": 0,
            "allowed": duration_micros(goal.duration),
        },
    )


class _Judging:
    """What one target says of each row and item."""

    def __init__(self, target: ServiceLevelTarget, seen: Observations, course: Walk, now: int) -> None:
        self._target, self._seen, self._course = target, seen, course
        rows = np.arange(len(seen.at))
        self._paused = _paused(target, seen)
        self._runs = ~course.ended & ~self._paused & (rows < course.stopped[seen.owner])
        self._end = np.where(course.is_stopped, seen.at[np.minimum(course.stopped, len(rows) - 1)], now)

    def known(self, items: Ints, tables: CompiledHours | None) -> Ints:
        """Answer the items of which every instant lies where the hours are known, the tables grown to hold them."""
        if tables is None or not len(items):
            return items
        beyond = tables.outside(self._seen.at)
        if beyond.any():
            items = items[~np.logical_or.reduceat(beyond, self._seen.first)[items]]
        items = items[~tables.outside(self._end[items])]
        if len(items):
            # An item's rows are in order: none lies before its first one, or counts after its end.
            first, last = self._seen.at[self._seen.first[items]], self._seen.at[self._seen.last[items]]
            tables.reach(int(first.min()), int(max(last.max(), self._end[items].max())))
        return items

    def read(self, items: Ints, tables: CompiledHours | None) -> Judged:
        """Answer the readings of items, those left out that show a due instant while they stand still."""
        target, seen = self._target, self._seen
        goal = duration_micros(target.goal.duration)  # type: ignore[union-attr]
        at_closing = target.boundary is Boundary.CLOSE
        used = self._ragged(items).used(tables, goal, at_closing=at_closing)
        stopped = self._course.is_stopped[items]
        standing = ~stopped & self._paused[seen.last[items]]
        has_due = used.by_end | ~standing
        due, told = _due(tables, used.position, has_due, "closing" if at_closing and goal else "opening")
        if target.due_while_paused is not DueWhilePaused.NONE:
            told &= has_due
        return self._columns(items[told], used.elapsed[told], due[told], has_due=has_due[told], standing=standing[told])

    def _ragged(self, items: Ints) -> Ragged:
        seen = self._seen
        if len(items) == len(seen.first):
            return Ragged(seen.first, seen.at, self._runs, self._end)
        counts = (seen.last - seen.first + 1)[items]
        first = np.cumsum(counts) - counts
        rows = np.repeat(seen.first[items] - first, counts) + np.arange(int(counts.sum()))
        return Ragged(first, seen.at[rows], self._runs[rows], self._end[items])

    def _columns(self, items: Ints, elapsed: Ints, due: Ints, *, has_due: Flags, standing: Flags) -> Judged:
        stopped, end = self._course.is_stopped[items], self._end[items]
        breached = has_due & (end > due)
        phase = np.where(stopped, 0, np.where(standing, 1, 2))
        verdict = np.where(breached, 0, np.where(stopped, 1, 2))
        goal = self._target.goal.duration  # type: ignore[union-attr]
        return Judged(
            items,
            {
                "phase": _words(phase, ClockPhase.STOPPED, ClockPhase.PAUSED, ClockPhase.RUNNING),
                "verdict": _words(verdict, Verdict.BREACHED, Verdict.MET, Verdict.OPEN),
                "started_at": instants(self._seen.at[self._seen.first[items]]),
                "stopped_at": instants(end, stopped),
                "due_at": instants(due, has_due),
                "due_is_provisional": False,
                "elapsed": durations(elapsed),
                "allowed": duration_micros(goal),
            },
        )


def _paused(target: ServiceLevelTarget, seen: Observations) -> Flags:
    """Answer the rows on hold for a reason that makes the clock stand still."""
    phases = np.array([seen.kind.table.phases[status] is Phase.HELD for status in seen.kind.table.statuses])
    # The last place is that of no reason, which is none of those.
    pauses = np.array([*(reason in target.pause_on for reason in seen.hold_reason.words), False])
    found: Flags = phases[seen.status] & pauses[seen.hold_reason.numbers]
    return found


def _due(tables: CompiledHours | None, positions: Ints, has_due: Flags, side: Any) -> tuple[Ints, Flags]:
    """Answer the due instants, and which items have an answer: a due instant, or none to be told."""
    if tables is None:
        return positions, np.ones(len(positions), bool)
    due, told = np.zeros(len(positions), np.int64), ~has_due
    rows = np.flatnonzero(has_due)
    if len(rows):
        wanted = positions[rows]
        for furthest in (wanted.max(), wanted.min()):
            tables.reach_position(int(furthest), side)
        known = ~tables.unknown(wanted, side)
        rows, wanted = rows[known], wanted[known]
        due[rows] = tables.found(wanted, side)
        told[rows] = True
    return due, told


def _words(which: Ints, *words: ClockPhase | Verdict) -> pa.Array:
    return pa.array([word.value for word in words]).take(pa.array(which))
