"""Security of a report: what the breach watch found, vulnerabilities against what is due, and who is to be told.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from svcdelivery.clock import ClockReading, Verdict
from svcdelivery.lifecycle import Phase
from svcdelivery.reporting.definitions import (
    FINDINGS,
    GRANTS_TO_REVIEW,
    PARTIES_TOLD,
    REVIEWS_OWED,
    SECURITY_INCIDENTS_OPEN,
    VULNERABILITIES_OPEN,
    VULNERABILITIES_OVERDUE,
)
from svcdelivery.reporting.figures import Figure, count
from svcdelivery.reporting.items import Agreements
from svcdelivery.security import (
    ACCESS_STREAM,
    SECURITY_STREAM,
    Access,
    AccessFinding,
    fold_access,
    fold_uses,
    review_access,
    reviews_due,
)
from svcdelivery.security.breaches import BREACHES_STREAM, BreachFinding, FindingRaised
from svcdelivery.security.incident import (
    SECURITY_INCIDENT_TABLE,
    SecurityIncident,
    fold_security_incident,
    security_incident_stream,
)
from svcdelivery.security.notification import notification_clocks
from svcdelivery.security.vulnerability import (
    REMEDIATION_STREAM,
    VULNERABILITY_TABLE,
    Vulnerability,
    due_at,
    fold_policies,
    fold_vulnerability,
    remediation_clocks,
    vulnerability_stream,
)
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant, format_instant

__all__ = ["OpenVulnerability", "SecurityFigures", "SecurityRecord", "security_as_of", "security_figures"]

_OVER = ("entitlement_revoked", "entitlement_expired")
_OPEN = (Phase.NEW, Phase.ACTIVE, Phase.HELD)


@frozen
class OpenVulnerability:
    """A vulnerability that is neither corrected nor shown not to affect, and by when it must be; None for no day."""

    record: Vulnerability
    due_at: Instant | None
    is_overdue: bool


@frozen(kw_only=True)
class SecurityRecord:
    """What a store says of security at an instant.

    Attributes:
        vulnerabilities: The open ones, by what is due first, those without a day last.
        recorded: How many vulnerabilities there are, open or not.
        incidents: Every security incident with the clocks of those who are to be told, by id.
        reviews_owed: Uses of broken glass nobody has reviewed.
        access_review: What a reviewer of grants should look at, as far as the record alone can say: who has left, and
            who may deliver what, the directory knows.
        grants: How many grants are neither revoked nor over.
    """

    vulnerabilities: tuple[OpenVulnerability, ...] = ()
    recorded: int = 0
    incidents: tuple[tuple[SecurityIncident, tuple[ClockReading, ...]], ...] = ()
    findings: tuple[BreachFinding, ...] = ()
    reviews_owed: int = 0
    access_review: tuple[AccessFinding, ...] = ()
    grants: int = 0


@frozen(kw_only=True)
class SecurityFigures:
    """What it adds up to.

    Attributes:
        counts: Open and overdue vulnerabilities, findings, open security incidents, parties told, reviews owed, grants
            to review.
        rules: Findings by rule.
        vulnerabilities: The open ones, by what is due first.
        incidents: Those still open, with the duties that are late.
        access_review: What is to be looked at of which grant.
    """

    counts: tuple[Figure, ...]
    rules: tuple[tuple[str, int], ...]
    vulnerabilities: tuple[OpenVulnerability, ...]
    incidents: tuple[tuple[SecurityIncident, int], ...]
    access_review: tuple[AccessFinding, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not any(figure.value for figure in self.counts)

    def to_data(self) -> dict[str, Any]:
        """Answer the figures for JSON."""
        return {
            "counts": [figure.to_data() for figure in self.counts],
            "findings_by_rule": dict(self.rules),
            "open_vulnerabilities": [
                {
                    "id": one.record.id,
                    "title": one.record.title,
                    "status": one.record.status.value,
                    "services": sorted(one.record.services),
                    "owner": one.record.owner,
                    "due_at": None if one.due_at is None else format_instant(one.due_at),
                    "overdue": one.is_overdue,
                }
                for one in self.vulnerabilities
            ],
            "open_security_incidents": [
                {"id": one.id, "summary": one.summary, "status": one.status.value, "told_late": late}
                for one, late in self.incidents
            ],
            "access_review": [
                {"kind": one.kind.value, "grant": one.subject, "message": one.message} for one in self.access_review
            ],
        }


def security_as_of(unit: Unit, now: Instant, *, streams: Iterable[str], agreements: Agreements) -> SecurityRecord:
    """Answer what a store says of security at the instant of the report.

    Args:
        streams: The names of all streams of the journal.
    """

    def facts(stream: str) -> list[Any]:
        return [fact for fact in unit.journal.load(stream) if fact.occurred_at <= now]

    named = sorted(streams)
    policies = fold_policies(facts(REMEDIATION_STREAM))
    found: list[OpenVulnerability] = []
    incidents: list[tuple[SecurityIncident, tuple[ClockReading, ...]]] = []
    recorded = 0
    for stream in named:
        if stream.startswith(vulnerability_stream("")):
            told = facts(stream)
            known = fold_vulnerability(told)
            recorded += known is not None
            if known is not None and VULNERABILITY_TABLE.phase(known.status) in _OPEN:
                due = due_at(remediation_clocks(told, policies, now))
                found.append(OpenVulnerability(known, due, due is not None and due < now))
        elif stream.startswith(security_incident_stream("")):
            told = facts(stream)
            incident = fold_security_incident(told)
            if incident is not None:
                records = (agreements.get(id) for id in sorted(incident.agreements))
                terms = [record.agreement for record in records if record is not None]
                incidents.append((incident, notification_clocks(told, terms, now)))
    raised = [fact.body.finding for fact in facts(BREACHES_STREAM) if isinstance(fact.body, FindingRaised)]
    access, uses = fold_access(facts(ACCESS_STREAM)), fold_uses(facts(SECURITY_STREAM))
    holding = [grant for grant in access.grants if grant.failing(now) not in _OVER]
    return SecurityRecord(
        vulnerabilities=tuple(sorted(found, key=lambda one: (one.due_at is None, one.due_at or now, one.record.id))),
        recorded=recorded,
        incidents=tuple(incidents),
        findings=tuple(raised),
        reviews_owed=len(reviews_due(uses, access)),
        access_review=_reviewed(access, agreements, uses.last, now),
        grants=len(holding),
    )


def _reviewed(
    access: Access, agreements: Agreements, last: Mapping[str, Instant], now: Instant
) -> tuple[AccessFinding, ...]:
    records = (agreements.get(id) for id in sorted({grant.agreement for grant in access.grants}))
    known = [record for record in records if record is not None]
    return review_access(access, at=now, agreements=known, people=None, uses=last)


def security_figures(record: SecurityRecord) -> SecurityFigures:
    """Answer the figures of security."""
    readings = [reading for _, clocks in record.incidents for reading in clocks]
    judged = [one for one in readings if one.verdict in (Verdict.MET, Verdict.BREACHED)]
    open_ones = [
        (one, sum(reading.verdict is Verdict.BREACHED for reading in clocks))
        for one, clocks in record.incidents
        if SECURITY_INCIDENT_TABLE.phase(one.status) in _OPEN
    ]
    vulnerabilities, rules = record.vulnerabilities, Counter(one.rule.value for one in record.findings)
    met = sum(one.verdict is Verdict.MET for one in judged)
    overdue = sum(one.is_overdue for one in vulnerabilities)
    to_review = {one.subject for one in record.access_review}
    return SecurityFigures(
        counts=(
            count("open vulnerabilities", len(vulnerabilities), record.recorded, of=VULNERABILITIES_OPEN),
            count("overdue vulnerabilities", overdue, len(vulnerabilities), of=VULNERABILITIES_OVERDUE),
            count("findings", len(record.findings), len(record.findings), of=FINDINGS),
            count("open security incidents", len(open_ones), len(record.incidents), of=SECURITY_INCIDENTS_OPEN),
            count("parties told in time", met, len(judged), of=PARTIES_TOLD),
            count("reviews owed", record.reviews_owed, record.reviews_owed, of=REVIEWS_OWED),
            count("grants to review", len(to_review), record.grants, of=GRANTS_TO_REVIEW),
        ),
        rules=tuple(sorted(rules.items(), key=lambda one: int(one[0][1:]))),
        vulnerabilities=vulnerabilities,
        incidents=tuple(open_ones),
        access_review=record.access_review,
    )
