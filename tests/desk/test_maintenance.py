"""Maintenance at the desk: asked for where a run was not enough, planned, done, verified, and what it resolves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import (
    EmptyIntervalError,
    IntegrityError,
    InvalidValueError,
    NotFoundError,
    NotPermittedError,
    ServiceDeliveryError,
    TransitionRefusedError,
)
from svcdelivery.facts import NewFact, history
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.system import (
    Act,
    Component,
    DriverAnswer,
    MaintenanceKind,
    MaintenanceStarted,
    MaintenanceStatus,
    OnFailure,
    Procedure,
    ProcedureStep,
    RunStatus,
    fold_maintenance,
    maintenance_stream,
)
from svcdelivery.testing.driver import FakeDriver
from svcdelivery.work import IncidentStatus, Resolved
from tests.desk.world import BOB, DIRECTORY, EVE, MONDAY, OLGA, HeldTime, revision

HOUR = timedelta(hours=1)
START, STOP = Act(verb="start", component="web"), Act(verb="stop", component="web")


class Shop:
    """A desk with one component, a procedure that restarts it, and an incident worked on."""

    def __init__(self, on_failure: OnFailure = OnFailure.ABORT) -> None:
        self.time, self.driver, self.store = HeldTime(), FakeDriver(), MemoryStore()
        self.desk = ServiceDesk(self.store, time=self.time, directory=DIRECTORY, drivers={"fake": self.driver})
        self.desk.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="agreement")
        self.desk.components.register(Component(id="web", driver="fake"), by=OLGA, key="web")
        self.desk.components.start(by=BOB, key="up")
        steps = [
            ProcedureStep(id="stop", instruction="Stop it", act=STOP, undo=START),
            ProcedureStep(id="start", instruction="Start it", act=START, on_failure=on_failure),
        ]
        self.desk.procedures.register(Procedure(id="restart", title="Restart", steps=steps), by=OLGA, key="procedure")
        told = {"customer": "acme", "service": "email", "requester": "ann"}
        self.incident = self.desk.incidents.receive(**told, by=BOB, key="incident").record.id
        self.desk.incidents.assign(self.incident, team="ops", assignee="bob", by=BOB, key="assign")
        self.desk.incidents.start(self.incident, by=BOB, key="start")

    def failed_run(self) -> str:
        self.driver.answers["start web"] = DriverAnswer(ok=False, detail="disk full")
        return self.desk.procedures.perform("restart", item=f"incident:{self.incident}", by=BOB, key="run").id


class TestWhereAProcedureIsNotEnough:
    def test_a_run_that_fails_asks_for_maintenance_linked_to_its_incident(self) -> None:
        """In the transaction that ends the run: nobody can forget it, and it is asked for once."""
        shop = Shop()
        run = shop.failed_run()
        assert shop.desk.procedures.run(run).status is RunStatus.ABORTED
        request = shop.desk.maintenance.get(run)
        assert (request.item, request.run, request.components) == (f"incident:{shop.incident}", run, ("web",))
        assert request.kind is MaintenanceKind.CORRECTIVE
        assert "disk full" in request.summary
        with shop.store.unit("main", write=False) as unit:
            facts = unit.journal.load(maintenance_stream(run))
            (asked,) = facts
        ended = shop.desk.procedures.perform("restart", item=f"incident:{shop.incident}", by=BOB, key="run")
        assert ended.id == run
        assert asked.recorded_at == MONDAY
        assert [one.id for one in shop.desk.maintenance.find(status="requested").items] == [run]

    def test_one_that_was_rolled_back_asks_for_it_once_all_is_taken_back(self) -> None:
        shop = Shop(OnFailure.ROLL_BACK)
        shop.driver.answers["start web"] = DriverAnswer(ok=False, detail="disk full")
        item = f"incident:{shop.incident}"
        run = shop.desk.procedures.perform("restart", item=item, by=BOB, key="run")
        assert run.status is RunStatus.ROLLED_BACK
        assert shop.desk.maintenance.get(run.id).summary == "procedure `restart` was not enough: disk full"

    def test_one_that_is_given_up_asks_too_and_one_without_an_incident_does_not(self) -> None:
        shop = Shop()
        for item, found in ((f"incident:{shop.incident}", 1), ("", 1)):
            run = shop.desk.procedures.begin("restart", item=item, by=BOB, key=f"begin/{item or 0}").record.id
            shop.desk.procedures.abort(run, ground="smoke", by=BOB, key=f"abort/{item or 0}")
            assert len(shop.desk.maintenance.find().items) == found

    def test_a_run_that_did_it_asks_for_nothing(self) -> None:
        shop = Shop()
        shop.desk.procedures.perform("restart", item=f"incident:{shop.incident}", by=BOB, key="run")
        assert shop.desk.maintenance.find().items == ()


class TestTheCourse:
    def test_an_incident_is_resolved_by_maintenance_once_that_is_done(self) -> None:
        """Row 7b: the incident carries the request, which is closed when it proved to help."""
        shop = Shop()
        id, maintenance = shop.failed_run(), shop.desk.maintenance
        with pytest.raises(InvalidValueError, match="maintenance done for"):
            shop.desk.incidents.resolve(shop.incident, maintenance=id, by=BOB, key="early")
        window = {"start": MONDAY + HOUR, "until": MONDAY + 3 * HOUR}
        planned = maintenance.plan(id, owner="bob", plan="a larger disk", **window, by=OLGA, key="plan").record
        assert (planned.status, planned.owner, planned.start) == (MaintenanceStatus.PLANNED, "bob", MONDAY + HOUR)
        maintenance.start(id, by=BOB, key="begin")
        done = maintenance.complete(id, result="a disk of 2 TB", by=BOB, key="done").record
        assert done.done_at == MONDAY
        outcome = shop.desk.incidents.resolve(shop.incident, maintenance=id, by=BOB, key="resolve")
        assert (outcome.record.status, outcome.record.maintenance) == (IncidentStatus.RESOLVED, id)
        assert [fact.body.maintenance for fact in outcome.facts if isinstance(fact.body, Resolved)] == [id]
        closed = maintenance.verify(id, effective=True, evidence="no alarm in a week", by=OLGA, key="verify").record
        assert closed.status is MaintenanceStatus.CLOSED

    def test_what_did_not_help_is_planned_once_more(self) -> None:
        shop = Shop()
        maintenance, told = shop.desk.maintenance, {"summary": "quarterly check", "kind": MaintenanceKind.PREVENTIVE}
        id = maintenance.request(**told, components=["web"], by=OLGA, key="request").record.id  # type: ignore[arg-type]
        for number in range(2):
            maintenance.plan(id, owner="bob", plan="clean it", by=OLGA, key=f"plan {number}")
            maintenance.start(id, by=BOB, key=f"start {number}")
            maintenance.complete(id, result="cleaned", by=BOB, key=f"complete {number}")
            maintenance.verify(id, effective=False, evidence="as before", by=OLGA, key=f"verify {number}")
        found = maintenance.get(id)
        assert (found.status, found.found_ineffective) == (MaintenanceStatus.DONE, 2)

    def test_one_may_be_refused_or_withdrawn_with_a_ground(self) -> None:
        shop = Shop()
        maintenance = shop.desk.maintenance
        for name, end in (("one", maintenance.refuse), ("two", maintenance.withdraw)):
            maintenance.request(summary=name, by=BOB, key=name, id=name)
            with pytest.raises(InvalidValueError, match="a ground"):
                end(name, ground=" ", by=OLGA, key=f"no {name}")
            end(name, ground="replaced next month", by=OLGA, key=f"end {name}")
            with pytest.raises(TransitionRefusedError):
                maintenance.plan(name, owner="bob", plan="x", by=OLGA, key=f"plan {name}")
        statuses = [maintenance.get(id).status for id in ("one", "two")]
        assert statuses == [MaintenanceStatus.REFUSED, MaintenanceStatus.WITHDRAWN]

    def test_what_cannot_be_meant_is_refused(self) -> None:
        shop = Shop()
        maintenance = shop.desk.maintenance
        with pytest.raises(NotFoundError, match="maintenance request"):
            maintenance.get("none")
        with pytest.raises(InvalidValueError, match="a summary"):
            maintenance.request(summary="", by=BOB, key="empty")
        maintenance.request(summary="x", by=BOB, key="x", id="x")
        with pytest.raises(InvalidValueError, match="a free id"):
            maintenance.request(summary="y", by=BOB, key="y", id="x")
        with pytest.raises(InvalidValueError, match="both ends"):
            maintenance.plan("x", owner="bob", plan="x", start=MONDAY, by=BOB, key="half")
        with pytest.raises(EmptyIntervalError):
            maintenance.plan("x", owner="bob", plan="x", start=MONDAY, until=MONDAY, by=BOB, key="empty window")
        with pytest.raises(NotPermittedError):
            maintenance.request(summary="mine", by=EVE, key="eve")
        with pytest.raises(IntegrityError):
            fold_maintenance(
                history("maintenance:1", [NewFact(body=MaintenanceStarted(), actor=BOB, occurred_at=MONDAY)])
            )

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.sampled_from(["plan", "start", "complete", "verify", "fail", "refuse", "withdraw"]), max_size=8))
    def test_whatever_is_asked_the_record_is_what_the_facts_tell(self, actions: list[str]) -> None:
        """What is refused leaves nothing behind."""
        shop = Shop()
        maintenance = shop.desk.maintenance
        maintenance.request(summary="x", by=BOB, key="request", id="x")
        said: dict[str, dict[str, Any]] = {
            "plan": {"owner": "bob", "plan": "do it"}, "complete": {"result": "done"},
            "verify": {"effective": True, "evidence": "log"}, "refuse": {"ground": "no"}, "withdraw": {"ground": "no"},
        }  # fmt: skip
        for number, action in enumerate(actions):
            told = {**said["verify"], "effective": False} if action == "fail" else said.get(action, {})
            before = maintenance.get("x")
            try:
                name = "verify" if action == "fail" else action
                getattr(maintenance, name)("x", by=OLGA, key=f"{number}", **told)
            except ServiceDeliveryError:
                assert maintenance.get("x") == before
            with shop.store.unit("main", write=False) as unit:
                assert maintenance.get("x") == fold_maintenance(unit.journal.load("maintenance:x"))
