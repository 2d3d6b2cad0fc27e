"""Counts clocks cell by cell, so that every table of compliance is a sum of the same cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from attrs import evolve

from svcdelivery.agreement import AgreementRevision, Period, Periods
from svcdelivery.clock import ClockReading
from svcdelivery.reporting.compliance import Compliance, MeasureCompliance, PeriodCompliance, Promise
from svcdelivery.reporting.definitions import GOALS_MET
from svcdelivery.reporting.figures import share
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
from svcdelivery.timeline import Instant

__all__ = ["ComplianceTally"]

_NO_MONTH = _NO_PERIOD = ""


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
