"""PostgreSQL: writers of many tenants against the same statements without the row that orders them, and COPY.

Needs a server as the tests do: one that `SVCDELIVERY_TEST_PG` names, else one that is started here.

What eight writers take in wall time is mostly one of two things: the disk, which both sides wait for alike and which
draws their ratio towards one, or, where the disk is quick, the one thread in which Python runs all eight. So the ratio
is taken twice. Wall time is the least of several rounds, ours and the baseline in turns, each long enough for the
server's own moments (a checkpoint, a log segment) to be a small part; the CPU time of this program tells what remains
on the quickest disk. Both sides wait for the same commits of the same server, reader included.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.harness import Row, compare
from benchmarks.storage.moving import Everything
from benchmarks.storage.workload import NOW, START_US, facts, rows_of
from svcdelivery.storage.postgres import PostgresStore
from svcdelivery.storage.protocol import ArchiveTable, Write
from svcdelivery.storage.sql.dialect import postgresql
from svcdelivery.storage.sql.statements import Statements, statements
from svcdelivery.storage.transfer import import_json_lines
from svcdelivery.testing.postgres import postgres_server

__all__ = ["rows"]

_WRITERS = 8
_COMMITS = 100
_numbers = count()


def rows(exported: Path, everything: Everything) -> list[Row]:
    """Measure eight writers of eight tenants with a live reader, and an import; nothing where there is no server."""
    with postgres_server(safe=True) as url:
        return [] if url is None else [*_writers(url), _import(url, exported, everything)]


def _writers(url: str) -> list[Row]:
    schema = f"bench_{next(_numbers)}"
    with PostgresStore(url, schema=schema) as store, closing(_Unordered(url)) as unordered:
        missed: list[int] = []

        def ours() -> None:
            first = next(_numbers) * _COMMITS
            end = threading.Event()
            reader = threading.Thread(target=_follow, args=(store, "tenant 0", end, missed))
            reader.start()
            _at_once(lambda writer: _append(store, f"tenant {writer}", first))
            end.set()
            reader.join()

        def baseline() -> None:
            first = next(_numbers) * _COMMITS
            end = threading.Event()
            reader = threading.Thread(target=unordered.follow, args=("tenant 0", end))
            reader.start()
            _at_once(lambda writer: unordered.append(writer, f"tenant {writer}", first))
            end.set()
            reader.join()

        name = f"{_WRITERS} writers of {_WRITERS} tenants on PostgreSQL ({{}}), the same without the head row"
        return [
            Row.at_least(name.format("wall"), *compare(ours, baseline, passes=9, wall=True), 0.8),
            Row.at_least(name.format("CPU"), *compare(ours, baseline, passes=5), 0.8),
            Row.within("facts a live reader skipped meanwhile", float(len(missed)), 0, unit=""),
        ]


def _at_once(work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(_WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _append(store: PostgresStore, tenant: str, first: int) -> None:
    for number in range(first, first + _COMMITS):
        with store.unit(tenant) as unit:
            write = Write(stream=f"incident:{number}", expected=0, facts=facts(number, 1))
            unit.journal.append([write], key=f"k{number}", intent="i", now=NOW)


def _follow(store: PostgresStore, tenant: str, end: threading.Event, missed: list[int]) -> None:
    position = None
    while not end.wait(0.01):
        with store.unit(tenant, write=False) as unit:
            if position is None:
                position = unit.feed.head().position
            for entry in unit.feed.entries(position):
                if entry.position != position + 1:
                    missed.append(entry.position)
                position = entry.position


class _Unordered:
    """The same tables and statements by hand, with a sequence for a position: quick, and of no use to a reader."""

    def __init__(self, url: str) -> None:
        self._schema = f"bench_{next(_numbers)}"
        PostgresStore(url, schema=self._schema).close()
        self._sql: Statements = statements(postgresql(self._schema))
        self._connections = [psycopg.connect(url, autocommit=True) for _ in range(_WRITERS + 1)]
        self._connections[0].execute(f"CREATE SEQUENCE {self._schema}.positions")

    def append(self, writer: int, tenant: str, first: int) -> None:
        """Append as many facts, each in a transaction of its own."""
        connection, sql = self._connections[writer], self._sql
        add = sql.add_facts.sql.replace("%s", f"nextval('{self._schema}.positions')", 2)
        add = add.replace(f"nextval('{self._schema}.positions')", "%s", 1)
        for number in range(first, first + _COMMITS):
            stream, key = f"incident:{number}", f"k{number}"
            with connection.pipeline():
                connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
                command = connection.execute(sql.command, (tenant, key))
                version = connection.execute(sql.last_versions, (tenant, [stream]))
            command.fetchall()
            version.fetchall()
            row: tuple[Any, ...] = rows_of(stream, number, 1)[0]
            with connection.pipeline():
                connection.execute(add, (tenant, *row[2:]))
                connection.execute(sql.add_commands.sql, (tenant, key, "i", START_US, 1))
                connection.execute("SELECT pg_notify(%s, '')", (tenant,))
                connection.execute("COMMIT")

    def follow(self, tenant: str, end: threading.Event) -> None:
        """Read as a follower would."""
        position, connection = 0, self._connections[-1]
        statement = self._sql.page.replace("{among}", "")
        while not end.wait(0.01):
            for row in connection.execute(statement, (tenant, position, 1000)).fetchall():
                position = row[0]

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections:
            connection.close()


def _import(url: str, exported: Path, everything: Everything) -> Row:
    def ours() -> None:
        with PostgresStore(url, schema=f"bench_{next(_numbers)}") as store, exported.open("rb") as lines:
            import_json_lines(store, lines)

    def baseline() -> None:
        schema = f"bench_{next(_numbers)}"
        PostgresStore(url, schema=schema).close()
        sql = statements(postgresql(schema))
        into = {
            ArchiveTable.FACTS: sql.add_facts,
            ArchiveTable.KEYS: sql.add_commands,
            ArchiveTable.RECORDS: sql.put_records,
        }
        with closing(psycopg.connect(url)) as raw, raw.cursor() as cursor:
            for table, values in everything.items():
                with cursor.copy(f"COPY {into[table].table} ({into[table].columns}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
            raw.commit()

    name = f"import of {len(everything[ArchiveTable.FACTS]):,} facts into PostgreSQL (wall), COPY of decoded rows"
    return Row.at_least(name, *compare(ours, baseline, passes=3, wall=True), 0.6)
