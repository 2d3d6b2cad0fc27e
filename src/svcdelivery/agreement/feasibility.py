"""Whether a promise can be kept by what backs it: operational level agreements and underpinning contracts, in a chain.

A chain is late when work that comes in at some instant, and passes from party to party without a break, each using up
its goal in its own hours, is done after the due instant of the promise. Completion and due instant are both piecewise
straight along the instant of receipt, with breaks only where service hours open or close, or where a goal ends that
was used up then. So trying the breaks, and the microseconds beside them, tries every instant between them as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations
from typing import Literal

from attrs import frozen

from svcdelivery.agreement.goal import Boundary, TimeKind, Within
from svcdelivery.agreement.revision import AgreementRevision
from svcdelivery.agreement.target import ServiceLevelTarget
from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = ["Late", "backing_of", "late_chain"]

_YEAR = 366 * 86_400_000_000
_ORDERS_MOST = 3
_BOUNDARIES: dict[Boundary, Literal["close", "next_open"]] = {
    Boundary.CLOSE: "close",
    Boundary.NEXT_OPEN: "next_open",
}


@frozen
class Late:
    """Work for which the chain is late, in epoch microseconds."""

    received: int
    due: int
    done: int


def backing_of(revision: AgreementRevision, target: ServiceLevelTarget) -> list[ServiceLevelTarget]:
    """Answer the targets in the chain behind one: those that support it, and whose time counts for it."""
    return [
        other
        for other in revision.targets
        if other.backing is not None
        and target.name in other.backing.supports
        and isinstance(other.goal, Within)
        and not (other.backing.hold_reasons and other.backing.hold_reasons <= target.pause_on)
    ]


def late_chain(
    revision: AgreementRevision, target: ServiceLevelTarget, chain: Sequence[ServiceLevelTarget]
) -> Late | None:
    """Answer work for which the chain behind a target is late; None where there is none.

    Receipts of the first 366 days of the term are looked at, as far as the closed dates are known. Up to three parties
    come in any order, more of them in the order of the agreement.
    """
    promise, parts = _Counted.of(revision, target), [_Counted.of(revision, part) for part in chain]
    if not parts:
        return None
    same = all(part.hours == promise.hours and part.boundary == promise.boundary for part in parts)
    # In the same hours time adds up: neither the order nor the instant of receipt matters.
    if same and sum(part.goal for part in parts) <= promise.goal:
        return None
    orders: Iterable[Sequence[_Counted]] = permutations(parts) if len(parts) <= _ORDERS_MOST else [parts]
    window = _window(revision, [promise, *parts])
    return next((late for order in orders for late in _late(promise, order, window)), None)


@frozen
class _Counted:
    """A goal as plain numbers, and the hours it counts in; None round the clock."""

    goal: int
    boundary: Literal["close", "next_open"]
    hours: ServiceHours | None

    @classmethod
    def of(cls, revision: AgreementRevision, target: ServiceLevelTarget) -> _Counted:
        goal = target.goal
        assert isinstance(goal, Within), "only goals of counted time make a chain"
        hours = None if goal.time is TimeKind.WALL else revision.service_hours(target.hours)
        return cls(duration_micros(goal.duration), _BOUNDARIES[target.boundary], hours)

    def add(self, start: int) -> int:
        """Answer when the goal is used up."""
        return start + self.goal if self.hours is None else self.hours.add_micros(start, self.goal, self.boundary)

    def back(self, end: int) -> int:
        """Answer an instant from which the goal is used up by then."""
        return end - self.goal if self.hours is None else self.hours.subtract_micros(end, self.goal)

    def edges(self, start: int, end: int) -> set[int]:
        """Answer when the hours open and close."""
        return set() if self.hours is None else {edge for span in self.hours.spans(start, end) for edge in span}


def _window(revision: AgreementRevision, counted: Sequence[_Counted]) -> tuple[int, int]:
    """Answer from when until when receipts are looked at."""
    start = to_micros(revision.term.start)
    until = revision.term.until
    end = min(start + _YEAR, start + _YEAR if until is None else to_micros(until))
    for part in counted:
        if part.hours is not None:
            low, high = part.hours.limits()
            start, end = max(start, low), min(end, high)
    return start, end


def _late(promise: _Counted, order: Sequence[_Counted], window: tuple[int, int]) -> Iterator[Late]:
    start, end = window
    if start >= end:
        return
    for received in sorted(_breaks(promise, order, window)):
        for at in (received - 1, received, received + 1):
            if not start <= at < end:
                continue
            try:
                due, done = promise.add(at), at
                for part in order:
                    done = part.add(done)
            except ServiceDeliveryError:
                # Beyond the closed dates nothing is known; that has a warning of its own.
                continue
            if done > due:
                yield Late(at, due, done)


def _breaks(promise: _Counted, order: Sequence[_Counted], window: tuple[int, int]) -> set[int]:
    """Answer the receipts at which completion or due instant may change their course."""
    start, end = window
    found = {start, *_of(promise, window)}
    later: set[int] = set()
    for part in reversed(order):
        later = {*_traced(part.back, later), *_of(part, window)}
    return {at for at in found | later if start <= at <= end}


def _of(part: _Counted, window: tuple[int, int]) -> set[int]:
    edges = part.edges(*window)
    return {*edges, *_traced(part.back, edges)}


def _traced(back: Callable[[int], int], instants: Iterable[int]) -> Iterator[int]:
    for at in instants:
        try:
            yield back(at)
        except ServiceDeliveryError:
            continue
