"""Goals that are days and dates: when they fall due, what pauses do to them, and what a reading says of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    Boundary,
    ByEndOfWorkingDay,
    ByTimeOfWorkingDay,
    DueAt,
    Goal,
    NoTarget,
    Scope,
    ServiceLevelTarget,
    TimeKind,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
)
from svcdelivery.clock import ClockPhase, ClockReading, Verdict, read_clocks
from svcdelivery.errors import InvalidDurationError, InvalidValueError, WrongTypeError
from svcdelivery.facts import NewFact, digest, from_plain, history, to_plain
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, format_instant, in_zone, to_zone
from svcdelivery.work import Assigned, Observed, PutOnHold, Resolved, Resumed
from tests.clock.worlds import BOB, OFFICE, agreement, incident, local, read, target, terms

MON, TUE, FRI = "2024-03-11", "2024-03-12", "2024-03-15"
CUSTOMER = PutOnHold(reason="customer")
BERLIN = to_zone("Europe/Berlin")


def due(goal: Goal, start: str, boundary: Boundary = Boundary.CLOSE, **rest: Any) -> Instant | None:
    """When the goal falls due for work that came in then."""
    promise = agreement(target(goal=goal, boundary=boundary, **rest))
    return read(promise, incident(start), start).due_at


def test_a_goal_longer_than_columns_can_count_is_refused() -> None:
    with pytest.raises(InvalidDurationError, match="at most"):
        Within(timedelta(days=100_000_001))


@pytest.mark.parametrize(
    ("goal", "hours", "finding", "verdict"),
    [
        (Within(timedelta(days=100_000_000)), None, "before the year 10000", Verdict.MET),
        (Within(timedelta(days=3_000_000), TimeKind.WALL), "office", "before the year 10000", Verdict.MET),
        (Within(timedelta(days=100_000_000)), "office", "1800 to 2299", Verdict.NONE),
        (WithinWorkingDays(100_000), "office", "1800 to 2299", Verdict.NONE),
        (ByEndOfWorkingDay(100_000), "office", "1800 to 2299", Verdict.NONE),
    ],
)
def test_a_goal_beyond_the_calendar_has_no_due_instant_and_a_finding(
    goal: Goal, hours: str | None, finding: str, verdict: Verdict
) -> None:
    """Some write a thousand years for never; one such promise does not keep the others from being read."""
    never = evolve(target("first_response", name="never", goal=goal), hours=hours)
    promise = agreement(target(), never)
    item = incident(f"{MON}T09:00", (f"{MON}T10:00", PutOnHold(reason="x")), (f"{MON}T11:00", Resolved()))
    for facts, phase in ((item[:2], ClockPhase.RUNNING), (item, ClockPhase.STOPPED)):
        reading = next(r for r in read_clocks(promise, facts, local(f"{MON}T12:00")) if r.target == "never")
        assert (reading.due_at, reading.phase) == (None, phase)
        assert finding in reading.findings[0]
        assert reading.verdict is (verdict if phase is ClockPhase.STOPPED else Verdict.OPEN)
        assert str(reading.explanation)


@pytest.mark.parametrize(
    ("goal", "start", "expected"),
    [
        (WithinWorkingDays(1), f"{FRI}T15:00", "2024-03-18T15:00"),
        (WithinWorkingDays(2), f"{FRI}T22:00", "2024-03-20T08:00"),
        (WithinWorkingDays(0), f"{MON}T09:30", f"{MON}T09:30"),
        (WithinWorkingDays(1), f"{MON}T12:30", f"{TUE}T13:00"),
        (ByEndOfWorkingDay(0), f"{MON}T09:30", f"{MON}T17:00"),
        (ByEndOfWorkingDay(0), f"{MON}T18:00", f"{TUE}T17:00"),
        (ByEndOfWorkingDay(1), f"{FRI}T09:00", "2024-03-18T17:00"),
        (ByTimeOfWorkingDay(1, "16:00"), f"{FRI}T09:00", "2024-03-18T16:00"),
        (ByTimeOfWorkingDay(0, "16:00"), f"{MON}T09:00", f"{MON}T16:00"),
        (ByTimeOfWorkingDay(0, "16:00"), f"{MON}T16:00", f"{MON}T16:00"),
        (ByTimeOfWorkingDay(0, "16:00"), f"{MON}T16:01", f"{TUE}T16:00"),
        (ByTimeOfWorkingDay(0, "06:00"), f"{MON}T05:00", f"{MON}T08:00"),
        (WithinCalendarDays(5), f"{MON}T23:15", "2024-03-16T23:15"),
        (WithinCalendarDays(0), f"{MON}T23:15", f"{MON}T23:15"),
        (WithinCalendarDays(20), f"{MON}T02:30", "2024-03-31T03:00"),
        (WithinCalendarDays(20), f"{MON}T12:00", "2024-03-31T12:00"),
    ],
)
def test_case_18_a_day_means_a_date_of_the_hours_and_not_so_many_hours(goal: Goal, start: str, expected: str) -> None:
    """Working days are counted by the service hours, calendar days by the wall clock, also over a night of changes."""
    assert due(goal, start) == local(expected)


@pytest.mark.parametrize(
    ("goal", "boundary", "expected"),
    [
        (WithinWorkingDays(1), Boundary.CLOSE, f"{FRI}T15:00"),
        (WithinWorkingDays(1), Boundary.NEXT_OPEN, "2024-03-18T08:00"),
        (ByTimeOfWorkingDay(1, "16:00"), Boundary.CLOSE, f"{FRI}T15:00"),
        (ByTimeOfWorkingDay(1, "16:00"), Boundary.NEXT_OPEN, "2024-03-18T08:00"),
        (ByEndOfWorkingDay(1), Boundary.NEXT_OPEN, f"{FRI}T15:00"),
    ],
)
def test_a_time_outside_the_hours_of_its_day_moves_as_the_boundary_says(
    goal: Goal, boundary: Boundary, expected: str
) -> None:
    """On Fridays this office closes at three; the end of a day is its closing under either boundary."""
    hours = ServiceHours.weekly("Europe/Berlin", {"mon-thu": ["08:00-17:00"], "fri": ["08:00-15:00"]})
    promise = agreement(target(goal=goal, boundary=boundary), hours=hours)
    assert read(promise, incident("2024-03-14T16:30"), "2024-03-14T16:30").due_at == local(expected)


class TestPauses:
    def test_case_18_paused_service_time_pushes_a_goal_of_working_days(self) -> None:
        """Two open hours on hold move Wednesday at ten to noon, and three to two in the afternoon, past lunch."""
        promise = agreement(target(goal=WithinWorkingDays(2), pause_on={"customer"}))
        held = (f"{MON}T11:00", CUSTOMER)
        two = incident(f"{MON}T10:00", held, (f"{MON}T14:00", Resumed()))
        three = incident(f"{MON}T10:00", held, (f"{MON}T15:00", Resumed()))
        assert read(promise, two, f"{MON}T16:00").due_at == local("2024-03-13T12:00")
        assert read(promise, three, f"{MON}T16:00").due_at == local("2024-03-13T14:00")

    def test_case_09_a_pause_in_closed_time_moves_no_date(self) -> None:
        """Neither over night nor over a weekend."""
        for goal in (WithinWorkingDays(3), ByEndOfWorkingDay(2), ByTimeOfWorkingDay(2, "16:00")):
            promise = agreement(target(goal=goal, pause_on={"customer"}))
            facts = incident(f"{FRI}T10:00", (f"{FRI}T17:00", CUSTOMER), ("2024-03-18T08:00", Resumed()))
            assert read(promise, facts, "2024-03-18T08:30").due_at == due(goal, f"{FRI}T10:00")

    def test_a_pause_after_due_moves_nothing(self) -> None:
        """What was due was due; a pause that begins at that very instant comes too late as well."""
        promise = agreement(target(goal=ByTimeOfWorkingDay(0, "11:00"), pause_on={"customer"}))
        facts = incident(f"{MON}T10:00", (f"{MON}T11:00", CUSTOMER), (f"{MON}T14:00", Resumed()))
        reading = read(promise, facts, f"{MON}T15:00")
        assert reading.due_at == local(f"{MON}T11:00")
        assert reading.verdict is Verdict.BREACHED

    @pytest.mark.parametrize(("moves", "expected"), [(False, "2024-03-13T10:00"), (True, "2024-03-13T12:00")])
    def test_calendar_days_move_only_where_the_target_says_so(self, moves: bool, expected: str) -> None:
        """And then by the open time that was paused."""
        promise = agreement(target(goal=WithinCalendarDays(2), pause_on={"customer"}, pauses_move_due=moves))
        facts = incident(f"{MON}T10:00", (f"{MON}T11:00", CUSTOMER), (f"{MON}T14:00", Resumed()))
        during = read(promise, facts, f"{MON}T13:30")
        assert during.phase is ClockPhase.PAUSED
        assert during.due_at == (None if moves else local(expected))
        assert read(promise, facts, f"{MON}T15:00").due_at == local(expected)

    def test_a_rule_without_meaning_is_refused(self) -> None:
        """Pauses always move other goals."""
        with pytest.raises(InvalidValueError, match="pauses_move_due"):
            target(pauses_move_due=True)


class TestReading:
    def test_percent_remaining_and_overdue_are_counted_time_from_start_to_due(self) -> None:
        """From Monday at ten to Tuesday at ten are eight hours; two are used at one o'clock, since lunch is closed."""
        promise = agreement(target(goal=WithinWorkingDays(1)))
        reading = read(promise, incident(f"{MON}T10:00"), f"{MON}T13:00")
        assert reading.goal == "within 1 working day"
        assert reading.allowed == timedelta(hours=8)
        assert (reading.elapsed, reading.remaining, reading.percent) == (
            timedelta(hours=2),
            timedelta(hours=6),
            Fraction(25),
        )
        late = read(promise, incident(f"{MON}T10:00"), f"{TUE}T14:00")
        assert late.overdue == timedelta(hours=3)
        assert "resolution within 1 working day" in late.explanation.terms
        assert late.headline == "resolution BREACHED: 11:00:00 of 8:00:00 used, 3:00:00 too late"

    def test_percent_is_none_where_no_counted_time_lies_between_start_and_due(self) -> None:
        """A weekend of calendar days is no service time at all."""
        reading = read(agreement(target(goal=WithinCalendarDays(1))), incident("2024-03-16T10:00"), "2024-03-17T09:00")
        assert reading.allowed == timedelta(0)
        assert reading.percent is None

    def test_hours_not_known_for_the_dates_give_a_finding_and_no_due(self) -> None:
        """Nothing is guessed."""
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-17:00"]}, covered_years=(2024, 2024))
        promise = agreement(target(goal=WithinWorkingDays(5)), hours=hours)
        reading = read(promise, incident("2024-12-30T10:00"), "2024-12-30T11:00")
        assert reading.due_at is None
        assert reading.findings


class TestDueAt:
    def _read(self, *rows: tuple[str, str | None], goal: Goal | None = None) -> ClockReading:
        facts = [
            NewFact(
                body=Observed(kind="incident", status="assigned", attributes=(("promised", value),)),
                actor=BOB,
                occurred_at=local(at),
            )
            for at, value in rows
        ]
        promise = agreement(target(goal=goal or DueAt("promised")))
        return read_clocks(promise, history("incident:I1", facts), local(f"{TUE}T10:00"))[0]

    def test_the_item_names_its_own_due_instant_and_the_last_one_counts(self) -> None:
        """A date agreed anew takes the place of the one before."""
        first, second = (format_instant(local(f"2024-03-{day}T12:00")) for day in (13, 14))
        assert self._read((f"{MON}T10:00", first)).due_at == local("2024-03-13T12:00")
        assert self._read((f"{MON}T10:00", first), (f"{MON}T11:00", second)).due_at == local("2024-03-14T12:00")

    @pytest.mark.parametrize("value", [None, "", "2024-03-13T12:00", "soon"])
    def test_without_an_instant_there_is_a_finding_and_no_due(self, value: str | None) -> None:
        """A time without its offset is none."""
        reading = self._read((f"{MON}T10:00", value))
        assert (reading.due_at, reading.verdict) == (None, Verdict.OPEN)
        assert "promised" in reading.findings[0]


class TestNoTarget:
    NONE = ServiceLevelTarget(name="none", measure="resolution", goal=NoTarget(), scope=Scope(services={"laptop"}))

    def test_the_most_specific_match_may_promise_nothing(self) -> None:
        """For laptops there is no clock; for anything else there is."""
        revision = terms(target(), self.NONE)
        assert revision.targets_for(kind="incident", service="laptop", priority=None) == ()
        assert [t.name for t in revision.targets_for(kind="incident", service="email", priority=None)] == ["resolution"]
        choice = revision.choice("resolution", kind="incident", service="laptop", priority=None)
        assert (choice.chosen, choice.target) == (self.NONE, None)
        assert str(choice) == "`none` matches (service laptop), chosen before `resolution` (any work)"

    def test_a_more_specific_promise_comes_before_it(self) -> None:
        """Service and priority outweigh the service alone."""
        urgent = target(name="urgent", scope=Scope(services={"laptop"}, priorities={"P1"}))
        revision = terms(target(), self.NONE, urgent)
        assert revision.targets_for(kind="incident", service="laptop", priority="P1") == (urgent,)

    def test_the_explanation_says_which_target_matched_and_before_which(self) -> None:
        """The line stands below the terms."""
        promise = agreement(target(), target(name="mails", scope=Scope(services={"email"})))
        explanation = read(promise, incident(f"{MON}T10:00"), f"{MON}T11:00").explanation
        assert explanation.choice == "`mails` matches (service email), chosen before `resolution` (any work)"
        assert str(explanation).splitlines()[2] == f"  {explanation.choice}"


class TestValues:
    @pytest.mark.parametrize("days", [-1, 1.0, True, "1"])
    def test_days_are_whole_numbers_not_negative(self, days: Any) -> None:
        """Anything else is refused."""
        with pytest.raises((InvalidValueError, WrongTypeError)):
            WithinWorkingDays(days)

    @pytest.mark.parametrize("at", ["24:00", "4 pm", "16:00+01:00", ""])
    def test_a_time_of_day_is_one_without_a_zone(self, at: str) -> None:
        """The end of the day is a goal of its own."""
        with pytest.raises(InvalidValueError):
            ByTimeOfWorkingDay(1, at)

    def test_goals_of_days_need_hours(self) -> None:
        """Round the clock has no zone and no working day."""
        with pytest.raises(InvalidValueError, match="hours"):
            terms(ServiceLevelTarget(name="days", measure="resolution", goal=WithinWorkingDays(1)))

    def test_revisions_on_record_from_before_are_read_and_keep_their_digest(self) -> None:
        """A goal without a tag is the one that was alone then; what came later is left out while nobody uses it."""
        revision = terms(target(hours=4))
        plain = to_plain(revision)["targets"][0]
        assert plain == {
            "name": "resolution",
            "measure": "resolution",
            "goal": {"duration": "PT4H", "time": "service"},
            "scope": {},
            "hours": "office",
            "boundary": "close",
            "share_promised": "1",
        }
        assert digest(revision) == "fc46d10f8156c86432d3af8d33480f9d999c90f9f365d5b475f798f615a624cd"

    @pytest.mark.parametrize(
        "goal",
        [
            Within(timedelta(hours=1)),
            WithinWorkingDays(2),
            ByEndOfWorkingDay(0),
            ByTimeOfWorkingDay(1, time(16)),
            WithinCalendarDays(3),
            DueAt("promised"),
            NoTarget(),
        ],
    )
    def test_every_goal_comes_back_from_its_plain_form(self, goal: Goal) -> None:
        """With its target and its revision."""
        revision = terms(target(goal=goal))
        assert from_plain(AgreementRevision, to_plain(revision)) == revision


class TestOracle:
    """Dates found by walking the days, with nothing but the standard library."""

    @staticmethod
    def _days(start: datetime, days: int) -> tuple[date, time]:
        moment = start
        if not OFFICE.is_open(moment):
            moment = OFFICE.next_open(moment)
        there = datetime.fromisoformat(format_instant(moment)).astimezone(BERLIN)
        day = there.date()
        while days:
            day += timedelta(days=1)
            days -= day.weekday() < 5
        return day, there.time()

    @given(st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 1)), st.integers(0, 30))
    def test_working_days_are_the_weekdays_counted_one_by_one(self, naive: datetime, days: int) -> None:
        """The end of the day is at five; the time of day is kept, since all days have the same hours."""
        start = local(naive.isoformat())
        day, kept = self._days(start, days)
        promise = agreement(
            target(goal=WithinWorkingDays(days)), target("closure", goal=ByEndOfWorkingDay(days), name="end")
        )
        facts = incident(start)
        wall = in_zone(read(promise, facts, start).due_at, BERLIN)
        assert (wall.date(), wall.time()) == (day, kept)
        assert read(promise, facts, start, "closure").due_at == local(f"{day}T17:00")

    @given(
        st.sampled_from([WithinWorkingDays(1), ByEndOfWorkingDay(1), ByTimeOfWorkingDay(1, "16:00")]),
        st.lists(st.integers(0, 60 * 24 * 7), min_size=2, max_size=6, unique=True),
    )
    def test_pauses_push_due_by_exactly_the_open_time_they_cover(self, goal: Goal, minutes: list[int]) -> None:
        """The counted time from start to due, outside pauses, is always the same."""
        start = local(f"{MON}T09:10")
        edges = [start + timedelta(minutes=minute) for minute in sorted(minutes)[: len(minutes) // 2 * 2]]
        bodies = [CUSTOMER, Resumed()] * (len(edges) // 2)
        facts = incident(start, (start, Assigned(team="desk")), *zip(edges, bodies, strict=True))
        promise = agreement(target(goal=goal, pause_on={"customer"}))
        now = start + timedelta(days=30)
        reading = read(promise, (*facts,), now)
        plain = due(goal, f"{MON}T09:10")
        assert reading.due_at is not None
        assert plain is not None
        paused = sum(
            (
                OFFICE.elapsed(begin, end)
                for begin, end in zip(edges[::2], edges[1::2], strict=True)
                if begin < reading.due_at
            ),
            timedelta(0),
        )
        assert OFFICE.elapsed(start, reading.due_at) == OFFICE.elapsed(start, plain) + paused
        assert reading.allowed == OFFICE.elapsed(start, plain)

    def test_a_stop_on_the_due_instant_has_met_a_date(self) -> None:
        """One microsecond later it has not."""
        promise = agreement(target(goal=ByEndOfWorkingDay(0)))
        for late, verdict in ((timedelta(0), Verdict.MET), (timedelta(microseconds=1), Verdict.BREACHED)):
            stop = local(f"{MON}T17:00") + late
            facts = incident(f"{MON}T09:00", (f"{MON}T09:00", Assigned(team="desk")), (stop, Resolved()))
            assert read(promise, facts, f"{TUE}T09:00").verdict is verdict
