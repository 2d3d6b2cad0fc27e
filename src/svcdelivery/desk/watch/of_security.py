"""What becomes due of vulnerabilities and security incidents: corrections, people to be told, acceptances that end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from attrs import frozen

from svcdelivery.clock import BreachNoticed, ClockReading, Verdict
from svcdelivery.desk.command.foreseeing import foreseen, new_facts
from svcdelivery.desk.command.internal import Aggregate, kept_of
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.rows import ACTIONS
from svcdelivery.desk.command.waking import WATCH, Waking, Woken
from svcdelivery.desk.security.corrections import CorrectionsEscalated
from svcdelivery.desk.security.security_incidents import SECURITY_INCIDENT
from svcdelivery.desk.security.vulnerabilities import VULNERABILITY
from svcdelivery.desk.work.breaches import raised_for
from svcdelivery.desk.work.escalating import Concern, Escalated, Escalating
from svcdelivery.escalation import EscalationFired, Running
from svcdelivery.facts import Fact
from svcdelivery.improvement import CorrectiveActionRaised, action_id, action_stream, fold_action
from svcdelivery.security.incident import SecurityIncident
from svcdelivery.security.vulnerability import Vulnerability, VulnerabilityAcceptanceEnded
from svcdelivery.storage.protocol import Unit, Write
from svcdelivery.timeline import Instant

__all__ = ["wake_security_incident", "wake_vulnerability"]

R = TypeVar("R")
_OWNER = "security"


def wake_vulnerability(waking: Waking) -> Woken:
    """Answer what is due of a vulnerability: late corrections, their escalations, and an acceptance that is over."""
    return _look(
        waking, VULNERABILITY, _Of(_acceptance_over, lambda known: known.owner or _OWNER, CorrectionsEscalated.of)
    )


def wake_security_incident(waking: Waking) -> Woken:
    """Answer who should have been told of a security incident by now."""
    return _look(waking, SECURITY_INCIDENT, _Of(_nothing, lambda _known: _OWNER, lambda _unit: _NotEscalated()))


def _acceptance_over(known: Vulnerability, now: Instant) -> Iterator[Any]:
    if known.accepted_until is not None and known.accepted_until <= now:
        yield VulnerabilityAcceptanceEnded()


def _nothing(_known: SecurityIncident, _now: Instant) -> Iterator[Any]:
    return iter(())


@frozen
class _Of(Generic[R]):
    """What is one kind's own: what comes about by time alone, who sees to a breach, and how it is escalated."""

    over: Callable[[R, Instant], Iterator[Any]]
    owner: Callable[[R], str]
    escalated: Callable[[Unit], Escalated]


class _NotEscalated:
    """What nobody is told of level by level."""

    def running(self, _facts: Sequence[Fact[Any]]) -> tuple[Running, ...]:
        return ()

    def concern(self, _facts: Sequence[Fact[Any]]) -> Concern:
        raise AssertionError("nothing is due of it")


def _look(waking: Waking, aggregate: Aggregate[R], of: _Of[R]) -> Woken:
    unit, engine, stream = waking.unit, waking.engine, waking.timer.stream
    facts = engine.facts(unit, stream)
    record = aggregate.fold(facts)
    if record is None or aggregate.clocks is None:
        return Woken()
    now = max(waking.now, facts[-1].occurred_at)
    over = list(of.over(record, now))
    ahead = foreseen(stream, facts, over, by=WATCH, now=now)
    breaches = _breaches(ahead, aggregate.clocks(engine, unit, ahead, now, None).readings)
    escalating = Escalating(engine, unit, of.escalated(unit), now)
    escalating.take_up(foreseen(stream, ahead, breaches, by=WATCH, now=now))
    bodies = (*over, *breaches, *escalating.bodies)
    said = new_facts(bodies, by=WATCH, now=now)
    writes = [Write(stream=stream, expected=facts[-1].version, facts=said)]
    for breach in breaches:
        action = action_stream(action_id(stream, breach.target, breach.cycle))
        if not unit.journal.load(action, upto=1):
            raised = raised_for(stream, breach, owner=of.owner(record), by=WATCH, now=now)
            writes.append(Write(stream=action, expected=0, facts=(raised,)))

    def after(recorded: tuple[Fact[Any], ...], unit: Unit) -> Consequences:
        own = (*facts, *(fact for fact in recorded if fact.stream == stream))
        kept = kept_of(engine, unit, aggregate, stream, facts=own, now=now)
        raised = [fold_action((fact,)) for fact in recorded if isinstance(fact.body, CorrectiveActionRaised)]
        counts = Counter(_COUNTED.get(type(fact.body), "") for fact in recorded)
        return Consequences(
            records=[
                *kept.rows,
                *escalating.rows,
                *(ACTIONS.row(action) for action in raised if action is not None),
            ],
            timers=kept.timers,
            messages=escalating.messages,
            counts=[(name, count) for name, count in counts.items() if name],
        )

    return Woken(writes=writes, after=after)


_COUNTED: dict[type, str] = {
    BreachNoticed: "breaches",
    VulnerabilityAcceptanceEnded: "acceptances ended",
    EscalationFired: "escalations",
}


def _breaches(facts: Sequence[Fact[Any]], readings: Sequence[ClockReading]) -> list[BreachNoticed]:
    noticed = {(fact.body.target, fact.body.cycle) for fact in facts if isinstance(fact.body, BreachNoticed)}
    return [
        BreachNoticed(target=reading.target, measure=reading.measure, due_at=reading.due_at, cycle=reading.cycle)
        for reading in readings
        if reading.verdict is Verdict.BREACHED and reading.due_at and (reading.target, reading.cycle) not in noticed
    ]
