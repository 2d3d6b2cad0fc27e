"""Records, wake-ups, marks and messages in memory."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Sequence
from operator import itemgetter
from typing import Any

from attrs import evolve

from svcdelivery.storage.journal import Command, Gate, checked_limit
from svcdelivery.storage.memory.state import Letter, Timer, Work
from svcdelivery.storage.protocol import (
    RECORD_COLUMNS,
    ArchiveRow,
    ArchiveTable,
    Claim,
    Due,
    Message,
    Page,
    Parcel,
    Query,
    Record,
)
from svcdelivery.storage.rows import (
    checked_follower,
    checked_lease,
    checked_mark,
    due_of,
    facts_to_take,
    message_of_row,
    record_of_row,
    row_of_due,
    row_of_message,
    row_of_record,
)
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["MemoryArchive", "MemoryMarks", "MemoryOutbox", "MemoryRecords", "MemoryTimers"]

_COLUMN_INDEX = {name: 4 + index for index, name in enumerate(RECORD_COLUMNS)}


class _Part:
    def __init__(self, work: Work, gate: Gate) -> None:
        self._work = work
        self._gate = gate


class MemoryRecords(_Part):
    """The records of one tenant."""

    def put(self, records: Sequence[Record]) -> None:
        """Insert or replace rows."""
        self._gate.writing()
        rows = [row_of_record(record) for record in records]
        for row in rows:
            self._work.changing_records(str(row[0]))[str(row[1])] = row

    def get(self, kind: str, id: str) -> Record | None:
        """Answer one row."""
        self._gate.reading()
        row = self._work.records.get(kind, {}).get(id)
        return None if row is None else record_of_row(row)

    def find(self, query: Query, *, after: str | None = None, limit: int = 100) -> Page[Record]:
        """Answer rows ordered by id."""
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


class MemoryTimers(_Part):
    """The armed wake-ups of one tenant."""

    def arm(self, timers: Sequence[Due]) -> None:
        """Set, move or disarm."""
        self._gate.writing()
        for stream, name, due_us in [row_of_due(due) for due in timers]:
            key, armed = (stream, name), self._work.changing_timers()
            if due_us is None:
                armed.pop(key, None)
            elif key not in armed or armed[key].due_us != due_us:
                armed[key] = Timer(due_us)

    def of(self, stream: str) -> Sequence[Due]:
        """Answer the armed wake-ups of one stream."""
        self._gate.reading()
        found = sorted((key, timer) for key, timer in self._work.timers.items() if key[0] == stream)
        return tuple(due_of(*key, timer.due_us) for key, timer in found)

    def due(self, upto: Instant, *, limit: int = 100) -> Sequence[Due]:
        """Answer what is due by the instant."""
        self._gate.reading()
        upto_us = to_micros(upto)
        found = ((timer.due_us, *key) for key, timer in self._work.timers.items() if timer.due_us <= upto_us)
        return tuple(due_of(stream, name, at) for at, stream, name in heapq.nsmallest(checked_limit(limit), found))

    def next_due(self) -> Instant | None:
        """Answer the earliest instant."""
        self._gate.reading()
        earliest = min((timer.due_us for timer in self._work.timers.values()), default=None)
        return None if earliest is None else from_micros(earliest)

    def claim(self, upto: Instant, *, now: Instant, until: Instant, owner: str, limit: int = 100) -> Sequence[Claim]:
        """Lend what is due and free."""
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
            armed[stream, name] = Timer(at, fence, until_us)
            claims.append(Claim(due=due_of(stream, name, at), owner=owner, until=from_micros(until_us), fence=fence))
        return tuple(claims)

    def settle(self, claim: Claim) -> bool:
        """Take out what is still held."""
        self._gate.writing()
        key = (claim.due.stream, claim.due.name)
        held = self._work.timers.get(key)
        if held is None or held.fence != claim.fence:
            return False
        del self._work.changing_timers()[key]
        return True


class MemoryMarks(_Part):
    """How far the followers of one tenant's feed have come."""

    def get(self, follower: str) -> int:
        """Answer the position the follower has reached."""
        self._gate.reading()
        return self._work.marks.get(checked_follower(follower), 0)

    def put(self, follower: str, position: int) -> None:
        """Set it."""
        self._gate.writing()
        checked = checked_mark(position, self._work.tail.position)
        self._work.changing_marks()[checked_follower(follower)] = checked


class MemoryOutbox(_Part):
    """The waiting messages of one tenant."""

    def put(self, messages: Sequence[Message]) -> None:
        """Add messages that do not wait already."""
        self._gate.writing()
        for row in [row_of_message(message) for message in messages]:
            letters = self._work.changing_letters()
            number = max((letter.number for letter in letters.values()), default=0) + 1
            letters.setdefault(row[0], Letter(number, row, row[3]))

    def waiting(self, upto: Instant, *, topics: Collection[str] = (), limit: int = 100) -> Sequence[Message]:
        """Answer what is due by the instant."""
        self._gate.reading()
        due = heapq.nsmallest(checked_limit(limit), self._due(upto, topics), key=itemgetter(0, 1))
        return tuple(_message(letter) for _, _, letter in due)

    def next_due(self) -> Instant | None:
        """Answer the earliest instant."""
        self._gate.reading()
        earliest = min((letter.due_us for letter in self._work.letters.values()), default=None)
        return None if earliest is None else from_micros(earliest)

    def claim(
        self, upto: Instant, *, now: Instant, until: Instant, owner: str, topics: Collection[str] = (), limit: int = 100
    ) -> Sequence[Parcel]:
        """Lend what is due and free."""
        self._gate.writing()
        now_us, until_us, owner = checked_lease(now, until, owner)
        free = (one for one in self._due(upto, topics) if one[2].until_us is None or one[2].until_us <= now_us)
        parcels = []
        for *_, letter in heapq.nsmallest(checked_limit(limit), free, key=itemgetter(0, 1)):
            self._work.fence += 1
            lent = evolve(letter, fence=self._work.fence, until_us=until_us, attempts=letter.attempts + 1)
            self._work.changing_letters()[letter.row[0]] = lent
            end, fence = from_micros(until_us), self._work.fence
            parcels.append(Parcel(message=_message(lent), owner=owner, until=end, fence=fence, attempts=lent.attempts))
        return tuple(parcels)

    def settle(self, parcel: Parcel) -> bool:
        """Take out what is still held."""
        self._gate.writing()
        if not self._holds(parcel):
            return False
        del self._work.changing_letters()[parcel.message.id]
        return True

    def defer(self, parcel: Parcel, due_at: Instant) -> bool:
        """Give back what is still held."""
        self._gate.writing()
        if not self._holds(parcel):
            return False
        letters = self._work.changing_letters()
        given_back = evolve(letters[parcel.message.id], due_us=to_micros(due_at), fence=None, until_us=None)
        letters[parcel.message.id] = given_back
        return True

    def _holds(self, parcel: Parcel) -> bool:
        letter = self._work.letters.get(parcel.message.id)
        return letter is not None and letter.fence == parcel.fence

    def _due(self, upto: Instant, topics: Collection[str]) -> Iterator[tuple[int, int, Letter]]:
        upto_us = to_micros(upto)
        for letter in self._work.letters.values():
            if letter.due_us <= upto_us and (not topics or letter.row[1] in topics):
                yield letter.due_us, letter.number, letter


def _message(letter: Letter) -> Message:
    id, topic, stream, _, data = letter.row
    return message_of_row((id, topic, stream, letter.due_us, data))


class MemoryArchive(_Part):
    """Everything of one tenant."""

    def read(self, table: ArchiveTable, *, after: ArchiveRow | None = None, limit: int = 1000) -> Sequence[ArchiveRow]:
        """Answer rows past the one given."""
        self._gate.reading()
        checked_limit(limit)
        if table is ArchiveTable.FACTS:
            return self._work.page(0 if after is None else int(after[0] or 0), limit)
        places = [table.columns.index(name) for name in table.key]

        def key(row: ArchiveRow) -> tuple[Any, ...]:
            return tuple(row[place] for place in places)

        rows = (row for row in self._rows(table) if after is None or key(row) > key(after))
        return heapq.nsmallest(limit, rows, key=key)

    def _rows(self, table: ArchiveTable) -> Iterator[ArchiveRow]:
        work = self._work
        match table:
            case ArchiveTable.KEYS:
                yield from ((key, *command) for key, command in work.commands().items())
            case ArchiveTable.RECORDS:
                yield from (row for kind in work.records.values() for row in kind.values())
            case ArchiveTable.TIMERS:
                yield from ((*key, timer.due_us) for key, timer in work.timers.items())
            case ArchiveTable.MESSAGES:
                for letter in work.letters.values():
                    id, topic, stream, _, data = letter.row
                    yield id, letter.number, topic, stream, letter.due_us, data, letter.attempts
            case ArchiveTable.MARKS:
                yield from work.marks.items()
            case _:
                yield (work.fence,)

    def write(self, table: ArchiveTable, rows: Sequence[ArchiveRow]) -> None:
        """Add rows as they are."""
        self._gate.writing()
        if table is ArchiveTable.FACTS:
            if rows:
                self._work.take(*facts_to_take(rows, self._work.tail))
            return
        add = self._adders()[table]
        for row in rows:
            add(*row)

    def _adders(self) -> dict[ArchiveTable, Callable[..., None]]:
        work = self._work

        def record(*row: Any) -> None:
            work.changing_records(row[0])[row[1]] = row

        def timer(stream: str, name: str, due_us: int) -> None:
            work.changing_timers()[stream, name] = Timer(due_us)

        def message(id: str, number: int, topic: str, stream: str, due_us: int, data: str, attempts: int) -> None:  # noqa: PLR0917
            work.changing_letters()[id] = Letter(number, (id, topic, stream, due_us, data), due_us, attempts)

        def mark(follower: str, position: int) -> None:
            work.changing_marks()[follower] = position

        def fence(number: int) -> None:
            work.fence = max(work.fence, number)

        return {
            ArchiveTable.KEYS: lambda key, *command: work.take_command(key, Command(*command)),
            ArchiveTable.RECORDS: record,
            ArchiveTable.TIMERS: timer,
            ArchiveTable.MESSAGES: message,
            ArchiveTable.MARKS: mark,
            ArchiveTable.FENCE: fence,
        }
