"""Procedures and their runs: in order, by the qualified, confirmed by somebody else, undone where that is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, ProcedureRefusedError, ServiceDeliveryError, TransitionRefusedError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import disagreements
from svcdelivery.system.procedure import Act, OnFailure, Procedure, ProcedureStep
from svcdelivery.system.run import ProcedureRun, RunLifecycle, RunStatus, StepRefused, fold_run, run_stream
from svcdelivery.system.running import (
    abort,
    begin_run,
    begin_step,
    confirm_step,
    fail_step,
    finish_step,
    undo_step,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
ANN, BOB = Actor.staff("ann"), Actor.staff("bob")

RESTART = Procedure(
    id="restart",
    title="Restart the web server",
    qualification="web",
    steps=[
        ProcedureStep(
            id="drain",
            instruction="Take it out of the balancer",
            undo=Act(verb="control", component="lb", argument="add web"),
        ),
        ProcedureStep(
            id="stop",
            instruction="Stop it",
            act=Act(verb="stop", component="web"),
            timeout=timedelta(minutes=2),
            on_failure=OnFailure.ROLL_BACK,
            undo=Act(verb="start", component="web"),
        ),
        ProcedureStep(
            id="start", instruction="Start it", act=Act(verb="start", component="web"), expects="up", four_eyes=True
        ),
        ProcedureStep(id="note", instruction="Write it down", on_failure=OnFailure.GO_ON),
    ],
)


class Story:
    """A run whose facts are kept, each a minute after the one before."""

    def __init__(self, procedure: Procedure = RESTART) -> None:
        self.procedure = procedure
        self.entries = [NewFact(body=begin_run(procedure, item="incident:7"), actor=ANN, occurred_at=START)]

    @property
    def facts(self) -> tuple[Fact[Any], ...]:
        return history(run_stream("r1"), self.entries)

    @property
    def run(self) -> ProcedureRun:
        run = fold_run(self.facts, self.procedure)
        assert run is not None
        return run

    @property
    def now(self) -> datetime:
        return START + timedelta(minutes=len(self.entries))

    def say(self, *bodies: Any, by: Actor = ANN) -> None:
        self.entries += [NewFact(body=body, actor=by, occurred_at=self.now) for body in bodies]

    def begin(self, step: str, *, by: Actor = ANN, qualified: bool = True) -> None:
        self.say(begin_step(self.run, self.procedure, step, by=by, qualified=qualified), by=by)

    def finish(self, result: str = "", *, by: Actor = ANN) -> None:
        self.say(*finish_step(self.run, self.procedure, result=result, now=self.now), by=by)

    def take(self, step: str, result: str = "", *, by: Actor = ANN) -> None:
        self.begin(step, by=by)
        self.finish(result, by=by)

    def attempt(self, move: str, by: Actor, result: str) -> None:
        """Try a move, whether it is allowed or not."""
        wanted = self.run.next_step(self.procedure)
        ids = [step.id for step in self.procedure.steps]
        match move:
            case "begin":
                self.begin(wanted.id if wanted else "note", by=by)
            case "skip":
                self.begin(ids[(ids.index(wanted.id) + 1) % len(ids)] if wanted else "note", by=by)
                raise AssertionError("a step was skipped")
            case "finish":
                self.finish(result, by=by)
            case "fail":
                self.say(*fail_step(self.run, self.procedure, ground="it did"), by=by)
            case "confirm":
                self.say(*confirm_step(self.run, self.procedure, by=by), by=by)
            case "undo":
                self.say(*undo_step(self.run, self.procedure), by=by)
            case _:
                self.say(abort(self.run, ground="enough"), by=by)


def test_chart_and_table_agree() -> None:
    assert not disagreements(RunLifecycle)


def test_a_dry_run_lists_the_steps_and_does_nothing() -> None:
    assert RESTART.dry_run() == (
        "1. drain: Take it out of the balancer; on failure abort",
        "2. stop: Stop it; does stop web; within PT2M; on failure roll back",
        "3. start: Start it; does start web; expects up; confirmed by somebody else; on failure abort",
        "4. note: Write it down; on failure go on",
    )
    assert RESTART.components == ("lb", "web")


class TestOrder:
    def test_a_run_goes_step_by_step_to_its_end(self) -> None:
        story = Story()
        story.take("drain")
        story.take("stop")
        story.take("start", "it is up")
        story.say(*confirm_step(story.run, RESTART, by=BOB), by=BOB)
        story.take("note")
        assert story.run.status is RunStatus.FINISHED
        assert story.run.done == ("drain", "stop", "start", "note")
        assert story.run.item == "incident:7"

    @pytest.mark.parametrize(("step", "what"), [("stop", "skipped"), ("note", "far ahead")])
    def test_a_step_out_of_order_is_refused(self, step: str, what: str) -> None:
        with pytest.raises(ProcedureRefusedError, match="step `drain` comes next"):
            Story().begin(step)
        assert what

    def test_a_step_is_not_taken_twice(self) -> None:
        story = Story()
        story.take("drain")
        with pytest.raises(ProcedureRefusedError, match="step `stop` comes next"):
            story.begin("drain")

    def test_who_is_not_qualified_is_refused(self) -> None:
        with pytest.raises(ProcedureRefusedError, match="staff:bob is not qualified for `web`"):
            Story().begin("drain", by=BOB, qualified=False)

    def test_a_refusal_on_record_changes_nothing(self) -> None:
        story = Story()
        before = story.run
        story.say(StepRefused(step="stop", reason="step `drain` comes next"))
        assert evolve(story.run, version=before.version) == before

    def test_only_who_began_a_step_goes_on_with_it(self) -> None:
        story = Story()
        story.begin("drain")
        with pytest.raises(ProcedureRefusedError, match="staff:ann has set about it"):
            story.begin("drain", by=BOB)
        story.begin("drain")

    def test_nobody_confirms_what_they_did_themselves(self) -> None:
        story = Story()
        for step in ("drain", "stop"):
            story.take(step)
        story.take("start", "up")
        with pytest.raises(ProcedureRefusedError, match="somebody else must confirm"):
            confirm_step(story.run, RESTART, by=ANN)
        with pytest.raises(ProcedureRefusedError, match="still to be confirmed"):
            story.begin("note")

    def test_a_changed_procedure_is_not_gone_on_with(self) -> None:
        story = Story()
        changed = evolve(RESTART, version=2)
        with pytest.raises(ProcedureRefusedError, match="not the one the run began with"):
            begin_step(story.run, changed, "drain", by=ANN, qualified=True)


class TestFailures:
    def test_too_slow_is_a_failure_and_is_rolled_back(self) -> None:
        """Latest first; a step that nothing takes back is passed over."""
        story = Story()
        story.take("drain")
        story.begin("stop")
        story.entries[-1] = evolve(story.entries[-1], occurred_at=START)
        story.finish()
        assert story.run.status is RunStatus.ROLLING_BACK
        assert story.run.failed[0][0] == "stop"
        step = story.run.next_undo(RESTART)
        assert step is not None
        assert step.id == "drain"
        story.say(*undo_step(story.run, RESTART))
        assert story.run.status is RunStatus.ROLLED_BACK
        assert story.run.undone == ("drain",)

    def test_another_result_than_expected_aborts(self) -> None:
        story = Story()
        story.take("drain")
        story.take("stop")
        story.take("start", "connection refused")
        assert story.run.status is RunStatus.ABORTED
        assert story.run.ground == "step `start` failed: expected `up`, got `connection refused`"

    def test_a_failure_may_be_passed_over(self) -> None:
        story = Story()
        for step, result in (("drain", ""), ("stop", ""), ("start", "up")):
            story.take(step, result)
        story.say(*confirm_step(story.run, RESTART, by=BOB), by=BOB)
        story.begin("note")
        story.say(*fail_step(story.run, RESTART, ground="no paper"))
        assert story.run.status is RunStatus.FINISHED
        assert story.run.failed == (("note", "no paper"),)

    def test_a_run_can_be_given_up_once(self) -> None:
        story = Story()
        story.say(abort(story.run, ground="a false alarm"))
        assert story.run.status is RunStatus.ABORTED
        with pytest.raises(TransitionRefusedError):
            abort(story.run, ground="again")
        with pytest.raises(ProcedureRefusedError, match="the run is aborted"):
            story.begin("drain")

    def test_what_was_interrupted_goes_on_where_it_stood(self) -> None:
        """The facts are all there is: cut anywhere and read again, the next step is the same."""
        story = Story()
        story.take("drain")
        story.begin("stop")
        again = fold_run(story.facts, RESTART)
        assert again == story.run
        step = story.run.next_step(RESTART)
        assert step is not None
        assert step.id == "stop"


class TestDefinitions:
    def test_what_cannot_be_run_is_refused(self) -> None:
        step = ProcedureStep(id="a", instruction="do it")
        for wrong in ({"steps": []}, {"steps": [step, step]}, {"steps": [step], "version": 0}):
            with pytest.raises(InvalidValueError):
                Procedure(id="p", title="P", **wrong)  # type: ignore[arg-type]
        with pytest.raises(InvalidValueError):
            ProcedureStep(id="a", instruction=" ")
        with pytest.raises(InvalidValueError):
            Act(verb="control", component="web")
        with pytest.raises(InvalidValueError):
            Act(verb="stop", component="web", argument="now")


moves = st.sampled_from(["begin", "finish", "fail", "confirm", "undo", "abort", "skip"])


@settings(max_examples=120)
@given(st.lists(st.tuples(moves, st.sampled_from([ANN, BOB]), st.sampled_from(["up", ""])), max_size=25))
def test_no_run_finishes_without_each_step_in_its_order(tried: list[tuple[str, Actor, str]]) -> None:
    """Whatever is tried, in whatever order, by whomever: what ends well had all steps, and two pairs of eyes."""
    story = Story()
    ids = [step.id for step in RESTART.steps]
    for move, by, result in tried:
        before = story.run
        try:
            story.attempt(move, by, result)
        except ServiceDeliveryError:
            assert story.run == before
        assert list(story.run.done) == ids[: len(story.run.done)]
    if story.run.status is RunStatus.FINISHED:
        assert list(story.run.done) == ids
    doers = {e.body.step: e.actor for e in story.entries if type(e.body).__name__ == "StepDone"}
    for entry in story.entries:
        if type(entry.body).__name__ == "StepConfirmed":
            assert entry.actor != doers[entry.body.step]
