"""The store over a caller's SQLAlchemy engine, or within a caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from svcdelivery.errors import StoreError, UnusableInputError, WrongTypeError
from svcdelivery.storage.migrations import missing_steps
from svcdelivery.storage.protocol import PROTOCOL, ArchivedUnit, Capability, tenant_id
from svcdelivery.storage.sql.dialect import GUARD, Dialect, checked_schema, postgresql, sqlite
from svcdelivery.storage.sql.schema import SchemaStep, steps
from svcdelivery.storage.sql.statements import statements
from svcdelivery.storage.sql.unit import SqlUnit
from svcdelivery.storage.sqlalchemy.connection import Connection, meaning

__all__ = ["SqlAlchemyStore"]

_ALWAYS = frozenset({Capability.DURABLE, Capability.MULTI_WRITER, Capability.EXPORT, Capability.SHARED_TRANSACTION})
_PARALLEL = frozenset({Capability.PARALLEL_TENANTS, Capability.PARALLEL_CLAIMS})


class SqlAlchemyStore:
    """A store in a database the caller has an engine for: SQLite or PostgreSQL.

    How commits reach the disk, and how long a unit waits for the one before it, is as the engine is set up.

    Args:
        engine: Stays the caller's: closing the store leaves it as it is.
        name: On PostgreSQL the schema, on SQLite what the tables' names begin with, before an underscore.
        migrate: Whether missing tables are made, older ones brought up to date, and a SQLite file put into the mode
            in which readers do not wait; without it the caller sees to them, for instance by alembic and `metadata`.

    Raises:
        UnusableInputError: Another kind of database, or a store of a later major.
    """

    def __init__(self, engine: sa.Engine, *, name: str = "svcdelivery", migrate: bool = True) -> None:
        if not isinstance(engine, sa.Engine):
            raise WrongTypeError(expected="a SQLAlchemy engine", value=engine)
        self._engine = engine
        self._shared: sa.Connection | None = None
        self._table_name = checked_schema(name)
        self._dialect = _dialect(engine.dialect.name, self._table_name)
        self._sql = statements(self._dialect)
        self._name = engine.url.render_as_string(hide_password=True)
        self._closed = False
        if migrate:
            self._migrate()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Lend a connection of the engine in a transaction that is begun as a unit's is, for rows of your own.

        It commits when the block ends and rolls back when the block raises. Units of `joined` are part of it. On SQLite
        it has the file to itself from the beginning, so that nothing done in it can find that another came before.

        Raises:
            Busy: It could not begin in time; nothing was written.
            Unknown: Whether the commit took place is not known.
        """
        with self._connected(write=True) as connection:
            yield connection.raw

    def joined(self, connection: sa.Connection) -> SqlAlchemyStore:
        """Answer the store within the transaction of a connection: its units count when the caller commits.

        A unit that raises is undone by itself, and the caller's transaction can go on.
        """
        store = SqlAlchemyStore(self._engine, name=self._table_name, migrate=False)
        store._shared = connection
        return store

    @property
    def protocol(self) -> tuple[int, int]:
        """The version of the protocol it keeps."""
        return PROTOCOL

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What its database allows, and being part of the caller's transaction."""
        return _ALWAYS | _PARALLEL if self._dialect.locks_tenant else _ALWAYS

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[ArchivedUnit]:
        """Open a transaction, or a part of the caller's; a reading one sees the store as it is now."""
        name = tenant_id(tenant)
        with self._connected(write=write) as connection:
            unit = SqlUnit(connection, name, self._sql, writable=write)
            try:
                if not write:
                    # This first read fixes what the unit sees.
                    _ = unit.rows.tail
                yield unit
                unit.flush()
            finally:
                unit.gate.shut()

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts, in order."""
        with self._connected(write=False) as connection:
            return [name for (name,) in connection.rows(self._sql.tenants)]

    def plan(self) -> Sequence[SchemaStep]:
        """Answer the migrations the database still needs, changing nothing."""
        every = steps(self._dialect)
        prefix = self._dialect.prefix
        with self._connected(write=False) as connection:
            schema = prefix.removesuffix(".") if prefix.endswith(".") else None
            table = "schema_versions" if schema else f"{prefix}schema_versions"
            if not sa.inspect(connection.raw).has_table(table, schema=schema):
                return every
            applied = connection.rows(f"SELECT number, checksum FROM {prefix}schema_versions")
        return missing_steps(applied, every, self._name)

    def close(self) -> None:
        """Open no more units; the engine stays the caller's."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _connected(self, *, write: bool) -> Iterator[Connection]:
        if self._closed:
            raise StoreError(problem=f"`{self._name}`: the store is closed")
        if self._shared is not None:
            connection = Connection(self._shared, self._name)
            connection.begin(write=True)
            with self._shared.begin_nested():
                yield connection
            return
        try:
            raw = self._engine.connect()
        except sa.exc.SQLAlchemyError as error:
            raise meaning(error, self._name) from error
        with raw:
            if self._dialect.locks_tenant:
                raw = raw.execution_options(isolation_level="READ COMMITTED" if write else "REPEATABLE READ")
            connection = Connection(raw, self._name)
            connection.begin(write=write)
            yield connection
            connection.commit()

    def _migrate(self) -> None:
        if not self._dialect.locks_tenant:
            with self._engine.connect() as raw:
                raw.exec_driver_sql("PRAGMA journal_mode = WAL")
        if not self.plan():
            return
        prefix = self._dialect.prefix
        with self._connected(write=True) as connection:
            if self._dialect.locks_tenant:
                connection.row("SELECT pg_advisory_xact_lock(%s)", (GUARD,))
                connection.run(f"CREATE SCHEMA IF NOT EXISTS {prefix.removesuffix('.')}")
            # Another process may have taken the steps in between.
            for step in self.plan():
                for statement in (*step.statements, *step.late):
                    connection.run(statement)
                done = self._dialect.put(f"INSERT INTO {prefix}schema_versions (number, checksum) VALUES (?, ?)")
                connection.run(done, (step.number, step.checksum))


def _dialect(kind: str, name: str) -> Dialect:
    if kind == "sqlite":
        return sqlite(f"{name}_")
    if kind == "postgresql":
        return postgresql(name)
    raise UnusableInputError(source=kind, problem="a store cannot be kept there", hint="`sqlite` or `postgresql`")
