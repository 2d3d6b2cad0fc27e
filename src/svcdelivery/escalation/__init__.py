"""Escalation: what is due when work that matters is not seen to, who is on call, and what is queued for whom."""

from __future__ import annotations

from svcdelivery.escalation.clock_views import ClockView, clock_views
from svcdelivery.escalation.engine import Decision, Explained, Firing, explain, next_actions, timeline
from svcdelivery.escalation.facts import (
    Acknowledged,
    AcknowledgementConfirmed,
    Disposition,
    EscalatedByHand,
    EscalationEnded,
    EscalationFired,
    EscalationStarted,
    LetGo,
    LevelChosen,
    MaintenanceBegan,
    MaintenanceEnded,
    PolicyReplaced,
    Replacing,
    Snoozed,
    TargetsResolved,
)
from svcdelivery.escalation.happenings import EscalationState, Happening
from svcdelivery.escalation.plan import FrozenPolicy
from svcdelivery.escalation.running import Running, moved_scope, running_of, started
from svcdelivery.escalation.what import What

__all__ = [
    "Acknowledged",
    "AcknowledgementConfirmed",
    "ClockView",
    "Decision",
    "Disposition",
    "EscalatedByHand",
    "EscalationEnded",
    "EscalationFired",
    "EscalationStarted",
    "EscalationState",
    "Explained",
    "Firing",
    "FrozenPolicy",
    "Happening",
    "LevelChosen",
    "MaintenanceBegan",
    "MaintenanceEnded",
    "PolicyReplaced",
    "Replacing",
    "Running",
    "Snoozed",
    "TargetsResolved",
    "LetGo",
    "What",
    "clock_views",
    "explain",
    "moved_scope",
    "running_of",
    "started",
    "next_actions",
    "timeline",
]
