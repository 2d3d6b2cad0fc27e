"""One SQLAlchemy connection, speaking to the driver in its own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from svcdelivery.errors import ServiceDeliveryError, StoreError
from svcdelivery.storage.sql.failures import failure
from svcdelivery.storage.sql.statements import Insert
from svcdelivery.storage.sqlite.connection import translated

__all__ = ["Connection", "meaning"]


class Connection:
    """Runs statements; every failure is one of ours, and after one nothing more is run."""

    def __init__(self, raw: sa.Connection, name: str) -> None:
        self.raw = raw
        self.name = name
        self._failure: ServiceDeliveryError | None = None

    def begin(self, *, write: bool) -> None:
        """Open a transaction of the kind a unit needs, unless the caller has opened one."""
        if self.raw.dialect.name != "sqlite" or self._in_transaction():
            return
        # The driver would begin late and without a lock: a writer that has read could then be refused.
        self.run("BEGIN IMMEDIATE" if write else "BEGIN")

    def row(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Answer the first row, None when there is none."""
        found = self._ask(statement, tuple(values), sa.CursorResult.fetchone)
        return None if found is None else tuple(found)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Answer all rows."""
        return list(map(tuple, self._ask(statement, tuple(values), sa.CursorResult.fetchall)))

    def ask(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """Answer the rows of several statements."""
        return [self.rows(statement, values) for statement, values in questions]

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Answer how many rows a statement changed."""
        count: int = self._ask(statement, tuple(values), lambda result: result.rowcount)
        return count

    def send(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement."""
        self.run(statement, values)

    def send_each(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        many = [tuple(row) for row in rows]
        if many:
            self._ask(statement, many, lambda result: result.rowcount)

    def insert(self, into: Insert, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows."""
        self.send_each(into.sql, rows)

    def commit(self) -> None:
        """Make the transaction count.

        Raises:
            Unknown: The connection or the disk failed meanwhile.
        """
        if self._failure is not None:
            raise self._failure
        try:
            self.raw.commit()
        except sa.exc.SQLAlchemyError as error:
            raise meaning(error, self.name, committing=True) from error

    def _ask(self, statement: str, values: Any, answer: Any) -> Any:
        if self._failure is not None:
            raise self._failure
        try:
            return answer(self.raw.exec_driver_sql(statement, values or None))
        except sa.exc.SQLAlchemyError as error:
            self._failure = meaning(error, self.name)
            raise self._failure from error

    def _in_transaction(self) -> bool:
        return bool(getattr(self.raw.connection.dbapi_connection, "in_transaction", False))


def meaning(error: sa.exc.SQLAlchemyError, name: str, *, committing: bool = False) -> ServiceDeliveryError:
    """Answer what a failure means to the caller."""
    if isinstance(error, sa.exc.DBAPIError):
        cause = error.orig
        if isinstance(cause, sqlite3.Error):
            return translated(cause, name, committing=committing)
        if isinstance(cause, Exception):
            return failure(cause, f"`{name}`", committing=committing, lost=error.connection_invalidated)
    return StoreError(problem=f"`{name}`: {' '.join(str(error).split())}")
