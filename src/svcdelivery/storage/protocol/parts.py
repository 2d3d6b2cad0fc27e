"""The parts of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from svcdelivery.facts import Fact
from svcdelivery.storage.protocol.values import (
    ArchiveRow,
    ArchiveTable,
    Claim,
    Due,
    Entry,
    Head,
    Message,
    Page,
    Parcel,
    Query,
    Receipt,
    Record,
    Write,
)
from svcdelivery.timeline import Instant

__all__ = ["Archive", "Feed", "Journal", "Marks", "Outbox", "Records", "Timers", "Unit"]


class Journal(Protocol):
    """The facts of a tenant."""

    def load(self, stream: str, *, after: int = 0, upto: int | None = None) -> Sequence[Fact[Any]]:
        """Answer the stream's facts with versions in `(after, upto]`, in order; empty for an unknown stream."""
        ...

    def receipt(self, key: str, intent: str) -> Receipt | None:
        """Answer what the key wrote before, None when it is new.

        Raises:
            KeyReused: It was used with another intent.
        """
        ...

    def append(self, writes: Sequence[Write], *, key: str, intent: str, now: Instant) -> Receipt:
        """Append to one or more streams, atomically; the key's earlier receipt, replayed, if there is one.

        A fact is recorded at `max(now, head's recorded_at)`, and occurred then too unless it says otherwise. Writes
        apply in order, so a stream may be written twice. A refused append writes nothing, and its unit can go on.

        Raises:
            KeyReused: The key was used with another intent; asked first.
            Conflict: A stream has another version than expected.
            InvalidValueError: A key, or the name of a stream, that is none.
        """
        ...


class Feed(Protocol):
    """All facts of a tenant by position. Nothing ever appears at or before a position already answered."""

    def read(self, after: int = 0, *, limit: int = 1000, types: Collection[str] = ()) -> Sequence[Fact[Any]]:
        """Answer at most `limit` facts past the position, in order; of the given types only, when any are given.

        What was stored under an earlier name of a type counts as that type.
        """
        ...

    def entries(self, after: int = 0, *, limit: int = 1000) -> Sequence[Entry]:
        """Answer the same as stored bytes with their hashes: also what is damaged, or of a type nobody registered."""
        ...

    def head(self) -> Head:
        """Answer where the journal ends."""
        ...


class Records(Protocol):
    """The request management database record: one row an item. CMMI-SVC 1.3 SD SP 3.2, work product 6."""

    def put(self, records: Sequence[Record]) -> None:
        """Insert or replace rows; all or none.

        Raises:
            InvalidValueError: A column that is not one of RECORD_COLUMNS, or a value that is no text of characters.
        """
        ...

    def get(self, kind: str, id: str) -> Record | None:
        """Answer one row."""
        ...

    def find(self, query: Query, *, after: str | None = None, limit: int = 100) -> Page[Record]:
        """Answer rows ordered by id, code point by code point, after the cursor."""
        ...


class Timers(Protocol):
    """Armed wake-ups of a tenant."""

    def arm(self, timers: Sequence[Due]) -> None:
        """Set, move or (with `due_at=None`) disarm."""
        ...

    def of(self, stream: str) -> Sequence[Due]:
        """Answer the armed wake-ups of one stream, ordered by name."""
        ...

    def due(self, upto: Instant, *, limit: int = 100) -> Sequence[Due]:
        """Answer what is due by the instant, that one included, earliest first; then by stream and name."""
        ...

    def next_due(self) -> Instant | None:
        """Answer the earliest armed instant."""
        ...

    def claim(self, upto: Instant, *, now: Instant, until: Instant, owner: str, limit: int = 100) -> Sequence[Claim]:
        """Lend due wake-ups that nobody holds at `now`, earliest first; each with a higher fence than any before.

        Raises:
            InvalidValueError: The lease ends when or before it begins.
        """
        ...

    def settle(self, claim: Claim) -> bool:
        """Disarm a claimed wake-up; False when it was claimed, moved or disarmed since: the caller must roll back."""
        ...


class Marks(Protocol):
    """How far each follower of the feed has come, kept with what it wrote on the way: so it handles each fact once."""

    def get(self, follower: str) -> int:
        """Answer the position the follower has reached, 0 for a new one."""
        ...

    def put(self, follower: str, position: int) -> None:
        """Set it, further on or back to read again.

        Raises:
            InvalidValueError: Below 0, or past where the journal ends.
        """
        ...


class Outbox(Protocol):
    """Messages on their way out. Each is delivered at least once, and by one worker at a time."""

    def put(self, messages: Sequence[Message]) -> None:
        """Add messages; one whose id waits already is left as it is."""
        ...

    def waiting(self, upto: Instant, *, topics: Collection[str] = (), limit: int = 100) -> Sequence[Message]:
        """Answer what is due by the instant, lent or not, earliest first; at one instant as they were put."""
        ...

    def next_due(self) -> Instant | None:
        """Answer the earliest instant at which a message is due."""
        ...

    def claim(
        self, upto: Instant, *, now: Instant, until: Instant, owner: str, topics: Collection[str] = (), limit: int = 100
    ) -> Sequence[Parcel]:
        """Lend due messages that nobody holds at `now`; each with a higher fence than any claim before.

        Raises:
            InvalidValueError: The lease ends when or before it begins.
        """
        ...

    def settle(self, parcel: Parcel) -> bool:
        """Take out a message that was delivered; False when it was lent to another since: the caller must roll back."""
        ...

    def defer(self, parcel: Parcel, due_at: Instant) -> bool:
        """Give back a message that could not be delivered, to be tried again then; False as `settle` says."""
        ...


class Archive(Protocol):
    """Everything a tenant has, as rows; of a store with the capability EXPORT."""

    def read(self, table: ArchiveTable, *, after: ArchiveRow | None = None, limit: int = 1000) -> Sequence[ArchiveRow]:
        """Answer rows past the one given, ordered by the table's key."""
        ...

    def write(self, table: ArchiveTable, rows: Sequence[ArchiveRow]) -> None:
        """Add rows as they are. Facts move the end of the journal; whoever writes them has verified their chain.

        Raises:
            InvalidValueError: Facts that do not begin where the journal ends.
        """
        ...


class Unit(Protocol):
    """One transaction of one tenant."""

    @property
    def journal(self) -> Journal:
        """Streams and keys."""
        ...

    @property
    def feed(self) -> Feed:
        """All facts by position."""
        ...

    @property
    def records(self) -> Records:
        """Rows derived from facts."""
        ...

    @property
    def timers(self) -> Timers:
        """Wake-ups."""
        ...

    @property
    def marks(self) -> Marks:
        """How far followers of the feed have come."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Messages to be delivered."""
        ...
