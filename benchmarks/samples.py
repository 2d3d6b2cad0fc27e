"""A million samples, shuffled and in batches, against one NumPy sort of the same rows."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pyarrow as pa

from benchmarks.harness import Row, compare
from svcdelivery.batch import project_samples
from svcdelivery.system.monitoring import Sample, Samples

__all__ = ["rows"]

_ROWS, _BATCHES, _PROBES = 1_000_000, 10, 20


def rows() -> list[Row]:
    """Measure the projection of distinct samples, of ones of which a tenth is told twice, and that of plain values."""
    draw = np.random.default_rng(20260301)
    order = draw.permutation(_ROWS)
    first = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
    # A measurement each two seconds and some microseconds, of one probe after another.
    at = (first + np.arange(_ROWS) * 2_000_000 + draw.integers(0, 1_000_000, _ROWS))[order]
    whole = pa.table(
        {
            "id": pa.array([f"probe-{n % _PROBES}/{n}" for n in order]),
            "probe": pa.array([f"probe-{n % _PROBES}" for n in order]),
            "at": pa.array(at).cast(pa.timestamp("us", "UTC")),
            "value": pa.array(draw.random(_ROWS)),
        }
    )
    size = _ROWS // _BATCHES
    batches = [whole.slice(low, size) for low in range(0, _ROWS, size)]
    overlapping = [whole.slice(max(0, low - size // 10), size + min(low, size // 10)) for low in range(0, _ROWS, size)]
    assert project_samples(*batches) == project_samples(*reversed(overlapping)) == project_samples(whole)
    probe = whole["probe"].combine_chunks().dictionary_encode().indices.to_numpy()

    def project() -> None:
        project_samples(*batches)

    def again() -> None:
        project_samples(*overlapping)

    def sort() -> None:
        np.argsort(at)

    def lexsort() -> None:
        np.lexsort((at, probe))

    return [
        Row.at_most("1,000,000 samples, shuffled, 10 batches / NumPy argsort of instants", *compare(project, sort), 10),
        Row.at_most("the same / NumPy lexsort by probe and instant", *compare(project, lexsort), 10),
        Row.at_most("the same, a tenth told twice / NumPy lexsort by probe and instant", *compare(again, lexsort), 10),
        _values(),
    ]


def _values() -> Row:
    """100,000 samples as values, in ten shuffled batches, against Python's own sort of the same values."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    told = [
        Sample(id=f"{n}", probe=f"probe-{n % _PROBES}", at=start + timedelta(seconds=2 * n), value=Fraction(n % 97))
        for n in range(_ROWS // 10)
    ]
    random.Random(7).shuffle(told)

    def take() -> None:
        known = Samples()
        for low in range(0, len(told), len(told) // 10):
            known.add(told[low : low + len(told) // 10])
        for probe in known.probes:
            known.series(probe)

    def sort() -> None:
        sorted(told, key=lambda sample: (sample.probe, sample.at, sample.id))

    return Row.at_most(
        "100,000 samples as values, 10 batches / Python sort of them", *compare(take, sort, passes=3), 10
    )
