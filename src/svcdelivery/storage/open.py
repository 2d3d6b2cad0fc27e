"""Stores by name: what a command line or a setting says becomes an open store."""

from __future__ import annotations

import re

from svcdelivery.errors import UnusableInputError, WrongTypeError
from svcdelivery.storage.protocol import Store

__all__ = ["open_store"]

_ACCEPTED = "`sqlite:///folder/file.db`, the path of a file, `postgresql://user@host/database`, or `memory:`"
_SQLITE = "sqlite:///"
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
    if not isinstance(url, str):
        raise WrongTypeError(expected="the name of a store", value=url)
    if url == "memory:":
        from svcdelivery.storage.memory import MemoryStore

        return MemoryStore()
    if url.startswith(_POSTGRES):
        from svcdelivery.storage.postgres import PostgresStore

        return PostgresStore(url, create=create)
    from svcdelivery.storage.sqlite import SqliteStore

    if url.startswith(_SQLITE) and url != _SQLITE:
        return SqliteStore(url.removeprefix(_SQLITE), create=create)
    if url == _SQLITE:
        raise UnusableInputError(source=url, problem="it names no file", hint=_ACCEPTED)
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() != "file":
        raise UnusableInputError(source=url, problem="it names no kind of store that is known", hint=_ACCEPTED)
    return SqliteStore(url, create=create)
