"""How laws of clocks compare readings, and how they show them."""

from __future__ import annotations

from datetime import datetime

from svcdelivery.agreement import ServiceLevelTarget, TimeKind, time_kind
from svcdelivery.clock import ClockReading
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.laws.case import Case, Key
from svcdelivery.testing.laws.law import holds

__all__ = ["counted_hours", "counts", "ended", "same", "shown_clock"]


def same(told: Case, case: Case, keys: list[Key] | None = None) -> None:
    """Complain unless clocks show the same in both cases."""
    __tracebackhide__ = True
    there, here = told.readings(), case.readings()
    for key in keys if keys is not None else dict.fromkeys([*here, *there]):
        found, expected = there.get(key), here.get(key)
        holds(found == expected, shown_clock(key, expected), "becomes", shown_clock(key, found))


def shown_clock(key: Key, reading: ClockReading | None) -> str:
    """Answer a reading as complaints show it."""
    if reading is None:
        return f"{key[0]} (cycle {key[1]}) without a clock"
    due = "no due" if reading.due_at is None else f"due {reading.due_at}"
    return f"{reading.headline} [{reading.phase.value}, {due}, target {reading.target}, at {reading.at}]"


def ended(reading: ClockReading, case: Case) -> datetime:
    """Answer the end of what a reading has counted: its stop, or now."""
    return reading.stopped_at or case.story.now


def counts(target: ServiceLevelTarget, hours: str) -> bool:
    """Answer whether a target counts the open time of those service hours."""
    return target.hours == hours and time_kind(target.goal) is TimeKind.SERVICE


def counted_hours(case: Case) -> list[tuple[str, ServiceHours]]:
    """Answer the service hours whose open time some target counts, by name."""
    names = dict.fromkeys(t.hours for t in case.story.revision.targets if t.hours and counts(t, t.hours))
    named = ((name, case.story.revision.service_hours(name)) for name in names)
    return [(name, hours) for name, hours in named if hours is not None]
