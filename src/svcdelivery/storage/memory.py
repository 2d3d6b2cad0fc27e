"""A store in memory: the same bytes, hashes and refusals as on disk, gone with the process."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from threading import Lock
from types import TracebackType
from typing import Self

from attrs import define, field, frozen

from svcdelivery.errors import Busy, StoreError
from svcdelivery.storage.chain import genesis
from svcdelivery.storage.codec import Row
from svcdelivery.storage.journal import Command, Gate, StoredFeed, StoredJournal, Tail, checked_limit
from svcdelivery.storage.protocol import (
    RECORD_COLUMNS,
    Capability,
    Claim,
    Due,
    Page,
    Query,
    Record,
    Unit,
    tenant_id,
)
from svcdelivery.storage.rows import (
    RecordRow,
    UnitOf,
    checked_lease,
    due_of,
    record_of_row,
    row_of_due,
    row_of_record,
)
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["MemoryStore"]

_COLUMN_INDEX = {name: 4 + index for index, name in enumerate(RECORD_COLUMNS)}
_position_of = itemgetter(0)


@define
class _Log:
    """What only ever grows. Readers stop at the tail they began with, so it is shared by all of them."""

    rows: list[Row] = field(factory=list)
    streams: dict[str, list[Row]] = field(factory=dict)
    commands: dict[str, tuple[Command, int]] = field(factory=dict)


@frozen
class _Timer:
    due_us: int
    fence: int | None = None
    until_us: int | None = None


@frozen(kw_only=True)
class _State:
    """A tenant after some commit. What it holds is never changed, only replaced."""

    tail: Tail
    commit: int = 0
    records: dict[str, dict[str, RecordRow]] = field(factory=dict)
    timers: dict[tuple[str, str], _Timer] = field(factory=dict)
    fence: int = 0


@define
class _Tenant:
    state: _State
    log: _Log = field(factory=_Log)


class MemoryStore:
    """A store that lives in this process: for tests, for trying things out, for work that needs no disk.

    Args:
        busy_timeout_seconds: How long a unit waits for the writer before it.
    """

    def __init__(self, *, busy_timeout_seconds: float = 5.0) -> None:
        self._tenants: dict[str, _Tenant] = {}
        self._writer = Lock()
        self._timeout = busy_timeout_seconds
        self._closed = False

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it offers beyond the protocol's demands: nothing."""
        return frozenset()

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a transaction. One writes at a time; reading units see the state they began with."""
        if self._closed:
            raise StoreError(problem="the store is closed")
        name = tenant_id(tenant)
        if write and not self._writer.acquire(timeout=self._timeout):
            raise Busy
        try:
            gate = Gate(writable=write)
            home = self._tenants.get(name) or _Tenant(_State(tail=Tail(0, None, genesis(name))))
            work = _Work(home)
            try:
                yield UnitOf(
                    journal=StoredJournal(work, name, gate),
                    feed=StoredFeed(work, gate),
                    records=_MemoryRecords(work, gate),
                    timers=_MemoryTimers(work, gate),
                )
            finally:
                gate.shut()
            if write:
                work.commit()
                self._tenants[name] = home
        finally:
            if write:
                self._writer.release()

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts, in order."""
        return sorted(name for name, home in list(self._tenants.items()) if home.state.tail.position)

    def close(self) -> None:
        """Forget everything."""
        self._closed = True
        self._tenants = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Work:
    """One unit's view of a tenant, and what it is about to change."""

    def __init__(self, home: _Tenant) -> None:
        self._home = home
        self.base = home.state
        self.tail = self.base.tail
        self.records = self.base.records
        self.timers = self.base.timers
        self.fence = self.base.fence
        self._added: list[Row] = []
        self._streams: dict[str, list[Row]] = {}
        self._commands: dict[str, Command] = {}

    # -- the journal's rows --

    def version(self, stream: str) -> int:
        added = self._streams.get(stream)
        if added:
            return added[-1][2]
        return self._seen(stream)

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        return {stream: version for stream in streams if (version := self.version(stream))}

    def command(self, key: str) -> Command | None:
        if key in self._commands:
            return self._commands[key]
        kept = self._home.log.commands.get(key)
        return kept[0] if kept and kept[1] <= self.base.commit else None

    def add(self, rows: list[Row], key: str, command: Command, tail: Tail) -> None:
        for row in rows:
            self._streams.setdefault(row[1], []).append(row)
        self._added += rows
        self._commands[key] = command
        self.tail = tail

    def of_stream(self, stream: str, after: int, upto: int | None) -> Iterable[Row]:
        kept = self._home.log.streams.get(stream, [])[: self._seen(stream)]
        rows = kept + self._streams.get(stream, [])
        return rows[max(after, 0) : None if upto is None else max(upto, 0)]

    def page(self, after: int, limit: int, types: Collection[str] = ()) -> Sequence[Row]:
        after = max(after, 0)
        if not types:
            return self._between(after, after + limit)
        found = (row for row in self._between(after, self.tail.position) if row[3] in types)
        return list(islice(found, limit))

    def _seen(self, stream: str) -> int:
        # Versions run from 1 without a gap, so the count of rows a unit may see is the last version it may see.
        rows = self._home.log.streams.get(stream, [])
        return bisect_right(rows, self.base.tail.position, key=_position_of)

    def _between(self, start: int, stop: int) -> list[Row]:
        kept = self.base.tail.position
        rows = self._home.log.rows[start : min(stop, kept)] if start < kept else []
        return rows + self._added[max(start - kept, 0) : max(stop - kept, 0)]

    # -- records and timers: copied when they are first changed --

    def changing_records(self, kind: str) -> dict[str, RecordRow]:
        if self.records is self.base.records:
            self.records = dict(self.records)
        rows = self.records.get(kind, {})
        if rows is self.base.records.get(kind) or kind not in self.records:
            rows = self.records[kind] = dict(rows)
        return rows

    def changing_timers(self) -> dict[tuple[str, str], _Timer]:
        if self.timers is self.base.timers:
            self.timers = dict(self.timers)
        return self.timers

    def commit(self) -> None:
        log, commit = self._home.log, self.base.commit + 1
        log.rows.extend(self._added)
        for stream, rows in self._streams.items():
            log.streams.setdefault(stream, []).extend(rows)
        log.commands.update({key: (command, commit) for key, command in self._commands.items()})
        # The one step by which others see it.
        self._home.state = _State(
            tail=self.tail, commit=commit, records=self.records, timers=self.timers, fence=self.fence
        )


class _MemoryRecords:
    def __init__(self, work: _Work, gate: Gate) -> None:
        self._work = work
        self._gate = gate

    def put(self, records: Sequence[Record]) -> None:
        self._gate.writing()
        rows = [row_of_record(record) for record in records]
        for row in rows:
            self._work.changing_records(str(row[0]))[str(row[1])] = row

    def get(self, kind: str, id: str) -> Record | None:
        self._gate.reading()
        row = self._work.records.get(kind, {}).get(id)
        return None if row is None else record_of_row(row)

    def find(self, query: Query, *, after: str | None = None, limit: int = 100) -> Page[Record]:
        self._gate.reading()
        checked_limit(limit)
        wanted = [(_COLUMN_INDEX[column], value) for column, value in query.where]
        rows = self._work.records.get(query.kind, {})
        fitting = (
            id
            for id, row in rows.items()
            if (after is None or id > after) and all(row[index] == value for index, value in wanted)
        )
        ids = heapq.nsmallest(limit + 1, fitting)
        items = tuple(record_of_row(rows[id]) for id in ids[:limit])
        return Page(items=items, next=ids[limit - 1] if len(ids) > limit else None)


class _MemoryTimers:
    def __init__(self, work: _Work, gate: Gate) -> None:
        self._work = work
        self._gate = gate

    def arm(self, timers: Sequence[Due]) -> None:
        self._gate.writing()
        for stream, name, due_us in [row_of_due(due) for due in timers]:
            key, armed = (stream, name), self._work.changing_timers()
            if due_us is None:
                armed.pop(key, None)
            elif key not in armed or armed[key].due_us != due_us:
                armed[key] = _Timer(due_us)

    def of(self, stream: str) -> Sequence[Due]:
        self._gate.reading()
        found = sorted((key, timer) for key, timer in self._work.timers.items() if key[0] == stream)
        return tuple(due_of(*key, timer.due_us) for key, timer in found)

    def due(self, upto: Instant, *, limit: int = 100) -> Sequence[Due]:
        self._gate.reading()
        upto_us = to_micros(upto)
        found = ((timer.due_us, *key) for key, timer in self._work.timers.items() if timer.due_us <= upto_us)
        return tuple(due_of(stream, name, at) for at, stream, name in heapq.nsmallest(checked_limit(limit), found))

    def next_due(self) -> Instant | None:
        self._gate.reading()
        earliest = min((timer.due_us for timer in self._work.timers.values()), default=None)
        return None if earliest is None else from_micros(earliest)

    def claim(self, upto: Instant, *, now: Instant, until: Instant, owner: str, limit: int = 100) -> Sequence[Claim]:
        self._gate.writing()
        now_us, until_us, owner = checked_lease(now, until, owner)
        upto_us = to_micros(upto)
        free = (
            (timer.due_us, *key)
            for key, timer in self._work.timers.items()
            if timer.due_us <= upto_us and (timer.until_us is None or timer.until_us <= now_us)
        )
        claims = []
        for at, stream, name in heapq.nsmallest(checked_limit(limit), free):
            self._work.fence += 1
            fence = self._work.fence
            armed = self._work.changing_timers()
            armed[stream, name] = _Timer(at, fence, until_us)
            claims.append(Claim(due=due_of(stream, name, at), owner=owner, until=from_micros(until_us), fence=fence))
        return tuple(claims)

    def settle(self, claim: Claim) -> bool:
        self._gate.writing()
        key = (claim.due.stream, claim.due.name)
        held = self._work.timers.get(key)
        if held is None or held.fence != claim.fence:
            return False
        del self._work.changing_timers()[key]
        return True
