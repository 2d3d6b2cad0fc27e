"""What is written and read: facts of the size an import writes, and the tables of a store by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from svcdelivery.facts import Attributes, NewFact, fact_type
from svcdelivery.identity import Actor
from svcdelivery.storage.codec import encode_body
from svcdelivery.storage.protocol import RECORD_COLUMNS, Record
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.timeline import Instant, from_micros

__all__ = ["NOW", "START_US", "Observed", "at", "by_hand", "facts", "record", "rows_of", "values_of_record"]

START_US = 1_767_225_600_000_000
NOW = from_micros(START_US)
_ACTOR = Actor.system("import")


@fact_type("benchmark.observed/1")
@frozen(kw_only=True)
class Observed:
    """A fact of the size an import writes."""

    status: str
    team: str
    row: int
    source: str
    attributes: Attributes


def at(micros: int) -> Instant:
    """Answer the instant so many microseconds after the start."""
    return from_micros(START_US + micros)


def body(number: int) -> Observed:
    """Answer a body of about 200 bytes."""
    named = (("impact", "2 - Medium"), ("urgency", "2 - Medium"), ("category", f"Category {number % 50}"))
    return Observed(
        status="Active", team=f"Group {number % 70}", row=number, source="9f86d081884c7d65", attributes=named
    )


def facts(stream: int, size: int) -> tuple[NewFact[Observed], ...]:
    """Answer facts to append."""
    first = stream * size
    return tuple(NewFact(body=body(first + n), actor=_ACTOR, occurred_at=at(first + n)) for n in range(size))


def rows_of(stream: str, number: int, size: int, *, after: int = 0, position: int = 0) -> list[tuple[object, ...]]:
    """Answer the rows of such facts as they are stored, encoded and with a hash that links nothing."""
    rows: list[tuple[object, ...]] = []
    for n in range(size):
        type, payload = encode_body(body(number * size + n))
        when = START_US + number * size + n
        rows.append(
            ("main", position + n + 1, stream, after + n + 1, type, when, START_US, "system:import", payload, bytes(32))
        )
    return rows


def record(number: int, version: int) -> Record:
    """Answer the record of an item."""
    columns = tuple((name, f"{name} {number % 7}") for name in RECORD_COLUMNS)
    data = {"id": str(number), "status": "active", "version": version, "attributes": {"impact": "2 - Medium"}}
    return Record(
        kind="incident", id=str(number), stream=f"incident:{number}", version=version, columns=columns, data=data
    )


def values_of_record(number: int, version: int) -> Sequence[object]:
    """Answer the same as it is stored."""
    text = f'{{"attributes":{{"impact":"2 - Medium"}},"id":"{number}","status":"active","version":{version}}}'
    columns = [f"{name} {number % 7}" for name in RECORD_COLUMNS]
    return ("main", "incident", str(number), f"incident:{number}", version, *columns, text)


def by_hand(path: Path) -> sqlite3.Connection:
    """Open a new file with the tables of a store and its settings, without the store."""
    SqliteStore(path).close()
    raw = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -16384", "cell_size_check = 1"):
        raw.execute(f"PRAGMA {setting}")
    return raw
