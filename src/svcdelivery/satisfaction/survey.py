"""A survey: whether a delivery calls for one, its reminders, and its one answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any

from attrs import evolve, frozen

from svcdelivery.agreement import AgreementRevision, SurveyTerms
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError, WrongTypeError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.satisfaction.facts import SurveyAnswered, SurveyInvited, SurveyReminded, SurveyWithdrawn
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import Work

__all__ = [
    "Survey",
    "answer_survey",
    "invitation",
    "invite",
    "is_low",
    "is_sampled",
    "next_reminder",
    "open_survey",
    "remind",
    "surveys_of",
]


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
