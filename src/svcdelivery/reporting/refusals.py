"""Refusals: requests for services that were not permitted, and other commands that were denied.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 4
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from attrs import frozen

from svcdelivery.facts import Fact
from svcdelivery.reporting.definitions import COMMANDS_REFUSED, REQUESTS_REFUSED
from svcdelivery.reporting.figures import Figure, share
from svcdelivery.security import Decided

__all__ = ["Refusals", "RefusalTally"]


@frozen(kw_only=True)
class Refusals:
    """Denied commands.

    Attributes:
        requests: Receipts denied, of all asked for at the desk.
        others: Other commands denied, of all decided.
        by_reason: Action, primary reason and number of each denial.
        by_service: The services whose requests were refused; empty text where none was named.
    """

    requests: Figure
    others: Figure
    by_reason: tuple[tuple[str, str, int], ...]
    by_service: tuple[tuple[str, int], ...]

    def to_data(self) -> dict[str, Any]:
        """Answer the refusals for JSON."""
        return {
            "requests": self.requests.to_data(),
            "others": self.others.to_data(),
            "by_reason": [{"action": action, "reason": reason, "denied": n} for action, reason, n in self.by_reason],
            "by_service": dict(self.by_service),
        }


class RefusalTally:
    """Counts decisions."""

    def __init__(self) -> None:
        self._decided: Counter[bool] = Counter()
        self._denied: Counter[tuple[str, str]] = Counter()
        self._services: Counter[str] = Counter()

    def add(self, fact: Fact[Any]) -> None:
        """Count a decision; facts of any other kind pass by."""
        body = fact.body
        if not isinstance(body, Decided):
            return
        receiving = body.action == "receive"
        self._decided[receiving] += 1
        if not body.allowed:
            self._denied[body.action, body.reason] += 1
            if receiving:
                self._services[body.service or ""] += 1

    def refusals(self) -> Refusals:
        """Answer the counts."""
        refused = sum(self._services.values())
        return Refusals(
            requests=share(
                "requests refused",
                refused,
                self._decided[True],
                of=REQUESTS_REFUSED,
            ),
            others=share(
                "other commands refused",
                self._denied.total() - refused,
                self._decided[False],
                of=COMMANDS_REFUSED,
            ),
            by_reason=tuple((action, reason, n) for (action, reason), n in sorted(self._denied.items())),
            by_service=tuple(sorted(self._services.items())),
        )
