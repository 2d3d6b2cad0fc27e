"""Commands on one item: each asks the lifecycle's table and answers the fact, or refuses; nothing is changed here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from svcdelivery.errors import CorrectionRefusedError, IntegrityError, InvalidValueError
from svcdelivery.facts import Fact, in_words
from svcdelivery.timeline import Instant, format_instant
from svcdelivery.work.corrections import Corrected, Correction, HappenedAt, Mistaken, WasOnHold
from svcdelivery.work.facts import (
    Accepted,
    Assigned,
    Cancelled,
    Closed,
    Fulfilled,
    MajorIncidentDeclared,
    MajorIncidentStoodDown,
    PriorityChanged,
    PutOnHold,
    Rejected,
    Reopened,
    Resolved,
    Resumed,
    Started,
)
from svcdelivery.work.incident import Incident
from svcdelivery.work.kinds import INCIDENT, REQUEST, Work, WorkKind
from svcdelivery.work.replay import check_course

__all__ = [
    "accept",
    "assign",
    "cancel",
    "change_priority",
    "close",
    "correct",
    "declare_major",
    "fulfill",
    "kind_of",
    "put_on_hold",
    "reject",
    "reopen",
    "reopening_window_open",
    "resolve",
    "resume",
    "stand_down",
    "start",
]


def kind_of(work: Work) -> WorkKind:
    """Answer which kind of work it is."""
    return INCIDENT if isinstance(work, Incident) else REQUEST


def _judge(work: Work, action: str, **guards: bool) -> None:
    kind = kind_of(work)
    kind.table.require(f"{kind.name} {work.id}", work.status, action, lambda name: guards.get(name, False))


def accept(work: Work, *, note: str = "") -> Accepted:
    """Take a request on."""
    _judge(work, "accept")
    return Accepted(note=note)


def reject(work: Work, *, ground: str) -> Rejected:
    """Turn a request down."""
    _judge(work, "reject")
    return Rejected(ground=ground)


def assign(work: Work, *, team: str, assignee: str | None = None) -> Assigned:
    """Make a team, or a person of it, responsible; while work goes on this changes nothing else."""
    _judge(work, "assign")
    return Assigned(team=team, assignee=assignee)


def start(work: Work) -> Started:
    """Begin to work."""
    _judge(work, "start")
    return Started()


def put_on_hold(work: Work, *, reason: str, known: tuple[str, ...], note: str = "") -> PutOnHold:
    """Let work stand still for one of the reasons the agreement knows."""
    _check_reason(reason, known)
    _judge(work, "put_on_hold")
    return PutOnHold(reason=reason, note=note)


def _check_reason(reason: str, known: Collection[str]) -> None:
    if reason not in known:
        accepted = ", ".join(f"`{r}`" for r in known)
        raise InvalidValueError(what="a known hold reason", value=reason, path="reason", hint=f"one of {accepted}")


def resume(work: Work, *, note: str = "") -> Resumed:
    """Go on after a hold."""
    _judge(work, "resume")
    return Resumed(note=note)


def fulfill(work: Work, *, outcome: str = "") -> Fulfilled:
    """Deliver what a request asked for."""
    _judge(work, "fulfill")
    return Fulfilled(outcome=outcome)


def resolve(
    work: Work, *, outcome: str = "", run: str = "", workaround_of: str = "", maintenance: str = ""
) -> Resolved:
    """Make the service of an incident work again: by hand, a procedure, a problem's workaround, or maintenance."""
    _judge(work, "resolve")
    return Resolved(outcome=outcome, run=run, workaround_of=workaround_of, maintenance=maintenance)


def declare_major(work: Incident, *, ground: str, plan: str = "") -> MajorIncidentDeclared:
    """Handle an open incident as a major one from now on."""
    in_words(ground, "ground", what="a ground")
    _judge(work, "declare_major", major=work.is_major)
    return MajorIncidentDeclared(ground=ground, plan=plan)


def stand_down(work: Incident, *, ground: str) -> MajorIncidentStoodDown:
    """Handle a major incident as others are again."""
    in_words(ground, "ground", what="a ground")
    _judge(work, "stand_down", major=work.is_major)
    return MajorIncidentStoodDown(ground=ground)


def close(work: Work, *, note: str = "") -> Closed:
    """Close what is done."""
    _judge(work, "close")
    return Closed(note=note)


def reopening_window_open(work: Work, *, window: timedelta, now: Instant) -> bool:
    """Answer whether at most the window's wall time has passed since the work was last done or closed."""
    since = work.done_at or work.closed_at
    return since is not None and datetime.__sub__(now, since) <= window


def reopen(work: Work, *, ground: str, window: timedelta, now: Instant) -> Reopened:
    """Take up again what was done, within the agreement's window of wall time."""
    _judge(work, "reopen", reopening_window_open=reopening_window_open(work, window=window, now=now))
    return Reopened(ground=ground)


def cancel(work: Work, *, ground: str = "") -> Cancelled:
    """Give up work that is still open."""
    _judge(work, "cancel")
    return Cancelled(ground=ground)


def change_priority(
    work: Work, *, priority: str, impact: str | None = None, urgency: str | None = None, ground: str = ""
) -> PriorityChanged:
    """Make open work more or less pressing."""
    _judge(work, "change_priority")
    return PriorityChanged(priority=priority, impact=impact, urgency=urgency, ground=ground)


def correct(
    facts: Sequence[Fact[Any]], correction: Correction, *, ground: str, known: Collection[str], now: Instant
) -> Corrected:
    """Put right what was recorded of an item.

    Args:
        facts: All of the item, in the order of record.
        known: The hold reasons of the agreement.
        now: Nothing happens later than this.

    Raises:
        InvalidValueError: A fact that is none of the work's, a hold reason nobody knows, an instant to come, no ground.
        CorrectionRefusedError: What is left could not have happened.
    """
    in_words(ground, "ground", what="a ground")
    made = Corrected(correction=correction, ground=ground)
    if isinstance(correction, WasOnHold):
        _check_reason(correction.reason, known)
        _check_past(correction.until, now, "until")
    else:
        _check_fact(facts, correction)
        if isinstance(correction, HappenedAt):
            _check_past(correction.at, now, "at")
    last = facts[-1]
    try:
        check_course([*facts, evolve(last, version=last.version + 1, position=last.position + 1, body=made)])
    except IntegrityError as error:
        hint = "correct what it stands in the way of first"
        raise CorrectionRefusedError(subject=last.stream, problem=error.problem, hint=hint) from error
    return made


def _tells_clocks(body: Any) -> bool:
    # What other rooms put on record beside an item's own course, such as that a breach was noticed, stays as it is.
    return hasattr(body, "signals")


def _check_fact(facts: Sequence[Fact[Any]], correction: HappenedAt | Mistaken) -> None:
    found = next((fact for fact in facts if fact.version == correction.version), None)
    what, path = "a fact of the work", "version"
    if found is None or not _tells_clocks(found.body):
        told = ", ".join(str(fact.version) for fact in facts if _tells_clocks(fact.body))
        raise InvalidValueError(what=what, value=correction.version, path=path, hint=f"one of {told}")
    if isinstance(correction, HappenedAt) and isinstance(found.body, Corrected):
        hint = "say that it is mistaken, and correct the fact again"
        raise InvalidValueError(what="a fact that happened", value=correction.version, path=path, hint=hint)
    if isinstance(correction, Mistaken) and found.version == 1:
        problem, hint = "without its receipt there is no item", "cancel it"
        raise InvalidValueError(what=what, value=1, path=path, problem=problem, hint=hint)


def _check_past(at: Instant, now: Instant, path: str) -> None:
    if at > now:
        hint = f"{format_instant(now)} or before"
        raise InvalidValueError(what="an instant that is past", value=format_instant(at), path=path, hint=hint)
