"""Service time of items that run and stand still by turns, from the rows at which that changed: all items at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import Factory, define

from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.batch.columns import Column, read_instants
from svcdelivery.batch.compiled_hours import CompiledHours, compiled
from svcdelivery.batch.ragged import BLOCK, Ragged
from svcdelivery.batch.tables import Side
from svcdelivery.batch.workspace import Workspace
from svcdelivery.errors import InvalidDurationError, InvalidValueError, WrongTypeError
from svcdelivery.service_hours import Boundary, Hours
from svcdelivery.timeline import to_instant, to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = ["running_due", "running_time"]

_SORT = "sort by item and time"


def running_time(hours: Hours, item: Any, at: Any, runs: Any, *, until: datetime) -> tuple[Any, Any]:
    """Answer each item and the service time it ran until an instant.

    Args:
        hours: Any hours.
        item: Whose row it is; rows of one item stand together, in order of time.
        at: A column of instants.
        runs: Whether the item runs from then on, until its next row.
        until: The end of each item's last row; rows after it count for nothing.

    Returns:
        The items, each once, and their durations, in the kinds of the columns.

    Raises:
        InvalidValueError: A value is missing, rows of an item lie apart or are not in order of time.
        NotCoveredError: A row lies outside the years the closed dates cover.
    """
    rows, tables = _Rows.of(item, at, runs, until), compiled(hours)
    work = Workspace(len(rows.keys))
    found = [block.elapsed(tables, work) for block in rows.blocks(hours)]
    return rows.items(), rows.column.durations(_joined(found), None)


def running_due(
    hours: Hours,
    item: Any,
    at: Any,
    runs: Any,
    goal: timedelta,
    *,
    until: datetime,
    boundary: Boundary = "close",
) -> tuple[Any, Any]:
    """Answer each item and when a goal is used up, as a clock that stands still at times has it.

    An item that still runs is taken to go on; one that stands still with part of the goal left has no due instant.

    Args:
        goal: Service time, the same for every item.
        boundary: What a goal used up exactly at closing means.
        hours: And the rest: see `running_time`.

    Raises:
        NeverOpenError: Not so much service time is left; and what `running_time` raises.
    """
    if type(goal) is not timedelta:
        raise WrongTypeError(expected="an exact duration (timedelta)", value=goal, path="goal")
    if goal < timedelta(0):
        raise InvalidDurationError(value=goal, path="goal", problem="negative durations are not accepted")
    if boundary not in ("close", "next_open"):
        raise InvalidValueError(what="a boundary", value=boundary, hint="`close` or `next_open`")
    rows, tables, amount = _Rows.of(item, at, runs, until), compiled(hours), duration_micros(goal)
    closing, work = boundary == "close", Workspace(len(rows.keys))
    positions, known = [], []
    for block in rows.blocks(hours):
        used = block.used(tables, amount, at_closing=closing, work=work)
        positions.append(used.position)
        known.append(used.by_end | block.runs[block.last])
    has_due = _joined(known).astype(bool)
    due = np.zeros(len(has_due), np.int64)
    due[has_due] = _due(hours, tables, _joined(positions)[has_due], closing=closing and amount > 0)
    return rows.items(), rows.column.instants(due, None if has_due.all() else ~has_due)


def _joined(parts: list[Any]) -> Any:
    return np.concatenate([np.zeros(0, np.int64), *parts]) if len(parts) != 1 else parts[0]


def _due(hours: Hours, tables: CompiledHours, positions: Ints, *, closing: bool) -> Ints:
    if not len(positions):
        return positions
    side: Side = "closing" if closing else "opening"
    timetable = hours.timetable
    for furthest in (positions.min(), positions.max()):
        # Raises where there is no such instant.
        (timetable.closing_side_micros if closing else timetable.opening_side_micros)(int(furthest))
        tables.reach_position(int(furthest), side)
    return tables.found(positions, side)


@define(eq=False)
class _Rows:
    """The columns of a question, read a block at a time."""

    item: Any
    column: Column
    keys: Any
    runs: Flags
    until: int
    first: list[Ints] = Factory(list)
    heads: list[Any] = Factory(list)
    rises: bool = True

    @classmethod
    def of(cls, item: Any, at: Any, runs: Any, until: datetime) -> _Rows:
        column = read_instants(at, "at")
        if not isinstance(column, Column):
            raise WrongTypeError(expected="a column", value=at, path="at")
        if column.missing is not None:
            raise InvalidValueError(what="a column with a value in every row", value="null", path="at")
        keys, flags = _keys(item), _flags(runs)
        for name, length in (("item", len(keys)), ("runs", len(flags))):
            if length != len(column.values):
                hint = f"as many as `at` has: {len(column.values)}"
                raise InvalidValueError(what="a number of rows", value=length, path=name, hint=hint)
        return cls(item, column, keys, flags, to_micros(to_instant(until)))

    def blocks(self, hours: Hours) -> Iterator[Ragged]:
        """Answer the items in blocks that are checked and that the hours' tables hold.

        Each row is looked at once while it is in the cache: reading memory is most of the work.
        """
        tables = compiled(hours)
        low, rows = 0, len(self.keys)
        while low < rows:
            first, high = self._stretches(low)
            at, last = self.column.values[low:high], np.append(first[1:], high - low) - 1
            if at[last].max() > self.until:
                at = np.minimum(at, self.until)
            earliest = int(at[first].min())
            for instant in (earliest, self.until):
                if tables.is_outside(instant):
                    hours.timetable.position_micros(instant)
            tables.reach(earliest, self.until)
            self._note(first + low)
            yield Ragged(first, at, self.runs[low:high], np.array([self.until]))
            low = high

    def _stretches(self, low: int) -> tuple[Ints, int]:
        """Answer where items begin from a row on, counted from it, and the row before which the last of them ends."""
        rows, size = len(self.keys), BLOCK
        while True:
            high = min(low + size, rows)
            key, at = self.keys[low : high + 1], self.column.values[low : high + 1]
            change, late = key[1:] != key[:-1], at[1:] < at[:-1]
            if (late > change).any():
                row = low + 1 + int(np.argmax(late > change))
                raise InvalidValueError(what="after the one before it", value=f"row {row}", path="at", hint=_SORT)
            found = np.flatnonzero(change) + 1
            if high == rows:
                return np.append(0, found), rows
            if len(found):
                return np.append(0, found[:-1]), low + int(found[-1])
            size *= 2

    def _note(self, first: Ints) -> None:
        """Keep where items begin, and whether their keys rise: then none comes twice."""
        heads = self.keys[first]
        before = self.heads[-1][-1:] if self.heads else heads[:0]
        self.rises = self.rises and bool((heads[1:] > heads[:-1]).all() and (before < heads[:1]).all())
        self.first.append(first)
        self.heads.append(heads)

    def items(self) -> Any:
        """Answer each item once, in the kind that was given."""
        heads = _joined(self.heads)
        if not self.rises and len(np.unique(heads)) < len(heads):
            raise InvalidValueError(what="one stretch of rows an item", value="item", path="item", hint=_SORT)
        if isinstance(self.item, np.ndarray) and len(heads):
            return heads if self.item is self.keys else self.item[_joined(self.first)]
        first = _joined(self.first)
        is_arrow = isinstance(self.item, pa.Array | pa.ChunkedArray)
        return self.item.take(pa.array(first)) if is_arrow else self.item[first]


def _arrow(given: Any, path: str) -> pa.Array:
    """Answer a column of the Arrow interface as one array without nulls."""
    if not isinstance(given, pa.Array | pa.ChunkedArray):
        if not hasattr(given, "__arrow_c_stream__"):
            expected = "a NumPy array, an Arrow array or a Polars series"
            raise WrongTypeError(expected=expected, value=type(given), path=path)
        given = pa.chunked_array(given)
    array = given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given
    if array.null_count:
        raise InvalidValueError(what="a column with a value in every row", value="null", path=path)
    return array


def _keys(item: Any) -> Any:
    """Answer numbers that are equal where items are."""
    if isinstance(item, np.ndarray) and item.ndim == 1 and item.dtype.kind != "O":
        return item
    array = _arrow(pa.array(item) if isinstance(item, np.ndarray) else item, "item")
    if pa.types.is_integer(array.type):
        return array.to_numpy()
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return (
        (array.cast(pa.large_string()) if pa.types.is_string_view(array.type) else array)
        .dictionary_encode()
        .indices.to_numpy()
    )


def _flags(runs: Any) -> Flags:
    flags = runs if isinstance(runs, np.ndarray) else _arrow(runs, "runs").to_numpy(zero_copy_only=False)
    if flags.dtype != np.bool_ or flags.ndim != 1:
        raise WrongTypeError(expected="a column of yes and no", value=flags.dtype, path="runs")
    return flags
