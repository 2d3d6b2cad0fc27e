"""Improvement: one corrective action a breach, or a waiver; nothing closes without proof that it worked.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 4
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, ClassVar

from attrs import frozen

from svcdelivery.errors import IntegrityError, InvalidValueError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.timeline import Instant

__all__ = [
    "ACTION_TABLE",
    "ActionLifecycle",
    "ActionStatus",
    "CorrectiveAction",
    "CorrectiveActionImplemented",
    "CorrectiveActionRaised",
    "CorrectiveActionVerified",
    "CorrectiveActionWaived",
    "action_id",
    "action_stream",
    "fold_action",
    "implement",
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
        trigger: What it is raised for, such as `breach`.
        item: The stream of the work concerned.
        owner: Who shall see to it.
    """

    action: ClassVar[str] = "raise"

    trigger: str
    item: str
    target: str
    owner: str
    summary: str
    breached_at: Instant | None = None


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
    """A corrective action as its facts tell it."""

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


_RAISED_FIELDS = ("trigger", "item", "target", "owner", "summary", "breached_at")


def _apply(fields: dict[str, Any], fact: Fact[Any]) -> None:
    target = ACTION_TABLE.target(fields["status"], fact.body.action)
    if target is None:
        raise IntegrityError(
            problem=f"`{fact.stream}` cannot {fact.body.action} while {fields['status'].value}", position=fact.position
        )
    fields["status"] = target
    match fact.body:
        case CorrectiveActionImplemented(steps=steps):
            fields["steps"] = steps
        case CorrectiveActionVerified(effective=effective, evidence=evidence):
            fields["evidence"] = evidence
            fields["found_ineffective"] = fields.get("found_ineffective", 0) + (not effective)
        case CorrectiveActionWaived(ground=ground):
            fields["ground"], fields["waived_by"] = ground, str(fact.actor)
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


def waive(action: CorrectiveAction, *, ground: str, until: Instant | None = None) -> CorrectiveActionWaived:
    """State why nothing will be done."""
    _judge(action, "waive", ground=ground)
    return CorrectiveActionWaived(ground=ground, until=until)
