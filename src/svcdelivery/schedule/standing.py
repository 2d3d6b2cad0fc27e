"""What an agreement asks for by itself in a window of time: the same window always answers the same.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import ClassVar

from attrs import frozen

from svcdelivery.agreement import (
    AgreementRevision,
    ContinuousDuty,
    OnClosedDay,
    Period,
    ServiceAgreement,
    StandingRequest,
)
from svcdelivery.errors import NotCoveredError
from svcdelivery.facts import fact_type
from svcdelivery.identity import identifier
from svcdelivery.service_hours import ServiceHours, date_bounds, local_date
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros

__all__ = [
    "ContinuousDelivery",
    "Occurrence",
    "ServiceDelivered",
    "delivered_between",
    "due_between",
    "look_again_at",
    "standing_stream",
]

_DAY = timedelta(days=1)
_AHEAD = timedelta(days=366)
_SOON = timedelta(hours=1)


@frozen(kw_only=True)
class Occurrence:
    """One request an agreement makes by itself.

    Attributes:
        date: The date by its recurrence; it names the occurrence, also where it comes on a later working day.
        at: When it comes.
    """

    request: StandingRequest
    revision: AgreementRevision
    date: date
    at: Instant

    @property
    def id(self) -> str:
        """Always the same for the same date of the same standing request."""
        return identifier(f"{self.revision.agreement}.{self.request.id}.{self.date.isoformat()}")


@frozen(kw_only=True)
class ContinuousDelivery:
    """One period over which a service was simply there."""

    duty: ContinuousDuty
    revision: AgreementRevision
    period: Period


@fact_type("standing.service_delivered/1")
@frozen(kw_only=True)
class ServiceDelivered:
    """A period of a continuous service is over.

    Attributes:
        period: Its label, such as `2026-03`.
        until: The first instant after it.
    """

    action: ClassVar[str] = "deliver"

    duty: str
    agreement: str
    revision: int
    customer: str
    service: str
    requester: str
    period: str
    since: Instant
    until: Instant


def standing_stream(agreement: str, duty: str) -> str:
    """Answer the name of the stream that holds the deliveries of a continuous duty."""
    return f"standing:{agreement}/{duty}"


def due_between(agreement: ServiceAgreement, start: datetime, end: datetime) -> tuple[Occurrence, ...]:
    """Answer the requests the agreement makes in `[start, end)`, in their order; none outside its term.

    Each follows the revision in force when it comes. Where an amendment moves one, its date still comes only once.

    Raises:
        NotCoveredError: The closed dates of a year that is needed are not known.
    """
    since, until = to_instant(start), to_instant(end)
    found = [
        occurrence
        for index, revision in enumerate(agreement.revisions)
        for request in revision.standing
        for occurrence in _occurrences(revision, request, *_in_force(agreement, index, since, until))
        if agreement.at(occurrence.at) is revision and not _came_before(agreement, index, occurrence)
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.request.id, one.date)))


def delivered_between(agreement: ServiceAgreement, start: datetime, end: datetime) -> tuple[ContinuousDelivery, ...]:
    """Answer the periods of continuous duties that end in `[start, end)`, by the revision in force until then.

    A period that the term cuts counts from or until there.
    """
    since, until = to_instant(start), to_instant(end)
    found = []
    for revision in agreement.revisions:
        for duty in revision.continuous:
            for period in _periods(revision, duty, until):
                assert period.end is not None, "a period without end is never over"
                last = from_micros(to_micros(period.end) - 1)
                if since <= period.end < until and agreement.at(last) is revision:
                    found.append(ContinuousDelivery(duty=duty, revision=revision, period=period))
    return tuple(sorted(found, key=lambda one: (to_micros(one.period.end or until), one.duty.id)))


def look_again_at(agreement: ServiceAgreement, since: datetime) -> Instant | None:
    """Answer when, from an instant on, the agreement next asks for something or a continuous service is delivered.

    Where nothing comes for long, or the closed dates are known only until then, an instant before which nothing does;
    None when nothing ever will.
    """
    at = start = to_instant(since)
    ends = [revision.term.until for revision in agreement.revisions]
    last = max((end for end in ends if end is not None), default=None) if all(ends) else None
    step = _DAY
    while at < datetime.__add__(start, _AHEAD):
        if last is not None and at > last:
            return None
        until = to_instant(datetime.__add__(at, step))
        try:
            found = _earliest(agreement, at, until)
        except NotCoveredError:
            # Asked again there, it is told to whoever looks after the agreement.
            return at if at > start else to_instant(datetime.__add__(start, _SOON))
        if found is not None:
            return found
        at, step = until, 2 * step
    return at


def _earliest(agreement: ServiceAgreement, start: Instant, end: Instant) -> Instant | None:
    asked = [occurrence.at for occurrence in due_between(agreement, start, end)[:1]]
    over = [one.period.end for one in delivered_between(agreement, start, end)[:1]]
    return min((at for at in (*asked, *over) if at is not None), default=None)


def _in_force(agreement: ServiceAgreement, index: int, start: Instant, end: Instant) -> tuple[Instant, Instant]:
    """Answer the part of a window in which a revision is in force; its hours need not know any other time."""
    revision, later = agreement.revisions[index], agreement.revisions[index + 1 :]
    ends = (revision.term.until, later[0].effective_at if later else None)
    until = min((end, *(at for at in ends if at is not None)))
    return max(start, revision.effective_at, revision.term.start), until


def _occurrences(
    revision: AgreementRevision, request: StandingRequest, start: Instant, end: Instant
) -> Iterator[Occurrence]:
    hours = revision.service_hours(request.hours)
    assert hours is not None, "a standing request names its hours"
    if start >= end:
        return
    first_day = local_date(hours.zone, to_micros(start)) - _DAY
    last_day = local_date(hours.zone, to_micros(end)) + _DAY
    if request.on_closed_day is OnClosedDay.NEXT:
        # What fell on closed dates before may come on the first working day of the window.
        before = next(hours.working_dates_before(first_day), None)
        first_day = first_day if before is None else before
    first = _first(revision, request, hours)
    for day in request.recurrence.dates(first, first_day, min(last_day + _DAY, request.until or date.max)):
        at = _instant(request, hours, day)
        if at is not None and start <= at < end:
            yield Occurrence(request=request, revision=revision, date=day, at=at)


def _first(revision: AgreementRevision, request: StandingRequest, hours: ServiceHours) -> date:
    return request.first or local_date(hours.zone, to_micros(revision.term.start))


def _instant(request: StandingRequest, hours: ServiceHours, day: date) -> Instant | None:
    """Answer when the occurrence of a date comes, None when it does not."""
    # A date that a zone left out was no day on which anything could be asked for.
    start, end = date_bounds(hours.zone, day)
    if start == end:
        return None
    moved: date | None = day
    if request.on_closed_day is not OnClosedDay.KEEP and not hours.is_working_day(day):
        moved = None if request.on_closed_day is OnClosedDay.SKIP else next(hours.working_dates(day), None)
    at = request.at
    time = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
    return None if moved is None else hours.at_local(moved, time)


def _came_before(agreement: ServiceAgreement, index: int, occurrence: Occurrence) -> bool:
    """Answer whether the same date of the same standing request came under an earlier revision."""
    for revision in agreement.revisions[:index]:
        for request in revision.standing:
            if request.id != occurrence.request.id:
                continue
            hours = revision.service_hours(request.hours)
            assert hours is not None, "a standing request names its hours"
            day = occurrence.date
            if day not in request.recurrence.dates(_first(revision, request, hours), day, day + _DAY):
                continue
            try:
                at = _instant(request, hours, day)
            except NotCoveredError:
                # Nothing could come of a date its closed dates did not reach.
                continue
            if at is not None and agreement.at(at) is revision:
                return True
    return False


def _periods(revision: AgreementRevision, duty: ContinuousDuty, upto: Instant) -> Iterator[Period]:
    """Answer the periods of a duty from its term's start on that are over by an instant."""
    term = revision.term
    at = term.start
    while at < upto and (term.until is None or at < term.until):
        period = duty.periods.of(at, term)
        if period.end is None:
            return
        end = period.end if term.until is None else min(period.end, term.until)
        yield Period(period.label, max(period.start, term.start), end)
        at = period.end
