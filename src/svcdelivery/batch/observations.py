"""A table of observations: what items were like, a row each time something changed, as `work.Observed` tells it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen

from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.batch.columns import Column, read_instants
from svcdelivery.errors import InvalidValueError, ServiceDeliveryError
from svcdelivery.work import WorkKind

__all__ = ["COLUMNS", "Observations", "Words", "read_observations"]

COLUMNS = ("item", "at", "status", "received_at", "hold_reason", "service", "priority")
"""What the columns of a table of observations are called; the first three have to be there."""

_REQUIRED = COLUMNS[:3]


@frozen(eq=False)
class Words:
    """A column of words as numbers: the place of each row's word among those there are, -1 for none."""

    numbers: Ints
    words: tuple[str, ...]

    def word(self, row: int) -> str | None:
        """Answer the word of a row."""
        number = int(self.numbers[row])
        return None if number < 0 else self.words[number]

    def of(self, rows: Any) -> Words:
        """Answer some of the rows."""
        return Words(self.numbers[rows], self.words)

    def with_none(self, at: Ints) -> Words:
        """Answer the column with rows without a word put in before others."""
        return Words(np.insert(self.numbers, at, -1), self.words)

    def lasting(self, first: Ints, owner: Ints) -> Words:
        """Answer the column with each word kept until the item's next one."""
        told = np.maximum.accumulate(np.where(self.numbers >= 0, np.arange(len(owner)), -1))
        return Words(np.where(told >= first[owner], self.numbers[told], -1), self.words)


@frozen(eq=False)
class Observations:
    """Observations item by item and in order of time.

    Attributes:
        items: Each item once, in the order of its first row in the table.
        first: The first row of each item.
        owner: The number of each row's item.
        at: When it was observed, never before the item was received.
        row: Where it stands in the table; -1 for a receipt, told by a column of the first row.
        status: Where its status stands among those of the lifecycle.
    """

    kind: WorkKind
    table: pa.Table
    items: pa.Array
    first: Ints
    owner: Ints
    at: Ints
    row: Ints
    status: Ints
    hold_reason: Words
    service: Words
    priority: Words

    @property
    def last(self) -> Ints:
        """The last row of each item."""
        return np.append(self.first[1:], len(self.at)) - 1

    def some(self, rows: Flags) -> Observations:
        """Answer the rows that are asked for, and the items that have one."""
        if rows.all():
            return self
        owner = self.owner[rows]
        starts = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
        return Observations(
            self.kind, self.table, self.items.take(pa.array(owner[starts])), np.flatnonzero(starts),
            np.cumsum(starts) - 1, self.at[rows], self.row[rows], self.status[rows],
            self.hold_reason.of(rows), self.service.of(rows), self.priority.of(rows),
        )  # fmt: skip


def read_observations(given: Any, kind: WorkKind) -> Observations:
    """Answer the observations of a table; rows of one instant stay in their order.

    Raises:
        InvalidValueError: A column is missing, a row lacks its item, instant or status, or a status is not known.
        NaiveTimeError: Times without a zone.
    """
    table = given if isinstance(given, pa.Table) else pa.table(given)
    for name in _REQUIRED:
        if name not in table.column_names:
            raise InvalidValueError(what="a table of observations", value=", ".join(table.column_names), path=name)
        if table[name].null_count:
            raise InvalidValueError(what="a column with a value in every row", value="null", path=name)
    items = _plain(table["item"]).dictionary_encode()
    owner, at = items.indices.to_numpy().astype(np.int64), _instants(table, "at").values
    order = _order(owner, at)
    owner = owner[order]
    starts = np.append(True, owner[1:] != owner[:-1])[: len(owner)]
    found = Observations(
        kind, table, items.dictionary, np.flatnonzero(starts), owner, at[order], order, _statuses(table, kind)[order],
        *(_words(table, name).of(order) for name in ("hold_reason", "service", "priority")),
    )  # fmt: skip
    return _received(found, _instants(table, "received_at")) if "received_at" in table.column_names else found


def _order(owner: Ints, at: Ints) -> Ints:
    """Answer the rows item by item and in order of time; mostly that is the order they have."""
    change = np.diff(owner)
    if ((change > 0) | ((change == 0) & (at[1:] >= at[:-1]))).all():
        return np.arange(len(owner))
    return np.lexsort((at, owner))


def _received(seen: Observations, column: Column) -> Observations:
    """Put the receipt before each item's first row, where the table tells it apart."""
    first = seen.row[seen.first]
    told = np.ones(len(first), bool) if column.missing is None else ~column.missing[first]
    received, before = column.values[first][told], seen.first[told]
    initial = seen.kind.table.statuses.index(seen.kind.table.initial)
    earliest = np.full(len(first), np.iinfo(np.int64).min)
    earliest[told] = received
    owner = np.insert(seen.owner, before, np.flatnonzero(told))
    return Observations(
        seen.kind, seen.table, seen.items,
        seen.first + np.cumsum(told) - told, owner,
        np.maximum(np.insert(seen.at, before, received), earliest[owner]),
        np.insert(seen.row, before, -1), np.insert(seen.status, before, initial),
        seen.hold_reason.with_none(before), seen.service.with_none(before), seen.priority.with_none(before),
    )  # fmt: skip


def _plain(column: pa.ChunkedArray) -> pa.Array:
    array = column.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return array.cast(pa.large_string()) if pa.types.is_string_view(array.type) else array


def _instants(table: pa.Table, name: str) -> Column:
    column = read_instants(table[name], name)
    assert isinstance(column, Column), "a column was given"
    return column


def _words(table: pa.Table, name: str) -> Words:
    if name not in table.column_names:
        return Words(np.full(len(table), -1), ())
    array = _plain(table[name])
    if pa.types.is_null(array.type):
        return Words(np.full(len(table), -1), ())
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        raise InvalidValueError(what="a column of texts", value=str(array.type), path=name)
    numbered = array.dictionary_encode()
    return Words(numbered.indices.fill_null(-1).to_numpy().astype(np.int64), tuple(numbered.dictionary.to_pylist()))


def _statuses(table: pa.Table, kind: WorkKind) -> Ints:
    told = _words(table, "status")
    try:
        places = [kind.table.statuses.index(kind.table.status(word)) for word in told.words]
    except ServiceDeliveryError as error:
        raise error.at("status") from None
    return np.array(places, np.int64)[told.numbers] if places else told.numbers
