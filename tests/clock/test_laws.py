"""Laws of clocks: those the test kit offers to everybody, run on terms of every kind."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from svcdelivery.clock import ClockPhase, next_due, read_clocks
from svcdelivery.facts import Fact
from svcdelivery.testing.laws import rule_laws
from svcdelivery.testing.strategies import Story, revisions, stories
from svcdelivery.timeline import from_micros
from tests.clock.worlds import agreement, target

TestAnyTerms = rule_laws(agreement=revisions())


@given(stories())
def test_next_due_is_the_earliest_of_the_open_clocks(story: Story) -> None:
    """Stopped and cancelled clocks keep nobody awake."""
    found = read_clocks(story.agreement, story.facts, story.now)
    open_ones = [r.due_at for r in found if r.phase in (ClockPhase.RUNNING, ClockPhase.PAUSED) and r.due_at]
    assert next_due(found) == min(open_ones, default=None)


def test_no_facts_have_no_clocks() -> None:
    """Nothing happened, nothing is promised."""
    facts: tuple[Fact[Any], ...] = ()
    assert read_clocks(agreement(target()), facts, from_micros(0)) == ()
