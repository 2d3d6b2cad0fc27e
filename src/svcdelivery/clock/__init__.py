"""Clocks: how much agreed time an item has used, when it is due, and why."""

from __future__ import annotations

from svcdelivery.clock.clocks import next_due, read_clocks, read_outline, read_trace, read_under, revision_of
from svcdelivery.clock.comparison import Cause, Comparison, Difference, compare
from svcdelivery.clock.explanation import ExplainedSpan, Explanation, SpanKind, shown_duration
from svcdelivery.clock.facts import BreachExempted, BreachNoticed, TimeExcluded
from svcdelivery.clock.parties import (
    Holder,
    HolderKind,
    HolderTime,
    TimeOf,
    backed_by,
    holders,
    time_by_holder,
    whose_time,
)
from svcdelivery.clock.reading import ClockReading, missed_by
from svcdelivery.clock.schema import comparison_schema, explanation_schema
from svcdelivery.clock.simulated import Simulation, TargetOutcome, UnderTerms, VerdictChange
from svcdelivery.clock.simulation import simulate
from svcdelivery.clock.verdict import ClockPhase, Verdict
from svcdelivery.clock.watchlist import Watched, Watchlist, due_times

__all__ = [
    "BreachExempted",
    "BreachNoticed",
    "Cause",
    "ClockPhase",
    "ClockReading",
    "Comparison",
    "Difference",
    "ExplainedSpan",
    "Explanation",
    "Holder",
    "HolderKind",
    "HolderTime",
    "Simulation",
    "SpanKind",
    "TargetOutcome",
    "TimeExcluded",
    "UnderTerms",
    "TimeOf",
    "Verdict",
    "VerdictChange",
    "Watched",
    "Watchlist",
    "backed_by",
    "compare",
    "comparison_schema",
    "due_times",
    "explanation_schema",
    "holders",
    "missed_by",
    "next_due",
    "read_clocks",
    "read_outline",
    "read_trace",
    "read_under",
    "revision_of",
    "shown_duration",
    "simulate",
    "time_by_holder",
    "whose_time",
]
