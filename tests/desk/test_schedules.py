"""Delivery schedules at the desk: planned, followed as they go, and read for what decides the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, NotFoundError, NotPermittedError, ServiceDeliveryError
from svcdelivery.schedule import DeliverySchedule, Dependency, Link, Task, dependencies_of, fold_schedule
from svcdelivery.service_hours import ServiceHours
from svcdelivery.storage.memory import MemoryStore
from tests.desk.world import BOB, DIRECTORY, EVE, MONDAY, OLGA, HeldTime, stores

HOUR = timedelta(hours=1)
OFFICE = ServiceHours.weekly("UTC", {"mon-fri": ["08:00-16:00"]})
PLAN = DeliverySchedule(
    start=MONDAY,
    tasks=[
        Task(id="order", duration=2 * HOUR, hours=OFFICE, owner="ann"),
        Task(id="cabling", duration=8 * HOUR, hours=OFFICE, owner="bob"),
        Task(id="set-up", duration=4 * HOUR, hours=OFFICE, owner="ann"),
        Task(id="live"),
    ],
    links=[
        Link(before="order", after="cabling"),
        Link(before="order", after="set-up"),
        Link(before="cabling", after="live"),
        Link(before="set-up", after="live"),
    ],
    dependencies=[Dependency(id="router", task="set-up", owner="maker")],
)


@pytest.fixture
def time() -> HeldTime:
    return HeldTime()


@pytest.fixture(params=stores)
def desk(request: pytest.FixtureRequest, tmp_path: Path, time: HeldTime) -> ServiceDesk:
    made = ServiceDesk(stores[request.param](tmp_path), time=time, directory=DIRECTORY)
    made.schedules.plan("line", PLAN, item="request:1", by=OLGA, key="plan")
    return made


class TestFollowing:
    def test_what_is_planned_is_read_for_what_decides_the_end(self, desk: ServiceDesk) -> None:
        plan = desk.schedules.calculate("line")
        assert plan.critical_path() == ("order", "cabling")
        assert plan.finish == datetime(2024, 3, 12, 10, tzinfo=UTC)
        assert plan.slack("set-up") == 4 * HOUR
        assert desk.schedules.get("line").item == "request:1"
        assert [one.id for one in desk.schedules.all()] == ["line"]

    def test_what_is_done_and_promised_moves_the_rest(self, desk: ServiceDesk, time: HeldTime) -> None:
        """Row 3: a promise that comes late makes another path critical, before anything is late."""
        desk.schedules.start("line", "order", by=BOB, key="start")
        time.advance(hours=3)
        desk.schedules.finish("line", "order", by=BOB, key="finish")
        later = desk.schedules.calculate("line")
        assert later.finish == datetime(2024, 3, 12, 11, tzinfo=UTC)
        desk.schedules.promise("line", "router", at=datetime(2024, 3, 13, 8, tzinfo=UTC), by=BOB, key="promise")
        plan = desk.schedules.calculate("line")
        assert plan.critical_path() == ("set-up",)
        assert plan.finish == datetime(2024, 3, 13, 12, tzinfo=UTC)
        (line,) = dependencies_of(plan)
        assert (line.dependency.id, line.slack) == ("router", timedelta(0))
        desk.schedules.arrive("line", "router", by=BOB, key="arrive")
        assert desk.schedules.calculate("line").critical_path() == ("cabling",)

    def test_what_is_left_of_a_task_is_told_as_it_goes(self, desk: ServiceDesk, time: HeldTime) -> None:
        desk.schedules.start("line", "order", by=BOB, key="start")
        time.advance(hours=1)
        desk.schedules.reestimate("line", "order", remaining=5 * HOUR, by=BOB, key="more")
        assert desk.schedules.calculate("line")["order"].earliest_finish == MONDAY + 6 * HOUR
        with pytest.raises(InvalidValueError, match="a task under way"):
            desk.schedules.reestimate("line", "cabling", remaining=HOUR, by=BOB, key="early")

    def test_planned_anew_what_was_done_remains_done(self, desk: ServiceDesk, time: HeldTime) -> None:
        desk.schedules.start("line", "order", by=BOB, key="start")
        time.advance(hours=2)
        desk.schedules.finish("line", "order", by=BOB, key="finish")
        desk.schedules.arrive("line", "router", by=BOB, key="arrive")
        anew = evolve(PLAN, tasks=[*PLAN.tasks, Task(id="party", duration=HOUR)])
        with pytest.raises(InvalidValueError, match="planned anew"):
            desk.schedules.plan("line", anew, by=OLGA, key="no ground")
        record = desk.schedules.plan("line", anew, ground="they want a party", by=OLGA, key="anew").record
        done = {task.id: task.finished_at for task in record.schedule.tasks if task.finished_at}
        assert done == {"order": MONDAY + 2 * HOUR}
        assert record.schedule.dependencies[0].arrived_at == MONDAY + 2 * HOUR
        assert (record.plans, record.item) == (2, "request:1")


class TestRefusals:
    def test_what_cannot_have_happened_is_refused(self, desk: ServiceDesk) -> None:
        told: dict[str, Any] = {"by": BOB}
        with pytest.raises(NotFoundError, match="schedule"):
            desk.schedules.get("none")
        with pytest.raises(NotFoundError, match="task"):
            desk.schedules.start("line", "none", key="none", **told)
        with pytest.raises(NotFoundError, match="dependency"):
            desk.schedules.arrive("line", "none", key="none 2", **told)
        with pytest.raises(InvalidValueError, match="gone by"):
            desk.schedules.start("line", "order", at=MONDAY + HOUR, key="ahead", **told)
        with pytest.raises(InvalidValueError, match="no start"):
            desk.schedules.finish("line", "order", key="unbegun", **told)
        desk.schedules.start("line", "order", key="start", **told)
        with pytest.raises(InvalidValueError, match="under way"):
            desk.schedules.start("line", "order", key="again", **told)
        assert desk.schedules.start("line", "order", key="start", **told).replayed
        desk.schedules.arrive("line", "router", key="arrive", **told)
        with pytest.raises(InvalidValueError, match="there already"):
            desk.schedules.promise("line", "router", at=MONDAY, key="late", **told)
        with pytest.raises(NotPermittedError):
            desk.schedules.finish("line", "live", by=EVE, key="eve")
        assert desk.schedules.finish("line", "live", key="live", **told).record.schedule.tasks[-1].finished_at == MONDAY


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["start", "finish", "reestimate"]), st.sampled_from(["order", "cabling", "live"])),
        max_size=8,
    )
)
def test_whatever_is_told_the_record_is_what_the_facts_tell(told: list[tuple[str, str]]) -> None:
    """What is refused leaves nothing behind, and what is not is always a schedule that can be read."""
    time = HeldTime()
    desk = ServiceDesk(MemoryStore(), time=time, directory=DIRECTORY)
    desk.schedules.plan("line", PLAN, by=OLGA, key="plan")
    for number, (action, task) in enumerate(told):
        before = desk.schedules.get("line")
        rest: dict[str, Any] = {"remaining": HOUR} if action == "reestimate" else {}
        try:
            getattr(desk.schedules, action)("line", task, by=BOB, key=f"{number}", **rest)
        except ServiceDeliveryError:
            assert desk.schedules.get("line") == before
        time.advance(hours=1)
        with desk.store.unit("main", write=False) as unit:
            assert desk.schedules.get("line") == fold_schedule(unit.journal.load("schedule:line"))
        assert desk.schedules.calculate("line").finish >= MONDAY
