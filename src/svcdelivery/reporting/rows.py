"""The rows of work products 1, 4 and 5: deliveries, corrective actions and satisfaction.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work products 1, 4 and 5
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from svcdelivery.improvement import CorrectiveAction
from svcdelivery.reporting.breaches import Breach
from svcdelivery.reporting.items import ReportItem, delivered_by
from svcdelivery.satisfaction import Survey
from svcdelivery.schedule import ServiceDelivered
from svcdelivery.timeline import Instant

__all__ = [
    "ACTION_COLUMNS",
    "DELIVERY_COLUMNS",
    "SURVEY_COLUMNS",
    "action_row",
    "breach_row",
    "continuous_row",
    "continuous_survey_row",
    "delivery_row",
    "survey_row",
]

DELIVERY_COLUMNS = (
    "kind", "id", "customer", "service", "requester", "summary", "priority", "received_at", "delivered_at", "closed_at",
    "status", "delivered_by", "team", "times_reopened", "agreement", "revision", "revision_basis", "targets", "clauses",
    "verdicts", "record", "order",
)  # fmt: skip

ACTION_COLUMNS = (
    "kind", "id", "customer", "service", "priority", "agreement", "revision", "target", "measure", "clause", "due_at",
    "stopped_at", "overdue", "response", "exempted_by", "action", "action_status", "owner", "raised_at", "steps",
    "evidence", "times_found_ineffective", "waiver_ground", "waived_by", "waived_until", "implement_by",
    "overdue_since",
)  # fmt: skip

SURVEY_COLUMNS = (
    "kind", "id", "customer", "service", "agreement", "invitation", "requester", "delivered_at", "invited_at",
    "invited_after", "expires_at", "status", "score", "scale", "comment", "answered_at",
)  # fmt: skip


def _basis(item: ReportItem) -> str:
    if item.terms is None:
        return ""
    if item.work.revision is None:
        return "in force at receipt"
    return "pinned" if item.terms.number == item.work.revision else "amended"


def delivery_row(item: ReportItem) -> Iterable[Any]:
    """Answer the row of a delivered item: its last delivery, and how often it was reopened before."""
    work = item.work
    basis = _basis(item)
    return (
        item.kind.name,
        work.id,
        work.customer,
        work.service,
        work.requester,
        work.summary,
        work.priority,
        work.received_at,
        item.delivered_at,
        work.closed_at,
        work.status.value,
        delivered_by(item),
        work.team,
        work.reopened,
        work.agreement,
        None if item.terms is None else item.terms.number,
        basis,
        "; ".join([reading.target for reading in item.readings]),
        "; ".join([reading.clause for reading in item.readings]),
        "; ".join([reading.verdict.value for reading in item.readings]) or f"not judged: {item.unjudged}",
        "observed" if work.observed else "recorded",
        getattr(work, "order", ""),
    )


def breach_row(breach: Breach) -> Iterable[Any]:
    """Answer the row of a breached clock with what was done about it."""
    item, reading = breach.item, breach.reading
    return (
        item.kind.name,
        item.work.id,
        item.work.customer,
        item.work.service,
        item.work.priority,
        item.work.agreement,
        None if item.terms is None else item.terms.number,
        reading.target,
        reading.measure,
        reading.clause,
        reading.due_at,
        reading.stopped_at,
        reading.overdue,
        breach.response,
        reading.exempted_by,
        *_action(breach.action),
    )


def action_row(action: CorrectiveAction) -> Iterable[Any]:
    """Answer the row of an action no breached clock was found for."""
    kind, _, id = action.item.partition(":")
    unknown = (None,) * 5
    return (
        kind, id, *unknown, action.target, None, None, action.breached_at, None, None, "action without breach", None,
        *_action(action),
    )  # fmt: skip


def _action(action: CorrectiveAction | None) -> tuple[Any, ...]:
    if action is None:
        return (None,) * 12
    return (
        action.id,
        action.status.value,
        action.owner,
        action.raised_at,
        action.steps,
        action.evidence,
        action.found_ineffective,
        action.ground,
        action.waived_by,
        action.waived_until,
        action.due_at,
        action.overdue_since,
    )


def survey_row(item: ReportItem, number: int, survey: Survey, now: Instant) -> Iterable[Any]:
    """Answer the row of an item's invitation of that number; the token that opens the survey is left out."""
    return (
        item.kind.name,
        item.work.id,
        item.work.customer,
        item.work.service,
        item.work.agreement,
        number,
        *_invited(survey, now),
    )


def continuous_row(delivered: ServiceDelivered) -> Iterable[Any]:
    """Answer the row of one period over which a continuous service was delivered."""
    return (
        "continuous",
        f"{delivered.agreement}/{delivered.duty}/{delivered.period}",
        delivered.customer,
        delivered.service,
        delivered.requester,
        f"{delivered.duty} {delivered.period}",
        None,
        delivered.since,
        delivered.until,
        None,
        "delivered",
        None,
        None,
        0,
        delivered.agreement,
        delivered.revision,
        "in force until then",
        "",
        "",
        "not judged: delivered by the period",
        "recorded",
        None,
    )


def continuous_survey_row(last: ServiceDelivered, number: int, survey: Survey, now: Instant) -> Iterable[Any]:
    """Answer the row of the invitation of that number about a continuous service."""
    return (
        "continuous",
        f"{last.agreement}/{last.duty}",
        last.customer,
        last.service,
        last.agreement,
        number,
        *_invited(survey, now),
    )


def _invited(survey: Survey, now: Instant) -> tuple[Any, ...]:
    return (
        survey.requester,
        None if survey.latency is None else datetime.__sub__(survey.invited_at, survey.latency),
        survey.invited_at,
        survey.latency,
        survey.expires_at,
        survey.status(now),
        survey.score,
        survey.scale,
        survey.comment,
        survey.answered_at,
    )
