"""Commands on a corrective action: each answers the fact, or refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import in_words
from svcdelivery.identity import identifier
from svcdelivery.improvement.facts import (
    CorrectiveActionImplemented,
    CorrectiveActionOverdue,
    CorrectiveActionPlanned,
    CorrectiveActionRaised,
    CorrectiveActionVerified,
    CorrectiveActionWaived,
    WaiverEnded,
)
from svcdelivery.improvement.lifecycle import ACTION_TABLE, ActionStatus
from svcdelivery.improvement.record import CorrectiveAction
from svcdelivery.timeline import format_duration, format_instant, to_instant

__all__ = ["TRIGGERS", "end_waiver", "implement", "note_overdue", "plan", "raise_action", "verify", "waive"]

TRIGGERS = ("breach", "finding", "survey", "hand")
"""What a corrective action may be raised for."""


def raise_action(
    *,
    trigger: str,
    item: str,
    target: str,
    owner: str,
    summary: str,
    due_at: datetime | None = None,
    verify_after: timedelta | None = None,
) -> CorrectiveActionRaised:
    """State what shall not come about again, and who sees to it.

    Raises:
        InvalidValueError: Another trigger, or no word about what it is.
        InvalidDurationError: A negative time to show itself.
    """
    if trigger not in TRIGGERS:
        raise InvalidValueError(what="a trigger", value=trigger, path="trigger", hint=", ".join(TRIGGERS))
    in_words(summary, "summary")
    return CorrectiveActionRaised(
        trigger=trigger,
        item=item,
        target=target,
        owner=identifier(owner, "an owner"),
        summary=summary,
        due_at=None if due_at is None else to_instant(due_at),
        verify_after=_length(verify_after),
    )


def plan(
    action: CorrectiveAction,
    *,
    owner: str | None = None,
    due_at: datetime | None = None,
    verify_after: timedelta | None = None,
    note: str = "",
    now: datetime,
) -> CorrectiveActionPlanned:
    """State who sees to it, by when, and how long it must show itself; what is not given stays.

    Raises:
        InvalidValueError: A time that is over.
    """
    _judge(action, "plan")
    if due_at is not None and to_instant(due_at) <= to_instant(now):
        raise InvalidValueError(
            what="an instant to come", value=format_instant(to_instant(due_at)), path="due_at", hint="after now"
        )
    return CorrectiveActionPlanned(
        owner=action.owner if owner is None else identifier(owner, "an owner"),
        due_at=action.due_at if due_at is None else to_instant(due_at),
        verify_after=action.verify_after if verify_after is None else _length(verify_after),
        note=note or action.plan,
    )


def implement(action: CorrectiveAction, *, steps: str) -> CorrectiveActionImplemented:
    """State what was done."""
    in_words(steps, "steps")
    _judge(action, "implement")
    return CorrectiveActionImplemented(steps=steps)


def verify(action: CorrectiveAction, *, effective: bool, evidence: str, now: datetime) -> CorrectiveActionVerified:
    """State whether it helped, and what shows that.

    Raises:
        TransitionRefusedError: It is not implemented, or was too short a time ago to be found effective; that it did
            not help may show at once.
    """
    in_words(evidence, "evidence")
    body = CorrectiveActionVerified(effective=effective, evidence=evidence)
    from_ = action.verify_from()
    _judge(action, body.action, shown_long_enough=from_ is not None and to_instant(now) >= from_)
    return body


def waive(
    action: CorrectiveAction, *, ground: str, until: datetime | None = None, now: datetime
) -> CorrectiveActionWaived:
    """State why nothing will be done, for good or until an instant.

    Raises:
        InvalidValueError: No ground, or an end that is over.
    """
    in_words(ground, "ground")
    _judge(action, "waive")
    end = None if until is None else to_instant(until)
    if end is not None and end <= to_instant(now):
        raise InvalidValueError(what="an instant to come", value=format_instant(end), path="until", hint="after now")
    return CorrectiveActionWaived(ground=ground, until=end)


def end_waiver(action: CorrectiveAction, *, now: datetime) -> WaiverEnded | None:
    """Answer that the waiver is over, None while it holds or where there is none."""
    if action.status is not ActionStatus.WAIVED or action.is_waived(to_instant(now)):
        return None
    return WaiverEnded()


def note_overdue(action: CorrectiveAction, *, now: datetime) -> CorrectiveActionOverdue | None:
    """Answer that it should have been implemented by now, None where it should not, or that is known."""
    if action.due_at is None or not action.is_overdue(to_instant(now)) or action.overdue_since == action.due_at:
        return None
    return CorrectiveActionOverdue(due_at=action.due_at)


def _judge(action: CorrectiveAction, move: str, **guards: bool) -> None:
    ACTION_TABLE.require(f"corrective action {action.id}", action.status, move, lambda name: guards.get(name, False))


def _length(verify_after: timedelta | None) -> timedelta | None:
    if verify_after is not None and verify_after < timedelta(0):
        raise InvalidDurationError(value=format_duration(verify_after), path="verify_after", problem="it is negative")
    return verify_after
