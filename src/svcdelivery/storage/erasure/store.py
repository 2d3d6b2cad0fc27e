"""Any store, with personal texts under their subjects' keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from attrs import evolve, frozen

from svcdelivery.facts import Fact, NewFact, personal_fields, subject_of, type_of
from svcdelivery.storage.erasure.sealing import Sealer, is_sealed
from svcdelivery.storage.protocol import (
    Archive,
    ArchivedUnit,
    Bell,
    Capability,
    Feed,
    Journal,
    KeyRing,
    Listening,
    Marks,
    Message,
    Outbox,
    Page,
    Parcel,
    Query,
    Receipt,
    Record,
    Records,
    Sharing,
    Store,
    Timers,
    Unit,
    Write,
)
from svcdelivery.timeline import Instant

__all__ = ["ErasableStore", "Erasure"]

V = TypeVar("V", Record, Message)
_PAGE = 1000


@frozen(kw_only=True)
class Erasure:
    """What an erasure came to.

    Attributes:
        subjects: Whose keys are gone: the person, and the items that were theirs.
        facts: How many facts have texts that can no longer be read.
    """

    person: str
    subjects: tuple[str, ...]
    facts: int


class ErasableStore:
    """A store in which people can be erased.

    Texts that a fact's class declares `personal`, and those of records and messages that say so, are sealed on the way
    in and opened on the way out. Keep the key ring apart from the store, and out of its backups: a backup that holds
    both brings back whom it should not.

    Args:
        store: Any; closing this one closes it.
        keys: Of this store's subjects.
    """

    def __init__(self, store: Store, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys

    @property
    def protocol(self) -> tuple[int, int]:
        """The version of the protocol the store keeps."""
        return self._store.protocol

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the store offers, and erasure."""
        return self._store.capabilities | {Capability.ERASURE}

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[ErasableUnit]:
        """Open a transaction of the store."""
        with self._store.unit(tenant, write=write) as unit:
            yield ErasableUnit(unit, Sealer(self._keys, tenant))

    @contextmanager
    def listen(self, tenant: str) -> Iterator[Bell]:
        """Lend a bell of the store."""
        with cast("Listening", self._store).listen(tenant) as bell:
            yield bell

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Lend a connection in a transaction of the caller's own, of a store with the capability SHARED_TRANSACTION."""
        with cast("Sharing", self._store).transaction() as connection:
            yield connection

    def joined(self, connection: Any) -> ErasableStore:
        """Answer the store within the transaction of a connection; the key ring is no part of that."""
        return ErasableStore(cast("Sharing", self._store).joined(connection), self._keys)

    def erase(self, tenant: str, person: str) -> Erasure:
        """Destroy the keys of a person and of the items that were theirs. It cannot be undone.

        The whole journal is looked through for what is theirs. Asking again does no harm, and takes along what was
        written since.
        """
        own: set[str] = {person}
        about: dict[str, set[int]] = {}
        with self._store.unit(tenant, write=False) as unit:
            for fact in _all(unit.feed):
                for name, declared in personal_fields(type(fact.body)):
                    subject = subject_of(fact.body, declared, stream=fact.stream, actor=fact.actor.id)
                    if subject == person:
                        # What was written about the person's item belongs to the person.
                        own.add(fact.stream)
                    if is_sealed(getattr(fact.body, name)):
                        about.setdefault(subject, set()).add(fact.position)
        gone = tuple(subject for subject in sorted(own) if self._keys.forget(tenant, subject))
        unreadable = set[int]().union(*(about.get(subject, ()) for subject in gone))
        return Erasure(person=person, subjects=gone, facts=len(unreadable))

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts."""
        return self._store.tenants()

    def close(self) -> None:
        """Release what the store holds open."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _all(feed: Feed) -> Iterator[Fact[Any]]:
    after = 0
    while facts := feed.read(after, limit=_PAGE):
        yield from facts
        after = facts[-1].position


class ErasableUnit:
    """One transaction, whose personal texts are sealed on the way in and opened on the way out."""

    def __init__(self, unit: Unit, sealer: Sealer) -> None:
        self._unit = unit
        self.journal: Journal = _ErasableJournal(unit.journal, sealer)
        self.feed: Feed = _ErasableFeed(unit.feed, sealer)
        self.records: Records = _ErasableRecords(unit.records, sealer)
        self.outbox: Outbox = _ErasableOutbox(unit.outbox, sealer)

    @property
    def timers(self) -> Timers:
        """Wake-ups."""
        return self._unit.timers

    @property
    def marks(self) -> Marks:
        """How far followers of the feed have come."""
        return self._unit.marks

    @property
    def archive(self) -> Archive:
        """Everything as rows; personal texts stay sealed, and are worth nothing without the key ring."""
        return cast("ArchivedUnit", self._unit).archive


class _ErasableJournal:
    def __init__(self, inner: Journal, sealer: Sealer) -> None:
        self._inner = inner
        self._sealer = sealer

    def load(self, stream: str, *, after: int = 0, upto: int | None = None) -> Sequence[Fact[Any]]:
        return _opened(self._inner.load(stream, after=after, upto=upto), self._sealer)

    def receipt(self, key: str, intent: str) -> Receipt | None:
        found = self._inner.receipt(key, intent)
        return None if found is None else evolve(found, facts=_opened(found.facts, self._sealer))

    def append(self, writes: Sequence[Write], *, key: str, intent: str, now: Instant) -> Receipt:
        sealed = [
            evolve(write, facts=tuple(_sealed(fact, write.stream, self._sealer) for fact in write.facts))
            for write in writes
        ]
        receipt = self._inner.append(sealed, key=key, intent=intent, now=now)
        return evolve(receipt, facts=_opened(receipt.facts, self._sealer))


class _ErasableFeed:
    def __init__(self, inner: Feed, sealer: Sealer) -> None:
        self._inner = inner
        self._sealer = sealer
        self.entries = inner.entries
        self.head = inner.head

    def read(self, after: int = 0, *, limit: int = 1000, types: Collection[str] = ()) -> Sequence[Fact[Any]]:
        return _opened(self._inner.read(after, limit=limit, types=types), self._sealer)


class _ErasableRecords:
    def __init__(self, inner: Records, sealer: Sealer) -> None:
        self._inner = inner
        self._sealer = sealer

    def put(self, records: Sequence[Record]) -> None:
        self._inner.put([_hidden(record, f"{record.kind}/{record.id}", self._sealer) for record in records])

    def get(self, kind: str, id: str) -> Record | None:
        found = self._inner.get(kind, id)
        return None if found is None else _shown(found, f"{kind}/{id}", self._sealer)

    def find(self, query: Query, *, after: str | None = None, limit: int = 100) -> Page[Record]:
        page = self._inner.find(query, after=after, limit=limit)
        items = tuple(_shown(record, f"{record.kind}/{record.id}", self._sealer) for record in page.items)
        return Page(items=items, next=page.next)


class _ErasableOutbox:
    def __init__(self, inner: Outbox, sealer: Sealer) -> None:
        self._inner = inner
        self._sealer = sealer
        self.next_due = inner.next_due

    def put(self, messages: Sequence[Message]) -> None:
        self._inner.put([_hidden(message, message.id, self._sealer) for message in messages])

    def waiting(self, upto: Instant, *, topics: Collection[str] = (), limit: int = 100) -> Sequence[Message]:
        found = self._inner.waiting(upto, topics=topics, limit=limit)
        return tuple(_shown(message, message.id, self._sealer) for message in found)

    def claim(
        self, upto: Instant, *, now: Instant, until: Instant, owner: str, topics: Collection[str] = (), limit: int = 100
    ) -> Sequence[Parcel]:
        parcels = self._inner.claim(upto, now=now, until=until, owner=owner, topics=topics, limit=limit)
        return tuple(evolve(p, message=_shown(p.message, p.message.id, self._sealer)) for p in parcels)

    def settle(self, parcel: Parcel) -> bool:
        return self._inner.settle(parcel)

    def defer(self, parcel: Parcel, due_at: Instant) -> bool:
        return self._inner.defer(parcel, due_at)


def _sealed(fact: NewFact[Any], stream: str, sealer: Sealer) -> NewFact[Any]:
    changed = {}
    for name, declared in personal_fields(type(fact.body)):
        text = getattr(fact.body, name)
        if text:
            subject = subject_of(fact.body, declared, stream=stream, actor=fact.actor.id)
            changed[name] = sealer.seal(text, subject, _place(fact, stream, name))
    return evolve(fact, body=evolve(fact.body, **changed)) if changed else fact


def _opened(facts: Sequence[Fact[Any]], sealer: Sealer) -> tuple[Fact[Any], ...]:
    return tuple(_open(fact, sealer) for fact in facts)


def _open(fact: Fact[Any], sealer: Sealer) -> Fact[Any]:
    changed = {}
    for name, _ in personal_fields(type(fact.body)):
        text = getattr(fact.body, name)
        if is_sealed(text):
            changed[name] = sealer.open(text, _place(fact, fact.stream, name))
    return evolve(fact, body=evolve(fact.body, **changed)) if changed else fact


def _place(fact: Fact[Any] | NewFact[Any], stream: str, name: str) -> str:
    # Without the version of the type: a text is opened also when its fact is read as a later one.
    return f"{stream}/{type_of(fact.body).partition('/')[0]}/{name}"


def _hidden(value: V, place: str, sealer: Sealer) -> V:
    texts = {name: subject for name, subject in value.personal if value.data.get(name)}
    if not texts:
        return value
    sealed = {name: sealer.seal(value.data[name], subject, f"{place}/{name}") for name, subject in texts.items()}
    return evolve(value, data={**value.data, **sealed})


def _shown(value: V, place: str, sealer: Sealer) -> V:
    if not isinstance(value.data, dict):
        return value
    opened = {name: sealer.open(text, f"{place}/{name}") for name, text in value.data.items() if is_sealed(text)}
    return evolve(value, data={**value.data, **opened}) if opened else value
