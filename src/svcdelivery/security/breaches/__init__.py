"""The breach watch: rules over the log that need the agreement to be asked, and no other tool can ask.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from svcdelivery.security.breaches.finding import SEVERITIES, BreachFinding, BreachRule, SignedIn, Suppression
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.security.breaches.watch import BreachWatch, watch_log

__all__ = [
    "SEVERITIES",
    "BreachFinding",
    "BreachRule",
    "BreachSettings",
    "BreachWatch",
    "SignedIn",
    "Suppression",
    "watch_log",
]
