"""A store in an empty place, facts of the kit's own, and short ways to use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from attrs import frozen

from svcdelivery.facts import Attributes, Fact, NewFact, fact_type
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Entry, Head, Receipt, Store, Unit, Write
from svcdelivery.testing.conformance.threads import PATIENCE_SECONDS, all_at_once, begun, held
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = [
    "ACTOR",
    "START",
    "Lab",
    "Noted",
    "Places",
    "StoreFactory",
    "Ticked",
    "in_folders",
    "later",
    "note",
    "texts",
    "write",
]

StoreFactory = Callable[[], Store]
"""Opens the store of one place: a durable one finds again what it held before."""

Places = Callable[[], StoreFactory]
"""Answers the factory of a new, empty place."""

START = from_micros(1_767_225_600_000_000)
"""2026-01-01T00:00:00Z, when scenarios begin."""

ACTOR = Actor.system("conformance")
"""Who does everything in the scenarios."""


@fact_type("conformance.noted/1")
@frozen(kw_only=True)
class Noted:
    """The kit's own fact: one field of each form that payloads have."""

    text: str
    number: int = 0
    flag: bool = False
    at: Instant | None = None
    took: timedelta | None = None
    names: Attributes = ()


def in_folders(open_store: Callable[[Path], Store], folder: Path) -> Places:
    """Answer places that are new, empty folders below the one given.

    Args:
        open_store: Opens the store that lives in a folder, and finds again what the folder held before.
    """
    numbers = count(1)

    def place() -> StoreFactory:
        made = folder / f"place-{next(numbers)}"
        made.mkdir()
        return partial(open_store, made)

    return place


@fact_type("conformance.ticked/1")
@frozen
class Ticked:
    """A fact of another type."""


class Lab:
    """A store in a place of its own, and short ways to use it."""

    def __init__(self, make: StoreFactory, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._make = make
        self._keys = 0
        self._others: list[Store] = []
        self.patience_seconds = patience_seconds
        self.store = make()

    def close(self) -> None:
        """Close every store that was opened."""
        for store in (*self._others, self.store):
            store.close()

    def reopen(self) -> None:
        """Close the store and open what its place holds."""
        self.store.close()
        self.store = self._make()

    def another(self) -> Store:
        """Open the same place once more, as another process would."""
        self._others.append(self._make())
        return self._others[-1]

    def at_once(self, works: Sequence[Callable[[], object]]) -> None:
        """Do all of them at the same time, on threads."""
        all_at_once(works, self.patience_seconds)

    def begun(self, work: Callable[[], object]) -> Callable[[], None]:
        """Begin it on another thread, and answer how to wait for its end."""
        return begun([work], self.patience_seconds)

    def elsewhere(self, work: Callable[[], object]) -> None:
        """Do it on another thread, and wait for its end."""
        self.at_once([work])

    def held(self, work: Callable[[Unit], object], what: str, *, tenant: str = "main") -> AbstractContextManager[None]:
        """Do the work in a unit on another thread, which stays open while the block runs and commits at its end."""
        return held(lambda: self.store.unit(tenant), work, self.patience_seconds, what)

    @contextmanager
    def unit(self, tenant: str = "main", *, write: bool = True) -> Iterator[Unit]:
        """Open a unit."""
        with self.store.unit(tenant, write=write) as unit:
            yield unit

    def append(
        self, *writes: Write, key: str = "", intent: str = "intent", now: Instant = START, tenant: str = "main"
    ) -> Receipt:
        """Append in a unit of its own, with a new key unless one is given."""
        self._keys += 1
        with self.unit(tenant) as unit:
            return unit.journal.append(writes, key=key or f"lab-{self._keys}", intent=intent, now=now)

    def load(self, stream: str, *, after: int = 0, upto: int | None = None, tenant: str = "main") -> list[Fact[Any]]:
        """Answer a stream's facts, read in a unit of its own."""
        with self.unit(tenant, write=False) as unit:
            return list(unit.journal.load(stream, after=after, upto=upto))

    def feed(self, tenant: str = "main") -> list[Fact[Any]]:
        """Answer all facts of a tenant."""
        with self.unit(tenant, write=False) as unit:
            return list(unit.feed.read(0, limit=100_000))

    def entries(self, tenant: str = "main") -> list[Entry]:
        """Answer all entries of a tenant."""
        with self.unit(tenant, write=False) as unit:
            return list(unit.feed.entries(0, limit=100_000))

    def head(self, tenant: str = "main") -> Head:
        """Answer where a tenant's journal ends."""
        with self.unit(tenant, write=False) as unit:
            return unit.feed.head()


def note(text: str, *, at: Instant | None = None) -> NewFact[Noted]:
    """Answer a fact to append."""
    return NewFact(body=Noted(text=text), actor=ACTOR, occurred_at=at)


def write(stream: str, *facts: str | NewFact[Any], expected: int | None = None) -> Write:
    """Answer a write of facts, or of notes with those texts."""
    return Write(
        stream=stream, expected=expected, facts=tuple(note(fact) if isinstance(fact, str) else fact for fact in facts)
    )


def texts(facts: Sequence[Fact[Any]]) -> list[str]:
    """Answer the texts of notes."""
    return [fact.body.text for fact in facts]


def later(micros: int) -> Instant:
    """Answer the instant so many microseconds after the start."""
    return from_micros(to_micros(START) + micros)
