"""A backup of a running store as one SQLite file: consistent, and there whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlite.build import build_beside, build_sqlite
from svcdelivery.storage.sqlite.connection import translated
from svcdelivery.storage.sqlite.store import SqliteStore
from svcdelivery.storage.transfer import copy_tenant

__all__ = ["backup_store"]


def backup_store(store: Store, path: str | os.PathLike[str], *, replace: bool = False) -> None:
    """Write everything a store holds now to a new SQLite store, while others go on writing.

    A SQLite store is copied page by page by SQLite itself; of any other, tenant after tenant is copied, each as of one
    moment, with its chain verified and the copy proved equal.

    Args:
        path: Where the backup shall be.
        replace: Whether a store that is there already may be replaced.

    Raises:
        UnusableInputError: Something is there already, or the store does not give out its rows.
        IntegrityError: The store is damaged.
    """
    if isinstance(store, SqliteStore):
        with build_beside(path, replace=replace) as partial:
            _copy_pages(store, partial)
        return
    with build_sqlite(path, replace=replace) as target:
        for tenant in store.tenants():
            copy_tenant(store, target, tenant)


def _copy_pages(store: SqliteStore, partial: Path) -> None:
    try:
        source = sqlite3.connect(f"{Path(store.path).as_uri()}?mode=ro", uri=True)
        try:
            target = sqlite3.connect(partial)
            try:
                # All at once is one moment; in steps it would begin anew whenever somebody writes.
                source.backup(target)
                # As the source it is in the mode of several writers, which a file alone has no need of.
                target.execute("PRAGMA journal_mode = DELETE")
            finally:
                target.close()
        finally:
            source.close()
    except sqlite3.Error as error:
        raise translated(error, store.path) from error
