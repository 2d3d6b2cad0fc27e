"""Operations support: thresholds by instant, proposals that people decide, training that counts for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.system.threshold import (
    Side,
    Threshold,
    accept_proposal,
    fold_thresholds,
    propose,
    refuse_proposal,
    revise,
    threshold_stream,
)
from svcdelivery.system.training import (
    Audience,
    Course,
    CourseOffered,
    NeedWithdrawn,
    complete,
    fold_training,
    needs_of_newcomer,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ANN = Actor.staff("ann")


def facts(*bodies: Any, stream: str = "x:1") -> tuple[Fact[Any], ...]:
    return history(stream, [NewFact(body=body, actor=ANN, occurred_at=START) for body in bodies])


def load(value: int, clear: int | None = None) -> Threshold:
    return Threshold(metric="load", value=value, clear=value if clear is None else clear)


class TestThresholds:
    def test_what_was_measured_is_judged_by_the_threshold_then_in_force(self) -> None:
        known = fold_thresholds(
            "load",
            facts(
                revise(load(80), reason="as agreed", effective_at=START),
                revise(load(90), reason="bigger machine", effective_at=START + 10 * DAY),
                stream=threshold_stream("load"),
            ),
        )
        assert known.at(START - DAY) is None
        assert [known.at(START + n * DAY) for n in (0, 9, 10)] == [load(80), load(80), load(90)]
        before, after = known.at(START + 9 * DAY), known.at(START + 10 * DAY)
        assert before is not None
        assert after is not None
        assert (before.is_bad(85), after.is_bad(85)) == (True, False)

    def test_a_revision_without_a_reason_is_refused(self) -> None:
        with pytest.raises(InvalidValueError):
            revise(load(80), reason=" ", effective_at=START)

    def test_a_value_from_history_is_a_proposal_until_somebody_accepts_it(self) -> None:
        """The 90th of a hundred values is proposed, and nothing holds before a person says so."""
        proposed = propose("load", list(range(1, 101)), percent=90, clear_share=Fraction(4, 5))
        assert (proposed.value, proposed.clear, proposed.samples) == (90, 72, 100)
        assert proposed.method == "90th percentile by nearest rank"
        known = fold_thresholds("load", facts(proposed))
        assert known.at(START + DAY) is None
        accepted = accept_proposal(known, proposed.proposal, reason="looks right", effective_at=START)
        after = fold_thresholds("load", facts(proposed, accepted))
        assert after.at(START) == load(90, 72)
        assert after.open_proposals == ()
        with pytest.raises(NotFoundError):
            accept_proposal(after, proposed.proposal, reason="again", effective_at=START)

    def test_a_proposal_can_be_turned_down_with_a_reason(self) -> None:
        proposed = propose("load", [5, 6, 7], side=Side.BELOW, clear_share=Fraction(2))
        known = fold_thresholds("load", facts(proposed))
        refused = refuse_proposal(known, proposed.proposal, reason="too few values")
        assert fold_thresholds("load", facts(proposed, refused)).open_proposals == ()
        with pytest.raises(InvalidValueError):
            refuse_proposal(known, proposed.proposal, reason="")
        with pytest.raises(InvalidValueError):
            propose("load", [], clear_share=Fraction(1))

    @settings(max_examples=60)
    @given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60), st.integers(1, 100), st.sampled_from(Side))
    def test_so_many_of_the_values_are_good_as_the_proposal_says(
        self, values: list[int], percent: int, side: Side
    ) -> None:
        made = propose("x", values, percent=percent, side=side, clear_share=Fraction(1))
        threshold = Threshold(metric="x", value=made.value, clear=made.value, side=side)
        good = sum(not threshold.is_bad(value) for value in values)
        assert good * 100 >= percent * len(values)

    def test_where_it_is_good_again_lies_on_the_good_side(self) -> None:
        with pytest.raises(InvalidValueError):
            load(80, 90)


WEB = Course(id="web-101", qualifies_for=["web"], valid_for=365 * DAY)
WELCOME = Course(id="welcome", audience=Audience.END_USER, on_joining=True, services=["email"], due_within=14 * DAY)


class TestTraining:
    def test_a_qualification_counts_until_the_instant_it_expires(self) -> None:
        training = fold_training(facts(CourseOffered(WEB), complete(WEB, "bob", at=START, evidence="exam 7")))
        assert training.qualified("bob", "web", START)
        assert training.qualified("bob", "web", START + 365 * DAY - timedelta(microseconds=1))
        assert not training.qualified("bob", "web", START + 365 * DAY)
        assert not training.qualified("bob", "web", START - DAY)
        assert not training.qualified("ann", "web", START)
        assert not training.qualified("bob", "database", START)

    def test_what_expires_is_needed_again_and_told_before(self) -> None:
        training = fold_training(facts(complete(WEB, "bob", at=START, evidence="exam 7")))
        assert training.due(START + 300 * DAY) == ()
        (soon,) = training.due(START + 350 * DAY, warn=30 * DAY)
        assert (soon.person, soon.course, soon.is_overdue) == ("bob", "web-101", False)
        (late,) = training.due(START + 365 * DAY)
        assert late.is_overdue

    def test_a_newly_authorized_end_user_needs_orientation(self) -> None:
        offered = fold_training(facts(CourseOffered(WEB), CourseOffered(WELCOME)))
        (need,) = needs_of_newcomer(offered, "cleo", Audience.END_USER, ["email", "vpn"], at=START)
        assert (need.course, need.due_at, need.ground) == ("welcome", START + 14 * DAY, "newly authorized: email")
        assert needs_of_newcomer(offered, "cleo", Audience.END_USER, ["vpn"], at=START) == ()
        assert needs_of_newcomer(offered, "cleo", Audience.STAFF, ["email"], at=START) == ()
        raised = fold_training(facts(CourseOffered(WELCOME), need))
        assert needs_of_newcomer(raised, "cleo", Audience.END_USER, ["email"], at=START) == ()
        assert [one.is_overdue for one in raised.due(START + 14 * DAY)] == [True]
        met = fold_training(
            facts(CourseOffered(WELCOME), need, complete(WELCOME, "cleo", at=START, evidence="was there"))
        )
        assert met.due(START + 20 * DAY) == ()
        gone = fold_training(
            facts(CourseOffered(WELCOME), need, NeedWithdrawn(person="cleo", course="welcome", ground="left"))
        )
        assert gone.due(START + 20 * DAY) == ()

    def test_nothing_is_completed_without_evidence(self) -> None:
        with pytest.raises(InvalidValueError):
            complete(WEB, "bob", at=START, evidence="")
