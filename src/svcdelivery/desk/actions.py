"""Corrective actions at the desk: done, verified, or waived by somebody who answers for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from svcdelivery.desk.ask import Ask
from svcdelivery.desk.duties import foreseen, new_facts
from svcdelivery.desk.engine import Engine, Judged, Written
from svcdelivery.desk.outcome import Outcome
from svcdelivery.desk.rows import action_row, record_of
from svcdelivery.errors import NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.improvement import CorrectiveAction, action_stream, fold_action, implement, verify, waive
from svcdelivery.security import Decision, decide_internal
from svcdelivery.storage.protocol import Page, Query, Receipt, Unit, Write
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
        stream = action_stream(ask.id)

        def judge(unit: Unit, now: Instant) -> Judged:
            person = self._engine.directory.person(ask.by.id)
            decision = decide_internal(actor=ask.by, action=f"{ask.action}_action", item=stream, person=person, at=now)
            if not decision.allowed:
                return Judged(decision=decision)
            facts = tuple(unit.journal.load(stream))
            action = fold_action(facts)
            if action is None:
                raise NotFoundError(what="corrective action", id=ask.id)
            body = make(action)
            grown = fold_action(foreseen(stream, facts, (body,), by=ask.by, now=now))
            assert grown is not None, "a foreseen fact folds"
            write = Write(stream=stream, expected=action.version, facts=new_facts((body,), by=ask.by, now=now))
            written = Written(answer=(grown, ()), records=(action_row(grown),))
            return Judged(decision=decision, writes=(write,), after=lambda _recorded, _unit: written)

        def outcome(unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[CorrectiveAction]:
            own: list[Fact[Any]] = [fact for fact in receipt.facts if fact.stream == stream]
            record = fold_action(unit.journal.load(stream, upto=own[-1].version))
            assert record is not None, "a receipt names recorded facts"
            return Outcome(record=record, facts=receipt.facts, decision=decision, replayed=receipt.replayed)

        return self._engine.run(f"action.{ask.action}", ask, judge=judge, outcome=outcome)
