"""On call: rotations, recurring duties, restrictions, overrides, layers and swaps, and who that makes on call when."""

from __future__ import annotations

from svcdelivery.escalation.rotation.handoffs import RotationUnit
from svcdelivery.escalation.rotation.model import Rotation
from svcdelivery.escalation.rotation.overrides import Override, Swap, TakeOver, apply_overrides
from svcdelivery.escalation.rotation.recurring import RecurringDuty
from svcdelivery.escalation.rotation.schedule import Layer, OnCallSchedule, OnDuty, next_in_turn
from svcdelivery.escalation.rotation.shift import OnCallShift, TakesTurns
from svcdelivery.escalation.rotation.window import (
    clock_time,
    next_clock_time,
    stretch_end,
    stretch_start,
    weekly_window,
)

__all__ = [
    "Layer",
    "OnCallSchedule",
    "OnDuty",
    "Override",
    "RecurringDuty",
    "Rotation",
    "RotationUnit",
    "OnCallShift",
    "Swap",
    "TakeOver",
    "TakesTurns",
    "apply_overrides",
    "clock_time",
    "next_clock_time",
    "next_in_turn",
    "stretch_end",
    "stretch_start",
    "weekly_window",
]
