"""Whose time was it: a clock's time shared out among teams, suppliers and the customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import partial

from attrs import evolve, frozen

from svcdelivery.agreement import AgreementRevision, PartyKind
from svcdelivery.clock.explanation import SpanKind
from svcdelivery.clock.reading import ClockReading
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import Instant
from svcdelivery.work import Standing

__all__ = ["Holder", "HolderKind", "HolderTime", "TimeOf", "backed_by", "holders", "time_by_holder", "whose_time"]


class HolderKind(Enum):
    """Who had the work: a team, a supplier, the customer, or nobody yet or any more."""

    TEAM = "team"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    NOBODY = "nobody"


@frozen(order=True)
class Holder:
    """Somebody who had the work; the name is empty for nobody, and for a supplier the agreement does not name."""

    kind: HolderKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}".strip()


@frozen
class TimeOf:
    """A stretch `[start, end)` of a clock's time, who had the work, and what became of the time."""

    start: Instant
    end: Instant
    holder: Holder
    kind: SpanKind

    @property
    def duration(self) -> timedelta:
        """The wall time of the stretch."""
        return datetime.__sub__(self.end, self.start)


@frozen
class HolderTime:
    """How much of a clock's time somebody had the work.

    Attributes:
        counted: The time that counted.
        wall: All of it, closed, paused and excluded time included.
    """

    holder: Holder
    counted: timedelta
    wall: timedelta


def whose_time(reading: ClockReading) -> tuple[TimeOf, ...]:
    """Answer who had the work along a clock's time.

    The stretches tile the time from its start to its stop, or to the instant of the reading; those counted add up to
    its elapsed time. Work on hold for the customer is with the customer; on hold for a reason that an underpinning
    contract names, with its supplier; on hold for `supplier` otherwise, with a supplier nobody names; else it is with
    the team it is assigned to, until it is done. Empty for a clock that has not started or is cancelled.

    Source:
        CMMI-SVC 1.3 SD SP 3.2 subpractice 6
    """
    basis = reading.basis
    if basis is None:
        return ()
    holder = holders(basis.revision)
    held = [(step.at, holder(step.stands)) for step in basis.steps]
    found: list[TimeOf] = []
    for span in reading.explanation.spans:
        for time in _shared(span.start, span.end, span.kind, held):
            last = found[-1] if found else None
            if last is not None and (last.holder, last.kind, last.end) == (time.holder, time.kind, time.start):
                found[-1] = evolve(last, end=time.end)
            else:
                found.append(time)
    return tuple(found)


def time_by_holder(times: Iterable[TimeOf]) -> tuple[HolderTime, ...]:
    """Answer how much time each had, those who counted most first."""
    sums: dict[Holder, list[timedelta]] = {}
    for time in times:
        of = sums.setdefault(time.holder, [timedelta(0), timedelta(0)])
        of[0] += time.duration if time.kind is SpanKind.COUNTED else timedelta(0)
        of[1] += time.duration
    found = [HolderTime(holder, counted, wall) for holder, (counted, wall) in sums.items()]
    return tuple(sorted(found, key=lambda of: (-of.counted, -of.wall, of.holder.kind.value, of.holder.name)))


def backed_by(reading: ClockReading, readings: Iterable[ClockReading]) -> tuple[ClockReading, ...]:
    """Answer the clocks of the agreements and contracts that back the target of one, in their order."""
    revision = reading.revision
    if revision is None:
        return ()
    backing = {
        target.name for target in revision.targets if target.backing and reading.target in target.backing.supports
    }
    return tuple(other for other in readings if other.target in backing)


def holders(revision: AgreementRevision | None, *, customer: str = "") -> Callable[[Standing], Holder]:
    """Answer what tells who has the work, by how it stands and by the suppliers that the revision names.

    Args:
        customer: Used where there is no revision to name it.
    """
    targets = () if revision is None else revision.targets
    suppliers = {
        reason: target.backing.name
        for target in targets
        if target.backing is not None and target.backing.party is PartyKind.SUPPLIER
        for reason in sorted(target.backing.hold_reasons)
    }
    return partial(_holder, suppliers=suppliers, customer=customer if revision is None else revision.customer)


def _holder(stands: Standing, *, suppliers: dict[str, str], customer: str) -> Holder:
    reason = stands.hold_reason if stands.phase is Phase.HELD else None
    if reason == "customer":
        return Holder(HolderKind.CUSTOMER, customer)
    if reason in suppliers:
        return Holder(HolderKind.SUPPLIER, suppliers[reason])
    if reason == "supplier":
        return Holder(HolderKind.SUPPLIER)
    if stands.phase.is_open and stands.team:
        return Holder(HolderKind.TEAM, stands.team)
    return Holder(HolderKind.NOBODY)


def _shared(
    start: Instant, end: Instant, kind: SpanKind, holders: Sequence[tuple[Instant, Holder]]
) -> Iterator[TimeOf]:
    at = start
    for index, (_, holder) in enumerate(holders):
        until = min(end, holders[index + 1][0]) if index + 1 < len(holders) else end
        if at < until:
            yield TimeOf(at, until, holder, kind)
            at = until
