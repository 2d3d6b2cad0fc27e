"""Rules on the log itself: gaps in it, and decisions that do not follow from what was on record."""

from __future__ import annotations

from collections.abc import Iterator

from svcdelivery.security.breaches.finding import BreachFinding, BreachRule
from svcdelivery.security.breaches.seen import Seen
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.security.decision import SECURITY_STREAM

__all__ = ["DecisionDiffers", "LogGap"]


class LogGap:
    """R13: an entry is missing from the log, or a decision from the decisions."""

    def __init__(self, _settings: BreachSettings) -> None:
        self._position = self._version = 0

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding when the numbers do not go on."""
        fact = seen.fact
        due, self._position = self._position + 1, fact.position
        if fact.position != due:
            said = f"entry {fact.position} comes where {due} is due"
            yield seen.finding(BreachRule.LOG_GAP, "log", said)
        if fact.stream == SECURITY_STREAM:
            due, self._version = self._version + 1, fact.version
            if fact.version != due:
                said = f"decision {fact.version} comes where {due} is due"
                yield seen.finding(BreachRule.LOG_GAP, "decisions", said)


class DecisionDiffers:
    """R15: made again from what was on record, a decision is another than the logged one."""

    def __init__(self, _settings: BreachSettings) -> None:
        pass

    def follow(self, seen: Seen) -> Iterator[BreachFinding]:
        """Answer a finding for a decision that differs."""
        decided = seen.decided
        if decided is None or decided.agrees or decided.again is None:
            return
        logged, again = decided.logged, decided.again
        said = (
            f"{seen.fact.actor} {logged.action} on {logged.item}: logged as {logged.reason}, "
            f"but the record gives {', '.join(again.reasons) or again.reason}"
        )
        yield seen.finding(BreachRule.DECISION_DIFFERS, f"entry {seen.fact.position}", said)
