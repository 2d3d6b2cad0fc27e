"""Storage: what a store adds to the same statements by hand, and to the quickest way a database has to take in rows."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.harness import Row
from benchmarks.storage import appending, moving, reading, tenants

__all__ = ["rows"]


def rows() -> list[Row]:
    """Measure commands, loads and moves on SQLite and, where there is one, PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        exported, everything = moving.prepared(place)
        moved = moving.rows(place, exported, everything)
        return [*appending.rows(place), *reading.rows(place), *moved, *tenants.rows(exported, everything)]
