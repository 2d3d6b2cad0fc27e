"""The kinds of happenings an escalation knows."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["What"]


class What(IntEnum):
    """What happened, as a number; what it tells stands in brackets."""

    OPENED = 0  # (its priority)
    ACKNOWLEDGED = 1  # (the actor, if known)
    CONFIRMED = 2  # (the actor)
    UNACKNOWLEDGED = 3
    UPDATED = 4
    ASSIGNED = 5  # (to whom)
    PRIORITY = 6  # (the new one)
    REOPENED = 7
    RATED = 8  # (the score)
    DONE = 9
    CLOSED = 10
    SNOOZED = 11  # (until when, in epoch microseconds)
    MAINTENANCE_BEGAN = 12  # (until when, or None)
    MAINTENANCE_ENDED = 13
    REPLACED = 14  # (the `FrozenPolicy` and how)
    ESCALATED = 15
    JUMPED = 16  # (the level)
    NOBODY = 17  # (the key of the firing that reached nobody)
    CLOCK = 18  # (the `ClockView`)
    LEFT = 19  # out of the policy's scope
    RETURNED = 20  # into it again
