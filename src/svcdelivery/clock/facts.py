"""The one fact clocks give rise to: that a breach was noticed. The verdict itself is always computed."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.facts import fact_type
from svcdelivery.timeline import Instant

__all__ = ["BreachNoticed"]


@fact_type("clock.breach_noticed/1")
@frozen(kw_only=True)
class BreachNoticed:
    """A clock was found past its due instant; at most once a target and cycle."""

    target: str
    measure: str
    due_at: Instant
    cycle: int = 1
