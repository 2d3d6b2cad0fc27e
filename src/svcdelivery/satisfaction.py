"""Satisfaction: the invitation that goes out with each delivery, its one answer, and what the answers add up to.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 9
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from attrs import evolve, field, frozen

from svcdelivery.agreement import AgreementRevision
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError, WrongTypeError
from svcdelivery.facts import STREAM, Fact, fact_type, personal
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant
from svcdelivery.work import Work

__all__ = [
    "SatisfactionSummary",
    "Survey",
    "SurveyAnswered",
    "SurveyInvited",
    "SurveyWithdrawn",
    "answer_survey",
    "invitation",
    "open_survey",
    "summarize",
    "surveys_of",
]


@fact_type("satisfaction.invited/1")
@frozen(kw_only=True)
class SurveyInvited:
    """The requester was asked, in the transaction of the delivery itself."""

    token: str
    requester: str
    scale: int
    expires_at: Instant


@fact_type("satisfaction.answered/1")
@frozen(kw_only=True)
class SurveyAnswered:
    """The requester answered; one answer a token."""

    token: str
    score: int
    comment: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("satisfaction.withdrawn/1")
@frozen(kw_only=True)
class SurveyWithdrawn:
    """The invitation no longer stands: what it asked about was reopened."""

    token: str


@frozen(kw_only=True)
class Survey:
    """One invitation and what became of it.

    Attributes:
        latency: From the delivery to the invitation; nothing when both were one transaction.
    """

    item: str
    token: str
    requester: str
    scale: int
    invited_at: Instant
    expires_at: Instant
    score: int | None = None
    comment: str = ""
    answered_at: Instant | None = None
    withdrawn: bool = False
    latency: timedelta | None = None

    def status(self, at: datetime) -> str:
        """Answer `withdrawn`, `answered`, `expired` or `open`."""
        if self.withdrawn:
            return "withdrawn"
        if self.answered_at is not None:
            return "answered"
        return "expired" if at >= self.expires_at else "open"


def invitation(revision: AgreementRevision, work: Work, *, by: Actor, at: Instant, token: str) -> SurveyInvited | None:
    """Answer the invitation a delivery calls for; None where none is agreed, or the requester delivered."""
    if revision.survey is None or work.requester == by.id:
        return None
    expires_at = datetime.__add__(at, revision.survey.expires)
    return SurveyInvited(token=token, requester=work.requester, scale=revision.survey.scale, expires_at=expires_at)


def surveys_of(facts: Sequence[Fact[Any]]) -> tuple[Survey, ...]:
    """Answer the surveys of one item, in the order of their invitations."""
    surveys: dict[str, Survey] = {}
    done_at: Instant | None = None
    for fact in facts:
        match fact.body:
            case SurveyInvited(token=token):
                surveys[token] = Survey(
                    item=fact.stream,
                    token=token,
                    requester=fact.body.requester,
                    scale=fact.body.scale,
                    invited_at=fact.occurred_at,
                    expires_at=fact.body.expires_at,
                    latency=None if done_at is None else datetime.__sub__(fact.occurred_at, done_at),
                )
            case SurveyAnswered(token=token, score=score, comment=comment) if token in surveys:
                answered = fact.occurred_at
                surveys[token] = evolve(surveys[token], score=score, comment=comment, answered_at=answered)
            case SurveyWithdrawn(token=token) if token in surveys:
                surveys[token] = evolve(surveys[token], withdrawn=True)
        if getattr(fact.body, "action", None) in ("fulfill", "resolve"):
            done_at = fact.occurred_at
    return tuple(surveys.values())


def open_survey(facts: Sequence[Fact[Any]], at: datetime) -> Survey | None:
    """Answer the survey that still waits for its answer."""
    return next((survey for survey in reversed(surveys_of(facts)) if survey.status(at) == "open"), None)


def answer_survey(
    facts: Sequence[Fact[Any]], *, token: str, score: int, comment: str = "", at: datetime
) -> SurveyAnswered:
    """Answer the fact of a requester's answer.

    Raises:
        NotFoundError: No such invitation on this item.
        InvalidValueError: A score off the scale.
        TransitionRefusedError: Answered before, withdrawn or expired.
    """
    survey = next((survey for survey in surveys_of(facts) if survey.token == token), None)
    if survey is None:
        raise NotFoundError(what="survey", id=token)
    if type(score) is not int:
        raise WrongTypeError(expected="a whole number", value=score, path="score")
    if not 1 <= score <= survey.scale:
        raise InvalidValueError(what="a score", value=score, path="score", hint=f"1 to {survey.scale}")
    status = survey.status(at)
    if status != "open":
        raise TransitionRefusedError(subject=f"survey {token}", status=status, action="answer")
    return SurveyAnswered(token=token, score=score, comment=comment)


@frozen(kw_only=True)
class SatisfactionSummary:
    """What surveys say, never without how many said it.

    Attributes:
        invited: Invitations that stand, those withdrawn left out.
        satisfied: Answers in the two best scores of their scale.
        mean: The mean score, None without answers.
    """

    invited: int
    withdrawn: int
    answered: int
    satisfied: int
    mean: Fraction | None

    @property
    def response_rate(self) -> Fraction | None:
        """Answers per invitation, None without invitations."""
        return Fraction(self.answered, self.invited) if self.invited else None

    @property
    def csat(self) -> Fraction | None:
        """The share of satisfied answers, None without answers."""
        return Fraction(self.satisfied, self.answered) if self.answered else None


def summarize(surveys: Iterable[Survey]) -> SatisfactionSummary:
    """Answer what the surveys add up to; those withdrawn are counted apart."""
    all_of_them = list(surveys)
    standing = [survey for survey in all_of_them if not survey.withdrawn]
    scored = [(survey.score, survey.scale) for survey in standing if survey.score is not None]
    return SatisfactionSummary(
        invited=len(standing),
        withdrawn=len(all_of_them) - len(standing),
        answered=len(scored),
        satisfied=sum(score > scale - 2 for score, scale in scored),
        mean=Fraction(sum(score for score, _ in scored), len(scored)) if scored else None,
    )
