"""Taking in many rows: an export of another store, and new facts, against the quickest way the database has."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from pathlib import Path

from benchmarks.harness import Row, compare
from benchmarks.storage.workload import NOW, by_hand, facts, record, rows_of, values_of_record
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import ArchiveTable, Store, Write
from svcdelivery.storage.sqlite import SqliteStore, build_sqlite
from svcdelivery.storage.sqlite.schema import SQL
from svcdelivery.storage.transfer import export_json_lines, import_json_lines
from svcdelivery.storage.transfer.tenant import archived
from svcdelivery.storage.transfer.tenant import rows_of as table_rows

__all__ = ["Everything", "prepared", "rows"]

Everything = dict[ArchiveTable, list[tuple[object, ...]]]

_STREAMS = 4_000
_PER_STREAM = 5
_numbers = count()


def prepared(folder: Path) -> tuple[Path, Everything]:
    """Answer an export in a file, and what it holds as rows."""
    source = MemoryStore()
    _fill(source)
    exported = folder / "main.jsonl"
    with exported.open("wb") as file:
        file.writelines(export_json_lines(source, "main"))
    return exported, _decoded(source)


def rows(folder: Path, exported: Path, everything: Everything) -> list[Row]:
    """Measure imports into SQLite, and new facts with records and chain."""
    return [_into_sqlite(folder, exported, everything), _built(folder, exported, everything), _new(folder)]


def _fill(store: Store) -> None:
    with store.unit("main") as unit:
        for number in range(_STREAMS):
            stream = number * 7919 % 1_000_003
            write = Write(stream=f"incident:{stream}", expected=0, facts=facts(number, _PER_STREAM))
            unit.journal.append([write], key=f"k{number}", intent="0" * 64, now=NOW)
            unit.records.put([record(stream, _PER_STREAM)])


def _decoded(store: Store) -> Everything:
    with archived(store, "main") as unit:
        tables = (ArchiveTable.FACTS, ArchiveTable.KEYS, ArchiveTable.RECORDS)
        return {table: [("main", *row) for page in table_rows(unit.archive, table) for row in page] for table in tables}


def _executemany(path: Path, everything: Everything) -> None:
    inserts = {
        ArchiveTable.FACTS: SQL.add_facts,
        ArchiveTable.KEYS: SQL.add_commands,
        ArchiveTable.RECORDS: SQL.put_records,
    }
    with closing(by_hand(path)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        for table, values in everything.items():
            raw.executemany(inserts[table].sql, values)
        raw.execute("COMMIT")


def _into_sqlite(folder: Path, exported: Path, everything: Everything) -> Row:
    def ours() -> None:
        with SqliteStore(folder / f"{next(_numbers)}.db") as store, exported.open("rb") as lines:
            import_json_lines(store, lines)

    def baseline() -> None:
        _executemany(folder / f"{next(_numbers)}.db", everything)

    name = f"import of {_STREAMS * _PER_STREAM:,} facts from an export, executemany of decoded rows"
    return Row.at_least(name, *compare(ours, baseline), 0.8)


def _built(folder: Path, exported: Path, everything: Everything) -> Row:
    def ours() -> None:
        with build_sqlite(folder / f"{next(_numbers)}.db") as store, exported.open("rb") as lines:
            import_json_lines(store, lines)

    def baseline() -> None:
        _executemany(folder / f"{next(_numbers)}.db", everything)

    return Row.at_least("the same into a new file (`svcdelivery import`)", *compare(ours, baseline), 0.8)


def _new(folder: Path) -> Row:
    items = [(number * 7919 % 1_000_003, facts(number, _PER_STREAM)) for number in range(_STREAMS)]
    encoded = [
        row
        for number, (stream, _) in enumerate(items)
        for row in rows_of(f"incident:{stream}", number, _PER_STREAM, position=number * _PER_STREAM)
    ]
    records = [values_of_record(stream, _PER_STREAM) for stream, _ in items]

    def ours() -> None:
        with SqliteStore(folder / f"{next(_numbers)}.db") as store, store.unit("main") as unit:
            writes = [Write(stream=f"incident:{stream}", expected=0, facts=new) for stream, new in items]
            unit.journal.append(writes, key="k", intent="i", now=NOW)
            unit.records.put([record(stream, _PER_STREAM) for stream, _ in items])

    def baseline() -> None:
        with closing(by_hand(folder / f"{next(_numbers)}.db")) as raw:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(SQL.add_facts.sql, encoded)
            raw.executemany(SQL.put_records.sql, records)
            raw.execute("COMMIT")

    name = f"{len(encoded):,} new facts, encoded, chained, with records; executemany of encoded rows"
    return Row.at_least(name, *compare(ours, baseline), 0.35)
