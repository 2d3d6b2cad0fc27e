"""Satisfaction: the invitation that goes out with each delivery, its one answer, and what the answers add up to.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 9
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from math import isqrt
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from svcdelivery.agreement import AgreementRevision, SurveyTerms
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError, WrongTypeError
from svcdelivery.facts import STREAM, Fact, fact_type, personal
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import Work

__all__ = [
    "SatisfactionSummary",
    "Survey",
    "SurveyAnswered",
    "SurveyInvited",
    "SurveyReminded",
    "SurveyWithdrawn",
    "answer_survey",
    "invitation",
    "invite",
    "is_low",
    "is_sampled",
    "next_reminder",
    "open_survey",
    "remind",
    "summarize",
    "surveys_of",
    "wilson",
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

    signals: ClassVar[tuple[str, ...]] = ("rated",)

    token: str
    score: int
    comment: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("satisfaction.withdrawn/1")
@frozen(kw_only=True)
class SurveyWithdrawn:
    """The invitation no longer stands: what it asked about was reopened."""

    token: str


@fact_type("satisfaction.reminded/1")
@frozen(kw_only=True)
class SurveyReminded:
    """Who has not answered was reminded, for the first time or another."""

    token: str
    number: int


@frozen(kw_only=True)
class Survey:
    """One invitation and what became of it.

    Attributes:
        reminded: How often who has not answered was reminded.
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
    reminded: int = 0

    def status(self, at: datetime) -> str:
        """Answer `withdrawn`, `answered`, `expired` or `open`."""
        if self.withdrawn:
            return "withdrawn"
        if self.answered_at is not None:
            return "answered"
        return "expired" if at >= self.expires_at else "open"


def invitation(
    revision: AgreementRevision,
    work: Work,
    *,
    by: Actor,
    at: Instant,
    token: str,
    last_invited: datetime | None = None,
) -> SurveyInvited | None:
    """Answer the invitation a delivery calls for.

    None where none is agreed, where the requester delivered, while they are left in peace since they were last asked,
    and for a delivery that is not in the sample.

    Args:
        revision: Whose terms say how is asked.
        work: What was delivered.
        by: Who delivered it.
        at: When.
        token: Names the invitation; whether it is in the sample follows from it, so that a repeat gives the same.
        last_invited: When this requester was last invited, if it is known.
    """
    return invite(revision.survey, work.requester, by=by, at=at, token=token, last_invited=last_invited)


def invite(
    terms: SurveyTerms | None,
    requester: str,
    *,
    by: Actor,
    at: Instant,
    token: str,
    last_invited: datetime | None = None,
) -> SurveyInvited | None:
    """Answer the invitation of a requester under the terms of a survey, None where there is none; see `invitation`."""
    if terms is None or requester == by.id or not is_sampled(token, terms.sample):
        return None
    if last_invited is not None and at < datetime.__add__(to_instant(last_invited), terms.cool_down):
        return None
    expires_at = datetime.__add__(at, terms.expires)
    return SurveyInvited(token=token, requester=requester, scale=terms.scale, expires_at=expires_at)


_BUCKETS = 1 << 64


def is_sampled(token: str, share: Fraction) -> bool:
    """Answer whether an invitation of that name belongs to a sample of that share; always the same for one name."""
    return int.from_bytes(sha256(token.encode()).digest()[:8], "big") < share * _BUCKETS


def next_reminder(survey: Survey, terms: SurveyTerms) -> Instant | None:
    """Answer when who was invited is next to be reminded; None once they answered, or were reminded often enough."""
    if survey.withdrawn or survey.answered_at is not None or survey.reminded >= len(terms.reminders):
        return None
    due = datetime.__add__(survey.invited_at, terms.reminders[survey.reminded])
    return due if due < survey.expires_at else None


def remind(survey: Survey, terms: SurveyTerms, *, at: datetime) -> SurveyReminded | None:
    """Answer the reminder that is due by an instant, None when none is; several that are late are one."""
    due = next_reminder(survey, terms)
    if due is None or at < due or survey.status(at) != "open":
        return None
    passed = sum(at >= datetime.__add__(survey.invited_at, after) for after in terms.reminders)
    return SurveyReminded(token=survey.token, number=passed)


def is_low(answer: SurveyAnswered, terms: SurveyTerms) -> bool:
    """Answer whether a score calls for action."""
    return terms.low is not None and answer.score <= terms.low


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
            case SurveyReminded(token=token, number=number) if token in surveys:
                surveys[token] = evolve(surveys[token], reminded=number)
            case SurveyWithdrawn(token=token) if token in surveys:
                surveys[token] = evolve(surveys[token], withdrawn=True)
        if getattr(fact.body, "action", None) in ("fulfill", "resolve", "deliver"):
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
        mean: The mean score, None without answers; of answers to how easy it was, the CES.
        promoters: Answers of 9 and 10 on a scale of 10; detractors are those of 6 and less.
        of_ten: Answers on a scale of 10, which NPS is of.
        slowest: The longest from a delivery to its invitation; None where there is none.
    """

    invited: int
    withdrawn: int
    answered: int
    satisfied: int
    mean: Fraction | None
    promoters: int = 0
    detractors: int = 0
    of_ten: int = 0
    slowest: timedelta | None = None

    @property
    def nps(self) -> Fraction | None:
        """Promoters less detractors, of all answers on a scale of 10, times 100; None without such answers."""
        return Fraction(100 * (self.promoters - self.detractors), self.of_ten) if self.of_ten else None

    @property
    def csat_interval(self) -> tuple[Fraction, Fraction] | None:
        """Between which shares the satisfied lie with 95 % confidence, by Wilson; None without answers."""
        return wilson(self.satisfied, self.answered) if self.answered else None

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
        promoters=sum(scale == _OF_TEN and score >= 9 for score, scale in scored),
        detractors=sum(scale == _OF_TEN and score <= 6 for score, scale in scored),
        of_ten=sum(scale == _OF_TEN for _, scale in scored),
        slowest=max((survey.latency for survey in all_of_them if survey.latency is not None), default=None),
    )


_OF_TEN = 10
# The 97.5 % point of the normal distribution, in millionths.
_Z = Fraction(1_959_964, 1_000_000)
_PRECISION = 10**12


def wilson(hits: int, tries: int) -> tuple[Fraction, Fraction]:
    """Answer the 95 % interval of a share by Wilson's score, to a millionth of a millionth; it lies within 0 and 1."""
    share, square = Fraction(hits, tries), _Z * _Z
    center = (share + square / (2 * tries)) / (1 + square / tries)
    under = share * (1 - share) / tries + square / (4 * tries * tries)
    # Rounded up, so that the interval never leaves out the share itself.
    root = Fraction(isqrt(under.numerator * _PRECISION * _PRECISION // under.denominator) + 1, _PRECISION)
    half = _Z * root / (1 + square / tries)
    return max(Fraction(0), center - half), min(Fraction(1), center + half)
