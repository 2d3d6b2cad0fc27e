"""The keys of people, in a SQLite file of their own."""

from __future__ import annotations

import os
import secrets
import sqlite3
from threading import Lock
from types import TracebackType
from typing import Self

from svcdelivery.errors import StoreError, UnusableInputError, quoted
from svcdelivery.storage.sqlite.connection import MARK_AND_TABLES, translated
from svcdelivery.storage.sqlite.store import store_path

__all__ = ["SqliteKeyRing"]

_APPLICATION_ID = 0x5356434B
_KEY_BYTES = 32


class SqliteKeyRing:
    """A key ring in a file that only its owner may read. Back it up apart from the store, and let old copies go.

    A destroyed key is overwritten in the file; what the disk itself keeps of it is the disk's, so encrypt that. Threads
    and processes may share the file; a key that another process destroys is gone here too.

    Args:
        path: Of the file.
        create: Whether a missing one is made. Where it should be there, say no: a new ring opens nothing.

    Raises:
        UnusableInputError: No such file, or another program's.
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True) -> None:
        full = store_path(path)
        self._path = str(full)
        if not full.exists():
            if not create:
                raise UnusableInputError(source=self._path, problem="there is no such key ring")
            # Its rights are narrowed before there is a key in it.
            os.close(os.open(full, os.O_CREAT | os.O_WRONLY, 0o600))
        self._lock = Lock()
        try:
            self._raw = sqlite3.connect(full, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise translated(error, self._path) from error

    def key(self, tenant: str, subject: str, *, create: bool = False) -> bytes | None:
        """Answer the subject's key, made if wanted."""
        found = self._ask("SELECT key FROM keys WHERE tenant = ? AND subject = ?", (tenant, subject))
        if not found and create:
            new = (tenant, subject, secrets.token_bytes(_KEY_BYTES))
            # Of two processes that make one at the same time, both then use the one that came first.
            self._ask("INSERT INTO keys (tenant, subject, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", new)
            return self.key(tenant, subject)
        return bytes(found[0][0]) if found else None

    def forget(self, tenant: str, subject: str) -> bool:
        """Destroy the subject's key for good."""
        statement = "DELETE FROM keys WHERE tenant = ? AND subject = ? RETURNING 1"
        return bool(self._ask(statement, (tenant, subject)))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        mark, tables = self._raw.execute(MARK_AND_TABLES).fetchone()
        if mark != _APPLICATION_ID and (mark or tables):
            raise UnusableInputError(
                source=self._path, problem="it is a SQLite file of another program, not a key ring"
            )
        # What is deleted is overwritten with zeros.
        self._raw.execute("PRAGMA secure_delete = ON")
        self._raw.execute("PRAGMA journal_mode = TRUNCATE")
        self._raw.execute("PRAGMA synchronous = FULL")
        self._raw.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        self._raw.execute(
            "CREATE TABLE IF NOT EXISTS keys (tenant TEXT NOT NULL, subject TEXT NOT NULL, key BLOB NOT NULL,"
            " PRIMARY KEY (tenant, subject)) WITHOUT ROWID"
        )

    def _ask(self, statement: str, values: tuple[str | bytes, ...]) -> list[tuple[bytes]]:
        try:
            with self._lock:
                return self._raw.execute(statement, values).fetchall()
        except sqlite3.ProgrammingError as error:
            raise StoreError(problem=f"{quoted(self._path)}: the key ring is closed") from error
        except sqlite3.Error as error:
            raise translated(error, self._path) from error
