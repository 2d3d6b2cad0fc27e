from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance import Places
from svcdelivery.testing.conformance.suite import StoreConformance


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def places(self) -> Places:
        return lambda: MemoryStore


class TestSqliteStore(StoreConformance):
    @pytest.fixture
    def places(self, tmp_path: Path) -> Places:
        numbers = count()

        def place():
            path = tmp_path / f"{next(numbers)}.db"
            return lambda: SqliteStore(path, durability="normal")

        return place
