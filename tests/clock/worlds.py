"""Terms and histories written by hand, for examples that name instants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from svcdelivery.agreement import AgreementRevision, Scope, ServiceAgreement, ServiceLevelTarget, Within
from svcdelivery.clock import ClockReading, read_clocks
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.terms import terms_of
from svcdelivery.timeline import Instant, to_instant, to_zone
from svcdelivery.work import IncidentRecorded, RequestReceived

__all__ = [
    "ANN",
    "BOB",
    "HOUR",
    "OFFICE",
    "agreement",
    "incident",
    "local",
    "read",
    "request",
    "target",
    "terms",
]

ANN, BOB = Actor.end_user("ann"), Actor.staff("bob")
HOUR = timedelta(hours=1)
OFFICE = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]})


def local(text: str, zone: str = "Europe/Berlin") -> Instant:
    """Answer the instant a wall clock of the zone reads so."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=to_zone(zone)))


def target(measure: str = "resolution", hours: float = 4, **rest: Any) -> ServiceLevelTarget:
    """Answer a target of so many office hours."""
    rest = {"name": measure, "hours": "office", "goal": Within(timedelta(hours=hours)), **rest}
    return ServiceLevelTarget(measure=measure, **rest)


def terms(*targets: ServiceLevelTarget, hours: ServiceHours = OFFICE, **rest: Any) -> AgreementRevision:
    """Answer terms with the targets."""
    return terms_of(*targets, hours=hours, **rest)


def agreement(*targets: ServiceLevelTarget, hours: ServiceHours = OFFICE, **rest: Any) -> ServiceAgreement:
    """Answer an agreement with one revision."""
    return ServiceAgreement.of(terms(*targets, hours=hours, **rest))


Happened = tuple[str | Instant, Any] | tuple[str | Instant, Any, Actor]


def _history(stream: str, received: Any, start: str | Instant, happened: tuple[Happened, ...]) -> tuple[Fact[Any], ...]:
    entries = [NewFact(body=received, actor=ANN, occurred_at=_instant(start))]
    for at, body, *by in happened:
        entries.append(NewFact(body=body, actor=by[0] if by else BOB, occurred_at=_instant(at)))
    return history(stream, entries)


def _instant(at: str | Instant) -> Instant:
    return local(at) if isinstance(at, str) else at


def _received(priority: str | None) -> dict[str, Any]:
    return {
        "customer": "acme", "service": "email", "requester": "ann", "agreement": "acme-1", "revision": 1,
        "priority": priority,
    }  # fmt: skip


def incident(start: str | Instant, *happened: Happened, priority: str | None = None) -> tuple[Fact[Any], ...]:
    """Answer an incident's facts; texts are local times of Berlin, who did it is bob unless said."""
    return _history("incident:I1", IncidentRecorded(**_received(priority)), start, happened)


def request(start: str | Instant, *happened: Happened, priority: str | None = None) -> tuple[Fact[Any], ...]:
    """Answer a request's facts."""
    return _history("request:R1", RequestReceived(**_received(priority)), start, happened)


def read(
    agreement: ServiceAgreement, facts: tuple[Fact[Any], ...], now: str | Instant, measure: str = "resolution"
) -> ClockReading:
    """Answer the reading of one measure."""
    return next(r for r in read_clocks(agreement, facts, _instant(now)) if r.measure == measure)


def for_priority(*priorities: str) -> Scope:
    """Answer a scope."""
    return Scope(priorities=priorities)
