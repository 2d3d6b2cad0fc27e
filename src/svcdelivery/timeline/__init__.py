"""Instants, exact durations, half-open intervals, and their strict text forms."""

from __future__ import annotations

from svcdelivery.timeline.instant import (
    Instant,
    TimeSource,
    from_micros,
    in_zone,
    to_instant,
    to_micros,
    to_zone,
    tzdata_version,
)
from svcdelivery.timeline.interval import Interval, IntervalSet
from svcdelivery.timeline.text import (
    format_duration,
    format_instant,
    parse_duration,
    parse_instant,
    parse_signed_duration,
)

__all__ = [
    "Instant",
    "Interval",
    "IntervalSet",
    "TimeSource",
    "format_duration",
    "format_instant",
    "from_micros",
    "in_zone",
    "parse_duration",
    "parse_instant",
    "parse_signed_duration",
    "to_instant",
    "to_micros",
    "to_zone",
    "tzdata_version",
]
