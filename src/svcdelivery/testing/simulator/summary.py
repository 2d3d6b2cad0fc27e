"""What happened in a simulated quarter, by kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from svcdelivery.timeline import Instant, format_instant

__all__ = ["SimulationSummary"]


@frozen(kw_only=True)
class SimulationSummary:
    """Counts by kind of thing that happened.

    Attributes:
        start: When the simulated time began.
        end: When it ended.
        counts: By kind, in the order in which work goes; what never happened is left out.
    """

    start: Instant
    end: Instant
    counts: tuple[tuple[str, int], ...]

    @property
    def length(self) -> timedelta:
        """How much time was simulated."""
        return datetime.__sub__(self.end, self.start)

    @property
    def items(self) -> int:
        """Requests and incidents that were taken in."""
        return self.count(
            "requests received", "incidents received", "requests by the agreement itself", "incidents by monitoring"
        )

    def count(self, *kinds: str) -> int:
        """Answer how often the kinds happened, all together; zero for kinds that never did."""
        return sum(count for kind, count in self.counts if kind in kinds)

    def count_like(self, start: str) -> int:
        """Answer how often the kinds that begin like that happened."""
        return sum(count for kind, count in self.counts if kind.startswith(start))

    def plain(self) -> dict[str, Any]:
        """Answer the summary for JSON."""
        return {"start": format_instant(self.start), "end": format_instant(self.end), "counts": dict(self.counts)}

    def lines(self) -> Iterator[str]:
        """Answer a line for each kind, its count first."""
        width = max((len(str(count)) for _, count in self.counts), default=1)
        for kind, count in self.counts:
            yield f"{count:{width}d} {kind}"

    @classmethod
    def of(cls, start: Instant, end: Instant, counts: Iterable[tuple[str, int]]) -> SimulationSummary:
        """Answer the summary of counts in any order."""
        return cls(start=start, end=end, counts=tuple(sorted(counts, key=_place)))


_ORDER = (
    "commands", "orders", "requests", "incidents", "major", "problems", "known errors",
    "refused", "assigned", "started", "messages", "internal notes", "priorities",
    "put on hold", "resumed", "cancelled", "reopened", "closed", "breaches", "status updates", "surveys", "low scores",
    "escalations", "notices", "corrective",
    "grants", "access reviewed", "vulnerabilities", "corrections", "findings", "security incidents", "customers told",
    "continuous", "procedures", "maintenance", "readiness", "schedules", "thresholds", "training",
)  # fmt: skip


def _place(counted: tuple[str, int]) -> tuple[int, str]:
    kind = counted[0]
    return next((index for index, start in enumerate(_ORDER) if kind.startswith(start)), len(_ORDER)), kind
