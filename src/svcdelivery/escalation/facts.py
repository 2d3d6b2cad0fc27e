"""What happens in an escalation, in the past tense; what occurred before it was recorded counts from then."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.facts import fact_type
from svcdelivery.timeline import Instant, to_instant

__all__ = [
    "Acknowledged",
    "AcknowledgementConfirmed",
    "Disposition",
    "EscalatedByHand",
    "EscalationEnded",
    "EscalationFired",
    "EscalationStarted",
    "LevelChosen",
    "MaintenanceBegan",
    "MaintenanceEnded",
    "PolicyReplaced",
    "Replacing",
    "Snoozed",
    "TargetsResolved",
    "LetGo",
]


class Disposition(Enum):
    """What is to be done with a firing.

    Sent, on time or late; not sent, since the reason for it has ended before anybody looked; not sent, since a higher
    level was due as well.
    """

    ON_TIME = "on_time"
    LATE = "late"
    STALE = "stale"
    COALESCED = "coalesced"


class Replacing(Enum):
    """What becomes of a running escalation whose policy is replaced.

    It keeps its level, whose wait is measured anew; or it starts at the first level of the new policy.
    """

    CARRY = "carry"
    RESTART = "restart"


@fact_type("escalation.started/1")
@frozen(kw_only=True)
class EscalationStarted:
    """A policy began to watch over the work; its terms are those of that revision, whatever is agreed later.

    Attributes:
        digest: The SHA-256 of the policy's terms.
    """

    policy: str
    agreement: str
    revision: int
    digest: str


@fact_type("escalation.ended/1")
@frozen
class EscalationEnded:
    """A policy watches over the work no longer, since that has left its scope; it may begin again."""

    policy: str


@fact_type("escalation.policy_replaced/1")
@frozen(kw_only=True)
class PolicyReplaced:
    """Somebody put another policy, or other terms of it, in the place of the one that ran.

    Attributes:
        policy: The one that ran.
        replacement: The one that runs from here on, of that revision of that agreement.
    """

    policy: str
    replacement: str
    agreement: str
    revision: int
    digest: str
    how: Replacing
    ground: str = ""


@fact_type("escalation.acknowledged/1")
@frozen(kw_only=True)
class Acknowledged:
    """Somebody took the work on."""

    note: str = ""


@fact_type("escalation.confirmed/1")
@frozen(kw_only=True)
class AcknowledgementConfirmed:
    """Whoever took the work on is still on it."""

    note: str = ""


@fact_type("escalation.unacknowledged/1")
@frozen(kw_only=True)
class LetGo:
    """Whoever took the work on let go of it."""

    ground: str = ""


@fact_type("escalation.snoozed/1")
@frozen(kw_only=True)
class Snoozed:
    """Nobody is to be told until then; a later one takes its place, and one that is over already ends it."""

    until: Instant = field(converter=to_instant)
    ground: str = ""


@fact_type("escalation.maintenance_began/1")
@frozen(kw_only=True)
class MaintenanceBegan:
    """What the work is about is being maintained: until then, or until that is ended."""

    until: Instant | None = field(default=None, converter=optional(to_instant))
    ground: str = ""


@fact_type("escalation.maintenance_ended/1")
@frozen(kw_only=True)
class MaintenanceEnded:
    """The maintenance is over, on time or not."""


@fact_type("escalation.escalated/1")
@frozen(kw_only=True)
class EscalatedByHand:
    """Somebody asked for the next level at once. It ends an acknowledgement and a snooze."""

    policy: str
    ground: str = ""


@fact_type("escalation.level_chosen/1")
@frozen(kw_only=True)
class LevelChosen:
    """Somebody asked for a level at once, the first being 0. It ends an acknowledgement and a snooze."""

    policy: str
    level: int
    ground: str = ""


@fact_type("escalation.fired/1")
@frozen(kw_only=True)
class EscalationFired:
    """A firing was taken up: sent, or put aside for the reason its disposition says. At most once a key."""

    key: str
    policy: str
    due_at: Instant
    disposition: Disposition
    reason: str


@fact_type("escalation.targets_resolved/1")
@frozen(kw_only=True)
class TargetsResolved:
    """Whom the target of a firing meant when it was sent; nobody, for none."""

    key: str
    policy: str
    recipients: tuple[str, ...] = ()
