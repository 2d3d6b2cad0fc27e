"""Corrective actions at the desk: raised, planned, done, verified, or waived by somebody who answers for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Clocked, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import ACTIONS
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.improvement import (
    ActionStatus,
    CorrectiveAction,
    Recurrence,
    action_stream,
    fold_action,
    implement,
    plan,
    raise_action,
    recurrences,
    verify,
    waive,
)
from svcdelivery.storage.protocol import Page, Unit
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import kind_of_stream

__all__ = ["ACTION", "ActionDesk"]

_JUST_AFTER = timedelta(microseconds=1)


class ActionDesk:
    """Corrective actions. One is raised for each breach the watch notices, and for each low rating of a survey.

    Nothing closes without an effectiveness result or a waiver: what is implemented is verified, what proves
    ineffective is open again, and so is what a waiver that has ended held back.

    Source:
        CMMI-SVC 1.3 SD SP 3.2 work product 4
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, id: str) -> CorrectiveAction:
        """Answer the action.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._engine.read_unit() as unit:
            return ACTIONS.get(unit, id)

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[CorrectiveAction]:
        """Answer actions whose columns (`status`, `phase`, `assignee`) have the given values, in the order of ids."""
        with self._engine.read_unit() as unit:
            return ACTIONS.find(unit, after=after, limit=limit, where=where)

    def facts(self, id: str) -> tuple[Fact[Any], ...]:
        """Answer everything on record about an action, in the order of record; empty for an unknown one."""
        with self._engine.read_unit() as unit:
            return tuple(unit.journal.load(action_stream(id)))

    def recurrences(self) -> tuple[Recurrence, ...]:
        """Answer which actions found effective were followed by others for the same, over the whole log."""
        with self._engine.read_unit() as unit:
            return recurrences(list(ACTIONS.all(unit)))

    def raise_action(
        self,
        *,
        summary: str,
        owner: str,
        trigger: str = "hand",
        item: str = "",
        target: str = "",
        due_at: datetime | None = None,
        verify_after: timedelta | None = None,
        by: Actor,
        key: str,
        id: str | None = None,
    ) -> Outcome[CorrectiveAction]:
        """State what shall not come about again, and who sees to it.

        Args:
            item: The stream of the work it is for, such as `incident:7`, if there is any.
            due_at: By when it shall be implemented; once that has passed it is noticed as overdue.
            verify_after: How long it must show itself before it can be found effective.

        Raises:
            InvalidValueError: No summary, another trigger, or an id that is taken.
            NotFoundError: There is no such item.
        """
        body = raise_action(
            trigger=trigger, item=item, target=target, owner=owner, summary=summary, due_at=due_at,
            verify_after=verify_after,
        )  # fmt: skip

        def said(known: CorrectiveAction | None, unit: Unit, _now: Instant) -> Said[CorrectiveAction]:
            if known is not None:
                raise InvalidValueError(what="a free id for a corrective action", value=id, path="id")
            if kind_of_stream(item) is not None and not unit.journal.load(item, upto=1):
                raise NotFoundError(what="item", id=item)
            return Said((body,))

        ask = Ask(action="raise", id=id or "", by=by, key=key, said={"action": body})
        return act(self._engine, ACTION, ask, said, creates=True)

    def plan(
        self,
        id: str,
        *,
        owner: str | None = None,
        due_at: datetime | None = None,
        verify_after: timedelta | None = None,
        note: str = "",
        by: Actor,
        key: str,
    ) -> Outcome[CorrectiveAction]:
        """State who sees to it, what is to be done, by when, and how long it must show itself; the rest stays.

        Raises:
            InvalidValueError: A time that is over.
        """
        due = None if due_at is None else to_instant(due_at)
        said = {"owner": owner, "due_at": due, "verify_after": verify_after, "note": note}
        ask = Ask(action="plan", id=id, by=by, key=key, said=said)
        return self._act(
            ask,
            lambda action, now: plan(action, owner=owner, due_at=due, verify_after=verify_after, note=note, now=now),
        )

    def implement(self, id: str, *, steps: str, by: Actor, key: str) -> Outcome[CorrectiveAction]:
        """State what was done about it."""
        ask = Ask(action="implement", id=id, by=by, key=key, said={"steps": steps})
        return self._act(ask, lambda action, _now: implement(action, steps=steps))

    def verify(self, id: str, *, effective: bool, evidence: str, by: Actor, key: str) -> Outcome[CorrectiveAction]:
        """State whether it helped; one that proves ineffective is open again.

        Raises:
            TransitionRefusedError: It is not implemented, or has not yet shown itself for as long as it must.
        """
        said = {"effective": effective, "evidence": evidence}
        ask = Ask(action="verify", id=id, by=by, key=key, said=said)
        return self._act(ask, lambda action, now: verify(action, effective=effective, evidence=evidence, now=now))

    def waive(
        self, id: str, *, ground: str, until: datetime | None = None, by: Actor, key: str
    ) -> Outcome[CorrectiveAction]:
        """State why nothing will be done about it; once `until` has come it is open again.

        Raises:
            InvalidValueError: No ground, or an end that is over.
        """
        end = None if until is None else to_instant(until)
        ask = Ask(action="waive", id=id, by=by, key=key, said={"ground": ground, "until": end})
        return self._act(ask, lambda action, now: waive(action, ground=ground, until=end, now=now))

    def _act(self, ask: Ask, make: Callable[[CorrectiveAction, Instant], Any]) -> Outcome[CorrectiveAction]:
        def said(action: CorrectiveAction | None, _unit: Unit, now: Instant) -> Said[CorrectiveAction]:
            assert action is not None, "only what there is is acted upon"
            return Said((make(action, now),))

        return act(self._engine, ACTION, ask, said)


def _clocks(
    _engine: Engine, _unit: Unit, facts: Sequence[Fact[Any]], _now: Instant, _known_at: Instant | None
) -> Clocked:
    action = fold_action(facts)
    assert action is not None, "an action with facts folds"
    if action.status is ActionStatus.WAIVED and action.waived_until is not None:
        return Clocked(wakes=(("waiver", action.waived_until),))
    if action.status is ActionStatus.RAISED and action.due_at is not None and action.overdue_since != action.due_at:
        return Clocked(wakes=(("overdue", datetime.__add__(action.due_at, _JUST_AFTER)),))
    return Clocked()


ACTION: Aggregate[CorrectiveAction] = Aggregate(
    "corrective action", "action", action_stream, fold_action, ACTIONS.row, _clocks
)
"""Corrective actions, for commands and for the watch."""
