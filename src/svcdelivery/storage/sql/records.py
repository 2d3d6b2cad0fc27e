"""Records and marks over a SQL connection."""

from __future__ import annotations

from collections.abc import Sequence

from svcdelivery.storage.journal import checked_limit
from svcdelivery.storage.protocol import Page, Query, Record
from svcdelivery.storage.rows import checked_follower, checked_mark, record_of_row, row_of_record
from svcdelivery.storage.sql.journal import Part

__all__ = ["SqlMarks", "SqlRecords"]


class SqlRecords(Part):
    """The records of one tenant."""

    def put(self, records: Sequence[Record]) -> None:
        """Insert or replace rows."""
        self._gate.writing()
        rows = [(self._tenant, *row_of_record(record)) for record in records]
        if rows:
            self._rows.take_turn()
            self._connection.send_each(self._sql.put_records.sql, rows)

    def get(self, kind: str, id: str) -> Record | None:
        """Answer one row."""
        self._gate.reading()
        self._rows.take_turn()
        row = self._connection.row(self._sql.record, (self._tenant, kind, id))
        return record_of_row(row) if row else None

    def find(self, query: Query, *, after: str | None = None, limit: int = 100) -> Page[Record]:
        """Answer rows ordered by id after the cursor."""
        self._gate.reading()
        self._rows.take_turn()
        mark = self._sql.dialect.mark
        # The columns are among RECORD_COLUMNS: a query refuses any other.
        conditions = [(f"{column} = {mark}", value) for column, value in query.where]
        if after is not None:
            conditions.append((f"id > {mark}", after))
        statement = self._sql.find.replace("{where}", "".join(f" AND {condition}" for condition, _ in conditions))
        values = (self._tenant, query.kind, *(value for _, value in conditions), checked_limit(limit) + 1)
        rows = self._connection.rows(statement, values)
        items = tuple(record_of_row(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].id if len(rows) > limit else None)


class SqlMarks(Part):
    """How far the followers of one tenant's feed have come."""

    def get(self, follower: str) -> int:
        """Answer the position the follower has reached."""
        self._gate.reading()
        self._rows.take_turn()
        found = self._connection.row(self._sql.mark, (self._tenant, checked_follower(follower)))
        return found[0] if found else 0

    def put(self, follower: str, position: int) -> None:
        """Set it."""
        self._gate.writing()
        values = (self._tenant, checked_follower(follower), checked_mark(position, self._rows.tail.position))
        self._connection.send(self._sql.put_mark, values)
