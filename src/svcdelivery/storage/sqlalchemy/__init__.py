"""The SQLAlchemy engine: the caller's own engine and transaction, on SQLite or PostgreSQL."""

from __future__ import annotations

from svcdelivery.storage.sqlalchemy.metadata import metadata
from svcdelivery.storage.sqlalchemy.store import SqlAlchemyStore

__all__ = ["SqlAlchemyStore", "metadata"]
