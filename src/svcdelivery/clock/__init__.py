"""Clocks: how much agreed time an item has used, when it is due, and why."""

from __future__ import annotations

from svcdelivery.clock.clocks import next_due, read_clocks, read_trace, revision_of
from svcdelivery.clock.explanation import ExplainedSpan, Explanation, SpanKind, shown_duration
from svcdelivery.clock.facts import BreachNoticed
from svcdelivery.clock.reading import ClockPhase, ClockReading, Verdict
from svcdelivery.clock.watchlist import Watched, Watchlist, due_times

__all__ = [
    "BreachNoticed",
    "ClockPhase",
    "ClockReading",
    "ExplainedSpan",
    "Explanation",
    "SpanKind",
    "Verdict",
    "Watched",
    "Watchlist",
    "due_times",
    "next_due",
    "read_clocks",
    "read_trace",
    "revision_of",
    "shown_duration",
]
