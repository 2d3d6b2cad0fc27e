"""Runs of procedures: step by step on record, so that one that was interrupted goes on where it stood.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from attrs import evolve, frozen

from svcdelivery.facts import Fact, fact_type, opening
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.system.procedure import OnFailure, Procedure, ProcedureStep
from svcdelivery.timeline import Instant

__all__ = [
    "RUN_TABLE",
    "ProcedureRun",
    "RunAborted",
    "RunBegun",
    "RunFinished",
    "RunLifecycle",
    "RunRolledBack",
    "RunStatus",
    "StepBegun",
    "StepConfirmed",
    "StepDone",
    "StepFailed",
    "StepRefused",
    "StepUndone",
    "fold_run",
    "run_stream",
]


class RunStatus(Status):
    """How a run stands."""

    RUNNING = "running"
    ROLLING_BACK = "rolling_back"
    FINISHED = "finished"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled_back"


_S = RunStatus


class RunLifecycle(Lifecycle):
    """What may happen to a run."""

    states = States.from_enum(_S, initial=_S.RUNNING, final=[_S.FINISHED, _S.ABORTED, _S.ROLLED_BACK])
    phases = {
        _S.RUNNING: Phase.ACTIVE,
        _S.ROLLING_BACK: Phase.ACTIVE,
        _S.FINISHED: Phase.CLOSED,
        _S.ABORTED: Phase.CANCELLED,
        _S.ROLLED_BACK: Phase.CANCELLED,
    }

    finish = states.RUNNING.to(states.FINISHED)
    abort = states.RUNNING.to(states.ABORTED) | states.ROLLING_BACK.to(states.ABORTED)
    roll_back = states.RUNNING.to(states.ROLLING_BACK)
    end_roll_back = states.ROLLING_BACK.to(states.ROLLED_BACK)


RUN_TABLE: LifecycleTable[RunStatus] = compile_lifecycle(RunLifecycle)


@fact_type("procedure.run_begun/1")
@frozen(kw_only=True)
class RunBegun:
    """A procedure is being run.

    Attributes:
        digest: That of the procedure as it was then; a changed one is not gone on with.
        item: The stream of the work it is run for, if any.
    """

    procedure: str
    version: int
    digest: str
    item: str = ""


@fact_type("procedure.step_begun/1")
@frozen(kw_only=True)
class StepBegun:
    """Somebody set about a step."""

    step: str


@fact_type("procedure.step_done/1")
@frozen(kw_only=True)
class StepDone:
    """A step brought about what it should."""

    step: str
    result: str = ""


@fact_type("procedure.step_confirmed/1")
@frozen(kw_only=True)
class StepConfirmed:
    """Somebody else looked at a step and found it done."""

    step: str


@fact_type("procedure.step_failed/1")
@frozen(kw_only=True)
class StepFailed:
    """A step did not bring about what it should."""

    step: str
    ground: str


@fact_type("procedure.step_undone/1")
@frozen(kw_only=True)
class StepUndone:
    """What a step did was taken back."""

    step: str
    result: str = ""


@fact_type("procedure.step_refused/1")
@frozen(kw_only=True)
class StepRefused:
    """Somebody wanted a step that was not theirs to take, or not the next one."""

    step: str
    reason: str


@fact_type("procedure.run_aborted/1")
@frozen(kw_only=True)
class RunAborted:
    """A run ended before its last step."""

    ground: str


@fact_type("procedure.run_rolled_back/1")
@frozen(kw_only=True)
class RunRolledBack:
    """All that a run did was taken back."""

    action: ClassVar[str] = "end_roll_back"


@fact_type("procedure.run_finished/1")
@frozen(kw_only=True)
class RunFinished:
    """The last step of a run is done."""

    action: ClassVar[str] = "finish"


@frozen(kw_only=True)
class ProcedureRun:
    """A run as its facts tell it.

    Attributes:
        begun: The step that is under way, with who set about it and when.
        awaiting: The step that somebody else has still to confirm, with who did it.
        done: Steps done and, where needed, confirmed, in order; those that failed and were passed over included.
        undone: Steps taken back.
        failed: Steps that failed, with why.
    """

    id: str
    procedure: str
    procedure_version: int
    digest: str
    item: str
    begun_at: Instant
    status: RunStatus = RunStatus.RUNNING
    begun: tuple[str, Actor, Instant] | None = None
    awaiting: tuple[str, Actor] | None = None
    done: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    ground: str = ""
    version: int = 0

    def next_step(self, procedure: Procedure) -> ProcedureStep | None:
        """Answer the step to take next, the one under way included; None when none is left."""
        if self.status is not RunStatus.RUNNING or len(self.done) >= len(procedure.steps):
            return None
        return procedure.steps[len(self.done)]

    def next_undo(self, procedure: Procedure) -> ProcedureStep | None:
        """Answer the step to take back next, latest first; None when nothing is left to take back."""
        if self.status is not RunStatus.ROLLING_BACK:
            return None
        left = [id for id in self.done if id not in self.undone and procedure.step(id).undo is not None]
        return procedure.step(left[-1]) if left else None


def run_stream(id: str) -> str:
    """Answer the name of the stream that holds a run's facts."""
    return f"run:{id}"


def fold_run(facts: Iterable[Fact[Any]], procedure: Procedure | None = None) -> ProcedureRun | None:
    """Answer the run its facts tell, None for no facts.

    Args:
        procedure: The one it began with: it says which steps need a second pair of eyes, and what a failure means.
            Without it every done step counts as confirmed, and a failed one as the end unless the run went on.

    Raises:
        IntegrityError: The facts do not begin with the beginning of a run.
    """
    run: ProcedureRun | None = None
    for fact in facts:
        after = _begun(fact) if run is None else _after(run, fact, procedure)
        run = evolve(after, version=fact.version)
    return run


def _begun(fact: Fact[Any]) -> ProcedureRun:
    body = opening(fact, RunBegun, "its beginning")
    return ProcedureRun(
        id=fact.stream_id,
        procedure=body.procedure,
        procedure_version=body.version,
        digest=body.digest,
        item=body.item,
        begun_at=fact.occurred_at,
    )


def _after(run: ProcedureRun, fact: Fact[Any], procedure: Procedure | None) -> ProcedureRun:
    match fact.body:
        case StepBegun(step=step):
            return evolve(run, begun=(step, fact.actor, fact.occurred_at))
        case StepDone(step=step):
            if procedure is not None and procedure.step(step).four_eyes:
                return evolve(run, begun=None, awaiting=(step, fact.actor))
            return evolve(run, begun=None, done=(*run.done, step))
        case StepConfirmed(step=step):
            return evolve(run, awaiting=None, done=(*run.done, step))
        case StepFailed(step=step, ground=ground):
            return _failed(evolve(run, begun=None, failed=(*run.failed, (step, ground))), step, procedure)
        case StepUndone(step=step):
            return evolve(run, undone=(*run.undone, step))
        case RunAborted(ground=ground):
            return evolve(run, status=RunStatus.ABORTED, ground=ground, begun=None)
        case RunFinished():
            return evolve(run, status=RunStatus.FINISHED, begun=None)
        case RunRolledBack():
            return evolve(run, status=RunStatus.ROLLED_BACK)
        case _:  # refusals change nothing
            return run


def _failed(run: ProcedureRun, step: str, procedure: Procedure | None) -> ProcedureRun:
    what = OnFailure.ABORT if procedure is None else procedure.step(step).on_failure
    if what is OnFailure.ROLL_BACK:
        return evolve(run, status=RunStatus.ROLLING_BACK)
    return evolve(run, done=(*run.done, step)) if what is OnFailure.GO_ON else run
