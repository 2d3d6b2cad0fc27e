"""The wake-ups of a stream: what they are called, those of its clocks, and which are to be armed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from svcdelivery.clock import BreachNoticed, ClockReading, Verdict
from svcdelivery.facts import Fact
from svcdelivery.storage.protocol import Due
from svcdelivery.timeline import Instant

__all__ = ["due_timer", "just_after", "rearmed", "timer_name", "wakes_of_clocks"]

_DUE = "due:"
# Shorter than names may be: one that is tried again gets longer.
_NAME_MOST = 180
_JUST_AFTER = timedelta(microseconds=1)


def timer_name(kind: str, name: str) -> str:
    """Answer the name of a timer; of a long name a digest stands in for it."""
    full = f"{kind}{name}"
    return full if len(full) <= _NAME_MOST else f"{kind}{sha256(name.encode()).hexdigest()}"


def due_timer(target: str, cycle: int = 1) -> str:
    """Answer the name of the timer that wakes the desk just after the due instant of a target's cycle."""
    return timer_name(_DUE if cycle == 1 else f"due#{cycle}:", target)


def just_after(due_at: Instant) -> Instant:
    """Answer when something that was due at an instant is late."""
    return datetime.__add__(due_at, _JUST_AFTER)


def wakes_of_clocks(facts: Sequence[Fact[Any]], readings: Iterable[ClockReading]) -> dict[str, Instant]:
    """Answer when each clock asks to be looked at, by the names of the timers.

    A breach nobody has noticed yet keeps its wake-up, even when the clock has stopped since.
    """
    noticed = {(f.body.target, f.body.cycle) for f in facts if isinstance(f.body, BreachNoticed)}
    wanted: dict[str, Instant] = {}
    for reading in readings:
        waits = (reading.is_open and not reading.due_is_provisional) or reading.verdict is Verdict.BREACHED
        if reading.due_at is not None and waits and (reading.target, reading.cycle) not in noticed:
            wanted[due_timer(reading.target, reading.cycle)] = just_after(reading.due_at)
    return wanted


def rearmed(stream: str, wanted: Mapping[str, Instant], armed: Iterable[Due]) -> list[Due]:
    """Answer what to arm and disarm so that exactly what is wanted is armed."""
    have = {timer.name: timer.due_at for timer in armed}
    moved = [Due(stream=stream, name=name, due_at=at) for name, at in wanted.items() if have.get(name) != at]
    return moved + [Due(stream=stream, name=name, due_at=None) for name in have if name not in wanted]
