"""Status communication: when the requester must next be told the status, until the work is closed.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 8
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRevision
from svcdelivery.errors import NotCoveredError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import Instant
from svcdelivery.work import trace_of

__all__ = [
    "StatusUpdateDue",
    "StatusUpdateMissed",
    "StatusUpdatesEnded",
    "latest_obligation",
    "next_update_due",
]

_OVER = (Phase.CLOSED, Phase.CANCELLED)


@fact_type("communication.update_due/1")
@frozen
class StatusUpdateDue:
    """The requester must be told the status by this instant."""

    due_at: Instant


@fact_type("communication.update_missed/1")
@frozen
class StatusUpdateMissed:
    """An update was due and did not come; the owner is told, the requester gets no empty message."""

    due_at: Instant


@fact_type("communication.updates_ended/1")
@frozen
class StatusUpdatesEnded:
    """Nothing more is owed: the work is closed, cancelled or rejected."""


def next_update_due(revision: AgreementRevision, facts: Sequence[Fact[Any]]) -> Instant | None:
    """Answer when the next status update is due, None when none is owed.

    The time runs from the receipt or, if later, the last message of staff to the requester. It is owed on while the
    work is done but not closed. A message that comes late counts from when it came. Beyond the dates that the duty's
    hours cover, it is counted round the clock.
    """
    trace = trace_of(facts)
    if trace is None:
        return None
    steps = trace.steps
    last = steps[-1]
    if last.phase in _OVER:
        return None
    duty = revision.update_duty(kind=trace.kind.name, service=last.service, priority=last.priority)
    if duty is None:
        return None
    since = next((step.at for step in reversed(steps) if "staff_message" in step.signals), steps[0].at)
    hours = revision.service_hours(duty.hours)
    if hours is not None:
        try:
            return hours.add(since, duty.every)
        except NotCoveredError:
            # Clocks tell that the closed dates have run out; the requester is told the status rather early than never.
            pass
    return datetime.__add__(since, duty.every)


def latest_obligation(facts: Sequence[Fact[Any]]) -> StatusUpdateDue | None:
    """Answer the obligation that stands, None when it was missed, ended or never arose."""
    for fact in reversed(facts):
        if isinstance(fact.body, StatusUpdateDue):
            return fact.body
        if isinstance(fact.body, StatusUpdateMissed | StatusUpdatesEnded):
            return None
    return None
