"""The bell of a PostgreSQL store."""

from __future__ import annotations

from svcdelivery.storage.postgres.connection import Connection

__all__ = ["PostgresBell"]


class PostgresBell:
    """Rings when a commit of the channel's tenant was announced."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._connection = connection
        connection.listen(channel)

    def wait(self, seconds: float) -> bool:
        """Answer whether it rang within the time."""
        return self._connection.notified(seconds)
