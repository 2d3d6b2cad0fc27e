"""The breach watch: one pass over the log, every rule shown every entry, memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from svcdelivery.facts import Fact
from svcdelivery.security.breaches.conduct import ManyDenials, Probing, TwoSites, UnusualVolume
from svcdelivery.security.breaches.delivery import Delivery, DutiesNotSeparate, OverdueVulnerability
from svcdelivery.security.breaches.entitlement import GlassNotReviewed, GrantUse, OutsideEntitlement
from svcdelivery.security.breaches.finding import BreachFinding, BreachRule, Suppression
from svcdelivery.security.breaches.policy import FindingsSuppressed
from svcdelivery.security.breaches.record import DecisionDiffers, LogGap
from svcdelivery.security.breaches.seen import Bounded, Seen
from svcdelivery.security.breaches.settings import BreachSettings
from svcdelivery.security.replay import DecisionReplay, Recomputed
from svcdelivery.timeline import Instant
from svcdelivery.work import Observed, kind_of_stream

__all__ = ["BreachWatch", "watch_log"]

_RULES = (
    LogGap, DecisionDiffers, ManyDenials, Probing, Delivery, DutiesNotSeparate, OutsideEntitlement, GrantUse,
    GlassNotReviewed, TwoSites, UnusualVolume, OverdueVulnerability,
)  # fmt: skip


class BreachWatch:
    """Follows a log from its start, entry by entry, and answers what may be a breach.

    The same entries always give the same findings: what is silenced, and which remediation policies are followed, is
    read from the log as well. What another system's log brought in was decided elsewhere: rules that need a decision
    leave it alone.
    """

    def __init__(self, settings: BreachSettings | None = None, *, suppressions: Iterable[Suppression] = ()) -> None:
        self.settings = settings or BreachSettings()
        self._suppressions = tuple(suppressions)
        self._rules = [rule(self.settings) for rule in _RULES]
        self._replay = DecisionReplay(items_kept_most=self.settings.kept_most)
        self._allowed: Bounded[tuple[str, str, str], Recomputed] = Bounded(self.settings.kept_most)
        self._raised: Bounded[str, Instant] = Bounded(self.settings.kept_most)
        self.silenced = 0

    def follow(self, fact: Fact[Any]) -> list[BreachFinding]:
        """Answer what the next entry of the log brings to light; often nothing."""
        if isinstance(fact.body, FindingsSuppressed):
            self._suppressions = (*self._suppressions, fact.body.suppression)
        seen = self._seen(fact)
        found = [finding for rule in self._rules for finding in rule.follow(seen)]
        return [finding for finding in found if self._is_new(finding)] if found else found

    def note_broken_chain(self, position: int, at: Instant, message: str) -> list[BreachFinding]:
        """Answer the finding for a chain that was found damaged, unless it was raised before."""
        finding = BreachFinding(
            rule=BreachRule.LOG_GAP, subject="chain", entries=(position,), first=at, last=at, explanation=message
        )
        return [finding] if self._is_new(finding) else []

    def _seen(self, fact: Fact[Any]) -> Seen:
        body = fact.body
        of_work = kind_of_stream(fact.stream) is not None and not isinstance(body, Observed)
        action = getattr(body, "action", None) if of_work else None
        item = self._replay.item(fact.stream) if of_work else None
        behind = self._allowed.pop((fact.stream, action, str(fact.actor))) if isinstance(action, str) else None
        decided = self._replay.follow(fact)
        if decided is not None and decided.logged.allowed:
            logged = decided.logged
            self._allowed.put((logged.item, logged.action, str(fact.actor)), decided)
        return Seen(
            fact, fact.recorded_at, decided, action if isinstance(action, str) else "", behind, item, self._replay
        )

    def _is_new(self, finding: BreachFinding) -> bool:
        """Answer whether to raise it: not while it is silenced, nor soon after the same was raised."""
        if any(suppression.silences(finding, finding.last) for suppression in self._suppressions):
            self.silenced += 1
            return False
        before = self._raised.get(finding.key)
        if before is not None and datetime.__sub__(finding.last, before) <= self.settings.quiet_for:
            return False
        self._raised.put(finding.key, finding.last)
        return True


def watch_log(
    facts: Iterable[Fact[Any]], settings: BreachSettings | None = None, *, suppressions: Iterable[Suppression] = ()
) -> Iterator[BreachFinding]:
    """Answer the findings of a whole log, in one pass, as they come.

    Args:
        facts: From the start of the log on, in the order of record.
    """
    watch = BreachWatch(settings, suppressions=suppressions)
    for fact in facts:
        yield from watch.follow(fact)
