"""Stores by name: what a command line or a setting says becomes an open store."""

from __future__ import annotations

import re
from collections.abc import Sequence

from svcdelivery.errors import UnusableInputError, WrongTypeError
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sql.schema import SchemaStep

__all__ = ["missing_file", "open_store", "plan_store"]

_ACCEPTED = "`sqlite:///folder/file.db`, the path of a file, `postgresql://user@host/database`, or `memory:`"
_SQLITE = "sqlite:///"
_MEMORY = "memory:"
_POSTGRES = ("postgresql://", "postgres://")
# One letter before the colon is a drive.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):")


def open_store(url: str, *, create: bool = True) -> Store:
    """Answer the store a text names.

    Args:
        url: `sqlite:///` and a path, relative unless it begins with a further slash; a plain path; `postgresql://`, as
            libpq takes it; or `memory:`, which is a new, empty store each time. Nothing in a path is decoded.
        create: Whether a missing store is made.

    Raises:
        UnusableInputError: Another scheme, or what it names is no store.
        ExtraMissingError: What PostgreSQL needs is not installed.
    """
    path = _path(url)
    if path is not None:
        from svcdelivery.storage.sqlite import SqliteStore

        return SqliteStore(path, create=create)
    if url == _MEMORY:
        from svcdelivery.storage.memory import MemoryStore

        return MemoryStore()
    from svcdelivery.storage.postgres import PostgresStore

    return PostgresStore(url, create=create)


def plan_store(url: str) -> Sequence[SchemaStep]:
    """Answer the migrations a store still needs, changing nothing.

    Raises:
        UnusableInputError: As `open_store`; a store in memory has no schema.
    """
    path = _path(url)
    if path is not None:
        from svcdelivery.storage.sqlite import SqliteStore

        return SqliteStore.plan(path)
    if url == _MEMORY:
        raise UnusableInputError(source=url, problem="it has no schema", hint="a store on disk")
    from svcdelivery.storage.postgres import PostgresStore

    return PostgresStore.plan(url)


def missing_file(url: str) -> str | None:
    """Answer the path of a SQLite store that is not there yet, None for any other store."""
    path = _path(url)
    if path is None:
        return None
    from svcdelivery.storage.sqlite.store import store_path

    return None if store_path(path).exists() else path


def _path(url: str) -> str | None:
    """Answer the path of a SQLite store, None for one of another known kind."""
    if not isinstance(url, str):
        raise WrongTypeError(expected="the name of a store", value=url)
    if url == _MEMORY or url.startswith(_POSTGRES):
        return None
    if url == _SQLITE:
        raise UnusableInputError(source=url, problem="it names no file", hint=_ACCEPTED)
    if url.startswith(_SQLITE):
        return url.removeprefix(_SQLITE)
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() != "file":
        raise UnusableInputError(source=url, problem="it names no kind of store that is known", hint=_ACCEPTED)
    return url
