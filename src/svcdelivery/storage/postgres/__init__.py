"""The PostgreSQL engine: many machines, and a writer for each tenant at a time."""

from __future__ import annotations

from svcdelivery.storage.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
