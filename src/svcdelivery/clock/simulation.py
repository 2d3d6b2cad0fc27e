"""What a draft would have changed: histories judged under the agreement they had, and again under the draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import Factory, define, frozen

from svcdelivery.agreement import (
    AgreementRevision,
    CreditLine,
    CreditTally,
    Missed,
    Period,
    Reached,
    ServiceAgreement,
)
from svcdelivery.agreement.credit import added
from svcdelivery.clock.clocks import read_trace, read_under
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.verdict import Verdict
from svcdelivery.facts import Fact
from svcdelivery.timeline import Instant, format_instant, to_instant
from svcdelivery.work import Trace, trace_of

__all__ = ["NO_CLOCK", "SIMULATION_FORMAT", "Simulation", "UnderTerms", "TargetOutcome", "VerdictChange", "simulate"]

SIMULATION_FORMAT = "svcdelivery.simulation/1"
"""The name of the JSON form."""

NO_CLOCK = "no clock"
"""What stands for a verdict where no target applies."""

_KEPT_MOST = 1000


@frozen(kw_only=True)
class VerdictChange:
    """A clock whose verdict would be another one.

    Attributes:
        before: `met`, `breached`, `open`, `none`, or `no clock` where no target applied; `after` likewise.
    """

    item: str
    measure: str
    cycle: int
    before: str
    after: str
    target_before: str = ""
    target_after: str = ""
    due_before: Instant | None = None
    due_after: Instant | None = None

    def to_data(self) -> dict[str, Any]:
        """Answer the change for JSON."""
        return {
            "item": self.item,
            "measure": self.measure,
            "cycle": self.cycle,
            "before": _side_data(self.before, self.target_before, self.due_before),
            "after": _side_data(self.after, self.target_after, self.due_after),
        }


def _side_data(verdict: str, target: str, due_at: Instant | None) -> dict[str, Any]:
    return {"verdict": verdict, "target": target, "due_at": None if due_at is None else format_instant(due_at)}


@frozen(kw_only=True)
class TargetOutcome:
    """How one target fared under one of the two.

    Attributes:
        met, judged: Clocks that met their goal, of all judged; one still open past its due instant counts as breached.
        exempted: Breaches that were excused; they are not judged.
        periods_kept, periods_judged: Of the periods that are over, where the share is promised in periods.
    """

    target: str
    met: int = 0
    judged: int = 0
    exempted: int = 0
    share_promised: Fraction = Fraction(1)
    periods_kept: int | None = None
    periods_judged: int | None = None

    @property
    def share(self) -> Fraction | None:
        """Met of judged; None where nothing was."""
        return Fraction(self.met, self.judged) if self.judged else None

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept: over all, or in each period that is over; None without data."""
        if self.periods_judged is not None:
            return self.periods_kept == self.periods_judged if self.periods_judged else None
        return None if self.share is None else self.share >= self.share_promised

    def to_data(self) -> dict[str, Any]:
        """Answer the outcome for JSON; shares are fractions."""
        return {
            "target": self.target,
            "met": self.met,
            "judged": self.judged,
            "exempted": self.exempted,
            "share": None if self.share is None else str(self.share),
            "share_promised": str(self.share_promised),
            "periods_kept": self.periods_kept,
            "periods_judged": self.periods_judged,
            "kept": self.kept,
        }


@frozen(kw_only=True)
class UnderTerms:
    """What one of the two came to: an outcome for each target, by name, and the credits that would be owed.

    Attributes:
        currencies: Those credits were agreed in, each with nothing of it.
    """

    targets: tuple[TargetOutcome, ...] = ()
    credits: tuple[CreditLine, ...] = ()
    currencies: tuple[tuple[str, Decimal], ...] = ()

    def outcome(self, target: str) -> TargetOutcome | None:
        """Answer how a target fared, None where it judged nothing."""
        return next((outcome for outcome in self.targets if outcome.target == target), None)

    def owed(self, target: str | None = None) -> tuple[tuple[str, Decimal], ...]:
        """Answer what is owed for a target, or for all, in each currency; empty where no credits were agreed on."""
        sums = dict(self.currencies) if target is None else {}
        for line in self.credits:
            if target in (None, line.target):
                sums[line.currency] = added((sums.get(line.currency, Decimal(0)), line.amount))
        return tuple(sorted(sums.items()))

    def to_data(self) -> dict[str, Any]:
        """Answer it for JSON; money is decimal text."""
        return {
            "targets": [outcome.to_data() for outcome in self.targets],
            "credits": [line.to_data() for line in self.credits],
            "owed": {currency: f"{amount:f}" for currency, amount in self.owed()},
        }


@frozen(kw_only=True)
class Simulation:
    """What a draft would have changed.

    Attributes:
        items: Histories with at least one fact by then.
        clocks: Clocks compared, those that exist under one of the two alone included.
        changed: How many verdicts change, by what they were and what they become.
        changes: The changes themselves, in the order of the histories; of very many the first ones.
    """

    now: Instant
    items: int
    clocks: int
    changed: tuple[tuple[str, str, int], ...]
    changes: tuple[VerdictChange, ...]
    before: UnderTerms
    after: UnderTerms

    @property
    def changed_count(self) -> int:
        """How many verdicts change, all of them."""
        return sum(number for _, _, number in self.changed)

    def to_data(self) -> dict[str, Any]:
        """Answer the simulation for JSON."""
        return {
            "format": SIMULATION_FORMAT,
            "now": format_instant(self.now),
            "items": self.items,
            "clocks": self.clocks,
            "changed_count": self.changed_count,
            "changed": [{"before": before, "after": after, "clocks": n} for before, after, n in self.changed],
            "changes": [change.to_data() for change in self.changes],
            "before": self.before.to_data(),
            "after": self.after.to_data(),
        }


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
    had, would = _Side(), _Side()
    changed: Counter[tuple[str, str]] = Counter()
    kept: list[VerdictChange] = []
    items = clocks = 0
    for facts in histories:
        trace = trace_of(facts)
        if trace is None or trace.steps[0].at > at:
            continue
        items += 1
        before, after = _had(agreement, trace, at), read_under(draft, trace, at, agreement=agreement)
        had.add(trace, before)
        would.add(trace, after)
        for change in _compared(trace, before, after):
            clocks += 1
            if change.before == change.after:
                continue
            changed[change.before, change.after] += 1
            if len(kept) < keep_most:
                kept.append(change)
            if each is not None:
                each(change)
    return Simulation(
        now=at,
        items=items,
        clocks=clocks,
        changed=tuple((*pair, number) for pair, number in sorted(changed.items())),
        changes=tuple(kept),
        before=had.terms(at),
        after=would.terms(at),
    )


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
        if reading.verdict is Verdict.BREACHED and reading.due_at is not None:
            tally.add(
                Missed(
                    item=item,
                    target=reading.target,
                    cycle=reading.cycle,
                    at=reading.due_at,
                    late=reading.overdue,
                    exempted_by=reading.exempted_by,
                    is_open=reading.is_open,
                )
            )

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
