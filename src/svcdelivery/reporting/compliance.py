"""Compliance: how many clocks kept their goal, cut by measure, target, service, priority, agreement and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from attrs import frozen

from svcdelivery.clock import ClockPhase, ClockReading, Verdict
from svcdelivery.reporting.figures import Figure, share
from svcdelivery.reporting.items import ReportItem
from svcdelivery.timeline import format_duration

__all__ = ["BY", "CONVENTION", "Compliance", "ComplianceTally", "MeasureCompliance", "Promise", "outcome_of"]

CONVENTION = "clocks that met their goal, of all judged; one still open past its due instant is judged, as breached"

BY = ("target", "agreement", "service", "priority", "month")
"""The cuts of each measure. The month is that of the stop in UTC, of the due instant for a clock still open."""

_MET, _BREACHED, _BREACHED_OPEN = "met", "breached", "breached and still open"
_JUDGED = (_MET, _BREACHED, _BREACHED_OPEN)
_OPEN, _CANCELLED, _NOT_STARTED = "still open, not yet due", "cancelled", "not started"
_UNKNOWN, _EXEMPTED, _NO_TARGET = "with hours not known for their dates", "exempted", "without a target"
_LEFT_OUT = (_OPEN, _CANCELLED, _NOT_STARTED, _UNKNOWN, _EXEMPTED)
_NO_MONTH = ""


@frozen
class Promise:
    """What a target promises: a goal, and the share of the clocks that must keep it."""

    clause: str
    goal: timedelta | str
    share: Fraction

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
    outcome: str
    is_repeated: bool


class _Place(NamedTuple):
    agreement: str
    service: str
    priority: str


@frozen(kw_only=True)
class Compliance:
    """One line of a compliance table.

    Attributes:
        of: What the line speaks of: the name of a target, service, priority, agreement, month or measure.
        figure: Met of judged.
        breached_open: Those of the breached that are still open.
        promise: What was promised, None where the line joins several promises.
    """

    of: str
    figure: Figure
    breached_open: int = 0
    agreement: str = ""
    promise: Promise | None = None

    @property
    def kept(self) -> bool | None:
        """Whether the promised share was reached, compared exactly; None without promise or data."""
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


def outcome_of(reading: ClockReading) -> str:
    """Answer in words what a reading counts as: judged one way or the other, or why it is left out."""
    if reading.verdict is Verdict.BREACHED:
        if reading.exempted_by is not None:
            return _EXEMPTED
        return _BREACHED_OPEN if reading.is_open else _BREACHED
    if reading.verdict is Verdict.MET:
        return _MET
    if reading.phase is ClockPhase.CANCELLED:
        return _CANCELLED
    if reading.phase is ClockPhase.WAITING:
        return _NOT_STARTED
    return _UNKNOWN if reading.findings else _OPEN


class ComplianceTally:
    """Counts clocks cell by cell; every table is a sum of cells, so that no two tables can disagree."""

    def __init__(self) -> None:
        self._cells: Counter[_Cell] = Counter()
        self._items: Counter[_Place] = Counter()
        self._unjudged: Counter[str] = Counter()
        self._promises: dict[tuple[str, int, str], Promise] = {}

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
            known = (terms.agreement, terms.number, reading.target)
            if known not in self._promises:
                self._promises[known] = Promise(reading.clause, reading.goal, reading.share_promised)
            self._cells[
                _Cell(
                    reading.measure,
                    *known,
                    work.service,
                    priority,
                    _month(reading) if outcome in _JUDGED else _NO_MONTH,
                    outcome,
                    reading.measure in seen,
                )
            ] += 1
            seen.add(reading.measure)

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
        return MeasureCompliance(measure=name, whole=_line(name, cells, [(_NO_TARGET, missing)]), cuts=tuple(cuts))

    def _by_target(self, cells: Iterable[tuple[_Cell, int]]) -> tuple[Compliance, ...]:
        def key(cell: _Cell) -> tuple[str, str, Promise]:
            return cell.agreement, cell.target, self._promises[cell.agreement, cell.revision, cell.target]

        groups = _grouped(cells, key)
        ordered = sorted(groups.items(), key=lambda entry: (entry[0][:2], entry[0][2].share, *entry[0][2].rank))
        return tuple(
            _line(target, group, agreement=agreement, promise=promise)
            for (agreement, target, promise), group in ordered
        )

    def _by_place(self, cells: Iterable[tuple[_Cell, int]], cut: str) -> tuple[Compliance, ...]:
        groups = _grouped(cells, lambda cell: str(getattr(cell, cut)))
        items: Counter[str] = Counter()
        for place, number in self._items.items():
            items[str(getattr(place, cut))] += number
        return tuple(
            _line(of, groups.get(of, []), [(_NO_TARGET, number - _items_of(groups.get(of, [])))])
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
            outcomes[_MET],
            sum(outcomes[outcome] for outcome in _JUDGED),
            convention=CONVENTION,
            excluded=(*((reason, outcomes[reason]) for reason in _LEFT_OUT), *excluded),
        ),
        breached_open=outcomes[_BREACHED_OPEN],
        agreement=agreement,
        promise=promise,
    )
