"""The corrective actions that are raised by themselves: for a breach, and for a low score."""

from __future__ import annotations

from typing import Any

from svcdelivery.agreement import AgreementRevision
from svcdelivery.clock import BreachNoticed
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.improvement import CorrectiveActionRaised, action_id, action_stream, raise_action
from svcdelivery.satisfaction import SurveyAnswered, is_low
from svcdelivery.storage.protocol import Write
from svcdelivery.timeline import Instant, format_instant
from svcdelivery.work import Work

__all__ = ["actions_of", "raised_for"]


def raised_for(
    stream: str, breach: BreachNoticed, *, owner: str, by: Actor, now: Instant
) -> NewFact[CorrectiveActionRaised]:
    """Answer the fact that raises the corrective action of a breach."""
    body = CorrectiveActionRaised(
        trigger="breach",
        item=stream,
        target=breach.target,
        owner=owner,
        summary=f"{breach.measure} of {stream} was due {format_instant(breach.due_at)} and came later or not yet",
        breached_at=breach.due_at,
    )
    return NewFact(body=body, actor=by, occurred_at=now)


def actions_of(
    stream: str, terms: AgreementRevision, work: Work, body: Any, *, by: Actor, now: Instant
) -> tuple[Write, ...]:
    """Answer the action that a low score calls for, if the body is one."""
    survey = terms.survey
    if survey is None or not isinstance(body, SurveyAnswered) or not is_low(body, survey):
        return ()
    raised = raise_action(
        trigger="survey",
        item=stream,
        target="satisfaction",
        owner=work.team or "service desk",
        summary=f"{stream} was rated {body.score} of {survey.scale}",
    )
    action = action_stream(action_id(stream, f"survey {body.token}"))
    return (Write(stream=action, expected=0, facts=(NewFact(body=raised, actor=by, occurred_at=now),)),)
