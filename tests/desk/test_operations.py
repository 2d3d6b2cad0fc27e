"""Components and procedures at the desk: what is refused is on record, what is asked again is done once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import (
    InvalidValueError,
    NotFoundError,
    NotPermittedError,
    ProcedureRefusedError,
    TransitionRefusedError,
)
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.security import Decided
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Write
from svcdelivery.system import (
    Act,
    Component,
    ComponentAsked,
    ComponentStatus,
    Course,
    DeliveryApproach,
    Disposition,
    DriverAnswer,
    InputSupplied,
    OnFailure,
    Output,
    Procedure,
    ProcedureStep,
    RunStatus,
    ServiceApproach,
    StepRefused,
    Verb,
    complete,
    component_stream,
    run_stream,
    training_stream,
)
from svcdelivery.testing.driver import FakeDriver
from tests.desk.world import BOB, DIRECTORY, EVE, MONDAY, OLGA, HeldTime, revision

WEB, DB = Component(id="web", depends_on=["db"], driver="fake"), Component(id="db", driver="fake")
STOP, START = Act(verb="stop", component="web"), Act(verb="start", component="web")
SWAP = Procedure(
    id="swap",
    title="Swap the certificate",
    qualification="certificates",
    steps=[
        ProcedureStep(id="stop", instruction="Stop it", act=STOP, undo=START),
        ProcedureStep(id="copy", instruction="Copy the file", four_eyes=True),
        ProcedureStep(id="start", instruction="Start it", act=START, on_failure=OnFailure.ROLL_BACK),
    ],
)


class Hall:
    """A desk with two components and a driver that only pretends."""

    def __init__(self) -> None:
        self.driver, self.time, self.store = FakeDriver(), HeldTime(), MemoryStore()
        self.desk = ServiceDesk(self.store, time=self.time, directory=DIRECTORY, drivers={"fake": self.driver})
        for component in (WEB, DB):
            self.desk.components.register(component, by=OLGA, key=f"register {component.id}")
        self.desk.procedures.register(SWAP, by=OLGA, key="swap")
        self.learned(BOB)
        self.learned(OLGA)

    def learned(self, who: Actor) -> None:
        course = Course(id="certs", qualifies_for=["certificates"], valid_for=timedelta(days=365))
        fact = NewFact(body=complete(course, who.id, at=MONDAY, evidence="exam"), actor=OLGA, occurred_at=MONDAY)
        with self.store.unit(self.desk.tenant) as unit:
            write = Write(stream=training_stream(who.id), expected=0, facts=(fact,))
            unit.journal.append([write], key=f"learned {who.id}", intent="x", now=MONDAY)

    def refusals(self, run: str) -> list[str]:
        with self.store.unit(self.desk.tenant, write=False) as unit:
            bodies = [fact.body for fact in unit.journal.load(run_stream(run))]
        return [body.reason for body in bodies if isinstance(body, StepRefused)]


@pytest.fixture
def hall() -> Hall:
    return Hall()


class TestComponents:
    def test_they_start_and_stop_in_the_order_of_the_graph(self, hall: Hall) -> None:
        hall.desk.components.start("web", by=BOB, key="up")
        hall.desk.components.stop("db", by=BOB, key="down")
        assert hall.driver.asked == ["start db", "start web", "stop web", "stop db"]

    def test_what_does_not_come_up_ends_the_start(self, hall: Hall) -> None:
        hall.driver.answers["start db"] = DriverAnswer(ok=False, detail="disk full")
        (state,) = hall.desk.components.start(by=BOB, key="up")
        assert (state.status, state.detail) == (ComponentStatus.FAILED, "disk full")
        assert hall.driver.asked == ["start db"]

    def test_what_runs_already_is_not_started_anew(self, hall: Hall) -> None:
        first = hall.desk.components.start(by=BOB, key="up")
        again = hall.desk.components.start(by=BOB, key="up again")
        assert [(state.status, state.since) for state in again] == [(state.status, state.since) for state in first]

    def test_outputs_wait_for_somebody(self, hall: Hall) -> None:
        hall.driver.outputs["db"] = (Output(id="r1", kind="report", text="42"),)
        for key in ("collect", "collect again"):
            hall.desk.components.operate(Act(verb="collect", component="db"), by=BOB, key=key)
        assert [one.id for one in hall.desk.components.pending_outputs("db")] == ["r1"]
        hall.desk.components.dispose("db", "r1", Disposition.ACCEPT, by=BOB, key="take")
        assert hall.desk.components.pending_outputs("db") == ()

    @pytest.mark.parametrize("verb", Verb)
    def test_no_driver_does_anything_for_who_may_not_ask(self, hall: Hall, verb: Verb) -> None:
        """Whatever the component is doing: the denial comes first, and is on record."""
        hall.desk.components.start(by=BOB, key="up")
        hall.driver.asked.clear()
        argument = "x" if verb in (Verb.SUPPLY, Verb.CONTROL) else ""
        with pytest.raises(NotPermittedError):
            hall.desk.components.operate(Act(verb=verb, component="web", argument=argument), by=EVE, key="eve")
        assert hall.driver.asked == []
        assert hall.desk.components.get("web").status is ComponentStatus.RUNNING

    def test_what_is_asked_of_a_driver_is_on_record_before_it_does_it(self, hall: Hall) -> None:
        hall.driver.answers["supply db 42"] = DriverAnswer(ok=False, detail="full")
        hall.desk.components.operate(Act(verb="supply", component="db", argument="42"), by=BOB, key="feed")
        with hall.store.unit(hall.desk.tenant, write=False) as unit:
            told = [fact.body for fact in unit.journal.load(component_stream("db"))]
        assert told[-2:] == [
            ComponentAsked(verb=Verb.SUPPLY, argument="42"),
            InputSupplied(data="42", ok=False, detail="full"),
        ]

    def test_who_may_not_and_what_is_not_there_is_refused(self, hall: Hall) -> None:
        with pytest.raises(NotPermittedError):
            hall.desk.components.start(by=EVE, key="eve")
        assert hall.driver.asked == []
        with pytest.raises(NotFoundError):
            hall.desk.components.operate(Act(verb="start", component="fax"), by=BOB, key="fax")
        with pytest.raises(TransitionRefusedError):
            hall.desk.components.note("web", "degrade", by=BOB, key="odd")
        hall.desk.components.register(Component(id="fax", driver="paper"), by=OLGA, key="fax")
        with pytest.raises(InvalidValueError, match="one of `fake`"):
            hall.desk.components.operate(Act(verb="start", component="fax"), by=BOB, key="fax 2")


class TestProcedures:
    def test_a_run_needs_a_second_pair_of_eyes_where_it_says_so(self, hall: Hall) -> None:
        hall.desk.components.start(by=BOB, key="up")
        run = hall.desk.procedures.perform("swap", by=BOB, key="go")
        assert run.done == ("stop",)
        hall.desk.procedures.take(run.id, "copy", result="copied", by=BOB, key="copy")
        with pytest.raises(ProcedureRefusedError):
            hall.desk.procedures.confirm(run.id, by=BOB, key="self")
        hall.desk.procedures.confirm(run.id, by=OLGA, key="seen")
        done = hall.desk.procedures.take(run.id, "start", by=BOB, key="start").record
        assert done.status is RunStatus.FINISHED
        assert hall.driver.up == {"db", "web"}

    def test_a_run_begun_again_under_its_key_is_the_same_run_also_later(self, hall: Hall) -> None:
        """The id the desk gives is no part of what was asked."""
        first = hall.desk.procedures.begin("swap", by=BOB, key="begin")
        hall.time.advance(hours=1)
        again = hall.desk.procedures.begin("swap", by=BOB, key="begin")
        assert (again.replayed, again.record) == (True, first.record)

    def test_a_step_out_of_order_or_by_the_unqualified_is_refused_and_logged(self, hall: Hall) -> None:
        run = hall.desk.procedures.begin("swap", by=BOB, key="begin").record
        for _ in range(2):
            with pytest.raises(ProcedureRefusedError, match="step `stop` comes next"):
                hall.desk.procedures.take(run.id, "start", by=BOB, key="skip")
        with pytest.raises(ProcedureRefusedError, match="step `stop` comes next"):
            hall.desk.procedures.take(run.id, "no such step", by=BOB, key="odd")
        hall.time.advance(days=400)
        with pytest.raises(ProcedureRefusedError, match="not qualified"):
            hall.desk.procedures.take(run.id, "stop", by=BOB, key="late")
        assert hall.refusals(run.id) == [
            "step `stop` comes next", "step `stop` comes next", "staff:bob is not qualified for `certificates`",
        ]  # fmt: skip
        assert hall.desk.procedures.run(run.id).done == ()
        assert hall.driver.asked == []

    def test_a_step_is_not_taken_while_a_component_does_not_stand_as_it_needs(self, hall: Hall) -> None:
        """What a step needs in words is for people; what it needs of a component on record is asked."""
        step = ProcedureStep(id="feed", instruction="Feed it", needs=["db is running", "the operator was told"])
        hall.desk.procedures.register(Procedure(id="feed", title="Feed", steps=[step]), by=OLGA, key="feed")
        run = hall.desk.procedures.begin("feed", by=BOB, key="begin").record
        with pytest.raises(ProcedureRefusedError, match="`db is running` does not hold"):
            hall.desk.procedures.take(run.id, "feed", by=BOB, key="early")
        assert hall.refusals(run.id) == ["`db is running` does not hold: it is stopped"]
        hall.desk.components.start("db", by=BOB, key="up")
        assert hall.desk.procedures.take(run.id, "feed", by=BOB, key="now").record.status is RunStatus.FINISHED

    def test_a_failure_rolls_back_what_was_done(self, hall: Hall) -> None:
        hall.desk.components.start(by=BOB, key="up")
        run = hall.desk.procedures.perform("swap", by=BOB, key="go")
        hall.desk.procedures.take(run.id, "copy", by=BOB, key="copy")
        hall.desk.procedures.confirm(run.id, by=OLGA, key="seen")
        hall.driver.answers["start web"] = DriverAnswer(ok=False, detail="bad certificate")
        failed = hall.desk.procedures.take(run.id, "start", by=BOB, key="start").record
        assert failed.status is RunStatus.ROLLING_BACK
        del hall.driver.answers["start web"]
        undone = hall.desk.procedures.undo(run.id, by=BOB, key="undo").record
        assert (undone.status, undone.undone) == (RunStatus.ROLLED_BACK, ("stop",))
        assert hall.desk.components.get("web").status is ComponentStatus.RUNNING

    def test_asked_again_a_step_is_taken_once(self, hall: Hall) -> None:
        hall.desk.components.start(by=BOB, key="up")
        run = hall.desk.procedures.begin("swap", by=BOB, key="begin").record
        first = hall.desk.procedures.take(run.id, "stop", by=BOB, key="stop")
        again = hall.desk.procedures.take(run.id, "stop", by=BOB, key="stop")
        assert again.replayed
        assert again.record == first.record

    def test_a_crash_between_doing_and_telling_is_gone_on_with(self, hall: Hall) -> None:
        """The driver dies under the step: it stands as begun, and the same person goes on with it."""
        hall.desk.components.start(by=BOB, key="up")
        run = hall.desk.procedures.begin("swap", by=BOB, key="begin").record

        class Crash(Exception):
            pass

        def die(_component: Component) -> DriverAnswer:
            raise Crash

        stop = hall.driver.stop
        hall.driver.stop = die  # type: ignore[method-assign]
        with pytest.raises(Crash):
            hall.desk.procedures.take(run.id, "stop", by=BOB, key="stop")
        hall.driver.stop = stop  # type: ignore[method-assign]
        stands = hall.desk.procedures.run(run.id)
        assert stands.begun is not None
        assert stands.begun[0] == "stop"
        assert hall.desk.components.get("web").status is ComponentStatus.STOPPING
        assert hall.desk.procedures.take(run.id, "stop", by=BOB, key="stop").record.done == ("stop",)
        assert hall.desk.components.get("web").status is ComponentStatus.STOPPED

    def test_an_incident_is_not_resolved_by_a_run_that_is_not_over_or_for_something_else(self, hall: Hall) -> None:
        run = hall.desk.procedures.begin("swap", item="incident:1", by=BOB, key="begin").record
        for id, name in (("1", run.id), ("2", run.id), ("1", "no such run")):
            with pytest.raises(InvalidValueError, match="a finished run for"):
                hall.desk.incidents.resolve(id, run=name, by=BOB, key=f"{id} {name}")

    @pytest.mark.parametrize("version", [1, 2])
    def test_one_that_is_on_record_already_is_left_as_it_is(self, hall: Hall, version: int) -> None:
        """An old version as well: registering all documents anew, day by day, changes nothing."""
        hall.desk.procedures.register(evolve(SWAP, version=2), by=OLGA, key="newer")
        outcome = hall.desk.procedures.register(evolve(SWAP, version=version), by=OLGA, key="again")
        assert [type(fact.body) for fact in outcome.facts] == [Decided]
        assert outcome.record.version == 2
        assert hall.desk.procedures.register(evolve(SWAP, version=version), by=OLGA, key="again").replayed

    def test_versions_only_rise(self, hall: Hall) -> None:
        with pytest.raises(InvalidValueError, match="above 1"):
            hall.desk.procedures.register(evolve(SWAP, title="Swap it"), by=OLGA, key="again")
        assert hall.desk.procedures.get("swap") == SWAP
        newer = evolve(SWAP, version=2)
        assert hall.desk.procedures.register(newer, by=OLGA, key="newer").record == newer
        assert hall.desk.procedures.all() == (newer,)
        with pytest.raises(NotFoundError):
            hall.desk.procedures.get("none")
        with pytest.raises(NotFoundError):
            hall.desk.procedures.run("none")


class TestApproaches:
    APPROACH = DeliveryApproach(
        agreement="acme-1",
        roles={"agent"},
        services=[
            ServiceApproach(service="email", role="agent", procedures=["swap"]),
            ServiceApproach(service="laptop", role="agent"),
        ],
    )

    def test_one_is_held_against_what_is_on_record(self, hall: Hall) -> None:
        approaches = hall.desk.approaches
        with pytest.raises(NotFoundError, match="agreement `acme-1`"):
            approaches.register(self.APPROACH, by=OLGA, key="early")
        hall.desk.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="agreement")
        with pytest.raises(NotFoundError, match="approach of agreement"):
            approaches.get("acme-1")
        approaches.register(self.APPROACH, by=OLGA, key="approach")
        assert approaches.get("acme-1") == self.APPROACH
        assert approaches.validate("acme-1") == ()
        unknown = evolve(self.APPROACH, version=2, roles={"agent", "clerk"}, escalation=["page"])
        approaches.register(unknown, by=OLGA, key="second")
        assert [problem.path for problem in approaches.validate("acme-1")] == ["escalation[0]"]

    def test_one_that_is_on_record_already_is_left_as_it_is_and_versions_only_rise(self, hall: Hall) -> None:
        hall.desk.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="agreement")
        hall.desk.approaches.register(self.APPROACH, by=OLGA, key="approach")
        again = hall.desk.approaches.register(self.APPROACH, by=OLGA, key="again")
        assert [type(fact.body) for fact in again.facts] == [Decided]
        with pytest.raises(InvalidValueError, match="above 1"):
            hall.desk.approaches.register(evolve(self.APPROACH, roles={"agent", "clerk"}), by=OLGA, key="other")
        with pytest.raises(NotPermittedError):
            hall.desk.approaches.register(evolve(self.APPROACH, version=2), by=EVE, key="eve")
