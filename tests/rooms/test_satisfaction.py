"""Satisfaction: one invitation a delivery, one answer an invitation, no figure without its number."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import SurveyKind, SurveyTerms
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError, WrongTypeError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import (
    Survey,
    SurveyAnswered,
    SurveyInvited,
    SurveyReminded,
    SurveyWithdrawn,
    answer_survey,
    invitation,
    is_low,
    is_sampled,
    next_reminder,
    open_survey,
    remind,
    summarize,
    surveys_of,
    wilson,
)
from svcdelivery.timeline import from_micros, to_instant
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


@pytest.mark.parametrize(("scale", "satisfied"), [(2, 1), (3, 1), (4, 2), (5, 2), (10, 2)])
def test_not_everybody_is_satisfied_on_a_short_scale(scale: int, satisfied: int) -> None:
    """A thumb that points down is no praise, though it is one of the two best of two."""
    summary = summarize([survey(scale=scale, score=score) for score in range(1, scale + 1)])
    assert (summary.satisfied, summary.answered) == (satisfied, scale)
    assert summary.mean == Fraction(scale + 1, 2)


def test_scores_of_two_scales_have_no_mean() -> None:
    assert summarize([survey(score=5), survey(scale=10, score=5)]).mean is None


ASKING = SurveyTerms(
    reminders=[timedelta(days=3), timedelta(days=7)], cool_down=timedelta(days=30), sample=Fraction(1, 4), low=2
)


def survey(**rest: Any) -> Survey:
    given = {
        "item": "request:1", "token": "t", "requester": "ann", "scale": 5, "invited_at": AT,
        "expires_at": to_instant(AT + timedelta(days=14)), **rest,
    }  # fmt: skip
    return Survey(**given)


class TestReminders:
    def test_who_has_not_answered_is_reminded_as_agreed(self) -> None:
        assert next_reminder(survey(), ASKING) == AT + timedelta(days=3)
        assert next_reminder(survey(reminded=1), ASKING) == AT + timedelta(days=7)
        assert next_reminder(survey(reminded=2), ASKING) is None
        for told in ({"withdrawn": True}, {"answered_at": AT}, {"expires_at": to_instant(AT + timedelta(days=2))}):
            assert next_reminder(survey(**told), ASKING) is None

    def test_several_that_are_late_are_one(self) -> None:
        assert remind(survey(), ASKING, at=AT + timedelta(days=2)) is None
        assert remind(survey(), ASKING, at=AT + timedelta(days=3)) == SurveyReminded(token="t", number=1)
        assert remind(survey(), ASKING, at=AT + timedelta(days=8)) == SurveyReminded(token="t", number=2)
        assert remind(survey(), ASKING, at=AT + timedelta(days=14)) is None
        (told_twice,) = surveys_of(told((0, INVITED), (5, SurveyReminded(token="t", number=2))))
        assert told_twice.reminded == 2

    @pytest.mark.parametrize(
        "wrong",
        [
            {"reminders": [timedelta(days=7), timedelta(days=3)]}, {"reminders": [timedelta(days=14)]},
            {"sample": Fraction(0)}, {"low": 6}, {"kind": SurveyKind.NPS}, {"cool_down": timedelta(-1)},
        ],
    )  # fmt: skip
    def test_terms_that_cannot_be_kept_are_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="is not"):
            SurveyTerms(**wrong)


class TestAsking:
    WORK = fold_work(request("2024-03-11T08:00"))

    def asked(self, token: str, terms_of_survey: SurveyTerms, **rest: Any) -> bool:
        assert self.WORK is not None
        revision = evolve(terms(), survey=terms_of_survey)
        return invitation(revision, self.WORK, by=BOB, at=AT, token=token, **rest) is not None

    def test_the_share_asked_is_that_of_the_sample_and_a_repeat_gives_the_same(self) -> None:
        asked = [self.asked(f"token {number}", ASKING) for number in range(2000)]
        assert 400 < sum(asked) < 600
        assert asked == [self.asked(f"token {number}", ASKING) for number in range(2000)]
        assert all(is_sampled(f"token {number}", Fraction(1)) for number in range(100))

    def test_one_is_left_in_peace_for_a_while(self) -> None:
        always = evolve(ASKING, sample=Fraction(1))
        assert not self.asked("t", always, last_invited=AT - timedelta(days=29))
        assert self.asked("t", always, last_invited=AT - timedelta(days=30))

    def test_a_low_score_calls_for_action(self) -> None:
        assert is_low(SurveyAnswered(token="t", score=2), ASKING)
        assert not is_low(SurveyAnswered(token="t", score=3), ASKING)
        assert not is_low(SurveyAnswered(token="t", score=1), SurveyTerms())


class TestFigures:
    def test_promoters_less_detractors(self) -> None:
        scores = [10, 9, 9, 8, 7, 6, 1]
        found = summarize(survey(token=str(n), scale=10, score=score, answered_at=AT) for n, score in enumerate(scores))
        assert (found.promoters, found.detractors, found.of_ten) == (3, 2, 7)
        assert found.nps == Fraction(100, 7)
        assert summarize([survey(score=5, answered_at=AT)]).nps is None

    @pytest.mark.parametrize(
        ("hits", "tries", "low", "high"),
        [(8, 10, "0.4902", "0.9433"), (0, 5, "0.0000", "0.4345"), (5, 5, "0.5655", "1.0000")],
    )
    def test_the_interval_is_wilsons(self, hits: int, tries: int, low: str, high: str) -> None:
        """Figures of the published formula, to four digits."""
        found = wilson(hits, tries)
        assert [f"{float(each):.4f}" for each in found] == [low, high]

    @given(st.integers(1, 400), st.data())
    def test_the_share_lies_in_its_interval_and_more_answers_narrow_it(self, tries: int, data: st.DataObject) -> None:
        hits = data.draw(st.integers(0, tries))
        low, high = wilson(hits, tries)
        assert 0 <= low <= Fraction(hits, tries) <= high <= 1
        closer = wilson(hits * 4, tries * 4)
        assert closer[1] - closer[0] < high - low

    def test_how_long_an_invitation_took_is_told(self) -> None:
        found = summarize([survey(latency=timedelta(0)), survey(token="u", latency=timedelta(seconds=3))])
        assert found.slowest == timedelta(seconds=3)
        assert summarize([]).csat_interval is None
