"""Commands on a problem: each asks the lifecycle's table and answers the fact, or refuses."""

from __future__ import annotations

from collections.abc import Iterable

from svcdelivery.errors import TransitionRefusedError
from svcdelivery.facts import in_words
from svcdelivery.lifecycle import Phase
from svcdelivery.work.problem.facts import (
    KnownErrorDeclared,
    ProblemInvestigated,
    ProblemRecorded,
    ProblemResolved,
    ProblemSettled,
    WorkaroundDocumented,
    WorkaroundWithdrawn,
)
from svcdelivery.work.problem.lifecycle import PROBLEM_TABLE
from svcdelivery.work.problem.record import ProblemRecord

__all__ = [
    "declare_known_error",
    "document_workaround",
    "investigate",
    "record_problem",
    "resolve_problem",
    "settle",
    "withdraw_workaround",
]

_NAMED_MOST = 3


def record_problem(
    *, summary: str, services: Iterable[str] = (), priority: str = "", owner: str = ""
) -> ProblemRecorded:
    """Put a problem on record."""
    in_words(summary, "summary")
    return ProblemRecorded(summary=summary, services=frozenset(services), priority=priority, owner=owner)


def investigate(problem: ProblemRecord, *, owner: str = "", note: str = "") -> ProblemInvestigated:
    """Begin to look for the cause."""
    _judge(problem, "investigate")
    return ProblemInvestigated(owner=owner, note=note)


def declare_known_error(problem: ProblemRecord, *, cause: str) -> KnownErrorDeclared:
    """State the cause."""
    in_words(cause, "cause")
    _judge(problem, "declare_known_error")
    return KnownErrorDeclared(cause=cause)


def document_workaround(problem: ProblemRecord, *, text: str) -> WorkaroundDocumented:
    """State how to live with it meanwhile."""
    in_words(text, "text")
    _judge(problem, "document_workaround")
    return WorkaroundDocumented(text=text)


def withdraw_workaround(problem: ProblemRecord, *, ground: str) -> WorkaroundWithdrawn:
    """State that the workaround is not to be used any more, and why."""
    in_words(ground, "ground")
    _judge(problem, "withdraw_workaround")
    return WorkaroundWithdrawn(ground=ground)


def resolve_problem(problem: ProblemRecord, *, fix: str, change: str = "") -> ProblemResolved:
    """State what took the cause away; a workaround does not."""
    in_words(fix, "fix")
    _judge(problem, "resolve")
    return ProblemResolved(fix=fix, change=change)


def settle(problem: ProblemRecord, action: str, *, note: str = "") -> ProblemSettled:
    """Close it, open it again or give it up; the last two need words.

    Raises:
        TransitionRefusedError: Its status does not allow it, or incidents rest on its workaround alone.
        InvalidValueError: No words.
    """
    if action in ("reopen", "cancel"):
        in_words(note, "note")
    _judge(problem, action)
    return ProblemSettled(action=action, note=note)


def _judge(problem: ProblemRecord, action: str) -> None:
    guards = {
        "workaround_in_place": bool(problem.workaround),
        "no_incident_on_workaround": not problem.on_workaround,
    }
    if PROBLEM_TABLE.target(problem.status, action, guards.__getitem__) is not None:
        return
    raise TransitionRefusedError(
        subject=f"problem {problem.id}",
        status=problem.status.value.replace("_", " "),
        action=action.replace("_", " "),
        possible=PROBLEM_TABLE.possible(problem.status, guards.__getitem__),
        ground=_why_not(problem, action),
    )


def _why_not(problem: ProblemRecord, action: str) -> str:
    if action == "withdraw_workaround" and problem.phase.is_open:
        return "no workaround is in place"
    if action not in ("close", "cancel"):
        return ""
    if problem.phase is not Phase.DONE and problem.applied and action == "close":
        return "a workaround resolves incidents and not the problem, which needs a fix"
    if problem.on_workaround:
        named = ", ".join(problem.on_workaround[:_NAMED_MOST])
        more = len(problem.on_workaround) - _NAMED_MOST
        told = f"{named} and {more} more" if more > 0 else named
        return f"resolved by its workaround alone and not closed: {told}"
    return ""
