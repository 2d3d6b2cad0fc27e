"""The SQLite store: a file, its connections, and the transactions over them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Literal

from svcdelivery.errors import InvalidValueError, UnusableInputError, WrongTypeError, quoted
from svcdelivery.storage.protocol import Capability
from svcdelivery.storage.sql.schema import SchemaStep
from svcdelivery.storage.sql.store import SqlStore
from svcdelivery.storage.sqlite.connection import Connection, Durability, connect, settle
from svcdelivery.storage.sqlite.schema import SQL, STEPS, is_store, migrate, pending

__all__ = ["SqliteStore", "store_path"]

_CAPABILITIES = frozenset({Capability.DURABLE, Capability.MULTI_WRITER, Capability.EXPORT})
_MAGIC = b"SQLite format 3\0"
_HINT_MEMORY = "for a store in memory use MemoryStore; a store on disk is named by its path"


class SqliteStore(SqlStore[Connection]):
    """A store in one SQLite file, shared by any number of threads and processes of one machine.

    A commit that was acknowledged survives a crash of the program and, with durability `full`, of the machine. With
    `normal` a crash of the machine may undo the last commits, never part of one; commits take a fraction of the time.

    Args:
        path: Of the file; always a path, never `:memory:` or a `file:` URI.
        create: Whether a missing file is made.
        durability: `full` or `normal`.
        migrate: Whether an older release's file is brought up to date; that only adds to it, and takes a moment.
        busy_timeout_seconds: How long a writing unit waits for the one before it.

    Raises:
        UnusableInputError: No path, no such folder, a folder, another program's file, one of a later major, or an
            older one that may not be brought up to date.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        durability: Literal["full", "normal"] = "full",
        migrate: bool = True,
        busy_timeout_seconds: float = 5.0,
    ) -> None:
        if durability not in ("full", "normal"):
            raise InvalidValueError(what="a durability", value=durability, hint="`full` or `normal`")
        self._migrates = migrate
        self._start(path, create=create, durability=durability, busy_timeout_seconds=busy_timeout_seconds)

    _migrates = True
    _sql = SQL
    _readers_queue = False

    @staticmethod
    def plan(path: str | os.PathLike[str]) -> Sequence[SchemaStep]:
        """Answer the migrations a file still needs, changing nothing; all of them where there is none."""
        full = store_path(path)
        if not full.exists():
            return STEPS
        _check_header(full)
        connection = connect(str(full), busy_timeout_seconds=5.0)
        try:
            return pending(connection)
        finally:
            connection.close()

    def _start(
        self, path: str | os.PathLike[str], *, create: bool, durability: Durability, busy_timeout_seconds: float
    ) -> None:
        self._path = store_path(path)
        self._durability: Durability = durability
        self._set_up(quoted(self.path), busy_timeout_seconds=busy_timeout_seconds)
        if not self._path.exists() and not create:
            raise UnusableInputError(source=str(self._path), problem="there is no such store")
        _check_header(self._path)
        connection = self._open()
        try:
            self._prepare(connection, create=create)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    @property
    def path(self) -> str:
        """The file, as an absolute path."""
        return str(self._path)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Durable, and open to several writers, one of which writes at a time."""
        return _CAPABILITIES

    def _new_turns(self) -> Lock:
        return Lock()

    def _open(self) -> Connection:
        return connect(str(self._path), busy_timeout_seconds=self._timeout)

    def _connect(self) -> Connection:
        connection = self._open()
        try:
            self._settle(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _settle(self, connection: Connection) -> None:
        settle(connection, durability=self._durability, busy_timeout_seconds=self._timeout)

    def _prepare(self, connection: Connection, *, create: bool) -> None:
        # Looked at before anything is set: a file of somebody else is left as it is.
        old = is_store(connection)
        # Whoever makes it meanwhile is found further down, behind the lock.
        todo = pending(connection) if old else STEPS
        if not old and not create:
            raise UnusableInputError(source=self.path, problem="it is empty, not a store")
        if old and todo and not self._migrates:
            problem = f"it needs migration {todo[0].number}, {todo[0].title}"
            raise UnusableInputError(source=self.path, problem=problem, hint="svcdelivery migrate")
        self._settle(connection)
        if not todo:
            return
        connection.begin(write=True)
        try:
            # Another process may have taken the steps in between.
            migrate(connection, pending(connection), late=self._durability != "building")
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def _check_header(path: Path) -> None:
    # SQLite takes a file of a few bytes for an empty one, and would write over it.
    if path.exists():
        try:
            with path.open("rb") as file:
                start = file.read(len(_MAGIC))
        except OSError as error:
            raise UnusableInputError(source=str(path), problem=f"it cannot be read: {error.strerror}") from error
        if start not in (b"", _MAGIC):
            raise UnusableInputError(source=str(path), problem="it is no SQLite file")


def store_path(path: str | os.PathLike[str]) -> Path:
    """Answer the absolute path of a store's file, which need not exist.

    Raises:
        UnusableInputError: Not a path, a folder, or in a folder that does not exist.
    """
    if not isinstance(path, str | os.PathLike):
        raise WrongTypeError(expected="the path of a store", value=path)
    text = os.fspath(path)
    if not isinstance(text, str):
        raise WrongTypeError(expected="the path of a store, as text", value=path)
    if text.startswith(":") or text.lower().startswith("file:"):
        raise UnusableInputError(source=text, problem="it is not the path of a file", hint=_HINT_MEMORY)
    if not text.strip() or "\0" in text:
        raise UnusableInputError(source=text, problem="it is not the path of a file")
    full = Path(text).absolute()
    if full.is_dir():
        raise UnusableInputError(source=text, problem="it is a folder", hint="the path of a file in it")
    if not full.parent.is_dir():
        raise UnusableInputError(source=text, problem=f"there is no folder {quoted(str(full.parent))}")
    return full
