"""The calendar of a vector as service hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from svcdelivery.service_hours import ClosedRange, ServiceHours

__all__ = ["calendar_hours"]


def calendar_hours(calendar: Mapping[str, Any]) -> ServiceHours:
    """Answer the hours: a holiday beats a dated shift, that a weekly one, and breaks are always cut out."""
    named = calendar.get("holiday_ranges", ())
    ranges = list(named.values()) if isinstance(named, Mapping) else named
    yearly = [f"{found['start'][-5:]}..{found['end'][-5:]}" for found in ranges if found.get("yearly")]
    dated = [ClosedRange(found["start"], found["end"]) for found in ranges if not found.get("yearly")]
    return ServiceHours.weekly(
        calendar["timezone"],
        {day: _texts(shifts) for day, shifts in calendar["weekly"].items()},
        closed=calendar.get("holidays", ()),
        closed_ranges=dated,
        closed_yearly=[*calendar.get("recurring_holidays", ()), *yearly],
        replaced=_dated(calendar.get("shifts", {})),
        closed_parts=_dated(calendar.get("breaks", {})),
    )


def _texts(shifts: Sequence[Sequence[str]]) -> list[str]:
    return [f"{start}-{end}" for start, end in shifts]


def _dated(shifts: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, list[str]]:
    return {day: _texts(found) for day, found in shifts.items()}
