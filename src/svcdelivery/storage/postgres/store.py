"""The PostgreSQL store: a schema in a database, its connections, and the transactions over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from svcdelivery.errors import UnusableInputError, WrongTypeError, quoted
from svcdelivery.storage.postgres.bell import PostgresBell
from svcdelivery.storage.postgres.connection import Connection, connect
from svcdelivery.storage.postgres.schema import is_store, migrate, pending
from svcdelivery.storage.protocol import Bell, Capability, tenant_id
from svcdelivery.storage.sql.dialect import checked_schema, postgresql
from svcdelivery.storage.sql.schema import SchemaStep
from svcdelivery.storage.sql.statements import statements
from svcdelivery.storage.sql.store import SqlStore

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


class PostgresStore(SqlStore[Connection]):
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
        self._schema = checked_schema(schema)
        self._sql = statements(postgresql(self._schema))
        self._notifies = notify
        self._most = connections_most
        self._set_up(_name(url), busy_timeout_seconds=busy_timeout_seconds)
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
    def capabilities(self) -> frozenset[Capability]:
        """Everything but the caller's own transaction and erasure; bells only where commits ring them."""
        return _ALWAYS | {Capability.NOTIFY} if self._notifies else _ALWAYS

    @contextmanager
    def listen(self, tenant: str) -> Iterator[Bell]:
        """Lend a bell for the commits of one tenant; it has a connection of its own."""
        connection = self._connect()
        try:
            yield PostgresBell(connection, self._channel(tenant_id(tenant)))
        finally:
            connection.close()

    def _new_turns(self) -> BoundedSemaphore:
        return BoundedSemaphore(self._most)

    def _busy(self) -> str:
        return f"{self._name}: {self._most} units are open already; nothing was written"

    def _announce(self, connection: Connection, tenant: str) -> None:
        if self._notifies and connection.has_written:
            connection.send("SELECT pg_notify(%s, '')", (self._channel(tenant),))

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
