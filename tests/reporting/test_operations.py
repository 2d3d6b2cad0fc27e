"""Operations in the work products: what agreements asked for by themselves, runs, maintenance, alerts, components."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import (
    ContinuousDuty,
    Every,
    NamedHours,
    Periods,
    PeriodUnit,
    Recurrence,
    ServiceAgreement,
    StandingRequest,
)
from svcdelivery.desk import ServiceDesk
from svcdelivery.reporting import WorkProducts, write_work_products
from svcdelivery.schedule import DeliverySchedule, Link, Task
from svcdelivery.service_hours import ServiceHours
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.system import Act, Component, Course, DriverAnswer, Procedure, ProcedureStep, Threshold
from svcdelivery.system.monitoring import AbsenceDetector, MonitoringRule
from svcdelivery.testing.driver import FakeDriver
from svcdelivery.timeline import to_instant
from tests.desk.world import ANN, BOB, DIRECTORY, OLGA, HeldTime, revision

START = datetime(2024, 3, 29, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> WorkProducts:
    """The report of five days: two checks fulfilled, a month delivered, a run that did it and one that did not."""
    made = revision()
    check = StandingRequest(
        id="check", service="email", requester="ann", recurrence=Recurrence(every=Every.DAY), at=time(2), hours="night"
    )
    month = Periods(PeriodUnit.MONTH, "UTC")
    terms = evolve(
        made,
        hours=(*made.hours, NamedHours("night", ServiceHours.always("UTC"))),
        standing=(check,),
        continuous=(ContinuousDuty(id="mailboxes", service="email", requester="ann", periods=month),),
    )
    held, driver, store = HeldTime(START), FakeDriver(), MemoryStore()
    desk = ServiceDesk(store, time=held, directory=DIRECTORY, drivers={"fake": driver})
    desk.agreements.register(ServiceAgreement.of(terms), by=OLGA, key="agreement")
    desk.components.register(Component(id="web", services=["email"], driver="fake"), by=OLGA, key="web")
    desk.components.start(by=BOB, key="up")
    step = ProcedureStep(id="stop", instruction="Stop it", act=Act(verb="stop", component="web"))
    start = ProcedureStep(id="start", instruction="Start it", act=Act(verb="start", component="web"))
    desk.procedures.register(Procedure(id="restart", title="Restart", steps=[step, start]), by=OLGA, key="procedure")
    desk.thresholds.revise(Threshold(metric="load", value=8, clear=5), reason="agreed", by=OLGA, key="threshold")
    desk.training.offer(Course(id="mail"), by=OLGA, key="course")
    desk.training.need("bob", "mail", ground="new", due_at=START + DAY, by=OLGA, key="need")
    rule = MonitoringRule(
        id="silent",
        probe="web",
        detection=AbsenceDetector(longest=DAY),
        agreement="acme-1",
        service="email",
        requester="ann",
    )
    desk.monitoring.set_rule(rule, by=OLGA, key="rule")
    tasks = [Task(id="order", duration=DAY), Task(id="live")]
    plan = DeliverySchedule(start=START, tasks=tasks, links=[Link(before="order", after="live", lag=DAY)])
    desk.schedules.plan("line", plan, item="request:1", by=OLGA, key="schedule")
    desk.schedules.start("line", "order", by=BOB, key="begun")
    for day in range(5):
        held.at = to_instant(START + day * DAY)
        for _ in range(5):
            desk.watch.run()
    for id in ("acme-1.check.2024-03-30", "acme-1.check.2024-03-31"):
        for move in ("accept", "start", "fulfill"):
            getattr(desk.requests, move)(id, by=BOB, key=f"{move} {id}")
    (incident,) = desk.incidents.find().items
    desk.procedures.perform("restart", item=f"incident:{incident.id}", by=BOB, key="good")
    driver.answers["start web"] = DriverAnswer(ok=False, detail="disk full")
    desk.procedures.perform("restart", item=f"incident:{incident.id}", by=BOB, key="bad")
    (survey,) = desk.standing.surveys("acme-1", "mailboxes")
    desk.standing.answer_survey("acme-1", "mailboxes", token=survey.token, score=5, by=ANN, key="answer")
    return write_work_products(store, tmp_path_factory.mktemp("report"))


@pytest.fixture
def operations(products: WorkProducts) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(products.performance_data.read_text(encoding="utf-8"))["operations"]
    return data


class TestServicesDelivered:
    def test_standing_requests_and_continuous_services_stand_among_what_was_delivered(
        self, products: WorkProducts
    ) -> None:
        """Work product 1: each once, with its clause's agreement and revision."""
        found = {(row["kind"], row["id"]): row for row in rows(products.services_delivered)}
        assert set(found) == {
            ("request", "acme-1.check.2024-03-30"),
            ("request", "acme-1.check.2024-03-31"),
            ("continuous", "acme-1/mailboxes/2024-03"),
        }
        month = found["continuous", "acme-1/mailboxes/2024-03"]
        assert (month["customer"], month["service"], month["requester"]) == ("acme", "email", "ann")
        assert (month["delivered_at"], month["revision"]) == ("2024-04-01T00:00:00.000000Z", "1")
        assert products.deliveries == 3
        assert all(None not in row and None not in row.values() for row in found.values()), "each row has every column"

    def test_the_requester_of_a_continuous_service_stands_among_those_asked(self, products: WorkProducts) -> None:
        (answered,) = [row for row in rows(products.satisfaction) if row["kind"] == "continuous"]
        assert (answered["id"], answered["score"], answered["status"]) == ("acme-1/mailboxes", "5", "answered")
        assert products.performance.satisfaction.response.numerator == 1


class TestFigures:
    def test_each_is_what_was_done(self, operations: dict[str, Any]) -> None:
        numbers = {figure["name"]: (figure["numerator"], figure["denominator"]) for figure in operations["counts"]}
        assert numbers == {
            "standing requests": (4, 5),
            "continuous services delivered": (1, 1),
            "alerts that were incidents": (1, 1),
            "open maintenance requests": (1, 1),
            "overdue training": (1, 1),
            "thresholds set": (1, 1),
        }
        finished = operations["runs_finished"]
        assert (finished["numerator"], finished["denominator"]) == (1, 2)
        assert operations["runs"] == [
            {"procedure": "restart", "begun": 2, "finished": 1, "aborted": 1, "rolled_back": 0, "under_way": 0}
        ]
        assert operations["maintenance"]["requested"] == 1
        assert operations["schedules"] == [
            {
                "id": "line",
                "item": "request:1",
                "done": 0,
                "tasks": 2,
                "finish": "2024-04-03T08:00:00.000000Z",
                "critical_path": ["order", "live"],
            }
        ]
        (web,) = operations["components"]
        assert (web["id"], web["status"], web["services"]) == ("web", "failed", ["email"])

    def test_availability_of_the_service_follows_from_the_components(self, products: WorkProducts) -> None:
        (email,) = [one for one in products.performance.quality.services if one.service == "email"]
        assert email.measurement.value is not None

    def test_the_page_shows_them_and_the_measures_define_them(self, products: WorkProducts) -> None:
        page = products.page.read_text(encoding="utf-8")
        assert "Operation of the service system" in page
        assert "runs that did what they should" in page.lower()
        assert "Delivery schedules as they stand" in page
        measured = (products.folder / "measures.csv").read_text(encoding="utf-8")
        assert all(name in measured for name in ("standing_requests", "runs_finished", "maintenance_open"))

    def test_a_report_as_of_an_earlier_instant_tells_what_was_then(self, tmp_path: Path) -> None:
        """Nothing on record yet: the section is left out."""
        store = MemoryStore()
        desk = ServiceDesk(store, time=HeldTime(START), directory=DIRECTORY)
        desk.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="agreement")
        found = write_work_products(store, tmp_path)
        assert found.performance.operations.is_empty
        assert "Operation of the service system" not in found.page.read_text(encoding="utf-8")
