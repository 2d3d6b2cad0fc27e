"""Why two readings differ: laws of any two explanations, and examples that name what moved due and how far."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import AppliesToOpen, ByEndOfWorkingDay, Exclusion, OnAmendment, ServiceAgreement
from svcdelivery.clock import (
    Cause,
    Comparison,
    Explanation,
    compare,
    comparison_schema,
    read_clocks,
)
from svcdelivery.errors import InvalidValueError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies import Story, revisions, stories
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import PriorityChanged, PutOnHold, Resumed
from tests.clock.worlds import HOUR, OFFICE, agreement, for_priority, incident, local, read, target, terms
from tests.json_schema import faults

NONE = timedelta(0)


def _unchanged(_draw: st.DrawFn, story: Story, _at: Instant) -> ServiceAgreement:
    return story.agreement


def _under_another(draw: st.DrawFn, _story: Story, _at: Instant) -> ServiceAgreement:
    return ServiceAgreement.of(draw(revisions()))


def _amended(draw: st.DrawFn, story: Story, at: Instant) -> ServiceAgreement:
    """The agreement, amended for open work by other terms at the instant."""
    rule = AppliesToOpen(draw(st.sampled_from(OnAmendment)))
    later = evolve(draw(revisions()), number=2, effective_at=at, applies_to_open=rule)
    return ServiceAgreement.of(evolve(story.revision, effective_at=from_micros(0)), later)


@st.composite
def pairs(draw: st.DrawFn) -> list[tuple[Explanation, Explanation]]:
    """Explanations of one item's clocks: at two instants, or under two agreements."""
    story: Story = draw(stories())
    first = to_micros(story.facts[0].occurred_at)
    at: Instant = from_micros(draw(st.integers(first, max(first, to_micros(story.now)))))
    other = draw(st.sampled_from([_unchanged, _under_another, _amended]))(draw, story, at)
    before = {reading.measure: reading for reading in read_clocks(story.agreement, story.facts, story.now)}
    after = {reading.measure: reading for reading in read_clocks(other, story.facts, at)}
    return [(before[m].explanation, after[m].explanation) for m in before.keys() & after.keys()]


class TestLaws:
    @given(stories())
    def test_with_itself_it_is_empty(self, story: Story) -> None:
        """Nothing differs, nothing moved."""
        for reading in story.readings():
            comparison = compare(reading.explanation, reading.explanation)
            assert not comparison
            assert (comparison.differences, comparison.gone, comparison.new) == ((), (), ())
            assert comparison.moved in (None, NONE)

    @given(pairs())
    def test_differences_add_up_to_the_whole_move(self, found: list[tuple[Explanation, Explanation]]) -> None:
        """To the microsecond, and none without a share counts twice."""
        for before, after in found:
            comparison = compare(before, after)
            if comparison.moved is None:
                assert before.due_at is None or after.due_at is None
                assert all(difference.moved is None for difference in comparison.differences)
            elif comparison.is_attributed:
                shares = [difference.moved for difference in comparison.differences if difference.moved is not None]
                assert sum(shares, NONE) == comparison.moved

    @given(pairs())
    def test_different_explanations_never_compare_as_the_same(
        self, found: list[tuple[Explanation, Explanation]]
    ) -> None:
        """What differs in what decided is told."""
        for before, after in found:
            if (before.due_at, before.verdict, before.target) != (after.due_at, after.verdict, after.target):
                assert compare(before, after)

    @given(pairs())
    def test_back_it_moves_by_as_much(self, found: list[tuple[Explanation, Explanation]]) -> None:
        """The other way round the move has the other sign."""
        for before, after in found:
            there, back = compare(before, after), compare(after, before)
            assert there.moved == (None if back.moved is None else -back.moved)
            assert (there.gone, there.new) == (back.new, back.gone)

    @given(pairs())
    def test_it_comes_back_from_its_json_and_keeps_to_its_schema(
        self, found: list[tuple[Explanation, Explanation]]
    ) -> None:
        """Moves to earlier instants too."""
        for before, after in found:
            comparison = compare(before, after)
            data = json.loads(json.dumps(comparison.to_data()))
            assert Comparison.from_data(data) == comparison
            assert faults(comparison_schema(), data, "") == []


def _shares(comparison: Comparison) -> dict[Cause, timedelta]:
    return {d.cause: d.moved for d in comparison.differences if d.moved}


FOUR_HOURS = agreement(target(hours=4, clause="4.2", pause_on=("customer",)))
START = "2026-03-30T14:00"


class TestWhyDidTheDueTimeMove:
    def _compared(self, before: Any, after: Any, now: str = "2026-04-02T12:00", terms: Any = FOUR_HOURS) -> Comparison:
        return compare(read(terms, before, now).explanation, read(terms, after, now).explanation)

    def test_because_of_a_pause_and_the_night_it_pushed_the_work_into(self) -> None:
        """Two hours on hold in the afternoon move due from the next morning by two hours of service time."""
        held = incident(START, ("2026-03-30T15:00", PutOnHold(reason="customer")), ("2026-03-31T10:00", Resumed()))
        comparison = self._compared(incident(START), held)
        assert comparison.headline == (
            "resolution: due moved 5:00:00 later, from Tue 2026-03-31 09:00:00 to Tue 2026-03-31 14:00:00"
        )
        (pause,) = [d for d in comparison.differences if d.cause is Cause.PAUSE]
        assert (pause.moved, pause.actor, pause.rule) == (5 * HOUR, "staff:bob", "pauses of clause 4.2")
        assert pause.before == ""
        assert "on hold: customer" in pause.after

    def test_because_of_several_pauses_each_with_its_share(self) -> None:
        """The first is lunch and moves nothing; the second crosses a night."""
        first = (("2026-03-30T12:00", PutOnHold(reason="customer")), ("2026-03-30T13:00", Resumed()))
        second = (("2026-03-30T16:00", PutOnHold(reason="customer")), ("2026-03-31T09:00", Resumed()))
        start = "2026-03-30T11:30"
        comparison = self._compared(incident(start), incident(start, *first, *second))
        assert [d.moved for d in comparison.differences if d.cause is Cause.PAUSE] == [NONE, 17 * HOUR]
        early = "2026-03-30T09:00"
        comparison = self._compared(incident(early), incident(early, *first, *second))
        assert comparison.moved == NONE, "four hours are used up at 14:00, before the second hold"

    def test_because_of_a_priority(self) -> None:
        """The change of priority brings another target; its goal has the share."""
        both = agreement(
            target(hours=8, clause="4.2"), target(name="urgent", hours=2, clause="4.1", scope=for_priority("P1"))
        )
        raised = incident("2026-03-30T08:00", ("2026-03-30T09:00", PriorityChanged(priority="P1")), priority="P3")
        comparison = self._compared(incident("2026-03-30T08:00", priority="P3"), raised, terms=both)
        told = {d.cause: (d.before, d.after) for d in comparison.differences}
        assert told[Cause.PRIORITY] == ("P3", "P1")
        assert told[Cause.TARGET] == ("resolution", "urgent")
        assert told[Cause.GOAL] == ("within 8:00:00", "within 2:00:00")
        assert _shares(comparison) == {Cause.GOAL: -7 * HOUR}, "from 17:00 to 10:00, lunch included"

    def test_because_of_a_revision_with_other_hours_and_another_goal(self) -> None:
        """The hours first, then the goal under them; together the whole."""
        always = ServiceHours.weekly("Europe/Berlin", {"mon-sun": ["00:00-24:00"]})
        facts = incident("2026-03-30T16:00")
        old = read(ServiceAgreement.of(terms(target(hours=4), hours=OFFICE)), facts, "2026-03-30T16:30").explanation
        new = read(ServiceAgreement.of(terms(target(hours=6), hours=always)), facts, "2026-03-30T16:30").explanation
        comparison = compare(old, new)
        assert _shares(comparison) == {Cause.HOURS: -15 * HOUR, Cause.GOAL: 2 * HOUR}
        assert comparison.moved == -13 * HOUR

    def test_because_of_a_goal_of_another_kind(self) -> None:
        """Goal and hours come together where one cannot be counted without the other."""
        facts = incident("2026-03-30T09:00")
        old = read(agreement(target(hours=4)), facts, "2026-03-30T09:30").explanation
        new = read(agreement(target(goal=ByEndOfWorkingDay(1))), facts, "2026-03-30T09:30").explanation
        assert _shares(compare(old, new)) == {Cause.GOAL: 27 * HOUR}

    def test_because_of_time_that_was_excluded(self) -> None:
        """An hour of maintenance before due moves it by that hour; the reason is told."""
        facts, now = incident("2026-03-30T08:00"), "2026-03-30T14:30"
        maintenance = Exclusion(
            cause="maintenance", start=local("2026-03-30T09:00"), until=local("2026-03-30T10:00"), ground="patch day"
        )
        leaves_out = target(hours=4, excludes={"maintenance"})
        old = read(agreement(leaves_out), facts, now).explanation
        new = read(agreement(leaves_out, exclusions=(maintenance,)), facts, now).explanation
        (difference,) = compare(old, new).differences
        assert (difference.cause, difference.before) == (Cause.EXCLUSION, "nothing")
        assert difference.after == "1:00:00 excluded: maintenance (patch day)"
        assert difference.moved == compare(old, new).moved == 2 * HOUR, "lunch comes between"

    def test_because_of_an_amendment_that_took_hold_while_it_was_open(self) -> None:
        """What counted is carried over; the move is the revision's."""
        facts, now = incident("2026-03-30T09:00"), "2026-03-30T14:30"
        first = terms(target(hours=4))
        second = evolve(
            terms(target(hours=6)),
            number=2,
            effective_at=local("2026-03-30T11:00"),
            applies_to_open=AppliesToOpen(OnAmendment.CARRY),
        )
        old = read(ServiceAgreement.of(first), facts, now).explanation
        new = read(ServiceAgreement.of(first, second), facts, now).explanation
        comparison = compare(old, new)
        (difference,) = [d for d in comparison.differences if d.cause is Cause.REVISION]
        assert (difference.before, difference.after) == ("acme-1 revision 1", "acme-1 revision 2")
        assert difference.moved == comparison.moved == 2 * HOUR
        assert comparison.is_attributed

    def test_while_it_stands_still_only_the_differences_are_told(self) -> None:
        """Due is not known then, so nothing has a share."""
        held = incident(START, ("2026-03-30T15:00", PutOnHold(reason="customer")))
        comparison = self._compared(incident(START), held, now="2026-03-30T16:00")
        assert comparison.moved is None
        assert comparison.headline == "resolution: due Tue 2026-03-31 09:00:00, now none"
        assert {d.moved for d in comparison.differences} == {None}

    def test_where_closed_dates_are_not_known_only_the_whole_move_is_told(self) -> None:
        """The hours of the one say nothing about the year of the other."""
        until_2026 = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-16:00"]}, covered_years=(2026, 2026))
        old = read(agreement(target(), hours=until_2026), incident("2026-12-28T09:00"), "2026-12-29T09:00").explanation
        new = read(agreement(target()), incident("2027-01-04T09:00"), "2027-01-05T09:00").explanation
        comparison = compare(old, new)
        assert comparison.moved is not None
        assert not comparison.is_attributed
        assert {difference.moved for difference in comparison.differences} == {None}

    def test_explanations_read_from_data_tell_what_differs_and_the_whole_move(self) -> None:
        """Their shares cannot be worked out anew, and the text says so."""
        held = incident(START, ("2026-03-30T15:00", PutOnHold(reason="customer")), ("2026-03-31T10:00", Resumed()))
        kept = [
            Explanation.from_data(read(FOUR_HOURS, facts, "2026-04-02T12:00").explanation.to_data())
            for facts in (incident(START), held)
        ]
        comparison = compare(*kept)
        assert not comparison.is_attributed
        assert comparison.moved == 5 * HOUR
        assert Cause.PAUSE in {d.cause for d in comparison.differences}
        assert "cannot be told" in str(comparison)

    def test_data_of_another_form_are_refused(self) -> None:
        """By name."""
        with pytest.raises(InvalidValueError, match="comparison/1"):
            Comparison.from_data({"format": "svcdelivery.explanation/1"})
