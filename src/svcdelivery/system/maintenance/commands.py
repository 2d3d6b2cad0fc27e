"""Commands on maintenance requests: each answers a fact, or refuses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from svcdelivery.errors import EmptyIntervalError, InvalidValueError
from svcdelivery.facts import in_words
from svcdelivery.identity import identifier
from svcdelivery.system.maintenance.facts import (
    MaintenanceCompleted,
    MaintenanceKind,
    MaintenancePlanned,
    MaintenanceRefused,
    MaintenanceRequested,
    MaintenanceStarted,
    MaintenanceVerified,
    MaintenanceWithdrawn,
)
from svcdelivery.system.maintenance.lifecycle import MAINTENANCE_TABLE
from svcdelivery.system.maintenance.record import MaintenanceRequest
from svcdelivery.system.procedure import Procedure
from svcdelivery.system.run import ProcedureRun
from svcdelivery.timeline import to_instant

__all__ = [
    "complete_maintenance",
    "maintenance_after",
    "plan_maintenance",
    "refuse_maintenance",
    "request_maintenance",
    "start_maintenance",
    "verify_maintenance",
    "withdraw_maintenance",
]


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
