"""What a schedule lets one expect: chances from three-point estimates, milestones, what comes from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError
from svcdelivery.schedule import (
    DeliverySchedule,
    Dependency,
    Link,
    Task,
    ThreePoint,
    chance_by,
    dependencies_of,
    measures_of,
    milestones_of,
    with_plan,
)
from svcdelivery.service_hours import ServiceHours
from tests.schedule.test_schedule import networks

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def estimated(id: str, *days: int, hours: ServiceHours | None = None) -> Task:
    unit = DAY if hours is None else HOUR
    optimistic, likely, pessimistic = (n * unit for n in days)
    estimate = ThreePoint(optimistic=optimistic, likely=likely, pessimistic=pessimistic)
    return Task(id=id, duration=likely, estimate=estimate, hours=hours)


class TestChances:
    def test_a_worked_example(self) -> None:
        """Means 5, 8 and 4 days, deviations 1, 2 and 2/3: 17 days, and 2.33 of them the deviation of the whole."""
        tasks = [estimated("a", 2, 5, 8), estimated("b", 2, 8, 14), estimated("c", 2, 4, 6)]
        links = [Link(before="a", after="b"), Link(before="b", after="c")]
        schedule = DeliverySchedule(start=START, tasks=tasks, links=links)
        chance = chance_by(schedule, START + 20 * DAY)
        assert chance.expected == START + 17 * DAY
        assert chance.deviation / DAY == pytest.approx((1 + 4 + 4 / 9) ** 0.5)
        # z = 3 / 2.3333 = 1.2857; the standard normal table gives 0.9007.
        assert chance.probability == pytest.approx(0.9007, abs=5e-5)
        assert chance.path == ("a", "b", "c")
        assert chance_by(schedule, START + 17 * DAY).probability == pytest.approx(0.5)

    def test_the_spare_time_counts_in_the_hours_of_the_work(self) -> None:
        """Eight to sixteen hours of office work, by the next evening: a closed night is no spare time."""
        office = ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]})
        schedule = DeliverySchedule(start=START, tasks=[estimated("a", 8, 12, 16, hours=office)])
        evening = chance_by(schedule, datetime(2026, 3, 3, 17, tzinfo=UTC))
        night = chance_by(schedule, datetime(2026, 3, 4, 8, tzinfo=UTC))
        assert evening.probability == night.probability == pytest.approx(0.99865, abs=1e-5)

    def test_what_is_certain_is_done_or_not(self) -> None:
        schedule = DeliverySchedule(start=START, tasks=[Task(id="a", duration=DAY)])
        assert chance_by(schedule, START + DAY).probability == 1
        assert chance_by(schedule, START + DAY - HOUR).probability == 0

    @settings(max_examples=60)
    @given(networks(), st.integers(0, 40), st.integers(0, 10))
    def test_more_time_is_never_less_likely(self, schedule: DeliverySchedule, by: int, more: int) -> None:
        early = chance_by(schedule, START + by * HOUR).probability
        assert 0 <= early <= chance_by(schedule, START + (by + more) * HOUR).probability <= 1

    def test_an_estimate_out_of_order_is_refused(self) -> None:
        with pytest.raises(InvalidValueError):
            ThreePoint(optimistic=2 * DAY, likely=DAY, pessimistic=3 * DAY)


class TestPlannedAgainstActual:
    def test_a_milestone_is_held_against_the_plan(self) -> None:
        """Planned after three days; the work took five."""
        tasks = [Task(id="work", duration=3 * DAY), Task(id="live", owner="ann")]
        planned = with_plan(DeliverySchedule(start=START, tasks=tasks, links=[Link(before="work", after="live")]))
        late = planned.slipping({"work": 2 * DAY})
        (line,) = milestones_of(late.calculate())
        assert (line.id, line.owner, line.planned, line.actual) == ("live", "ann", START + 3 * DAY, None)
        assert line.late_by == 2 * DAY

    def test_figures_carry_their_definition_and_their_variance(self) -> None:
        planned = with_plan(DeliverySchedule(start=START, tasks=[Task(id="a", duration=DAY), Task(id="b")]))
        found = {line.name: line for line in measures_of(planned.slipping({"a": DAY}).calculate(START + DAY))}
        assert found["tasks finished"].variance == -2
        assert found["length"].variance == 48
        assert found["work left"].actual == 48
        assert all(line.definition and line.unit for line in found.values())

    def test_without_a_plan_there_is_no_variance(self) -> None:
        found = measures_of(DeliverySchedule(start=START, tasks=[Task(id="a")]).calculate())
        assert [line.variance for line in found] == [None, None, None]


class TestDependencies:
    def test_the_tightest_comes_first_and_the_unpromised_before_all(self) -> None:
        tasks = [Task(id="a", duration=2 * DAY), Task(id="b", duration=5 * DAY), Task(id="end")]
        schedule = DeliverySchedule(
            start=START,
            tasks=tasks,
            links=[Link(before="a", after="end"), Link(before="b", after="end")],
            dependencies=[
                Dependency(id="part", task="a", owner="maker", promised_at=START + DAY),
                Dependency(id="site", task="b", owner="landlord", promised_at=START),
                Dependency(id="word", task="end", owner="customer", external=False),
                Dependency(id="here", task="a", owner="maker", arrived_at=START),
            ],
        )
        lines = dependencies_of(schedule.calculate())
        assert [(line.dependency.id, line.slack, line.is_critical) for line in lines] == [
            ("word", None, True),
            ("site", timedelta(0), True),
            ("part", 2 * DAY, False),
        ]
        assert lines[2].need_by == START + 3 * DAY
