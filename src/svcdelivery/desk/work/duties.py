"""What a fact of work makes due in the same transaction: status updates, surveys, and the timers of its clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from svcdelivery.agreement import REQUESTER, AgreementRevision, ServiceAgreement, SurveyTerms
from svcdelivery.clock import ClockReading
from svcdelivery.communication import (
    StatusUpdateDue,
    StatusUpdateMissed,
    StatusUpdatesEnded,
    latest_obligation,
    obligations,
)
from svcdelivery.desk.command.timers import just_after, rearmed, timer_name, wakes_of_clocks
from svcdelivery.desk.work.escalating import ESCALATION, wake_ups
from svcdelivery.escalation import running_of, started
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import SurveyWithdrawn, invitation, next_reminder, open_survey
from svcdelivery.storage.protocol import Due
from svcdelivery.timeline import Instant
from svcdelivery.work import (
    INCIDENT,
    REQUEST,
    Fulfilled,
    IncidentRecorded,
    Reopened,
    RequestReceived,
    Resolved,
    Work,
    fold_work,
)

__all__ = [
    "UPDATE_TIMER",
    "duties_of",
    "standing_obligations",
    "survey_terms",
    "terms_of",
    "timers_of",
    "updates_owed",
]

UPDATE_TIMER = "status-update"
_SURVEY = "survey"


def duties_of(
    terms: AgreementRevision,
    facts: Sequence[Fact[Any]],
    work: Work,
    body: Any,
    *,
    by: Actor,
    now: Instant,
    token: str,
    last_invited: Instant | None = None,
) -> list[Any]:
    """Answer the bodies that stand beside `body` in its transaction.

    Args:
        facts: The item's facts with `body` foreseen as the last.
        work: The record those facts tell.
        token: Names the survey, should one be due.
        last_invited: When the requester was last asked.
    """
    due: list[Any] = []
    if isinstance(body, RequestReceived | IncidentRecorded):
        kind = REQUEST if isinstance(body, RequestReceived) else INCIDENT
        due += started(terms, kind=kind.name, service=work.service, priority=work.priority)
    if isinstance(body, Fulfilled | Resolved):
        invited = invitation(terms, work, by=by, at=now, token=token, last_invited=last_invited)
        due += [invited] if invited is not None else []
    if isinstance(body, Reopened):
        survey = open_survey(facts, now)
        due += [SurveyWithdrawn(token=survey.token)] if survey is not None else []
    return due + updates_owed(terms, facts)


def updates_owed(terms: AgreementRevision, facts: Sequence[Fact[Any]]) -> list[Any]:
    """Answer what is to be stated of status updates so that what stands is what each audience is owed."""
    owed = {each.audience: each.due_at for each in obligations(terms, facts)}
    stands = standing_obligations(facts)
    # The end of one is the end of all: those that stay are stated anew.
    gone = [StatusUpdatesEnded()] if stands.keys() - owed.keys() else []
    return gone + [
        StatusUpdateDue(due_at, audience) for audience, due_at in owed.items() if gone or stands.get(audience) != due_at
    ]


def standing_obligations(facts: Sequence[Fact[Any]]) -> dict[str, Instant]:
    """Answer by when each audience must be told the status, by what is on record."""
    stated = (f.body.audience for f in facts if isinstance(f.body, StatusUpdateDue | StatusUpdateMissed))
    latest = ((audience, latest_obligation(facts, audience=audience)) for audience in dict.fromkeys(stated))
    return {audience: body.due_at for audience, body in latest if body is not None}


def timers_of(
    agreement: ServiceAgreement | None,
    facts: Sequence[Fact[Any]],
    readings: Iterable[ClockReading],
    armed: Iterable[Due],
    *,
    now: Instant,
) -> list[Due]:
    """Answer the wake-ups to arm and disarm so that exactly those due by the facts are armed.

    A breach nobody has noticed yet keeps its wake-up, even when the clock has stopped since.

    Args:
        agreement: The one the work is under, None where none is on record.
        readings: Its clocks at that instant.
        armed: Those that are armed now.
        now: Since when nothing more is known.
    """
    wanted = {**wakes_of_clocks(facts, readings), **_of_updates(facts)}
    if agreement is not None:
        for policy, at in wake_ups(running_of(agreement, facts), now).items():
            wanted[timer_name(ESCALATION, policy)] = at
        reminder = _of_survey(agreement, facts, now)
        wanted.update({} if reminder is None else {_SURVEY: reminder})
    return rearmed(facts[0].stream, wanted, armed)


def _of_updates(facts: Sequence[Fact[Any]]) -> dict[str, Instant]:
    return {
        UPDATE_TIMER if audience == REQUESTER else timer_name(f"{UPDATE_TIMER}:", audience): just_after(due_at)
        for audience, due_at in standing_obligations(facts).items()
    }


def _of_survey(agreement: ServiceAgreement, facts: Sequence[Fact[Any]], now: Instant) -> Instant | None:
    survey = open_survey(facts, now)
    terms = survey_terms(agreement, facts, now) if survey is not None else None
    return None if survey is None or terms is None else next_reminder(survey, terms)


def survey_terms(agreement: ServiceAgreement, facts: Sequence[Fact[Any]], now: Instant) -> SurveyTerms | None:
    """Answer how satisfaction with an item is asked for."""
    work = fold_work(facts)
    terms = terms_of(agreement, work, now) if work is not None else None
    return None if terms is None else terms.survey


def terms_of(agreement: ServiceAgreement, work: Work, at: Instant) -> AgreementRevision | None:
    """Answer the revision an item's promises follow at an instant."""
    return agreement.terms_for(received_at=work.received_at, at=at, pinned=work.revision)
