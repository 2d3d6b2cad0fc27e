"""Service hours asked for whole columns at once: the answers of the scalar methods, row by row and bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np

from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.batch.columns import Column, read_durations, read_instants
from svcdelivery.batch.compiled_hours import CompiledHours, compiled
from svcdelivery.batch.tables import Side
from svcdelivery.batch.workspace import Workspace
from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.service_hours import Boundary, Hours
from svcdelivery.service_hours.local_time import DAY, FIRST_YEAR, LAST_YEAR

__all__ = ["Errors", "add", "elapsed", "is_open", "next_open", "subtract"]

Errors: TypeAlias = Literal["raise", "null"]
"""What becomes of a row for which the scalar method raises: the same error, or a row without a value."""

_MOST = 366 * (LAST_YEAR + 1 - FIRST_YEAR) * DAY


def elapsed(hours: Hours, start: Any, end: Any, *, errors: Errors = "raise") -> Any:
    """Answer the service time in `[start, end)`, row by row; zero where the end is not after the start.

    Args:
        hours: Any hours, combined ones too.
        start: A column of instants (see `read_instants`), or one aware time for all rows.
        end: The same; one of the two is a column.
        errors: What becomes of rows that have no answer.

    Returns:
        Durations in the kind of the first column: whole microseconds for whole numbers, `timedelta64[us]`, or Arrow or
        Polars durations. A row without a start or an end has no answer either.

    Raises:
        NotCoveredError: A row lies outside the years the closed dates cover; its number is told.
    """
    rows = _Rows(start=read_instants(start, "start"), end=read_instants(end, "end"))
    tables, (since, until) = compiled(hours), rows.columns
    out = np.empty(rows.count, np.int64)
    if rows.missing is None and _elapsed(tables, since, until, out):
        return rows.kind.durations(out, None)
    outside = tables.outside(since) | tables.outside(until)
    aside = rows.aside(outside)
    if not aside.all():
        since, until = (_anchored(column, aside) for column in (since, until))
        tables.reach(int(min(since.min(), until.min())), int(max(since.max(), until.max())))
        assert _elapsed(tables, since, until, out), "the tables hold every row"
    out[aside] = 0
    # Backwards nothing passes, wherever that is.
    refused = outside & (rows.columns[1] > rows.columns[0])
    return rows.kind.durations(out, rows.settle(out, refused, hours.elapsed_micros, errors))


def _elapsed(tables: CompiledHours, since: Ints, until: Ints, out: Ints) -> bool:
    work = Workspace(len(out))
    return all(tables.elapsed(since[chunk], until[chunk], out[chunk], work) for chunk in work.chunks())


def add(hours: Hours, start: Any, duration: Any, boundary: Boundary = "close", *, errors: Errors = "raise") -> Any:
    """Answer the instants at which so much service time has passed since `start`, row by row, as `Hours.add` does.

    Args:
        hours: Any hours.
        start: A column of instants, or one aware time for all rows.
        duration: A column of exact durations, or one `timedelta` for all rows.
        boundary: What a duration used up exactly at closing means.
        errors: What becomes of rows that have no answer.

    Returns:
        Instants in the kind of the first column.

    Raises:
        InvalidDurationError: A duration is negative.
        NeverOpenError: Not so much service time is left.
        NotCoveredError: It takes longer than the closed dates cover.
    """
    rows = _Rows(start=read_instants(start, "start"), duration=read_durations(duration, "duration"))

    def one(at: int, amount: int) -> int:
        return hours.add_micros(at, amount, boundary)

    return _due(rows, hours, boundary, sign=1, one=one, errors=errors)


def subtract(hours: Hours, end: Any, duration: Any, boundary: Boundary = "close", *, errors: Errors = "raise") -> Any:
    """Answer the instants from which so much service time passes until `end`, as `Hours.subtract` does; see `add`."""
    rows = _Rows(end=read_instants(end, "end"), duration=read_durations(duration, "duration"))

    def one(at: int, amount: int) -> int:
        return hours.subtract_micros(at, amount, boundary)

    return _due(rows, hours, boundary, sign=-1, one=one, errors=errors)


def next_open(hours: Hours, at: Any, *, errors: Errors = "raise") -> Any:
    """Answer the instants themselves while open, else the next openings; see `add`."""
    rows = _Rows(at=read_instants(at, "at"), duration=0)
    return _due(rows, hours, "close", sign=1, one=hours.add_micros, errors=errors)


def is_open(hours: Hours, at: Any, *, errors: Errors = "raise") -> Any:
    """Answer whether the service is open at each instant: yes and no in the kind of the column.

    In NumPy a row without an instant is not open, as whatever compares with `NaT` is false.

    Raises:
        NotCoveredError: A row lies outside the years the closed dates cover.
    """
    rows = _Rows(at=read_instants(at, "at"))
    tables, (instants,) = compiled(hours), rows.columns
    out = np.zeros(rows.count, bool)
    refused = tables.outside(instants) | (instants == tables.limits[1])
    aside = rows.aside(refused)
    if not aside.all():
        _open(tables, _anchored(instants, aside), out)
    out[aside] = False
    return rows.kind.flags(out, rows.settle(out, refused, hours.timetable.is_open, errors))


def _open(tables: CompiledHours, instants: Ints, out: Flags) -> None:
    work = Workspace(len(out))
    tables.reach(int(instants.min()), int(instants.max()))
    for chunk in work.chunks():
        assert tables.is_open(instants[chunk], out[chunk], work), "the tables hold every row"


# -- due instants ------------------------------------------------------------------------------------------------------


def _due(
    rows: _Rows, hours: Hours, boundary: Boundary, *, sign: int, one: Callable[[int, int], int], errors: Errors
) -> Any:
    if boundary not in ("close", "next_open"):
        raise InvalidValueError(what="a boundary", value=boundary, hint="`close` or `next_open`")
    tables, (at, amounts) = compiled(hours), rows.columns
    out = np.zeros(rows.count, np.int64)
    side: Side = "closing" if (sign > 0) == (boundary == "close") else "opening"
    plain = rows.missing is None and rows.count and amounts.min() > 0 and amounts.max() <= _MOST
    if plain and _found(tables, at, amounts, out, sign=sign, side=side):
        return rows.kind.instants(out, None)
    refused = tables.outside(at) | (amounts < 0)
    aside = rows.aside(refused)
    if not aside.all():
        search = _Search(tables, _anchored(at, aside), sign * np.clip(amounts, 0, _MOST), out)
        some, none = np.flatnonzero(~aside & (amounts > 0)), np.flatnonzero(~aside & (amounts == 0))
        refused[search.settle(some, side)] = True
        refused[search.settle(none, "opening") if sign > 0 else search.stay(none)] = True
    return rows.kind.instants(out, rows.settle(out, refused, one, errors))


def _found(tables: CompiledHours, at: Ints, amounts: Ints, out: Ints, *, sign: int, side: Side) -> bool:
    work = Workspace(len(out))
    for chunk in work.chunks():
        positions = work.spare(chunk.stop - chunk.start)
        if not tables.read(at[chunk], positions, work):
            return False
        (np.add if sign > 0 else np.subtract)(positions, amounts[chunk], out=positions)
        if not tables.find(positions, out[chunk], work, side):
            return False
    return True


class _Search:
    """Due instants of some rows after others, each kind of row by its own rule."""

    def __init__(self, tables: CompiledHours, at: Ints, amounts: Ints, out: Ints) -> None:
        self._tables, self._at, self._out = tables, at, out
        self._positions = np.empty_like(at)
        tables.reach(int(at.min()), int(at.max()))
        work = Workspace(len(at))
        for chunk in work.chunks():
            assert tables.read(at[chunk], self._positions[chunk], work), "the tables hold every row"
        self._positions += amounts

    def settle(self, rows: Ints, side: Side) -> Ints:
        """Write the due instants of rows; answer those that have none."""
        if not len(rows):
            return rows
        tables, positions = self._tables, self._positions[rows]
        for furthest in (positions.max(), positions.min()):
            tables.reach_position(int(furthest), side)
        unknown = tables.unknown(positions, side)
        known, positions = rows[~unknown], positions[~unknown]
        self._out[known] = tables.found(positions, side)
        return rows[unknown]

    def stay(self, rows: Ints) -> Ints:
        """Write where rows without a duration stand while open, else the closing before; answer as `settle`."""
        within = rows[self._at[rows] != self._tables.limits[1]]
        is_open = np.zeros(len(within), bool)
        if len(within):
            _open(self._tables, self._at[within], is_open)
        self._out[within[is_open]] = self._at[within[is_open]]
        # Whether it is open at the end of all that is known cannot be told.
        beyond = rows[self._at[rows] == self._tables.limits[1]]
        return np.concatenate([beyond, self.settle(within[~is_open], "closing")])


# -- rows --------------------------------------------------------------------------------------------------------------


class _Rows:
    """The columns of one question, side by side.

    Attributes:
        kind: The first column: answers are given in its kind.
        missing: The rows of which something is missing; None where nothing is.
    """

    def __init__(self, **given: Column | int) -> None:
        columns = {name: column for name, column in given.items() if isinstance(column, Column)}
        if not columns:
            raise WrongTypeError(expected="a column", value="one value for each", hint="ask the hours themselves")
        self.kind, *others = columns.values()
        self.count = len(self.kind.values)
        for name, column in columns.items():
            if len(column.values) != self.count:
                hint = f"as many as the first column has: {self.count}"
                raise InvalidValueError(what="a number of rows", value=len(column.values), path=name, hint=hint)
        self.columns = tuple(
            column.values if isinstance(column, Column) else np.full(self.count, column) for column in given.values()
        )
        masks = [column.missing for column in (self.kind, *others) if column.missing is not None]
        self.missing: Flags | None = np.logical_or.reduce(masks) if masks else None

    def aside(self, refused: Flags) -> Flags:
        """Answer the rows that cannot be looked up."""
        return refused if self.missing is None else refused | self.missing

    def settle(self, out: Any, refused: Flags, one: Callable[..., Any], errors: Errors) -> Flags | None:
        """Answer the rows without an answer, or raise what the scalar method raises for the first one refused."""
        if errors not in ("raise", "null"):
            raise InvalidValueError(what="a way to treat errors", value=errors, hint="`raise` or `null`")
        refused = refused if self.missing is None else refused & ~self.missing
        if errors == "null":
            without = self.aside(refused)
            return without if without.any() else None
        for row in np.flatnonzero(refused).tolist():
            try:
                out[row] = one(*(int(column[row]) for column in self.columns))
            except ServiceDeliveryError as error:
                raise error.at(f"row {row}") from None
        return self.missing


def _anchored(instants: Ints, aside: Flags) -> Ints:
    """Answer the column with the rows that cannot be looked up put where another one is."""
    if not aside.any():
        return instants
    return np.where(aside, instants[np.argmin(aside)], instants)
