"""Breaches and what was done about them: an action, a waiver, or nothing on record.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 4
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from heapq import heappush, heappushpop
from typing import Any

from attrs import frozen

from svcdelivery.clock import ClockReading
from svcdelivery.improvement import ActionStatus, CorrectiveAction, action_id, action_stream, fold_action
from svcdelivery.reporting.definitions import (
    ACTIONS_EFFECTIVE,
    ACTIONS_OVERDUE,
    ACTIONS_WITHOUT_BREACH,
    BREACHES_ANSWERED,
)
from svcdelivery.reporting.figures import Figure, count, share
from svcdelivery.reporting.items import ReportItem
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant
from svcdelivery.timeline.instant import duration_micros

__all__ = ["Actions", "Breach", "BreachTally", "Breaches", "NONE_RECORDED"]

NONE_RECORDED = "none recorded"

_WORST_KEPT = 10


@frozen(kw_only=True)
class Breach:
    """A breached clock and the action raised for it, if any."""

    item: ReportItem
    reading: ClockReading
    action: CorrectiveAction | None

    @property
    def response(self) -> str:
        """`action`, `waiver`, `exempted` or `none recorded`."""
        if self.reading.exempted_by is not None:
            return "exempted"
        if self.action is None:
            return NONE_RECORDED
        return "waiver" if self.action.status is ActionStatus.WAIVED else "action"


class Actions:
    """The corrective actions of a store as they stood at the instant of the report."""

    def __init__(self, unit: Unit, now: Instant, *, streams: Iterable[str]) -> None:
        self._unit, self._now = unit, now
        first = action_stream("")
        self._unmatched = {stream for stream in streams if stream.startswith(first)}
        self._matched: set[str] = set()

    def of_breach(self, stream: str, reading: ClockReading) -> CorrectiveAction | None:
        """Answer the action raised for a breached clock of the item with that stream."""
        name = action_stream(action_id(stream, reading.target, reading.cycle))
        if name in self._unmatched:
            self._unmatched.remove(name)
            self._matched.add(name)
        return self._load(name) if name in self._matched else None

    def unmatched(self) -> tuple[CorrectiveAction, ...]:
        """Answer the actions no breached clock was asked for: for another cause, or for one that reads otherwise."""
        found = (self._load(name) for name in sorted(self._unmatched))
        return tuple(action for action in found if action is not None)

    def _load(self, stream: str) -> CorrectiveAction | None:
        return fold_action(fact for fact in self._unit.journal.load(stream) if fact.occurred_at <= self._now)


@frozen(kw_only=True)
class Breaches:
    """What the breaches of a report add up to.

    Attributes:
        responses: How many breached clocks have an action, a waiver, or nothing on record.
        statuses: Every corrective action on record by its status.
        worst: The latest in proportion to their goals, goals under an hour taken for one; the worst first, few.
    """

    answered: Figure
    effective: Figure
    overdue: Figure
    responses: tuple[tuple[str, int], ...]
    statuses: tuple[tuple[str, int], ...]
    without_breach: Figure
    worst: tuple[Breach, ...]

    def to_data(self) -> dict[str, Any]:
        """Answer the summary for JSON; the worst are named, their explanations stand on the page."""
        return {
            "answered": self.answered.to_data(),
            "effective": self.effective.to_data(),
            "overdue": self.overdue.to_data(),
            "responses": dict(self.responses),
            "actions_by_status": dict(self.statuses),
            "actions_without_breach": self.without_breach.to_data(),
            "worst": [
                {"item": breach.item.stream, "target": breach.reading.target, "headline": breach.reading.headline}
                for breach in self.worst
            ],
        }


def _lateness(reading: ClockReading) -> Fraction:
    goal = max(reading.allowed or timedelta(0), timedelta(hours=1))
    return Fraction(duration_micros(reading.overdue), duration_micros(goal))


class BreachTally:
    """Counts breaches by what was done, and keeps the worst."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._overdue = 0
        self._responses: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._unmatched = 0
        self._worst: list[tuple[Any, int, Breach]] = []

    def add(self, breach: Breach) -> None:
        """Count one breached clock."""
        self._responses[breach.response] += 1
        if breach.action is not None:
            self._take(breach.action)
        # Among equals the earlier met stays.
        entry = (_lateness(breach.reading), -self._responses.total(), breach)
        if len(self._worst) < _WORST_KEPT:
            heappush(self._worst, entry)
        else:
            heappushpop(self._worst, entry)

    def add_unmatched(self, action: CorrectiveAction) -> None:
        """Count an action without a breached clock."""
        self._unmatched += 1
        self._take(action)

    def _take(self, action: CorrectiveAction) -> None:
        self._statuses[action.status.value] += 1
        self._overdue += action.is_overdue(self._now)

    def breaches(self) -> Breaches:
        """Answer the summary."""
        found, statuses = self._responses, self._statuses
        answered = found["action"] + found["waiver"]
        waived = statuses[ActionStatus.WAIVED.value]
        return Breaches(
            answered=share(
                "breaches answered",
                answered,
                answered + found[NONE_RECORDED],
                of=BREACHES_ANSWERED,
                excluded=[("exempted", found["exempted"])],
            ),
            effective=share(
                "actions shown to work",
                statuses[ActionStatus.EFFECTIVE.value],
                statuses.total() - waived,
                of=ACTIONS_EFFECTIVE,
                excluded=[("waived", waived)],
            ),
            overdue=count(
                "actions overdue",
                self._overdue,
                statuses.total(),
                of=ACTIONS_OVERDUE,
            ),
            responses=tuple((name, found[name]) for name in ("action", "waiver", NONE_RECORDED, "exempted")),
            statuses=tuple((status.value, statuses[status.value]) for status in ActionStatus),
            without_breach=count(
                "actions without a breached clock",
                self._unmatched,
                statuses.total(),
                of=ACTIONS_WITHOUT_BREACH,
            ),
            worst=tuple(breach for *_, breach in sorted(self._worst, key=lambda entry: entry[:2], reverse=True)),
        )
