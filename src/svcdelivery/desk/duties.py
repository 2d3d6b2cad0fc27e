"""What a fact of work makes due in the same transaction: status updates, surveys, and the timers of its clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from svcdelivery.agreement import AgreementRevision
from svcdelivery.clock import BreachNoticed, ClockReading, Verdict
from svcdelivery.communication import StatusUpdateDue, StatusUpdatesEnded, latest_obligation, next_update_due
from svcdelivery.facts import Fact, NewFact
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import SurveyWithdrawn, invitation, open_survey
from svcdelivery.storage.protocol import Due
from svcdelivery.timeline import Instant
from svcdelivery.work import Fulfilled, Reopened, Resolved, Work

__all__ = ["UPDATE_TIMER", "due_timer", "duties_of", "foreseen", "new_facts", "timers_of"]

UPDATE_TIMER = "status-update"
_DUE = "due:"
# Shorter than names may be: one that is tried again gets longer.
_NAME_MOST = 180
_JUST_AFTER = timedelta(microseconds=1)


def due_timer(target: str, cycle: int = 1) -> str:
    """Answer the name of the timer that wakes the desk just after the due instant of a target's cycle."""
    due = _DUE if cycle == 1 else f"due#{cycle}:"
    name = f"{due}{target}"
    return name if len(name) <= _NAME_MOST else f"{due}{sha256(target.encode()).hexdigest()}"


def foreseen(
    stream: str, facts: Sequence[Fact[Any]], bodies: Iterable[Any], *, by: Actor, now: Instant
) -> tuple[Fact[Any], ...]:
    """Answer the facts of a stream as they will be once the bodies are recorded; positions are not yet real."""
    version = facts[-1].version if facts else 0
    position = facts[-1].position if facts else 0
    new = (
        Fact(
            stream=stream,
            version=version + index,
            position=position + index,
            occurred_at=now,
            recorded_at=now,
            actor=by,
            body=body,
        )
        for index, body in enumerate(bodies, start=1)
    )
    return (*facts, *new)


def duties_of(
    revision: AgreementRevision,
    facts: Sequence[Fact[Any]],
    work: Work,
    body: Any,
    *,
    by: Actor,
    now: Instant,
    token: str,
) -> list[Any]:
    """Answer the bodies that stand beside `body` in its transaction.

    Args:
        facts: The item's facts with `body` foreseen as the last.
        work: The record those facts tell.
        token: Names the survey, should one be due.
    """
    due: list[Any] = []
    if isinstance(body, Fulfilled | Resolved):
        invited = invitation(revision, work, by=by, at=now, token=token)
        due += [invited] if invited is not None else []
    if isinstance(body, Reopened):
        survey = open_survey(facts, now)
        due += [SurveyWithdrawn(token=survey.token)] if survey is not None else []
    return due + _updates(revision, facts)


def _updates(revision: AgreementRevision, facts: Sequence[Fact[Any]]) -> list[Any]:
    due_at = next_update_due(revision, facts)
    stated = [fact.body for fact in facts if isinstance(fact.body, StatusUpdateDue | StatusUpdatesEnded)]
    last = stated[-1] if stated else None
    if due_at is None:
        return [StatusUpdatesEnded()] if isinstance(last, StatusUpdateDue) else []
    return [] if isinstance(last, StatusUpdateDue) and last.due_at == due_at else [StatusUpdateDue(due_at)]


def new_facts(bodies: Iterable[Any], *, by: Actor, now: Instant) -> tuple[NewFact[Any], ...]:
    """Answer the bodies as facts to record, all of the same instant."""
    return tuple(NewFact(body=body, actor=by, occurred_at=now) for body in bodies)


def timers_of(
    stream: str, facts: Sequence[Fact[Any]], readings: Iterable[ClockReading], armed: Iterable[Due]
) -> list[Due]:
    """Answer the wake-ups to arm and disarm so that exactly those due by the facts are armed.

    A breach nobody has noticed yet keeps its wake-up, even when the clock has stopped since.
    """
    noticed = {(f.body.target, f.body.cycle) for f in facts if isinstance(f.body, BreachNoticed)}
    wanted: dict[str, Instant] = {}
    for reading in readings:
        waits = (reading.is_open and not reading.due_is_provisional) or reading.verdict is Verdict.BREACHED
        if reading.due_at is not None and waits and (reading.target, reading.cycle) not in noticed:
            wanted[due_timer(reading.target, reading.cycle)] = datetime.__add__(reading.due_at, _JUST_AFTER)
    obligation = latest_obligation(facts)
    if obligation is not None:
        wanted[UPDATE_TIMER] = datetime.__add__(obligation.due_at, _JUST_AFTER)
    have = {timer.name: timer.due_at for timer in armed}
    moved = [Due(stream=stream, name=name, due_at=at) for name, at in wanted.items() if have.get(name) != at]
    return moved + [Due(stream=stream, name=name, due_at=None) for name in have if name not in wanted]
