"""A store in one plain file: a complete storage adapter, written by following what the conformance kit complains of.

The file is a row of frames. A frame is what one unit committed, with its length and a checksum: it is there as a whole
or not at all. Everything is held in memory too, which suits some ten thousand items and one process.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from errno import ENOSPC
from itertools import islice
from pathlib import Path
from struct import Struct
from threading import Lock
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import msgspec

from svcdelivery.errors import Busy, IntegrityError, StoreError, StoreFull, Unknown
from svcdelivery.storage import protocol as its
from svcdelivery.storage import rows as form
from svcdelivery.storage.chain import genesis
from svcdelivery.storage.codec import Row
from svcdelivery.storage.journal import Command, Gate, StoredFeed, StoredJournal, Tail, checked_limit
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["FileStore"]

_FRAME = Struct(">II")


class FileStore:
    """A store in the file `store.log` of a folder; one process at a time has it open."""

    protocol, capabilities = its.PROTOCOL, frozenset({its.Capability.DURABLE})

    def __init__(self, folder: Path, *, busy_timeout_seconds: float = 5.0) -> None:
        self._writer, self._timeout = Lock(), busy_timeout_seconds
        self._closed, self._tenants = False, dict[str, dict[str, dict[Any, Any]]]()
        self._file = os.open(folder / "store.log", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._size = self._replay(Path(folder / "store.log").read_bytes())
            # What a crash left unfinished was never acknowledged.
            os.ftruncate(self._file, self._size)
        except BlockingIOError as error:
            os.close(self._file)
            raise Busy(problem="another process has the store open") from error

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[its.Unit]:
        """Open a transaction: a view of the tables, whose changes become one frame."""
        name = its.tenant_id(tenant)
        if write and not self._writer.acquire(timeout=self._timeout):
            raise Busy
        try:
            if self._closed:
                raise StoreError(problem="the store is closed")
            tables = self._tenants.get(name, {})
            own = {table: dict(rows) for table, rows in tables.items()} if write else tables
            view = _View(name, own, writable=write)
            try:
                yield view.unit()
            finally:
                view.gate.shut()
            if view.changes:
                self._commit(view)
        finally:
            if write:
                self._writer.release()

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts."""
        return sorted(name for name, tables in list(self._tenants.items()) if tables.get("facts"))

    def close(self) -> None:
        """Close the file."""
        if not self._closed:
            self._closed = True
            os.close(self._file)

    def _commit(self, view: _View) -> None:
        body = msgspec.msgpack.encode((view.tenant, view.changes))
        frame = _FRAME.pack(len(body), crc32(body)) + body
        try:
            # What was begun before and failed may have left part of a frame.
            os.ftruncate(self._file, self._size)
            written = os.pwrite(self._file, frame, self._size)
            os.fsync(self._file)
        except OSError as error:
            raise (StoreFull if error.errno == ENOSPC else Unknown) from error
        if written < len(frame):
            raise StoreFull
        self._size += len(frame)
        # Readers go on with the tables they began with.
        self._tenants[view.tenant] = view.tables

    def _replay(self, stored: bytes) -> int:
        place = 0
        while place + _FRAME.size <= len(stored):
            size, checksum = _FRAME.unpack_from(stored, place)
            end = place + _FRAME.size + size
            body = stored[place + _FRAME.size : end]
            if len(body) < size or crc32(body) != checksum:
                if end < len(stored):
                    raise IntegrityError(problem=f"store.log is damaged at byte {place}")
                break
            tenant, changes = msgspec.msgpack.decode(body)
            view = _View(tenant, self._tenants.setdefault(tenant, {}))
            for table, key, value in changes:
                view.put(table, tuple(key) if isinstance(key, list) else key, value)
            place = end
        return place


class _View:
    """The tables of a tenant as one unit sees them, and what it changes in them; None takes a row out."""

    def __init__(self, tenant: str, tables: dict[str, dict[Any, Any]], *, writable: bool = True) -> None:
        self.tenant, self.tables, self.gate = tenant, tables, Gate(writable=writable)
        self.changes: list[tuple[str, Any, Any]] = []

    def unit(self) -> Any:
        parts = {"records": _Records(self), "timers": _Timers(self), "marks": _Marks(self), "outbox": _Outbox(self)}
        journal, feed = StoredJournal(self, self.tenant, self.gate), StoredFeed(self, self.gate)
        return SimpleNamespace(journal=journal, feed=feed, **parts)

    def get(self, table: str, key: Any) -> Any:
        self.gate.reading()
        return self.tables.get(table, {}).get(key)

    def items(self, table: str) -> list[tuple[Any, Any]]:
        self.gate.reading()
        return list(self.tables.get(table, {}).items())

    def put(self, table: str, key: Any, value: Any) -> None:
        self.gate.writing()
        self.changes.append((table, key, value))
        rows = self.tables.setdefault(table, {})
        rows[key] = value
        if value is None:
            del rows[key]

    def next(self) -> int:
        self.put("last", "", (self.get("last", "") or 0) + 1)
        return int(self.get("last", ""))

    # What `StoredJournal` asks for: what may be appended, and what a key answers, it knows itself.

    @property
    def tail(self) -> Tail:
        return Tail(*(self.get("tail", "") or (0, None, genesis(self.tenant))))

    def look_ahead(self, key: str, streams: Sequence[str]) -> None: ...

    def version(self, stream: str) -> int:
        return len(self.get("streams", stream) or ())

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        return {stream: version for stream in streams if (version := self.version(stream))}

    def command(self, key: str) -> Command | None:
        found = self.get("keys", key)
        return Command(*found) if found else None

    def add(self, rows: list[Row], key: str, command: Command, tail: Tail) -> None:
        for row in rows:
            position, stream = row[:2]
            self.put("facts", position, row)
            self.put("streams", stream, (*(self.get("streams", stream) or ()), position))
        self.put("keys", key, command)
        self.put("tail", "", tail)

    def of_stream(self, stream: str, after: int, upto: int | None) -> Iterable[Row]:
        positions = self.get("streams", stream) or ()
        return [self.get("facts", each) for each in positions[after : None if upto is None else max(upto, 0)]]

    def page(self, after: int, limit: int, types: Collection[str] = ()) -> Sequence[Row]:
        rows = (self.get("facts", each) for each in range(after + 1, self.tail.position + 1))
        return list(islice((row for row in rows if not types or row[3] in types), limit))


class _Part:
    def __init__(self, view: _View) -> None:
        self._view = view


class _Records(_Part):
    def put(self, records: Sequence[its.Record]) -> None:
        for row in [form.row_of_record(record) for record in records]:
            self._view.put("records", row[:2], row)

    def get(self, kind: str, id: str) -> its.Record | None:
        row = self._view.get("records", (kind, id))
        return form.record_of_row(row) if row else None

    def find(self, query: its.Query, *, after: str | None = None, limit: int = 100) -> its.Page[its.Record]:
        rows = [row for key, row in self._view.items("records") if key[0] == query.kind and key[1] > (after or "")]
        for column, value in query.where:
            rows = [row for row in rows if row[4 + its.RECORD_COLUMNS.index(column)] == value]
        rows.sort(key=lambda row: row[1])
        page = rows[: checked_limit(limit)]
        return its.Page(items=tuple(map(form.record_of_row, page)), next=page[-1][1] if len(rows) > limit else None)


class _Lending(_Part):
    """What is lent to workers, as rows: due instant, fence and end of the lease, attempts; then what a message has."""

    table = ""

    def next_due(self) -> Instant | None:
        earliest = min((row[0] for _, row in self._view.items(self.table)), default=None)
        return None if earliest is None else from_micros(earliest)

    def _due(self, upto: Instant, limit: int, topics: Collection[str] = (), now_us: int | None = None) -> list[Any]:
        due = [one for one in self._view.items(self.table) if one[1][0] <= to_micros(upto)]
        wanted = [one for one in due if not topics or one[1][5] in topics]
        free = [one for one in wanted if now_us is None or one[1][2] is None or one[1][2] <= now_us]
        # At one instant by stream and name, or as they were put.
        return sorted(free, key=lambda one: (one[1][0], one[1][4] if one[1][4:] else one[0]))[: checked_limit(limit)]

    def _lent(self, upto: Instant, limit: int, lease: tuple[int, int, str], topics: Any = ()) -> Iterator[Any]:
        self._view.gate.writing()
        now_us, until_us, owner = lease
        for key, row in self._due(upto, limit, topics, now_us):
            held = (row[0], self._view.next(), until_us, row[3] + 1, *row[4:])
            self._view.put(self.table, key, held)
            yield key, held, {"owner": owner, "until": from_micros(until_us), "fence": held[1]}

    def _give_back(self, key: Any, fence: int, due_at: Instant | None = None) -> bool:
        self._view.gate.writing()
        held = self._view.get(self.table, key)
        if held is None or held[1] != fence:
            return False
        self._view.put(self.table, key, None if due_at is None else (to_micros(due_at), None, None, *held[3:]))
        return True


class _Timers(_Lending):
    table = "timers"

    def arm(self, timers: Sequence[its.Due]) -> None:
        for stream, name, due_us in [form.row_of_due(due) for due in timers]:
            armed = self._view.get("timers", (stream, name))
            if due_us is None or armed is None or armed[0] != due_us:
                self._view.put("timers", (stream, name), None if due_us is None else (due_us, None, None, 0))

    def of(self, stream: str) -> Sequence[its.Due]:
        return [form.due_of(of, name, row[0]) for (of, name), row in sorted(self._view.items("timers")) if of == stream]

    def due(self, upto: Instant, *, limit: int = 100) -> Sequence[its.Due]:
        return [form.due_of(stream, name, row[0]) for (stream, name), row in self._due(upto, limit)]

    def claim(self, upto: Instant, *, now: Instant, until: Instant, owner: str, limit: int = 100) -> list[its.Claim]:
        lent = self._lent(upto, limit, form.checked_lease(now, until, owner))
        return [its.Claim(due=form.due_of(stream, name, row[0]), **lease) for (stream, name), row, lease in lent]

    def settle(self, claim: its.Claim) -> bool:
        return self._give_back((claim.due.stream, claim.due.name), claim.fence)


class _Outbox(_Lending):
    table = "messages"

    def put(self, messages: Sequence[its.Message]) -> None:
        for id, topic, stream, due_us, data in [form.row_of_message(message) for message in messages]:
            if self._view.get("messages", id) is None:
                self._view.put("messages", id, (due_us, None, None, 0, self._view.next(), topic, stream, data))

    def waiting(self, upto: Instant, *, topics: Collection[str] = (), limit: int = 100) -> Sequence[its.Message]:
        return [_message(id, row) for id, row in self._due(upto, limit, topics)]

    def claim(
        self, upto: Instant, *, now: Instant, until: Instant, owner: str, topics: Collection[str] = (), limit: int = 100
    ) -> Sequence[its.Parcel]:
        lent = self._lent(upto, limit, form.checked_lease(now, until, owner), topics)
        return [its.Parcel(message=_message(id, row), attempts=row[3], **lease) for id, row, lease in lent]

    def settle(self, parcel: its.Parcel) -> bool:
        return self._give_back(parcel.message.id, parcel.fence)

    def defer(self, parcel: its.Parcel, due_at: Instant) -> bool:
        return self._give_back(parcel.message.id, parcel.fence, due_at)


def _message(id: str, row: Any) -> its.Message:
    return form.message_of_row((id, row[5], row[6], row[0], row[7]))


class _Marks(_Part):
    def get(self, follower: str) -> int:
        return self._view.get("marks", form.checked_follower(follower)) or 0

    def put(self, follower: str, position: int) -> None:
        self._view.put("marks", form.checked_follower(follower), form.checked_mark(position, self._view.tail.position))
