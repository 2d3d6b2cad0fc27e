"""A tenant as rows over a SQL connection."""

from __future__ import annotations

from collections.abc import Sequence

from svcdelivery.storage.chain import genesis
from svcdelivery.storage.journal import checked_limit
from svcdelivery.storage.protocol import ArchiveRow, ArchiveTable
from svcdelivery.storage.rows import facts_to_take
from svcdelivery.storage.sql.journal import Part
from svcdelivery.storage.sql.statements import Insert

__all__ = ["SqlArchive"]

_NAMES = {
    ArchiveTable.FACTS: "facts",
    ArchiveTable.KEYS: "commands",
    ArchiveTable.RECORDS: "records",
    ArchiveTable.TIMERS: "timers",
    ArchiveTable.MESSAGES: "messages",
    ArchiveTable.MARKS: "marks",
}
_MANY = 200


class SqlArchive(Part):
    """Everything of one tenant."""

    _put_off: tuple[str, ...] = ()

    def read(self, table: ArchiveTable, *, after: ArchiveRow | None = None, limit: int = 1000) -> Sequence[ArchiveRow]:
        """Answer rows past the one given, ordered by the table's key."""
        self._gate.reading()
        self._rows.take_turn()
        self._rows.flush()
        checked_limit(limit)
        if table is ArchiveTable.FENCE:
            return self._fence() if after is None else ()
        put, dialect = self._sql.dialect.put, self._sql.dialect
        columns = ", ".join(dialect.payload_out.format(c) if c == "payload" else c for c in table.columns)
        key = ", ".join(table.key)
        statement = f"SELECT {columns} FROM {dialect.prefix}{_NAMES[table]} WHERE tenant = ?"
        values: list[str | int | bytes | None] = [self._tenant]
        if after is not None:
            statement += f" AND ({key}) > ({', '.join('?' * len(table.key))})"
            values += [after[table.columns.index(name)] for name in table.key]
        return self._connection.rows(put(f"{statement} ORDER BY {key} LIMIT ?"), (*values, limit))

    def write(self, table: ArchiveTable, rows: Sequence[ArchiveRow]) -> None:
        """Add rows as they are."""
        self._gate.writing()
        tail = self._rows.tail
        if not rows:
            return
        if table is ArchiveTable.FACTS:
            self._rows.take(*facts_to_take(rows, tail))
        elif table is ArchiveTable.FENCE:
            self._raise_fence(max(int(row[0] or 0) for row in rows))
        else:
            if table is ArchiveTable.RECORDS:
                self._put_off_indexes(len(rows))
            dialect = self._sql.dialect
            name, columns = f"{dialect.prefix}{_NAMES[table]}", f"tenant, {', '.join(table.columns)}"
            marks = ", ".join("?" * (len(table.columns) + 1))
            sql = dialect.put(f"INSERT INTO {name} ({columns}) VALUES ({marks})")
            into = Insert(table=name, columns=columns, sql=sql)
            self._connection.insert(into, [(self._tenant, *row) for row in rows])

    def flush(self) -> None:
        """Make the indexes that were put off."""
        statements, self._put_off = self._put_off, ()
        for statement in statements:
            self._connection.run(statement)

    def _put_off_indexes(self, rows: int) -> None:
        # Of many rows at once an index costs a good part less than when it is kept up row by row. In SQLite nobody
        # waits for that: a writer is alone, and readers see the indexes there were.
        dialect = self._sql.dialect
        name = f"{dialect.prefix}{_NAMES[ArchiveTable.RECORDS]}"
        if dialect.name != "sqlite" or rows < _MANY or self._connection.row(f"SELECT 1 FROM {name} LIMIT 1"):
            return
        own = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        found = self._connection.rows(own, (name,))
        for index, _ in found:
            self._connection.run(f'DROP INDEX "{index}"')
        self._put_off = tuple(statement for _, statement in found)

    def _fence(self) -> Sequence[ArchiveRow]:
        if self._sql.dialect.skips_locked:
            return self._connection.rows(self._sql.last_fence)
        return self._connection.rows(self._sql.fence, (self._tenant,))

    def _raise_fence(self, fence: int) -> None:
        if self._sql.dialect.skips_locked:
            self._connection.row(self._sql.raise_fence, (fence,))
            return
        found = self._fence()
        more = fence - int(found[0][0] or 0) if found else fence
        if more > 0:
            self._connection.send(self._sql.next_fence, (self._tenant, genesis(self._tenant), more))
