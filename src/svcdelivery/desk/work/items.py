"""Requests and incidents at the desk: one method per thing a person may ask for of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from svcdelivery.agreement import AgreementRevision, Exclusion
from svcdelivery.clock import BreachExempted, ClockReading, TimeExcluded, Verdict, read_clocks
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import work_shelf
from svcdelivery.desk.work.casework import Case, Casework
from svcdelivery.desk.work.escalations import EscalationSide
from svcdelivery.desk.work.linking import link_to
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, in_words
from svcdelivery.facts import known_at as facts_known_at
from svcdelivery.identity import Actor, ActorKind, identifier
from svcdelivery.satisfaction import answer_survey
from svcdelivery.storage.protocol import Page
from svcdelivery.timeline import to_instant
from svcdelivery.work import (
    Audience,
    Correction,
    Incident,
    IncidentRecorded,
    LinkKind,
    MessagePosted,
    RequestReceived,
    ServiceRequest,
    Work,
    WorkKind,
    commands,
    fold_work,
)

__all__ = ["WorkDesk", "ranked"]

W = TypeVar("W", ServiceRequest, Incident)


class WorkDesk(EscalationSide[W]):
    """What requests and incidents have in common."""

    _kind: WorkKind
    _receipt: type[RequestReceived | IncidentRecorded]

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._casework: Casework[W] = Casework(engine, self._kind)

    # -- asking --------------------------------------------------------------------------------------------------------

    def get(self, id: str) -> W:
        """Answer the record.

        Raises:
            NotFoundError: There is no such item.
        """
        with self._engine.read_unit() as unit:
            return cast("W", work_shelf(self._kind).get(unit, id))

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[W]:
        """Answer records whose columns have the given values, in the order of their ids.

        Raises:
            InvalidValueError: A column records cannot be found by; the message lists those they can.
        """
        with self._engine.read_unit() as unit:
            return work_shelf(self._kind).find(unit, after=after, limit=limit, where=where)

    def facts(self, id: str) -> tuple[Fact[Any], ...]:
        """Answer everything on record about an item, in the order of record; empty for an unknown one."""
        with self._engine.read_unit() as unit:
            return tuple(unit.journal.load(self._kind.stream(id)))

    def readings(
        self, id: str, *, now: datetime | None = None, known_at: datetime | None = None
    ) -> tuple[ClockReading, ...]:
        """Answer the item's clocks as they stand, or as they stood at `now`.

        Args:
            known_at: Read what was on record then, of the item and of its agreement; such a reading never changes.

        Raises:
            NotFoundError: There is no such item, or was none on record then.
        """
        at = to_instant(now or known_at or self._engine.time.now())
        with self._engine.read_unit() as unit:
            facts = tuple(unit.journal.load(self._kind.stream(id)))
            if known_at is not None:
                facts = facts_known_at(facts, known_at)
            work = fold_work(facts)
            if work is None:
                raise NotFoundError(what=self._kind.name, id=id)
            return self._casework.readings(unit, work, facts, at, known_at)

    # -- commanding ----------------------------------------------------------------------------------------------------

    def receive(
        self,
        *,
        customer: str,
        service: str,
        requester: str,
        by: Actor,
        key: str,
        id: str | None = None,
        priority: str | None = None,
        impact: str | None = None,
        urgency: str | None = None,
        summary: str = "",
        channel: str = "",
    ) -> Outcome[W]:
        """Put new work on record under the one agreement of the customer that covers the service.

        The revision in force is pinned: its promises hold for this item. Without `priority`, impact and urgency
        together give it.

        Raises:
            AgreementNotFoundError: Several agreements in force cover the service.
            NotPermittedError: No agreement in force covers it, or the requester is not entitled to it.
            InvalidValueError: A priority, impact or urgency the agreement does not know.
        """
        for value, what in ((customer, "a customer"), (service, "a service"), (requester, "a requester")):
            identifier(value, what)
        said: dict[str, Any] = {
            "customer": customer, "service": service, "requester": requester, "impact": impact, "urgency": urgency,
            "summary": summary, "channel": channel,
        }  # fmt: skip

        def make(terms: AgreementRevision) -> Any:
            rank = ranked(terms, priority, impact, urgency)
            return self._receipt(agreement=terms.agreement, revision=terms.number, priority=rank, **said)

        ask = Ask(action="receive", id=id or "", by=by, key=key, said={**said, "priority": priority})
        return self._casework.receive(ask, customer=customer, service=service, requester=requester, make=make)

    def assign(self, id: str, *, team: str, assignee: str | None = None, by: Actor, key: str) -> Outcome[W]:
        """Make a team, or a person of it, responsible."""
        identifier(team, "a team")
        ask = Ask(action="assign", id=id, by=by, key=key, said={"team": team, "assignee": assignee})
        return self._act(ask, lambda work, _: commands.assign(work, team=team, assignee=assignee))

    def start(self, id: str, *, by: Actor, key: str) -> Outcome[W]:
        """Begin to work."""
        return self._act(Ask(action="start", id=id, by=by, key=key), lambda work, _: commands.start(work))

    def put_on_hold(self, id: str, *, reason: str, note: str = "", by: Actor, key: str) -> Outcome[W]:
        """Let work stand still for one of the agreement's hold reasons; which of them pause a clock it says itself."""
        ask = Ask(action="put_on_hold", id=id, by=by, key=key, said={"reason": reason, "note": note})
        return self._act(
            ask, lambda work, case: commands.put_on_hold(work, reason=reason, known=case.terms.hold_reasons, note=note)
        )

    def resume(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[W]:
        """Go on after a hold."""
        ask = Ask(action="resume", id=id, by=by, key=key, said={"note": note})
        return self._act(ask, lambda work, _: commands.resume(work, note=note))

    def close(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[W]:
        """Close what is done."""
        ask = Ask(action="close", id=id, by=by, key=key, said={"note": note})
        return self._act(ask, lambda work, _: commands.close(work, note=note))

    def reopen(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[W]:
        """Take up again what was done, within the agreement's reopening window; its open survey is withdrawn."""

        def make(work: Work, case: Case) -> Any:
            return commands.reopen(work, ground=ground, window=case.terms.reopening_window, now=case.now)

        return self._act(Ask(action="reopen", id=id, by=by, key=key, said={"ground": ground}), make)

    def cancel(self, id: str, *, ground: str = "", by: Actor, key: str) -> Outcome[W]:
        """Give up work that is still open."""
        ask = Ask(action="cancel", id=id, by=by, key=key, said={"ground": ground})
        return self._act(ask, lambda work, _: commands.cancel(work, ground=ground))

    def change_priority(
        self,
        id: str,
        *,
        priority: str | None = None,
        impact: str | None = None,
        urgency: str | None = None,
        ground: str = "",
        by: Actor,
        key: str,
    ) -> Outcome[W]:
        """Make open work more or less pressing, by priority or by impact and urgency."""

        def make(work: Work, case: Case) -> Any:
            rank = ranked(case.terms, priority, impact, urgency)
            if rank is None:
                raise InvalidValueError(what="a priority", value=None, path="priority")
            return commands.change_priority(work, priority=rank, impact=impact, urgency=urgency, ground=ground)

        said = {"priority": priority, "impact": impact, "urgency": urgency, "ground": ground}
        return self._act(Ask(action="change_priority", id=id, by=by, key=key, said=said), make)

    def post(self, id: str, *, text: str, internal: bool = False, by: Actor, key: str) -> Outcome[W]:
        """Write to the requester, or a note among staff. A staff message to the requester counts as a response."""
        if internal and by.kind is not ActorKind.STAFF:
            raise InvalidValueError(what="staff", value=str(by), path="by", problem="internal notes are for staff")
        body = MessagePosted(audience=Audience.INTERNAL if internal else Audience.REQUESTER, text=text)
        ask = Ask(action="post", id=id, by=by, key=key, said={"text": text, "internal": internal})
        return self._act(ask, lambda _, __: body)

    def correct(self, id: str, correction: Correction, *, ground: str, by: Actor, key: str) -> Outcome[W]:
        """Put right what was recorded: `HappenedAt`, `Mistaken` or `WasOnHold`.

        The facts stay on record, and the correction beside them, with who made it and why. From then on record and
        clocks are read as it says. A breach that was noticed stays noticed; one that comes to light by the correction
        is noticed by the next run of the watch.

        Raises:
            InvalidValueError: A fact the item does not have, an instant to come, a hold reason nobody knows, no ground.
            CorrectionRefusedError: What would be left could not have happened.
        """
        ask = Ask(action="correct", id=id, by=by, key=key, said={"correction": correction, "ground": ground})
        return self._act(
            ask,
            lambda _, case: commands.correct(
                case.facts, correction, ground=ground, known=case.terms.hold_reasons, now=case.now
            ),
        )

    def link(self, id: str, *, kind: LinkKind, to: str, ground: str = "", by: Actor, key: str) -> Outcome[W]:
        """Link the item to another one: its duplicate, merged into it, split from it, or caused by it.

        What becomes of the clocks of both is the agreement's to say. One that stands for others tells them when it is
        done and when it is open again.

        Args:
            to: The stream of the other one, such as `incident:7`; of an incident's cause also that of a problem.

        Raises:
            InvalidValueError: To itself, a duplicate or merge where one of the two has a survivor already, or a problem
                that was given up.
            NotFoundError: There is no such item.
        """
        ask = Ask(action="link", id=id, by=by, key=key, said={"kind": kind.value, "to": to, "ground": ground})
        stream = self._kind.stream(id)
        return self._act(ask, lambda _, case: link_to(case.unit, stream, case.facts, kind=kind, to=to, ground=ground))

    def exclude(self, id: str, exclusion: Exclusion, *, by: Actor, key: str) -> Outcome[W]:
        """Take time out of what the item's targets count, for those that leave its cause out; past or to come.

        Whoever asks authorizes it, unless `authorized_by` names somebody else.
        """
        ask = Ask(action="exclude", id=id, by=by, key=key, said={"exclusion": exclusion})
        return self._act(ask, lambda _, __: TimeExcluded(exclusion))

    def exempt(self, id: str, *, target: str, cycle: int = 1, ground: str, by: Actor, key: str) -> Outcome[W]:
        """Excuse a breach: it stays on record as one, and counts for nothing.

        Raises:
            InvalidValueError: That clock is not breached, or no ground is given.
        """

        def make(_work: Work, case: Case) -> Any:
            in_words(ground, "ground", what="a ground")
            readings = read_clocks(case.record.agreement, case.facts, case.now)
            breached = [r for r in readings if r.verdict is Verdict.BREACHED]
            if not any((r.target, r.cycle) == (target, cycle) for r in breached):
                hint = ", ".join(f"`{r.target}` cycle {r.cycle}" for r in breached) or "none is breached"
                raise InvalidValueError(
                    what="a breached clock", value=f"{target} cycle {cycle}", path="target", hint=hint
                )
            return BreachExempted(target=target, cycle=cycle, ground=ground)

        said = {"target": target, "cycle": cycle, "ground": ground}
        return self._act(Ask(action="exempt", id=id, by=by, key=key, said=said), make)

    def answer_survey(self, id: str, *, token: str, score: int, comment: str = "", by: Actor, key: str) -> Outcome[W]:
        """Record the requester's one answer to an invitation."""
        said = {"token": token, "score": score, "comment": comment}
        return self._act(
            Ask(action="answer_survey", id=id, by=by, key=key, said=said),
            lambda _, case: answer_survey(case.facts, token=token, score=score, comment=comment, at=case.now),
        )

    def _act(self, ask: Ask, make: Callable[[Work, Case], Any]) -> Outcome[W]:
        return self._casework.act(ask, make)


def ranked(terms: AgreementRevision, priority: str | None, impact: str | None, urgency: str | None) -> str | None:
    """Answer the priority that is meant: the one named, or that of impact and urgency; None where neither is given.

    Raises:
        InvalidValueError: One the agreement does not know, or one of impact and urgency alone.
    """
    if priority is not None:
        return terms.priorities.require(priority)
    if impact is not None and urgency is not None:
        return terms.priorities.of(impact, urgency)
    if impact is not None or urgency is not None:
        raise InvalidValueError(what="both impact and urgency", value=impact or urgency, path="priority")
    return None
