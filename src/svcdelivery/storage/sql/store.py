"""What stores over connections of their own have in common: connections are lent, a unit is a transaction on one."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar
from weakref import WeakSet

from svcdelivery.errors import Busy, StoreError
from svcdelivery.storage.protocol import PROTOCOL, ArchivedUnit, tenant_id
from svcdelivery.storage.sql.journal import Connection
from svcdelivery.storage.sql.statements import Statements
from svcdelivery.storage.sql.unit import SqlUnit

__all__ = ["LentConnection", "SqlStore", "Turnstile"]


class Turnstile(Protocol):
    """What units queue at, such as a lock, or a semaphore for so many at once."""

    def acquire(self, blocking: bool = True, timeout: float = ...) -> bool:
        """Wait for a turn; answer whether it came in time."""
        ...

    def release(self) -> None:
        """Give the turn to the next."""
        ...


class LentConnection(Connection, Protocol):
    """A connection that is lent to one unit after another."""

    @property
    def is_alive(self) -> bool:
        """Whether nothing speaks against using it."""
        ...

    def begin(self, *, write: bool) -> None:
        """Open a transaction; a reading one sees the store as it is now."""
        ...

    def commit(self) -> None:
        """Make the transaction count."""
        ...

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


C = TypeVar("C", bound=LentConnection)


class SqlStore(ABC, Generic[C]):
    """A store that opens connections as they are needed, and keeps them for the units to come.

    In a process that was forked off it has none at first: a connection must be neither used nor closed on the other
    side of a fork, and nobody there would ever give up a turn that was taken before.
    """

    _sql: Statements
    _readers_queue = True

    def _set_up(self, name: str, *, busy_timeout_seconds: float) -> None:
        """Begin without a connection; `name` stands for the store in errors."""
        self._name = name
        self._timeout = busy_timeout_seconds
        self._idle: list[C] = []
        self._inherited: list[C] = []
        self._turns = self._new_turns()
        self._closed = False
        _stores.add(self)

    @property
    def protocol(self) -> tuple[int, int]:
        """The version of the protocol it keeps."""
        return PROTOCOL

    def unit(self, tenant: str, *, write: bool = True) -> AbstractContextManager[ArchivedUnit]:
        """Open a transaction; a reading one sees the store as it is now, whatever others commit meanwhile."""
        return _Opened(self, tenant_id(tenant), write=write)

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts, in order."""
        opened = _Opened(self, "", write=False)
        with opened:
            return [name for (name,) in opened.connection.rows(self._sql.tenants)]

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

    @abstractmethod
    def _connect(self) -> C:
        """Open another connection."""

    @abstractmethod
    def _new_turns(self) -> Turnstile:
        """Answer what units queue at in this process."""

    def _busy(self) -> str:
        """Answer what is said to a unit whose turn did not come."""
        return f"{self._name} is busy; nothing was written"

    def _announce(self, connection: C, tenant: str) -> None:
        """Say at the end of a writing unit that there is news."""

    def _begin_anew(self) -> None:
        self._inherited, self._idle, self._turns = self._idle, [], self._new_turns()

    def _borrow(self) -> C:
        if self._closed:
            raise StoreError(problem=f"{self._name}: the store is closed")
        idle = self._idle
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return self._connect()
            if connection.is_alive:
                return connection
            connection.close()

    def _give_back(self, connection: C) -> None:
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)

    def _abandon(self, connection: C) -> None:
        try:
            connection.rollback()
        except StoreError:
            connection.close()
        else:
            self._give_back(connection)


_stores: WeakSet[SqlStore[Any]] = WeakSet()


def _forked() -> None:
    for store in list(_stores):
        store._begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class _Opened:
    """One transaction: a class, since opening one is a good part of what a small command costs."""

    __slots__ = ("_store", "_tenant", "_turns", "_unit", "_write", "connection")

    def __init__(self, store: SqlStore[Any], tenant: str, *, write: bool) -> None:
        self._store = store
        self._tenant = tenant
        self._write = write

    def __enter__(self) -> SqlUnit:
        store, write = self._store, self._write
        turns = self._turns = store._turns if write or store._readers_queue else None
        # Threads of one process queue here, in turn; a database's own waiting is by chance.
        if turns is not None and not turns.acquire(blocking=False) and not turns.acquire(timeout=store._timeout):
            raise Busy(problem=store._busy())
        try:
            connection = self.connection = store._borrow()
            try:
                connection.begin(write=write)
                unit = self._unit = SqlUnit(connection, self._tenant, store._sql, writable=write)
            except BaseException:
                store._abandon(connection)
                raise
        except BaseException:
            if turns is not None:
                turns.release()
            raise
        return unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        store, connection, unit = self._store, self.connection, self._unit
        try:
            if kind is not None:
                store._abandon(connection)
                return
            try:
                if self._write:
                    unit.flush()
                    store._announce(connection, self._tenant)
                connection.commit()
            except BaseException:
                store._abandon(connection)
                raise
            store._give_back(connection)
        finally:
            unit.gate.shut()
            if self._turns is not None:
                self._turns.release()
