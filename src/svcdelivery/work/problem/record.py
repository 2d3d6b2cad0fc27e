"""A problem as its facts tell it, with the incidents it caused and those that rest on its workaround."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve, frozen

from svcdelivery.facts import Fact, opening
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import Instant
from svcdelivery.work.problem.facts import (
    IncidentLinked,
    IncidentUnlinked,
    KnownErrorDeclared,
    ProblemInvestigated,
    ProblemRecorded,
    ProblemResolved,
    WorkaroundApplied,
    WorkaroundDocumented,
    WorkaroundReleased,
    WorkaroundWithdrawn,
)
from svcdelivery.work.problem.lifecycle import PROBLEM_TABLE, ProblemStatus

__all__ = ["ProblemRecord", "fold_problem", "problem_stream"]


def problem_stream(id: str) -> str:
    """Answer the name of the stream that holds a problem's facts."""
    return f"problem:{id}"


@frozen(kw_only=True)
class ProblemRecord:
    """A problem on record.

    Attributes:
        cause: Empty while it is not known.
        workaround: How to live with it meanwhile; empty where there is no way, or none any more.
        incidents: The streams of those it caused, in the order they were linked.
        on_workaround: Those of them that were resolved by the workaround and are not closed.
        applied: How often the workaround resolved an incident.
    """

    id: str
    version: int
    status: ProblemStatus
    summary: str
    services: frozenset[str]
    priority: str
    owner: str
    recorded_at: Instant
    cause: str = ""
    workaround: str = ""
    fix: str = ""
    change: str = ""
    known_at: Instant | None = None
    resolved_at: Instant | None = None
    closed_at: Instant | None = None
    reopened: int = 0
    incidents: tuple[str, ...] = ()
    on_workaround: tuple[str, ...] = ()
    applied: int = 0

    @property
    def phase(self) -> Phase:
        """What the status means to reports."""
        return PROBLEM_TABLE.phase(self.status)

    @property
    def is_known_error(self) -> bool:
        """Whether its cause is known and its fix still to come."""
        return self.status is ProblemStatus.KNOWN_ERROR


def fold_problem(facts: Iterable[Fact[Any]]) -> ProblemRecord | None:
    """Answer the record the facts of one problem tell, None for no facts.

    Raises:
        IntegrityError: The facts do not begin with its recording, or a move is not one the lifecycle has.
    """
    record: ProblemRecord | None = None
    for fact in facts:
        record = _begun(fact) if record is None else _grown(record, fact)
    return record


def _begun(fact: Fact[Any]) -> ProblemRecord:
    body = opening(fact, ProblemRecorded, "its recording")
    return ProblemRecord(
        id=fact.stream_id,
        version=fact.version,
        status=PROBLEM_TABLE.initial,
        summary=body.summary,
        services=body.services,
        priority=body.priority,
        owner=body.owner,
        recorded_at=fact.occurred_at,
    )


def _grown(record: ProblemRecord, fact: Fact[Any]) -> ProblemRecord:
    record = evolve(_moved(record, fact), version=fact.version)
    match fact.body:
        case ProblemInvestigated(owner=owner):
            return evolve(record, owner=owner or record.owner)
        case KnownErrorDeclared(cause=cause):
            return evolve(record, cause=cause, known_at=fact.occurred_at)
        case WorkaroundDocumented(text=text):
            return evolve(record, workaround=text)
        case WorkaroundWithdrawn():
            return evolve(record, workaround="")
        case ProblemResolved(fix=fix, change=change):
            return evolve(record, fix=fix, change=change, resolved_at=fact.occurred_at)
        case IncidentLinked(item=item):
            return evolve(record, incidents=_with(record.incidents, item))
        case IncidentUnlinked(item=item):
            return evolve(record, incidents=_without(record.incidents, item))
        case WorkaroundApplied(item=item):
            return evolve(record, on_workaround=_with(record.on_workaround, item), applied=record.applied + 1)
        case WorkaroundReleased(item=item):
            return evolve(record, on_workaround=_without(record.on_workaround, item))
        case _:  # the others say no more than their move
            return record


def _moved(record: ProblemRecord, fact: Fact[Any]) -> ProblemRecord:
    action = getattr(fact.body, "action", None)
    if action is None:
        return record
    target = PROBLEM_TABLE.followed(record.status, action, fact)
    if action == "reopen":
        return evolve(record, status=target, resolved_at=None, closed_at=None, reopened=record.reopened + 1)
    return evolve(record, status=target, closed_at=fact.occurred_at if action == "close" else record.closed_at)


def _with(items: tuple[str, ...], item: str) -> tuple[str, ...]:
    return items if item in items else (*items, item)


def _without(items: tuple[str, ...], item: str) -> tuple[str, ...]:
    return tuple(other for other in items if other != item)
