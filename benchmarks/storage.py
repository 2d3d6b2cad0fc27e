"""Storage: what the store adds to bare `sqlite3` statements, in CPU time of this process."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import msgspec
from attrs import frozen

from benchmarks.harness import Row, compare
from svcdelivery.facts import Attributes, NewFact, fact_type
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Write
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.timeline import from_micros

__all__ = ["rows"]

_START_US = 1_767_225_600_000_000
_NOW = from_micros(_START_US)
_ACTOR = Actor.system("import")
_SINGLE = 200
_STREAMS = 2_000
_PER_STREAM = 6
_LOADS = 200
_LOADED = 20
_TABLES = (
    "CREATE TABLE facts (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL,"
    " type TEXT NOT NULL, occurred_us INTEGER NOT NULL, recorded_us INTEGER NOT NULL, actor TEXT NOT NULL,"
    " payload TEXT NOT NULL,"
    " UNIQUE (stream, version))"
)
_INSERT = (
    "INSERT INTO facts (stream, version, type, occurred_us, recorded_us, actor, payload) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_SELECT = "SELECT * FROM facts WHERE stream = ? ORDER BY version"


@fact_type("benchmark.observed/1")
@frozen(kw_only=True)
class Observed:
    """A fact of the size an import writes."""

    status: str
    team: str
    row: int
    source: str
    attributes: Attributes


def rows() -> list[Row]:
    """Measure single appends at full durability, a bulk append, and loading a stream."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_single(Path(folder)), _bulk(Path(folder)), _load(Path(folder))]


def _body(number: int) -> Observed:
    named = (("impact", "2 - Medium"), ("urgency", "2 - Medium"), ("category", f"Category {number % 50}"))
    return Observed(
        status="Active", team=f"Group {number % 70}", row=number, source="9f86d081884c7d65", attributes=named
    )


def _facts(stream: int, size: int) -> tuple[NewFact[Observed], ...]:
    first = stream * size
    return tuple(
        NewFact(body=_body(first + n), actor=_ACTOR, occurred_at=from_micros(_START_US + first + n))
        for n in range(size)
    )


def _raw(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute(_TABLES)
    return raw


def _values(stream: str, size: int) -> list[tuple[str | int, ...]]:
    payload = msgspec.json.encode({"status": "Active", "team": "Group 7", "row": 7, "source": "9f86d081884c7d65"})
    text = payload.decode() + " " * 80  # as long as ours
    return [
        (stream, version, "benchmark.observed/1", _START_US, _START_US, "system:import", text)
        for version in range(1, size + 1)
    ]


def _single(folder: Path) -> list[Row]:
    numbers = count()
    with SqliteStore(folder / "single.db") as store, closing(_raw(folder / "single-raw.db")) as raw:
        facts = _facts(1, 1)
        raw.execute("CREATE TABLE commands (key TEXT PRIMARY KEY, intent TEXT, first INTEGER) WITHOUT ROWID")
        raw.execute("CREATE TABLE head (one INTEGER PRIMARY KEY, position INTEGER NOT NULL, hash BLOB NOT NULL)")
        raw.execute("INSERT INTO head VALUES (1, 0, x'')")

        def ours() -> None:
            for _ in range(_SINGLE):
                number = next(numbers)
                with store.unit("main") as unit:
                    write = Write(stream=f"incident:{number}", expected=0, facts=facts)
                    unit.journal.append([write], key=f"k{number}", intent="i", now=_NOW)

        def by_hand() -> None:
            for _ in range(_SINGLE):
                number = next(numbers)
                stream = f"incident:{number}"
                raw.execute("BEGIN IMMEDIATE")
                (position, _) = raw.execute("SELECT position, hash FROM head").fetchone()
                raw.execute("SELECT intent FROM commands WHERE key = ?", (f"k{number}",)).fetchone()
                raw.execute("SELECT max(version) FROM facts WHERE stream = ?", (stream,)).fetchone()
                raw.execute(_INSERT, _values(stream, 1)[0])
                raw.execute("INSERT INTO commands VALUES (?, ?, ?)", (f"k{number}", "i", position + 1))
                raw.execute("UPDATE head SET position = ?, hash = ?", (position + 1, bytes(32)))
                raw.execute("COMMIT")

        def bare() -> None:
            for _ in range(_SINGLE):
                raw.execute("BEGIN IMMEDIATE")
                raw.execute(_INSERT, _values(f"incident:{next(numbers)}", 1)[0])
                raw.execute("COMMIT")

        return [
            Row.at_most("append of one fact, against the same rows by hand", *compare(ours, by_hand, passes=8), 1.8),
            Row.at_most("append of one fact, against a bare insert", *compare(ours, bare), 3.5),
        ]


def _bulk(folder: Path) -> Row:
    numbers = count()
    writes = [
        Write(stream=f"incident:{number * 7919 % 1_000_003}", expected=0, facts=_facts(number, _PER_STREAM))
        for number in range(_STREAMS)
    ]
    values = [row for write in writes for row in _values(write.stream, _PER_STREAM)]

    def ours() -> None:
        with SqliteStore(folder / f"bulk-{next(numbers)}.db") as store, store.unit("main") as unit:
            unit.journal.append(writes, key="k", intent="i", now=_NOW)

    def baseline() -> None:
        with closing(_raw(folder / f"bulk-raw-{next(numbers)}.db")) as raw:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(_INSERT, values)
            raw.execute("COMMIT")

    return Row.at_least(f"bulk append of {len(values)} facts, encoded and chained", *compare(ours, baseline), 0.2)


def _load(folder: Path) -> Row:
    with SqliteStore(folder / "load.db") as store, closing(_raw(folder / "load-raw.db")) as raw:
        raw.execute("BEGIN")
        with store.unit("main") as unit:
            for number in range(_LOADS):
                stream = f"incident:{number}"
                write = Write(stream=stream, expected=0, facts=_facts(number, _LOADED))
                unit.journal.append([write], key=stream, intent="i", now=_NOW)
                raw.executemany(_INSERT, _values(stream, _LOADED))
        raw.execute("COMMIT")

        def ours() -> None:
            for number in range(_LOADS):
                with store.unit("main", write=False) as unit:
                    unit.journal.load(f"incident:{number}")

        return Row.at_most(f"load of {_LOADED} facts, decoded", *compare(ours, _selecting(raw)), 9)


def _selecting(raw: sqlite3.Connection) -> Callable[[], None]:
    def baseline() -> None:
        for number in range(_LOADS):
            raw.execute(_SELECT, (f"incident:{number}",)).fetchall()

    return baseline
