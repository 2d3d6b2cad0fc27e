"""Maintenance of the service system: asked for where a procedure is not enough, planned, done, and verified.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 7 and SP 3.3
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from attrs import evolve, field, frozen

from svcdelivery.errors import EmptyIntervalError, InvalidValueError
from svcdelivery.facts import Fact, fact_type, in_words, opening
from svcdelivery.identity import identifier
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.system.procedure import Procedure
from svcdelivery.system.run import ProcedureRun
from svcdelivery.timeline import Instant, to_instant

__all__ = [
    "MAINTENANCE_TABLE",
    "MaintenanceCompleted",
    "MaintenanceKind",
    "MaintenanceLifecycle",
    "MaintenancePlanned",
    "MaintenanceRefused",
    "MaintenanceRequest",
    "MaintenanceRequested",
    "MaintenanceStarted",
    "MaintenanceStatus",
    "MaintenanceVerified",
    "MaintenanceWithdrawn",
    "complete_maintenance",
    "fold_maintenance",
    "maintenance_after",
    "maintenance_stream",
    "plan_maintenance",
    "refuse_maintenance",
    "request_maintenance",
    "start_maintenance",
    "verify_maintenance",
    "withdraw_maintenance",
]


class MaintenanceKind(Enum):
    """What maintenance is for: to repair, to prevent, to follow what changes around, or to make better."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"
    ADAPTIVE = "adaptive"
    PERFECTIVE = "perfective"


class MaintenanceStatus(Status):
    """How a maintenance request stands."""

    REQUESTED = "requested"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_S = MaintenanceStatus


class MaintenanceLifecycle(Lifecycle):
    """What may happen to a maintenance request. What did not help is planned once more."""

    states = States.from_enum(_S, initial=_S.REQUESTED, final=[_S.CLOSED, _S.REFUSED, _S.WITHDRAWN])
    phases = {
        _S.REQUESTED: Phase.NEW,
        _S.PLANNED: Phase.ACTIVE,
        _S.IN_PROGRESS: Phase.ACTIVE,
        _S.DONE: Phase.DONE,
        _S.CLOSED: Phase.CLOSED,
        _S.REFUSED: Phase.CANCELLED,
        _S.WITHDRAWN: Phase.CANCELLED,
    }

    plan = states.REQUESTED.to(states.PLANNED) | states.PLANNED.to(states.PLANNED) | states.DONE.to(states.PLANNED)
    start = states.PLANNED.to(states.IN_PROGRESS)
    complete = states.IN_PROGRESS.to(states.DONE)
    close = states.DONE.to(states.CLOSED)
    refuse = states.REQUESTED.to(states.REFUSED)
    withdraw = states.REQUESTED.to(states.WITHDRAWN) | states.PLANNED.to(states.WITHDRAWN)


MAINTENANCE_TABLE: LifecycleTable[MaintenanceStatus] = compile_lifecycle(MaintenanceLifecycle)


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(identifier(value, "a name") for value in values)


def maintenance_stream(id: str) -> str:
    """Answer the name of the stream that holds a maintenance request's facts."""
    return f"maintenance:{id}"


@fact_type("maintenance.requested/1")
@frozen(kw_only=True)
class MaintenanceRequested:
    """Something of the service system needs maintenance.

    Attributes:
        components: What of it.
        item: The stream of the work it is for, such as `incident:7`; empty where there is none.
        run: The run of a procedure that was not enough; empty where there was none.
    """

    summary: str
    kind: MaintenanceKind = MaintenanceKind.CORRECTIVE
    components: tuple[str, ...] = field(default=(), converter=_ids)
    item: str = ""
    run: str = ""


@fact_type("maintenance.planned/1")
@frozen(kw_only=True)
class MaintenancePlanned:
    """Who does it, and when.

    Attributes:
        start, until: The window; None where none is needed.
    """

    action: ClassVar[str] = "plan"

    owner: str
    plan: str
    start: Instant | None = None
    until: Instant | None = None


@fact_type("maintenance.started/1")
@frozen(kw_only=True)
class MaintenanceStarted:
    """It began."""

    action: ClassVar[str] = "start"


@fact_type("maintenance.completed/1")
@frozen(kw_only=True)
class MaintenanceCompleted:
    """It was done; whether it helped is still to be seen."""

    action: ClassVar[str] = "complete"

    result: str


@fact_type("maintenance.verified/1")
@frozen(kw_only=True)
class MaintenanceVerified:
    """It was looked whether it helped; what did is closed, what did not is to be planned once more."""

    action: ClassVar[str] = "close"

    effective: bool
    evidence: str


@fact_type("maintenance.refused/1")
@frozen(kw_only=True)
class MaintenanceRefused:
    """It will not be done."""

    action: ClassVar[str] = "refuse"

    ground: str


@fact_type("maintenance.withdrawn/1")
@frozen(kw_only=True)
class MaintenanceWithdrawn:
    """It is not needed after all."""

    action: ClassVar[str] = "withdraw"

    ground: str


@frozen(kw_only=True)
class MaintenanceRequest:
    """A maintenance request as its facts tell it.

    Attributes:
        found_ineffective: How often it was done and did not help.
    """

    id: str
    kind: MaintenanceKind
    summary: str
    components: tuple[str, ...]
    item: str
    run: str
    requested_at: Instant
    status: MaintenanceStatus = MaintenanceStatus.REQUESTED
    owner: str = ""
    plan: str = ""
    start: Instant | None = None
    until: Instant | None = None
    done_at: Instant | None = None
    result: str = ""
    evidence: str = ""
    found_ineffective: int = 0
    ground: str = ""
    version: int = 0


def fold_maintenance(facts: Iterable[Fact[Any]]) -> MaintenanceRequest | None:
    """Answer the maintenance request its facts tell, None for no facts.

    Raises:
        IntegrityError: The facts do not begin with a request, or make a move its lifecycle does not have.
    """
    request: MaintenanceRequest | None = None
    for fact in facts:
        after = _begun(fact) if request is None else _after(request, fact)
        request = evolve(after, version=fact.version)
    return request


def _begun(fact: Fact[Any]) -> MaintenanceRequest:
    body = opening(fact, MaintenanceRequested, "its request")
    return MaintenanceRequest(
        id=fact.stream_id,
        kind=body.kind,
        summary=body.summary,
        components=body.components,
        item=body.item,
        run=body.run,
        requested_at=fact.occurred_at,
    )


def _after(request: MaintenanceRequest, fact: Fact[Any]) -> MaintenanceRequest:
    body = fact.body
    if isinstance(body, MaintenanceVerified) and not body.effective:
        return evolve(request, evidence=body.evidence, found_ineffective=request.found_ineffective + 1)
    target = MAINTENANCE_TABLE.followed(request.status, getattr(body, "action", type(body).__name__), fact)
    moved = evolve(request, status=target)
    match body:
        case MaintenancePlanned():
            return evolve(moved, owner=body.owner, plan=body.plan, start=body.start, until=body.until)
        case MaintenanceCompleted(result=result):
            return evolve(moved, result=result, done_at=fact.occurred_at)
        case MaintenanceVerified(evidence=evidence):
            return evolve(moved, evidence=evidence)
        case MaintenanceRefused(ground=ground) | MaintenanceWithdrawn(ground=ground):
            return evolve(moved, ground=ground)
        case _:
            return moved


def request_maintenance(
    *,
    summary: str,
    kind: MaintenanceKind = MaintenanceKind.CORRECTIVE,
    components: Iterable[str] = (),
    item: str = "",
    run: str = "",
) -> MaintenanceRequested:
    """Answer the fact that maintenance is asked for.

    Raises:
        InvalidValueError: No summary.
    """
    in_words(summary, "summary", what="a summary")
    return MaintenanceRequested(
        summary=summary, kind=MaintenanceKind(kind), components=tuple(components), item=item, run=run
    )


def maintenance_after(run: ProcedureRun, procedure: Procedure, ground: str) -> MaintenanceRequested:
    """Answer the fact that a procedure was not enough for the work it was run for."""
    why = f": {ground}" if ground else ""
    return request_maintenance(
        summary=f"procedure `{procedure.id}` was not enough{why}",
        components=procedure.components,
        item=run.item,
        run=run.id,
    )


def plan_maintenance(
    request: MaintenanceRequest,
    *,
    owner: str,
    plan: str,
    start: datetime | None = None,
    until: datetime | None = None,
) -> MaintenancePlanned:
    """Answer the fact of who does what and when; one that is planned, or did not help, may be planned anew.

    Raises:
        InvalidValueError: No plan, or half a window.
        EmptyIntervalError: The window ends before it begins.
        TransitionRefusedError: It stands otherwise.
    """
    _judge(request, "plan")
    in_words(plan, "plan", what="a plan")
    begins, ends = (None if at is None else to_instant(at) for at in (start, until))
    if (begins is None) != (ends is None):
        raise InvalidValueError(what="a window", value=start or until, path="until", hint="give both ends, or none")
    if begins is not None and ends is not None and ends <= begins:
        raise EmptyIntervalError(start=begins, end=ends)
    return MaintenancePlanned(owner=identifier(owner, "an owner"), plan=plan, start=begins, until=ends)


def start_maintenance(request: MaintenanceRequest) -> MaintenanceStarted:
    """Answer the fact that it begins."""
    _judge(request, "start")
    return MaintenanceStarted()


def complete_maintenance(request: MaintenanceRequest, *, result: str) -> MaintenanceCompleted:
    """Answer the fact that it is done, and what came of it."""
    _judge(request, "complete")
    in_words(result, "result", what="a result")
    return MaintenanceCompleted(result=result)


def verify_maintenance(request: MaintenanceRequest, *, effective: bool, evidence: str) -> MaintenanceVerified:
    """Answer the fact that it was looked whether it helped, and what shows it."""
    _judge(request, "close")
    in_words(evidence, "evidence", what="evidence")
    return MaintenanceVerified(effective=effective, evidence=evidence)


def refuse_maintenance(request: MaintenanceRequest, *, ground: str) -> MaintenanceRefused:
    """Answer the fact that it will not be done."""
    _judge(request, "refuse")
    in_words(ground, "ground", what="a ground")
    return MaintenanceRefused(ground=ground)


def withdraw_maintenance(request: MaintenanceRequest, *, ground: str) -> MaintenanceWithdrawn:
    """Answer the fact that it is not needed after all."""
    _judge(request, "withdraw")
    in_words(ground, "ground", what="a ground")
    return MaintenanceWithdrawn(ground=ground)


def _judge(request: MaintenanceRequest, action: str) -> None:
    MAINTENANCE_TABLE.require(f"maintenance {request.id}", request.status, action)
