"""Improvement: one corrective action a breach, or a waiver; nothing closes without proof that it worked.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 4
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar

from attrs import frozen

from svcdelivery.errors import IntegrityError, InvalidValueError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.timeline import Instant, to_instant

__all__ = [
    "ACTION_TABLE",
    "TRIGGERS",
    "ActionLifecycle",
    "ActionStatus",
    "CorrectiveAction",
    "CorrectiveActionImplemented",
    "CorrectiveActionRaised",
    "CorrectiveActionVerified",
    "CorrectiveActionWaived",
    "Recurrence",
    "action_id",
    "action_stream",
    "fold_action",
    "implement",
    "raise_action",
    "recurrences",
    "verify",
    "waive",
]


class ActionStatus(Status):
    """Where a corrective action stands."""

    RAISED = "raised"
    IMPLEMENTED = "implemented"
    EFFECTIVE = "effective"
    WAIVED = "waived"


_S = ActionStatus


class ActionLifecycle(Lifecycle):
    """What may happen to a corrective action: one that proves ineffective is open again."""

    states = States.from_enum(_S, initial=_S.RAISED, final=[_S.EFFECTIVE, _S.WAIVED])
    phases = {
        _S.RAISED: Phase.ACTIVE,
        _S.IMPLEMENTED: Phase.DONE,
        _S.EFFECTIVE: Phase.CLOSED,
        _S.WAIVED: Phase.CANCELLED,
    }

    implement = states.RAISED.to(states.IMPLEMENTED)
    find_effective = states.IMPLEMENTED.to(states.EFFECTIVE)
    find_ineffective = states.IMPLEMENTED.to(states.RAISED)
    waive = states.RAISED.to(states.WAIVED)


ACTION_TABLE: LifecycleTable[ActionStatus] = compile_lifecycle(ActionLifecycle)


_ID_LENGTH_MOST = 200


def action_id(item: str, target: str, cycle: int = 1) -> str:
    """Answer the id of the action for one breach, always the same for the same breach."""
    named = f"{item}/{target}/{cycle}"
    return named if len(named) <= _ID_LENGTH_MOST else sha256(named.encode()).hexdigest()


def action_stream(id: str) -> str:
    """Answer the name of the stream that holds an action's facts."""
    return f"action:{id}"


@fact_type("improvement.raised/1")
@frozen(kw_only=True)
class CorrectiveActionRaised:
    """Something went against the agreement, and somebody shall see to it that it does not again.

    Attributes:
        trigger: What it is raised for: `breach`, `finding`, `survey`, or `hand` for somebody's own reasons.
        item: The stream of the work concerned.
        owner: Who shall see to it.
        due_at: By when it shall be implemented; None for no time set.
        verify_after: For how long after that it must have shown itself before it is verified.
    """

    action: ClassVar[str] = "raise"

    trigger: str
    item: str
    target: str
    owner: str
    summary: str
    breached_at: Instant | None = None
    due_at: Instant | None = None
    verify_after: timedelta | None = None


@fact_type("improvement.implemented/1")
@frozen(kw_only=True)
class CorrectiveActionImplemented:
    """What was to be done is done; whether it helps is still to be shown."""

    action: ClassVar[str] = "implement"

    steps: str


@fact_type("improvement.verified/1")
@frozen(kw_only=True)
class CorrectiveActionVerified:
    """It was shown whether the action helps; one that does not is open again."""

    effective: bool
    evidence: str

    @property
    def action(self) -> str:
        """The lifecycle's name for the finding."""
        return "find_effective" if self.effective else "find_ineffective"


@fact_type("improvement.waived/1")
@frozen(kw_only=True)
class CorrectiveActionWaived:
    """Nothing will be done about this breach, and somebody answers for that.

    Attributes:
        until: When the waiver ends, None for good.
    """

    action: ClassVar[str] = "waive"

    ground: str
    until: Instant | None = None


@frozen(kw_only=True)
class CorrectiveAction:
    """A corrective action as its facts tell it.

    Attributes:
        implemented_at: When it was last implemented, None while it is not.
        waived_until: When its waiver ends, None for good.
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
        body = fact.body
        if not fields:
            if not isinstance(body, CorrectiveActionRaised):
                raise IntegrityError(problem=f"`{fact.stream}` does not begin with its raising", position=fact.position)
            fields = {name: getattr(body, name) for name in _RAISED_FIELDS}
            fields.update(id=fact.stream.partition(":")[2], status=_S.RAISED, raised_at=fact.occurred_at)
        else:
            _apply(fields, fact)
        fields["version"] = fact.version
    return CorrectiveAction(**fields) if fields else None


_RAISED_FIELDS = ("trigger", "item", "target", "owner", "summary", "breached_at", "due_at", "verify_after")


def _apply(fields: dict[str, Any], fact: Fact[Any]) -> None:
    target = ACTION_TABLE.target(fields["status"], fact.body.action)
    if target is None:
        raise IntegrityError(
            problem=f"`{fact.stream}` cannot {fact.body.action} while {fields['status'].value}", position=fact.position
        )
    fields["status"] = target
    match fact.body:
        case CorrectiveActionImplemented(steps=steps):
            fields["steps"], fields["implemented_at"] = steps, fact.occurred_at
        case CorrectiveActionVerified(effective=effective, evidence=evidence):
            fields["evidence"], fields["verified_at"] = evidence, fact.occurred_at
            fields["found_ineffective"] = fields.get("found_ineffective", 0) + (not effective)
        case CorrectiveActionWaived(ground=ground, until=until):
            fields["ground"], fields["waived_by"], fields["waived_until"] = ground, str(fact.actor), until
        case _:  # only the moves above carry more than their status
            pass


def _judge(action: CorrectiveAction, move: str, **said: str) -> None:
    for name, text in said.items():
        if not text.strip():
            raise InvalidValueError(what="a statement", value=text, path=name, hint="say it in words")
    ACTION_TABLE.require(f"corrective action {action.id}", action.status, move)


def implement(action: CorrectiveAction, *, steps: str) -> CorrectiveActionImplemented:
    """State what was done."""
    _judge(action, "implement", steps=steps)
    return CorrectiveActionImplemented(steps=steps)


def verify(action: CorrectiveAction, *, effective: bool, evidence: str) -> CorrectiveActionVerified:
    """State whether it helped, and what shows that."""
    body = CorrectiveActionVerified(effective=effective, evidence=evidence)
    _judge(action, body.action, evidence=evidence)
    return body


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
    """
    if trigger not in TRIGGERS:
        raise InvalidValueError(what="a trigger", value=trigger, path="trigger", hint=", ".join(TRIGGERS))
    if not summary.strip():
        raise InvalidValueError(what="a statement", value=summary, path="summary", hint="say it in words")
    return CorrectiveActionRaised(
        trigger=trigger,
        item=item,
        target=target,
        owner=owner,
        summary=summary,
        due_at=None if due_at is None else to_instant(due_at),
        verify_after=verify_after,
    )


@frozen
class Recurrence:
    """What an action was to prevent came about again after it was found to help.

    Attributes:
        action: The action that did not.
        again: Those raised for the same since, in their order.
    """

    action: CorrectiveAction
    again: tuple[CorrectiveAction, ...]


def recurrences(actions: Iterable[CorrectiveAction]) -> tuple[Recurrence, ...]:
    """Answer which actions found effective were followed by others for the same target and trigger, over the whole log.

    An action tells again of its own breach when it is reopened; only other actions raised after the verification count.
    """
    ordered = sorted(actions, key=lambda action: (action.raised_at, action.id))
    found = []
    for action in ordered:
        if action.status is not _S.EFFECTIVE or action.verified_at is None:
            continue
        again = tuple(
            other
            for other in ordered
            if (other.target, other.trigger) == (action.target, action.trigger)
            and other.id != action.id
            and other.raised_at > action.verified_at
        )
        if again:
            found.append(Recurrence(action, again))
    return tuple(found)


def waive(action: CorrectiveAction, *, ground: str, until: Instant | None = None) -> CorrectiveActionWaived:
    """State why nothing will be done."""
    _judge(action, "waive", ground=ground)
    return CorrectiveActionWaived(ground=ground, until=until)
