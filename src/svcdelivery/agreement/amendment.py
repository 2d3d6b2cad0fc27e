"""What an amendment means for work that is open when it comes: which terms it follows, and from when."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.timeline import Instant, to_instant

__all__ = ["AppliesToOpen", "OnAmendment"]


class OnAmendment(Enum):
    """What becomes of an open clock when new terms take its old ones' place.

    The time it counted stays counted, each part under the terms then in force, and the new goal is judged by the sum;
    or it starts anew.
    """

    CARRY = "carry"
    RESTART = "restart"


@frozen
class AppliesToOpen:
    """That new terms hold for open work too.

    Attributes:
        rule: What becomes of clocks that run or stand still.
        since: From when; None from when the terms are in force.
    """

    rule: OnAmendment
    since: Instant | None = field(default=None, converter=optional(to_instant))
