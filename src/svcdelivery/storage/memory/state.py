"""What a tenant in memory consists of, and what one unit is about to change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from operator import itemgetter

from attrs import define, field, frozen

from svcdelivery.storage.codec import Row
from svcdelivery.storage.journal import Command, Tail
from svcdelivery.storage.rows import MessageRow, RecordRow

__all__ = ["Home", "Letter", "State", "Timer", "Work"]

_position_of = itemgetter(0)


@define
class _Log:
    """What only ever grows. Readers stop at the tail they began with, so it is shared by all of them."""

    rows: list[Row] = field(factory=list)
    streams: dict[str, list[Row]] = field(factory=dict)
    commands: dict[str, tuple[Command, int]] = field(factory=dict)


@frozen
class Timer:
    """An armed wake-up, and who holds it."""

    due_us: int
    fence: int | None = None
    until_us: int | None = None


@frozen
class Letter:
    """A waiting message, and who holds it."""

    number: int
    row: MessageRow
    due_us: int
    attempts: int = 0
    fence: int | None = None
    until_us: int | None = None


@frozen(kw_only=True)
class State:
    """A tenant after some commit. What it holds is never changed, only replaced."""

    tail: Tail
    commit: int = 0
    records: dict[str, dict[str, RecordRow]] = field(factory=dict)
    timers: dict[tuple[str, str], Timer] = field(factory=dict)
    letters: dict[str, Letter] = field(factory=dict)
    marks: dict[str, int] = field(factory=dict)
    fence: int = 0


@define
class Home:
    """A tenant: its state, and its log."""

    state: State
    log: _Log = field(factory=_Log)


class Work:
    """One unit's view of a tenant, and what it is about to change."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.base = home.state
        self.tail = self.base.tail
        self.records = self.base.records
        self.timers = self.base.timers
        self.letters = self.base.letters
        self.marks = self.base.marks
        self.fence = self.base.fence
        self._added: list[Row] = []
        self._streams: dict[str, list[Row]] = {}
        self._commands: dict[str, Command] = {}

    # -- the journal's rows --

    def look_ahead(self, key: str, streams: Sequence[str]) -> None:
        """All is at hand."""

    def version(self, stream: str) -> int:
        """Answer the last version of a stream."""
        added = self._streams.get(stream)
        if added:
            return added[-1][2]
        return self._seen(stream)

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Answer the last versions of streams that are known."""
        return {stream: version for stream in streams if (version := self.version(stream))}

    def command(self, key: str) -> Command | None:
        """Answer what the key wrote."""
        if key in self._commands:
            return self._commands[key]
        kept = self._home.log.commands.get(key)
        return kept[0] if kept and kept[1] <= self.base.commit else None

    def add(self, rows: list[Row], key: str, command: Command, tail: Tail) -> None:
        """Keep rows, what the key wrote, and the new tail."""
        for row in rows:
            self._streams.setdefault(row[1], []).append(row)
        self._added += rows
        self._commands[key] = command
        self.tail = tail

    def of_stream(self, stream: str, after: int, upto: int | None) -> Iterable[Row]:
        """Answer rows of a stream."""
        kept = self._home.log.streams.get(stream, [])[: self._seen(stream)]
        rows = kept + self._streams.get(stream, [])
        return rows[max(after, 0) : None if upto is None else max(upto, 0)]

    def page(self, after: int, limit: int, types: Collection[str] = ()) -> Sequence[Row]:
        """Answer rows past the position."""
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
        """Answer the records of a kind, to be changed."""
        if self.records is self.base.records:
            self.records = dict(self.records)
        rows = self.records.get(kind, {})
        if rows is self.base.records.get(kind) or kind not in self.records:
            rows = self.records[kind] = dict(rows)
        return rows

    def changing_timers(self) -> dict[tuple[str, str], Timer]:
        """Answer the wake-ups, to be changed."""
        if self.timers is self.base.timers:
            self.timers = dict(self.timers)
        return self.timers

    def changing_letters(self) -> dict[str, Letter]:
        """Answer the messages, to be changed."""
        if self.letters is self.base.letters:
            self.letters = dict(self.letters)
        return self.letters

    def changing_marks(self) -> dict[str, int]:
        """Answer the marks, to be changed."""
        if self.marks is self.base.marks:
            self.marks = dict(self.marks)
        return self.marks

    # -- everything as rows --

    def take(self, rows: Sequence[Row], tail: Tail) -> None:
        """Add rows that were sealed elsewhere."""
        for row in rows:
            self._streams.setdefault(row[1], []).append(row)
        self._added += rows
        self.tail = tail

    def commands(self) -> dict[str, Command]:
        """Answer what every key wrote that this unit sees."""
        kept = {key: kept[0] for key, kept in list(self._home.log.commands.items()) if kept[1] <= self.base.commit}
        return {**kept, **self._commands}

    def take_command(self, key: str, command: Command) -> None:
        """Add what a key wrote elsewhere."""
        self._commands[key] = command

    def commit(self) -> None:
        """Let others see it."""
        log, commit = self._home.log, self.base.commit + 1
        log.rows.extend(self._added)
        for stream, rows in self._streams.items():
            log.streams.setdefault(stream, []).extend(rows)
        log.commands.update({key: (command, commit) for key, command in self._commands.items()})
        # The one step by which others see it.
        self._home.state = State(
            tail=self.tail,
            commit=commit,
            records=self.records,
            timers=self.timers,
            letters=self.letters,
            marks=self.marks,
            fence=self.fence,
        )
