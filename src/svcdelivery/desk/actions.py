"""Corrective actions at the desk: done, verified, or waived by somebody who answers for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from svcdelivery.desk.ask import Ask
from svcdelivery.desk.engine import Engine
from svcdelivery.desk.internal import Aggregate, Said, act
from svcdelivery.desk.outcome import Outcome
from svcdelivery.desk.rows import action_row, record_of
from svcdelivery.errors import NotFoundError
from svcdelivery.identity import Actor
from svcdelivery.improvement import CorrectiveAction, action_stream, fold_action, implement, verify, waive
from svcdelivery.storage.protocol import Page, Query, Unit
from svcdelivery.timeline import Instant, to_instant

__all__ = ["ActionDesk"]


class ActionDesk:
    """Corrective actions. One is raised for each breach the watch notices."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, id: str) -> CorrectiveAction:
        """Answer the action.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._engine.store.unit(self._engine.tenant, write=False) as unit:
            row = unit.records.get("action", id)
        if row is None:
            raise NotFoundError(what="corrective action", id=id)
        return record_of(CorrectiveAction, row)

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[CorrectiveAction]:
        """Answer actions whose columns (`status`, `phase`, `assignee`) have the given values, in the order of ids."""
        with self._engine.store.unit(self._engine.tenant, write=False) as unit:
            page = unit.records.find(Query(kind="action", where=tuple(where.items())), after=after, limit=limit)
        return Page(items=tuple(record_of(CorrectiveAction, row) for row in page.items), next=page.next)

    def implement(self, id: str, *, steps: str, by: Actor, key: str) -> Outcome[CorrectiveAction]:
        """State what was done about it."""
        ask = Ask(action="implement", id=id, by=by, key=key, said={"steps": steps})
        return self._act(ask, lambda action: implement(action, steps=steps))

    def verify(self, id: str, *, effective: bool, evidence: str, by: Actor, key: str) -> Outcome[CorrectiveAction]:
        """State whether it helped; one that proves ineffective is open again."""
        said = {"effective": effective, "evidence": evidence}
        ask = Ask(action="verify", id=id, by=by, key=key, said=said)
        return self._act(ask, lambda action: verify(action, effective=effective, evidence=evidence))

    def waive(
        self, id: str, *, ground: str, until: datetime | None = None, by: Actor, key: str
    ) -> Outcome[CorrectiveAction]:
        """State why nothing will be done about it."""
        end = None if until is None else to_instant(until)
        ask = Ask(action="waive", id=id, by=by, key=key, said={"ground": ground, "until": end})
        return self._act(ask, lambda action: waive(action, ground=ground, until=end))

    def _act(self, ask: Ask, make: Callable[[CorrectiveAction], Any]) -> Outcome[CorrectiveAction]:
        def said(action: CorrectiveAction | None, _unit: Unit, _now: Instant) -> Said[CorrectiveAction]:
            assert action is not None, "only what there is is acted upon"
            return Said((make(action),))

        return act(self._engine, _ACTION, ask, said)


_ACTION: Aggregate[CorrectiveAction] = Aggregate("corrective action", "action", action_stream, fold_action, action_row)
