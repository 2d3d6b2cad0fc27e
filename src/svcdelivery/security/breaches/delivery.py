"""Rules on delivered services: without a decision, outside the agreement, by the wrong hands, on vulnerable ground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from svcdelivery.facts import Fact
from svcdelivery.security.breaches.finding import BreachFinding, BreachRule
from svcdelivery.security.breaches.seen import Bounded, Seen
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.security.vulnerability.lifecycle import VulnerabilityStatus
from svcdelivery.security.vulnerability.record import Vulnerability, fold_vulnerability, vulnerability_stream
from svcdelivery.security.vulnerability.remediation import RemediationPoliciesSet, due_at, remediation_clocks
from svcdelivery.security.vulnerability.values import Severity
from svcdelivery.timeline import Instant

__all__ = ["Delivery", "DutiesNotSeparate", "OverdueVulnerability"]

_VULNERABILITY = vulnerability_stream("")
_SETTLED = (
    VulnerabilityStatus.NOT_AFFECTED, VulnerabilityStatus.ACCEPTED, VulnerabilityStatus.VERIFIED,
    VulnerabilityStatus.CLOSED,
)  # fmt: skip


class Delivery:
    """R5 and R6: a service delivered without a decision that allowed it, or that the agreement does not approve."""

    def __init__(self, settings: BreachSettings) -> None:
        self._delivering = settings.delivering

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding for a fact that delivers a service."""
        if seen.action not in self._delivering:
            return
        stream, actor = seen.fact.stream, str(seen.fact.actor)
        if seen.behind is None:
            said = f"{actor} did {seen.action} on {stream} with no decision on record that allowed it"
            yield seen.finding(BreachRule.DELIVERY_WITHOUT_DECISION, stream, said)
        if seen.item is None:
            return
        record = seen.replay.agreement(seen.item.agreement)
        revision = record.in_force(seen.fact.occurred_at) if record is not None else None
        service = revision.service(seen.item.service) if revision is not None else None
        if service is None or not service.is_approved(seen.fact.occurred_at):
            said = f"{stream} delivered {seen.item.service}, which {seen.item.agreement} does not approve then"
            yield seen.finding(BreachRule.SERVICE_NOT_AGREED, stream, said)


class DutiesNotSeparate:
    """R7: parts in one item that the rules keep apart turn out to be one person's, in whichever order they came."""

    def __init__(self, _settings: BreachSettings) -> None:
        pass

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding when the fact gives somebody a second part."""
        if not seen.action or seen.item is None:
            return
        person, duties = seen.fact.actor.id, seen.replay.access.rules.by_duty
        had = {part for part, who in seen.item.parts if who == person}
        apart = had & duties.get(seen.action, frozenset())
        apart |= {part for part in had if seen.action in duties.get(part, ())}
        if apart:
            said = f"{person} did {seen.action} on {seen.fact.stream} and was {', '.join(sorted(apart))} in it"
            yield seen.finding(BreachRule.DUTIES_NOT_SEPARATE, seen.fact.stream, said)


class OverdueVulnerability:
    """R14: a service delivered while a critical vulnerability of it is overdue."""

    def __init__(self, settings: BreachSettings) -> None:
        self._settings = settings
        self._policies = settings.policies
        self._facts: Bounded[str, tuple[Fact[Any], ...]] = Bounded(settings.kept_most)
        self._due: dict[str, tuple[Vulnerability, Instant]] = {}
        self._by_service: dict[str, set[str]] = {}

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding for a delivery, or take in what is said of a vulnerability."""
        if isinstance(seen.fact.body, RemediationPoliciesSet):
            self._policies = seen.fact.body.policies
            for stream, facts in list(self._facts.items()):
                self._judge(stream, facts, seen.at)
        elif seen.fact.stream.startswith(_VULNERABILITY):
            self._note(seen.fact)
        elif seen.action in self._settings.delivering and seen.item is not None:
            for stream in sorted(self._by_service.get(seen.item.service, ())):
                known, due = self._due[stream]
                if due < seen.at:
                    said = f"{seen.fact.stream} delivered {seen.item.service} while {known.id} was overdue"
                    yield seen.finding(BreachRule.OVERDUE_VULNERABILITY, f"{seen.item.service} {known.id}", said)

    def _note(self, fact: Fact[Any]) -> None:
        stream = fact.stream
        facts = self._facts.put(stream, (*(self._facts.get(stream) or ()), fact))
        self._judge(stream, facts, fact.occurred_at)

    def _judge(self, stream: str, facts: tuple[Fact[Any], ...], at: Instant) -> None:
        self._forget(stream)
        known = fold_vulnerability(facts)
        if known is None or known.status in _SETTLED or known.assessment is None:
            return
        due = due_at(remediation_clocks(facts, self._policies, at))
        if due is not None and known.assessment.rating in (None, Severity.CRITICAL):
            self._due[stream] = (known, due)
            for service in known.services:
                self._by_service.setdefault(service, set()).add(stream)

    def _forget(self, stream: str) -> None:
        gone = self._due.pop(stream, None)
        for service in gone[0].services if gone is not None else ():
            self._by_service[service].discard(stream)
