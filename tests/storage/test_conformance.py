from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine

from svcdelivery.storage.erasure import ErasableStore
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.sqlalchemy import SqlAlchemyStore
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.storage.sqlite.keyring import SqliteKeyRing
from svcdelivery.testing.conformance import Places
from svcdelivery.testing.conformance.suite import StoreConformance

_numbers = count()
BUSY_SECONDS = 60
"""How long a unit waits for its turn: longer than any of them takes, however busy the machine."""


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def places(self) -> Places:
        return lambda: partial(MemoryStore, busy_timeout_seconds=BUSY_SECONDS)


class TestSqliteStore(StoreConformance):
    @pytest.fixture
    def places(self, tmp_path: Path) -> Places:
        numbers = count()

        def place():
            path = tmp_path / f"{next(numbers)}.db"
            return lambda: SqliteStore(path, durability="normal", busy_timeout_seconds=BUSY_SECONDS)

        return place


class TestErasableStore(StoreConformance):
    """Around a store that outlives a process."""

    examples_most = 8

    @pytest.fixture
    def places(self, tmp_path: Path) -> Places:
        def place():
            path = tmp_path / f"{next(_numbers)}.db"
            keys = SqliteKeyRing(path.with_suffix(".keys"))
            return lambda: ErasableStore(
                SqliteStore(path, durability="normal", busy_timeout_seconds=BUSY_SECONDS), keys
            )

        return place


class TestPostgresStore(StoreConformance):
    examples_most = 12

    @pytest.fixture
    def places(self, postgres_url: str) -> Iterator[Places]:
        names = (f"kit_{os.getpid()}_{next(_numbers)}" for _ in count())
        opened: list[PostgresStore] = []
        made: list[str] = []

        def place():
            made.append(next(names))
            return partial(_open, made[-1])

        def _open(schema: str) -> PostgresStore:
            opened.append(PostgresStore(postgres_url, schema=schema, busy_timeout_seconds=BUSY_SECONDS))
            return opened[-1]

        yield place
        for store in opened:
            store.close()
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for schema in made:
                connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


class TestSqlAlchemyStoreOnSqlite(StoreConformance):
    examples_most = 12

    @pytest.fixture
    def places(self, tmp_path: Path) -> Iterator[Places]:
        engines: list[Engine] = []

        def place():
            engine = create_engine(
                f"sqlite:///{tmp_path / str(next(_numbers))}.db", connect_args={"timeout": BUSY_SECONDS}
            )
            engines.append(engine)
            return lambda: SqlAlchemyStore(engine)

        yield place
        for engine in engines:
            engine.dispose()


class TestSqlAlchemyStoreOnPostgres(StoreConformance):
    examples_most = 8

    @pytest.fixture
    def places(self, postgres_url: str) -> Iterator[Places]:
        engine = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
        made: list[str] = []

        def place():
            made.append(f"kit_{os.getpid()}_{next(_numbers)}")
            return partial(SqlAlchemyStore, engine, name=made[-1])

        yield place
        with engine.begin() as connection:
            for schema in made:
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        engine.dispose()
