"""What scenarios are made of: a store in an empty place, facts of the kit's own, and complaints a person can read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from attrs import field, frozen

from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.facts import Attributes, Fact, NewFact, fact_type
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Capability, Entry, Head, Receipt, Store, Unit, Write
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = [
    "ACTOR",
    "START",
    "Lab",
    "NotKeptError",
    "Noted",
    "Places",
    "Report",
    "Result",
    "Scenario",
    "StoreFactory",
    "expect",
    "later",
    "note",
    "refused",
    "run_each",
    "run_one",
    "scenario",
    "texts",
    "write",
]

E = TypeVar("E", bound=ServiceDeliveryError)

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


class NotKeptError(AssertionError):
    """A promise of the protocol that the store did not keep."""


@frozen(kw_only=True)
class Scenario:
    """One promise, and how to see whether a store keeps it.

    Attributes:
        topic: What it is about, one word.
        name: A sentence with underscores, unique within the kit.
        promise: The sentence in the protocol's words.
        needs: Behaviors without which it cannot be asked of a store.
    """

    topic: str
    name: str
    promise: str
    run: Callable[[Lab], None] = field(repr=False)
    needs: frozenset[Capability] = frozenset()


@frozen(kw_only=True)
class Result:
    """How one scenario went: kept, not offered, or the complaint."""

    scenario: Scenario
    kept: bool
    offered: bool = True
    complaint: str = ""


@frozen(kw_only=True)
class Report:
    """How all of them went."""

    results: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        """Whether every promise is kept that could be asked for."""
        return all(result.kept or not result.offered for result in self.results)

    def __str__(self) -> str:
        """Answer a line for every broken promise, and the figures last."""
        broken = [result for result in self.results if result.offered and not result.kept]
        absent = [result for result in self.results if not result.offered]
        lines = [f"{r.scenario.topic}: {r.scenario.promise} NOT KEPT: {r.complaint}" for r in broken]
        lines += [f"{r.scenario.topic}: {r.scenario.promise} not offered" for r in absent]
        kept = len(self.results) - len(broken) - len(absent)
        return "\n".join([*lines, f"{kept} kept, {len(broken)} not kept, {len(absent)} not offered"])


def scenario(collection: list[Scenario], topic: str, *needs: Capability) -> Callable[[Callable[[Lab], None]], None]:
    """Put the function into the collection; its docstring's first line is the promise."""

    def register(run: Callable[[Lab], None]) -> None:
        promise = (run.__doc__ or "").strip().partition("\n")[0]
        collection.append(Scenario(topic=topic, name=run.__name__, promise=promise, run=run, needs=frozenset(needs)))

    return register


def run_one(scenario: Scenario, make: StoreFactory) -> bool:
    """Run a scenario in its place; False when the store does not offer what it needs.

    Raises:
        NotKeptError: The promise is not kept.
    """
    lab = Lab(make)
    try:
        if not scenario.needs <= lab.store.capabilities:
            return False
        scenario.run(lab)
    finally:
        lab.store.close()
    return True


def run_each(places: Places, scenarios: Iterable[Scenario]) -> Report:
    """Run each scenario in a place of its own, whatever the others do."""
    return Report(results=tuple(_result(one, places) for one in scenarios))


def _result(scenario: Scenario, places: Places) -> Result:
    try:
        offered = run_one(scenario, places())
    except Exception as error:  # noqa: BLE001  whatever a foreign adapter raises is its answer
        return Result(scenario=scenario, kept=False, complaint=f"{type(error).__name__}: {error}")
    return Result(scenario=scenario, kept=offered, offered=offered)


class Lab:
    """A store in a place of its own, and short ways to use it."""

    def __init__(self, make: StoreFactory) -> None:
        self._make = make
        self._keys = 0
        self.store = make()

    def reopen(self) -> None:
        """Close the store and open what its place holds."""
        self.store.close()
        self.store = self._make()

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


def expect(actual: object, wanted: object, what: str) -> None:
    """Complain when a store answers something else."""
    if actual != wanted:
        raise NotKeptError(f"{what}: expected {_shown(wanted)}, got {_shown(actual)}")


def refused(kind: type[E], call: Callable[[], object], what: str) -> E:
    """Answer the error of that kind a call raises, and complain when it raises none or another."""
    try:
        answer = call()
    except kind as error:
        return error
    except Exception as error:
        raise NotKeptError(f"{what}: expected {kind.__name__}, got {type(error).__name__}: {error}") from error
    raise NotKeptError(f"{what}: expected {kind.__name__}, got the answer {_shown(answer)}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 500 else text[:500] + "…"
