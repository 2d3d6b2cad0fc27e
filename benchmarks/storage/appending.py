"""Single commands at full durability, against the same statements by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from benchmarks.harness import Row, compare
from benchmarks.storage.workload import NOW, START_US, at, by_hand, facts, record, rows_of, values_of_record
from svcdelivery.storage.protocol import Due, Write
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.storage.sqlite.schema import SQL

__all__ = ["rows"]

_COMMANDS = 150
_FACTS = 2


def rows(folder: Path) -> list[Row]:
    """Measure one fact in CPU time, and a whole command in wall time."""
    return [_one_fact(folder), _command(folder)]


def _one_fact(folder: Path) -> Row:
    numbers = count()
    with SqliteStore(folder / "one.db") as store, closing(by_hand(folder / "one-raw.db")) as raw:
        new = facts(1, 1)
        prepared = rows_of("incident:0", 1, 1)[0]

        def ours() -> None:
            for _ in range(_COMMANDS):
                number = next(numbers)
                with store.unit("main") as unit:
                    write = Write(stream=f"incident:{number}", expected=0, facts=new)
                    unit.journal.append([write], key=f"k{number}", intent="i", now=NOW)

        def baseline() -> None:
            for _ in range(_COMMANDS):
                number = next(numbers)
                stream, key = f"incident:{number}", f"k{number}"
                raw.execute("BEGIN IMMEDIATE")
                found = raw.execute(SQL.tail, ("main",)).fetchone()
                position = (found[0] if found else 0) + 1
                raw.execute(SQL.command, ("main", key)).fetchone()
                raw.execute(SQL.last_version, ("main", stream)).fetchone()
                raw.execute(SQL.add_facts.sql, ("main", position, stream, *prepared[3:]))
                raw.execute(SQL.add_commands.sql, ("main", key, "i", position, 1))
                raw.execute(SQL.set_tail, ("main", position, START_US, bytes(32)))
                raw.execute("COMMIT")

        return Row.at_most("append of one fact (CPU), by hand", *compare(ours, baseline, passes=9), 1.8)


def _command(folder: Path) -> Row:
    numbers = count()
    with SqliteStore(folder / "command.db") as store, closing(by_hand(folder / "command-raw.db")) as raw:

        def ours() -> None:
            for _ in range(_COMMANDS):
                _ours(store, next(numbers))

        def baseline() -> None:
            for _ in range(_COMMANDS):
                _by_hand(raw, next(numbers))

        measured = compare(ours, baseline, passes=9, wall=True)
        return Row.at_least("command: read, facts, record, wake-ups, key (wall, FULL), by hand", *measured, 0.7)


def _ours(store: SqliteStore, number: int) -> None:
    stream, key = f"incident:{number}", f"k{number}"
    with store.unit("main", write=False) as unit:
        unit.journal.receipt(key, "i")
        version = len(unit.journal.load(stream))
    with store.unit("main") as unit:
        write = Write(stream=stream, expected=version, facts=facts(number, _FACTS))
        unit.journal.append([write], key=key, intent="i", now=NOW)
        unit.records.put([record(number, _FACTS)])
        unit.timers.arm([Due(stream=stream, name=name, due_at=at(number)) for name in ("due", "update")])


def _by_hand(raw: sqlite3.Connection, number: int) -> None:
    stream, key = f"incident:{number}", f"k{number}"
    raw.execute("BEGIN")
    raw.execute(SQL.tail, ("main",)).fetchone()
    raw.execute(SQL.command, ("main", key)).fetchone()
    raw.execute(SQL.of_stream, ("main", stream, 0, 2**63 - 1)).fetchall()
    raw.execute("COMMIT")
    raw.execute("BEGIN IMMEDIATE")
    found = raw.execute(SQL.tail, ("main",)).fetchone()
    position = found[0] if found else 0
    raw.execute(SQL.command, ("main", key)).fetchone()
    raw.execute(SQL.last_version, ("main", stream)).fetchone()
    for row in rows_of(stream, number, _FACTS, position=position):
        raw.execute(SQL.add_facts.sql, row)
    raw.execute(SQL.add_commands.sql, ("main", key, "i", position + 1, _FACTS))
    raw.execute(SQL.set_tail, ("main", position + _FACTS, START_US, bytes(32)))
    raw.execute(SQL.put_records.sql, values_of_record(number, _FACTS))
    for name in ("due", "update"):
        raw.execute(SQL.arm, ("main", stream, name, START_US + number))
    raw.execute("COMMIT")
