"""The SQLite engine: one file, one writer at a time, readers that never wait."""

from __future__ import annotations

from svcdelivery.storage.sqlite.build import build_sqlite
from svcdelivery.storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "build_sqlite"]
