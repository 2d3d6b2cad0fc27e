"""The hash chain over stored facts: whoever changes, removes, inserts or moves one breaks it from there on.

A link is the SHA-256 of the format's name, the link before, four numbers (position, version, occurred_us, recorded_us),
the lengths of the five texts that follow, and those texts as stored: tenant, stream, type, actor, payload. The first
fact's link before is bound to tenant and format. Rewriting the whole chain, or cutting off its end together with the
head on record, is found only by a head kept elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import lru_cache, partial
from hashlib import sha256

from attrs import frozen

from svcdelivery.errors import quoted
from svcdelivery.storage.protocol import Entry, Feed, Head
from svcdelivery.timeline import from_micros, to_micros

__all__ = [
    "FORMAT",
    "NO_LINK",
    "ChainReport",
    "Damage",
    "Finding",
    "entries_of",
    "follow",
    "genesis",
    "sealer",
    "verify",
]

FORMAT = 1
"""The number of the link's layout; it is hashed along."""

NO_LINK = (struct.error, TypeError, AttributeError, UnicodeEncodeError)
"""What sealing raises for a value of a type or size that was never written."""

_STREAMS_KEPT_MOST = 200_000

Seal = Callable[[bytes, int, str, int, str, int, int, str, bytes], bytes]
"""previous hash, position, stream, version, type, occurred_us, recorded_us, actor, payload -> hash"""

StoredRow = tuple[int, str, int, str, int, int, str, bytes, bytes]

_LINK = b"svcdelivery fact link %d\0" % FORMAT
_GENESIS = b"svcdelivery fact chain %d\0" % FORMAT
_header = struct.Struct(">QQqqIIIII")


class Damage(Enum):
    """What is wrong at the first bad place of a chain."""

    EDITED = "edited"
    GAP = "gap"
    OUT_OF_ORDER = "out_of_order"
    STREAM_GAP = "stream_gap"
    BACKWARD_TIME = "backward_time"
    REWRITTEN = "rewritten"
    CUT_OFF = "cut_off"
    HEAD_MISMATCH = "head_mismatch"


@frozen(kw_only=True)
class Finding:
    """The first bad place.

    Attributes:
        position: Of the entry that is damaged or missing; past a head mismatch nothing is known.
    """

    damage: Damage
    position: int
    message: str


@frozen(kw_only=True)
class ChainReport:
    """What a verification found.

    Attributes:
        checked: How many entries are sound, from the start on.
        head: The last sound entry, or the start.
        finding: The first bad place; None when all is sound.
    """

    tenant: str
    checked: int
    head: Head
    finding: Finding | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing bad was found."""
        return self.finding is None


@lru_cache(maxsize=256)
def genesis(tenant: str) -> bytes:
    """Answer the hash that stands before a tenant's first fact."""
    return sha256(_GENESIS + tenant.encode()).digest()


@lru_cache(maxsize=256)
def sealer(tenant: str) -> Seal:
    """Answer the function that links one fact of the tenant to the one before."""
    name = tenant.encode()
    pack, prefix, size = _header.pack, _LINK, len(name)
    # Types and actors are few: each is turned into bytes once.
    few = lru_cache(maxsize=1024)(partial(str.encode, encoding="utf-8", errors="surrogateescape"))

    # Positional, for it runs once a fact.
    def seal(  # noqa: PLR0917
        previous: bytes,
        position: int,
        stream: str,
        version: int,
        type: str,
        occurred_us: int,
        recorded_us: int,
        actor: str,
        payload: bytes,
    ) -> bytes:
        # What was read back may hold bytes that are no UTF-8; they are hashed as they are and so do not match.
        a, b, c = (
            stream.encode("utf-8", "surrogateescape"),
            few(type),
            few(actor),
        )
        header = pack(position, version, occurred_us, recorded_us, size, len(a), len(b), len(c), len(payload))
        return sha256(b"".join((prefix, previous, header, name, a, b, c, payload))).digest()

    return seal


def follow(rows: Iterable[StoredRow], tenant: str, position: int, hash: bytes) -> bytes | None:
    """Answer the last link of rows that come after a position and its link; None when one does not match.

    This is `verify` for whoever moves very many rows and only has to know whether they are sound.
    """
    name = tenant.encode()
    pack, prefix, size, known = _header.pack, _LINK, len(name), dict[str, bytes]()
    for at, stream, version, type, occurred_us, recorded_us, actor, payload, link in rows:
        position += 1
        try:
            a, b, c = stream.encode("utf-8", "surrogateescape"), known.get(type), known.get(actor)
            if b is None:
                b = known[type] = type.encode("utf-8", "surrogateescape")
            if c is None:
                c = known[actor] = actor.encode("utf-8", "surrogateescape")
            header = pack(at, version, occurred_us, recorded_us, size, len(a), len(b), len(c), len(payload))
            hash = sha256(b"".join((prefix, hash, header, name, a, b, c, payload))).digest()
        except NO_LINK:
            return None
        if hash != link or at != position:
            return None
    return hash


def verify(
    entries: Iterable[Entry],
    tenant: str,
    *,
    start: Head | None = None,
    head: Head | None = None,
    known: Iterable[Head] = (),
) -> ChainReport:
    """Check entries in the order given, one at a time, up to the first bad one.

    Beside the hashes, versions must follow one another within each stream, and recorded times never fall: a writer who
    can seal entries cannot leave one of a stream out. Versions are remembered for the streams last written to.

    Args:
        entries: As `Feed.entries` answers them, from the one after `start` on.
        tenant: Whose they are; the same entries under another name are not sound.
        start: An earlier head that is trusted; None begins before the first fact.
        head: Where the chain must end, position and hash; None takes any end.
        known: Heads that were noted elsewhere: the chain must have passed through each of them.
    """
    last = start or Head(position=0, recorded_at=None, hash=genesis(tenant))
    seal, order = sealer(tenant), _Order(last)
    noted = {kept.position: kept.hash for kept in known if kept.position > last.position}
    position, hash, recorded_us = last.position, last.hash, None
    finding = None
    for entry in entries:
        finding = _damage(entry, position, hash, seal) or order.damage(entry) or _rewritten(entry, noted)
        if finding is not None:
            break
        position, hash, recorded_us = entry.position, entry.hash, entry.recorded_us
    recorded_at = last.recorded_at if recorded_us is None else from_micros(recorded_us)
    reached = Head(position=position, recorded_at=recorded_at, hash=hash)
    if finding is None:
        finding = _cut_off(reached, noted) or (_end_damage(reached, head) if head is not None else None)
    return ChainReport(tenant=tenant, checked=position - last.position, head=reached, finding=finding)


def entries_of(feed: Feed, after: int = 0, *, page: int = 1000) -> Iterator[Entry]:
    """Answer all entries past the position, read a page at a time."""
    while entries := feed.entries(after, limit=page):
        yield from entries
        after = entries[-1].position


def _damage(entry: Entry, before: int, previous: bytes, seal: Seal) -> Finding | None:
    due = before + 1
    found: object = entry.position
    # What was tampered with may have come back as another type.
    if not isinstance(found, int) or found < due:
        message = f"entry {quoted(found)} comes where {due} is due"
        return Finding(damage=Damage.OUT_OF_ORDER, position=due, message=message)
    if found > due:
        message = f"entry {due} is missing; the next is {found}"
        return Finding(damage=Damage.GAP, position=due, message=message)
    try:
        made = seal(
            previous, entry.position, entry.stream, entry.version, entry.type, entry.occurred_us, entry.recorded_us,
            entry.actor, entry.payload,
        )  # fmt: skip
    except NO_LINK:
        made = b""
    if made != entry.hash:
        message = f"entry {due} does not match its hash: it, or the link before, was changed"
        return Finding(damage=Damage.EDITED, position=due, message=message)
    return None


class _Order:
    """What must hold from one sealed entry to the next: versions within a stream, and the time of record."""

    def __init__(self, start: Head) -> None:
        self._versions: dict[str, int] = {}
        # Past a trusted start, or once some were forgotten, a stream may be in the middle of its versions.
        self._complete = start.position == 0
        self._recorded_us = None if start.recorded_at is None else to_micros(start.recorded_at)

    def damage(self, entry: Entry) -> Finding | None:
        """Answer what is wrong with the order, and take the entry in."""
        before, due = self._recorded_us, self._due(entry)
        if entry.version != due:
            message = f"entry {entry.position} has version {entry.version} of {quoted(entry.stream)} where {due} is due"
            return Finding(damage=Damage.STREAM_GAP, position=entry.position, message=message)
        if before is not None and entry.recorded_us < before:
            message = f"entry {entry.position} was recorded before the entry in front of it"
            return Finding(damage=Damage.BACKWARD_TIME, position=entry.position, message=message)
        self._recorded_us = entry.recorded_us
        return None

    def _due(self, entry: Entry) -> int:
        versions, stream = self._versions, entry.stream
        last = versions.pop(stream, None)
        versions[stream] = entry.version
        if len(versions) > _STREAMS_KEPT_MOST:
            del versions[next(iter(versions))]
            self._complete = False
        if last is not None:
            return last + 1
        return 1 if self._complete else entry.version


def _rewritten(entry: Entry, noted: dict[int, bytes]) -> Finding | None:
    if noted.get(entry.position, entry.hash) == entry.hash:
        return None
    message = f"entry {entry.position} has another hash than was noted: it, or one before, was written anew"
    return Finding(damage=Damage.REWRITTEN, position=entry.position, message=message)


def _cut_off(reached: Head, noted: dict[int, bytes]) -> Finding | None:
    beyond = max(noted, default=0)
    if beyond <= reached.position:
        return None
    message = f"the chain ends at {reached.position}, but an entry {beyond} was noted"
    return Finding(damage=Damage.CUT_OFF, position=reached.position + 1, message=message)


def _end_damage(reached: Head, head: Head) -> Finding | None:
    if (reached.position, reached.hash) == (head.position, head.hash):
        return None
    if reached.position == head.position:
        message = f"the chain ends with another hash than the head at {head.position}"
    else:
        message = f"the chain ends at {reached.position}, the head says {head.position}"
    position = min(reached.position, head.position) + (reached.position != head.position)
    return Finding(damage=Damage.HEAD_MISMATCH, position=position, message=message)
