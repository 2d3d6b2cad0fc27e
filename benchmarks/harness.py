"""Measures ours against a baseline, in CPU time, and says whether the ratio holds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Row", "compare", "cpu_seconds", "render"]

Unit = Literal["s", "MB", ""]


@dataclass(frozen=True)
class Row:
    """One measured promise.

    Attributes:
        ours: What our side takes, in `unit`.
        baseline: What the baseline takes in the same run; None when the bound is an absolute one on `ours`.
        ratio: The figure that is held against `bound`; see `compare` for which way it is taken.
        bound: The bound, as it is printed: `<= 15`, `>= 0.7` or a bare number.
        holds: Whether the ratio keeps the bound.
        unit: `s` for CPU seconds, `MB` for memory, empty for a count.
    """

    name: str
    ours: float
    baseline: float | None
    ratio: float
    bound: float | str
    holds: bool
    unit: Unit = "s"

    @classmethod
    def at_most(cls, name: str, ours: float, baseline: float, bound: float, *, unit: Unit = "s") -> Row:
        """Ours may take at most `bound` times what the baseline takes."""
        ratio = ours / baseline
        return cls(name, ours, baseline, ratio, f"<= {bound:g}", ratio <= bound, unit)

    @classmethod
    def at_least(cls, name: str, ours: float, baseline: float, bound: float, *, unit: Unit = "s") -> Row:
        """Ours reaches at least `bound` times the throughput of the baseline, both given as time for the same work."""
        ratio = baseline / ours
        return cls(name, ours, baseline, ratio, f">= {bound:g}", ratio >= bound, unit)

    @classmethod
    def within(cls, name: str, ours: float, bound: float, *, unit: Unit) -> Row:
        """Ours stays within a bound of its own, such as a peak of memory."""
        return cls(name, ours, None, ours, f"<= {bound:g}", ours <= bound, unit)


def cpu_seconds(work: Callable[[], object], *, passes: int = 5) -> float:
    """Answer the least CPU time of this process that `work` took over some passes, garbage collection apart."""
    return _least([work], passes)[0]


def compare(
    ours: Callable[[], object], baseline: Callable[[], object], *, passes: int = 5, wall: bool = False
) -> tuple[float, float]:
    """Answer the least times of both, measured in turns, so that a noisy moment meets both alike.

    Args:
        wall: Whether waiting counts, for the disk or for another process; CPU time of this process otherwise.
    """
    first, second = _least([ours, baseline], passes, time.perf_counter if wall else time.process_time)
    return first, second


def _least(
    works: list[Callable[[], object]], passes: int, clock: Callable[[], float] = time.process_time
) -> list[float]:
    best = [float("inf")] * len(works)
    enabled = gc.isenabled()
    try:
        for _ in range(passes):
            for index, work in enumerate(works):
                gc.collect()
                gc.disable()
                start = clock()
                work()
                best[index] = min(best[index], clock() - start)
    finally:
        if enabled:
            gc.enable()
    # A clock that ticks coarsely may read nothing; a ratio needs something.
    return [max(seconds, 1e-9) for seconds in best]


def render(rows: Iterable[Row]) -> str:
    """Answer the rows as a table, a line each, misses marked at the end of the line."""
    head = ("name", "ours", "baseline", "ratio", "bound", "")
    body = [
        (
            row.name,
            _figure(row.ours, row.unit),
            "-" if row.baseline is None else _figure(row.baseline, row.unit),
            "-" if row.baseline is None else f"{row.ratio:.2f}",
            row.bound if isinstance(row.bound, str) else f"{row.bound:g}",
            "holds" if row.holds else "MISSED",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    lines = []
    for line in [head, *body]:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:5], widths[1:5], strict=True)]
        lines.append("  ".join([*cells, line[5]]).rstrip())
    return "\n".join(lines)


def _figure(value: float, unit: Unit) -> str:
    if unit == "s" and value < 1:
        scale, name = (1e3, "ms") if value >= 1e-3 else (1e6, "µs")
        return f"{value * scale:.3g} {name}"
    return f"{value:.4g} {unit}".rstrip()
