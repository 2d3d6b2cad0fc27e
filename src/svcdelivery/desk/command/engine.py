"""The course of every command: ask the key, judge on what is read, then write shortly, and try again on a conflict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from svcdelivery.agreement import AgreementRecord, AgreementRevision, agreement_stream, fold_agreement
from svcdelivery.communication import SUBSCRIPTIONS_STREAM, Subscribed, Subscription, fold_subscriptions
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.judged import Judged, decision_in
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.ports import DerivedIds, IdSource
from svcdelivery.desk.command.remembering import RememberedStreams
from svcdelivery.errors import (
    Conflict,
    InvalidValueError,
    NotFoundError,
    NotPermittedError,
    ServiceDeliveryError,
    WrongTypeError,
)
from svcdelivery.escalation.notices import STANDARD_TEXTS, Contacts, OpenRoster, Roster, Templates
from svcdelivery.facts import Fact, NewFact, check_upcasts, to_plain
from svcdelivery.identity import Actor, ActorKind, identifier
from svcdelivery.security import (
    ACCESS_STREAM,
    SECURITY_STREAM,
    Access,
    Authorizer,
    Decided,
    Decision,
    Directory,
    OpenDirectory,
    fold_access,
)
from svcdelivery.storage.protocol import Query, Receipt, Record, Store, Unit, Write, tenant_id
from svcdelivery.timeline import Instant, TimeSource, to_instant

__all__ = ["Engine"]

R = TypeVar("R")
_TRIES_MOST = 5
_AGREEMENTS_KEPT_MOST = 1024
_encoder = msgspec.json.Encoder(order="sorted")


class Engine:
    """What all use cases of one tenant share: store, time, ids, directory, and how a command runs."""

    def __init__(
        self,
        store: Store,
        *,
        tenant: str,
        time: TimeSource,
        ids: IdSource | None = None,
        directory: Directory | None = None,
        authorizer: Authorizer | None = None,
        roster: Roster | None = None,
        contacts: Contacts | None = None,
        texts: Templates = STANDARD_TEXTS,
    ) -> None:
        # Facts this program could not read are found now, not when somebody asks for one.
        check_upcasts()
        self.store = store
        self.tenant = tenant_id(tenant)
        self.time = time
        self.ids = ids or DerivedIds()
        self.directory = directory or OpenDirectory()
        self.authorizer = authorizer
        self.roster: Roster = roster or OpenRoster()
        self.contacts: Contacts | None = contacts
        self.texts = texts
        self._streams = RememberedStreams(store)
        self._agreements: dict[tuple[str, int], AgreementRecord] = {}
        self._access = Access()
        self._subscribed = Subscribed()

    def run(
        self,
        command: str,
        ask: Ask,
        *,
        judge: Callable[[Unit, Instant], Judged],
        outcome: Callable[[Unit, Receipt, Decision | None], Outcome[R]],
    ) -> Outcome[R]:
        """Run a command once, however often it is asked with the same key.

        Raises:
            KeyReused: The key stands for another command or other arguments.
            NotPermittedError: Denied; the denial is on record.
            Conflict: Others kept changing what the command relies on, five times in a row.
        """
        identifier(ask.key, "a command key")
        intent = self._intent(command, ask)
        for attempt in range(1, _TRIES_MOST + 1):
            try:
                return self._once(ask, intent, judge, outcome)
            except Conflict:
                self.forget()
                if attempt == _TRIES_MOST:
                    raise
        raise AssertionError("a bounded loop that returns or raises")

    def _once(
        self,
        ask: Ask,
        intent: str,
        judge: Callable[[Unit, Instant], Judged],
        outcome: Callable[[Unit, Receipt, Decision | None], Outcome[R]],
    ) -> Outcome[R]:
        with self.read_unit() as unit:
            receipt = unit.journal.receipt(ask.key, intent)
            if receipt is not None:
                return self._answer(unit, receipt, outcome)
            now = self.now(unit)
            judged = judge(unit, now)
        with self.write_unit() as unit:
            receipt = unit.journal.append(self._writes(judged, ask.by, now), key=ask.key, intent=intent, now=now)
            if receipt.replayed:
                return self._answer(unit, receipt, outcome)
            if judged.after is not None and (judged.decision is None or judged.decision.allowed):
                written = judged.after(receipt.facts, unit)
                written.put(unit)
                record, readings = written.answer
                done = Outcome(record=record, facts=receipt.facts, decision=judged.decision, readings=readings)
            else:
                done = None
        # Only now is it committed: it may be remembered, and a denial may be told.
        self._streams.committed(receipt.facts)
        if done is not None:
            return done
        assert judged.decision is not None, "what is not denied has something to write"
        raise _denial(judged.decision)

    def _writes(self, judged: Judged, by: Actor, now: Instant) -> tuple[Write, ...]:
        if judged.decision is None:
            return judged.writes
        decisions = (judged.decision, *judged.further)
        facts = tuple(NewFact(body=Decided.of(decision), actor=by, occurred_at=now) for decision in decisions)
        decided = Write(stream=SECURITY_STREAM, expected=None, facts=facts)
        return (*judged.relies, decided, *judged.writes) if judged.decision.allowed else (*judged.relies, decided)

    def _answer(
        self,
        unit: Unit,
        receipt: Receipt,
        outcome: Callable[[Unit, Receipt, Decision | None], Outcome[R]],
    ) -> Outcome[R]:
        decision = decision_in(receipt)
        if decision is not None and not decision.allowed:
            raise _denial(decision)
        return outcome(unit, receipt, decision)

    def read_unit(self) -> AbstractContextManager[Unit]:
        """Answer a transaction that sees the tenant's part of the store as it is when it begins."""
        return self.store.unit(self.tenant, write=False)

    def write_unit(self) -> AbstractContextManager[Unit]:
        """Answer a transaction that changes the tenant's part of the store."""
        return self.store.unit(self.tenant)

    def now(self, unit: Unit) -> Instant:
        """Answer the present instant; a clock that was set back does not make the journal's time fall."""
        now, head = to_instant(self.time.now()), unit.feed.head().recorded_at
        return now if head is None or now >= head else head

    def _intent(self, command: str, ask: Ask) -> str:
        said = {name: _said(name, value) for name, value in ask.said.items()}
        try:
            text = _encoder.encode([self.tenant, command, str(ask.by), ask.id, said])
        except UnicodeEncodeError as error:
            raise InvalidValueError(what="Unicode text", value=error.object, problem=error.reason) from error
        return sha256(text).hexdigest()

    def facts(self, unit: Unit, stream: str) -> tuple[Fact[Any], ...]:
        """Answer all facts of a stream, of which only those that have come since the last time are read.

        Args:
            unit: One for reading, so that nothing is taken in that may still be undone.
        """
        return self._streams.load(unit, stream)

    def committed(self, facts: Sequence[Fact[Any]]) -> None:
        """Take in what somebody else than a command appended, once it is committed."""
        self._streams.committed(facts)

    def forget(self) -> None:
        """Read all streams anew: a conflict shows that they are not as they were remembered."""
        self._streams.forget()

    def access(self, unit: Unit) -> Access:
        """Answer rules, grants and broken glass on record: what is known already, and what has come since."""
        known = self._access
        self._access = known = fold_access(unit.journal.load(ACCESS_STREAM, after=known.version), known)
        return known

    def subscriptions(self, unit: Unit) -> tuple[Subscription, ...]:
        """Answer who subscribed to what, by what is on record."""
        known = self._subscribed
        new = unit.journal.load(SUBSCRIPTIONS_STREAM, after=known.version)
        self._subscribed = known = fold_subscriptions(new, known)
        return known.subscriptions

    def agreement(self, unit: Unit, id: str) -> AgreementRecord | None:
        """Answer the agreement on record, None when there is none."""
        row = unit.records.get("agreement", id)
        return None if row is None else self._folded(unit, row)

    def terms(self, unit: Unit, id: str, at: Instant) -> AgreementRevision:
        """Answer the revision of an agreement in force at an instant.

        Raises:
            NotFoundError: There is none.
        """
        record = self.agreement(unit, id)
        found = None if record is None else record.in_force(at)
        if found is None:
            raise NotFoundError(what="agreement in force", id=id)
        return found

    def agreements_of(self, unit: Unit, customer: str) -> list[AgreementRecord]:
        """Answer the customer's agreements by id."""
        page = unit.records.find(Query(kind="agreement", where=(("customer", customer),)), limit=1000)
        return [self._folded(unit, row) for row in page.items]

    def _folded(self, unit: Unit, row: Record) -> AgreementRecord:
        known = self._agreements.get((row.id, row.version))
        if known is None:
            known = fold_agreement(unit.journal.load(agreement_stream(row.id)))
            assert known is not None, "a row without facts"
            if len(self._agreements) >= _AGREEMENTS_KEPT_MOST:
                self._agreements.clear()
            self._agreements[row.id, row.version] = known
        return known


def _said(name: str, value: object) -> object:
    try:
        return to_plain(value)
    except ServiceDeliveryError:
        raise WrongTypeError(expected="a value a command can be given", value=value, path=name) from None


def _denial(decision: Decision) -> NotPermittedError:
    # Whoever works for the provider may read why; to anybody else, unknown and forbidden read alike.
    insider = decision.actor.kind in (ActorKind.STAFF, ActorKind.SYSTEM)
    public = decision.public()
    why = ", ".join(reason.replace("_", " ") for reason in decision.reasons)
    return NotPermittedError(reasons=decision.reasons, public=f"{public}: {why}" if insider else public)
