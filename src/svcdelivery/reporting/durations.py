"""Durations: percentiles of how long clocks ran, and how much of their goal they used."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from typing import Any

from attrs import frozen

from svcdelivery.clock import ClockPhase, ClockReading
from svcdelivery.quality import MeasureDefinition
from svcdelivery.reporting.definitions import COUNTED_TIME, WALL_TIME
from svcdelivery.reporting.figures import Figure, FigureUnit, nearest_rank
from svcdelivery.timeline.instant import duration_micros

__all__ = ["PERCENTILES", "DurationTally", "Durations", "GoalUse"]

PERCENTILES = (50, 90, 95, 99)

_EDGES = (25, 50, 75, 100, 150, 200)
_WITHIN = 4  # as many bins hold clocks that kept their goal


@frozen
class GoalUse:
    """How many stopped clocks used so much of their goal, in per cent; the last bin has no upper end."""

    bins: tuple[tuple[str, int], ...]

    @property
    def within(self) -> tuple[str, ...]:
        """The bins of clocks that kept their goal."""
        return tuple(name for name, _ in self.bins[:_WITHIN])

    def to_data(self) -> dict[str, int]:
        """Answer the bins for JSON."""
        return dict(self.bins)


@frozen(kw_only=True)
class Durations:
    """How long the clocks of one measure ran."""

    measure: str
    service: tuple[Figure, ...]
    wall: tuple[Figure, ...]
    goal_use: GoalUse

    def to_data(self) -> dict[str, Any]:
        """Answer the percentiles for JSON."""
        return {
            "measure": self.measure,
            "counted": [figure.to_data() for figure in self.service],
            "wall": [figure.to_data() for figure in self.wall],
            "share_of_goal_used": self.goal_use.to_data(),
        }


class _Samples:
    def __init__(self) -> None:
        self.service = array("q")
        self.wall = array("q")
        self.left_out: Counter[str] = Counter()
        self.used: Counter[int] = Counter()


class DurationTally:
    """Keeps two numbers a stopped clock; percentiles by nearest rank need all of them."""

    def __init__(self) -> None:
        self._measures: dict[str, _Samples] = {}

    def add(self, reading: ClockReading) -> None:
        """Take one reading."""
        samples = self._measures.get(reading.measure)
        if samples is None:
            samples = self._measures[reading.measure] = _Samples()
        if reading.phase is not ClockPhase.STOPPED:
            samples.left_out["still open" if reading.is_open else "cancelled or not started"] += 1
        elif reading.elapsed is None:
            samples.left_out["with hours not known for their dates"] += 1
        else:
            elapsed = duration_micros(reading.elapsed)
            samples.service.append(elapsed)
            samples.wall.append(duration_micros(reading.elapsed_wall))
            if reading.allowed:
                samples.used[_bin(100 * elapsed, duration_micros(reading.allowed))] += 1

    def durations(self) -> tuple[Durations, ...]:
        """Answer the percentiles of each measure, by name."""
        return tuple(_durations(name, samples) for name, samples in sorted(self._measures.items()))


def _bin(numerator: int, denominator: int) -> int:
    # A clock that used exactly its goal kept it, so an edge belongs to the bin below.
    return bisect_left(_EDGES, -(-numerator // denominator))


def _durations(measure: str, samples: _Samples) -> Durations:
    left_out = sorted(samples.left_out.items())

    def percentiles(values: array[int], of: MeasureDefinition, unit: FigureUnit) -> tuple[Figure, ...]:
        ordered = sorted(values)
        return tuple(
            nearest_rank(f"p{percent}", ordered, percent, of=of, excluded=left_out, unit=unit)
            for percent in PERCENTILES
        )

    names = [f"{low} to {high} %" for low, high in zip((0, *_EDGES), _EDGES, strict=False)] + [f"over {_EDGES[-1]} %"]
    return Durations(
        measure=measure,
        service=percentiles(samples.service, COUNTED_TIME, FigureUnit.COUNTED_TIME),
        wall=percentiles(samples.wall, WALL_TIME, FigureUnit.DURATION),
        goal_use=GoalUse(tuple((name, samples.used[index]) for index, name in enumerate(names))),
    )
