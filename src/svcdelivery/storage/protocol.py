"""What the desk asks of a store: one transaction over journal, feed, records and timers. Adapters implement this.

Times come from the caller: no adapter reads a clock. Positions are contiguous per tenant, from 1; versions per stream,
from 1. Facts, record rows, timers and the command key of one unit commit together or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from attrs import frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Attributes, Fact, NewFact
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant

__all__ = [
    "PROTOCOL",
    "RECORD_COLUMNS",
    "Capability",
    "Claim",
    "Due",
    "Entry",
    "Feed",
    "Head",
    "Journal",
    "Page",
    "Query",
    "Receipt",
    "Record",
    "Records",
    "Store",
    "Timers",
    "Unit",
    "Write",
    "tenant_id",
]

T_co = TypeVar("T_co", covariant=True)

PROTOCOL = (1, 0)
"""The version of this protocol: the first number changes when an adapter must change."""

RECORD_COLUMNS = ("status", "phase", "customer", "service", "agreement", "priority", "team", "assignee")
"""What records can be found by."""


class Capability(Enum):
    """A behavior a store may offer beyond the protocol's demands."""

    DURABLE = "durable"
    MULTI_WRITER = "multi_writer"


@frozen(kw_only=True)
class Write:
    """Facts to append to one stream. Without facts it only makes sure of the expected version.

    Attributes:
        expected: The version the stream must have, 0 for a new one; None where any will do.
    """

    stream: str
    expected: int | None
    facts: tuple[NewFact[Any], ...]


@frozen(kw_only=True)
class Receipt:
    """What a command wrote. A replayed one was written by an earlier call with the same key and intent."""

    key: str
    facts: tuple[Fact[Any], ...]
    replayed: bool = False


@frozen(kw_only=True)
class Head:
    """Where a tenant's journal ends: its last position (0 when empty), when that was recorded, and its chain hash."""

    position: int
    recorded_at: Instant | None
    hash: bytes


class Entry(NamedTuple):
    """A fact as stored: what the chain's hashes are taken over."""

    position: int
    stream: str
    version: int
    type: str
    occurred_us: int
    recorded_us: int
    actor: str
    payload: bytes
    hash: bytes


@frozen(kw_only=True)
class Record:
    """The row of one item, derived from its facts and written with them.

    Attributes:
        version: The version of the stream it was folded from.
        columns: Values for some of RECORD_COLUMNS; they come back in that order, without those that are None.
        data: The record's plain form; it comes back equal.
    """

    kind: str
    id: str
    stream: str
    version: int
    columns: Attributes = ()
    data: Any = None


@frozen(kw_only=True)
class Query:
    """Which records: of a kind, whose columns all have the given values."""

    kind: str
    where: tuple[tuple[str, str], ...] = ()

    def __attrs_post_init__(self) -> None:
        for column, _ in self.where:
            if column not in RECORD_COLUMNS:
                accepted = ", ".join(f"`{name}`" for name in RECORD_COLUMNS)
                raise InvalidValueError(what="a known column", value=column, path="where", hint=f"one of {accepted}")


@frozen(kw_only=True)
class Page(Generic[T_co]):
    """Some results in order, and the cursor to ask for more with; None when there are no more."""

    items: tuple[T_co, ...]
    next: str | None = None


@frozen(kw_only=True)
class Due:
    """A wake-up: `name` is unique in its stream. Arming replaces; `due_at=None` disarms.

    Arming another instant, or disarming, takes a wake-up away from its claim; arming the same instant changes nothing.
    """

    stream: str
    name: str
    due_at: Instant | None


@frozen(kw_only=True)
class Claim:
    """A due wake-up lent to one worker, who alone has it before `until`; `fence` grows with each claim."""

    due: Due
    owner: str
    until: Instant
    fence: int


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
        """Answer at most `limit` facts past the position, in order; of the given types only, when any are given."""
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
            InvalidValueError: A column that is not one of RECORD_COLUMNS.
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
        """Answer what is due by the instant, that one included, earliest first."""
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


class Store(Protocol):
    """A database. Units of several threads may be open at once; one unit belongs to one thread."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it offers beyond the protocol's demands."""
        ...

    def unit(self, tenant: str, *, write: bool = True) -> AbstractContextManager[Unit]:
        """Open a transaction; it commits when the block ends and rolls back when the block raises.

        With `write=False` it sees the store as it is when it begins, and refuses changes with a StoreError.

        Raises:
            Busy: It could not begin in time; nothing was written.
            StoreFull: No room; nothing was written.
            Unknown: Whether the commit took place is not known.
        """
        ...

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts."""
        ...

    def close(self) -> None:
        """Release what the store holds open."""
        ...


def tenant_id(value: str) -> str:
    """Answer the tenant's id, checked."""
    return identifier(value, "a tenant")
