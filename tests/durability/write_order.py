"""A disk that remembers in which order it was written to and flushed, and every state a power failure may leave it in.

The recorder is a VFS of apsw, whose SQLite is another build than the one of the module `sqlite3`; `RecordedStore` runs
the statements and settings of `SqliteStore` over it. What is left after a cut is opened by `SqliteStore` as it is.

The model of the disk: what was flushed stays. Of what was written since, any part may have arrived, in any order, in
sectors of 512 bytes; a sector that did not arrive holds what it held before, or, where the file grew, zeros or rubbish.
A sector is written whole or not at all, as SQLite assumes. A new file has its name, and a deleted one has lost it, for
certain only once the folder was flushed. A disk that says it flushed and did not is not this one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import apsw
from attrs import Factory, define

from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.storage.sqlite.connection import Connection

__all__ = ["Disk", "Happened", "RecordedStore", "Recorder"]

_SECTOR = 512
_FLEETING = ("-shm",)
"""Shared memory is gone with the power, and is made anew."""


@define
class Happened:
    """One thing that happened to a file, or, without a file, to the writer: `what` is then what it was told."""

    what: str
    file: str = ""
    offset: int = 0
    data: bytes = b""


class Recorder(apsw.VFS):
    """The system's files, with a log of all that happens to them."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.name = name
        self.log: list[Happened] = []

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802  apsw's name
        """Open a file that is recorded."""
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802  apsw's name
        """Delete a file."""
        super().xDelete(filename, syncdir)
        self.log.append(Happened("delete", _name(filename)))
        if syncdir:
            self.log.append(Happened("names", _name(filename)))


class _File(apsw.VFSFile):
    def __init__(self, recorder: Recorder, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._log = recorder.log
        self._name = _name(name.filename() if isinstance(name, apsw.URIFilename) else name)
        # With a journal's first flush SQLite's files for Unix flush the folder too.
        self._flushes_folder = self._name.endswith(("-journal", "-wal"))

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  apsw's name
        super().xWrite(data, offset)
        self._log.append(Happened("write", self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802  apsw's name
        super().xTruncate(newsize)
        self._log.append(Happened("truncate", self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802  apsw's name
        super().xSync(flags)
        self._log.append(Happened("sync", self._name))
        if self._flushes_folder:
            self._flushes_folder = False
            self._log.append(Happened("names", self._name))


def _name(path: str | None) -> str:
    return Path(path or "").name


class _Raw:
    """A connection of apsw that answers as one of the module `sqlite3` does, as far as the store asks."""

    text_factory: Any = str

    def __init__(self, path: str, recorder: Recorder, timeout: float) -> None:
        self._connection = apsw.Connection(path, vfs=recorder.name)
        self._connection.set_busy_timeout(int(timeout * 1000))

    def execute(self, statement: str, values: Sequence[Any] = ()) -> _Answer:
        try:
            return _Answer(self._connection.execute(statement, tuple(values)), self._connection.changes())
        except apsw.Error as error:
            raise _translated(error) from error

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        try:
            self._connection.executemany(statement, map(tuple, rows)).fetchall()
        except apsw.Error as error:
            raise _translated(error) from error

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def close(self) -> None:
        self._connection.close()


class _Answer:
    """Rows not read yet: a statement that is not read to its end goes on, as it does in Python's own driver."""

    def __init__(self, rows: apsw.Cursor, rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def close(self) -> None:
        self._rows.close()


def _translated(error: apsw.Error) -> sqlite3.OperationalError:
    translated = sqlite3.OperationalError(str(error))
    translated.sqlite_errorcode = error.extendedresult
    return translated


class RecordedStore(SqliteStore):
    """The SQLite store over a recorder.

    Args:
        unsynced: Whether SQLite is told not to flush: what a store must not do, to see that it is found out.
    """

    def __init__(self, path: Path, recorder: Recorder, *, unsynced: bool = False, **rest: Any) -> None:
        self._recorder = recorder
        self._unsynced = unsynced
        super().__init__(path, **rest)

    def _open(self) -> Connection:
        return Connection(_Raw(self.path, self._recorder, self._timeout), self.path)  # type: ignore[arg-type]

    def _settle(self, connection: Connection) -> None:
        super()._settle(connection)
        if self._unsynced:
            connection.run("PRAGMA synchronous = OFF")


@define
class _Kept:
    """A file as the disk has it for certain, and what may have arrived since.

    Attributes:
        flushed: None where there is none.
        before: What its name may still stand for, when that is another file or none.
    """

    flushed: bytearray | None = None
    since: list[Happened] = Factory(list)
    before: _Kept | None = None


class Disk:
    """What is certain after some of a log, and, drawn anew each time, what a power failure then leaves."""

    def __init__(self) -> None:
        self._files: dict[str, _Kept] = {}

    def take(self, event: Happened) -> None:
        """Let one more thing happen."""
        if not event.file or event.file.endswith(_FLEETING):
            return
        file = self._files.setdefault(event.file, _Kept())
        match event.what:
            case "sync":
                if file.flushed is not None:
                    for one in file.since:
                        _apply(file.flushed, one.offset, one.data, one.what)
                file.since = []
            case "names":
                for one in self._files.values():
                    one.before = None
            case "delete":
                self._files[event.file] = _Kept(before=file)
            case _:
                if file.flushed is None:
                    file.flushed, file.before = bytearray(), file.before or _Kept()
                file.since.append(event)

    def left(self, draw: Random) -> Iterator[tuple[str, bytes]]:
        """Answer the files a power failure leaves, with what they then hold."""
        for name, file in self._files.items():
            found = file
            while found.before is not None and draw.random() < 0.5:
                found = found.before
            if found.flushed is not None:
                yield name, _left(found, draw)


def _left(file: _Kept, draw: Random) -> bytes:
    assert file.flushed is not None, "it is there"
    image = bytearray(file.flushed)
    share = draw.choice((0.0, 1.0, draw.random(), draw.random()))
    rubbish = draw.random() < 0.25
    # What arrives late of an early write may come after an early part of a late one.
    for event in file.since:
        if event.what == "truncate":
            if draw.random() < share:
                _apply(image, event.offset, b"", "truncate")
            continue
        for offset, data in _sectors(event):
            if draw.random() < share:
                _apply(image, offset, data, "write")
            elif rubbish and offset >= len(image):
                _apply(image, offset, draw.randbytes(len(data)), "write")
    return bytes(image)


def _sectors(event: Happened) -> Iterator[tuple[int, bytes]]:
    start, end = event.offset, event.offset + len(event.data)
    while start < end:
        stop = min(end, (start // _SECTOR + 1) * _SECTOR)
        yield start, event.data[start - event.offset : stop - event.offset]
        start = stop


def _apply(image: bytearray, offset: int, data: bytes, what: str) -> None:
    if what == "truncate":
        del image[offset:]
        image.extend(bytes(offset - len(image)))
        return
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data
