"""The front door as a type checker sees it: read by `mypy --strict`, never run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, assert_type

from pendulum import DateTime

from svcdelivery import (
    Actor,
    AgreementRevision,
    ClockReading,
    Fact,
    Interval,
    ServiceAgreement,
    ServiceDeliveryError,
    ServiceDesk,
    ServiceHours,
    known_at,
    load_agreement,
    parse_agreement,
    parse_duration,
    parse_instant,
    read_clocks,
    to_instant,
)
from svcdelivery.agreement import AgreementRecord, Credit, credits_of
from svcdelivery.clock import (
    ClockPhase,
    Comparison,
    ExplainedSpan,
    Explanation,
    Simulation,
    Verdict,
    compare,
    simulate,
)
from svcdelivery.desk import Outcome, WatchReport
from svcdelivery.improvement import CorrectiveAction
from svcdelivery.security import Decision, Directory, Person
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Page, Store
from svcdelivery.timeline import TimeSource
from svcdelivery.work import Incident, IncidentStatus, RequestStatus, ServiceRequest


class Stopped:
    """A time source of the caller's own: the port is structural."""

    def now(self) -> DateTime:
        """Answer one instant for ever."""
        return to_instant(datetime(2026, 1, 1, tzinfo=UTC))


class Nobody:
    """A directory of the caller's own."""

    def person(self, id: str) -> Person | None:
        """Answer that everybody is a stranger."""
        return None if id else Person(id=id)


def ports() -> tuple[TimeSource, Directory, Store]:
    return Stopped(), Nobody(), MemoryStore()


def times() -> None:
    assert_type(parse_instant("2026-01-01T00:00:00Z"), DateTime)
    assert_type(parse_duration("PT8H"), timedelta)
    assert_type(to_instant(datetime(2026, 1, 1, tzinfo=UTC)), DateTime)
    assert_type(Interval(parse_instant(""), parse_instant("")).duration, timedelta)


def hours() -> None:
    office = ServiceHours.weekly("Europe/Paris", {"mon-fri": ["08:30-12:30", "13:30-17:30"]})
    at = parse_instant("2026-01-01T00:00:00Z")
    assert_type(office.elapsed(at, at), timedelta)
    assert_type(office.add(at, timedelta(hours=8), boundary="close"), DateTime)
    assert_type(office.subtract(at, timedelta(hours=8)), DateTime)
    assert_type(office.is_open(at), bool)
    assert_type(office.next_open(at), DateTime)


def clocks(facts: Sequence[Fact[Any]], now: datetime) -> None:
    agreement = load_agreement("acme.yaml")
    assert_type(agreement, ServiceAgreement)
    assert_type(agreement.at(now), AgreementRevision | None)
    assert_type(parse_agreement("", source="acme.yaml"), ServiceAgreement)
    assert_type(known_at(facts, now), tuple[Fact[Any], ...])
    for reading in read_clocks(agreement, known_at(facts, now), now=now):
        assert_type(reading, ClockReading)
        assert_type(reading.phase, ClockPhase)
        assert_type(reading.verdict, Verdict)
        assert_type(reading.due_at, DateTime | None)
        assert_type(reading.elapsed, timedelta | None)
        assert_type(reading.percent, Fraction | None)
        assert_type(reading.explanation.spans, tuple[ExplainedSpan, ...])


def what_if(draft: AgreementRevision, agreement: ServiceAgreement, facts: Sequence[Fact[Any]], now: datetime) -> None:
    first, last = (reading.explanation for reading in read_clocks(agreement, facts, now)[:2])
    assert_type(first, Explanation)
    assert_type(compare(first, last), Comparison)
    assert_type(compare(first, last).moved, timedelta | None)
    assert_type(Explanation.from_data(first.to_data()), Explanation)
    assert_type(simulate(draft, [facts], now, agreement=agreement), Simulation)
    assert_type(credits_of(draft), tuple[Credit, ...])
    simulate(draft, [facts], now)  # type: ignore[call-arg]


def desk(store: Store, agreement: ServiceAgreement) -> None:
    desk = ServiceDesk(store, time=Stopped(), directory=Nobody(), tenant="main")
    bob = Actor.staff("bob")
    assert_type(desk.agreements.register(agreement, by=bob, key="a"), Outcome[AgreementRecord])
    received = desk.requests.receive(customer="acme", service="email", requester="ann", by=bob, key="4711")
    assert_type(received, Outcome[ServiceRequest])
    assert_type(received.record.status, RequestStatus)
    assert_type(received.decision, Decision | None)
    assert_type(received.readings, tuple[ClockReading, ...])
    assert_type(received.replayed, bool)
    assert_type(desk.requests.fulfill("1", by=bob, key="f").record, ServiceRequest)
    assert_type(desk.incidents.resolve("1", by=bob, key="r").record.status, IncidentStatus)
    assert_type(desk.incidents.find(status="resolved"), Page[Incident])
    assert_type(desk.actions.waive("1", ground="x", by=bob, key="w"), Outcome[CorrectiveAction])
    assert_type(desk.watch.run(limit=100), WatchReport)


def misuse(desk: ServiceDesk, bob: Actor) -> None:
    desk.requests.fulfill("1", key="f")  # type: ignore[call-arg]
    desk.requests.fulfill("1", by="bob", key="f")  # type: ignore[arg-type]
    desk.requests.resolve("1", by=bob, key="f")  # type: ignore[attr-defined]
    desk.incidents.accept("1", by=bob, key="f")  # type: ignore[attr-defined]
    parse_instant(5)  # type: ignore[arg-type]


def failures() -> None:
    try:
        parse_duration("P1M")
    except ServiceDeliveryError as error:
        assert_type(error.path, str)
        assert_type(error.message, str)
