"""What a clock counts as in compliance figures, and when that was decided."""

from __future__ import annotations

from svcdelivery.clock import ClockPhase, ClockReading, Verdict
from svcdelivery.timeline import Instant

__all__ = ["BREACHED_OPEN", "JUDGED", "LEFT_OUT", "MET", "NO_TARGET", "decided_at", "outcome_of"]

MET, BREACHED, BREACHED_OPEN = "met", "breached", "breached and still open"
JUDGED = (MET, BREACHED, BREACHED_OPEN)
_OPEN, _CANCELLED, _NOT_STARTED = "still open, not yet due", "cancelled", "not started"
_UNKNOWN, _EXEMPTED = "with hours not known for their dates", "exempted"
NO_TARGET = "without a target"
LEFT_OUT = (_OPEN, _CANCELLED, _NOT_STARTED, _UNKNOWN, _EXEMPTED)


def outcome_of(reading: ClockReading) -> str:
    """Answer in words what a reading counts as: judged one way or the other, or why it is left out."""
    if reading.verdict is Verdict.BREACHED:
        if reading.exempted_by is not None:
            return _EXEMPTED
        return BREACHED_OPEN if reading.is_open else BREACHED
    if reading.verdict is Verdict.MET:
        return MET
    if reading.phase is ClockPhase.CANCELLED:
        return _CANCELLED
    if reading.phase is ClockPhase.WAITING:
        return _NOT_STARTED
    return _UNKNOWN if reading.findings else _OPEN


def decided_at(reading: ClockReading) -> Instant | None:
    """Answer when the verdict was decided: at the stop when met, at the due instant when breached; None while open.

    It stays as long as earlier facts do, so a period that is over keeps its figures.
    """
    return reading.stopped_at if reading.verdict is Verdict.MET else reading.breached_at
