"""Building a store file beside its place: it appears there whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from svcdelivery.errors import Busy, UnusableInputError, quoted
from svcdelivery.storage.sqlite.schema import make_indexes
from svcdelivery.storage.sqlite.store import SqliteStore, store_path

__all__ = ["build_beside", "build_sqlite"]

_COMPANIONS = ("-wal", "-shm", "-journal")


class _Draft(SqliteStore):
    """A store nobody relies on yet, so it need not wait for the disk."""

    def __init__(self, partial: Path, target: Path) -> None:
        self._target = target
        self._start(partial, create=True, durability="building", busy_timeout_seconds=5.0)

    @property
    def path(self) -> str:
        """The file it is going to be: what is written about the store while it is built is read later."""
        return str(self._target)

    def finish(self) -> None:
        """Make the indexes that were left for the end."""
        connection = self._borrow()
        make_indexes(connection)
        self._give_back(connection)


@contextmanager
def build_sqlite(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[SqliteStore]:
    """Lend a new store that gets its name when the block ends well; when it raises, nothing is left of it.

    Args:
        path: Where the store shall be. It is built in `<path>.partial`, and what an interrupted build left there goes.
        replace: Whether a store that is there already may be replaced; it stays until the new one is whole.

    Raises:
        UnusableInputError: Something is there already, or, with `replace`, something that is no store.
        Busy: The store to be replaced is open elsewhere, or two builds of one store met.
    """
    with build_beside(path, replace=replace) as partial:
        store = _Draft(partial, store_path(path))
        try:
            yield store
            store.finish()
        finally:
            store.close()


@contextmanager
def build_beside(path: str | os.PathLike[str], *, replace: bool = False) -> Iterator[Path]:
    """Lend the path of an empty file that gets its name when the block ends well; raises as `build_sqlite` does."""
    target = store_path(path)
    _check_free(target, replace=replace)
    partial = target.with_name(f"{target.name}.partial")
    _remove(partial)
    partial.touch()
    mark = partial.stat().st_ino
    try:
        yield partial
        _publish(partial, target, mark, replace=replace)
    except BaseException:
        if _is_ours(partial, mark):
            _remove(partial)
        raise


def _publish(partial: Path, target: Path, mark: int, *, replace: bool) -> None:
    if not _is_ours(partial, mark):
        raise Busy(problem=f"{quoted(str(partial))} was built by somebody else meanwhile; nothing was written")
    if partial.with_name(f"{partial.name}-wal").exists():
        raise Busy(problem=f"{quoted(str(partial))} is still in use; nothing was written")
    _flush(partial)
    _check_free(target, replace=replace)
    partial.replace(target)
    _flush_folder(target.parent)


def _is_ours(partial: Path, mark: int) -> bool:
    return partial.exists() and partial.stat().st_ino == mark


def _check_free(target: Path, *, replace: bool) -> None:
    if not target.exists():
        # A write-ahead log that outlived its file would be taken for the new file's.
        _remove(target)
        return
    if not replace:
        hint = "name another file, or say that it may be replaced"
        raise UnusableInputError(source=str(target), problem="there is something already", hint=hint)
    # Opening refuses what is no store; closing as the last one moves its log into the file, so none is left behind.
    SqliteStore(target, create=False).close()
    if target.with_name(f"{target.name}-wal").exists():
        raise Busy(problem=f"{quoted(str(target))} is open elsewhere; nothing was written")


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    # Some systems cannot open a folder, or flush one; there a rename is as safe as it gets.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(path: Path) -> None:
    for name in (path.name, *(path.name + companion for companion in _COMPANIONS)):
        path.with_name(name).unlink(missing_ok=True)
