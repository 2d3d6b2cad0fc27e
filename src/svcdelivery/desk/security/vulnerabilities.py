"""Vulnerabilities at the desk: found, assessed, corrected in the days a policy gives, and verified by other eyes.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from svcdelivery.clock import ClockReading
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import WATCH, foreseen, new_facts
from svcdelivery.desk.command.internal import Aggregate, Clocked, Said, act, kept_of, part_key
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import VULNERABILITIES
from svcdelivery.desk.security.corrections import CorrectionsEscalated
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.escalation import Firing, Running, timeline
from svcdelivery.facts import Fact, in_words, known_at
from svcdelivery.identity import Actor, identifier
from svcdelivery.lifecycle import Phase
from svcdelivery.security.vulnerability import (
    REMEDIATION_STREAM,
    Assessment,
    Epss,
    KevListing,
    NotAffectedBecause,
    RemediationPoliciesSet,
    RemediationPolicy,
    Vulnerability,
    VulnerabilityAcceptanceEnded,
    VulnerabilityAssessed,
    VulnerabilityDetected,
    VulnerabilityReopened,
    commands,
    escalations_begun,
    fold_policies,
    fold_vulnerability,
    remediation_clocks,
    vulnerability_stream,
)
from svcdelivery.security.vulnerability.feeds import OsvRecord, VexStatement
from svcdelivery.security.vulnerability.intake import assessed, detected, not_affected_by, reassessed
from svcdelivery.storage.protocol import Page, Unit, Write
from svcdelivery.timeline import Instant, to_instant

__all__ = ["ACCEPTANCE_TIMER", "VULNERABILITY", "VulnerabilityDesk"]

ACCEPTANCE_TIMER = "acceptance"
"""Wakes the desk when the time a vulnerability is accepted for is over."""

_OPEN = (Phase.NEW, Phase.ACTIVE, Phase.HELD)


class VulnerabilityDesk:
    """Vulnerabilities, and the policies that say by when they must be corrected.

    Managed by active staff, or by those of them whose role the rules name (`security_roles`).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- asking --------------------------------------------------------------------------------------------------------

    def get(self, id: str) -> Vulnerability:
        """Answer the record.

        Raises:
            NotFoundError: None of that id is on record.
        """
        with self._engine.read_unit() as unit:
            return VULNERABILITIES.get(unit, id)

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[Vulnerability]:
        """Answer records whose columns have the given values, in the order of ids.

        The columns are `status`, `phase`, `priority` (the rating) and `assignee` (who corrects it).
        """
        with self._engine.read_unit() as unit:
            return VULNERABILITIES.find(unit, after=after, limit=limit, where=where)

    def facts(self, id: str) -> tuple[Fact[Any], ...]:
        """Answer everything on record about one, in the order of record; empty for an unknown one."""
        with self._engine.read_unit() as unit:
            return tuple(unit.journal.load(vulnerability_stream(id)))

    def readings(
        self, id: str, *, now: datetime | None = None, known_at: datetime | None = None
    ) -> tuple[ClockReading, ...]:
        """Answer a clock for every row with days that ever applied; the earliest due instant counts.

        Args:
            known_at: Read what was on record then, of the vulnerability and of the policies.

        Raises:
            NotFoundError: None of that id is on record, or none was then.
        """
        at = to_instant(now or known_at or self._engine.time.now())
        with self._engine.read_unit() as unit:
            facts = tuple(unit.journal.load(vulnerability_stream(id)))
            facts = facts if known_at is None else _known(facts, known_at)
            if not facts:
                raise NotFoundError(what="vulnerability", id=id)
            return remediation_clocks(facts, _policies(unit, known_at), at)

    def policies(self, *, known_at: datetime | None = None) -> tuple[RemediationPolicy, ...]:
        """Answer the remediation policies that are followed, or were at an instant; the directive's without any."""
        with self._engine.read_unit() as unit:
            return _policies(unit, known_at)

    def escalations(self, id: str) -> tuple[Running, ...]:
        """Answer the escalations that watch over its correction, each under the terms it began under.

        Raises:
            NotFoundError: None of that id is on record.
        """
        with self._engine.read_unit() as unit:
            facts = self._engine.facts(unit, vulnerability_stream(id))
            if not facts:
                raise NotFoundError(what="vulnerability", id=id)
            return CorrectionsEscalated.of(unit).running(facts)

    def preview(self, id: str, *, until: datetime) -> tuple[Firing, ...]:
        """Answer who will be told by then if nothing else happens, in due order; what the watch does is the same.

        Raises:
            NotFoundError: None of that id is on record.
        """
        end = to_instant(until)
        with self._engine.read_unit() as unit:
            facts = self._engine.facts(unit, vulnerability_stream(id))
            known = fold_vulnerability(facts)
            if known is None:
                raise NotFoundError(what="vulnerability", id=id)
            over = known.accepted_until
            if over is not None:
                # That it ends is known from the start, and what is owed then as well.
                at = max(over, facts[-1].recorded_at)
                facts = foreseen(facts[0].stream, facts, (VulnerabilityAcceptanceEnded(),), by=WATCH, now=at)
            running = CorrectionsEscalated.of(unit).running(facts)
        ahead = (firing for each in running for firing in timeline(each.state, each.policy, end))
        return tuple(sorted(ahead, key=lambda firing: firing.due_at))

    # -- commanding ----------------------------------------------------------------------------------------------------

    def set_policies(
        self, policies: Iterable[RemediationPolicy], *, by: Actor, key: str
    ) -> Outcome[tuple[RemediationPolicy, ...]]:
        """Put on record which remediation policies are followed from now on, in place of those before.

        A policy that is superseded is given an end and stays in the list: what applied under it goes on to apply. Open
        vulnerabilities get their wake-ups at once, and are escalated from now on as the policies say; an escalation
        that has begun keeps its terms.
        """
        body = RemediationPoliciesSet(policies)
        ask = Ask(action="set", id=REMEDIATION_STREAM, by=by, key=key, said={"policies": body})
        outcome = act(self._engine, _POLICIES, ask, lambda _known, _unit, _now: Said((body,)), creates=True)
        self._arm(by)
        return outcome

    def detect(
        self,
        id: str,
        *,
        title: str,
        services: Iterable[str],
        aliases: Iterable[str] = (),
        items: Iterable[str] = (),
        versions: str = "",
        found_by: str = "",
        published_at: datetime | None = None,
        by: Actor,
        key: str,
    ) -> Outcome[Vulnerability]:
        """Put a vulnerability on record that somebody found in what services run on; any of the staff may.

        Raises:
            InvalidValueError: No title, no service, or the id is taken.
        """
        body = VulnerabilityDetected(
            title=title,
            services=services,
            aliases=aliases,
            items=items,
            versions=versions,
            found_by=found_by or str(by),
            published_at=None if published_at is None else to_instant(published_at),
        )
        return self._detect(id, body, None, by, key)

    def take_in(
        self,
        record: OsvRecord,
        *,
        services: Iterable[str],
        items: Iterable[str] = (),
        kev: Mapping[str, KevListing] | None = None,
        epss: Mapping[str, Epss] | None = None,
        exposed: bool | None = None,
        automatable: bool | None = None,
        total_impact: bool | None = None,
        by: Actor,
        key: str,
    ) -> Outcome[Vulnerability]:
        """Put the vulnerability of an OSV record on record under its id, assessed by what the feeds know of it.

        Args:
            record: As `read_osv` answers it.
            kev: As `read_kev` answers it; `epss` as `read_epss` does. Ids and aliases are looked up.
            exposed: As of an `Assessment`: what is not known counts as the worst.

        Raises:
            InvalidValueError: The record was withdrawn, no service is named, or the id is taken.
        """
        body = detected(record, services=services, items=items)
        said = {"exposed": exposed, "automatable": automatable, "total_impact": total_impact}

        def first(now: Instant) -> Assessment:
            return assessed(record, at=now, kev=kev or {}, epss=epss or {}, **said)

        return self._detect(record.id, body, first, by, key)

    def assess(self, id: str, assessment: Assessment, *, by: Actor, key: str) -> Outcome[Vulnerability]:
        """Put together what is known, for the first time or again; the new assessment replaces the whole."""
        ask = Ask(action="assess", id=id, by=by, key=key, said={"assessment": assessment})
        return self._act(ask, lambda known, _: commands.assess(known, assessment))

    def refresh(
        self,
        *,
        kev: Mapping[str, KevListing] | None = None,
        epss: Mapping[str, Epss] | None = None,
        by: Actor,
        key: str,
    ) -> tuple[Outcome[Vulnerability], ...]:
        """Assess again each open vulnerability of which the feeds say something new, each under a key of its own.

        Asked again with the same key it goes on where it stood.
        """
        outcomes = []
        for known in self._every(_OPEN):
            found = reassessed(known, at=self._engine.time.now(), kev=kev or {}, epss=epss or {})
            if found is not None:
                outcomes.append(self.assess(known.id, found, by=by, key=part_key(key, f"{known.id} {known.version}")))
        return tuple(outcomes)

    def find_not_affected(
        self, id: str, *, justification: NotAffectedBecause, impact: str = "", by: Actor, key: str
    ) -> Outcome[Vulnerability]:
        """State why its services are not affected; nothing is owed then."""
        said = {"justification": justification, "impact": impact}
        ask = Ask(action="find_not_affected", id=id, by=by, key=key, said=said)
        return self._act(
            ask, lambda known, _: commands.find_not_affected(known, justification=justification, impact=impact)
        )

    def take_in_vex(self, id: str, statement: VexStatement, *, by: Actor, key: str) -> Outcome[Vulnerability]:
        """State that its services are not affected, on the word of a CSAF or OpenVEX document.

        Raises:
            InvalidValueError: The statement is about another vulnerability, says something else, or does not say why.
        """
        ask = Ask(action="find_not_affected", id=id, by=by, key=key, said={"statement": statement})

        def make(known: Vulnerability, _now: Instant) -> Any:
            said = not_affected_by(statement, known)
            return commands.find_not_affected(known, justification=said.justification, impact=said.impact)

        return self._act(ask, make)

    def accept(self, id: str, *, ground: str, until: datetime, by: Actor, key: str) -> Outcome[Vulnerability]:
        """Leave it as it is until an instant to come; then it waits to be planned again, and its time runs on.

        Raises:
            InvalidValueError: An end that has passed, or no ground.
        """
        end = to_instant(until)
        ask = Ask(action="accept", id=id, by=by, key=key, said={"ground": ground, "until": end})
        return self._act(ask, lambda known, now: commands.accept(known, ground=ground, until=end, now=now))

    def end_acceptance(self, id: str, *, by: Actor, key: str) -> Outcome[Vulnerability]:
        """Accept it no longer, before its time."""
        ask = Ask(action="end_acceptance", id=id, by=by, key=key)
        return self._act(ask, lambda known, _: commands.end_acceptance(known))

    def plan(self, id: str, *, owner: str, plan: str, by: Actor, key: str) -> Outcome[Vulnerability]:
        """Settle how it will be corrected, and by whom."""
        ask = Ask(action="plan", id=id, by=by, key=key, said={"owner": owner, "plan": plan})
        return self._act(ask, lambda known, _: commands.plan(known, owner=owner, plan=plan))

    def start_fix(self, id: str, *, by: Actor, key: str) -> Outcome[Vulnerability]:
        """Begin the correction."""
        return self._act(Ask(action="start_fix", id=id, by=by, key=key), lambda known, _: commands.start_fix(known))

    def fix(self, id: str, *, evidence: str, by: Actor, key: str) -> Outcome[Vulnerability]:
        """State that it is corrected; its time runs on until somebody else has verified it."""
        ask = Ask(action="fix", id=id, by=by, key=key, said={"evidence": evidence})
        return self._act(ask, lambda known, _: commands.fix(known, evidence=evidence))

    def verify(self, id: str, *, corrected: bool, evidence: str, by: Actor, key: str) -> Outcome[Vulnerability]:
        """State whether it is corrected; where it is not, the correction goes on.

        Raises:
            InvalidValueError: `by` is who corrected it, or there is no evidence.
        """
        ask = Ask(action="verify", id=id, by=by, key=key, said={"corrected": corrected, "evidence": evidence})
        return self._act(ask, lambda known, _: commands.verify(known, corrected=corrected, evidence=evidence, by=by.id))

    def close(self, id: str, *, by: Actor, key: str) -> Outcome[Vulnerability]:
        """State that nothing remains to be done."""
        return self._act(Ask(action="close", id=id, by=by, key=key), lambda known, _: commands.close(known))

    def reopen(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[Vulnerability]:
        """State that it was not corrected after all: the time that is owed never stopped."""
        ask = Ask(action="reopen", id=id, by=by, key=key, said={"ground": ground})
        return self._act(ask, lambda known, _: commands.reopen(known, ground=ground))

    # -- parts ---------------------------------------------------------------------------------------------------------

    def _detect(
        self, id: str, body: VulnerabilityDetected, first: Callable[[Instant], Assessment] | None, by: Actor, key: str
    ) -> Outcome[Vulnerability]:
        identifier(id, "the id of a vulnerability")
        in_words(body.title, "title", what="a title")
        if not body.services:
            raise InvalidValueError(what="a service", value="", path="services", hint="name what it may affect")
        ask = Ask(action="detect", id=id, by=by, key=key, said={"detected": body})

        def make(known: Vulnerability | None, unit: Unit, now: Instant) -> Said[Vulnerability]:
            if known is not None:
                raise InvalidValueError(what="a free id for a vulnerability", value=id, path="id")
            bodies = (body,) if first is None else (body, VulnerabilityAssessed(first(now)))
            return _with_escalations(unit, (vulnerability_stream(id), ()), bodies, by, now)

        return act(self._engine, VULNERABILITY, ask, make, creates=True)

    def _act(self, ask: Ask, make: Callable[[Vulnerability, Instant], Any]) -> Outcome[Vulnerability]:
        def said(known: Vulnerability | None, unit: Unit, now: Instant) -> Said[Vulnerability]:
            assert known is not None, "only what there is is acted upon"
            stream = vulnerability_stream(known.id)
            facts = self._engine.facts(unit, stream)
            return _with_escalations(unit, (stream, facts), (make(known, now),), ask.by, now)

        return act(self._engine, VULNERABILITY, ask, said)

    def _every(self, phases: Iterable[Phase]) -> list[Vulnerability]:
        with self._engine.read_unit() as unit:
            return [known for phase in phases for known in VULNERABILITIES.all(unit, phase=phase.value)]

    def _arm(self, by: Actor) -> None:
        """Begin the escalations of open vulnerabilities, and set their wake-ups, by the policies as they are now."""
        for known in self._every((*_OPEN, Phase.DONE)):
            with self._engine.write_unit() as unit:
                stream = vulnerability_stream(known.id)
                facts = tuple(unit.journal.load(stream))
                now = self._engine.now(unit)
                remediation = tuple(unit.journal.load(REMEDIATION_STREAM))
                begun = escalations_begun(facts, remediation)
                if begun:
                    write = Write(stream=stream, expected=facts[-1].version, facts=new_facts(begun, by=by, now=now))
                    key = part_key(f"{REMEDIATION_STREAM} {remediation[-1].version}", stream)
                    facts += unit.journal.append([write], key=key, intent="escalation begins", now=now).facts
                kept = kept_of(self._engine, unit, VULNERABILITY, stream, facts=facts, now=now)
                unit.records.put(kept.rows)
                unit.timers.arm(kept.timers)


def _with_escalations(
    unit: Unit, known: tuple[str, Sequence[Fact[Any]]], bodies: Sequence[Any], by: Actor, now: Instant
) -> Said[Vulnerability]:
    """Answer the bodies, and behind an assessment or a reopening the escalations that begin with it.

    Args:
        known: The stream, and its facts so far.
    """
    if not any(isinstance(body, VulnerabilityAssessed | VulnerabilityReopened) for body in bodies):
        return Said(bodies)
    remediation = tuple(unit.journal.load(REMEDIATION_STREAM))
    begun = escalations_begun(foreseen(*known, bodies, by=by, now=now), remediation)
    version = remediation[-1].version if remediation else 0
    # Policies that are put on record meanwhile would find it not assessed yet.
    return Said((*bodies, *begun), relies=((REMEDIATION_STREAM, version),))


def _known(facts: Sequence[Fact[Any]], at: datetime | None) -> tuple[Fact[Any], ...]:
    return tuple(facts) if at is None else tuple(known_at(facts, at))


def _policies(unit: Unit, at: datetime | None) -> tuple[RemediationPolicy, ...]:
    return fold_policies(_known(unit.journal.load(REMEDIATION_STREAM), at))


def _clocked(_engine: Engine, unit: Unit, facts: Sequence[Fact[Any]], now: Instant, known: Instant | None) -> Clocked:
    remediation = _known(unit.journal.load(REMEDIATION_STREAM), known)
    readings = remediation_clocks(facts, fold_policies(remediation), now)
    record = fold_vulnerability(facts)
    wakes = CorrectionsEscalated(remediation).wakes(facts, now)
    if record is not None and record.accepted_until is not None:
        wakes = (*wakes, (ACCEPTANCE_TIMER, record.accepted_until))
    return Clocked(readings, wakes)


VULNERABILITY: Aggregate[Vulnerability] = Aggregate(
    "vulnerability", "vulnerability", vulnerability_stream, fold_vulnerability, VULNERABILITIES.row, _clocked
)
_POLICIES: Aggregate[tuple[RemediationPolicy, ...]] = Aggregate(
    "remediation policies", "remediation_policies", lambda _id: REMEDIATION_STREAM, fold_policies, lambda _: None
)
