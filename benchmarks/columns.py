"""Columns against NumPy's own arithmetic on the same columns; `service_hours` prints these rows with its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.harness import Row, compare, cpu_seconds
from svcdelivery import batch
from svcdelivery.batch.compilation import compile_years
from svcdelivery.batch.workspace import COMPILED_FROM
from svcdelivery.service_hours import ServiceHours
from svcdelivery.service_hours.local_time import segments

__all__ = ["rows_of"]

_ROWS = 4_000_000
_SLICE = 1_000_000
_EVENTS = 10_200_000
_MINUTE = 60_000_000
_DAY = 1440 * _MINUTE


def rows_of(hours: ServiceHours, spans: Mapping[str, tuple[int, int]]) -> list[Row]:
    """Answer the measured promises of columns; those of numba where it is installed."""
    return [*_elapsed(hours, spans), *_running(hours), *_compiled(hours)]


def _columns(rows: int, spans: list[tuple[int, int]]) -> tuple[Any, Any]:
    """Seeded instants with microseconds, spans of the buckets in turn, one row of three near a change of clocks."""
    draw = np.random.default_rng(20250301)
    first = int(datetime(2021, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    changes = np.array([f"{year}-{month}-28T01" for year in range(2021, 2025) for month in ("03", "10")], "M8[us]")
    start = first + draw.integers(0, 4 * 365 * _DAY, rows)
    start[::3] = draw.choice(changes.astype(np.int64), len(start[::3])) - draw.integers(0, 3 * _DAY, len(start[::3]))
    end = start.copy()
    for number, (low, high) in enumerate(spans):
        part = end[number :: len(spans)]
        part += draw.integers(low * _MINUTE, high * _MINUTE, len(part))
    return start, end


def _elapsed(hours: ServiceHours, spans: Mapping[str, tuple[int, int]]) -> list[Row]:
    found = []
    for bucket, some in {"all": list(spans.values()), **{name: [span] for name, span in spans.items()}}.items():
        start, end = _columns(_ROWS, some)
        out = np.empty(_ROWS, np.int64)
        subtract = _subtracting(start, end, out)
        # Slices too short for numba, so that NumPy alone is measured.
        assert _SLICE < COMPILED_FROM
        sliced = _asking(hours, start, end, _SLICE)
        sliced()
        found.append(Row.at_most(f"batch elapsed / NumPy subtract, {bucket}", *compare(sliced, subtract, passes=7), 15))
        if find_spec("numba") is not None:
            whole = _asking(hours, start, end, _ROWS)
            whole()
            name = f"batch elapsed with numba / NumPy subtract, {bucket}"
            found.append(Row.at_most(name, *compare(whole, subtract, passes=7), 6))
    return found


def _running(hours: ServiceHours) -> list[Row]:
    """Items that run and stand still, six rows each: 10.2 million rows, as many as the difference is taken of."""
    draw = np.random.default_rng(20250301)
    items = _EVENTS // 6
    item = np.repeat(np.arange(items, dtype=np.int32), 6)  # as wide as the codes of a dictionary
    begin = int(datetime(2021, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 + draw.integers(0, 4 * 365 * _DAY, items)
    at = (np.cumsum(draw.integers(0, 10 * _DAY, (items, 6)), axis=1) + begin[:, None]).ravel().view("M8[us]")
    runs = draw.random(_EVENTS) < 0.7
    until, goal = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=40)
    ints = at.view(np.int64)

    def counted(size: int) -> None:
        for low in range(0, _EVENTS, size):
            part = slice(low, low + size)
            batch.running_time(hours, item[part], at[part], runs[part], until=until)

    def due() -> None:
        batch.running_due(hours, item, at, runs, goal, until=until)

    # Slices of whole items, too short for numba.
    size = _EVENTS // 10
    assert size < COMPILED_FROM
    counted(size)
    name = "batch elapsed with pauses, a row / NumPy diff"
    found = [Row.at_most(name, *compare(lambda: counted(size), lambda: np.diff(ints), passes=7), 12)]
    if find_spec("numba") is not None:
        counted(_EVENTS)
        name = "batch elapsed with pauses with numba, a row / NumPy diff"
        found.append(Row.at_most(name, *compare(lambda: counted(_EVENTS), lambda: np.diff(ints), passes=7), 12))
    found.append(Row.at_most("batch due with pauses, a row / NumPy diff", *compare(due, lambda: np.diff(ints)), 30))
    return found


def _subtracting(start: Any, end: Any, out: Any) -> Callable[[], object]:
    return lambda: np.subtract(end, start, out=out)


def _asking(hours: ServiceHours, start: Any, end: Any, size: int) -> Callable[[], None]:
    def work() -> None:
        for low in range(0, len(start), size):
            batch.elapsed(hours, start[low : low + size], end[low : low + size])

    return work


def _compiled(hours: ServiceHours) -> list[Row]:
    def work() -> None:
        segments.cache_clear()
        compile_years(hours, 2000, 2039)

    year = cpu_seconds(work) / 40 * 1e3
    return [Row.within("compile with NumPy, ms of CPU time a calendar year", year, 0.5, unit="")]
