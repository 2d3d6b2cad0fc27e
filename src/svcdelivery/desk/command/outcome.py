"""Outcomes: what a command answers, the same whether it ran now or was asked again under its key."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from attrs import frozen

from svcdelivery.clock import ClockReading
from svcdelivery.facts import Fact
from svcdelivery.security import Decision

__all__ = ["Outcome"]

R_co = TypeVar("R_co", covariant=True)


@frozen(kw_only=True)
class Outcome(Generic[R_co]):
    """What a command did.

    Attributes:
        record: The record right after the command.
        facts: What it put on record, in order; decisions and duties included.
        decision: The authorization it rests on, None for commands of the system itself.
        readings: The item's clocks at the command's instant; empty for what has no clocks.
        replayed: Whether an earlier call with the same key did it, and this one only answers again.
    """

    record: R_co
    facts: tuple[Fact[Any], ...]
    decision: Decision | None
    readings: tuple[ClockReading, ...] = ()
    replayed: bool = False
