"""Problems at the desk: what causes incidents, how to live with it, and what took it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import PROBLEMS
from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Page, Unit
from svcdelivery.timeline import Instant
from svcdelivery.work.problem import (
    ProblemRecord,
    ProblemStatus,
    WorkaroundDocumented,
    declare_known_error,
    document_workaround,
    fold_problem,
    investigate,
    problem_stream,
    record_problem,
    resolve_problem,
    settle,
    withdraw_workaround,
)

__all__ = ["ProblemDesk"]


class ProblemDesk:
    """Problems and known errors. Incidents are linked to them by `desk.incidents.link`, as caused by them.

    A workaround resolves incidents (`desk.incidents.resolve(..., workaround_of=...)`) and never the problem: that takes
    a fix, and is not closed while an incident that rests on the workaround is not.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, id: str) -> ProblemRecord:
        """Answer the problem.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._engine.read_unit() as unit:
            return PROBLEMS.get(unit, id)

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[ProblemRecord]:
        """Answer problems whose columns have the given values, in the order of ids.

        Columns are `status`, `phase`, `priority`, `assignee` (the owner) and `service`, where one alone is troubled.
        """
        with self._engine.read_unit() as unit:
            return PROBLEMS.find(unit, after=after, limit=limit, where=where)

    def known_errors(self, *, service: str = "") -> tuple[ProblemRecord, ...]:
        """Answer the known errors not yet resolved, of one service or of all, in the order of ids."""
        with self._engine.read_unit() as unit:
            known = PROBLEMS.all(unit, status=ProblemStatus.KNOWN_ERROR.value)
            return tuple(each for each in known if not service or service in each.services)

    def record(
        self,
        *,
        summary: str,
        services: Iterable[str] = (),
        priority: str = "",
        owner: str = "",
        by: Actor,
        key: str,
        id: str | None = None,
    ) -> Outcome[ProblemRecord]:
        """Put a problem on record.

        Raises:
            InvalidValueError: No summary, or an id that is taken.
        """
        body = record_problem(summary=summary, services=services, priority=priority, owner=owner)

        def make(known: ProblemRecord | None, _unit: Unit, _now: Instant) -> Said[ProblemRecord]:
            if known is not None:
                raise InvalidValueError(what="a free id for a problem", value=id, path="id")
            return Said((body,))

        ask = Ask(action="record", id=id or "", by=by, key=key, said={"problem": body})
        return act(self._engine, _PROBLEM, ask, make, creates=True)

    def investigate(self, id: str, *, owner: str = "", note: str = "", by: Actor, key: str) -> Outcome[ProblemRecord]:
        """Begin to look for the cause."""
        ask = Ask(action="investigate", id=id, by=by, key=key, said={"owner": owner, "note": note})
        return self._act(ask, lambda problem: (investigate(problem, owner=owner, note=note),))

    def declare_known_error(
        self, id: str, *, cause: str, workaround: str = "", by: Actor, key: str
    ) -> Outcome[ProblemRecord]:
        """State the cause, and the workaround where one is known."""
        ask = Ask(action="declare_known_error", id=id, by=by, key=key, said={"cause": cause, "workaround": workaround})

        def make(problem: ProblemRecord) -> tuple[Any, ...]:
            declared = declare_known_error(problem, cause=cause)
            return (declared, *((WorkaroundDocumented(text=workaround),) if workaround.strip() else ()))

        return self._act(ask, make)

    def document_workaround(self, id: str, *, text: str, by: Actor, key: str) -> Outcome[ProblemRecord]:
        """State how to live with it meanwhile, in the place of an earlier workaround."""
        ask = Ask(action="document_workaround", id=id, by=by, key=key, said={"text": text})
        return self._act(ask, lambda problem: (document_workaround(problem, text=text),))

    def withdraw_workaround(self, id: str, *, ground: str, by: Actor, key: str) -> Outcome[ProblemRecord]:
        """State that the workaround is not to be used any more, and why."""
        ask = Ask(action="withdraw_workaround", id=id, by=by, key=key, said={"ground": ground})
        return self._act(ask, lambda problem: (withdraw_workaround(problem, ground=ground),))

    def resolve(self, id: str, *, fix: str, change: str = "", by: Actor, key: str) -> Outcome[ProblemRecord]:
        """State what took the cause away for good."""
        ask = Ask(action="resolve", id=id, by=by, key=key, said={"fix": fix, "change": change})
        return self._act(ask, lambda problem: (resolve_problem(problem, fix=fix, change=change),))

    def close(self, id: str, *, note: str = "", by: Actor, key: str) -> Outcome[ProblemRecord]:
        """Close what is resolved.

        Raises:
            TransitionRefusedError: It has no fix, or incidents that were resolved by its workaround alone are not
                closed; the message names them.
        """
        return self._settle(id, "close", note, by, key)

    def reopen(self, id: str, *, note: str, by: Actor, key: str) -> Outcome[ProblemRecord]:
        """Look into it again: the fix did not hold."""
        return self._settle(id, "reopen", note, by, key)

    def cancel(self, id: str, *, note: str, by: Actor, key: str) -> Outcome[ProblemRecord]:
        """Give it up: it turned out to be none."""
        return self._settle(id, "cancel", note, by, key)

    def _settle(self, id: str, action: str, note: str, by: Actor, key: str) -> Outcome[ProblemRecord]:
        ask = Ask(action=action, id=id, by=by, key=key, said={"note": note})
        return self._act(ask, lambda problem: (settle(problem, action, note=note),))

    def _act(self, ask: Ask, make: Callable[[ProblemRecord], tuple[Any, ...]]) -> Outcome[ProblemRecord]:
        def said(problem: ProblemRecord | None, _unit: Unit, _now: Instant) -> Said[ProblemRecord]:
            assert problem is not None, "only what there is is acted upon"
            return Said(make(problem))

        return act(self._engine, _PROBLEM, ask, said)


_PROBLEM: Aggregate[ProblemRecord] = Aggregate("problem", "problem", problem_stream, fold_problem, PROBLEMS.row)
