"""Delivery schedules: worked networks, every path by brute force, calendars, facts, slips."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.schedule import DeliverySchedule, Dependency, Link, LinkKind, Task
from svcdelivery.service_hours import ServiceHours

START = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
OFFICE = ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]})


def days(at: datetime) -> float:
    return datetime.__sub__(at, START) / DAY


def network(durations: dict[str, int], links: str) -> DeliverySchedule:
    """A schedule in whole days; links as `A>B`."""
    return DeliverySchedule(
        start=START,
        tasks=[Task(id=id, duration=length * DAY) for id, length in durations.items()],
        links=[Link(before=one, after=other) for one, other in (text.split(">") for text in links.split())],
    )


# Worked by hand: earliest start and finish, latest start and finish, in days. Two networks of the usual textbook shape,
# one with a single critical path, one with two.
ONE_PATH = (
    {"A": 3, "B": 4, "C": 2, "D": 5, "E": 1, "F": 2, "G": 4, "H": 3},
    "A>B A>C B>D C>E C>F D>G E>G F>H G>H",
    {
        "A": (0, 3, 0, 3), "B": (3, 7, 3, 7), "C": (3, 5, 9, 11), "D": (7, 12, 7, 12),
        "E": (5, 6, 11, 12), "F": (5, 7, 14, 16), "G": (12, 16, 12, 16), "H": (16, 19, 16, 19),
    },
    ("A", "B", "D", "G", "H"),
)  # fmt: skip
TWO_PATHS = (
    {"A": 2, "B": 4, "C": 4, "D": 1, "E": 3},
    "A>B A>C B>D C>D D>E",
    {"A": (0, 2, 0, 2), "B": (2, 6, 2, 6), "C": (2, 6, 2, 6), "D": (6, 7, 6, 7), "E": (7, 10, 7, 10)},
    ("A", "B", "D", "E"),
)


class TestWorkedNetworks:
    @pytest.mark.parametrize(("durations", "links", "expected", "path"), [ONE_PATH, TWO_PATHS])
    def test_a_textbook_network_gives_the_known_instants(
        self, durations: dict[str, int], links: str, expected: dict[str, tuple[int, ...]], path: tuple[str, ...]
    ) -> None:
        plan = network(durations, links).calculate()
        found = {
            t.task.id: tuple(map(days, (t.earliest_start, t.earliest_finish, t.latest_start, t.latest_finish)))
            for t in plan.tasks
        }
        assert found == expected
        assert plan.critical_path() == path
        assert set(plan.critical()) == {id for id, (early, _, late, _) in expected.items() if early == late}

    def test_slack_is_what_lies_between_early_and_late(self) -> None:
        plan = network(*ONE_PATH[:2]).calculate()
        assert {t.task.id: (t.slack / DAY, t.free_slack / DAY) for t in plan.tasks} == {
            "A": (0, 0), "B": (0, 0), "C": (6, 0), "D": (0, 0), "E": (6, 6), "F": (9, 9), "G": (0, 0), "H": (0, 0),
        }  # fmt: skip

    def test_each_kind_of_link_holds_back_its_ends(self) -> None:
        """Foundations of eight days; drainage starts two days in, pouring ends one day after drainage does."""
        schedule = DeliverySchedule(
            start=START,
            tasks=[Task(id=id, duration=n * DAY) for id, n in {"dig": 8, "drain": 6, "pour": 3, "night": 2}.items()],
            links=[
                Link(before="dig", after="drain", kind=LinkKind.START_START, lag=2 * DAY),
                Link(before="drain", after="pour", kind=LinkKind.FINISH_FINISH, lag=DAY),
                Link(before="pour", after="night", kind=LinkKind.START_FINISH, lag=4 * DAY),
            ],
        )
        plan = schedule.calculate()
        assert [(days(t.earliest_start), days(t.earliest_finish)) for t in plan.tasks] == [
            (0, 8), (2, 8), (6, 9), (8, 10),
        ]  # fmt: skip
        assert plan.critical_path() == ("dig", "drain", "pour", "night")

    def test_a_lead_lets_the_next_task_begin_before_the_end(self) -> None:
        schedule = network({"A": 5, "B": 2}, "")
        led = DeliverySchedule(start=START, tasks=schedule.tasks, links=[Link(before="A", after="B", lag=-2 * DAY)])
        assert days(led.calculate()["B"].earliest_start) == 3

    def test_a_circle_is_named(self) -> None:
        with pytest.raises(InvalidValueError, match=r"`b -> c -> d -> b` is not a schedule without circles"):
            network({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, "a>b b>c c>d d>b d>e")

    @pytest.mark.parametrize(
        ("tasks", "links", "path"),
        [(["a", "a"], [], "tasks"), (["a"], [Link(before="a", after="b")], r"links\[0\]")],
    )
    def test_what_is_not_there_or_twice_is_refused(self, tasks: list[str], links: list[Link], path: str) -> None:
        with pytest.raises(InvalidValueError) as refused:
            DeliverySchedule(start=START, tasks=[Task(id=id) for id in tasks], links=links)
        assert refused.value.path == path.replace("\\", "")


class TestSlips:
    def test_slipping_a_task_without_slack_moves_the_end_by_as_much(self) -> None:
        plan = network(*ONE_PATH[:2]).calculate()
        slip = plan.what_if({"D": 2 * DAY})
        assert slip.finish_moves_by == 2 * DAY
        assert dict(slip.moved) == {"D": 2 * DAY, "G": 2 * DAY, "H": 2 * DAY}

    def test_slipping_within_the_slack_moves_nothing_else(self) -> None:
        plan = network(*ONE_PATH[:2]).calculate()
        slip = plan.what_if({"E": 6 * DAY})
        assert not slip.finish_moves_by
        assert slip.newly_critical == ("C", "E")

    @pytest.mark.parametrize("finish_by", [None, START])
    def test_what_lasts_longer_than_time_is_refused(self, finish_by: datetime | None) -> None:
        """In words of ours, whichever end of the calendar it would pass."""
        length = timedelta.max if finish_by is None else 900_000 * DAY
        task = Task(id="a", duration=length)
        with pytest.raises(InvalidValueError, match="before the year 1 or after the year 9999"):
            DeliverySchedule(start=START, tasks=[task], finish_by=finish_by).calculate()

    def test_a_task_nobody_knows_is_refused(self) -> None:
        with pytest.raises(NotFoundError):
            network({"A": 1}, "").calculate().what_if({"Z": DAY})


class TestCalendars:
    def test_work_goes_on_in_open_time_only(self) -> None:
        """Twelve hours of office work from Monday nine o'clock end on Tuesday at one."""
        schedule = DeliverySchedule(
            start=START,
            tasks=[Task(id="a", duration=12 * HOUR, hours=OFFICE), Task(id="b", duration=8 * HOUR, hours=OFFICE)],
            links=[Link(before="a", after="b", lag=6 * HOUR)],
        )
        plan = schedule.calculate()
        assert plan["a"].earliest_finish == datetime(2026, 3, 3, 13, tzinfo=UTC)
        # Six hours round the clock end at 19:00, when nobody works: the next task begins in the morning.
        assert plan["b"].earliest_start == datetime(2026, 3, 4, 9, tzinfo=UTC)
        # Ended at closing time, the six hours still end before that morning.
        assert plan["a"].slack == 4 * HOUR

    def test_a_lag_may_count_in_hours_too(self) -> None:
        schedule = DeliverySchedule(
            start=START,
            tasks=[Task(id="a", duration=4 * HOUR, hours=OFFICE), Task(id="b", duration=HOUR, hours=OFFICE)],
            links=[Link(before="a", after="b", lag=8 * HOUR, hours=OFFICE)],
        )
        assert schedule.calculate()["b"].earliest_start == datetime(2026, 3, 3, 13, tzinfo=UTC)

    def test_a_date_agreed_makes_slack_negative_not_the_work_earlier(self) -> None:
        task = Task(id="a", duration=16 * HOUR, hours=OFFICE, finish_by=datetime(2026, 3, 3, 13, tzinfo=UTC))
        plan = DeliverySchedule(start=START, tasks=[task]).calculate()
        assert plan["a"].earliest_finish == datetime(2026, 3, 3, 17, tzinfo=UTC)
        assert plan["a"].slack == -4 * HOUR
        assert plan["a"].is_critical


class TestFacts:
    def test_what_is_not_done_is_still_to_be_done(self) -> None:
        schedule = network({"A": 2, "B": 2}, "A>B")
        plan = schedule.calculate(as_of=START + 3 * DAY)
        assert days(plan["A"].earliest_start) == 3
        assert days(plan.finish) == 7

    def test_a_finished_task_ended_when_it_did(self) -> None:
        tasks = (
            Task(id="A", duration=2 * DAY, started_at=START, finished_at=START + 5 * DAY),
            Task(id="B", duration=2 * DAY, started_at=START + 5 * DAY, remaining=DAY),
        )
        plan = DeliverySchedule(start=START, tasks=tasks, links=[Link(before="A", after="B")]).calculate(
            START + 6 * DAY
        )
        assert plan["A"].is_done
        assert not plan["A"].is_critical
        assert days(plan["B"].earliest_finish) == 7
        assert plan.critical() == ("B",)

    def test_a_started_task_has_left_what_its_time_has_not_used(self) -> None:
        task = Task(id="A", duration=4 * DAY, started_at=START)
        plan = DeliverySchedule(start=START, tasks=[task]).calculate(START + DAY)
        assert days(plan.finish) == 4

    def test_a_dependency_holds_its_task_back_and_is_named(self) -> None:
        permit = Dependency(id="permit", task="B", owner="city", promised_at=START + 4 * DAY)
        tasks = network({"A": 2, "B": 2}, "A>B")
        plan = DeliverySchedule(start=START, tasks=tasks.tasks, links=tasks.links, dependencies=[permit]).calculate()
        assert days(plan["B"].earliest_start) == 4
        assert plan["B"].driven_by == "dependency `permit`"
        assert days(plan["A"].latest_finish) == 4

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(InvalidValueError):
            Task(id="a", finished_at=START)
        with pytest.raises(InvalidValueError):
            Task(id="a", remaining=DAY)


# -- every path by brute force -----------------------------------------------------------------------------------------

KINDS = list(LinkKind)


@st.composite
def networks(draw: st.DrawFn) -> DeliverySchedule:
    """Small networks with links of every kind, lags and leads, round the clock."""
    count = draw(st.integers(1, 6))
    ids = [f"t{n}" for n in range(count)]
    tasks = [Task(id=id, duration=draw(st.integers(0, 9)) * HOUR) for id in ids]
    pairs = [(one, other) for index, other in enumerate(ids) for one in ids[:index]]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=8)) if pairs else []
    links = [
        Link(before=a, after=b, kind=draw(st.sampled_from(KINDS)), lag=draw(st.integers(-3, 6)) * HOUR)
        for a, b in chosen
    ]
    shuffled = draw(st.permutations(tasks))
    return DeliverySchedule(start=START, tasks=shuffled, links=links)


def longest_ways(schedule: DeliverySchedule) -> dict[tuple[str, str], timedelta]:
    """The longest way from the start to each end of each task, over every way there is; it shares no code.

    A task is two places, its start and its finish, a duration apart both ways, since work is not stretched.
    """
    edges: dict[tuple[str, str], list[tuple[tuple[str, str], timedelta]]] = {("", ""): []}
    for task in schedule.tasks:
        edges["", ""].append(((task.id, "start"), timedelta(0)))
        edges[task.id, "start"] = [((task.id, "finish"), task.duration)]
        edges[task.id, "finish"] = [((task.id, "start"), -task.duration)]
    for link in schedule.links:
        ends = link.kind.value.split("_")
        edges[link.before, ends[0]].append(((link.after, ends[1]), link.lag))
    best: dict[tuple[str, str], timedelta] = {}

    def walk(place: tuple[str, str], way: timedelta, visited: frozenset[tuple[str, str]]) -> None:
        best[place] = max(best.get(place, way), way)
        for following, length in edges[place]:
            if following not in visited:
                walk(following, way + length, visited | {following})

    walk(("", ""), timedelta(0), frozenset([("", "")]))
    return best


# Shifts that hardly meet, and a week with gaps.
CALENDARS = (
    None,
    ServiceHours.weekly("Europe/Paris", {"mon-fri": ["09:00-12:00", "13:00-17:00"]}),
    ServiceHours.weekly("America/New_York", {"mon-sun": ["22:00-06:00"]}),
    ServiceHours.weekly("Asia/Kolkata", {"mon,wed,fri": ["10:00-16:00"]}),
)


@st.composite
def networks_in_hours(draw: st.DrawFn) -> DeliverySchedule:
    """The same, tasks and lags in hours of their own, some held until an instant."""
    schedule = draw(networks())
    hours = st.sampled_from(CALENDARS)
    moments = st.none() | st.integers(0, 60).map(lambda number: START + number * HOUR)
    tasks = [evolve(task, hours=draw(hours), not_before=draw(moments)) for task in schedule.tasks]
    return evolve(schedule, tasks=tasks, links=[evolve(link, hours=draw(hours)) for link in schedule.links])


class TestBruteForce:
    @settings(max_examples=200)
    @given(networks())
    def test_earliest_instants_are_the_longest_ways(self, schedule: DeliverySchedule) -> None:
        best = longest_ways(schedule)
        for task in schedule.calculate().tasks:
            assert task.earliest_start - START == best[task.task.id, "start"]
            assert task.earliest_finish - START == best[task.task.id, "finish"]

    @settings(max_examples=150)
    @given(networks(), st.integers(0, 5), st.integers(1, 20))
    def test_slack_is_exactly_what_a_task_may_slip_by(self, schedule: DeliverySchedule, n: int, extra: int) -> None:
        """The start of one task is put off by slipping its earliest start: within the slack the end stays."""
        plan = schedule.calculate()
        chosen = plan.tasks[n % len(plan.tasks)]
        assert chosen.slack >= timedelta(0)
        for later, moves in ((chosen.slack, False), (chosen.slack + extra * HOUR, True)):
            put_off = [
                Task(id=t.id, duration=t.duration, not_before=chosen.earliest_start + later)
                if t.id == chosen.task.id
                else t
                for t in schedule.tasks
            ]
            after = DeliverySchedule(start=START, tasks=put_off, links=schedule.links).calculate()
            assert (after.finish > plan.finish) == moves

    @settings(max_examples=150)
    @given(networks_in_hours(), st.integers(0, 5))
    def test_the_latest_start_is_the_last_that_leaves_the_end_in_hours_too(
        self, schedule: DeliverySchedule, n: int
    ) -> None:
        """To the microsecond, whatever the hours of tasks and lags, leads as well; and no slack is under none."""
        plan = schedule.calculate()
        chosen = plan.tasks[n % len(plan.tasks)]
        assert chosen.slack >= timedelta(0)
        for later, moves in ((timedelta(0), False), (timedelta(microseconds=1), True)):
            put_off = [
                evolve(t, not_before=chosen.latest_start + later) if t.id == chosen.task.id else t
                for t in schedule.tasks
            ]
            assert (evolve(schedule, tasks=put_off).calculate().finish > plan.finish) == moves

    @settings(max_examples=150)
    @given(networks())
    def test_the_critical_path_leads_from_the_start_to_the_end(self, schedule: DeliverySchedule) -> None:
        plan = schedule.calculate()
        path = plan.critical_path()
        assert plan[path[-1]].earliest_finish == plan.finish
        linked = {(link.before, link.after) for link in schedule.links}
        assert all(step in linked for step in pairwise(path))
        assert plan[path[0]].earliest_start == START

    @settings(max_examples=100)
    @given(networks())
    def test_calendars_that_never_close_change_nothing(self, schedule: DeliverySchedule) -> None:
        always = ServiceHours.always("UTC")
        tasks = [Task(id=t.id, duration=t.duration, hours=always) for t in schedule.tasks]
        links = [Link(before=k.before, after=k.after, kind=k.kind, lag=k.lag, hours=always) for k in schedule.links]
        open_plan = DeliverySchedule(start=START, tasks=tasks, links=links).calculate()
        for one, other in zip(open_plan.tasks, schedule.calculate().tasks, strict=True):
            assert one.earliest_start == other.earliest_start
            assert one.latest_finish == other.latest_finish
            assert (one.slack, one.free_slack) == (other.slack, other.free_slack)
