"""What a draft would have changed: histories judged under the agreement they had, and again under the draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

from attrs import Factory, define

from svcdelivery.agreement import (
    AgreementRevision,
    CreditTally,
    Period,
    Reached,
    ServiceAgreement,
)
from svcdelivery.clock.clocks import read_trace, read_under
from svcdelivery.clock.reading import ClockReading, missed_by
from svcdelivery.clock.simulated import NO_CLOCK, Simulation, TargetOutcome, UnderTerms, VerdictChange
from svcdelivery.clock.verdict import Verdict
from svcdelivery.facts import Fact
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import Trace, trace_of

__all__ = ["simulate"]

_KEPT_MOST = 1000


def simulate(
    draft: AgreementRevision,
    histories: Iterable[Iterable[Fact[Any]]],
    now: datetime,
    *,
    agreement: ServiceAgreement,
    keep_most: int = _KEPT_MOST,
    each: Callable[[VerdictChange], None] | None = None,
) -> Simulation:
    """Judge histories under the agreement they had and under a draft, and answer what differs.

    Under the draft every item is judged as if those terms had been in force all along, whatever their effective instant
    and term. Clocks are compared by item, measure and cycle, so that a target may be renamed.

    Args:
        draft: The terms to try.
        histories: The facts of one item each, in any order. They are read one by one and not kept: memory grows with
            targets and periods alone.
        now: The instant of all readings.
        agreement: The one the histories had. An item that came in under a revision it does not hold, or under none, is
            judged by its latest.
        keep_most: How many changes the answer holds.
        each: Told every change, those that are not kept too.
    """
    at = to_instant(now)
    had, would, changes = _Side(), _Side(), _Changes(keep_most, each)
    items = 0
    for facts in histories:
        trace = trace_of(facts)
        if trace is None or trace.steps[0].at > at:
            continue
        items += 1
        before, after = _had(agreement, trace, at), read_under(draft, trace, at, agreement=agreement)
        had.add(trace, before)
        would.add(trace, after)
        changes.add(_compared(trace, before, after))
    return Simulation(
        now=at,
        items=items,
        clocks=changes.clocks,
        changed=tuple((*pair, number) for pair, number in sorted(changes.counted.items())),
        changes=tuple(changes.kept),
        before=had.terms(at),
        after=would.terms(at),
    )


@define
class _Changes:
    """Counts the clocks whose verdict changes, and keeps the first of them."""

    keep_most: int
    each: Callable[[VerdictChange], None] | None
    clocks: int = 0
    counted: Counter[tuple[str, str]] = Factory(Counter)
    kept: list[VerdictChange] = Factory(list)

    def add(self, compared: Iterable[VerdictChange]) -> None:
        for change in compared:
            self.clocks += 1
            if change.before == change.after:
                continue
            self.counted[change.before, change.after] += 1
            if len(self.kept) < self.keep_most:
                self.kept.append(change)
            if self.each is not None:
                self.each(change)


def _had(agreement: ServiceAgreement, trace: Trace, at: Instant) -> tuple[ClockReading, ...]:
    """Read an item under the agreement it had, or under its latest terms where it had none that are known."""
    pinned = trace.record.revision
    if pinned is None:
        known = agreement.at(trace.record.received_at) is not None
    else:
        known = any(revision.number == pinned for revision in agreement.revisions)
    return (
        read_trace(agreement, trace, at)
        if known
        else read_under(agreement.revisions[-1], trace, at, agreement=agreement)
    )


def _compared(trace: Trace, before: Iterable[ClockReading], after: Iterable[ClockReading]) -> Iterator[VerdictChange]:
    sides = [{(reading.measure, reading.cycle): reading for reading in side} for side in (before, after)]
    for measure, cycle in dict.fromkeys((*sides[0], *sides[1])):
        was, becomes = (side.get((measure, cycle)) for side in sides)
        yield VerdictChange(
            item=trace.facts[0].stream,
            measure=measure,
            cycle=cycle,
            before=NO_CLOCK if was is None else was.verdict.value,
            after=NO_CLOCK if becomes is None else becomes.verdict.value,
            target_before="" if was is None else was.target,
            target_after="" if becomes is None else becomes.target,
            due_before=None if was is None else was.due_at,
            due_after=None if becomes is None else becomes.due_at,
        )


@define
class _Count:
    met: int = 0
    judged: int = 0
    exempted: int = 0

    def add(self, reading: ClockReading) -> None:
        if reading.verdict is Verdict.BREACHED and reading.exempted_by is not None:
            self.exempted += 1
        elif reading.verdict in (Verdict.MET, Verdict.BREACHED):
            self.judged += 1
            self.met += reading.verdict is Verdict.MET


@define
class _OfTarget:
    """One target of one revision, counted as a whole and by period."""

    terms: AgreementRevision
    share_promised: Fraction
    has_periods: bool
    whole: _Count = Factory(_Count)
    periods: dict[str, tuple[Period, _Count]] = Factory(dict)


@define
class _Side:
    """Adds up what one of the two comes to."""

    _targets: dict[tuple[int, str], _OfTarget] = Factory(dict)
    _tallies: dict[int, CreditTally] = Factory(dict)

    def add(self, trace: Trace, readings: Iterable[ClockReading]) -> None:
        for reading in readings:
            terms = reading.revision
            if terms is None:
                # A clock that waits or was cancelled is judged nowhere.
                continue
            key = (terms.number, reading.target)
            if key not in self._targets:
                has_periods = reading.share_periods is not None
                self._targets[key] = _OfTarget(terms, reading.share_promised, has_periods)
            found = self._targets[key]
            found.whole.add(reading)
            decided = reading.stopped_at if reading.verdict is Verdict.MET else reading.breached_at
            if reading.share_periods is not None and decided is not None:
                period = reading.share_periods.of(decided, terms.term)
                found.periods.setdefault(period.label, (period, _Count()))[1].add(reading)
            self._credit(terms, trace.facts[0].stream, reading)

    def _credit(self, terms: AgreementRevision, item: str, reading: ClockReading) -> None:
        if terms.credits is None:
            return
        tally = self._tallies.setdefault(terms.number, CreditTally(terms))
        missed = missed_by(item, reading)
        if missed is not None:
            tally.add(missed)

    def terms(self, now: Instant) -> UnderTerms:
        by_name: dict[str, list[_OfTarget]] = {}
        shares: dict[int, list[Reached]] = {}
        for (number, name), found in sorted(self._targets.items()):
            by_name.setdefault(name, []).append(found)
            for period, count in found.periods.values():
                shares.setdefault(number, []).append(
                    Reached(target=name, period=period, met=count.met, judged=count.judged, is_over=period.is_over(now))
                )
        return UnderTerms(
            targets=tuple(_outcome(name, parts, now) for name, parts in sorted(by_name.items())),
            currencies=tuple(sorted({tally.nothing for tally in self._tallies.values()})),
            credits=tuple(
                line for number, tally in sorted(self._tallies.items()) for line in tally.lines(shares.get(number, ()))
            ),
        )


def _outcome(name: str, parts: list[_OfTarget], now: Instant) -> TargetOutcome:
    judged = kept = 0
    for part in parts:
        for period, count in part.periods.values():
            if period.is_over(now) and count.judged:
                judged += 1
                kept += Fraction(count.met, count.judged) >= part.share_promised
    has_periods = any(part.has_periods for part in parts)
    return TargetOutcome(
        target=name,
        met=sum(part.whole.met for part in parts),
        judged=sum(part.whole.judged for part in parts),
        exempted=sum(part.whole.exempted for part in parts),
        share_promised=parts[-1].share_promised,
        periods_kept=kept if has_periods else None,
        periods_judged=judged if has_periods else None,
    )
