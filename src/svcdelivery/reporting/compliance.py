"""Compliance: how many clocks kept their goal, cut by measure, target, service, priority, agreement and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from attrs import evolve, frozen

from svcdelivery.agreement import AgreementRevision, Period, Periods
from svcdelivery.clock import ClockReading
from svcdelivery.reporting.definitions import GOALS_MET
from svcdelivery.reporting.figures import Figure, share
from svcdelivery.reporting.items import ReportItem
from svcdelivery.reporting.outcome import (
    BREACHED_OPEN,
    JUDGED,
    LEFT_OUT,
    MET,
    NO_TARGET,
    decided_at,
    outcome_of,
)
from svcdelivery.timeline import Instant, format_duration, format_instant

__all__ = ["BY", "Compliance", "ComplianceTally", "MeasureCompliance", "PeriodCompliance", "Promise"]

BY = ("target", "agreement", "service", "priority", "month")
"""The cuts of each measure. The month is that of the stop in UTC, of the due instant for a clock still open."""

_NO_MONTH = _NO_PERIOD = ""


@frozen
class Promise:
    """What a target promises: a goal, and the share of the clocks that must keep it, perhaps in each period."""

    clause: str
    goal: timedelta | str
    share: Fraction
    periods: Periods | None = None

    @property
    def rank(self) -> tuple[bool, timedelta, str]:
        """The place among promises of one share: durations first, the shortest first, then the others by name."""
        return (False, self.goal, "") if isinstance(self.goal, timedelta) else (True, timedelta(0), self.goal)


class _Cell(NamedTuple):
    measure: str
    agreement: str
    revision: int
    target: str
    service: str
    priority: str
    month: str
    period: str
    outcome: str
    is_repeated: bool


class _Place(NamedTuple):
    agreement: str
    service: str
    priority: str


@frozen(kw_only=True)
class PeriodCompliance:
    """What became of a share promised in one period.

    Attributes:
        figure: Met of judged: the clocks whose verdict was decided in the period. Exempted breaches stand with what was
            left out; a clock that is still open and not yet due belongs to no period yet.
        is_over: Whether the period had ended by the instant of the report: then its figures are final.
    """

    period: Period
    figure: Figure
    breached_open: int
    share_promised: Fraction
    is_over: bool

    @property
    def kept(self) -> bool | None:
        """Whether the promised share is reached, compared exactly; None without data."""
        value = self.figure.value
        return value >= self.share_promised if isinstance(value, Fraction) else None

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON; the end of a period is exclusive, and null where it has none."""
        end = self.period.end
        return {
            **self.figure.to_data(),
            "from": format_instant(self.period.start),
            "until": None if end is None else format_instant(end),
            "is_over": self.is_over,
            "breached_open": self.breached_open,
            "kept": self.kept,
        }


@frozen(kw_only=True)
class Compliance:
    """One line of a compliance table.

    Attributes:
        of: What the line speaks of: the name of a target, service, priority, agreement, month or measure.
        figure: Met of judged.
        breached_open: Those of the breached that are still open.
        promise: What was promised, None where the line joins several promises.
        periods: Where the share is promised in periods, those anything was decided in, in order.
    """

    of: str
    figure: Figure
    breached_open: int = 0
    agreement: str = ""
    promise: Promise | None = None
    periods: tuple[PeriodCompliance, ...] = ()

    @property
    def kept(self) -> bool | None:
        """Whether the promised share was reached, compared exactly; None without promise or data.

        A share promised in periods is kept when each period that is over kept it.
        """
        if self.promise is not None and self.promise.periods is not None:
            judged = [line.kept for line in self.periods if line.is_over and line.kept is not None]
            return all(judged) if judged else None
        value = self.figure.value
        return None if self.promise is None or not isinstance(value, Fraction) else value >= self.promise.share

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON."""
        data: dict[str, Any] = {**self.figure.to_data(), "breached_open": self.breached_open}
        if self.promise is not None:
            goal = self.promise.goal
            shown = format_duration(goal) if isinstance(goal, timedelta) else goal
            data.update(agreement=self.agreement, clause=self.promise.clause, goal=shown)
            data.update(share_promised=str(self.promise.share), kept=self.kept)
            if self.promise.periods is not None:
                data.update(promised_in=str(self.promise.periods), zone=self.promise.periods.zone)
                data.update(periods=[line.to_data() for line in self.periods])
        return data


@frozen(kw_only=True)
class MeasureCompliance:
    """One measure as a whole, and cut in each way of `BY`; the lines of a cut add up to the whole."""

    measure: str
    whole: Compliance
    cuts: tuple[tuple[str, tuple[Compliance, ...]], ...]

    def by(self, cut: str) -> tuple[Compliance, ...]:
        """Answer the lines of one cut."""
        return dict(self.cuts)[cut]

    def to_data(self) -> dict[str, Any]:
        """Answer the measure for JSON."""
        cuts = {f"by_{name}": [line.to_data() for line in lines] for name, lines in self.cuts}
        return {"measure": self.measure, "whole": self.whole.to_data(), **cuts}


class ComplianceTally:
    """Counts clocks cell by cell; every table is a sum of cells, so that no two tables can disagree."""

    def __init__(self) -> None:
        self._cells: Counter[_Cell] = Counter()
        self._items: Counter[_Place] = Counter()
        self._unjudged: Counter[str] = Counter()
        self._promises: dict[tuple[str, int, str], Promise] = {}
        self._periods: dict[tuple[str, str, Periods, str], Period] = {}
        self._now: Instant | None = None

    def add(self, item: ReportItem) -> None:
        """Count the clocks of one item."""
        work, terms = item.work, item.terms
        if terms is None:
            self._unjudged[item.unjudged] += 1
            return
        priority = work.priority or ""
        self._items[_Place(terms.agreement, work.service, priority)] += 1
        if item.unjudged:
            self._unjudged[item.unjudged] += 1
        seen: set[str] = set()
        for reading in item.readings:
            outcome = outcome_of(reading)
            judged_by = reading.revision or terms
            known = (terms.agreement, judged_by.number, reading.target)
            if known not in self._promises:
                self._promises[known] = Promise(
                    reading.clause, reading.goal, reading.share_promised, reading.share_periods
                )
            self._cells[
                _Cell(
                    reading.measure,
                    *known,
                    work.service,
                    priority,
                    _month(reading) if outcome in JUDGED else _NO_MONTH,
                    self._period(terms, reading),
                    outcome,
                    reading.measure in seen,
                )
            ] += 1
            seen.add(reading.measure)

    def _period(self, terms: AgreementRevision, reading: ClockReading) -> str:
        self._now = reading.at
        at = None if reading.share_periods is None else decided_at(reading)
        if reading.share_periods is None or at is None:
            return _NO_PERIOD
        period = reading.share_periods.of(at, terms.term)
        self._periods[terms.agreement, reading.target, reading.share_periods, period.label] = period
        return period.label

    @property
    def unjudged(self) -> tuple[tuple[str, int], ...]:
        """Items without any clock, by reason."""
        return tuple(sorted(self._unjudged.items()))

    @property
    def judged_items(self) -> int:
        """Items with at least one clock, whatever it shows."""
        return self._items.total() - self._unjudged["no target applies"]

    def whole(self) -> Compliance:
        """Answer all clocks of all measures together."""
        return _line("all measures", self._cells.items(), excluded=())

    def measures(self) -> tuple[MeasureCompliance, ...]:
        """Answer each measure, by name."""
        by_measure = _grouped(self._cells.items(), lambda cell: cell.measure)
        return tuple(self._measure(name, cells) for name, cells in sorted(by_measure.items()))

    def _measure(self, name: str, cells: list[tuple[_Cell, int]]) -> MeasureCompliance:
        cuts = [("target", self._by_target(cells))]
        cuts.extend((cut, self._by_place(cells, cut)) for cut in ("agreement", "service", "priority"))
        months = _grouped(cells, lambda cell: cell.month)
        lines = tuple(_line(month, group) for month, group in sorted(months.items()) if month != _NO_MONTH)
        cuts.append(("month", lines))
        missing = self._items.total() - _items_of(cells)
        return MeasureCompliance(measure=name, whole=_line(name, cells, [(NO_TARGET, missing)]), cuts=tuple(cuts))

    def _by_target(self, cells: Iterable[tuple[_Cell, int]]) -> tuple[Compliance, ...]:
        def key(cell: _Cell) -> tuple[str, str, Promise]:
            return cell.agreement, cell.target, self._promises[cell.agreement, cell.revision, cell.target]

        groups = _grouped(cells, key)
        ordered = sorted(groups.items(), key=lambda entry: (entry[0][:2], entry[0][2].share, *entry[0][2].rank))
        return tuple(
            evolve(
                _line(target, group, agreement=agreement, promise=promise),
                periods=self._by_period(agreement, target, promise, group),
            )
            for (agreement, target, promise), group in ordered
        )

    def _by_period(
        self, agreement: str, target: str, promise: Promise, cells: Iterable[tuple[_Cell, int]]
    ) -> tuple[PeriodCompliance, ...]:
        lines = []
        for label, group in _grouped(cells, lambda cell: cell.period).items():
            if label == _NO_PERIOD or promise.periods is None:
                continue
            line, period = _line(label, group), self._periods[agreement, target, promise.periods, label]
            lines.append(
                PeriodCompliance(
                    period=period,
                    figure=line.figure,
                    breached_open=line.breached_open,
                    share_promised=promise.share,
                    is_over=self._now is not None and period.is_over(self._now),
                )
            )
        return tuple(sorted(lines, key=lambda line: line.period.start))

    def _by_place(self, cells: Iterable[tuple[_Cell, int]], cut: str) -> tuple[Compliance, ...]:
        groups = _grouped(cells, lambda cell: str(getattr(cell, cut)))
        items: Counter[str] = Counter()
        for place, number in self._items.items():
            items[str(getattr(place, cut))] += number
        return tuple(
            _line(of, groups.get(of, []), [(NO_TARGET, number - _items_of(groups.get(of, [])))])
            for of, number in sorted(items.items())
        )


def _items_of(cells: Iterable[tuple[_Cell, int]]) -> int:
    # A measure that repeats has a clock for each cycle; the item counts once.
    return sum(number for cell, number in cells if not cell.is_repeated)


def _month(reading: ClockReading) -> str:
    at = reading.stopped_at or reading.breached_at
    return f"{at.year:04}-{at.month:02}" if isinstance(at, datetime) else _NO_MONTH


def _grouped(cells: Iterable[tuple[_Cell, int]], key: Callable[[_Cell], Any]) -> dict[Any, list[tuple[_Cell, int]]]:
    groups: dict[Any, list[tuple[_Cell, int]]] = {}
    for cell, number in cells:
        groups.setdefault(key(cell), []).append((cell, number))
    return groups


def _line(
    of: str,
    cells: Iterable[tuple[_Cell, int]],
    excluded: Iterable[tuple[str, int]] = (),
    *,
    agreement: str = "",
    promise: Promise | None = None,
) -> Compliance:
    outcomes: Counter[str] = Counter()
    for cell, number in cells:
        outcomes[cell.outcome] += number
    return Compliance(
        of=of,
        figure=share(
            of,
            outcomes[MET],
            sum(outcomes[outcome] for outcome in JUDGED),
            of=GOALS_MET,
            excluded=(*((reason, outcomes[reason]) for reason in LEFT_OUT), *excluded),
        ),
        breached_open=outcomes[BREACHED_OPEN],
        agreement=agreement,
        promise=promise,
    )
