"""Duties with a time limit outside of requests and incidents, read by the same clocks as every promise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from svcdelivery.agreement import (
    AgreementRevision,
    DueAt,
    Goal,
    Measure,
    NamedHours,
    ServiceAgreement,
    ServiceLevelTarget,
    Signaled,
    Term,
    WithinCalendarDays,
)
from svcdelivery.clock import ClockReading, read_clocks
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import IncidentRecorded

__all__ = ["TimedDuty", "read_duties"]

_NOBODY = Actor.system("security")
_HOURS = "duty"


@frozen(kw_only=True)
class TimedDuty:
    """Something that must be done in time.

    Attributes:
        name: Unique among those read together; readings carry it as their target.
        starts: The signal its time begins with.
        stops: The signal that it is done with.
        hours: Whose time counts; None for every hour of every day.
        paused_by: The signal from which on it stands still, until `resumed_by`; a due day then moves on by the pause.
        cancelled_by: The signal from which on nothing is owed.
        clause: The place in the text that says so.
    """

    name: str
    goal: Goal
    starts: str
    stops: str
    hours: ServiceHours | None = None
    paused_by: str | None = None
    resumed_by: str | None = None
    cancelled_by: str | None = None
    clause: str = ""


@frozen
class _Signaled:
    """What happened, as signals that clocks read."""

    signals: tuple[str, ...]


def read_duties(
    duties: Iterable[TimedDuty], signals: Iterable[tuple[Instant, str]], now: datetime, *, subject: str
) -> tuple[ClockReading, ...]:
    """Answer the clock of each duty, in their order.

    Args:
        signals: What happened when; the first is what everything begins with.
        now: The instant of the reading; what happened after it is left aside.
        subject: What the duties are about, for explanations.
    """
    listed, happened = tuple(duties), sorted(signals, key=lambda signal: signal[0])
    at = to_instant(now)
    if not listed or not happened or happened[0][0] > at:
        return ()
    agreement = ServiceAgreement.of(_terms(listed, happened[0][0], subject))
    readings = {reading.target: reading for reading in read_clocks(agreement, _facts(happened, subject), at)}
    return tuple(readings[duty.name] for duty in listed if duty.name in readings)


def _terms(duties: tuple[TimedDuty, ...], since: Instant, subject: str) -> AgreementRevision:
    hours = {duty.hours: f"{_HOURS} {number}" for number, duty in enumerate(duties, 1) if duty.hours is not None}
    return AgreementRevision(
        agreement=subject,
        customer=subject,
        effective_at=since,
        term=Term(since),
        hours=tuple(NamedHours(name, of) for of, name in hours.items()),
        measures=tuple(_measure(duty) for duty in duties),
        targets=tuple(
            ServiceLevelTarget(
                name=duty.name,
                measure=duty.name,
                goal=duty.goal,
                hours=None if duty.hours is None else hours[duty.hours],
                clause=duty.clause,
                pauses_move_due=duty.paused_by is not None and isinstance(duty.goal, WithinCalendarDays | DueAt),
            )
            for duty in duties
        ),
    )


def _measure(duty: TimedDuty) -> Measure:
    return Measure(
        name=duty.name,
        start=Signaled({duty.starts}),
        stop=Signaled({duty.stops}),
        pause=None if duty.paused_by is None else Signaled({duty.paused_by}),
        resume=None if duty.resumed_by is None else Signaled({duty.resumed_by}),
        cancel=None if duty.cancelled_by is None else Signaled({duty.cancelled_by}),
    )


def _facts(signals: list[tuple[Instant, str]], subject: str) -> tuple[Fact[object], ...]:
    receipt = IncidentRecorded(customer=subject, service="security", requester=subject, agreement=subject, revision=1)
    bodies: list[tuple[Instant, object]] = [(signals[0][0], receipt)]
    bodies += [(at, _Signaled((signal,))) for at, signal in signals]
    return tuple(
        Fact(
            stream="incident:duty",
            version=number,
            position=number,
            occurred_at=at,
            recorded_at=at,
            actor=_NOBODY,
            body=body,
        )
        for number, (at, body) in enumerate(bodies, 1)
    )
