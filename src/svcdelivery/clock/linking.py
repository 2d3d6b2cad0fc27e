"""What links between items do to their clocks, by the rules of the target a clock follows."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from svcdelivery.agreement import OnDuplicate, OnMerge, OnSplit, ServiceLevelTarget
from svcdelivery.timeline import to_micros
from svcdelivery.work import Absorbed, Linked, LinkKind, Step

__all__ = ["LINK_SIGNALS", "LinkMove", "Links"]

LINK_SIGNALS = frozenset({
    "duplicate_of", "merged_into", "split_from", "absorbed", "survivor_done", "survivor_reopened",
})  # fmt: skip
"""The signals that concern every clock of an item."""


class LinkMove(Enum):
    """What a fact about a link does to a clock."""

    NONE = auto()
    CANCEL = auto()
    STOP = auto()
    REOPEN = auto()


class _Course(Protocol):
    started: Step | None
    since: int | None


class Links:
    """The links of an item while its steps are taken one by one, for one measure.

    Attributes:
        inherited: Receipts of other items from which a clock may count, and by which kind of link.
    """

    def __init__(self) -> None:
        self.inherited: list[tuple[bool, int]] = []
        self._follows = False

    def take(self, step: Step, target: Callable[[], ServiceLevelTarget | None]) -> LinkMove:
        """Take a step about a link.

        Args:
            target: Answers the one the clock follows, asked only where its rule decides.
        """
        body = step.fact.body
        if isinstance(body, Linked) and body.kind.absorbs:
            followed = target()
            rule = OnDuplicate.CANCEL if followed is None else followed.on_duplicate
            self._follows = rule is OnDuplicate.FOLLOW
            return LinkMove.CANCEL if rule is OnDuplicate.CANCEL else LinkMove.NONE
        if isinstance(body, Linked) and body.kind is LinkKind.SPLIT_FROM and body.received_at is not None:
            self.inherited.append((True, to_micros(body.received_at)))
        elif isinstance(body, Absorbed):
            self.inherited.append((False, to_micros(body.received_at)))
        elif self._follows:
            return LinkMove.STOP if "survivor_done" in step.signals else LinkMove.REOPEN
        return LinkMove.NONE

    def backdate(self, course: _Course, target: ServiceLevelTarget | None) -> None:
        """Let a clock that started with the receipt count from an earlier one, where its target says so."""
        started = course.started
        if target is None or started is None or "received" not in started.signals:
            return
        allowed = {True: target.on_split is OnSplit.INHERIT, False: target.on_merge is OnMerge.EARLIEST}
        earliest = min((micros for is_split, micros in self.inherited if allowed[is_split]), default=started.micros)
        if earliest < started.micros:
            course.since = earliest
