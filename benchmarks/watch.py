"""Waking what is due of many armed wake-ups: the cost goes by what is due, and nothing else is touched.

Each wake-up is claimed, handed to a handler that has nothing to do, and settled, each in transactions of its own.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import Row, compare
from benchmarks.storage.workload import at
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.waking import WatchHandler, Woken
from svcdelivery.desk.watch import Watch
from svcdelivery.storage.protocol import ArchiveRow, ArchiveTable, Unit
from svcdelivery.storage.sqlite import SqliteStore, build_sqlite
from svcdelivery.storage.transfer.tenant import archived
from svcdelivery.testing.time import HeldTime
from svcdelivery.timeline import to_micros

__all__ = ["rows"]

_DUE = 10_000
_MANY = 1_000_000
_PASSES = 5
_A_PASS = _DUE // _PASSES
_CLAIMED = 100


class _Counted(SqliteStore):
    """Counts its units."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, durability="normal")
        self.units: Counter[str] = Counter()

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:  # type: ignore[override]
        """Open a unit."""
        self.units["writing" if write else "reading"] += 1
        with super().unit(tenant, write=write) as unit:
            yield unit


def rows() -> list[Row]:
    """Measure the same wake-ups, due in all, with nothing else armed and with a million."""
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder) / "many.db", Path(folder) / "few.db"
        _arm(many, _MANY)
        _arm(few, _DUE)
        with _Counted(many) as store, _Counted(few) as small:
            times = compare(lambda: _wake(store), lambda: _wake(small), passes=_PASSES)
            # For each wake-up one unit to judge in and one to settle in; for each hundred one to look and one to claim.
            units = store.units["reading"] + store.units["writing"]
            assert _left(store) == _MANY - _DUE, "what is not due stays armed"
            assert _left(small) == 0
        return [
            Row.at_most(f"waking {_A_PASS:,} due, {_MANY:,} armed / nothing else armed", *times, 1.5),
            Row.within(f"units to wake {_DUE:,} due of {_MANY:,}", units, 2 * (_DUE + _DUE // _CLAIMED), unit=""),
        ]


def _wake(store: SqliteStore) -> None:
    time = HeldTime(at(_DUE - 1))
    handler = WatchHandler("incident", "", lambda _: Woken())
    report = Watch(Engine(store, tenant="main", time=time), [handler]).run(limit=_A_PASS)
    assert report.timers == _A_PASS
    assert not report.failures


def _left(store: SqliteStore) -> int:
    with archived(store, "main", write=False) as unit:
        left, after = 0, None
        while page := unit.archive.read(ArchiveTable.TIMERS, after=after, limit=50_000):
            left, after = left + len(page), page[-1]
    return left


def _arm(path: Path, size: int) -> None:
    start = to_micros(at(0))
    with build_sqlite(path) as store, archived(store, "main", write=True) as unit:
        for first in range(0, size, 10_000):
            numbers = range(first, min(first + 10_000, size))
            armed: list[ArchiveRow] = [(f"incident:{n}", "due", start + n * 7919 % size) for n in numbers]
            unit.archive.write(ArchiveTable.TIMERS, armed)
