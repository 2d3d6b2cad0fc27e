"""One SQLite connection: opened with checked settings, failing in the library's own words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from svcdelivery.errors import (
    Busy,
    IntegrityError,
    ServiceDeliveryError,
    StoreError,
    StoreFull,
    Unknown,
    UnusableInputError,
    quoted,
)
from svcdelivery.storage.sql.statements import Insert

__all__ = ["MARK_AND_TABLES", "Connection", "Durability", "connect", "settle", "translated"]

Durability = Literal["full", "normal", "building"]

MARK_AND_TABLES = "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
"""Whose file it is, and how many tables it has, both of one moment: somebody may be making it meanwhile."""

_SYNCHRONOUS = {"building": 0, "normal": 1, "full": 2}
_CACHE_KIBIBYTES = 16_384
_CACHE_KIBIBYTES_BUILDING = 65_536
_RETRY_SECONDS = 0.01
_WRITING = "BEGIN IMMEDIATE"
# A statement whose row nobody fetches is not over, and until then all that is read is of one moment. This one looks
# into nothing but the file's header, and costs less than a `BEGIN`, a first read behind it, and a `COMMIT`.
_READING = "PRAGMA user_version"
_WAIT = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Connection:
    """Runs statements; every failure is one of ours and names the file.

    After a failure nothing more is run until `rollback`: SQLite may have ended the transaction by itself, and what
    came next would count on its own.
    """

    # A file does not go away as a server does.
    is_alive: bool = True

    def __init__(self, raw: sqlite3.Connection, path: str) -> None:
        self.raw = raw
        self.path = path
        self._execute = raw.execute
        self._failure: ServiceDeliveryError | None = None
        self._view: sqlite3.Cursor | None = None

    # These run some five times a command: each goes to SQLite directly, and looks into what went wrong afterwards.

    def begin(self, *, write: bool) -> None:
        """Open a transaction; a reading one sees the file as it is now."""
        if self._failure is not None:
            raise self._failure
        try:
            begun = self._execute(_WRITING if write else _READING)
        except sqlite3.Error as error:
            raise self._failed(error) from error
        self._view = None if write else begun

    def row(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Answer the first row, None when there is none."""
        if self._failure is None:
            try:
                return self._execute(statement, values).fetchone()
            except sqlite3.Error as error:
                return self._fetch_damaged(error, statement, values, sqlite3.Cursor.fetchone)
        raise self._failure

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Answer all rows."""
        if self._failure is None:
            try:
                return self._execute(statement, values).fetchall()
            except sqlite3.Error as error:
                found: list[Any] = self._fetch_damaged(error, statement, values, sqlite3.Cursor.fetchall)
                return found
        raise self._failure

    def ask(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Any]]:
        """Answer the rows of several statements."""
        return [self.rows(statement, values) for statement, values in questions]

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Answer how many rows a statement changed."""
        if self._failure is None:
            try:
                return self._execute(statement, values).rowcount
            except sqlite3.Error as error:
                raise self._failed(error) from error
        raise self._failure

    def send(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement; there is no way to another machine to be saved."""
        if self._failure is not None:
            raise self._failure
        try:
            self._execute(statement, values)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def insert(self, into: Insert, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows."""
        if isinstance(rows, list) and len(rows) == 1:
            self.send(into.sql, rows[0])
        else:
            self.send_each(into.sql, rows)

    def send_each(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of values."""
        if self._failure is not None:
            raise self._failure
        try:
            self.raw.executemany(statement, rows)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def commit(self) -> None:
        """Make the transaction count.

        Raises:
            Unknown: The disk failed meanwhile; only reading again tells whether it counts.
        """
        if self._failure is not None:
            raise self._failure
        view, self._view = self._view, None
        if view is not None:
            view.close()
            return
        try:
            self._execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error, committing=True) from error

    def rollback(self) -> None:
        """Undo the transaction, if SQLite has not done so by itself."""
        view, self._view = self._view, None
        try:
            if view is not None:
                view.close()
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise self._failed(error) from error
        self._failure = None

    def close(self) -> None:
        """Close the file."""
        self.raw.close()

    def _fetch_damaged(
        self, error: sqlite3.Error, statement: str, values: Sequence[Any], answer: Callable[[sqlite3.Cursor], Any]
    ) -> Any:
        if "decode" not in str(error):
            raise self._failed(error) from error
        # Somebody wrote bytes that are no UTF-8: the chain must still be able to tell which entry they are in.
        self.raw.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        try:
            return answer(self.raw.execute(statement, values))
        except sqlite3.Error as again:
            raise self._failed(again) from again
        finally:
            self.raw.text_factory = str

    def _failed(self, error: sqlite3.Error, *, committing: bool = False) -> ServiceDeliveryError:
        self._failure = translated(error, self.path, committing=committing)
        return self._failure


def connect(path: str, *, busy_timeout_seconds: float) -> Connection:
    """Open the file, and change nothing in it."""
    try:
        # A connection is lent to one unit at a time, so it may move between threads.
        raw = sqlite3.connect(path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise translated(error, path) from error
    return Connection(raw, path)


def settle(connection: Connection, *, durability: Durability, busy_timeout_seconds: float) -> None:
    """Make a connection's settings certain.

    Raises:
        UnusableInputError: The file system does not allow what several writers need.
    """
    raw, path = connection.raw, connection.path
    try:
        if durability == "building":
            # Nobody else reads a draft, so nothing is written twice; what a rollback needs is kept in memory.
            # Large pages suit rows written in order; a file keeps the size it was made with.
            raw.execute("PRAGMA page_size = 16384")
            raw.execute("PRAGMA journal_mode = MEMORY")
        else:
            _write_ahead(raw, path, busy_timeout_seconds)
        _set(raw, path, durability, busy_timeout_seconds)
    except sqlite3.Error as error:
        raise translated(error, path) from error


def _set(raw: sqlite3.Connection, path: str, durability: Durability, busy_timeout_seconds: float) -> None:
    level = _SYNCHRONOUS[durability]
    for setting, value in {
        "synchronous": level,
        "cache_size": -(_CACHE_KIBIBYTES_BUILDING if durability == "building" else _CACHE_KIBIBYTES),
        "trusted_schema": 0,
        "cell_size_check": 1,
    }.items():
        raw.execute(f"PRAGMA {setting} = {value}")
    for setting, value in {"synchronous": level, "busy_timeout": int(busy_timeout_seconds * 1000)}.items():
        (kept,) = raw.execute(f"PRAGMA {setting}").fetchone()
        if kept != value:
            problem = f"SQLite keeps `{setting}` at {kept} instead of {value}"
            raise UnusableInputError(source=path, problem=problem)


def _write_ahead(raw: sqlite3.Connection, path: str, seconds: float) -> None:
    # Changing the mode does not wait for others as statements do.
    give_up = time.monotonic() + seconds
    mode = None
    while mode is None:
        try:
            (mode,) = raw.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _WAIT or time.monotonic() > give_up:
                raise
            time.sleep(_RETRY_SECONDS)
    if mode != "wal":
        problem = "its file system allows no write-ahead log"
        raise UnusableInputError(source=path, problem=problem, hint="a local disk that this program may write to")


def translated(error: sqlite3.Error, path: str, *, committing: bool = False) -> ServiceDeliveryError:
    """Answer what a failure of SQLite means to the caller."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    name = quoted(path)
    match primary:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Busy(problem=f"{name} is busy; nothing was written")
        case sqlite3.SQLITE_FULL:
            return StoreFull(problem=f"{name}: no room is left; nothing was written")
        case sqlite3.SQLITE_IOERR if committing:
            return Unknown(problem=f"{name}: the disk failed at the commit; call again with the same key to find out")
        case sqlite3.SQLITE_READONLY:
            return StoreError(problem=f"{name} cannot be written to")
        case sqlite3.SQLITE_NOTADB:
            return UnusableInputError(source=path, problem="it is no SQLite file")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return UnusableInputError(source=path, problem="it cannot be opened for reading and writing")
        case sqlite3.SQLITE_CORRUPT:
            return IntegrityError(problem=f"{name} is damaged: {error}")
        case _:
            return StoreError(problem=f"{name}: {error}")
