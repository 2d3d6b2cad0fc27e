"""The tables of a store, described once, and the numbered migrations that make them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from hashlib import sha256

from attrs import evolve, frozen

from svcdelivery.storage.protocol import RECORD_COLUMNS
from svcdelivery.storage.sql.dialect import Dialect

__all__ = ["MAJOR_SIZE", "MIGRATIONS", "Column", "Kind", "Migration", "SqlTable", "SchemaStep", "steps"]

MAJOR_SIZE = 1000
"""Migrations of the next major begin at this number. Within a major they only add, so older releases go on working."""


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    BLOB = "blob"
    PAYLOAD = "payload"


@frozen
class Column:
    """A column of a table."""

    name: str
    kind: Kind
    null: bool = False


@frozen(kw_only=True)
class SqlTable:
    """A table.

    Attributes:
        clustered: Whether its rows are short enough to live in the index of their key.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: tuple[str, ...] = ()
    clustered: bool = False


@frozen(kw_only=True)
class Index:
    """An index, which is made on a filled table for a fraction of what keeping it up row by row costs.

    Attributes:
        where: The column whose rows without a value it leaves out.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    where: str = ""
    late: bool = False


@frozen(kw_only=True)
class Migration:
    """One step from an older schema to a newer one; it only adds."""

    number: int
    title: str
    tables: tuple[SqlTable, ...]
    indexes: tuple[Index, ...]
    sequences: tuple[str, ...] = ()


@frozen(kw_only=True)
class SchemaStep:
    """A migration as statements of one database.

    Attributes:
        number: In the order they are run; a store remembers each with its checksum.
        late: Statements that a store which is being filled runs last.
    """

    number: int
    title: str
    statements: tuple[str, ...]
    late: tuple[str, ...] = ()
    checksum: str = ""

    @property
    def sql(self) -> str:
        """The statements as a script."""
        return "".join(f"{one};\n" for one in (*self.statements, *self.late))


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.TEXT) for name in names)


def _integer(*names: str, null: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.INTEGER, null) for name in names)


_LEASE = (*_integer("fence", null=True), Column("owner", Kind.TEXT, null=True), *_integer("until_us", null=True))
_HASH = Column("hash", Kind.BLOB)

_SCHEMA_VERSIONS = SqlTable(name="schema_versions", columns=(*_integer("number"), *_text("checksum")), key=("number",))
_TENANTS = SqlTable(
    name="tenants",
    columns=(
        *_text("tenant"), *_integer("position"), *_integer("recorded_us", null=True), _HASH, *_integer("fence")
    ),
    key=("tenant",),
    clustered=True,
)  # fmt: skip
# Long rows are not clustered: SQLite would put one of a quarter page or more on pages of its own.
_FACTS = SqlTable(
    name="facts",
    columns=(
        *_text("tenant"), *_integer("position"), *_text("stream"), *_integer("version"), *_text("type"),
        *_integer("occurred_us", "recorded_us"), *_text("actor"), Column("payload", Kind.PAYLOAD), _HASH,
    ),
    key=("tenant", "position"),
    unique=("tenant", "stream", "version"),
)  # fmt: skip
_COMMANDS = SqlTable(
    name="commands",
    columns=(*_text("tenant", "key", "intent"), *_integer("first", "size")),
    key=("tenant", "key"),
    clustered=True,
)
_RECORDS = SqlTable(
    name="records",
    columns=(
        *_text("tenant", "kind", "id", "stream"), *_integer("version"),
        *(Column(name, Kind.TEXT, null=True) for name in RECORD_COLUMNS), *_text("data"),
    ),
    key=("tenant", "kind", "id"),
)  # fmt: skip
# Only armed wake-ups have rows: the index by due instant holds nothing else.
_TIMERS = SqlTable(
    name="timers",
    columns=(*_text("tenant", "stream", "name"), *_integer("due_us"), *_LEASE),
    key=("tenant", "stream", "name"),
    clustered=True,
)
_MESSAGES = SqlTable(
    name="messages",
    columns=(
        *_text("tenant", "id"), *_integer("number"), *_text("topic", "stream"), *_integer("due_us"), *_text("data"),
        *_integer("attempts"), *_LEASE,
    ),
    key=("tenant", "id"),
    unique=("tenant", "number"),
)  # fmt: skip
_MARKS = SqlTable(
    name="marks",
    columns=(*_text("tenant", "follower"), *_integer("position")),
    key=("tenant", "follower"),
    clustered=True,
)

MIGRATIONS = (
    Migration(
        number=1,
        title="journal, records and wake-ups",
        tables=(_SCHEMA_VERSIONS, _TENANTS, _FACTS, _COMMANDS, _RECORDS, _TIMERS),
        indexes=(
            # In PostgreSQL the index does not end in the key by itself.
            Index(name="timers_by_due", table="timers", columns=("tenant", "due_us")),
            *(
                Index(
                    name=f"records_by_{name}", table="records", columns=("tenant", "kind", name, "id"), where=name,
                    late=True,
                )
                for name in RECORD_COLUMNS
            ),
        ),
        sequences=("fences",),
    ),
    Migration(
        number=2,
        title="outbox and marks",
        tables=(_MESSAGES, _MARKS),
        indexes=(Index(name="messages_by_due", table="messages", columns=("tenant", "due_us", "number")),),
    ),
)  # fmt: skip
"""Every step there has been. A step that was released never changes; a new one is put behind."""


def steps(dialect: Dialect, migrations: Sequence[Migration] = MIGRATIONS) -> tuple[SchemaStep, ...]:
    """Answer the migrations as statements of a database."""
    # A store may be moved to another schema: checksums are taken over names without what stands before them.
    plain = evolve(dialect, prefix="")
    return tuple(evolve(_step(dialect, one), checksum=_checksum(_step(plain, one))) for one in migrations)


def _checksum(step: SchemaStep) -> str:
    return sha256("\n".join((*step.statements, *step.late)).encode()).hexdigest()


def _step(dialect: Dialect, migration: Migration) -> SchemaStep:
    sequences = [f"CREATE SEQUENCE {dialect.prefix}{name}" for name in migration.sequences if dialect.skips_locked]
    early = [_create_index(dialect, index) for index in migration.indexes if not index.late]
    return SchemaStep(
        number=migration.number,
        title=migration.title,
        statements=(*(_create_table(dialect, table) for table in migration.tables), *sequences, *early),
        late=tuple(_create_index(dialect, index) for index in migration.indexes if index.late),
    )


def _create_table(dialect: Dialect, table: SqlTable) -> str:
    alone = table.key[0] if len(table.key) == 1 else ""
    parts = [_column(dialect, column, key=column.name == alone) for column in table.columns]
    if not alone:
        parts.append(f"PRIMARY KEY ({', '.join(table.key)})")
    if table.unique:
        parts.append(f"UNIQUE ({', '.join(table.unique)})")
    end = dialect.clustered if table.clustered else ""
    return f"CREATE TABLE {dialect.prefix}{table.name} ( {', '.join(parts)} ){end}"


def _column(dialect: Dialect, column: Column, *, key: bool) -> str:
    rule = " PRIMARY KEY" if key else "" if column.null else " NOT NULL"
    return f"{column.name} {getattr(dialect, column.kind.value)}{rule}"


def _create_index(dialect: Dialect, index: Index) -> str:
    maybe = "IF NOT EXISTS " if index.late else ""
    where = f" WHERE {index.where} IS NOT NULL" if index.where else ""
    on = f"{dialect.prefix}{index.table} ({', '.join(index.columns)})"
    return f"CREATE INDEX {maybe}{dialect.index(index.name)} ON {on}{where}"
