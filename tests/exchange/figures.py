"""The published figures of the ServiceNow log, counted from facts alone.

Whoever has the facts of each item, from a file or from a store, can count: `published_figures(facts_by_item)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor
from statistics import median
from typing import Any

from attrs import define, field

from svcdelivery.facts import Fact, NewFact
from svcdelivery.work import Observed, observed_rows

__all__ = ["PUBLISHED", "FigureCounter", "published_figures"]

Facts = Iterable[Fact[Observed] | NewFact[Observed]]

PUBLISHED: dict[str, Any] = {
    "U1": 141_712,
    "U2": 24_918,
    "U3": 36,
    "U4": "5.7",
    "U5": (9_115, "36.58"),
    "U6": ("63.4", "36.6"),
    "U7": "36.6",
    "U8": (1_614, "81.04", "33.50"),
    "U9": ("239.31", "15.98"),
    "U10": (138_571, "6.5"),
    "U11": 23_362,
    "U12": 8_070,
}
"""What outsiders published or a second count confirmed, under their numbers; shares in percent, times in hours."""

_REASSIGNED_OFTEN = 3
_MINUTE = timedelta(minutes=1)


@cache
def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")  # noqa: DTZ007 - only differences count


@define
class FigureCounter:
    """Counts item by item, so that nobody needs all of them at once."""

    updates: int = 0
    items: int = 0
    failed: int = 0
    varied: int = 0
    columns: set[str] = field(factory=set)
    resolved_updates: int = 0
    resolved_updates_failed: int = 0
    failed_by_effort: dict[bool, list[bool]] = field(factory=lambda: {True: [], False: []})
    hours_by_effort: dict[bool, list[Fraction]] = field(factory=lambda: {True: [], False: []})

    def add(self, facts: Facts) -> None:
        """Count one item."""
        row: dict[str, str | None] = {}
        outcomes = set()
        for _, row in observed_rows(facts):  # type: ignore[arg-type]
            self.updates += 1
            outcomes.add(row["made_sla"])
            if row["resolved_at"] is not None:
                self.resolved_updates += 1
                self.resolved_updates_failed += row["made_sla"] == "false"
        self.items += 1
        self.columns.update(row)
        self.varied += len(outcomes) > 1
        failed = row["made_sla"] == "false"
        self.failed += failed
        often = int(row["reassignment_count"] or 0) > _REASSIGNED_OFTEN
        self.failed_by_effort[often].append(failed)
        opened, resolved = row["opened_at"], row["resolved_at"]
        if opened is not None and resolved is not None:
            self.hours_by_effort[often].append(Fraction((_moment(resolved) - _moment(opened)) // _MINUTE, 60))

    def figures(self) -> dict[str, Any]:
        """Answer the figures in the form of `PUBLISHED`."""
        hours = self.hours_by_effort
        often, seldom = self.failed_by_effort[True], self.failed_by_effort[False]
        return {
            "U1": self.updates,
            "U2": self.items,
            "U3": len(self.columns),
            "U4": f"{self.updates / self.items:.1f}",
            "U5": (self.failed, _percent(self.failed, self.items, 2)),
            "U6": (_percent(self.items - self.failed, self.items, 1), _percent(self.failed, self.items, 1)),
            "U7": _percent(self.varied, self.items, 1),
            "U8": (len(often), _percent(sum(often), len(often), 2), _percent(sum(seldom), len(seldom), 2)),
            "U9": (_rounded(median(hours[True]), 2), _rounded(median(hours[False]), 2)),
            "U10": (self.resolved_updates, _percent(self.resolved_updates_failed, self.resolved_updates, 1)),
            "U11": len(hours[True]) + len(hours[False]),
            "U12": round(max(hours[True] + hours[False])),
        }


def _percent(part: int, whole: int, digits: int) -> str:
    return _rounded(Fraction(100 * part, whole), digits)


def _rounded(value: Fraction, digits: int) -> str:
    # Half up, as people round; one of the medians ends in exactly a half.
    scaled = floor(value * 10**digits + Fraction(1, 2))
    return f"{Decimal(scaled).scaleb(-digits):.{digits}f}"


def published_figures(facts_by_item: Mapping[str, Facts]) -> dict[str, Any]:
    """Answer the figures of all items, to be compared with `PUBLISHED`; each item's facts in their order."""
    counter = FigureCounter()
    for facts in facts_by_item.values():
        counter.add(facts)
    return counter.figures()
