"""A unit over a SQL connection: all its parts, in one transaction."""

from __future__ import annotations

from svcdelivery.storage.journal import Gate, StoredFeed, StoredJournal
from svcdelivery.storage.sql.archive import SqlArchive
from svcdelivery.storage.sql.journal import Connection, SqlRows
from svcdelivery.storage.sql.outbox import SqlOutbox
from svcdelivery.storage.sql.records import SqlMarks, SqlRecords
from svcdelivery.storage.sql.statements import Statements
from svcdelivery.storage.sql.timers import SqlTimers

__all__ = ["SqlUnit"]


class SqlUnit:
    """One transaction of one tenant; a part is made when it is first asked for.

    `flush` writes what is kept back, and must be called before the commit.
    """

    __slots__ = ("_archive", "_journal", "_made", "_marks", "_outbox", "_records", "_timers", "gate", "rows")

    def __init__(self, connection: Connection, tenant: str, statements: Statements, *, writable: bool) -> None:
        self.gate = Gate(writable=writable)
        self.rows = SqlRows(connection, tenant, statements, alone=writable and statements.dialect.locks_tenant)
        self._made = (connection, tenant, self.gate, statements, self.rows)
        self._journal: StoredJournal | None = None
        self._records: SqlRecords | None = None
        self._timers: SqlTimers | None = None
        self._marks: SqlMarks | None = None
        self._outbox: SqlOutbox | None = None
        self._archive: SqlArchive | None = None

    @property
    def journal(self) -> StoredJournal:
        """Streams and keys."""
        made = self._journal
        if made is None:
            made = self._journal = StoredJournal(self.rows, self._made[1], self.gate)
        return made

    @property
    def feed(self) -> StoredFeed:
        """All facts by position."""
        return StoredFeed(self.rows, self.gate)

    @property
    def records(self) -> SqlRecords:
        """Rows derived from facts."""
        made = self._records
        if made is None:
            made = self._records = SqlRecords(*self._made)
        return made

    @property
    def timers(self) -> SqlTimers:
        """Wake-ups."""
        made = self._timers
        if made is None:
            made = self._timers = SqlTimers(*self._made)
        return made

    @property
    def marks(self) -> SqlMarks:
        """How far followers of the feed have come."""
        made = self._marks
        if made is None:
            made = self._marks = SqlMarks(*self._made)
        return made

    @property
    def outbox(self) -> SqlOutbox:
        """Messages to be delivered."""
        made = self._outbox
        if made is None:
            made = self._outbox = SqlOutbox(*self._made)
        return made

    @property
    def archive(self) -> SqlArchive:
        """Everything as rows."""
        made = self._archive
        if made is None:
            made = self._archive = SqlArchive(*self._made)
        return made

    def flush(self) -> None:
        """Write what is kept back."""
        self.rows.flush()
        if self._archive is not None:
            self._archive.flush()
