"""Hypothesis strategies for rules and for what happens under them; needs the extra `testing`.

All are constructive: nothing drawn is thrown away, so tests stay fast and shrink well. Instants lie near what goes
wrong: nights on which clocks are changed, openings, closings, closed dates, and a microsecond beside each.

    @given(service_hours(), instants(), durations())
    def test_my_rule(hours, start, duration): ...
"""

from __future__ import annotations

from svcdelivery.testing.strategies.calendars import service_hours, shifts_of_a_day, usual_hours
from svcdelivery.testing.strategies.courses import Story, histories, stories
from svcdelivery.testing.strategies.moments import dates, durations, instants, rendering_zones, zones
from svcdelivery.testing.strategies.promises import actors, agreements, goals, identifiers, revisions, targets, texts

__all__ = [
    "Story",
    "actors",
    "agreements",
    "dates",
    "durations",
    "goals",
    "histories",
    "identifiers",
    "instants",
    "rendering_zones",
    "revisions",
    "service_hours",
    "shifts_of_a_day",
    "stories",
    "targets",
    "texts",
    "usual_hours",
    "zones",
]
