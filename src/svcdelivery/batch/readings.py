"""Clock readings as a table, from columns that were worked out at once and from values that were read singly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.clock import ClockPhase, ClockReading, Verdict
from svcdelivery.timeline import to_micros

__all__ = ["READINGS", "Readings", "durations", "instants"]

_INSTANT, _DURATION = pa.timestamp("us", "UTC"), pa.duration("us")
READINGS = {
    "target": pa.string(),
    "measure": pa.string(),
    "cycle": pa.int64(),
    "phase": pa.string(),
    "verdict": pa.string(),
    "started_at": _INSTANT,
    "stopped_at": _INSTANT,
    "due_at": _INSTANT,
    "due_is_provisional": pa.bool_(),
    "elapsed": _DURATION,
    "allowed": _DURATION,
    "findings": pa.string(),
}
"""The columns of a reading after its `item`, named as in `ClockReading`; findings stand in one text, null for none."""


class Readings:
    """Readings that are gathered measure by measure, and put in the order of items at last."""

    def __init__(self) -> None:
        self._columns: dict[str, list[pa.Array]] = {name: [] for name in READINGS}
        self._items: list[Ints] = []
        self._ranks: list[Ints] = []

    def add(self, items: Ints, rank: int, **columns: Any) -> None:
        """Add a reading for each of some items; a value stands for all of them, and what is left out is null.

        Args:
            rank: The place of the measure among those of the terms.
        """
        count = len(items)
        self._items.append(items)
        self._ranks.append(np.full(count, rank))
        for name, kind in READINGS.items():
            given = columns.get(name)
            self._columns[name].append(
                given if isinstance(given, pa.Array) else pa.repeat(pa.scalar(given, kind), count)
            )

    def add_read(self, items: Sequence[int], ranks: Sequence[int], readings: Sequence[ClockReading]) -> None:
        """Add readings that were read one by one."""
        self._items.append(np.array(items, np.int64))
        self._ranks.append(np.array(ranks, np.int64))
        for name, kind in READINGS.items():
            values = [_plain(getattr(reading, name)) for reading in readings]
            self._columns[name].append(pa.array(values, _stored(kind)).cast(kind))

    def table(self, items: pa.Array) -> pa.Table:
        """Answer all readings in the order of items, those of one item in the order of measures and cycles."""
        numbers = np.concatenate([np.zeros(0, np.int64), *self._items])
        ranks = np.concatenate([np.zeros(0, np.int64), *self._ranks])
        columns = {name: pa.chunked_array(parts, READINGS[name]) for name, parts in self._columns.items()}
        # Of one item and measure several are cycles, which were added in their order.
        order = np.lexsort((ranks, numbers))
        table = pa.table({"item": items.take(pa.array(numbers)), **columns})
        return table if _rises(order) else table.take(pa.array(order))


def _rises(order: Ints) -> bool:
    return bool((order == np.arange(len(order))).all())


def _stored(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if kind in (_INSTANT, _DURATION) else kind


def _plain(value: Any) -> Any:
    """Answer what Arrow takes exactly: whole microseconds, and the words of a phase or a verdict."""
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if hasattr(value, "utcoffset"):
        return to_micros(value)
    if isinstance(value, tuple):
        return "; ".join(value) or None
    return value.value if isinstance(value, ClockPhase | Verdict) else value


def instants(values: Ints, known: Flags | None = None) -> pa.Array:
    """Answer a column of instants, null where they are not known."""
    return pa.array(values, mask=None if known is None else ~known).cast(_INSTANT)


def durations(values: Ints) -> pa.Array:
    """Answer a column of durations."""
    return pa.array(values).cast(_DURATION)
