"""A small service desk to try things at: time one holds, people, terms, and stores that behave badly on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from attrs import frozen

from svcdelivery.agreement import (
    AgreementRevision,
    CoveredService,
    MatrixCell,
    NamedHours,
    PriorityScheme,
    Scope,
    ServiceAgreement,
    ServiceLevelTarget,
    SurveyTerms,
    Term,
    UpdateDuty,
    Within,
)
from svcdelivery.clock import read_clocks
from svcdelivery.desk import ServiceDesk
from svcdelivery.desk.command.rows import work_row
from svcdelivery.desk.work.duties import timers_of
from svcdelivery.errors import Unknown
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.security import Person, StaticDirectory
from svcdelivery.service_hours import ServiceHours
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Store, Unit, Write
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import Audience, MessagePosted, fold_work, kind_of_stream
from tests.desk.around import Around

__all__ = [
    "ANN",
    "BOB",
    "DIRECTORY",
    "EVE",
    "MONDAY",
    "OLGA",
    "HeldTime",
    "Interfering",
    "LosingAcknowledgements",
    "Snapshot",
    "World",
    "keys",
    "revision",
    "snapshot",
    "stores",
    "world",
]

ANN, BOB, EVE, OLGA = Actor.end_user("ann"), Actor.staff("bob"), Actor.end_user("eve"), Actor.staff("olga")
MONDAY = to_instant(datetime(2024, 3, 11, 8, tzinfo=UTC))
"""Nine o'clock in Berlin."""

DIRECTORY = StaticDirectory([
    Person(id="ann", customer="acme", roles={"employee"}),
    Person(id="dora", customer="acme"),
    Person(id="eve", customer="globex", roles={"employee"}),
    Person(id="bob", roles={"agent"}),
    Person(id="carl", roles={"agent"}, active=False),
    Person(id="olga", roles={"owner"}),
    Person(id="portal"),
    Person(id="acme"),
])  # fmt: skip


class HeldTime:
    """A source of time that stands where it is put."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = to_instant(at)

    def now(self) -> Instant:
        """Answer where it stands."""
        return self.at

    def advance(self, **by: float) -> None:
        """Move on; backwards with a negative amount."""
        self.at = datetime.__add__(self.at, timedelta(**by))


OFFICE = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]})
keys: Iterator[str] = (f"key-{number}" for number in count())


def revision(id: str = "acme-1", **rest: Any) -> AgreementRevision:
    """Answer terms with a resolution, a fulfillment and a response target, updates every four hours, surveys."""
    since = datetime(2024, 1, 1, tzinfo=UTC)
    rest = {"customer": "acme", "number": 1, "effective_at": since, "term": Term(since), **rest}
    rest.setdefault("services", (
        CoveredService(id="email", approved=Term(since), entitled=("everybody",), delivered_by=("role:agent",)),
        CoveredService(id="laptop", approved=Term(since), entitled=("role:employee",), delivered_by=("role:agent",)),
        CoveredService(id="fax", entitled=("everybody",), delivered_by=("role:agent",)),
    ))  # fmt: skip
    rest.setdefault("survey", SurveyTerms())
    rest.setdefault("updates", (UpdateDuty(every=timedelta(hours=4), hours="office"),))
    paused = frozenset({"customer"})
    goal = Within(timedelta(hours=4))
    return AgreementRevision(
        agreement=id,
        hours=(NamedHours("office", OFFICE),),
        priorities=PriorityScheme(ranked=("P1", "P2", "P3"), matrix=(MatrixCell("high", "high", "P1"),)),
        targets=(
            ServiceLevelTarget(name="response", measure="first_response", goal=goal, hours="office", pause_on=paused),
            ServiceLevelTarget(
                name="resolution", measure="resolution", goal=goal, hours="office", pause_on=paused,
                scope=Scope(kinds={"incident"}),
            ),
            ServiceLevelTarget(
                name="urgent", measure="resolution", goal=Within(timedelta(hours=1)), hours="office", pause_on=paused,
                scope=Scope(kinds={"incident"}, priorities={"P1"}),
            ),
            ServiceLevelTarget(
                name="delivery", measure="fulfillment", goal=goal, hours="office", pause_on=paused,
                scope=Scope(kinds={"request"}),
            ),
        ),
        **rest,
    )  # fmt: skip


stores: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _folder: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "desk.db", durability="normal"),
}


class World:
    """A desk with an agreement on record, and the time it goes by."""

    def __init__(self, store: Store, *, terms: AgreementRevision | None = None) -> None:
        self.store = store
        self.time = HeldTime()
        self.desk = ServiceDesk(store, time=self.time, directory=DIRECTORY)
        self.desk.agreements.register(ServiceAgreement.of(terms or revision()), by=OLGA, key=next(keys))

    def again(self, store: Store) -> ServiceDesk:
        """Answer another desk of the same tenant, by the same time, over another view of the store."""
        return ServiceDesk(store, time=self.time, directory=DIRECTORY)

    def request(self, *, service: str = "email", by: Actor = ANN, **rest: Any) -> str:
        """Receive a request and answer its id."""
        rest = {"customer": "acme", "requester": "ann", "key": next(keys), **rest}
        return self.desk.requests.receive(service=service, by=by, **rest).record.id

    def incident(self, *, service: str = "email", by: Actor = ANN, **rest: Any) -> str:
        """Record an incident and answer its id."""
        rest = {"customer": "acme", "requester": "ann", "key": next(keys), **rest}
        return self.desk.incidents.receive(service=service, by=by, **rest).record.id

    def started_request(self) -> str:
        """Answer the id of a request that is worked on."""
        id = self.request()
        self.desk.requests.accept(id, by=BOB, key=next(keys))
        self.desk.requests.start(id, by=BOB, key=next(keys))
        return id

    def started_incident(self, **rest: Any) -> str:
        """Answer the id of an incident that is worked on."""
        id = self.incident(**rest)
        self.desk.incidents.assign(id, team="desk", by=BOB, key=next(keys))
        self.desk.incidents.start(id, by=BOB, key=next(keys))
        return id

    def check(self, stream: str) -> None:
        """Insist that row and timers are what the stream's facts say."""
        kind = kind_of_stream(stream)
        assert kind is not None
        with self.store.unit("main", write=False) as unit:
            facts = tuple(unit.journal.load(stream))
            row = unit.records.get(kind.name, stream.partition(":")[2])
            armed = {timer.name: timer.due_at for timer in unit.timers.of(stream)}
        work = fold_work(facts)
        assert work is not None
        assert row == work_row(kind, work)
        agreement = self.desk.agreements.get(work.agreement).agreement
        now = max(self.time.now(), facts[-1].recorded_at)
        readings = read_clocks(agreement, facts, now)
        wanted = {t.name: t.due_at for t in timers_of(agreement, facts, readings, (), now=now) if t.due_at is not None}
        assert armed == wanted


def world(store: Store, *, terms: AgreementRevision | None = None) -> World:
    """Answer a desk over the store."""
    return World(store, terms=terms)


@frozen
class Snapshot:
    """What a store holds of one stream."""

    facts: tuple[Any, ...]
    row: Any
    timers: tuple[Any, ...]


def snapshot(store: Store, stream: str) -> Snapshot:
    """Answer the stream's facts, its row and its timers."""
    kind, _, id = stream.partition(":")
    with store.unit("main", write=False) as unit:
        return Snapshot(tuple(unit.journal.load(stream)), unit.records.get(kind, id), tuple(unit.timers.of(stream)))


# -- stores that behave badly ------------------------------------------------------------------------------------------


class LosingAcknowledgements(Around):
    """Commits, and then says that it does not know: as often as it is told to, after as many that go well."""

    def __init__(self, store: Store, *, times: int = 1, after: int = 0) -> None:
        super().__init__(store)
        self.times, self.after = times, after

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a unit whose acknowledgement may get lost."""
        with self._store.unit(tenant, write=write) as unit:
            yield unit
        if write and self.after:
            self.after -= 1
        elif write and self.times:
            self.times -= 1
            raise Unknown


class Interfering(Around):
    """Lets somebody else write to a stream before each writing unit: as often as it is told to."""

    def __init__(self, store: Store, stream: str, *, times: int) -> None:
        super().__init__(store)
        self.stream, self.times, self.tries = stream, times, 0

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a unit that finds the stream longer than it was read."""
        if write:
            self.tries += 1
        if write and self.times:
            self.times -= 1
            self._write(tenant)
        with self._store.unit(tenant, write=write) as unit:
            yield unit

    def _write(self, tenant: str) -> None:
        with self._store.unit(tenant) as unit:
            now = unit.feed.head().recorded_at
            assert now is not None
            note = NewFact(body=MessagePosted(audience=Audience.INTERNAL, text="meanwhile"), actor=BOB)
            write = Write(stream=self.stream, expected=None, facts=(note,))
            unit.journal.append([write], key=next(keys), intent="interference", now=now)
