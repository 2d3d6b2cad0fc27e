"""Standing requests and continuous services at the desk: what comes, what was delivered, and what it was worth.

The watch makes the requests; from then on they are requests like any other.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.judged import Judged, Written
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.errors import NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.satisfaction import Survey, answer_survey, surveys_of
from svcdelivery.schedule import Occurrence, ServiceDelivered, due_between, standing_stream
from svcdelivery.security import AccessRequest, Decision, authorize
from svcdelivery.storage.protocol import Receipt, Unit, Write
from svcdelivery.timeline import Instant

__all__ = ["StandingDesk"]


class StandingDesk:
    """What agreements ask for by themselves."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, agreement: str, start: datetime, end: datetime) -> tuple[Occurrence, ...]:
        """Answer the requests an agreement asks for by itself in `[start, end)`; each becomes a request of its id.

        Raises:
            NotFoundError: There is no such agreement.
            NotCoveredError: The closed dates of a year that is needed are not known.
        """
        with self._engine.read_unit() as unit:
            record = self._engine.agreement(unit, agreement)
        if record is None:
            raise NotFoundError(what="agreement", id=agreement)
        return due_between(record.agreement, start, end)

    def delivered(self, agreement: str, duty: str) -> tuple[ServiceDelivered, ...]:
        """Answer the periods over which a continuous service was delivered, in their order; none for an unknown one."""
        found = (fact.body for fact in self._facts(agreement, duty))
        return tuple(body for body in found if isinstance(body, ServiceDelivered))

    def surveys(self, agreement: str, duty: str) -> tuple[Survey, ...]:
        """Answer how satisfied the requester of a continuous service was asked to say they are, and what they said."""
        return surveys_of(self._facts(agreement, duty))

    def _facts(self, agreement: str, duty: str) -> Sequence[Fact[Any]]:
        with self._engine.read_unit() as unit:
            return tuple(unit.journal.load(standing_stream(agreement, duty)))

    def answer_survey(
        self, agreement: str, duty: str, *, token: str, score: int, comment: str = "", by: Actor, key: str
    ) -> Outcome[Survey]:
        """Record the requester's one answer to an invitation.

        Raises:
            NotFoundError: No such continuous service was delivered yet, or no such invitation.
            NotPermittedError: It is somebody else's to answer.
            InvalidValueError: A score off the scale.
            TransitionRefusedError: Answered before, or expired.
        """
        stream = standing_stream(agreement, duty)
        said = {"token": token, "score": score, "comment": comment}
        ask = Ask(action="answer_survey", id=f"{agreement}/{duty}", by=by, key=key, said=said)

        def judge(unit: Unit, now: Instant) -> Judged:
            facts = tuple(unit.journal.load(stream))
            if not facts and by.kind in (ActorKind.STAFF, ActorKind.SYSTEM):
                raise NotFoundError(what="continuous service", id=ask.id)
            decision = self._decision(unit, ask, facts, agreement, now)
            if not decision.allowed:
                return Judged(decision=decision)
            body = answer_survey(facts, token=token, score=score, comment=comment, at=now)
            write = Write(stream=stream, expected=facts[-1].version, facts=new_facts((body,), by=by, now=now))

            def after(recorded: tuple[Fact[Any], ...], _unit: Unit) -> Written:
                own = tuple(fact for fact in recorded if fact.stream == stream)
                return Written(answer=(_survey((*facts, *own), token), ()))

            return Judged(decision=decision, writes=(write,), after=after)

        def outcome(unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[Survey]:
            last = [fact for fact in receipt.facts if fact.stream == stream][-1]
            survey = _survey(tuple(unit.journal.load(stream, upto=last.version)), token)
            return Outcome(record=survey, facts=receipt.facts, decision=decision, replayed=receipt.replayed)

        return self._engine.run("standing.answer_survey", ask, judge=judge, outcome=outcome)

    def _decision(self, unit: Unit, ask: Ask, facts: Sequence[Fact[Any]], agreement: str, now: Instant) -> Decision:
        delivered = [fact.body for fact in facts if isinstance(fact.body, ServiceDelivered)]
        person = self._engine.directory.person
        request = AccessRequest(
            actor=ask.by,
            action=ask.action,
            at=now,
            service=delivered[-1].service if delivered else None,
            agreement=self._engine.agreement(unit, agreement),
            person=person(ask.by.id),
            requester=person(delivered[-1].requester) if delivered else None,
            item=standing_stream(agreement, ask.id.partition("/")[2]),
            item_known=bool(delivered),
        )
        return authorize(request, self._engine.access(unit), self._engine.authorizer)


def _survey(facts: Sequence[Fact[Any]], token: str) -> Survey:
    return next(survey for survey in surveys_of(facts) if survey.token == token)
