"""The breach watch at the desk: the log followed under a mark, what is found recorded once and seen to.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act, kept_of
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import ACTIONS, FINDINGS
from svcdelivery.desk.security.security_incidents import SECURITY_INCIDENT, reported
from svcdelivery.errors import IntegrityError, NotFoundError
from svcdelivery.facts import Fact, NewFact
from svcdelivery.identity import Actor
from svcdelivery.improvement import ACTION_TABLE, action_id, action_stream, fold_action, raise_action
from svcdelivery.lifecycle import Phase
from svcdelivery.security.breaches import (
    BREACHES_STREAM,
    BreachFinding,
    BreachPolicy,
    BreachPolicySet,
    BreachRecord,
    BreachResponse,
    BreachRule,
    BreachWatch,
    FindingRaised,
    FindingsSuppressed,
    Suppression,
    fold_breaches,
)
from svcdelivery.security.incident import (
    SECURITY_INCIDENT_TABLE,
    SecurityIncidentReported,
    fold_security_incident,
    security_incident_stream,
)
from svcdelivery.storage.protocol import Page, Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import kind_of_stream

__all__ = ["BreachDesk", "BreachReport"]

FOLLOWER = "breaches"
"""The name of the mark that tells how far findings are on record."""

_WATCH = Actor.system("breach-watch")
_PAGE = 1000
_OPEN = (Phase.NEW, Phase.ACTIVE, Phase.HELD, Phase.DONE)


@frozen(kw_only=True)
class BreachReport:
    """What one run of the breach watch came to.

    Attributes:
        entries: How many entries of the log it has judged.
        findings: What it found in them and has put on record.
        raised: The streams of the security incidents and corrective actions raised for them.
    """

    entries: int = 0
    findings: tuple[BreachFinding, ...] = ()
    raised: tuple[str, ...] = ()

    def __add__(self, other: BreachReport) -> BreachReport:
        return BreachReport(
            entries=self.entries + other.entries,
            findings=(*self.findings, *other.findings),
            raised=(*self.raised, *other.raised),
        )


class BreachDesk:
    """Follows the log, and puts on record what may be a breach, once, whoever runs it and however often.

    The first run of a process reads the log from its start, since rules look back; each later one only what has come
    since. Findings are recorded from the mark on, which all processes share.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._policy: BreachPolicy | None = None
        self._watch = BreachWatch()
        self._followed = 0

    # -- asking --------------------------------------------------------------------------------------------------------

    def get(self) -> BreachRecord:
        """Answer the policy on record, and what is silenced."""
        with self._engine.read_unit() as unit:
            return fold_breaches(unit.journal.load(BREACHES_STREAM))

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[BreachFinding]:
        """Answer findings in the order of the log; `status` is the rule, such as `R5`, `priority` the severity."""
        with self._engine.read_unit() as unit:
            page = FINDINGS.find(unit, after=after, limit=limit, where=where)
        return Page(items=tuple(raised.finding for raised in page.items), next=page.next)

    # -- watching ------------------------------------------------------------------------------------------------------

    def run(self, *, limit: int = 100_000) -> BreachReport:
        """Judge at most `limit` entries of the log nobody has judged yet, and see to what is found.

        As the policy on record says, a finding raises a security incident, a corrective action, or nothing; where one
        of the same rule and subject is still open, no other is raised.
        """
        with self._engine.read_unit() as unit:
            policy = fold_breaches(unit.journal.load(BREACHES_STREAM)).policy
            mark, head = unit.marks.get(FOLLOWER), unit.feed.head().position
        if policy != self._policy:
            # Rules look back: other thresholds may have found other things behind them.
            self._policy, self._watch, self._followed = policy, BreachWatch(policy.settings), 0
        report, upto = BreachReport(), min(head, mark + limit)
        while self._followed < upto:
            found = self._follow(upto)
            if self._followed > mark:
                report += self._record(policy, found, self._followed)
        return report

    def _follow(self, upto: int) -> list[tuple[int, BreachFinding]]:
        with self._engine.read_unit() as unit:
            page = unit.feed.read(self._followed, limit=min(_PAGE, upto - self._followed))
        found = [(fact.position, finding) for fact in page for finding in self._watch.follow(fact)]
        self._followed = page[-1].position
        return found

    def _record(self, policy: BreachPolicy, found: Sequence[tuple[int, BreachFinding]], upto: int) -> BreachReport:
        with self._engine.write_unit() as unit:
            mark = unit.marks.get(FOLLOWER)
            if mark >= upto:
                return BreachReport()
            # Another process may have come further meanwhile: what lies behind its mark is on record.
            news = [finding for position, finding in found if position > mark]
            raised = _Raised(self._engine, unit, policy, self._engine.now(unit))
            for finding in news:
                raised.take(finding)
            raised.put(f"breaches {mark}-{upto}")
            unit.marks.put(FOLLOWER, upto)
        return BreachReport(entries=upto - mark, findings=tuple(news), raised=tuple(raised.streams))

    # -- commanding ----------------------------------------------------------------------------------------------------

    def set_policy(self, policy: BreachPolicy, *, by: Actor, key: str) -> Outcome[BreachRecord]:
        """Put on record what is looked for from now on, and what is made of it."""
        ask = Ask(action="set_policy", id=BREACHES_STREAM, by=by, key=key, said={"policy": policy})
        return self._act(ask, lambda _now: BreachPolicySet(policy))

    def suppress(
        self, rule: BreachRule, *, subject: str = "", until: datetime, ground: str, by: Actor, key: str
    ) -> Outcome[BreachRecord]:
        """Silence findings of a rule, about one subject or any, from now on until an instant to come.

        Raises:
            InvalidValueError: No ground, or an end that has passed.
        """
        silence = Suppression(rule=rule, until=until, ground=ground, by=by.id, subject=subject)
        said = {"rule": rule.value, "subject": subject, "until": silence.until, "ground": ground}
        ask = Ask(action="suppress", id=BREACHES_STREAM, by=by, key=key, said=said)

        def make(now: Instant) -> FindingsSuppressed:
            silence.check_end(now)
            return FindingsSuppressed(silence)

        return self._act(ask, make)

    def _act(self, ask: Ask, make: Callable[[Instant], Any]) -> Outcome[BreachRecord]:
        return act(self._engine, _BREACHES, ask, lambda _record, _unit, now: Said((make(now),)), creates=True)


_BREACHES: Aggregate[BreachRecord] = Aggregate(
    "breach watch", "breaches", lambda _id: BREACHES_STREAM, fold_breaches, lambda _: None
)


@frozen
class _Raised:
    """What one page of findings comes to."""

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

    def put(self, key: str) -> None:
        """Write it all."""
        if not self.found:
            return
        writes = [Write(stream=BREACHES_STREAM, expected=None, facts=self._facts(*self.found))]
        writes += [Write(stream=stream, expected=0, facts=self._facts(body)) for stream, body in self.streams.items()]
        recorded = self.unit.journal.append(writes, key=key, intent="breach watch", now=self.now).facts
        self.unit.records.put([FINDINGS.row(one) for one in self.found])
        for fact in recorded:
            if fact.stream in self.streams:
                self._keep(fact)

    def _facts(self, *bodies: Any) -> tuple[NewFact[Any], ...]:
        return tuple(NewFact(body=body, actor=_WATCH, occurred_at=self.now) for body in bodies)

    def _keep(self, fact: Fact[Any]) -> None:
        if isinstance(fact.body, SecurityIncidentReported):
            kept = kept_of(self.engine, self.unit, SECURITY_INCIDENT, fact.stream, facts=(fact,), now=fact.occurred_at)
            self.unit.records.put(kept.rows)
            self.unit.timers.arm(kept.timers)
        else:
            action = fold_action((fact,))
            assert action is not None, "a raised action folds"
            self.unit.records.put([ACTIONS.row(action)])

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
