"""What one unit reads and writes: facts, keys, records and wake-ups as SQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from svcdelivery.storage.chain import genesis
from svcdelivery.storage.codec import Row
from svcdelivery.storage.journal import Command, Gate, Tail, checked_limit
from svcdelivery.storage.protocol import RECORD_COLUMNS, Claim, Due, Page, Query, Record
from svcdelivery.storage.rows import checked_lease, due_of, record_of_row, row_of_due, row_of_record
from svcdelivery.storage.sqlite.connection import Connection
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["SqliteRecords", "SqliteRows", "SqliteTimers"]

_PENDING_MOST = 2000
_FACT_COLUMNS = "position, stream, version, type, occurred_us, recorded_us, actor, payload, hash"
_FACT_READ = _FACT_COLUMNS.replace("payload", "CAST(payload AS BLOB)")
_ADD_FACT = f"INSERT INTO facts (tenant, {_FACT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)"
_ADD_COMMAND = "INSERT INTO commands (tenant, key, intent, first, size) VALUES (?, ?, ?, ?, ?)"
_SET_TAIL = (
    "INSERT INTO tenants (tenant, position, recorded_us, hash, fence) VALUES (?, ?, ?, ?, 0)"
    " ON CONFLICT (tenant) DO UPDATE"
    " SET position = excluded.position, recorded_us = excluded.recorded_us, hash = excluded.hash"
)
_OF_STREAM = (
    f"SELECT {_FACT_READ} FROM facts WHERE tenant = ? AND stream = ? AND version > ? AND version <= ? ORDER BY version"
)
_LAST_VERSION = "SELECT max(version) FROM facts WHERE tenant = ? AND stream = ?"
_LAST_VERSIONS = (
    "SELECT stream, max(version) FROM facts"
    " WHERE tenant = ? AND stream IN (SELECT value FROM json_each(?)) GROUP BY stream"
)
_COMMAND = "SELECT intent, first, size FROM commands WHERE tenant = ? AND key = ?"
_VERSION_MOST = 2**63 - 1

_RECORD_COLUMNS = f"kind, id, stream, version, {', '.join(RECORD_COLUMNS)}, data"
_PUT_RECORD = f"REPLACE INTO records (tenant, {_RECORD_COLUMNS}) VALUES (?, ?, ?, ?, ?, {'?, ' * len(RECORD_COLUMNS)}?)"

# Arming the same instant again leaves a claim as it is; another instant takes it away.
_ARM = (
    "INSERT INTO timers (tenant, stream, name, due_us) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (tenant, stream, name) DO UPDATE"
    " SET due_us = excluded.due_us, fence = NULL, owner = NULL, until_us = NULL WHERE due_us <> excluded.due_us"
)
_NEXT_FENCE = (
    "INSERT INTO tenants (tenant, position, recorded_us, hash, fence) VALUES (?, 0, NULL, ?, ?)"
    " ON CONFLICT (tenant) DO UPDATE SET fence = fence + excluded.fence"
)
_DUE = "SELECT stream, name, due_us FROM timers WHERE tenant = ? AND due_us <= ? ORDER BY due_us, stream, name LIMIT ?"
_FREE = (
    "SELECT stream, name, due_us FROM timers WHERE tenant = ? AND due_us <= ? AND (until_us IS NULL OR until_us <= ?)"
    " ORDER BY due_us, stream, name LIMIT ?"
)
_LEND = "UPDATE timers SET fence = ?, owner = ?, until_us = ? WHERE tenant = ? AND stream = ? AND name = ?"


class SqliteRows:
    """The journal's rows of one tenant. Added rows wait to be written in bulk, at the latest until rows are read."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant
        # This first read also fixes what a reading unit sees from now on.
        found = connection.row("SELECT position, recorded_us, hash FROM tenants WHERE tenant = ?", (tenant,))
        self.tail = Tail(*found) if found else Tail(0, None, genesis(tenant))
        # A tenant without a row has neither facts nor keys: nothing needs to be looked up.
        self._known = found is not None
        self._facts: list[tuple[Any, ...]] = []
        self._commands: dict[str, Command] = {}

    def version(self, stream: str) -> int:
        """Answer the stream's last version that is written; what this unit added itself, its journal knows."""
        if not self._known:
            return 0
        return self._connection.row(_LAST_VERSION, (self._tenant, stream))[0] or 0

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Answer the last written versions of many streams; those unknown are left out."""
        if not self._known:
            return {}
        return dict(self._connection.rows(_LAST_VERSIONS, (self._tenant, json.dumps(streams))))

    def command(self, key: str) -> Command | None:
        """Answer what the key wrote."""
        if key in self._commands:
            return self._commands[key]
        found = self._connection.row(_COMMAND, (self._tenant, key)) if self._known else None
        return Command(*found) if found else None

    def add(self, rows: list[Row], key: str, command: Command, tail: Tail) -> None:
        """Keep the rows until there are many, or one is asked for."""
        tenant = self._tenant
        self._facts += [(tenant, *row) for row in rows]
        self._commands[key] = command
        self.tail = tail
        if len(self._facts) + len(self._commands) > _PENDING_MOST:
            self.flush()

    def flush(self) -> None:
        """Write what is kept back."""
        if not self._commands:
            return
        tenant = self._tenant
        self._connection.run_many(_ADD_FACT, self._facts)
        self._connection.run_many(_ADD_COMMAND, [(tenant, key, *command) for key, command in self._commands.items()])
        self._connection.run(_SET_TAIL, (tenant, *self.tail))
        self._facts, self._commands, self._known = [], {}, True

    def of_stream(self, stream: str, after: int, upto: int | None) -> Iterable[Row]:
        """Answer rows with versions in `(after, upto]`, in order."""
        self.flush()
        return self._connection.rows(_OF_STREAM, (self._tenant, stream, after, _VERSION_MOST if upto is None else upto))

    def page(self, after: int, limit: int, types: Collection[str] = ()) -> Sequence[Row]:
        """Answer at most `limit` rows past the position, in order."""
        self.flush()
        among = f" AND type IN ({', '.join('?' * len(types))})" if types else ""
        statement = f"SELECT {_FACT_READ} FROM facts WHERE tenant = ? AND position > ?{among} ORDER BY position LIMIT ?"
        return self._connection.rows(statement, (self._tenant, after, *types, limit))


class SqliteRecords:
    """The records of one tenant."""

    def __init__(self, connection: Connection, tenant: str, gate: Gate) -> None:
        self._connection = connection
        self._tenant = tenant
        self._gate = gate

    def put(self, records: Sequence[Record]) -> None:
        """Insert or replace rows."""
        self._gate.writing()
        self._connection.run_many(_PUT_RECORD, [(self._tenant, *row_of_record(record)) for record in records])

    def get(self, kind: str, id: str) -> Record | None:
        """Answer one row."""
        self._gate.reading()
        statement = f"SELECT {_RECORD_COLUMNS} FROM records WHERE tenant = ? AND kind = ? AND id = ?"
        row = self._connection.row(statement, (self._tenant, kind, id))
        return record_of_row(row) if row else None

    def find(self, query: Query, *, after: str | None = None, limit: int = 100) -> Page[Record]:
        """Answer rows ordered by id after the cursor."""
        self._gate.reading()
        conditions, values = ["tenant = ?", "kind = ?"], [self._tenant, query.kind]
        for column, value in query.where:
            # The column is one of RECORD_COLUMNS: a query refuses any other.
            conditions.append(f"{column} = ?")
            values.append(value)
        if after is not None:
            conditions.append("id > ?")
            values.append(after)
        statement = f"SELECT {_RECORD_COLUMNS} FROM records WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ?"
        rows = self._connection.rows(statement, (*values, checked_limit(limit) + 1))
        items = tuple(record_of_row(row) for row in rows[:limit])
        return Page(items=items, next=items[-1].id if len(rows) > limit else None)


class SqliteTimers:
    """The armed wake-ups of one tenant; one that is disarmed or settled has no row."""

    def __init__(self, connection: Connection, tenant: str, gate: Gate) -> None:
        self._connection = connection
        self._tenant = tenant
        self._gate = gate

    def arm(self, timers: Sequence[Due]) -> None:
        """Set, move or disarm, in the order given."""
        self._gate.writing()
        for stream, name, due_us in [row_of_due(due) for due in timers]:
            if due_us is None:
                disarm = "DELETE FROM timers WHERE tenant = ? AND stream = ? AND name = ?"
                self._connection.run(disarm, (self._tenant, stream, name))
            else:
                self._connection.run(_ARM, (self._tenant, stream, name, due_us))

    def of(self, stream: str) -> Sequence[Due]:
        """Answer the armed wake-ups of one stream, by name."""
        self._gate.reading()
        statement = "SELECT stream, name, due_us FROM timers WHERE tenant = ? AND stream = ? ORDER BY name"
        return tuple(due_of(*row) for row in self._connection.rows(statement, (self._tenant, stream)))

    def due(self, upto: Instant, *, limit: int = 100) -> Sequence[Due]:
        """Answer what is due by the instant, earliest first."""
        self._gate.reading()
        rows = self._connection.rows(_DUE, (self._tenant, to_micros(upto), checked_limit(limit)))
        return tuple(due_of(*row) for row in rows)

    def next_due(self) -> Instant | None:
        """Answer the earliest armed instant."""
        self._gate.reading()
        (earliest,) = self._connection.row("SELECT min(due_us) FROM timers WHERE tenant = ?", (self._tenant,))
        return None if earliest is None else from_micros(earliest)

    def claim(self, upto: Instant, *, now: Instant, until: Instant, owner: str, limit: int = 100) -> Sequence[Claim]:
        """Lend due wake-ups that nobody holds; fences are numbers of the tenant, each given once."""
        self._gate.writing()
        now_us, until_us, owner = checked_lease(now, until, owner)
        rows = self._connection.rows(_FREE, (self._tenant, to_micros(upto), now_us, checked_limit(limit)))
        if not rows:
            return ()
        self._connection.run(_NEXT_FENCE, (self._tenant, genesis(self._tenant), len(rows)))
        (last,) = self._connection.row("SELECT fence FROM tenants WHERE tenant = ?", (self._tenant,))
        claims = tuple(
            Claim(due=due_of(*row), owner=owner, until=from_micros(until_us), fence=fence)
            for fence, row in enumerate(rows, last - len(rows) + 1)
        )
        lent = ((c.fence, owner, until_us, self._tenant, c.due.stream, c.due.name) for c in claims)
        self._connection.run_many(_LEND, lent)
        return claims

    def settle(self, claim: Claim) -> bool:
        """Disarm a claimed wake-up, unless it was claimed again, moved or disarmed since."""
        self._gate.writing()
        statement = "DELETE FROM timers WHERE tenant = ? AND stream = ? AND name = ? AND fence = ?"
        return self._connection.run(statement, (self._tenant, claim.due.stream, claim.due.name, claim.fence)) == 1
