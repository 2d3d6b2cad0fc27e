"""Maintenance at the desk: asked for, planned, done and verified.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 7 and SP 3.3
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import MAINTENANCE
from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Page, Unit
from svcdelivery.system import (
    MaintenanceKind,
    MaintenanceRequest,
    complete_maintenance,
    fold_maintenance,
    maintenance_stream,
    plan_maintenance,
    refuse_maintenance,
    request_maintenance,
    start_maintenance,
    verify_maintenance,
    withdraw_maintenance,
)
from svcdelivery.timeline import Instant, to_instant

__all__ = ["MaintenanceDesk"]


class MaintenanceDesk:
    """Maintenance requests.

    A run of a procedure for an incident that ends without having done it opens one by itself, in the same transaction
    and under the id of the run.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, id: str) -> MaintenanceRequest:
        """Answer the maintenance request.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._engine.read_unit() as unit:
            return MAINTENANCE.get(unit, id)

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[MaintenanceRequest]:
        """Answer requests whose columns (`status`, `phase`, `assignee`) have the given values, in the order of ids."""
        with self._engine.read_unit() as unit:
            return MAINTENANCE.find(unit, after=after, limit=limit, where=where)

    def request(
        self,
        *,
        summary: str,
        kind: MaintenanceKind = MaintenanceKind.CORRECTIVE,
        components: Iterable[str] = (),
        item: str = "",
        by: Actor,
        key: str,
        id: str | None = None,
    ) -> Outcome[MaintenanceRequest]:
        """Ask for maintenance.

        Args:
            item: The stream of the work it is for, such as `incident:7`.

        Raises:
            InvalidValueError: No summary, or an id that is taken.
        """
        body = request_maintenance(summary=summary, kind=kind, components=components, item=item)

        def make(known: MaintenanceRequest | None, _unit: Unit, _now: Instant) -> Said[MaintenanceRequest]:
            if known is not None:
                raise InvalidValueError(what="a free id for maintenance", value=id, path="id")
            return Said((body,))

        ask = Ask(action="request", id=id or "", by=by, key=key, said={"request": body})
        return act(self._engine, _MAINTENANCE, ask, make, creates=True)

    def plan(
        self,
        id: str,
        *,
        owner: str,
        plan: str,
        start: datetime | None = None,
        until: datetime | None = None,
        by: Actor,
        key: str,
    ) -> Outcome[MaintenanceRequest]:
        """Say who does what, and in which window; planned once more, the later plan holds.

        That the window does not count in clocks is the agreement's to say: see `desk.agreements.exclude`.

        Raises:
            InvalidValueError: No plan, or half a window.
            EmptyIntervalError: The window ends before it begins.
        """
        begins, ends = (None if at is None else to_instant(at) for at in (start, until))
        ask = Ask(
            action="plan", id=id, by=by, key=key, said={"owner": owner, "plan": plan, "start": begins, "until": ends}
        )
        return self._act(ask, lambda one: plan_maintenance(one, owner=owner, plan=plan, start=begins, until=ends))

    def start(self, id: str, *, by: Actor, key: str) -> Outcome[MaintenanceRequest]:
        """Begin with what is planned."""
        return self._act(Ask(action="start", id=id, by=by, key=key), start_maintenance)

    def complete(self, id: str, *, result: str, by: Actor, key: str) -> Outcome[MaintenanceRequest]:
        """Say that it is done, and what came of it; an incident it was for may be resolved by it from now on."""
        ask = Ask(action="complete", id=id, by=by, key=key, said={"result": result})
        return self._act(ask, lambda one: complete_maintenance(one, result=result))

    def verify(self, id: str, *, effective: bool, evidence: str, by: Actor, key: str) -> Outcome[MaintenanceRequest]:
        """Say whether it helped, and what shows it; what did is closed, what did not is to be planned once more."""
        ask = Ask(action="verify", id=id, by=by, key=key, said={"effective": effective, "evidence": evidence})
        return self._act(ask, lambda one: verify_maintenance(one, effective=effective, evidence=evidence))

    def refuse(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[MaintenanceRequest]:
        """Say that it will not be done, and why."""
        ask = Ask(action="refuse", id=id, by=by, key=key, said={"ground": ground})
        return self._act(ask, lambda one: refuse_maintenance(one, ground=ground))

    def withdraw(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[MaintenanceRequest]:
        """Say that it is not needed after all, and why."""
        ask = Ask(action="withdraw", id=id, by=by, key=key, said={"ground": ground})
        return self._act(ask, lambda one: withdraw_maintenance(one, ground=ground))

    def _act(self, ask: Ask, make: Callable[[MaintenanceRequest], Any]) -> Outcome[MaintenanceRequest]:
        def said(known: MaintenanceRequest | None, _unit: Unit, _now: Instant) -> Said[MaintenanceRequest]:
            assert known is not None, "only what there is is acted upon"
            return Said((make(known),))

        return act(self._engine, _MAINTENANCE, ask, said)


_MAINTENANCE: Aggregate[MaintenanceRequest] = Aggregate(
    "maintenance request", "maintenance", maintenance_stream, fold_maintenance, MAINTENANCE.row
)
