"""Improvement: one corrective action a breach, or a waiver; nothing closes without proof that it worked.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 4
"""

from __future__ import annotations

from svcdelivery.improvement.commands import (
    TRIGGERS,
    end_waiver,
    implement,
    note_overdue,
    plan,
    raise_action,
    verify,
    waive,
)
from svcdelivery.improvement.facts import (
    CorrectiveActionImplemented,
    CorrectiveActionOverdue,
    CorrectiveActionPlanned,
    CorrectiveActionRaised,
    CorrectiveActionVerified,
    CorrectiveActionWaived,
    WaiverEnded,
)
from svcdelivery.improvement.lifecycle import ACTION_TABLE, ActionLifecycle, ActionStatus
from svcdelivery.improvement.record import CorrectiveAction, action_id, action_stream, fold_action
from svcdelivery.improvement.recurrence import Recurrence, recurrences

__all__ = [
    "ACTION_TABLE",
    "TRIGGERS",
    "ActionLifecycle",
    "ActionStatus",
    "CorrectiveAction",
    "CorrectiveActionImplemented",
    "CorrectiveActionOverdue",
    "CorrectiveActionPlanned",
    "CorrectiveActionRaised",
    "CorrectiveActionVerified",
    "CorrectiveActionWaived",
    "Recurrence",
    "WaiverEnded",
    "action_id",
    "action_stream",
    "end_waiver",
    "fold_action",
    "implement",
    "note_overdue",
    "plan",
    "raise_action",
    "recurrences",
    "verify",
    "waive",
]
