"""The rules of appending and reading, the same for every engine: engines only keep and find rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from svcdelivery.errors import Conflict, InvalidValueError, KeyReused, StoreError, WrongTypeError
from svcdelivery.facts import Fact, earlier_names, recorded_fact
from svcdelivery.identity import Actor, identifier
from svcdelivery.storage.chain import sealer
from svcdelivery.storage.codec import Row, encode_body, entry_of_row, facts_of_rows
from svcdelivery.storage.protocol import Entry, Head, Receipt, Write
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = [
    "Command",
    "Gate",
    "Rows",
    "StoredFeed",
    "StoredJournal",
    "Tail",
    "checked_key",
    "checked_limit",
    "checked_stream",
]

_STREAM_LENGTH_MOST = 500
_STREAMS_ONE_BY_ONE = 8


class Tail(NamedTuple):
    """The last row of a tenant's journal; position 0 and the genesis hash where there is none."""

    position: int
    recorded_us: int | None
    hash: bytes


class Command(NamedTuple):
    """What a key wrote: `size` facts from position `first` on."""

    intent: str
    first: int
    size: int


class Rows(Protocol):
    """What an engine supplies for one tenant in one transaction."""

    @property
    def tail(self) -> Tail:
        """Where the journal ends."""
        ...

    def look_ahead(self, key: str, streams: Sequence[str]) -> None:
        """Be told what is going to be asked for, so that a distant database need be asked only once."""
        ...

    def version(self, stream: str) -> int:
        """Answer the stream's last version, 0 for an unknown one."""
        ...

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """Answer the last versions of many streams; those unknown are left out."""
        ...

    def command(self, key: str) -> Command | None:
        """Answer what the key wrote."""
        ...

    def add(self, rows: list[Row], key: str, command: Command, tail: Tail) -> None:
        """Keep the rows, what the key wrote, and the new tail."""
        ...

    def of_stream(self, stream: str, after: int, upto: int | None) -> Iterable[Row]:
        """Answer rows with versions in `(after, upto]`, in order."""
        ...

    def page(self, after: int, limit: int, types: Collection[str] = ()) -> Sequence[Row]:
        """Answer at most `limit` rows past the position, in order, of the given types when any are given."""
        ...


class Gate:
    """What a unit still lets through: nothing once it has ended, no writing when it was opened for reading."""

    __slots__ = ("_open", "_writable")

    def __init__(self, *, writable: bool) -> None:
        self._open = True
        self._writable = writable

    def reading(self) -> None:
        """Refuse when the unit has ended."""
        if not self._open:
            raise StoreError(problem="the unit has ended", hint="open another one")

    def writing(self) -> None:
        """Refuse when the unit has ended or was opened for reading."""
        self.reading()
        if not self._writable:
            raise StoreError(problem="the unit was opened for reading", hint="open it with write=True")

    def shut(self) -> None:
        """Let nothing through from now on."""
        self._open = False


class StoredJournal:
    """Streams and keys over an engine's rows."""

    def __init__(self, rows: Rows, tenant: str, gate: Gate) -> None:
        self._rows = rows
        self._gate = gate
        self._seal = sealer(tenant)
        self._versions: dict[str, int] = {}

    def load(self, stream: str, *, after: int = 0, upto: int | None = None) -> Sequence[Fact[Any]]:
        """Answer the stream's facts with versions in `(after, upto]`."""
        self._gate.reading()
        return facts_of_rows(self._rows.of_stream(checked_stream(stream), after, upto))

    def receipt(self, key: str, intent: str) -> Receipt | None:
        """Answer what the key wrote before."""
        self._gate.reading()
        found = self._rows.command(checked_key(key))
        if found is None:
            return None
        if found.intent != intent:
            raise KeyReused(key=key)
        rows = self._rows.page(found.first - 1, found.size) if found.size else ()
        return Receipt(key=key, facts=facts_of_rows(rows), replayed=True)

    def append(self, writes: Sequence[Write], *, key: str, intent: str, now: Instant) -> Receipt:
        """Append to one or more streams: the key is asked first, then the versions; all is kept or nothing."""
        self._gate.writing()
        self._rows.look_ahead(key, [write.stream for write in writes])
        earlier = self.receipt(key, intent)
        if earlier is not None:
            return earlier
        ends = self._checked(writes)
        tail = self._rows.tail
        now_us = to_micros(now)
        recorded_us = now_us if tail.recorded_us is None else max(now_us, tail.recorded_us)
        rows, facts = self._sealed(writes, tail, recorded_us)
        end = Tail(rows[-1][0], recorded_us, rows[-1][8]) if rows else tail
        self._rows.add(rows, key, Command(intent, tail.position + 1, len(rows)), end)
        self._versions.update(ends)
        return Receipt(key=key, facts=facts)

    def _version(self, stream: str) -> int:
        # A writing unit is alone, so what it has once asked or written stays true until it ends.
        known = self._versions.get(stream)
        if known is None:
            known = self._versions[stream] = self._rows.version(stream)
        return known

    def _look_up(self, streams: Sequence[str]) -> None:
        # Many streams are asked for in one question; few are cheaper one by one.
        if len(streams) > _STREAMS_ONE_BY_ONE:
            found = self._rows.versions(streams)
            self._versions.update({stream: found.get(stream, 0) for stream in streams})

    def _checked(self, writes: Sequence[Write]) -> dict[str, int]:
        ends: dict[str, int] = {}
        self._look_up([write.stream for write in writes if write.stream not in self._versions])
        for write in writes:
            stream = checked_stream(write.stream)
            version = ends[stream] if stream in ends else self._version(stream)
            if write.expected is not None and write.expected != version:
                raise Conflict(stream=stream, expected=write.expected, actual=version)
            ends[stream] = version + len(write.facts)
        return ends

    def _sealed(self, writes: Sequence[Write], tail: Tail, recorded_us: int) -> tuple[list[Row], tuple[Fact[Any], ...]]:
        rows: list[Row] = []
        facts: list[Fact[Any]] = []
        versions: dict[str, int] = {}
        seal, recorded_at = self._seal, from_micros(recorded_us)
        position, hash = tail.position, tail.hash
        actor: Actor | None = None
        actor_text = ""
        for write in writes:
            stream = write.stream
            version = versions[stream] if stream in versions else self._version(stream)
            for new in write.facts:
                position += 1
                version += 1
                if new.actor is not actor:
                    if not isinstance(new.actor, Actor):
                        raise WrongTypeError(expected="an actor", value=new.actor, path=stream)
                    actor, actor_text = new.actor, str(new.actor)
                occurred_at = new.occurred_at
                occurred_us = recorded_us if occurred_at is None else to_micros(occurred_at)
                type, payload = encode_body(new.body)
                hash = seal(hash, position, stream, version, type, occurred_us, recorded_us, actor_text, payload)
                rows.append((position, stream, version, type, occurred_us, recorded_us, actor_text, payload, hash))
                happened_at = recorded_at if occurred_at is None else occurred_at
                facts.append(recorded_fact(stream, version, position, happened_at, recorded_at, new.actor, new.body))
            versions[stream] = version
        return rows, tuple(facts)


class StoredFeed:
    """All facts by position over an engine's rows."""

    def __init__(self, rows: Rows, gate: Gate) -> None:
        self._rows = rows
        self._gate = gate

    def read(self, after: int = 0, *, limit: int = 1000, types: Collection[str] = ()) -> Sequence[Fact[Any]]:
        """Answer at most `limit` facts past the position."""
        self._gate.reading()
        return facts_of_rows(self._rows.page(after, checked_limit(limit), earlier_names(types)))

    def entries(self, after: int = 0, *, limit: int = 1000) -> Sequence[Entry]:
        """Answer the same as stored bytes with their hashes."""
        self._gate.reading()
        return tuple(map(entry_of_row, self._rows.page(after, checked_limit(limit))))

    def head(self) -> Head:
        """Answer where the journal ends."""
        self._gate.reading()
        position, recorded_us, hash = self._rows.tail
        return Head(position=position, recorded_at=None if recorded_us is None else from_micros(recorded_us), hash=hash)


def checked_key(key: str) -> str:
    """Answer the command key as it is."""
    return identifier(key, "a command key")


def checked_stream(name: str) -> str:
    """Answer the stream's name as it is.

    Raises:
        InvalidValueError: Empty, longer than 500 characters, or with unprintable ones.
    """
    if not isinstance(name, str):
        raise WrongTypeError(expected="the name of a stream", value=name)
    if not 0 < len(name) <= _STREAM_LENGTH_MOST or not name.isprintable():
        raise InvalidValueError(what="the name of a stream", value=name, hint="1 to 500 printable characters")
    return name


def checked_limit(limit: int) -> int:
    """Answer the limit of a page, which is at least 1."""
    if type(limit) is not int:
        raise WrongTypeError(expected="a whole number", value=limit, path="limit")
    if limit < 1:
        raise InvalidValueError(what="the limit of a page", value=limit, path="limit", hint="at least 1")
    return limit
