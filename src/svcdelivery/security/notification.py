"""Whom to tell of a security incident in which time: owed per agreement, read by the same clocks as every promise.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from svcdelivery.agreement import AgreementRevision, AwareSince, NotificationDuty, ServiceAgreement
from svcdelivery.clock import ClockReading
from svcdelivery.facts import Fact
from svcdelivery.security.incident import (
    PartyNotified,
    SecurityIncidentAssessed,
    SecurityIncidentMoved,
    SecurityIncidentReported,
    fold_security_incident,
)
from svcdelivery.security.timed import TimedDuty, read_duties
from svcdelivery.timeline import Instant, to_instant

__all__ = ["notification_clocks", "notification_name"]


def notification_clocks(
    facts: Iterable[Fact[Any]], agreements: Iterable[ServiceAgreement], now: datetime
) -> tuple[ClockReading, ...]:
    """Answer a clock for each notification duty of the agreements one security incident concerns.

    The duties are those of the revision in force when it was reported. A clock stops when that party was told under
    that agreement; it is cancelled when the incident is dismissed. Readings name the duty as `notification_name` does.

    Args:
        agreements: Those it may concern; others are left aside.
        now: What happened after it is left aside.
    """
    at = to_instant(now)
    happened = [fact for fact in facts if fact.occurred_at <= at]
    record = fold_security_incident(happened)
    if record is None:
        return ()
    owed = [
        _owed(revision, duty)
        for agreement in agreements
        if agreement.id in record.agreements
        for revision in [agreement.at(record.reported_at)]
        if revision is not None
        for duty in revision.notifications
    ]
    return read_duties(owed, list(_signals(happened)), at, subject=f"security incident {record.id}")


def notification_name(agreement: str, duty: str) -> str:
    """Answer how readings name a duty of an agreement."""
    return f"{agreement} {duty}"


def _signals(facts: Iterable[Fact[Any]]) -> Iterator[tuple[Instant, str]]:
    concerned: set[str] = set()
    told: dict[str, None] = {}
    for fact in facts:
        body, at = fact.body, fact.occurred_at
        if isinstance(body, SecurityIncidentReported):
            yield at, AwareSince.REPORTED.value
        if isinstance(body, SecurityIncidentReported | SecurityIncidentAssessed):
            for agreement in sorted(body.agreements - concerned):
                yield at, f"{AwareSince.CONCERNED.value}:{agreement}"
            concerned |= body.agreements
        elif isinstance(body, SecurityIncidentMoved):
            yield at, f"moved:{body.action}"
            # Who was told before a clock began need not be told once more.
            yield from ((at, signal) for signal in told)
        elif isinstance(body, PartyNotified):
            signal = f"notified:{body.agreement} {body.party}"
            told[signal] = None
            yield at, signal


def _owed(revision: AgreementRevision, duty: NotificationDuty) -> TimedDuty:
    starts = {
        AwareSince.REPORTED: AwareSince.REPORTED.value,
        AwareSince.CONCERNED: f"{AwareSince.CONCERNED.value}:{revision.agreement}",
        AwareSince.DECLARED: "moved:declare",
    }
    return TimedDuty(
        name=notification_name(revision.agreement, duty.name),
        goal=duty.within,
        starts=starts[duty.since],
        stops=f"notified:{revision.agreement} {duty.party}",
        hours=revision.service_hours(duty.hours),
        cancelled_by="moved:dismiss",
        clause=f"{duty.clause or duty.name} of {revision.label}",
    )
