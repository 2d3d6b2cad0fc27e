"""A corrective action as its facts tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from attrs import field, frozen

from svcdelivery.facts import LEFT_OUT, Fact, opening
from svcdelivery.improvement.facts import (
    CorrectiveActionImplemented,
    CorrectiveActionOverdue,
    CorrectiveActionPlanned,
    CorrectiveActionRaised,
    CorrectiveActionVerified,
    CorrectiveActionWaived,
)
from svcdelivery.improvement.lifecycle import ACTION_TABLE, ActionStatus
from svcdelivery.timeline import Instant, to_instant

__all__ = ["CorrectiveAction", "action_id", "action_stream", "fold_action"]

_S = ActionStatus


_ID_LENGTH_MOST = 200


def action_id(item: str, target: str, cycle: int = 1) -> str:
    """Answer the id of the action for one breach, always the same for the same breach."""
    named = f"{item}/{target}/{cycle}"
    return named if len(named) <= _ID_LENGTH_MOST else sha256(named.encode()).hexdigest()


def action_stream(id: str) -> str:
    """Answer the name of the stream that holds an action's facts."""
    return f"action:{id}"


@frozen(kw_only=True)
class CorrectiveAction:
    """A corrective action as its facts tell it.

    Attributes:
        implemented_at: When it was last implemented, None while it is not.
        waived_until: When its waiver ends, None for good.
        plan: What is to be done.
        overdue_since: Since when it is overdue as was noticed; None while nobody noticed, or it is not.
    """

    id: str
    version: int
    status: ActionStatus
    trigger: str
    item: str
    target: str
    owner: str
    summary: str
    raised_at: Instant
    breached_at: Instant | None = None
    steps: str = ""
    evidence: str = ""
    ground: str = ""
    waived_by: str = ""
    found_ineffective: int = 0
    due_at: Instant | None = None
    verify_after: timedelta | None = None
    implemented_at: Instant | None = None
    verified_at: Instant | None = None
    waived_until: Instant | None = None
    plan: str = field(default="", metadata=LEFT_OUT)
    overdue_since: Instant | None = field(default=None, metadata=LEFT_OUT)

    def is_overdue(self, at: datetime) -> bool:
        """Answer whether it should have been implemented by now; one found ineffective is open, and may be."""
        return self.status is _S.RAISED and self.due_at is not None and at > self.due_at

    def verify_from(self) -> Instant | None:
        """Answer from when on it can be said whether it helps; None while it is not implemented."""
        if self.status is not _S.IMPLEMENTED or self.implemented_at is None:
            return None
        return to_instant(datetime.__add__(self.implemented_at, self.verify_after or timedelta(0)))

    def is_waived(self, at: datetime) -> bool:
        """Answer whether somebody answers for it that nothing is done; a waiver that has ended no longer counts."""
        return self.status is _S.WAIVED and (self.waived_until is None or at < self.waived_until)


def fold_action(facts: Iterable[Fact[Any]]) -> CorrectiveAction | None:
    """Answer the action its facts tell, None for no facts.

    Raises:
        IntegrityError: The facts do not begin with its raising, or a move is not one the lifecycle has.
    """
    fields: dict[str, Any] = {}
    for fact in facts:
        if not fields:
            body = opening(fact, CorrectiveActionRaised, "its raising")
            fields = {name: getattr(body, name) for name in _RAISED_FIELDS}
            fields.update(id=fact.stream_id, status=_S.RAISED, raised_at=fact.occurred_at)
        else:
            _apply(fields, fact)
        fields["version"] = fact.version
    return CorrectiveAction(**fields) if fields else None


_RAISED_FIELDS = ("trigger", "item", "target", "owner", "summary", "breached_at", "due_at", "verify_after")


def _apply(fields: dict[str, Any], fact: Fact[Any]) -> None:
    if isinstance(fact.body, CorrectiveActionOverdue):
        fields["overdue_since"] = fact.body.due_at
        return
    target = ACTION_TABLE.followed(fields["status"], fact.body.action, fact)
    fields["status"], fields["overdue_since"] = target, None
    match fact.body:
        case CorrectiveActionPlanned() as body:
            fields.update(owner=body.owner, due_at=body.due_at, verify_after=body.verify_after, plan=body.note)
        case CorrectiveActionImplemented(steps=steps):
            fields["steps"], fields["implemented_at"] = steps, fact.occurred_at
        case CorrectiveActionVerified(effective=effective, evidence=evidence):
            fields["evidence"], fields["verified_at"] = evidence, fact.occurred_at
            fields["found_ineffective"] = fields.get("found_ineffective", 0) + (not effective)
        case CorrectiveActionWaived(ground=ground, until=until):
            fields["ground"], fields["waived_by"], fields["waived_until"] = ground, str(fact.actor), until
        case _:  # only the moves above carry more than their status
            pass
