"""Exemptions: a breach that was excused stays one, and says by whom and why it counts for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve

from svcdelivery.clock.facts import BreachExempted
from svcdelivery.clock.reading import ClockReading
from svcdelivery.clock.verdict import Verdict
from svcdelivery.work import Step

__all__ = ["exempted"]


def exempted(readings: Iterable[ClockReading], steps: Sequence[Step]) -> tuple[ClockReading, ...]:
    """Answer the readings, those of breaches that were excused saying by whom; the latest exemption counts."""
    found = tuple(readings)
    if not any(reading.verdict is Verdict.BREACHED for reading in found):
        return found
    excused = {
        (body.target, body.cycle): f"{step.fact.actor}: {body.ground}" if body.ground else str(step.fact.actor)
        for step in steps
        if isinstance(body := step.fact.body, BreachExempted)
    }
    if not excused:
        return found
    return tuple(
        evolve(reading, exempted_by=excused.get((reading.target, reading.cycle)))
        if reading.verdict is Verdict.BREACHED
        else reading
        for reading in found
    )
