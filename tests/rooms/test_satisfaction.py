"""Satisfaction: one invitation a delivery, one answer an invitation, no figure without its number."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import SurveyTerms
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError, WrongTypeError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import (
    Survey,
    SurveyAnswered,
    SurveyInvited,
    SurveyWithdrawn,
    answer_survey,
    invitation,
    open_survey,
    summarize,
    surveys_of,
)
from svcdelivery.timeline import from_micros
from svcdelivery.work import Accepted, Fulfilled, Started, fold_work
from tests.clock.worlds import BOB, request, terms

AT = from_micros(10**15)
INVITED = SurveyInvited(token="t", requester="ann", scale=5, expires_at=from_micros(10**15 + 100))


def told(*happened: tuple[int, Any]) -> tuple[Fact[Any], ...]:
    return history("request:1", [
        NewFact(body=body, actor=BOB, occurred_at=from_micros(10**15 + micros)) for micros, body in happened
    ])  # fmt: skip


def answer(facts: tuple[Fact[Any], ...], after: int = 0, **rest: Any) -> SurveyAnswered:
    said = {"token": "t", "score": 5, **rest}
    return answer_survey(facts, at=from_micros(10**15 + after), **said)


def test_it_is_accepted_until_just_before_it_expires() -> None:
    """The end of the window does not belong to it."""
    assert answer(told((0, INVITED)), 99, comment="fine") == SurveyAnswered(token="t", score=5, comment="fine")
    with pytest.raises(TransitionRefusedError, match="cannot answer `survey t`: it is expired"):
        answer(told((0, INVITED)), 100)


@pytest.mark.parametrize("score", [0, 6, -1, 10**400])
def test_a_score_off_the_scale_is_refused(score: int) -> None:
    """In one line, however long the number."""
    with pytest.raises(InvalidValueError) as caught:
        answer(told((0, INVITED)), score=score)
    assert "1 to 5" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("score", [True, 4.0, "5", None])
def test_a_score_that_is_no_whole_number_is_refused(score: Any) -> None:
    """B029."""
    with pytest.raises(WrongTypeError):
        answer(told((0, INVITED)), score=score)


def test_it_is_answered_once_and_not_after_a_reopening() -> None:
    """Nor is one that was never sent."""
    with pytest.raises(TransitionRefusedError, match="answered"):
        answer(told((0, INVITED), (1, SurveyAnswered(token="t", score=1))), 2)
    with pytest.raises(TransitionRefusedError, match="withdrawn"):
        answer(told((0, INVITED), (1, SurveyWithdrawn(token="t"))), 2)
    with pytest.raises(NotFoundError):
        answer(told((0, INVITED)), token="u")


def test_surveys_know_what_became_of_them() -> None:
    """The one that waits is the latest that does."""
    facts = told((0, Fulfilled()), (0, INVITED), (3, SurveyWithdrawn(token="t")), (5, evolve(INVITED, token="u")))
    first, second = surveys_of(facts)
    assert (first.status(AT), second.status(AT), first.latency) == ("withdrawn", "open", timedelta(0))
    assert second.latency == timedelta(microseconds=5)
    waiting = open_survey(facts, AT)
    assert waiting is not None
    assert waiting.token == "u"
    assert open_survey(facts, from_micros(10**16)) is None


def test_none_is_sent_where_none_is_agreed_or_the_requester_delivered() -> None:
    """Nobody is asked about their own work."""
    at = "2024-03-11T08:00"
    work = fold_work(request(at, (at, Accepted()), (at, Started()), (at, Fulfilled())))
    assert work is not None
    agreed = evolve(terms(), survey=SurveyTerms(scale=10, expires=timedelta(days=1)))
    assert invitation(terms(), work, by=BOB, at=AT, token="t") is None
    assert invitation(agreed, work, by=Actor.staff("ann"), at=AT, token="t") is None
    sent = invitation(agreed, work, by=BOB, at=AT, token="t")
    assert sent == SurveyInvited(token="t", requester="ann", scale=10, expires_at=from_micros(10**15 + 86_400_000_000))


surveys = st.lists(
    st.builds(
        Survey, item=st.just("request:1"), token=st.just("t"), requester=st.just("ann"), scale=st.just(5),
        invited_at=st.just(AT), expires_at=st.just(AT), withdrawn=st.booleans(),
        score=st.one_of(st.none(), st.integers(1, 5)),
    ),
    max_size=12,
)  # fmt: skip


@given(surveys)
def test_figures_add_up_and_are_none_where_there_is_nothing_to_divide(drawn: list[Survey]) -> None:
    """Never 0 or 100 percent of nobody."""
    summary = summarize(drawn)
    standing = [s for s in drawn if not s.withdrawn]
    scores = [s.score for s in standing if s.score is not None]
    assert summary.invited + summary.withdrawn == len(drawn)
    assert summary.answered == len(scores)
    assert summary.mean == (Fraction(sum(scores), len(scores)) if scores else None)
    assert summary.csat == (Fraction(sum(s >= 4 for s in scores), len(scores)) if scores else None)
    assert summary.response_rate == (Fraction(len(scores), len(standing)) if standing else None)
