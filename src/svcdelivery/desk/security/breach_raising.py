"""What a page of findings comes to: security incidents and corrective actions, one for all that is still open."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import kept_of
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.rows import ACTIONS, FINDINGS
from svcdelivery.desk.security.security_incidents import SECURITY_INCIDENT, reported
from svcdelivery.errors import IntegrityError, NotFoundError
from svcdelivery.facts import Fact, NewFact
from svcdelivery.identity import Actor
from svcdelivery.improvement import (
    ACTION_TABLE,
    CorrectiveActionRaised,
    action_id,
    action_stream,
    fold_action,
    raise_action,
)
from svcdelivery.lifecycle import Phase
from svcdelivery.security.breaches import (
    BREACHES_STREAM,
    BreachFinding,
    BreachPolicy,
    BreachResponse,
    FindingRaised,
)
from svcdelivery.security.incident import (
    SECURITY_INCIDENT_TABLE,
    SecurityIncidentReported,
    fold_security_incident,
    security_incident_stream,
)
from svcdelivery.storage.protocol import Due, Record, Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import kind_of_stream

__all__ = ["Raising"]

_WATCH = Actor.system("breach-watch")
_OPEN = (Phase.NEW, Phase.ACTIVE, Phase.HELD, Phase.DONE)


@frozen
class Raising:
    """What findings come to; it reads from the unit and writes nothing."""

    engine: Engine
    unit: Unit
    policy: BreachPolicy
    now: Instant
    streams: dict[str, Any] = field(factory=dict)
    found: list[FindingRaised] = field(factory=list)

    def take(self, finding: BreachFinding) -> None:
        """Take in a finding, and raise for it what the policy says."""
        response = self.policy.response(finding)
        stream = ""
        if response is BreachResponse.SECURITY_INCIDENT:
            stream = self._incident(finding)
        elif response is BreachResponse.CORRECTIVE_ACTION:
            stream = self._action(finding)
        self.found.append(FindingRaised(finding, response, stream))

    @property
    def writes(self) -> list[Write]:
        """The facts it comes to, none for no findings."""
        if not self.found:
            return []
        own = Write(stream=BREACHES_STREAM, expected=None, facts=self._facts(*self.found))
        others = (Write(stream=at, expected=0, facts=self._facts(body)) for at, body in self.streams.items())
        return [own, *others]

    def _facts(self, *bodies: Any) -> tuple[NewFact[Any], ...]:
        return tuple(NewFact(body=body, actor=_WATCH, occurred_at=self.now) for body in bodies)

    def kept(self, recorded: tuple[Fact[Any], ...], unit: Unit) -> Consequences:
        """Answer the rows and wake-ups of what has been recorded."""
        rows: list[Record] = [FINDINGS.row(one) for one in self.found]
        timers: list[Due] = []
        for fact in recorded:
            if isinstance(fact.body, SecurityIncidentReported):
                facts, now = (fact,), fact.occurred_at
                kept = kept_of(self.engine, unit, SECURITY_INCIDENT, fact.stream, facts=facts, now=now)
                rows += kept.rows
                timers += kept.timers
            elif isinstance(fact.body, CorrectiveActionRaised):
                action = fold_action((fact,))
                assert action is not None, "a raised action folds"
                rows.append(ACTIONS.row(action))
        return Consequences(records=rows, timers=timers)

    def _incident(self, finding: BreachFinding) -> str:
        work = {finding.subject} if kind_of_stream(finding.subject) is not None else set[str]()
        body = SecurityIncidentReported(summary=finding.explanation, findings={finding.key}, work=work)
        for stream in map(security_incident_stream, _ids(finding)):
            record = fold_security_incident(self.unit.journal.load(stream))
            if stream in self.streams or (record and SECURITY_INCIDENT_TABLE.phase(record.status) in _OPEN):
                return stream
            if record is None:
                self.streams[stream] = self._with_agreements(body)
                return stream
        raise AssertionError("ids of findings do not end")

    def _with_agreements(self, body: SecurityIncidentReported) -> SecurityIncidentReported:
        try:
            return reported(self.engine, self.unit, body)
        except (IntegrityError, NotFoundError):
            # What is damaged is no reason to keep silent about it.
            return body

    def _action(self, finding: BreachFinding) -> str:
        body = raise_action(
            trigger="finding", item=finding.subject, target=finding.rule.value, owner=self.policy.owner,
            summary=finding.explanation,
        )  # fmt: skip
        for stream in (action_stream(action_id(id, finding.rule.value)) for id in _ids(finding)):
            record = fold_action(self.unit.journal.load(stream))
            if stream in self.streams or (record and ACTION_TABLE.phase(record.status) in _OPEN):
                return stream
            if record is None:
                self.streams[stream] = body
                return stream
        raise AssertionError("ids of findings do not end")


def _ids(finding: BreachFinding) -> Iterator[str]:
    """Answer the names of what is raised for a rule and subject: the first one, and those after it was done with."""
    name = f"breach-{sha256(finding.key.encode()).hexdigest()[:16]}"
    yield name
    yield f"{name}-{finding.entries[-1]}"
