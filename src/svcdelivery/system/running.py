"""Running procedures: what each act of a run puts on record, and what is refused.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import evolve

from svcdelivery.errors import ProcedureRefusedError
from svcdelivery.facts import in_words
from svcdelivery.identity import Actor
from svcdelivery.system.procedure import OnFailure, Procedure, ProcedureStep
from svcdelivery.system.run import (
    RUN_TABLE,
    ProcedureRun,
    RunAborted,
    RunBegun,
    RunFinished,
    RunRolledBack,
    RunStatus,
    StepBegun,
    StepConfirmed,
    StepDone,
    StepFailed,
    StepUndone,
)
from svcdelivery.timeline import to_instant

__all__ = ["abort", "begin_run", "begin_step", "confirm_step", "fail_step", "finish_step", "undo_step"]


def begin_run(procedure: Procedure, *, item: str = "") -> RunBegun:
    """Answer the fact that a procedure is run."""
    return RunBegun(procedure=procedure.id, version=procedure.version, digest=procedure.digest, item=item)


def begin_step(
    run: ProcedureRun, procedure: Procedure, step: str, *, by: Actor, qualified: bool, unmet: str = ""
) -> StepBegun:
    """Answer the fact that somebody sets about a step.

    Args:
        qualified: Whether they are qualified for the procedure.
        unmet: Which need of the step does not hold, and why; empty where all do.

    Raises:
        ProcedureRefusedError: The procedure changed since, they are not qualified, it is not the next step, or what it
            needs does not hold; such a refusal goes on record.
    """
    _same(run, procedure)
    refuse = _refusal(run, step)
    if procedure.qualification and not qualified:
        raise refuse(f"{by} is not qualified for `{procedure.qualification}`")
    if run.awaiting is not None:
        raise refuse(f"step `{run.awaiting[0]}` has still to be confirmed by somebody else")
    wanted = run.next_step(procedure)
    if wanted is None:
        raise refuse(f"the run is {run.status.value.replace('_', ' ')}")
    if wanted.id != step:
        raise refuse(f"step `{wanted.id}` comes next")
    if run.begun is not None and run.begun[1] != by:
        raise refuse(f"{run.begun[1]} has set about it")
    if unmet:
        raise refuse(unmet)
    return StepBegun(step=step)


def finish_step(
    run: ProcedureRun, procedure: Procedure, *, result: str = "", now: datetime
) -> tuple[StepDone | StepFailed | RunAborted | RunFinished, ...]:
    """Answer what it means that the step under way is done: a failure where it took too long or shows something else.

    Raises:
        ProcedureRefusedError: No step is under way.
    """
    step = _under_way(run, procedure)
    assert run.begun is not None, "a step is under way"
    took = datetime.__sub__(to_instant(now), run.begun[2])
    if step.timeout is not None and took > step.timeout:
        return fail_step(run, procedure, ground=f"it took {took}, longer than allowed")
    if step.act is not None and step.expects and step.expects not in result:
        return fail_step(run, procedure, ground=f"expected `{step.expects}`, got `{result}`")
    done = StepDone(step=step.id, result=result)
    return (done, RunFinished()) if _is_last(run, procedure) and not step.four_eyes else (done,)


def confirm_step(run: ProcedureRun, procedure: Procedure, *, by: Actor) -> tuple[StepConfirmed | RunFinished, ...]:
    """Answer the fact that a step is confirmed.

    Raises:
        ProcedureRefusedError: Nothing waits for it, or who did the step confirms it.
    """
    _same(run, procedure)
    if run.awaiting is None:
        raise _refusal(run, "")("no step waits to be confirmed")
    step, done_by = run.awaiting
    if done_by == by:
        raise _refusal(run, step)(f"{by} did it, and somebody else must confirm it")
    return (StepConfirmed(step=step), *((RunFinished(),) if _is_last(run, procedure) else ()))


def fail_step(
    run: ProcedureRun, procedure: Procedure, *, ground: str
) -> tuple[StepDone | StepFailed | RunAborted | RunFinished, ...]:
    """Answer what it means that the step under way failed; what follows is as the step says.

    Raises:
        ProcedureRefusedError: No step is under way.
        InvalidValueError: No ground.
    """
    step = _under_way(run, procedure)
    in_words(ground, "ground", what="a ground")
    failed = StepFailed(step=step.id, ground=ground)
    if step.on_failure is OnFailure.ABORT:
        return failed, RunAborted(ground=f"step `{step.id}` failed: {ground}")
    if step.on_failure is OnFailure.GO_ON and _is_last(run, procedure):
        return failed, RunFinished()
    return (failed,)


def undo_step(run: ProcedureRun, procedure: Procedure, *, result: str = "") -> tuple[StepUndone | RunRolledBack, ...]:
    """Answer what it means that the next step to take back was; the end of the rolling back, where none is left.

    Raises:
        ProcedureRefusedError: The run is not being rolled back.
    """
    if run.status is not RunStatus.ROLLING_BACK:
        raise _refusal(run, "")("it is not being rolled back")
    step = run.next_undo(procedure)
    if step is None:
        return (RunRolledBack(),)
    undone = StepUndone(step=step.id, result=result)
    after = evolve(run, undone=(*run.undone, step.id))
    return (undone,) if after.next_undo(procedure) is not None else (undone, RunRolledBack())


def abort(run: ProcedureRun, *, ground: str) -> RunAborted:
    """Answer the fact that a run is given up.

    Raises:
        TransitionRefusedError: It is over.
        InvalidValueError: No ground.
    """
    in_words(ground, "ground", what="a ground")
    RUN_TABLE.require(f"run {run.id}", run.status, "abort")
    return RunAborted(ground=ground)


def _same(run: ProcedureRun, procedure: Procedure) -> None:
    if run.digest != procedure.digest:
        raise _refusal(run, "")(f"procedure `{procedure.id}` is not the one the run began with")


def _under_way(run: ProcedureRun, procedure: Procedure) -> ProcedureStep:
    _same(run, procedure)
    if run.begun is None:
        raise _refusal(run, "")("no step is under way")
    return procedure.step(run.begun[0])


def _is_last(run: ProcedureRun, procedure: Procedure) -> bool:
    pending = len(run.done) + 1
    return pending >= len(procedure.steps)


def _refusal(run: ProcedureRun, step: str) -> Callable[[str], ProcedureRefusedError]:
    def refuse(problem: str) -> ProcedureRefusedError:
        return ProcedureRefusedError(run=run.id, step=step, problem=problem)

    return refuse
