"""Columns against NumPy's own arithmetic on the same columns; `service_hours` prints these rows with its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.harness import Row, compare, cpu_seconds
from svcdelivery import batch
from svcdelivery.batch.compilation import compile_years
from svcdelivery.batch.work import COMPILED_FROM
from svcdelivery.service_hours import ServiceHours
from svcdelivery.service_hours.local_time import segments

__all__ = ["rows_of"]

_ROWS = 4_000_000
_SLICE = 1_000_000
_MINUTE = 60_000_000
_DAY = 1440 * _MINUTE


def rows_of(hours: ServiceHours, spans: Mapping[str, tuple[int, int]]) -> list[Row]:
    """Answer the measured promises of columns; those of numba where it is installed."""
    return [*_elapsed(hours, spans), *_compiled(hours)]


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
