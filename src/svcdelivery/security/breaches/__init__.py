"""The breach watch: rules over the log that need the agreement to be asked, and no other tool can ask.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from svcdelivery.security.breaches.finding import SEVERITIES, BreachFinding, BreachRule, SignedIn, Suppression
from svcdelivery.security.breaches.policy import (
    BREACHES_STREAM,
    BreachPolicy,
    BreachPolicySet,
    BreachRecord,
    BreachResponse,
    FindingRaised,
    FindingsSuppressed,
    RuleResponse,
    fold_breaches,
)
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.security.breaches.watch import BreachWatch, watch_log

__all__ = [
    "BREACHES_STREAM",
    "SEVERITIES",
    "BreachFinding",
    "BreachPolicy",
    "BreachPolicySet",
    "BreachRecord",
    "BreachResponse",
    "BreachRule",
    "BreachSettings",
    "BreachWatch",
    "FindingRaised",
    "FindingsSuppressed",
    "RuleResponse",
    "SignedIn",
    "Suppression",
    "fold_breaches",
    "watch_log",
]
