"""What a clock is doing, and what it has shown so far."""

from __future__ import annotations

from enum import Enum

__all__ = ["ClockPhase", "Verdict"]


class ClockPhase(Enum):
    """What a clock is doing."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Verdict(Enum):
    """What a clock has shown so far; none where there is nothing to judge."""

    NONE = "none"
    OPEN = "open"
    MET = "met"
    BREACHED = "breached"
