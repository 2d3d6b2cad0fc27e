"""Escalations of an item at the desk: what is due of them is taken up, and when they are to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from attrs import define, field, frozen

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import WATCH, foreseen
from svcdelivery.desk.work.telling import Telling, about_work, reachable
from svcdelivery.escalation import (
    Acknowledged,
    AcknowledgementConfirmed,
    Firing,
    Running,
    TargetsResolved,
    next_actions,
    running_of,
)
from svcdelivery.escalation.notices import Concerned, NoticeKind, Roster, recipients
from svcdelivery.escalation.rotation import OnCallSchedule
from svcdelivery.facts import Fact
from svcdelivery.identity import ActorKind
from svcdelivery.storage.protocol import Message, Query, Record, Unit
from svcdelivery.timeline import Instant, format_instant, parse_instant
from svcdelivery.work import Accepted, Started, Work, fold_work

__all__ = ["ESCALATION", "Concern", "Escalated", "Escalating", "WorkEscalated", "wake_ups"]

ESCALATION = "escalation:"
"""What the names of the wake-ups of escalations begin with."""

_ROUNDS_MOST = 200
_TURN = "turn"
_ID_MOST = 200
_TAKES_ON = (Accepted, Started, Acknowledged, AcknowledgementConfirmed)


@frozen(kw_only=True)
class Concern:
    """Whom an item that is escalated concerns, and what texts can say of it."""

    concerned: Concerned
    service: str
    values: Mapping[str, str]


class Escalated(Protocol):
    """What is escalated: how its facts are read."""

    def running(self, facts: Sequence[Fact[Any]]) -> tuple[Running, ...]:
        """Answer the policies that watch over it."""
        ...

    def concern(self, facts: Sequence[Fact[Any]]) -> Concern:
        """Answer whom it concerns, by what the facts say."""
        ...


@frozen
class WorkEscalated:
    """A request or an incident under an agreement."""

    agreement: ServiceAgreement

    def running(self, facts: Sequence[Fact[Any]]) -> tuple[Running, ...]:
        """Answer the policies of the agreement that watch over it."""
        return running_of(self.agreement, facts)

    def concern(self, facts: Sequence[Fact[Any]]) -> Concern:
        """Answer whom the work concerns."""
        work = fold_work(facts)
        assert work is not None, "only work is escalated"
        values = about_work(facts[0].stream, work)
        return Concern(concerned=_concerned(work, facts), service=work.service, values=values)


def wake_ups(running: Iterable[Running], now: Instant) -> dict[str, Instant]:
    """Answer when each escalation of an item is to be looked at next, by the name of its policy.

    What is due by now and not taken up is due since it fell due.
    """
    found: dict[str, Instant] = {}
    for each in running:
        decision = next_actions(each.state, each.policy, now)
        due = [firing.due_at for firing in decision.firings]
        due += [] if decision.next_wakeup is None else [decision.next_wakeup]
        if due:
            found[each.policy.name] = min(due)
    return found


@define
class Escalating:
    """What is due of the escalations of one item by now, taken up one after another.

    Attributes:
        bodies: Facts of the item.
        messages: For whom the firings mean.
        rows: Who was told in turn, so that the next one is told next time.
    """

    engine: Engine
    unit: Unit
    of: Escalated
    now: Instant
    bodies: list[Any] = field(factory=list, init=False)
    messages: list[Message] = field(factory=list, init=False)
    rows: list[Record] = field(factory=list, init=False)

    def take_up(self, facts: tuple[Fact[Any], ...]) -> None:
        """Take up what is due after the facts.

        A level that reaches nobody may let the next one fall due at once, so it goes on until nothing is.
        """
        for _ in range(_ROUNDS_MOST):
            found = [
                (running, firing)
                for running in self.of.running(facts)
                for firing in next_actions(running.state, running.policy, self.now).firings
            ]
            if not found:
                break
            concern = self.of.concern(facts)
            bodies = [body for running, firing in found for body in self._fire(running, firing, concern, facts)]
            self.bodies += bodies
            facts = foreseen(facts[0].stream, facts, bodies, by=WATCH, now=self.now)

    def _fire(self, running: Running, firing: Firing, concern: Concern, facts: Sequence[Fact[Any]]) -> list[Any]:
        fired = firing.fact(running.name)
        if not firing.is_sent or firing.target is None:
            return [fired]
        roster = _Turns(self.engine.roster, self.unit, self.rows)
        told = reachable(self.engine, recipients(firing.target, concern.concerned, roster, self.now), self.now)
        stream = facts[0].stream
        if firing.target.kind == "team" and told:
            self.rows.append(_turn(firing.target.id, told[0], stream, facts[-1].version, self.now))
        values = {**concern.values, "reason": firing.reason, "due_at": format_instant(firing.due_at)}
        telling = Telling(
            kind=NoticeKind.PAGE,
            about="page" if firing.level >= 0 else "still_on_it",
            key=firing.key,
            stream=stream,
            service=concern.service,
            values=values,
        )
        self.messages += telling.messages(self.engine, told, self.now)
        return [fired, TargetsResolved(key=firing.key, policy=running.name, recipients=told)]


def _concerned(work: Work, facts: Sequence[Fact[Any]]) -> Concerned:
    taken = [fact.actor.id for fact in facts if isinstance(fact.body, _TAKES_ON) and fact.actor.kind is not _SYSTEM]
    return Concerned(assignee=work.assignee, team=work.team, acknowledger=taken[-1] if taken else None)


_SYSTEM = ActorKind.SYSTEM


def _turn(team: str, person: str, stream: str, version: int, now: Instant) -> Record:
    id = f"{team}/{person}"
    return Record(
        kind=_TURN,
        id=id if len(id) <= _ID_MOST else sha256(id.encode()).hexdigest(),
        stream=stream,
        version=version,
        columns=(("team", team), ("assignee", person)),
        data={"person": person, "told_at": format_instant(now)},
    )


class _Turns:
    """The host's roster, with whom the desk has told when."""

    def __init__(self, roster: Roster, unit: Unit, rows: Sequence[Record]) -> None:
        self._roster, self._unit, self._rows = roster, unit, rows

    def with_role(self, role: str, at: datetime) -> tuple[str, ...]:
        return self._roster.with_role(role, at)

    def team(self, name: str, at: datetime) -> tuple[str, ...]:
        return self._roster.team(name, at)

    def last_told(self, team: str) -> dict[str, Instant]:
        page = self._unit.records.find(Query(kind=_TURN, where=(("team", team),)), limit=1000)
        of_team = [row for row in self._rows if dict(row.columns)["team"] == team]
        return {**self._roster.last_told(team), **dict(map(_told, (*page.items, *of_team)))}

    def away(self, at: datetime) -> frozenset[str]:
        return self._roster.away(at)

    def schedule(self, name: str) -> OnCallSchedule | None:
        return self._roster.schedule(name)

    def manager(self, person: str) -> str | None:
        return self._roster.manager(person)


def _told(row: Record) -> tuple[str, Instant]:
    data: Mapping[str, str] = row.data
    return data["person"], parse_instant(data["told_at"])
