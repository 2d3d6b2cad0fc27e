"""Flow: what came in, what was delivered, what was given up, and what is still open and how old it is."""

from __future__ import annotations

from array import array
from collections import Counter
from datetime import datetime
from typing import Any

from attrs import frozen

from svcdelivery.lifecycle import Phase
from svcdelivery.reporting.definitions import (
    BACKLOG,
    BACKLOG_AGE,
    CANCELLED,
    CLOSED,
    DELIVERED,
    DONE_NOT_CLOSED,
    MAJOR_INCIDENTS,
    RECEIVED,
    REJECTED,
    REOPENED,
    REOPENINGS,
)
from svcdelivery.reporting.figures import Figure, count, nearest_rank
from svcdelivery.reporting.items import ReportItem
from svcdelivery.timeline import Instant
from svcdelivery.timeline.instant import duration_micros
from svcdelivery.work import INCIDENT, REQUEST

__all__ = ["Backlog", "Flow", "FlowTally"]

_DAY = 86_400 * 1_000_000
_AGES = ((1, "up to 1 d"), (3, "1 to 3 d"), (7, "3 to 7 d"), (30, "7 to 30 d"), (90, "30 to 90 d"))
_OLDER = "over 90 d"


@frozen(kw_only=True)
class Backlog:
    """What is still open.

    Attributes:
        by_status: Kind, status and number.
        ages: How many are so old, youngest first.
        age: The oldest but one of two, nine of ten, and so on; see each figure's convention.
    """

    open: Figure
    by_status: tuple[tuple[str, str, int], ...]
    by_priority: tuple[tuple[str, int], ...]
    ages: tuple[tuple[str, int], ...]
    age: tuple[Figure, ...]

    def to_data(self) -> dict[str, Any]:
        """Answer the backlog for JSON."""
        return {
            "open": self.open.to_data(),
            "by_status": [{"kind": kind, "status": status, "items": n} for kind, status, n in self.by_status],
            "by_priority": dict(self.by_priority),
            "ages": dict(self.ages),
            "age": [figure.to_data() for figure in self.age],
        }


@frozen(kw_only=True)
class Flow:
    """Counts over the whole log up to the instant of the report.

    Attributes:
        counts: Received, done, closed, cancelled, rejected, reopened and major items, and how often they were reopened.
        statuses: Every item by kind and status; they add up to those received.
        months: Received and delivered by month (UTC).
    """

    counts: tuple[Figure, ...]
    statuses: tuple[tuple[str, str, int], ...]
    months: tuple[tuple[str, int, int], ...]
    backlog: Backlog

    def to_data(self) -> dict[str, Any]:
        """Answer the flow for JSON."""
        return {
            "counts": [figure.to_data() for figure in self.counts],
            "by_status": [{"kind": kind, "status": status, "items": n} for kind, status, n in self.statuses],
            "by_month": [{"month": month, "received": r, "delivered": d} for month, r, d in self.months],
            "backlog": self.backlog.to_data(),
        }


class FlowTally:
    """Counts items by where they stand."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._statuses: Counter[tuple[str, str, Phase]] = Counter()
        self._priorities: Counter[str] = Counter()
        self._received: Counter[tuple[int, int]] = Counter()
        self._delivered: Counter[tuple[int, int]] = Counter()
        self._ages = array("q")
        self._reopened = self._reopenings = self._major = 0

    def add(self, item: ReportItem) -> None:
        """Count one item."""
        work = item.work
        self._statuses[item.kind.name, work.status.value, work.phase] += 1
        self._received[work.received_at.year, work.received_at.month] += 1
        self._reopened += work.reopened > 0
        self._reopenings += work.reopened
        self._major += getattr(work, "was_major", False)
        delivered_at = item.delivered_at
        if delivered_at is not None:
            self._delivered[delivered_at.year, delivered_at.month] += 1
        if work.phase.is_open:
            self._ages.append(duration_micros(datetime.__sub__(self._now, work.received_at)))
            self._priorities[work.priority or ""] += 1

    def flow(self) -> Flow:
        """Answer the counts."""
        total = self._statuses.total()

        by_phase: Counter[Phase] = Counter()
        by_status: Counter[str] = Counter()
        for (_, status, phase), number in self._statuses.items():
            by_phase[phase] += number
            by_status[status] += number
        by_kind: Counter[str] = Counter()
        for (kind, _, _), number in self._statuses.items():
            by_kind[kind] += number
        done, closed = by_phase[Phase.DONE], by_phase[Phase.CLOSED]
        delivered = done + closed
        months = sorted({*self._received, *self._delivered})
        return Flow(
            counts=(
                count("received", total, total, of=RECEIVED),
                count("delivered", delivered, total, of=DELIVERED),
                count("done, not closed", done, delivered, of=DONE_NOT_CLOSED),
                count("closed", closed, delivered, of=CLOSED),
                count("cancelled", by_status["cancelled"], total, of=CANCELLED),
                count("rejected", by_status["rejected"], by_kind[REQUEST.name], of=REJECTED),
                count("reopened", self._reopened, total, of=REOPENED),
                count("reopenings", self._reopenings, self._reopenings, of=REOPENINGS),
                count("major incidents", self._major, by_kind[INCIDENT.name], of=MAJOR_INCIDENTS),
            ),
            statuses=self._by_status(open_only=False),
            months=tuple((f"{at[0]:04}-{at[1]:02}", self._received[at], self._delivered[at]) for at in months),
            backlog=self._backlog(total),
        )

    def _by_status(self, *, open_only: bool) -> tuple[tuple[str, str, int], ...]:
        rows = sorted(self._statuses.items(), key=lambda entry: entry[0][:2])
        return tuple((k, s, n) for (k, s, phase), n in rows if phase.is_open or not open_only)

    def _backlog(self, total: int) -> Backlog:
        ages = sorted(self._ages)
        bins: Counter[str] = Counter()
        for age in ages:
            bins[next((name for days, name in _AGES if age <= days * _DAY), _OLDER)] += 1
        return Backlog(
            open=count("open", len(ages), total, of=BACKLOG),
            by_status=self._by_status(open_only=True),
            by_priority=tuple(sorted(self._priorities.items())),
            ages=tuple((name, bins[name]) for name in (*(name for _, name in _AGES), _OLDER)),
            age=tuple(nearest_rank(f"age, p{percent}", ages, percent, of=BACKLOG_AGE) for percent in (50, 90)),
        )
