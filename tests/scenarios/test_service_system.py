"""The acceptance checks of the service system, each as a stranger would look at it, through the desk.

Rows 3.2a to 3b and 7b of the traceability page; each test bears the words of its check.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from attrs import evolve

from svcdelivery.agreement import (
    Every,
    NamedHours,
    Recurrence,
    ServiceAgreement,
    StandingRequest,
)
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, ProcedureRefusedError
from svcdelivery.reporting import write_work_products
from svcdelivery.schedule import DeliverySchedule, Link, Task
from svcdelivery.service_hours import ServiceHours
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.system import (
    Act,
    Component,
    Course,
    DeliveryApproach,
    DriverAnswer,
    MaintenanceStatus,
    NeedRaised,
    Output,
    Procedure,
    ProcedureStep,
    RunStatus,
    ServiceApproach,
    StepRefused,
    Threshold,
    run_stream,
)
from svcdelivery.testing.driver import FakeDriver
from svcdelivery.timeline import to_instant
from svcdelivery.work.problem import ProblemStatus
from tests.desk.world import BOB, DIRECTORY, MONDAY, OLGA, HeldTime, revision

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
RESTART = Procedure(
    id="restart",
    title="Restart",
    qualification="mail",
    steps=[
        ProcedureStep(id="stop", instruction="Stop it", act=Act(verb="stop", component="mail")),
        ProcedureStep(id="start", instruction="Start it", act=Act(verb="start", component="mail")),
    ],
)
MAIL = Course(id="mail-101", qualifies_for=["mail"], valid_for=365 * DAY, on_joining=True)


class House:
    """A provider with two components, a procedure, a course, and an agreement."""

    def __init__(self) -> None:
        self.time, self.driver, self.store = HeldTime(), FakeDriver(), MemoryStore()
        self.desk = ServiceDesk(self.store, time=self.time, directory=DIRECTORY, drivers={"fake": self.driver})
        night = NamedHours("night", ServiceHours.always("Europe/Berlin"))
        check = StandingRequest(
            id="check",
            service="email",
            requester="ann",
            recurrence=Recurrence(every=Every.DAY),
            at=time(2, 30),
            hours="night",
        )
        made = revision()
        terms = evolve(made, hours=(*made.hours, night), standing=(check,))
        self.desk.agreements.register(ServiceAgreement.of(terms), by=OLGA, key="agreement")
        for component in (
            Component(id="mail", depends_on=["directory"], services=["email"], driver="fake"),
            Component(id="directory", driver="fake"),
        ):
            self.desk.components.register(component, by=OLGA, key=component.id)
        self.desk.procedures.register(RESTART, by=OLGA, key="procedure")
        self.desk.training.offer(MAIL, by=OLGA, key="course")
        self.desk.training.complete("bob", MAIL.id, evidence="exam", by=OLGA, key="exam")

    def incident(self, key: str) -> str:
        told = {"customer": "acme", "service": "email", "requester": "ann"}
        id = self.desk.incidents.receive(**told, by=BOB, key=key).record.id
        self.desk.incidents.assign(id, team="mail", by=BOB, key=f"assign {key}")
        self.desk.incidents.start(id, by=BOB, key=f"start {key}")
        return id


@pytest.fixture
def house() -> House:
    return House()


def test_3_2a_an_approach_naming_an_unknown_role_or_procedure_is_a_finding_with_code_and_path(house: House) -> None:
    approach = DeliveryApproach(
        agreement="acme-1",
        roles={"agent"},
        services=[
            ServiceApproach(service="email", role="agents", procedures=["restart", "reboot"]),
            ServiceApproach(service="laptop", role="agent"),
        ],
    )
    house.desk.approaches.register(approach, by=OLGA, key="approach")
    assert [(found.code, found.path) for found in house.desk.approaches.validate("acme-1")] == [
        ("SVC-D014", "services.email.role"),
        ("SVC-D014", "services.email.procedures[1]"),
    ]


def test_1_a_step_skipped_out_of_order_or_by_an_unqualified_person_is_refused_and_logged(house: House) -> None:
    """And a dry run lists the steps."""
    assert [line.partition(":")[0] for line in house.desk.procedures.get("restart").dry_run()] == [
        "1. stop",
        "2. start",
    ]
    run = house.desk.procedures.begin("restart", by=BOB, key="run").record.id
    for step, who, why in (("start", BOB, "`stop` comes next"), ("stop", OLGA, "is not qualified")):
        with pytest.raises(ProcedureRefusedError, match=why):
            house.desk.procedures.take(run, step, by=who, key=f"{who} {step}")
    with house.store.unit("main", write=False) as unit:
        logged = [fact.body for fact in unit.journal.load(run_stream(run)) if isinstance(fact.body, StepRefused)]
    assert [body.step for body in logged] == ["start", "stop"]
    assert house.driver.asked == []


def test_1a_dependents_stop_before_their_dependency_and_start_after_it(house: House) -> None:
    """And an output nobody has handled is listed."""
    house.desk.components.start(by=BOB, key="up")
    house.desk.components.stop("directory", by=BOB, key="down")
    assert house.driver.asked == ["start directory", "start mail", "stop mail", "stop directory"]
    house.driver.outputs["mail"] = (Output(id="bounce-1", kind="bounce"),)
    house.desk.components.operate(Act(verb="collect", component="mail"), by=BOB, key="collect")
    assert [output.id for output in house.desk.components.pending_outputs("mail")] == ["bounce-1"]


def test_2_past_data_is_judged_by_the_threshold_then_in_force(house: House) -> None:
    """A revision without a reason is refused, and a value suggested from history is a proposal."""
    low, high = Threshold(metric="queue", value=5, clear=4), Threshold(metric="queue", value=9, clear=8)
    house.desk.thresholds.revise(low, reason="agreed", by=OLGA, key="low")
    house.desk.thresholds.revise(high, reason="new disk", effective_at=MONDAY + DAY, by=OLGA, key="high")
    known = house.desk.thresholds.get("queue")
    assert [known.at(at) for at in (MONDAY + HOUR, MONDAY + DAY)] == [low, high]
    with pytest.raises(InvalidValueError, match="a reason"):
        house.desk.thresholds.revise(low, reason=" ", by=OLGA, key="no reason")
    proposed = house.desk.thresholds.propose("queue", [1, 2, 3], clear_share=Fraction(1), by=BOB, key="propose").record
    assert len(proposed.open_proposals) == 1
    assert proposed.at(MONDAY + DAY) == high


def test_2a_expired_training_blocks_the_first_step_of_a_procedure(house: House) -> None:
    """And a need is raised when somebody is newly authorized."""
    told = {"agreement": "acme-1", "service": "email", "actions": ["receive"], "ground": "joined"}
    granted = house.desk.access.grant("g", holder="dave", until=MONDAY + 9 * DAY, by=OLGA, key="grant", **told)  # type: ignore[arg-type]
    (need,) = [fact.body for fact in granted.facts if isinstance(fact.body, NeedRaised)]
    assert (need.person, need.course) == ("dave", "mail-101")
    run = house.desk.procedures.begin("restart", by=BOB, key="run").record.id
    house.time.advance(days=365)
    with pytest.raises(ProcedureRefusedError, match="not qualified"):
        house.desk.procedures.take(run, "stop", by=BOB, key="stop")


def test_3_a_textbook_network_gives_the_known_instants_and_a_cycle_is_named(house: House) -> None:
    """Slipping a task without slack by a day moves the end by a day."""
    durations = {"A": 3, "B": 4, "C": 2, "D": 5, "E": 1, "F": 2, "G": 4, "H": 3}
    links = [Link(before=one[0], after=one[1]) for one in ("AB", "AC", "BD", "CE", "CF", "DG", "EG", "FH", "GH")]
    tasks = [Task(id=id, duration=days * DAY) for id, days in durations.items()]
    house.desk.schedules.plan("net", DeliverySchedule(start=MONDAY, tasks=tasks, links=links), by=OLGA, key="plan")
    plan = house.desk.schedules.calculate("net")
    found = {one.task.id: (one.earliest_start, one.latest_finish, one.slack // DAY) for one in plan.tasks}
    assert found["E"] == (MONDAY + 5 * DAY, MONDAY + 12 * DAY, 6)
    assert plan.critical_path() == ("A", "B", "D", "G", "H")
    assert plan.finish == MONDAY + 19 * DAY
    assert plan.what_if({"D": DAY}).finish_moves_by == DAY
    assert plan.what_if({"E": DAY}).finish_moves_by == timedelta(0)
    with pytest.raises(InvalidValueError, match="A -> B -> D -> A"):
        DeliverySchedule(start=MONDAY, tasks=tasks, links=[*links, Link(before="D", after="A")])


def test_3a_the_same_window_asked_twice_gives_the_same_ids_without_gap_or_double_at_a_clock_change(
    house: House,
) -> None:
    night = date(2024, 3, 31)
    window = [datetime(2024, 3, 30, tzinfo=UTC), datetime(2024, 4, 2, tzinfo=UTC)]
    wanted = [f"acme-1.check.{night + n * DAY}" for n in (-1, 0, 1)]
    for _ in range(2):
        assert [one.id for one in house.desk.standing.due("acme-1", window[0], window[1])] == wanted
    for at in (datetime(2024, 3, 31, 0, 59, tzinfo=UTC), window[1], window[1]):
        house.time.at = to_instant(at)
        house.desk.watch.run()
    made = [request.id for request in house.desk.requests.find(limit=100).items]
    assert [id for id in made if id in wanted] == wanted
    assert len(set(made)) == len(made)


def test_3b_the_export_carries_each_operational_definition(house: House, tmp_path: Path) -> None:
    """Of what is measured of operations as of everything else."""
    house.desk.procedures.begin("restart", by=BOB, key="run")
    folder = write_work_products(house.store, tmp_path).folder
    lines = (folder / "measures.csv").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith('"runs_finished",')]
    assert "runs of procedures that took their last step" in row


def test_7b_a_restart_carries_its_run_maintenance_its_request_and_a_workaround_keeps_the_known_error_open(
    house: House,
) -> None:
    house.desk.components.start(by=BOB, key="up")
    incidents, first = house.desk.incidents, house.incident("first")
    run = house.desk.procedures.perform("restart", item=f"incident:{first}", by=BOB, key="restart")
    assert run.status is RunStatus.FINISHED
    assert incidents.resolve(first, run=run.id, by=BOB, key="resolve").record.run == run.id

    second = house.incident("second")
    house.driver.answers["start mail"] = DriverAnswer(ok=False, detail="disk full")
    failed = house.desk.procedures.perform("restart", item=f"incident:{second}", by=BOB, key="restart again").id
    house.desk.maintenance.plan(failed, owner="bob", plan="a larger disk", by=OLGA, key="plan")
    house.desk.maintenance.start(failed, by=BOB, key="begin")
    done = house.desk.maintenance.complete(failed, result="2 TB", by=BOB, key="done").record
    assert (done.status, done.item) == (MaintenanceStatus.DONE, f"incident:{second}")
    assert incidents.resolve(second, maintenance=failed, by=BOB, key="mended").record.maintenance == failed

    third, problems = house.incident("third"), house.desk.problems
    problem = problems.record(summary="the disk fills up", services=["email"], by=BOB, key="problem").record.id
    problems.investigate(problem, by=BOB, key="investigate")
    problems.declare_known_error(problem, cause="logs", workaround="delete old logs", by=BOB, key="known")
    incidents.resolve(third, workaround_of=problem, by=BOB, key="around")
    assert problems.get(problem).status is ProblemStatus.KNOWN_ERROR
