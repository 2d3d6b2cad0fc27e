"""What goes into a store and what comes out of it."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Attributes, Fact, NewFact
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant

__all__ = [
    "PROTOCOL",
    "RECORD_COLUMNS",
    "ArchiveRow",
    "Capability",
    "Claim",
    "Due",
    "Entry",
    "Head",
    "Message",
    "Page",
    "Parcel",
    "Query",
    "Receipt",
    "Record",
    "ArchiveTable",
    "Write",
    "tenant_id",
]

T_co = TypeVar("T_co", covariant=True)

PROTOCOL = (1, 0)
"""The version of this protocol: the first number changes when an adapter must change, the second when it may."""

RECORD_COLUMNS = ("status", "phase", "customer", "service", "agreement", "priority", "team", "assignee")
"""What records can be found by."""


class Capability(Enum):
    """A behavior a store may offer beyond the protocol's demands.

    Attributes:
        DURABLE: What was committed is there when the store is opened again.
        MULTI_WRITER: Several processes may write at once; they take turns.
        PARALLEL_TENANTS: Writers of different tenants do not wait for one another.
        PARALLEL_CLAIMS: Workers that claim wait neither for one another nor for a writer.
        NOTIFY: Who listens to a tenant is told of its commits.
        EXPORT: Everything a tenant has can be read as rows, and written into an empty tenant.
        SHARED_TRANSACTION: A unit can be part of a transaction of the caller's own.
        ERASURE: Personal texts are kept under a key of their subject, which can be destroyed.
    """

    DURABLE = "durable"
    MULTI_WRITER = "multi_writer"
    PARALLEL_TENANTS = "parallel_tenants"
    PARALLEL_CLAIMS = "parallel_claims"
    NOTIFY = "notify"
    EXPORT = "export"
    SHARED_TRANSACTION = "shared_transaction"
    ERASURE = "erasure"


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
        personal: Which texts at the top of its data are about a person, and whom. A store with the capability ERASURE
            keeps these under that subject's key; others need not look at it, and it does not come back.
    """

    kind: str
    id: str
    stream: str
    version: int
    columns: Attributes = ()
    data: Any = None
    personal: tuple[tuple[str, str], ...] = field(default=(), eq=False)


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


@frozen(kw_only=True)
class Message:
    """Something to tell somebody outside, kept with the facts it follows from until it is delivered.

    Attributes:
        id: Unique among the tenant's waiting messages. It goes out with the message, so that a receiver can tell a
            repeated delivery.
        topic: What kind of message, or by which channel; whoever delivers asks for the topics it can serve.
        stream: The item it is about.
        due_at: Before this instant it is not delivered.
        data: Its plain form; it comes back equal.
        personal: As of a record.
    """

    id: str
    topic: str
    stream: str
    due_at: Instant
    data: Any = None
    personal: tuple[tuple[str, str], ...] = field(default=(), eq=False)


@frozen(kw_only=True)
class Parcel:
    """A message lent to one worker for delivery, who alone has it before `until`; `fence` grows with each claim.

    Attributes:
        attempts: How often the message was lent, this time included.
    """

    message: Message
    owner: str
    until: Instant
    fence: int
    attempts: int


ArchiveRow = tuple[str | int | bytes | None, ...]
"""One row of a table of an archive, in the order of its columns."""


class ArchiveTable(Enum):
    """What a tenant consists of, and the columns of its rows; the columns named after the bar tell them apart."""

    FACTS = "position stream version type occurred_us recorded_us actor payload hash | position"
    KEYS = "key intent first size | key"
    RECORDS = f"kind id stream version {' '.join(RECORD_COLUMNS)} data | kind id"
    TIMERS = "stream name due_us | stream name"
    MESSAGES = "id number topic stream due_us data attempts | number"
    MARKS = "follower position | follower"
    FENCE = "fence | fence"

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of a row's values, in order."""
        return tuple(self.value.partition(" | ")[0].split())

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell rows apart, and by which they are ordered."""
        return tuple(self.value.partition(" | ")[2].split())


@lru_cache(maxsize=256)
def tenant_id(value: str) -> str:
    """Answer the tenant's id, checked."""
    return identifier(value, "a tenant")
