"""What happens to corrective actions, in the past tense."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from attrs import frozen

from svcdelivery.facts import fact_type
from svcdelivery.timeline import Instant

__all__ = [
    "CorrectiveActionImplemented",
    "CorrectiveActionOverdue",
    "CorrectiveActionPlanned",
    "CorrectiveActionRaised",
    "CorrectiveActionVerified",
    "CorrectiveActionWaived",
    "WaiverEnded",
]


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


@fact_type("improvement.planned/1")
@frozen(kw_only=True)
class CorrectiveActionPlanned:
    """It was said who sees to it, and by when; what stood before is replaced.

    Attributes:
        note: What is to be done.
    """

    action: ClassVar[str] = "plan"

    owner: str
    due_at: Instant | None = None
    verify_after: timedelta | None = None
    note: str = ""


@fact_type("improvement.overdue/1")
@frozen(kw_only=True)
class CorrectiveActionOverdue:
    """It was to be implemented by then, and was not."""

    due_at: Instant


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
    """Nothing will be done about it, and somebody answers for that.

    Attributes:
        until: When the waiver ends, None for good.
    """

    action: ClassVar[str] = "waive"

    ground: str
    until: Instant | None = None


@fact_type("improvement.waiver_ended/1")
@frozen
class WaiverEnded:
    """The time a waiver held for is over: something is to be done about it again."""

    action: ClassVar[str] = "end_waiver"
