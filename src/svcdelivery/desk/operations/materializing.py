"""What agreements ask for by themselves, made into requests; continuous services, delivered by the period.

Everything has a name that follows from the agreement alone, so whoever looks late, or twice, makes the same.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRecord, SurveyTerms, agreement_stream
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.waking import WATCH, Waking, Woken
from svcdelivery.desk.work.receiving import kept_of_work, received_by_watch
from svcdelivery.facts import Fact, NewFact
from svcdelivery.satisfaction import SurveyInvited, invite
from svcdelivery.schedule import (
    ContinuousDelivery,
    Occurrence,
    ServiceDelivered,
    delivered_between,
    due_between,
    look_again_at,
    standing_stream,
)
from svcdelivery.security import ACCESS_STREAM, Decided
from svcdelivery.storage.protocol import Due, Record, Unit, Write
from svcdelivery.timeline import Instant, format_instant, from_micros, parse_instant, to_instant, to_micros
from svcdelivery.work import REQUEST, RequestReceived

__all__ = ["standing_timers", "wake_standing"]

_KIND = _TIMER = "standing"
_PAGE = 200
_MICRO = timedelta(microseconds=1)


def standing_timers(record: AgreementRecord, now: Instant) -> Iterator[Due]:
    """Answer the wake-up at which it is looked what an agreement asks for by itself; none where it asks for nothing."""
    if any(revision.standing or revision.continuous for revision in record.agreement.revisions):
        yield Due(stream=agreement_stream(record.id), name=_TIMER, due_at=now)


def wake_standing(waking: Waking) -> Woken:
    """Answer the requests an agreement asked for since it was last looked at, and the continuous services delivered.

    Each follows the revision in force when it came, and bears that instant, however late it is looked at.

    Raises:
        NotCoveredError: The closed dates of a year that is needed are not known.
    """
    record = waking.engine.agreement(waking.unit, waking.timer.stream.partition(":")[2])
    assert record is not None, "an agreement's wake-up was set when it was recorded"
    return _Look(waking.engine, waking.unit, record, waking.now).woken()


@frozen
class _Look:
    """One look at an agreement."""

    engine: Engine
    unit: Unit
    record: AgreementRecord
    now: Instant

    def woken(self) -> Woken:
        since, until = self._reached(), to_instant(datetime.__add__(self.now, _MICRO))
        agreement = self.record.agreement
        due = due_between(agreement, since, until) if since < until else ()
        if len(due) > _PAGE:
            until = to_instant(datetime.__add__(due[_PAGE - 1].at, _MICRO))
        over = delivered_between(agreement, since, until) if since < until else ()
        relied = (agreement_stream(self.record.id), self.record.version), (ACCESS_STREAM, self._access_version)
        writes = [Write(stream=stream, expected=version, facts=()) for stream, version in relied]
        for occurrence in due:
            if occurrence.at < until and self._holds(occurrence.at):
                writes += self._asked(occurrence)
        for duty in dict.fromkeys(one.duty.id for one in over):
            writes += self._delivered(duty, [one for one in over if one.duty.id == duty])
        return Woken(writes=writes, after=lambda recorded, unit: self._after(recorded, unit, until))

    @property
    def _access_version(self) -> int:
        return self.engine.access(self.unit).version

    def _reached(self) -> Instant:
        """Answer from when on it is to be looked: where the last look ended, else when it was first asked for."""
        row = self.unit.records.get(_KIND, self.record.id)
        if row is not None:
            return parse_instant(row.data["upto"])
        agreement = self.record.agreement
        known = zip(agreement.revisions, agreement.known_since, strict=True)
        return min(since for revision, since in known if revision.standing or revision.continuous)

    def _holds(self, at: Instant) -> bool:
        # A draft asks for nothing yet, and an agreement that is suspended for nothing meanwhile.
        return self.record.in_force(at) is not None

    def _asked(self, occurrence: Occurrence) -> tuple[Write, ...]:
        """Answer the decision and, unless it is a denial, the request; nothing where that is there already."""
        if self.unit.journal.load(REQUEST.stream(occurrence.id), upto=1):
            return ()
        request, terms = occurrence.request, occurrence.revision
        body = RequestReceived(
            customer=terms.customer,
            service=request.service,
            requester=request.requester,
            agreement=terms.agreement,
            revision=terms.number,
            priority=request.priority,
            summary=request.summary,
            channel=_KIND,
        )
        return received_by_watch(
            self.engine, self.unit, self.record, terms, REQUEST, occurrence.id, body, occurrence.at
        ).writes

    def _delivered(self, duty: str, periods: Sequence[ContinuousDelivery]) -> tuple[Write, ...]:
        """Answer the deliveries of a continuous service, and that its requester is asked about the last of them."""
        stream = standing_stream(self.record.id, duty)
        facts = tuple(self.unit.journal.load(stream))
        known = {fact.body.until for fact in facts if isinstance(fact.body, ServiceDelivered)}
        new = [_body(one) for one in periods if self._holds(from_micros(to_micros(_end(one)) - 1))]
        new = [body for body in new if body.until not in known]
        if not new:
            return ()
        told = [NewFact(body=body, actor=WATCH, occurred_at=body.until) for body in new]
        invited = self._invited(new[-1], periods[-1].revision.survey, facts)
        asked = [] if invited is None else [NewFact(body=invited, actor=WATCH, occurred_at=self.now)]
        return (Write(stream=stream, expected=facts[-1].version if facts else 0, facts=(*told, *asked)),)

    def _invited(
        self, last: ServiceDelivered, terms: SurveyTerms | None, facts: Sequence[Fact[Any]]
    ) -> SurveyInvited | None:
        token = self.engine.ids.new(
            seed=f"{self.engine.tenant}/{last.agreement}/{last.duty}/{last.until}", now=self.now
        )
        before = [fact.occurred_at for fact in facts if isinstance(fact.body, SurveyInvited)]
        latest = max(before, default=None)
        return invite(terms, last.requester, by=WATCH, at=self.now, token=token, last_invited=latest)

    def _after(self, recorded: tuple[Fact[Any], ...], unit: Unit, until: Instant) -> Consequences:
        rows, timers = kept_of_work(unit, self.record, REQUEST, recorded, self.now)
        received = sum(isinstance(fact.body, RequestReceived) for fact in recorded)
        again = look_again_at(self.record.agreement, until)
        stream = agreement_stream(self.record.id)
        timers += [] if again is None else [Due(stream=stream, name=_TIMER, due_at=again)]
        data = {"upto": format_instant(until)}
        rows.append(Record(kind=_KIND, id=self.record.id, stream=stream, version=self.record.version, data=data))
        refused = [fact for fact in recorded if isinstance(fact.body, Decided) and not fact.body.allowed]
        delivered = [fact for fact in recorded if isinstance(fact.body, ServiceDelivered)]
        counts = (
            ("standing requests", received),
            ("standing requests refused", len(refused)),
            ("continuous services delivered", len(delivered)),
        )
        return Consequences(records=rows, timers=timers, counts=counts)


def _end(delivery: ContinuousDelivery) -> Instant:
    assert delivery.period.end is not None, "a period that is over has an end"
    return delivery.period.end


def _body(delivery: ContinuousDelivery) -> ServiceDelivered:
    duty, terms, period = delivery.duty, delivery.revision, delivery.period
    return ServiceDelivered(
        duty=duty.id,
        agreement=terms.agreement,
        revision=terms.number,
        customer=terms.customer,
        service=duty.service,
        requester=duty.requester,
        period=period.label,
        since=period.start,
        until=_end(delivery),
    )
