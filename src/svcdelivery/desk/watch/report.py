"""What one run of the watch came across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from svcdelivery.timeline import Instant

__all__ = ["WatchFailure", "WatchReport"]


@frozen(kw_only=True)
class WatchFailure:
    """A wake-up that could not be handled; the others were.

    Attributes:
        attempts: How often it was tried, this time included.
        again_at: When it comes again; None where somebody else has it by now.
    """

    stream: str
    name: str
    problem: str
    attempts: int
    again_at: Instant | None


@frozen
class WatchReport:
    """What one run of the watch came across.

    Attributes:
        timers: Wake-ups that were due, those included that another one of the same item settled along with itself.
        counts: What came about, by name, in the order of names; see `count`.
        failures: What could not be handled.
    """

    timers: int = 0
    counts: tuple[tuple[str, int], ...] = ()
    failures: tuple[WatchFailure, ...] = ()

    def count(self, name: str) -> int:
        """Answer how often something came about, such as `breaches`; 0 for a name nobody counted."""
        return dict(self.counts).get(name, 0)

    @property
    def breaches(self) -> int:
        """Breaches noticed."""
        return self.count("breaches")

    @property
    def updates_missed(self) -> int:
        """Status updates that were due and did not come."""
        return self.count("updates missed")

    @property
    def reread(self) -> int:
        """Open items whose wake-ups were set anew, since new terms hold for them."""
        return self.count("items reread")

    @classmethod
    def of(cls, timers: int, counts: Counter[str], failures: Sequence[WatchFailure]) -> WatchReport:
        """Answer the report; what came about no time is left out."""
        return cls(timers, tuple(sorted((name, n) for name, n in counts.items() if n)), tuple(failures))
