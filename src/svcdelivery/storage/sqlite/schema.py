"""The tables of a store file, how they are made, and how a file is told from somebody else's."""

from __future__ import annotations

from hashlib import sha256

from svcdelivery.errors import UnusableInputError
from svcdelivery.storage.protocol import RECORD_COLUMNS
from svcdelivery.storage.sqlite.connection import Connection

__all__ = ["APPLICATION_ID", "SCHEMA", "check_schema", "make_indexes", "make_schema"]

APPLICATION_ID = 0x53564344
"""`SVCD`, in the header of every store file."""

SCHEMA = 1
"""The number of the newest schema this release knows."""

# Tables of long rows are not WITHOUT ROWID: those put a row of a quarter page or more on pages of its own.
# Texts compare byte by byte, which for UTF-8 is code point by code point: SQLite's BINARY, its default.
_TABLES = (
    """
    CREATE TABLE schema_versions (
        number INTEGER PRIMARY KEY,
        checksum TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE tenants (
        tenant TEXT PRIMARY KEY,
        position INTEGER NOT NULL,
        recorded_us INTEGER,
        hash BLOB NOT NULL,
        fence INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE facts (
        tenant TEXT NOT NULL,
        position INTEGER NOT NULL,
        stream TEXT NOT NULL,
        version INTEGER NOT NULL,
        type TEXT NOT NULL,
        occurred_us INTEGER NOT NULL,
        recorded_us INTEGER NOT NULL,
        actor TEXT NOT NULL,
        payload TEXT NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (tenant, position),
        UNIQUE (tenant, stream, version)
    )
    """,
    """
    CREATE TABLE commands (
        tenant TEXT NOT NULL,
        key TEXT NOT NULL,
        intent TEXT NOT NULL,
        first INTEGER NOT NULL,
        size INTEGER NOT NULL,
        PRIMARY KEY (tenant, key)
    ) WITHOUT ROWID
    """,
    f"""
    CREATE TABLE records (
        tenant TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        stream TEXT NOT NULL,
        version INTEGER NOT NULL,
        {", ".join(f"{name} TEXT" for name in RECORD_COLUMNS)},
        data TEXT NOT NULL,
        PRIMARY KEY (tenant, kind, id)
    )
    """,
    # Only armed wake-ups have rows: the index holds nothing else, and ends in stream and name by itself.
    """
    CREATE TABLE timers (
        tenant TEXT NOT NULL,
        stream TEXT NOT NULL,
        name TEXT NOT NULL,
        due_us INTEGER NOT NULL,
        fence INTEGER,
        owner TEXT,
        until_us INTEGER,
        PRIMARY KEY (tenant, stream, name)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX timers_by_due ON timers (tenant, due_us)",
)
# A row without a value costs its index nothing.
_INDEXES = tuple(
    f"CREATE INDEX IF NOT EXISTS records_by_{name} ON records (tenant, kind, {name}, id) WHERE {name} IS NOT NULL"
    for name in RECORD_COLUMNS
)
_TEXT = "\n".join(" ".join(text.split()) for text in (*_TABLES, *_INDEXES))
_CHECKSUM = sha256(_TEXT.encode()).hexdigest()


def make_schema(connection: Connection) -> None:
    """Make the tables in a file that has none, within the open transaction; `make_indexes` makes it whole."""
    for statement in _TABLES:
        connection.run(statement)
    connection.run("INSERT INTO schema_versions (number, checksum) VALUES (?, ?)", (SCHEMA, _CHECKSUM))
    connection.run(f"PRAGMA application_id = {APPLICATION_ID}")


def make_indexes(connection: Connection) -> None:
    """Make what records are found by. On many rows at once this costs a fraction of keeping it up row by row."""
    for statement in _INDEXES:
        connection.run(statement)


def check_schema(connection: Connection) -> bool:
    """Answer whether the file holds a store of this schema; False for a file without tables.

    Raises:
        UnusableInputError: The file is another program's, or was written by a newer release.
    """
    (mark,) = connection.row("PRAGMA application_id")
    if mark != APPLICATION_ID:
        (tables,) = connection.row("SELECT count(*) FROM sqlite_master")
        if mark or tables:
            raise UnusableInputError(
                source=connection.path, problem="it is a SQLite file of another program, not a store"
            )
        return False
    (number,) = connection.row("SELECT max(number) FROM schema_versions")
    if number != SCHEMA:
        problem = f"it has schema {number}; this release knows schema {SCHEMA}"
        raise UnusableInputError(
            source=connection.path, problem=problem, hint="use the release that wrote it, or a later one"
        )
    return True
