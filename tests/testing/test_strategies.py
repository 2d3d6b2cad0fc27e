"""What is drawn: near what goes wrong, legal, and of every kind."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import STANDARD_MEASURES, ServiceAgreement, Within
from svcdelivery.clock import ClockPhase, read_clocks
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies import (
    Story,
    dates,
    durations,
    goals,
    histories,
    instants,
    revisions,
    stories,
    usual_hours,
)
from svcdelivery.testing.strategies.moments import changes
from svcdelivery.testing.terms import terms_of
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import MessagePosted, PriorityChanged, PutOnHold, Reopened, fold_work

DAY = 86_400_000_000
ALWAYS = ServiceHours.always()
T = TypeVar("T")


def drawn(strategy: st.SearchStrategy[T], count: int = 100) -> list[T]:
    """Answer what a strategy draws, always the same."""
    found: list[T] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(strategy)
    def keep(value: T) -> None:
        found.append(value)

    keep()
    return found


class TestInstants:
    @pytest.mark.parametrize("hours", [*drawn(usual_hours(), 20)[:3], None])
    def test_most_lie_within_a_day_of_what_goes_wrong(self, hours: ServiceHours | None) -> None:
        """Half of them at the least, an edge of the hours or a change of offset; many have microseconds."""
        found = [to_micros(at) for at in drawn(instants(hours))]
        if hours is None:
            zones = ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham")
            marks = sorted({at for zone in zones for at in changes(zone, 2021, 2024)})
        else:
            low, high = min(found) - 9 * DAY, max(found) + 9 * DAY
            marks = sorted(
                {*changes(hours.zone, 2021, 2024), *(edge for span in hours.spans(low, high) for edge in span)}
            )

        def is_near(at: int) -> bool:
            place = bisect_left(marks, at - DAY)
            return place < len(marks) and marks[place] <= at + DAY

        least = 0.3 if hours is None else 0.5
        assert sum(is_near(at) for at in found) >= least * len(found)
        assert sum(at % 1_000_000 > 0 for at in found) >= 0.2 * len(found)

    def test_years_that_hours_do_not_know_are_not_drawn(self) -> None:
        """Nor any so close to their bounds that a look around would leave them."""
        hours = ServiceHours.weekly("Europe/Paris", {"mon-fri": "09:00-17:00"}, covered_years=(2026, 2027))
        assert {at.year for at in drawn(instants(hours), 60)} <= {2026, 2027}
        assert all(hours.intervals(at.subtract(days=2), at) is not None for at in drawn(instants(hours), 60)[5:6])

    def test_anything_with_intervals_has_edges_to_be_near(self) -> None:
        """Also what is no service hours of ours, and what has no intervals at all."""

        class Plain:
            def intervals(self, start: datetime, end: datetime) -> Any:
                return ServiceHours.weekly("UTC", {"mon-sun": "09:00-17:00"}).intervals(start, end)

        hours_of_day = Counter((at.hour, at.minute, at.second, at.microsecond) for at in drawn(instants(Plain())))
        assert hours_of_day[9, 0, 0, 0] + hours_of_day[17, 0, 0, 0] >= 10
        assert drawn(instants(object()), 5)

    def test_durations_reach_from_zero_to_their_most(self) -> None:
        """Whole quarters and odd microseconds."""
        found = drawn(durations(timedelta(days=2)))
        assert min(found) == timedelta(0)
        assert max(found) <= timedelta(days=2)
        assert any(duration.microseconds for duration in found)
        assert any(duration and not duration % timedelta(minutes=15) for duration in found)

    def test_dates_hold_to_their_years(self) -> None:
        """And meet nights on which clocks are changed."""
        assert {day.year for day in drawn(dates(2026, 2026), 60)} == {2026}


class TestTerms:
    def test_goals_are_of_every_kind_that_needs_no_field(self) -> None:
        """Durations in both kinds of time, and the four goals of days."""
        found = drawn(goals())
        assert len({type(goal) for goal in found}) == 5
        assert {goal.time.value for goal in found if isinstance(goal, Within)} == {"service", "wall"}
        assert {type(goal) for goal in drawn(goals(of_days=False), 60)} == {Within}

    def test_revisions_promise_every_standard_measure_under_every_rule(self) -> None:
        """One of them a second time, narrower."""
        found = drawn(revisions())
        targets = [target for terms in found for target in terms.targets]
        assert all(len(terms.targets) == len(STANDARD_MEASURES) + 1 for terms in found)
        for rule in ("on_change", "on_reopening", "due_while_paused", "boundary"):
            assert len({getattr(target, rule) for target in targets}) >= 2, rule
        assert {terms.hours[0].hours for terms in drawn(revisions(hours=st.just(ALWAYS)), 5)} == {ALWAYS}


class TestHistories:
    def test_they_hold_pauses_reopenings_priorities_and_messages(self) -> None:
        """On both kinds of work, with several facts at one instant now and then."""
        found = drawn(stories(), 150)
        bodies = Counter(type(fact.body) for story in found for fact in story.facts)
        for body in (PutOnHold, Reopened, PriorityChanged, MessagePosted):
            assert bodies[body] >= 20, body
        assert {story.kind.name for story in found} == {"request", "incident"}
        assert any(a.occurred_at == b.occurred_at for s in found for a, b in zip(s.facts, s.facts[1:], strict=False))

    @given(stories())
    def test_each_is_legal_and_read_after_its_receipt(self, story: Story) -> None:
        """Folding refuses nothing."""
        assert fold_work(story.facts) is not None
        assert story.now >= story.facts[0].occurred_at

    def test_clocks_are_met_breached_paused_and_stopped_in_them(self) -> None:
        """So that no law is kept for want of cases."""
        found = [r for s in drawn(stories(), 150) for r in read_clocks(s.agreement, s.facts, s.now)]
        assert {reading.phase for reading in found} == set(ClockPhase)
        assert min(Counter(reading.verdict for reading in found).values()) >= 20

    def test_they_speak_of_the_terms_they_are_told_under(self) -> None:
        """Services, priorities and hold reasons are those of the agreement; without any there are none."""
        terms = terms_of(hold_reasons=("weather",), services=())
        for facts in drawn(histories(terms, posts=False), 60):
            assert facts[0].body.service == "service"
            assert {fact.body.reason for fact in facts if isinstance(fact.body, PutOnHold)} <= {"weather"}
            assert not any(isinstance(fact.body, MessagePosted) for fact in facts)

    def test_facts_of_ones_own_are_told_among_them(self) -> None:
        """Where somebody waits for them."""
        facts = [f for told in drawn(histories(terms_of(), others=st.just("mine")), 60) for f in told]
        assert any(fact.body == "mine" for fact in facts)

    def test_a_story_under_an_agreement_comes_in_under_one_of_its_revisions(self) -> None:
        """And is shown fact by fact, with what was promised."""
        agreement = ServiceAgreement.of(terms_of(), terms_of(number=2))
        found = drawn(stories(agreement=agreement), 60)
        assert {story.revision.number for story in found} == {1, 2}
        assert repr(found[0]).splitlines()[1].endswith("(end_user:ann)")

    def test_stories_on_whole_minutes_have_no_seconds(self) -> None:
        """For engines that know none."""
        for story in drawn(stories(minute_aligned=True), 60):
            moments: list[Instant] = [story.now, *(fact.occurred_at for fact in story.facts)]
            assert all(at == from_micros(to_micros(at) // 60_000_000 * 60_000_000) for at in moments)
