"""The facts clocks give rise to, and those that judge them otherwise. The verdict itself is always computed."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from svcdelivery.agreement import Exclusion
from svcdelivery.facts import fact_type
from svcdelivery.timeline import Instant

__all__ = ["BreachExempted", "BreachNoticed", "TimeExcluded"]


@fact_type("clock.breach_noticed/1")
@frozen(kw_only=True)
class BreachNoticed:
    """A clock was found past its due instant; at most once a target and cycle."""

    target: str
    measure: str
    due_at: Instant
    cycle: int = 1


@fact_type("clock.breach_exempted/1")
@frozen(kw_only=True)
class BreachExempted:
    """A breach was excused: it stays a breach, and counts for nothing.

    Attributes:
        ground: Why.
    """

    signals: ClassVar[tuple[str, ...]] = ()

    target: str
    cycle: int = 1
    ground: str


@fact_type("clock.time_excluded/1")
@frozen
class TimeExcluded:
    """Time of this item was taken out of what its targets count, such as a day the customer could not be reached."""

    signals: ClassVar[tuple[str, ...]] = ()

    exclusion: Exclusion
