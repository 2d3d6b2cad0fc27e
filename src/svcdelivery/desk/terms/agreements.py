"""Agreements at the desk: registering revisions, and moving the agreement through its own lifecycle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from svcdelivery.agreement import (
    AGREEMENT_TABLE,
    AgreementRecord,
    AgreementStatus,
    AgreementStatusChanged,
    Exclusion,
    ExclusionAuthorized,
    OpenClocks,
    RevisionRegistered,
    ServiceAgreement,
    agreement_stream,
    fold_agreement,
)
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.judged import Judged, Written
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import agreement_row
from svcdelivery.desk.operations.materializing import standing_timers
from svcdelivery.desk.terms.rereading import rereading_timers
from svcdelivery.errors import AgreementConflictError, InvalidValueError, NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.security import Decision, decide_internal
from svcdelivery.storage.protocol import Receipt, Unit, Write
from svcdelivery.timeline import Instant

__all__ = ["AgreementDesk"]


class AgreementDesk:
    """Service agreements."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, id: str) -> AgreementRecord:
        """Answer the agreement on record.

        Raises:
            NotFoundError: There is no such agreement.
        """
        with self._engine.read_unit() as unit:
            record = self._engine.agreement(unit, id)
        if record is None:
            raise NotFoundError(what="agreement", id=id)
        return record

    def register(
        self, agreement: ServiceAgreement, *, agreed: bool = True, by: Actor, key: str
    ) -> Outcome[AgreementRecord]:
        """Put an agreement's revisions on record, those known already left as they are.

        Args:
            agreed: Whether a new agreement is agreed at once; otherwise it is a draft until `agree`.

        Raises:
            AgreementConflictError: A revision of that number is on record with other terms.
        """
        stream = agreement_stream(agreement.id)
        digests = {revision.number: revision.digest for revision in agreement.revisions}

        def judge(unit: Unit, now: Instant) -> Judged:
            decision = self._decide("register_agreement", ask, now)
            if not decision.allowed:
                return Judged(decision=decision)
            facts = unit.journal.load(stream)
            known = {f.body.revision.number: f.body.digest for f in facts if isinstance(f.body, RevisionRegistered)}
            bodies: list[object] = []
            for revision in agreement.revisions:
                if known.get(revision.number, digests[revision.number]) != digests[revision.number]:
                    raise AgreementConflictError(agreement=agreement.id, revision=revision.number)
                if revision.number not in known:
                    bodies.append(RevisionRegistered(revision, digests[revision.number]))
            if not facts and agreed:
                bodies.append(AgreementStatusChanged(action="agree", status=AgreementStatus.AGREED))
            return self._judged(ask, facts, bodies, decision, now)

        said = {"digests": " ".join(digests.values()), "agreed": agreed}
        ask = Ask(action="register", id=agreement.id, by=by, key=key, said=said)
        return self._run(ask, judge)

    def submit(self, id: str, *, by: Actor, key: str) -> Outcome[AgreementRecord]:
        """Hand a draft over for review."""
        return self._move(id, "submit", by=by, key=key)

    def send_back(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[AgreementRecord]:
        """Return what was reviewed to its draft."""
        return self._move(id, "send_back", ground=ground, by=by, key=key)

    def agree(self, id: str, *, by: Actor, key: str) -> Outcome[AgreementRecord]:
        """Put a draft, reviewed or not, in force."""
        return self._move(id, "agree", by=by, key=key)

    def suspend(
        self, id: str, *, ground: str, open_clocks: OpenClocks = OpenClocks.RUN, by: Actor, key: str
    ) -> Outcome[AgreementRecord]:
        """Refuse new work, and work on open items, until reinstated.

        Args:
            open_clocks: Whether open clocks run on meanwhile, or stand still.
        """
        return self._move(id, "suspend", ground=ground, open_clocks=OpenClocks(open_clocks), by=by, key=key)

    def exclude(self, id: str, exclusion: Exclusion, *, by: Actor, key: str) -> Outcome[AgreementRecord]:
        """Take time out for all work under the agreement, for targets that leave its cause out; past or to come.

        Open clocks show it at their next reading. Whoever asks authorizes it, unless `authorized_by` names somebody
        else.

        Raises:
            InvalidValueError: A service the agreement does not name.
        """
        stream = agreement_stream(id)

        def judge(unit: Unit, now: Instant) -> Judged:
            decision = self._decide("exclude_agreement", ask, now)
            if not decision.allowed:
                return Judged(decision=decision)
            facts = unit.journal.load(stream)
            record = fold_agreement(facts)
            if record is None:
                raise NotFoundError(what="agreement", id=id)
            named = {service.id for revision in record.agreement.revisions for service in revision.services}
            for service in sorted(exclusion.services - named):
                hint = "named: " + ", ".join(f"`{service}`" for service in sorted(named))
                raise InvalidValueError(what="a service of the agreement", value=service, path="services", hint=hint)
            return self._judged(ask, facts, [ExclusionAuthorized(exclusion)], decision, now)

        ask = Ask(action="exclude", id=id, by=by, key=key, said={"exclusion": exclusion})
        return self._run(ask, judge)

    def reinstate(self, id: str, *, by: Actor, key: str) -> Outcome[AgreementRecord]:
        """End a suspension."""
        return self._move(id, "reinstate", by=by, key=key)

    def terminate(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[AgreementRecord]:
        """End the agreement before its term."""
        return self._move(id, "terminate", ground=ground, by=by, key=key)

    def _move(
        self,
        id: str,
        action: str,
        *,
        ground: str = "",
        open_clocks: OpenClocks = OpenClocks.RUN,
        by: Actor,
        key: str,
    ) -> Outcome[AgreementRecord]:
        stream = agreement_stream(id)

        def judge(unit: Unit, now: Instant) -> Judged:
            decision = self._decide(f"{action}_agreement", ask, now)
            facts = unit.journal.load(stream)
            record = fold_agreement(facts)
            if not decision.allowed:
                return Judged(decision=decision)
            if record is None:
                raise NotFoundError(what="agreement", id=id)
            status = AGREEMENT_TABLE.require(f"agreement {id}", record.status_at(now) or record.status, action)
            body = AgreementStatusChanged(action=action, status=status, ground=ground, open_clocks=open_clocks)
            return self._judged(ask, facts, [body], decision, now)

        said: dict[str, object] = {"ground": ground}
        if open_clocks is not OpenClocks.RUN:
            said["open_clocks"] = open_clocks.value
        ask = Ask(action=action, id=id, by=by, key=key, said=said)
        return self._run(ask, judge)

    def _decide(self, action: str, ask: Ask, now: Instant) -> Decision:
        person = self._engine.directory.person(ask.by.id)
        return decide_internal(actor=ask.by, action=action, item=agreement_stream(ask.id), person=person, at=now)

    def _judged(
        self, ask: Ask, facts: Sequence[Fact[Any]], bodies: Sequence[object], decision: Decision, now: Instant
    ) -> Judged:
        stream = agreement_stream(ask.id)
        expected = facts[-1].version if facts else 0

        def after(recorded: tuple[Fact[Any], ...], _unit: Unit) -> Written:
            record = fold_agreement((*facts, *(fact for fact in recorded if fact.stream == stream)))
            assert record is not None, "a registered agreement has facts"
            timers = (*rereading_timers(record.id, recorded, now), *standing_timers(record, now))
            return Written(answer=(record, ()), records=(agreement_row(record),), timers=timers)

        write = Write(stream=stream, expected=expected, facts=new_facts(bodies, by=ask.by, now=now))
        return Judged(decision=decision, writes=(write,), after=after)

    def _run(self, ask: Ask, judge: Callable[[Unit, Instant], Judged]) -> Outcome[AgreementRecord]:
        stream = agreement_stream(ask.id)

        def outcome(unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[AgreementRecord]:
            own = [fact.version for fact in receipt.facts if fact.stream == stream]
            # A no-op wrote nothing of its own: the record is then the one it found, which later facts may have grown.
            record = fold_agreement(unit.journal.load(stream, upto=own[-1] if own else None))
            assert record is not None, "a registered agreement has facts"
            return Outcome(record=record, facts=receipt.facts, decision=decision, replayed=receipt.replayed)

        return self._engine.run(f"agreement.{ask.action}", ask, judge=judge, outcome=outcome)
