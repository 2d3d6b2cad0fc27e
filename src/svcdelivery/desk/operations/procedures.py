"""Procedures at the desk: registered by version, and run step by step.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import foreseen
from svcdelivery.desk.command.internal import Aggregate, Said, act, part_key
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import COMPONENTS, MAINTENANCE, PROCEDURES, RUNS
from svcdelivery.desk.operations.components import ComponentDesk
from svcdelivery.errors import InvalidValueError, NotFoundError, ProcedureRefusedError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.storage.protocol import Unit
from svcdelivery.system import (
    ComponentStatus,
    DriverAnswer,
    Procedure,
    ProcedureRegistered,
    ProcedureRun,
    RunAborted,
    RunBegun,
    RunRolledBack,
    RunStatus,
    StepRefused,
    abort,
    begin_run,
    begin_step,
    confirm_step,
    fail_step,
    finish_step,
    fold_maintenance,
    fold_procedures,
    fold_run,
    fold_training,
    maintenance_after,
    maintenance_stream,
    procedure_stream,
    run_stream,
    training_stream,
    undo_step,
)
from svcdelivery.timeline import Instant
from svcdelivery.work import INCIDENT

__all__ = ["ProcedureDesk"]

_STEPS_MOST = 1000
_INCIDENT = INCIDENT.stream("")
_STATUSES = frozenset(status.value for status in ComponentStatus)


class ProcedureDesk:
    """Procedures and their runs.

    What a driver is asked to do is on record before it does it, and what came of it after: a run that was interrupted
    goes on where it stood. A run for an incident that ends without having done it asks for maintenance.
    """

    def __init__(self, engine: Engine, components: ComponentDesk) -> None:
        self._engine, self._components = engine, components

    def register(self, procedure: Procedure, *, by: Actor, key: str) -> Outcome[Procedure]:
        """Put a procedure, or its new version, on record; one that is there already is left as it is.

        Raises:
            InvalidValueError: The version is not above the latest on record.
        """
        ask = Ask(action="register", id=procedure.id, by=by, key=key, said={"digest": procedure.digest})

        def make(known: Procedure | None, unit: Unit, _now: Instant) -> Said[Procedure]:
            versions = fold_procedures(unit.journal.load(procedure_stream(procedure.id)))
            if any(one.digest == procedure.digest for one in versions):
                return Said(())
            if known is not None and procedure.version <= known.version:
                hint = f"above {known.version}"
                raise InvalidValueError(what="a new version", value=procedure.version, path="version", hint=hint)
            return Said((ProcedureRegistered(procedure),))

        return act(self._engine, _PROCEDURE, ask, make, creates=True)

    def get(self, id: str) -> Procedure:
        """Answer the version of a procedure to follow now.

        Raises:
            NotFoundError: None of that id is on record.
        """
        return self._versions(id)[-1]

    def all(self) -> tuple[Procedure, ...]:
        """Answer every procedure on record, in the version to follow now, by id."""
        with self._engine.read_unit() as unit:
            return tuple(PROCEDURES.all(unit))

    def _versions(self, id: str) -> tuple[Procedure, ...]:
        with self._engine.read_unit() as unit:
            found = fold_procedures(unit.journal.load(procedure_stream(id)))
        if not found:
            raise NotFoundError(what="procedure", id=id)
        return found

    def begin(
        self, procedure: str, *, item: str = "", by: Actor, key: str, id: str | None = None
    ) -> Outcome[ProcedureRun]:
        """Begin a run.

        Args:
            item: The stream of the work it is for, such as `incident:7`.
            id: Of the run; None takes a new one.
        """
        wanted = self.get(procedure)
        ask = Ask(action="begin", id=id or "", by=by, key=key, said={"procedure": procedure, "item": item})
        said: Said[ProcedureRun] = Said((begin_run(wanted, item=item),))

        def make(known: ProcedureRun | None, _unit: Unit, _now: Instant) -> Said[ProcedureRun]:
            if known is not None:
                raise InvalidValueError(what="a new run", value=id, path="id", problem="it has begun already")
            return said

        return act(self._engine, _run(wanted), ask, make, creates=True)

    def run(self, id: str) -> ProcedureRun:
        """Answer how a run stands.

        Raises:
            NotFoundError: None of that id is on record.
        """
        found = fold_run(self._run_facts(id), self._followed(id))
        assert found is not None, "a run with a procedure has facts"
        return found

    def take(self, run: str, step: str, *, result: str = "", by: Actor, key: str) -> Outcome[ProcedureRun]:
        """Take a step: a driver does what it says, or a person did and tells the result.

        Raises:
            ProcedureRefusedError: It is not the next step, or not for `by` to take; that is on record.
        """
        procedure = self._followed(run)
        self._begin_step(procedure, run, step, by, key)
        wanted = procedure.step(step)
        answer = DriverAnswer(ok=True, detail=result)
        if wanted.act is not None:
            answer = self._components.operate(wanted.act, by=by, key=part_key(key, "act"), run=run)

        def end(known: ProcedureRun, now: Instant) -> tuple[Any, ...]:
            if answer.ok:
                return finish_step(known, procedure, result=answer.detail, now=now)
            return fail_step(known, procedure, ground=answer.detail or "the driver could not do it")

        said = {"step": step} if wanted.act is not None else {"step": step, "result": result}
        return self._on_run(procedure, Ask(action="end_step", id=run, by=by, key=part_key(key, "end"), said=said), end)

    def _begin_step(self, procedure: Procedure, run: str, step: str, by: Actor, key: str) -> None:
        def begin(known: ProcedureRun, now: Instant, unit: Unit) -> tuple[Any, ...]:
            qualified, unmet = self._qualified(unit, by, procedure, now), self._unmet(unit, procedure, step)
            try:
                return (begin_step(known, procedure, step, by=by, qualified=qualified, unmet=unmet),)
            except ProcedureRefusedError as error:
                return (StepRefused(step=step, reason=error.problem),)

        def make(known: ProcedureRun | None, unit: Unit, now: Instant) -> Said[ProcedureRun]:
            assert known is not None, "only a run that began goes on"
            return Said(begin(known, now, unit))

        ask = Ask(action="begin_step", id=run, by=by, key=key, said={"step": step})
        outcome = act(self._engine, _run(procedure), ask, make)
        for fact in outcome.facts:
            if isinstance(fact.body, StepRefused):
                raise ProcedureRefusedError(run=run, step=step, problem=fact.body.reason)

    def _unmet(self, unit: Unit, procedure: Procedure, step: str) -> str:
        """Answer which need of a step a component on record does not meet, empty where all do."""
        # A step the procedure does not have needs nothing; that it is not the next one is told by itself.
        for need in (need for one in procedure.steps if one.id == step for need in one.needs):
            id, _, status = need.partition(" is ")
            row = unit.records.get(COMPONENTS.kind, id) if status in _STATUSES else None
            stands = None if row is None else dict(row.columns)["status"]
            if stands is not None and stands != status:
                return f"`{need}` does not hold: it is {stands.replace('_', ' ')}"
        return ""

    def _qualified(self, unit: Unit, by: Actor, procedure: Procedure, now: Instant) -> bool:
        if not procedure.qualification:
            return True
        training = fold_training(unit.journal.load(training_stream(by.id)))
        return training.qualified(by.id, procedure.qualification, now)

    def confirm(self, run: str, *, by: Actor, key: str) -> Outcome[ProcedureRun]:
        """Confirm the step that waits for a second pair of eyes.

        Raises:
            ProcedureRefusedError: Nothing waits, or who did it confirms it.
        """
        procedure = self._followed(run)
        ask = Ask(action="confirm_step", id=run, by=by, key=key)
        return self._on_run(procedure, ask, lambda known, _now: confirm_step(known, procedure, by=by))

    def abort(self, run: str, *, ground: str, by: Actor, key: str) -> Outcome[ProcedureRun]:
        """Give a run up."""
        ask = Ask(action="abort", id=run, by=by, key=key, said={"ground": ground})
        return self._on_run(self._followed(run), ask, lambda known, _now: (abort(known, ground=ground),))

    def undo(self, run: str, *, by: Actor, key: str) -> Outcome[ProcedureRun]:
        """Take back, latest first, the next step of a run that is being rolled back.

        Raises:
            ProcedureRefusedError: It is not being rolled back.
        """
        procedure = self._followed(run)
        step = self.run(run).next_undo(procedure)
        result = ""
        if step is not None and step.undo is not None:
            result = self._components.operate(step.undo, by=by, key=part_key(key, "act"), run=run).detail
        ask = Ask(action="undo_step", id=run, by=by, key=key)
        return self._on_run(procedure, ask, lambda known, _now: undo_step(known, procedure, result=result))

    def perform(self, procedure: str, *, item: str = "", by: Actor, key: str) -> ProcedureRun:
        """Begin a run and take its steps one after another, rolling back included, until a person is needed or it ends.

        Asked again with the same key it goes on where it stood.
        """
        run = self.begin(procedure, item=item, by=by, key=key).record
        wanted = self._followed(run.id)
        for number in range(_STEPS_MOST):
            run = self.run(run.id)
            part = part_key(key, f"{run.version} {number}")
            step = run.next_step(wanted)
            if run.status is RunStatus.ROLLING_BACK:
                self.undo(run.id, by=by, key=part)
            elif step is None or step.act is None or run.awaiting is not None:
                return run
            else:
                self.take(run.id, step.id, by=by, key=part)
        raise AssertionError("no procedure has so many steps")

    def _on_run(
        self, procedure: Procedure, ask: Ask, say: Callable[[ProcedureRun, Instant], tuple[Any, ...]]
    ) -> Outcome[ProcedureRun]:
        def make(known: ProcedureRun | None, unit: Unit, now: Instant) -> Said[ProcedureRun]:
            assert known is not None, "only a run that began goes on"
            bodies = say(known, now)
            return _with_maintenance(unit, known, procedure, bodies, by=ask.by, now=now)

        return act(self._engine, _run(procedure), ask, make)

    def _run_facts(self, id: str) -> tuple[Fact[Any], ...]:
        with self._engine.read_unit() as unit:
            return tuple(unit.journal.load(run_stream(id)))

    def _followed(self, run: str) -> Procedure:
        """Answer the version of the procedure a run began with."""
        facts = self._run_facts(run)
        if not facts:
            raise NotFoundError(what="run", id=run)
        begun = facts[0].body
        assert isinstance(begun, RunBegun), "a run begins with its beginning"
        return next(one for one in self._versions(begun.procedure) if one.digest == begun.digest)


def _with_maintenance(
    unit: Unit, run: ProcedureRun, procedure: Procedure, bodies: tuple[Any, ...], *, by: Actor, now: Instant
) -> Said[ProcedureRun]:
    """Answer what is said of a run; where it ends without having helped an incident, maintenance is asked for."""
    stream = maintenance_stream(run.id)
    ended = next((body for body in bodies if isinstance(body, RunAborted | RunRolledBack)), None)
    if ended is None or not run.item.startswith(_INCIDENT) or unit.journal.load(stream, upto=1):
        return Said(bodies)
    grounds = [ended.ground] if isinstance(ended, RunAborted) else [ground for _, ground in run.failed]
    asked = maintenance_after(run, procedure, "; ".join(grounds))
    request = fold_maintenance(foreseen(stream, (), (asked,), by=by, now=now))
    assert request is not None, "a foreseen fact folds"
    return Said(bodies, others=((stream, 0, (asked,)),), rows=(MAINTENANCE.row(request),))


def _latest(facts: Iterable[Fact[Any]]) -> Procedure | None:
    found = fold_procedures(facts)
    return found[-1] if found else None


_PROCEDURE: Aggregate[Procedure] = Aggregate("procedure", "procedure", procedure_stream, _latest, PROCEDURES.row)


def _run(procedure: Procedure) -> Aggregate[ProcedureRun]:
    return Aggregate("run", "run", run_stream, lambda facts: fold_run(facts, procedure), RUNS.row)
