"""The tables of a store as SQLAlchemy knows tables, for a caller who makes them by migrations of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from svcdelivery.errors import ExtraMissingError
from svcdelivery.storage.sql.schema import MIGRATIONS, Column, Index, Kind, SqlTable

try:
    import sqlalchemy as sa
except ImportError as missing:
    raise ExtraMissingError(extra="sqlalchemy", feature="the SQLAlchemy store") from missing

__all__ = ["metadata"]

_TYPES: dict[Kind, Callable[[], sa.types.TypeEngine[Any]]] = {
    Kind.TEXT: lambda: sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    Kind.INTEGER: lambda: sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
    Kind.BLOB: sa.LargeBinary,
    Kind.PAYLOAD: lambda: sa.Text().with_variant(sa.LargeBinary(), "postgresql"),
}


def metadata(*, schema: str | None = None, prefix: str = "", into: sa.MetaData | None = None) -> sa.MetaData:
    """Answer the tables of a store, for instance as alembic's target.

    Args:
        schema: Where they are, on a database that has schemas; as the store's `name`.
        prefix: What their names begin with, on one that has none; as the store's `name` and an underscore.
        into: Metadata of the caller's to put them into.
    """
    made = sa.MetaData() if into is None else into
    for migration in MIGRATIONS:
        tables = {table.name: _table(made, table, schema, prefix) for table in migration.tables}
        for index in migration.indexes:
            _index(tables[index.table], index, prefix)
        for name in migration.sequences if schema else ():
            sa.Sequence(name, metadata=made, schema=schema)
    return made


def _table(made: sa.MetaData, table: SqlTable, schema: str | None, prefix: str) -> sa.Table:
    parts: list[sa.schema.SchemaItem] = [_column(column, table) for column in table.columns]
    if table.unique:
        parts.append(sa.UniqueConstraint(*table.unique))
    return sa.Table(f"{prefix}{table.name}", made, *parts, schema=schema, sqlite_with_rowid=not table.clustered)


def _column(column: Column, table: SqlTable) -> sa.Column[Any]:
    is_key = column.name in table.key
    return sa.Column(column.name, _TYPES[column.kind](), primary_key=is_key, nullable=column.null, autoincrement=False)


def _index(table: sa.Table, index: Index, prefix: str) -> None:
    where: dict[str, Any] = {}
    if index.where:
        condition = table.c[index.where].is_not(None)
        where = {"sqlite_where": condition, "postgresql_where": condition}
    sa.Index(f"{prefix}{index.name}", *(table.c[name] for name in index.columns), **where)
