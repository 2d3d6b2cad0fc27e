"""Corrections of vulnerabilities as the desk escalates them: by which policies, and whom that concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from svcdelivery.desk.command.timers import timer_name
from svcdelivery.desk.work.escalating import ESCALATION, Concern, wake_ups
from svcdelivery.escalation import Running
from svcdelivery.escalation.notices import Concerned
from svcdelivery.facts import Fact
from svcdelivery.security.vulnerability import (
    REMEDIATION_STREAM,
    VulnerabilityFixStarted,
    corrections_escalated,
    fold_vulnerability,
)
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant

__all__ = ["CorrectionsEscalated"]


@frozen
class CorrectionsEscalated:
    """A vulnerability under the remediation policies on record."""

    remediation: tuple[Fact[Any], ...]

    @classmethod
    def of(cls, unit: Unit) -> CorrectionsEscalated:
        """Answer how vulnerabilities are escalated by what is on record."""
        return cls(tuple(unit.journal.load(REMEDIATION_STREAM)))

    def running(self, facts: Sequence[Fact[Any]]) -> tuple[Running, ...]:
        """Answer the escalations that watch over its correction."""
        return corrections_escalated(facts, self.remediation)

    def wakes(self, facts: Sequence[Fact[Any]], now: Instant) -> tuple[tuple[str, Instant], ...]:
        """Answer when they are to be looked at next, by the names of the wake-ups."""
        found = wake_ups(self.running(facts), now)
        return tuple((timer_name(ESCALATION, policy), at) for policy, at in found.items())

    def concern(self, facts: Sequence[Fact[Any]]) -> Concern:
        """Answer whom the vulnerability concerns: who is to correct it, and the services it may affect."""
        known = fold_vulnerability(facts)
        assert known is not None, "only what was detected is escalated"
        began = [fact.actor for fact in facts if isinstance(fact.body, VulnerabilityFixStarted)]
        rating = None if known.assessment is None else known.assessment.rating
        services = ", ".join(sorted(known.services))
        values = {
            "item": facts[0].stream.replace(":", " ", 1),
            "summary": known.title,
            "customer": services,
            "service": services,
            "requester": "",
            "priority": "no rating" if rating is None else rating.value,
            "status": known.status.value,
            "owner": known.owner or "nobody",
        }
        concerned = Concerned(assignee=known.owner or None, acknowledger=began[-1].id if began else None)
        return Concern(concerned=concerned, service=services, values=values)
