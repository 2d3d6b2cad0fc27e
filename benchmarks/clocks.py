"""Clock readings against the scalar question they are made of, how much open time lies between two instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.harness import Row, compare
from svcdelivery.agreement import (
    AgreementRevision,
    CoveredService,
    NamedHours,
    ServiceAgreement,
    ServiceLevelTarget,
    Term,
    Within,
)
from svcdelivery.clock import read_clocks
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import to_instant
from svcdelivery.work import (
    Assigned,
    Audience,
    IncidentRecorded,
    MessagePosted,
    PutOnHold,
    Resolved,
    Resumed,
    Started,
)

__all__ = ["rows"]

_SINCE = datetime(2024, 1, 1, tzinfo=UTC)
_HOURS = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]})
_BOB, _ANN = Actor.staff("bob"), Actor.end_user("ann")


def _agreement() -> ServiceAgreement:
    """Answer terms with four targets, two of them paused by holds."""

    def target(measure: str, hours: int, *pauses: str) -> ServiceLevelTarget:
        goal = Within(timedelta(hours=hours))
        return ServiceLevelTarget(name=measure, measure=measure, goal=goal, hours="office", pause_on=frozenset(pauses))

    return ServiceAgreement.of(
        AgreementRevision(
            agreement="acme-1",
            customer="acme",
            effective_at=_SINCE,
            term=Term(_SINCE),
            services=(CoveredService(id="email", approved=Term(_SINCE)),),
            hours=(NamedHours("office", _HOURS),),
            targets=(
                target("acknowledgement", 1),
                target("first_response", 2, "customer"),
                target("resolution", 8, "customer", "supplier"),
                target("closure", 40),
            ),
        )
    )


def _incident(number: int, rounds: int) -> tuple[Fact[Any], ...]:
    """Answer an incident that is held and resumed so many times: five facts and five more a round."""
    at = datetime(2024, 3, 4, 7, tzinfo=UTC) + timedelta(minutes=7 * number)
    message, note = MessagePosted(audience=Audience.REQUESTER), MessagePosted(audience=Audience.INTERNAL)
    recorded = IncidentRecorded(customer="acme", service="email", requester="ann", agreement="acme-1", revision=1)
    told: list[tuple[Any, Actor]] = [(recorded, _ANN), (Assigned(team="desk"), _BOB)]
    told += [(message, _BOB), (Started(), _BOB)]
    for _ in range(rounds):
        told += [(note, _BOB), (PutOnHold(reason="customer"), _BOB), (message, _ANN)]
        told += [(Resumed(), _BOB), (message, _BOB)]
    told.append((Resolved(), _BOB))
    entries = [
        NewFact(body=body, actor=by, occurred_at=at + timedelta(minutes=97 * index))
        for index, (body, by) in enumerate(told)
    ]
    return history(f"incident:{number}", entries)


def rows() -> list[Row]:
    """Answer the measured promises of clock readings."""
    agreement, now = _agreement(), to_instant(datetime(2024, 12, 1, tzinfo=UTC))
    # Many items: what one reading leaves known must not be what the next one is asked.
    items = [_incident(number, 3) for number in range(200)]
    spans = [(facts[0].occurred_at, facts[-1].occurred_at) for facts in items]
    elapsed = _HOURS.elapsed

    def read() -> None:
        for facts in items:
            read_clocks(agreement, facts, now)

    def asked() -> None:
        for start, end in spans:
            elapsed(start, end)

    ours, scalar = compare(read, asked)
    found = [Row.at_most(f"read_clocks, {len(items[0])} facts x 4 targets, in elapsed calls", ours, scalar, 60)]
    long, short = [_incident(1, 400)], [_incident(number, 40) for number in range(10)]
    ten, one = compare(
        lambda: [read_clocks(agreement, facts, now) for facts in long],
        lambda: [read_clocks(agreement, facts, now) for facts in short],
    )
    return [*found, Row.at_most("read_clocks of ten times the facts, in ten readings", ten, one, 1.5)]
