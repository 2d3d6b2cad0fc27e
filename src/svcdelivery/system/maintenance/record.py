"""The record of a maintenance request: what its facts tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve, frozen

from svcdelivery.facts import Fact, opening
from svcdelivery.system.maintenance.facts import (
    MaintenanceCompleted,
    MaintenanceKind,
    MaintenancePlanned,
    MaintenanceRefused,
    MaintenanceRequested,
    MaintenanceVerified,
    MaintenanceWithdrawn,
)
from svcdelivery.system.maintenance.lifecycle import MAINTENANCE_TABLE, MaintenanceStatus
from svcdelivery.timeline import Instant

__all__ = ["MaintenanceRequest", "fold_maintenance"]


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
