"""The PostgreSQL store: a schema in a database, its connections, and the transactions over them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from threading import BoundedSemaphore
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from svcdelivery.errors import Busy, StoreError, UnusableInputError, WrongTypeError, quoted
from svcdelivery.storage.postgres.bell import PostgresBell
from svcdelivery.storage.postgres.connection import Connection, connect
from svcdelivery.storage.postgres.schema import is_store, migrate, pending
from svcdelivery.storage.protocol import PROTOCOL, ArchivedUnit, Bell, Capability, tenant_id
from svcdelivery.storage.sql.dialect import checked_schema, postgresql
from svcdelivery.storage.sql.schema import SchemaStep
from svcdelivery.storage.sql.statements import statements
from svcdelivery.storage.sql.unit import SqlUnit

__all__ = ["PostgresStore"]

_ALWAYS = frozenset(
    {
        Capability.DURABLE,
        Capability.MULTI_WRITER,
        Capability.PARALLEL_TENANTS,
        Capability.PARALLEL_CLAIMS,
        Capability.EXPORT,
    }
)


class PostgresStore:
    """A store in a schema of a PostgreSQL database, shared by any number of threads, processes and machines.

    Writers of one tenant take turns, those of different tenants do not wait for one another. A unit that does nothing
    but claim, or look for what is due, waits for nobody.

    Args:
        url: `postgresql://user@host/database`, or any other form libpq takes.
        schema: Where the tables are.
        create: Whether a missing schema is made.
        migrate: Whether an older release's schema is brought up to date; that only adds to it.
        notify: Whether commits ring the bells of those who listen. PostgreSQL lets commits that do pass one by one.
        connections_most: How many units may be open at once; a further one waits for its turn.
        busy_timeout_seconds: How long a unit waits for the one before it.

    Raises:
        UnusableInputError: No such server, database or store, or one of a later major, or an older one that may not be
            brought up to date.
    """

    def __init__(
        self,
        url: str,
        *,
        schema: str = "svcdelivery",
        create: bool = True,
        migrate: bool = True,
        notify: bool = True,
        connections_most: int = 20,
        busy_timeout_seconds: float = 5.0,
    ) -> None:
        self._url = _checked_url(url)
        self._name = _name(url)
        self._schema = checked_schema(schema)
        self._sql = statements(postgresql(self._schema))
        self._notifies = notify
        self._timeout = busy_timeout_seconds
        self._most = connections_most
        self._idle: list[Connection] = []
        self._inherited: list[Connection] = []
        self._places = BoundedSemaphore(connections_most)
        self._process = os.getpid()
        self._closed = False
        connection = self._connect()
        try:
            self._prepare(connection, create=create, may_migrate=migrate)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    @staticmethod
    def plan(url: str, *, schema: str = "svcdelivery") -> Sequence[SchemaStep]:
        """Answer the migrations a database still needs, changing nothing; all of them where there is no store."""
        connection = connect(_checked_url(url), _name(url), busy_timeout_seconds=5.0)
        try:
            return pending(connection, checked_schema(schema))
        finally:
            connection.close()

    @property
    def protocol(self) -> tuple[int, int]:
        """The version of the protocol it keeps."""
        return PROTOCOL

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Everything but the caller's own transaction and erasure; bells only where commits ring them."""
        return _ALWAYS | {Capability.NOTIFY} if self._notifies else _ALWAYS

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[ArchivedUnit]:
        """Open a transaction; a reading one sees the store as it is now, whatever others commit meanwhile."""
        name = tenant_id(tenant)
        with self._lent() as connection:
            unit = SqlUnit(connection, name, self._sql, writable=write)
            connection.begin(write=write)
            try:
                if not write:
                    # This first read fixes what the unit sees.
                    _ = unit.rows.tail
                yield unit
                unit.flush()
                if self._notifies and connection.has_written:
                    connection.send("SELECT pg_notify(%s, '')", (self._channel(name),))
                connection.commit()
            finally:
                unit.gate.shut()

    @contextmanager
    def listen(self, tenant: str) -> Iterator[Bell]:
        """Lend a bell for the commits of one tenant; it has a connection of its own."""
        connection = self._connect()
        try:
            yield PostgresBell(connection, self._channel(tenant_id(tenant)))
        finally:
            connection.close()

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts, in order."""
        with self._lent() as connection:
            connection.begin(write=False)
            found = connection.rows(self._sql.tenants)
            connection.commit()
        return [name for (name,) in found]

    def close(self) -> None:
        """Close all connections; units that are still open may end, new ones are refused."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _channel(self, tenant: str) -> str:
        # Channels are names of at most 63 bytes.
        return f"{self._schema}_{sha256(tenant.encode()).hexdigest()[:20]}"

    def _connect(self) -> Connection:
        return connect(self._url, self._name, busy_timeout_seconds=self._timeout)

    def _prepare(self, connection: Connection, *, create: bool, may_migrate: bool) -> None:
        todo, old = pending(connection, self._schema), is_store(connection, self._schema)
        if not old and not create:
            raise UnusableInputError(source=self._name, problem=f"it has no schema {quoted(self._schema)}")
        if old and todo and not may_migrate:
            problem = f"it needs migration {todo[0].number}, {todo[0].title}"
            raise UnusableInputError(source=self._name, problem=problem, hint="svcdelivery migrate")
        if todo:
            migrate(connection, self._schema)

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        self._leave_parent()
        places = self._places
        if not places.acquire(timeout=self._timeout):
            raise Busy(problem=f"{self._name}: {self._most} units are open already; nothing was written")
        try:
            connection = self._borrow()
            try:
                yield connection
            except BaseException:
                self._abandon(connection)
                raise
            self._give_back(connection)
        finally:
            places.release()

    def _leave_parent(self) -> None:
        if self._process != os.getpid():
            # A connection must be neither used nor closed on the other side of a fork, so these are only put away.
            self._inherited = self._idle
            self._process, self._idle = os.getpid(), []
            self._places = BoundedSemaphore(self._most)

    def _borrow(self) -> Connection:
        if self._closed:
            raise StoreError(problem=f"{self._name}: the store is closed")
        while self._idle:
            with suppress(IndexError):
                connection = self._idle.pop()
                if connection.is_alive:
                    return connection
                connection.close()
        return self._connect()

    def _give_back(self, connection: Connection) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)

    def _abandon(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except StoreError:
            connection.close()
        else:
            self._give_back(connection)


def _checked_url(url: str) -> str:
    if not isinstance(url, str):
        raise WrongTypeError(expected="the URL of a database", value=url)
    if not url.strip() or "\0" in url:
        raise UnusableInputError(source=url, problem="it names no database", hint="postgresql://user@host/database")
    return url


def _name(url: str) -> str:
    # What errors may show: never the password.
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError:
        place = ""
    return quoted(f"postgresql://{place}" if "://" in url and place else "postgresql")
