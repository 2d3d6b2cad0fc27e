"""The operation `clock`: one target over one incident's history, read by the clock room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from svcdelivery import agreement as terms
from svcdelivery.clock import ClockReading, Verdict, read_clocks
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.testing.vectors.calendars import calendar_hours
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector, instant, shown
from svcdelivery.timeline import Instant, Interval, IntervalSet
from svcdelivery.work import Assigned, IncidentRecorded, PutOnHold, Resolved, Resumed

__all__ = ["CLOCK_OPERATIONS"]

_STAFF = Actor.staff("agent")
_HOLD = "customer"
_MINUTE = timedelta(minutes=1)


def _clock(vector: Vector, boundary: Boundary) -> Answer:
    entries = list(_entries(vector))
    now = instant(vector.input["as_of"]) if "as_of" in vector.input else max(at for at, _ in entries)
    facts = history("incident:vector", [NewFact(body=body, actor=_STAFF, occurred_at=at) for at, body in entries])
    (reading,) = read_clocks(_agreement(vector, boundary), facts, now)
    return _told(reading)


def _told(reading: ClockReading) -> Answer:
    assert reading.elapsed is not None, "the calendar of a vector knows every year"
    assert reading.allowed is not None, "and its goal is a duration"
    elapsed = reading.elapsed // _MINUTE
    return {
        "due_at": None if reading.due_at is None else shown(reading.due_at),
        "elapsed_minutes": elapsed,
        "remaining_minutes": reading.allowed // _MINUTE - elapsed,
        "breached": reading.verdict is Verdict.BREACHED,
    }


def _agreement(vector: Vector, boundary: Boundary) -> terms.ServiceAgreement:
    start = instant(vector.input["start"])
    target = terms.ServiceLevelTarget(
        name="target",
        measure="resolution",
        goal=terms.Within(timedelta(seconds=vector.input["target_seconds"])),
        hours="calendar",
        pause_on={_HOLD},
        boundary=terms.Boundary(boundary),
    )
    revision = terms.AgreementRevision(
        agreement="vector",
        customer="customer",
        effective_at=start,
        term=terms.Term(start),
        services=(terms.CoveredService(id="service"),),
        hours=(terms.NamedHours("calendar", calendar_hours(vector.calendar)),),
        targets=(target,),
    )
    return terms.ServiceAgreement.of(revision)


def _entries(vector: Vector) -> Iterator[tuple[Instant, Any]]:
    start = instant(vector.input["start"])
    stop = instant(vector.input["stop"]) if vector.input.get("stop") is not None else None
    yield (
        start,
        IncidentRecorded(customer="customer", service="service", requester="user", agreement="vector", revision=1),
    )
    yield start, Assigned(team="desk")
    for pause in _pauses(vector, start, stop):
        yield pause.start, PutOnHold(reason=_HOLD)
        yield pause.end, Resumed()
    if stop is not None:
        yield stop, Resolved()


def _pauses(vector: Vector, start: Instant, stop: Instant | None) -> IntervalSet:
    edges = [(instant(begin), instant(end)) for begin, end in vector.input.get("pauses", ())]
    pauses = IntervalSet(Interval(begin, end) for begin, end in edges if begin < end)
    last = max([start, *(end for _, end in edges)])
    # Pauses may overlap, or reach over either end of the clock's life; a history holds them one after another.
    life = (start, last if stop is None else min(stop, last))
    return pauses & IntervalSet([Interval(*life)]) if life[0] < life[1] else IntervalSet()


CLOCK_OPERATIONS: dict[str, Operation] = {"clock": _clock}
"""The operations asked of one clock, by name."""
