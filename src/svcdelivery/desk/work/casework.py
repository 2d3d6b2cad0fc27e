"""How a command on a request or incident runs: find item and agreement, decide, judge, record, arm timers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar, cast

from attrs import frozen

from svcdelivery.agreement import AgreementRecord, AgreementRevision, agreement_stream
from svcdelivery.clock import ClockReading, read_clocks
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import foreseen, new_facts
from svcdelivery.desk.command.judged import Judged, Written
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import work_row
from svcdelivery.desk.work.announcing import announced
from svcdelivery.desk.work.asking import last_invited, rows_beside
from svcdelivery.desk.work.breaches import actions_of
from svcdelivery.desk.work.duties import duties_of, timers_of
from svcdelivery.desk.work.linking import Told, linked_beside, told_others, told_problems
from svcdelivery.errors import AgreementNotFoundError, InvalidValueError, NotFoundError
from svcdelivery.escalation import moved_scope
from svcdelivery.facts import Fact
from svcdelivery.identity import ActorKind, identifier
from svcdelivery.security import ACCESS_STREAM, Access, AccessRequest, Decision, Involvement, authorize
from svcdelivery.storage.protocol import Message, Receipt, Unit, Write
from svcdelivery.timeline import Instant, format_instant
from svcdelivery.work import Fulfilled, Incident, Resolved, ServiceRequest, Work, WorkKind, fold_work

__all__ = ["Case", "Casework"]

W = TypeVar("W", ServiceRequest, Incident)


@frozen(kw_only=True)
class Case:
    """An item as a command finds it; `work` is None while it is still to be received.

    Attributes:
        terms: The revision its promises follow.
        unit: What was read from.
    """

    stream: str
    work: Work | None
    facts: tuple[Fact[Any], ...]
    record: AgreementRecord
    terms: AgreementRevision
    now: Instant
    unit: Unit


class Casework(Generic[W]):
    """Runs commands on one kind of work."""

    def __init__(self, engine: Engine, kind: WorkKind) -> None:
        self.engine = engine
        self.kind = kind

    def act(self, ask: Ask, make: Callable[[Work, Case], Any]) -> Outcome[W]:
        """Run a command on an item there is. `make` answers the body to record, or refuses."""
        identifier(ask.id, f"the id of a {self.kind.name}")

        def judge(unit: Unit, now: Instant) -> Judged:
            facts = self.engine.facts(unit, self.kind.stream(ask.id))
            work = fold_work(facts)
            if work is None:
                return self._unknown(unit, ask, now)
            record = self.engine.agreement(unit, work.agreement)
            access = self.engine.access(unit)
            said = Involvement.of(work, facts)
            decision = self._decide(ask, now, work.service, record, work.requester, access=access, involvement=said)
            relies = self._relies(ask, access, record, facts[-1].version)
            if not decision.allowed or record is None:
                return Judged(decision=decision, relies=relies)
            # Nothing is said to happen before what is on record of the item; that is what corrections are for.
            at = max(now, facts[-1].occurred_at)
            case = Case(
                stream=self.kind.stream(ask.id),
                work=work,
                facts=facts,
                record=record,
                terms=_terms(record, work, at),
                now=at,
                unit=unit,
            )
            return self._judged(ask, case, decision, make(work, case), relies)

        return self._run(ask, judge)

    def receive(
        self, ask: Ask, *, customer: str, service: str, requester: str, make: Callable[[AgreementRevision], Any]
    ) -> Outcome[W]:
        """Put a new item on record under the one agreement that covers the service; without an id it gets one."""

        def judge(unit: Unit, now: Instant) -> Judged:
            return self.received(unit, now, ask, customer=customer, service=service, requester=requester, make=make)

        return self._run(ask, judge)

    def received(
        self,
        unit: Unit,
        now: Instant,
        ask: Ask,
        *,
        customer: str,
        service: str,
        requester: str,
        make: Callable[[AgreementRevision], Any],
    ) -> Judged:
        """Answer what a new item comes to; its receipt is the first of the writes."""
        seed = f"{self.engine.tenant}/{self.kind.name}/{ask.key}"
        chosen = Ask(action=ask.action, id=ask.id or self.engine.ids.new(seed=seed, now=now), by=ask.by, key=ask.key)
        record = self._covering(unit, customer, service, now)
        access = self.engine.access(unit)
        decision = self._decide(chosen, now, service, record, requester, access=access)
        relies = self._relies(chosen, access, record, None)
        terms = record.in_force(now) if record is not None else None
        if not decision.allowed or record is None or terms is None:
            return Judged(decision=decision, relies=relies)
        if unit.journal.load(self.kind.stream(chosen.id), upto=1):
            raise InvalidValueError(what=f"a free id for a {self.kind.name}", value=chosen.id, path="id")
        stream = self.kind.stream(chosen.id)
        case = Case(stream=stream, work=None, facts=(), record=record, terms=terms, now=now, unit=unit)
        return self._judged(chosen, case, decision, make(terms), relies)

    def readings(
        self,
        unit: Unit,
        work: Work,
        facts: Sequence[Fact[Any]],
        now: Instant,
        known_at: datetime | None = None,
    ) -> tuple[ClockReading, ...]:
        """Answer the item's clocks; none where no agreement on record covers it, or none did that was known then."""
        record = self.engine.agreement(unit, work.agreement) if work.agreement else None
        agreement = record.agreement if record is not None else None
        if agreement is not None and known_at is not None:
            agreement = agreement.known_at(known_at)
        return () if agreement is None else read_clocks(agreement, facts, now)

    def _unknown(self, unit: Unit, ask: Ask, now: Instant) -> Judged:
        if ask.by.kind in (ActorKind.STAFF, ActorKind.SYSTEM):
            raise NotFoundError(what=self.kind.name, id=ask.id)
        access = self.engine.access(unit)
        decision = self._decide(ask, now, None, None, None, access=access)
        return Judged(decision=decision, relies=self._relies(ask, access, None, 0))

    def _relies(
        self, ask: Ask, access: Access, record: AgreementRecord | None, version: int | None
    ) -> tuple[Write, ...]:
        """Answer the streams a decision is made from; the item's own is left out while it is still to be received."""
        relied = [(ACCESS_STREAM, access.version)]
        relied += [(agreement_stream(record.id), record.version)] if record is not None else []
        relied += [(self.kind.stream(ask.id), version)] if version is not None else []
        return tuple(Write(stream=stream, expected=expected, facts=()) for stream, expected in relied)

    def _decide(
        self,
        ask: Ask,
        now: Instant,
        service: str | None,
        record: AgreementRecord | None,
        requester: str | None,
        *,
        access: Access,
        involvement: Involvement | None = None,
    ) -> Decision:
        person = self.engine.directory.person
        request = AccessRequest(
            actor=ask.by,
            action=ask.action,
            at=now,
            service=service,
            agreement=record,
            person=person(ask.by.id),
            requester=person(requester) if requester else None,
            item=self.kind.stream(ask.id),
            item_known=service is not None,
            involvement=involvement,
        )
        return authorize(request, access, self.engine.authorizer)

    def _covering(self, unit: Unit, customer: str, service: str, now: Instant) -> AgreementRecord | None:
        """Answer the agreement that covers the service, one in force before others.

        Where none names the service, the customer's only agreement is answered, so that the decision can say so.
        """
        records = self.engine.agreements_of(unit, customer)
        naming = [r for r in records if (r.in_force(now) or r.agreement.revisions[-1]).service(service) is not None]
        in_force = [r for r in naming if r.in_force(now) is not None]
        for found in (in_force, naming):
            if len(found) == 1:
                return found[0]
            if found:
                ids = tuple(record.id for record in found)
                raise AgreementNotFoundError(customer=customer, service=service, candidates=ids)
        return records[0] if len(records) == 1 else None

    def _judged(self, ask: Ask, case: Case, decision: Decision, body: Any, relies: tuple[Write, ...]) -> Judged:
        stream = case.stream
        expected = case.facts[-1].version if case.facts else 0
        links: list[Any] = linked_beside(case.unit, case.facts, body)
        ahead = foreseen(stream, case.facts, (body, *links), by=ask.by, now=case.now)
        work = fold_work(ahead)
        assert work is not None, "a foreseen fact folds"
        duties: list[Any] = self._duties(ask, case, work, ahead, body)
        told: list[Told] = []
        if case.work is not None:
            told = told_others(case.unit, stream, case.facts, work=work, was=case.work, body=body)
            told += told_problems(case.unit, stream, case.facts, ahead, work=work, was=case.work)
        bodies = (body, *duties, *links)
        write = Write(stream=stream, expected=expected, facts=new_facts(bodies, by=ask.by, now=case.now))
        raised: tuple[Write, ...] = actions_of(stream, case.terms, work, body, by=ask.by, now=case.now)
        writes = (write, *(other.write(by=ask.by, now=case.now) for other in told), *raised)
        messages = announced(self.engine, case.unit, work, bodies, stream=stream, by=ask.by, now=case.now)
        after = partial(self._written, case, told, messages)
        return Judged(decision=decision, writes=writes, relies=relies, after=after)

    def _duties(self, ask: Ask, case: Case, work: Work, ahead: tuple[Fact[Any], ...], body: Any) -> list[Any]:
        """Answer the bodies that stand beside the command's own."""
        was, now, version = case.work, case.now, case.facts[-1].version if case.facts else 0
        token = self.engine.ids.new(seed=f"{self.engine.tenant}/{case.stream}/survey/{version}", now=now)
        last = last_invited(case.unit, work.requester) if isinstance(body, Fulfilled | Resolved) else None
        duties: list[Any] = duties_of(case.terms, ahead, work, body, by=ask.by, now=now, token=token, last_invited=last)
        if was is not None and (was.service, was.priority) != (work.service, work.priority):
            duties += moved_scope(case.record.agreement, case.terms, ahead)
        return duties

    def _written(
        self,
        case: Case,
        told: Sequence[Told],
        messages: Sequence[Message],
        recorded: tuple[Fact[Any], ...],
        unit: Unit,
    ) -> Written:
        stream: str = case.stream
        facts = (*case.facts, *(fact for fact in recorded if fact.stream == stream))
        work = fold_work(facts)
        assert work is not None, "recorded facts fold"
        agreement = case.record.agreement
        readings = read_clocks(agreement, facts, case.now)
        timers = timers_of(agreement, facts, readings, unit.timers.of(stream), now=case.now)
        records = [work_row(self.kind, work), *rows_beside(recorded)]
        for other in told:
            row, armed = other.written(self.engine, unit, recorded, case.now)
            records.append(row)
            timers += armed
        return Written(answer=(work, readings), records=records, timers=timers, messages=messages)

    def _run(self, ask: Ask, judge: Callable[[Unit, Instant], Judged]) -> Outcome[W]:
        def outcome(unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[W]:
            last = self._last_of_own(receipt, ask.id)
            facts = tuple(unit.journal.load(last.stream, upto=last.version))
            work = fold_work(facts)
            assert work is not None, "a receipt names recorded facts"
            return Outcome(
                record=cast("W", work),
                facts=receipt.facts,
                decision=decision,
                readings=self.readings(unit, work, facts, last.occurred_at, last.recorded_at),
                replayed=receipt.replayed,
            )

        return self.engine.run(f"{self.kind.name}.{ask.action}", ask, judge=judge, outcome=outcome)

    def _last_of_own(self, receipt: Receipt, id: str) -> Fact[Any]:
        # Items linked to it may have been told as well; only what is still to be received has no id beforehand.
        own = self.kind.stream(id)
        return [fact for fact in receipt.facts if (fact.stream == own if id else fact.stream.startswith(own))][-1]


def _terms(record: AgreementRecord, work: Work, at: Instant) -> AgreementRevision:
    """Answer the revision the item's promises follow at an instant."""
    terms = record.agreement.terms_for(received_at=work.received_at, at=at, pinned=work.revision)
    if terms is None:
        raise NotFoundError(what=f"revision of agreement `{record.id}` in force", id=format_instant(work.received_at))
    return terms
