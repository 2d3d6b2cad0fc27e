"""What the conformance kit costs on each store, against what it costs on the store in memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import psycopg
from hypothesis import settings
from sqlalchemy import create_engine

from benchmarks.harness import Row, compare
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlalchemy import SqlAlchemyStore
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance import Places, StoreFactory, check, in_folders
from svcdelivery.testing.postgres import postgres_server

__all__ = ["rows"]

_MOST = 10
_PASSES = 3
_STORIES = 25


def rows() -> list[Row]:
    """Run the whole kit, model included, on every store; waiting for disk and server counts."""
    settings.register_profile("kit", derandomize=True, database=None)
    settings.load_profile("kit")
    found = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        kinds: dict[str, Callable[[Path], Store]] = {"SQLite": _sqlite, "SQLAlchemy on SQLite": _sqlalchemy}
        measured = {name: in_folders(opens, _made(folder / name)) for name, opens in kinds.items()}
        postgres = stack.enter_context(_schema())
        if postgres is not None:
            measured["PostgreSQL"] = postgres
        for name, places in measured.items():
            ours, memory = compare(partial(_whole_kit, places), _on_memory, passes=_PASSES, wall=True)
            found.append(Row.at_most(f"the whole kit on {name}, and in memory", ours, memory, _MOST))
    return found


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _sqlite(folder: Path) -> Store:
    return SqliteStore(folder / "store.db", durability="normal")


def _sqlalchemy(folder: Path) -> Store:
    return SqlAlchemyStore(create_engine(f"sqlite:///{folder / 'store.db'}"))


def _on_memory() -> None:
    _whole_kit(lambda: MemoryStore)


def _whole_kit(places: Places) -> None:
    report = check(places, stories=_STORIES)
    assert report.ok, str(report)


@contextmanager
def _schema() -> Iterator[Places | None]:
    # One schema, emptied for each place: to make one takes longer than most scenarios, and is not the kit's doing.
    with postgres_server() as url:
        if url is None:
            yield None
            return
        name = f"bench_kit_{os.getpid()}"
        opens = partial(PostgresStore, url, schema=name)
        opens().close()
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [name]).fetchall()
            tables = ", ".join(f"{name}.{table}" for (table,) in found if table != "schema_versions")

            def place() -> StoreFactory:
                connection.execute(f"TRUNCATE {tables}")
                return opens

            yield place
            connection.execute(f"DROP SCHEMA {name} CASCADE")
