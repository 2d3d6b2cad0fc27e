"""What is known of an item while its happenings are replayed, as occasions read it. All in epoch microseconds."""

from __future__ import annotations

from svcdelivery.escalation.clock_views import ClockView
from svcdelivery.escalation.counting import NEVER, Hold

__all__ = ["Standing"]


class Standing:
    """How an item stands; None for an instant that there is none of.

    Attributes:
        idle_since: Since when nobody has it, while it is not done; `unassigned_since` likewise.
        silent_since: When the requester was last told something, while the work is not closed.
        holds: Snoozes and maintenance windows, those that are over too.
    """

    __slots__ = (
        "assigned", "clocks", "closed", "done", "holds", "idle_since", "maintenance", "opened", "priority",
        "raised_at", "ratings", "reassigned", "reassigned_at", "reopened", "reopened_at", "silent_since", "snooze",
        "unassigned_since",
    )  # fmt: skip

    def __init__(self) -> None:
        self.opened = self.done = self.closed = self.assigned = False
        self.idle_since: int | None = None
        self.silent_since: int | None = None
        self.unassigned_since: int | None = None
        self.reassigned = self.reopened = 0
        self.reassigned_at: int | None = None
        self.reopened_at: int | None = None
        self.raised_at: int | None = None
        self.priority: str | None = None
        self.ratings: list[tuple[int, int]] = []
        self.clocks: dict[str, ClockView] = {}
        self.holds: list[Hold] = []
        self.snooze: int | None = None
        self.maintenance: int | None = None

    def open(self, at: int, priority: str | None) -> None:
        """Take note of the receipt."""
        if not self.opened:
            self.opened, self.priority = True, priority
            self.idle_since = self.silent_since = self.unassigned_since = at

    def assign(self, at: int) -> bool:
        """Take note of an assignment; answer whether it is the first."""
        if self.assigned:
            self.reassigned += 1
            self.reassigned_at = at
            return False
        self.assigned, self.unassigned_since = True, None
        return True

    def come_back(self, at: int) -> None:
        """Take note of a reopening."""
        self.done = self.closed = False
        self.reopened += 1
        self.reopened_at = self.silent_since = at
        self.unassigned_since = None if self.assigned else at

    def snooze_until(self, at: int, until: int, stops: bool) -> None:
        """Hold everything until then; a later snooze takes the place of an earlier one."""
        self._cut(self.snooze, at)
        self.snooze = self._hold(at, until, stops)

    def end_snooze(self, at: int) -> None:
        """End the snooze before its time."""
        self._cut(self.snooze, at)

    def maintain(self, at: int, until: int | None, stops: bool) -> None:
        """Hold everything while the item is being maintained."""
        self._cut(self.maintenance, at)
        self.maintenance = self._hold(at, NEVER if until is None else until, stops)

    def end_maintenance(self, at: int) -> None:
        """End the maintenance, on time or not."""
        self._cut(self.maintenance, at)

    def is_maintained(self, at: int) -> bool:
        """Answer whether a maintenance window is open."""
        return self.maintenance is not None and self.holds[self.maintenance][1] > at

    def _hold(self, at: int, until: int, stops: bool) -> int | None:
        if until <= at:
            return None
        self.holds.append((at, until, stops))
        return len(self.holds) - 1

    def _cut(self, index: int | None, at: int) -> None:
        if index is not None:
            start, until, stops = self.holds[index]
            self.holds[index] = start, min(until, at), stops
