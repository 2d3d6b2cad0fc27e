from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.communication import StatusUpdateDue, StatusUpdateMissed, StatusUpdatesEnded
from svcdelivery.facts import NewFact, history
from svcdelivery.reporting.voices import SatisfactionTally, UpdateTally, updates_of
from svcdelivery.satisfaction import Survey, summarize
from svcdelivery.timeline import Instant, from_micros, parse_instant, to_micros
from svcdelivery.work import Audience, MessagePosted
from tests.reporting.stories import ANN, BOB

START = parse_instant("2026-03-23T08:00:00Z")


def at(minutes: int) -> Instant:
    return from_micros(to_micros(START) + minutes * 60_000_000)


def due(minutes: int) -> StatusUpdateDue:
    return StatusUpdateDue(at(minutes))


TOLD = MessagePosted(audience=Audience.REQUESTER, text="going on")
NOTE = MessagePosted(audience=Audience.INTERNAL, text="hm")


@pytest.mark.parametrize(
    ("story", "outcomes"),
    [
        ([(0, due(60)), (60, TOLD)], ["told in time"]),
        ([(0, due(60)), (61, TOLD)], ["missed"]),
        ([(0, due(60)), (10, NOTE)], ["missed"]),
        ([(0, due(60)), (90, StatusUpdateMissed(at(60))), (95, TOLD)], ["missed"]),
        ([(0, due(60)), (30, StatusUpdatesEnded())], ["not due before the work ended"]),
        ([(0, due(60)), (61, StatusUpdatesEnded())], ["missed"]),
        (
            [(0, due(60)), (30, due(40)), (35, TOLD), (35, due(100))],
            ["replaced by other terms", "told in time", "missed"],
        ),
        ([(0, due(60)), (70, due(80)), (80, TOLD)], ["missed", "told in time"]),
        ([(0, due(600))], ["not yet due"]),
        ([(5, TOLD), (6, StatusUpdatesEnded()), (7, StatusUpdateMissed(at(6)))], []),
    ],
)
def test_each_status_update_has_one_outcome(story: list[tuple[int, object]], outcomes: list[str]) -> None:
    """Late is missed, internal notes tell nobody, and what was never due is left out."""
    facts = history("incident:1", [NewFact(body=body, actor=BOB, occurred_at=at(minute)) for minute, body in story])
    assert list(updates_of(facts, at(120))) == outcomes
    tally = UpdateTally(at(120))
    tally.add(facts)
    figure = tally.figure()
    assert figure.denominator + figure.excluded_count == len(outcomes)


def test_the_requester_cannot_tell_the_status() -> None:
    """Only staff answer for it."""
    facts = history(
        "incident:1",
        [NewFact(body=due(60), actor=BOB, occurred_at=at(0)), NewFact(body=TOLD, actor=ANN, occurred_at=at(1))],
    )
    assert list(updates_of(facts, at(61))) == ["missed"]


_surveys = st.builds(
    lambda scale, score, withdrawn, delay: Survey(
        item="incident:1",
        token="t",
        requester="ann",
        scale=scale,
        invited_at=at(0),
        expires_at=at(60),
        score=None if score is None else min(score, scale),
        answered_at=None if score is None else at(1),
        withdrawn=withdrawn,
        latency=delay,
    ),
    st.sampled_from([5, 10]),
    st.none() | st.integers(1, 10),
    st.booleans(),
    st.none() | st.just(timedelta(0)),
)


@given(st.lists(_surveys, max_size=20), st.sampled_from([2, 100]))
def test_streamed_counts_agree_with_the_summary_of_all(surveys: list[Survey], minute: int) -> None:
    """The same answers as `summarize`, one by one and without keeping any."""
    tally = SatisfactionTally(at(minute))
    for survey in surveys:
        tally.add(survey)
    said, all_at_once = tally.satisfaction(), summarize(surveys)
    assert (said.response.numerator, said.response.denominator) == (all_at_once.answered, all_at_once.invited)
    assert said.response.value == all_at_once.response_rate
    assert (said.satisfied.numerator, said.satisfied.value) == (all_at_once.satisfied, all_at_once.csat)
    assert sum(number for *_, number in said.scores) == all_at_once.answered
    if len(said.means) == 1:
        assert said.means[0].value == all_at_once.mean
