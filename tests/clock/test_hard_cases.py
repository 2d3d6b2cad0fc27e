"""The hard cases of service level clocks, each with the decision it is held to; those of the hours stand with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import (
    Backing,
    BeforeDue,
    Boundary,
    PartyKind,
    ServiceAgreement,
    TimeKind,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
)
from svcdelivery.agreement.lint import lint
from svcdelivery.clock import BreachExempted, ClockPhase, Verdict, Watchlist, read_clocks
from svcdelivery.documents import Code
from svcdelivery.errors import NeverOpenError
from svcdelivery.escalation import EscalationState, clock_views, timeline
from svcdelivery.facts import Fact, known_at
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, parse_instant, to_instant
from svcdelivery.work import (
    Assigned,
    Audience,
    Cancelled,
    Closed,
    Corrected,
    HappenedAt,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Reopened,
    Resolved,
    Resumed,
    Started,
    WasOnHold,
)
from tests.clock.worlds import BOB, HOUR, agreement, for_priority, incident, local, read, target, terms
from tests.escalation.worlds import frozen, level, policy

MON, TUE, FRI, SAT = "2024-03-11", "2024-03-12", "2024-03-15", "2024-03-16"
CUSTOMER, SUPPLIER = PutOnHold(reason="customer"), PutOnHold(reason="supplier")
ASSIGNED, STARTED, RESOLVED, CLOSED = Assigned(team="desk"), Started(), Resolved(), Closed()
MICROSECOND = timedelta(microseconds=1)


def night(zone: str, day: str, shift: str) -> ServiceHours:
    return ServiceHours.weekly(zone, {day: shift})


@pytest.mark.parametrize(("boundary", "due"), [(Boundary.CLOSE, f"{MON}T17:00"), (Boundary.NEXT_OPEN, f"{TUE}T08:00")])
def test_case_01_a_goal_used_up_exactly_at_closing(boundary: Boundary, due: str) -> None:
    """The closing, or the next opening where the target says so; the goal is used up at either."""
    reading = read(agreement(target(hours=8, boundary=boundary)), incident(f"{MON}T08:00"), f"{MON}T18:00")
    assert reading.due_at == local(due)
    assert reading.remaining == timedelta(0)


@pytest.mark.parametrize(
    ("start", "zero", "hour"),
    [
        (f"{MON}T08:00", f"{MON}T08:00", f"{MON}T09:00"),
        (f"{MON}T12:00", f"{MON}T13:00", f"{MON}T14:00"),
        (f"{MON}T12:30", f"{MON}T13:00", f"{MON}T14:00"),
        (f"{MON}T17:00", f"{TUE}T08:00", f"{TUE}T09:00"),
        (f"{SAT}T10:00", "2024-03-18T08:00", "2024-03-18T09:00"),
    ],
)
def test_case_02_a_start_at_an_edge_or_outside_the_hours(start: str, zero: str, hour: str) -> None:
    """At its opening the service is open, at its closing it is not; a zero goal is due once it is open."""
    for hours, due in ((0, zero), (1, hour)):
        assert read(agreement(target(hours=hours)), incident(start), start).due_at == local(due)


@pytest.mark.parametrize(
    ("hours", "received", "goal", "due"),
    [
        # A shift with the gap inside it has an hour less; one that would begin in it begins after it; one that would
        # end in it ends with the instant before it.
        (night("Europe/Berlin", "sat", "22:00-06:00"), "2026-03-28T21:00Z", 5, "2026-03-29T02:00Z"),
        (night("Europe/Berlin", "sun", "02:30-06:00"), "2026-03-29T00:00Z", 1, "2026-03-29T02:00Z"),
        (night("Europe/Berlin", "sun", "00:00-02:30"), "2026-03-28T20:00Z", 2, "2026-03-29T01:00Z"),
        # Dates without a midnight begin when they begin.
        (night("America/Sao_Paulo", "sun", "00:00-02:00"), "2017-10-14T12:00Z", 1, "2017-10-15T04:00Z"),
        (night("Asia/Tehran", "tue", "00:00-02:00"), "2022-03-21T12:00Z", 1, "2022-03-21T21:30Z"),
        # Half an hour is left out, not a whole one.
        (night("Australia/Lord_Howe", "sun", "01:30-02:45"), "2023-09-30T12:00Z", 0.75, "2023-09-30T15:45Z"),
        # The law said in 2016 that clocks stay where they are: the night has eight hours, as any other.
        (night("Europe/Istanbul", "sat", "22:00-06:00"), "2016-10-29T12:00Z", 8, "2016-10-30T03:00Z"),
    ],
)
def test_case_03_a_gap_inside_a_shift_at_its_start_and_at_its_end(
    hours: ServiceHours, received: str, goal: float, due: str
) -> None:
    """A shift lasts as long as it really lasts, whatever the clock on the wall leaves out."""
    start, expected = parse_instant(received.replace("Z", ":00Z")), parse_instant(due.replace("Z", ":00Z"))
    assert read(agreement(target(hours=goal), hours=hours), incident(start), start).due_at == expected


def test_case_04_a_pause_over_the_hour_that_comes_twice() -> None:
    """From the first half past two to the second is an hour, and the goal round the clock moves by it."""
    promise = agreement(target(goal=Within(4 * HOUR, TimeKind.WALL), pause_on={"customer"}))
    first = local("2024-10-27T02:30")
    facts = incident("2024-10-27T02:00", ("2024-10-27T02:00", ASSIGNED), (first, CUSTOMER), (first + HOUR, Resumed()))
    assert read(promise, facts, "2024-10-27T09:00").due_at == local("2024-10-27T02:00") + 5 * HOUR


@pytest.mark.parametrize("boundary", Boundary)
def test_case_05_up_to_midnight_and_from_midnight_on_is_one_stretch(boundary: Boundary) -> None:
    """Used up exactly at midnight there is no closing to move away from; 23:59 as the end of a day means 23:59."""
    touching = ServiceHours.weekly("Europe/Berlin", {"mon-sun": ["12:00-24:00", "00:00-06:00"]})
    promise = agreement(target(hours=4, boundary=boundary), hours=touching)
    assert read(promise, incident(f"{MON}T20:00"), f"{MON}T20:00").due_at == local(f"{TUE}T00:00")
    for end, minutes in (("24:00", 0), ("23:59", 1)):
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-sun": f"00:00-{end}"})
        due = read(agreement(target(hours=24), hours=hours), incident(f"{MON}T12:00"), f"{MON}T12:00").due_at
        assert due == local(f"{TUE}T12:0{minutes}")


def test_case_04_the_same_time_of_the_same_date_may_be_over() -> None:
    """At the second half past two, the first one of that date is an hour ago: due is not before the start."""
    second = local("2024-10-27T02:30") + HOUR
    nights = night("Europe/Berlin", "mon-sun", "22:00-06:00")
    for goal in (WithinCalendarDays, WithinWorkingDays):
        today, tomorrow = (agreement(target(goal=goal(days)), hours=nights) for days in (0, 1))
        assert read(today, incident(second), second).due_at == second
        assert read(tomorrow, incident(second), second).due_at == local("2024-10-28T02:30")


def test_case_06_the_second_half_of_a_night_shift_falls_on_a_holiday() -> None:
    """A closed date is cut out from its first instant, or with whole shifts the shifts that open on it."""
    for whole, due in ((False, "2024-05-02T01:00"), (True, "2024-05-01T01:00")):
        hours = ServiceHours.weekly(
            "Europe/Berlin", {"mon-sun": ["22:00-06:00"]}, closed=["2024-05-01"], whole_shifts=whole
        )
        promise = agreement(target(hours=3), hours=hours)
        assert read(promise, incident("2024-04-30T22:00"), "2024-04-30T23:00").due_at == local(due)


class TestCase07ClosedDates:
    @pytest.mark.parametrize(
        "rest",
        [
            {"closed": ["2024-03-16"]},
            {"closed": ["2024-03-17"], "closed_ranges": ["2024-03-16..2024-03-17"], "closed_yearly": ["03-16"]},
        ],
    )
    def test_case_07_a_holiday_on_a_weekend_takes_nothing_away(self, rest: dict[str, Any]) -> None:
        """Nor do several lists that name it."""
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]}, **rest)
        facts = incident(f"{FRI}T16:00")
        assert read(agreement(target(hours=2), hours=hours), facts, f"{FRI}T16:00").due_at == local("2024-03-18T09:00")

    def test_case_07_a_date_in_two_lists_is_closed_once(self) -> None:
        """The day is skipped, and no other."""
        hours = ServiceHours.weekly(
            "Europe/Berlin",
            {"mon-fri": ["08:00-12:00", "13:00-17:00"]},
            closed=[TUE],
            closed_ranges=["2024-03-12..2024-03-12"],
            closed_yearly=["03-12"],
        )
        facts = incident(f"{MON}T16:00")
        assert read(agreement(target(hours=2), hours=hours), facts, f"{MON}T16:00").due_at == local("2024-03-13T09:00")

    def test_case_07_a_break_over_two_shifts_is_cut_out_of_both(self) -> None:
        """From eleven to two, lunch included: two open hours are gone."""
        hours = ServiceHours.weekly(
            "Europe/Berlin", {"mon-fri": ["08:00-12:00", "13:00-17:00"]}, closed_parts={MON: ["11:00-14:00"]}
        )
        facts = incident(f"{MON}T10:00")
        assert read(agreement(target(hours=2), hours=hours), facts, f"{MON}T10:00").due_at == local(f"{MON}T15:00")

    @pytest.mark.parametrize(
        ("rest", "due"),
        [({"replaced": {MON: ["08:00-09:00"]}}, f"{TUE}T09:00"), ({"extra": {MON: ["10:00-15:00"]}}, f"{MON}T11:00")],
    )
    def test_case_07_on_a_date_with_hours_and_a_holiday_only_an_extra_opening_opens(
        self, rest: dict[str, Any], due: str
    ) -> None:
        """Closed beats the week and what replaces it; hours added on purpose beat closed."""
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["08:00-17:00"]}, closed=[MON], **rest)
        facts = incident(f"{MON}T07:00")
        assert read(agreement(target(hours=1), hours=hours), facts, f"{MON}T07:00").due_at == local(due)


class TestCase08NoOpenTime:
    def test_case_08_hours_that_never_open_are_refused(self) -> None:
        """When they are written, not when somebody waits."""
        with pytest.raises(NeverOpenError):
            ServiceHours.weekly("Europe/Berlin", {"mon-fri": []})
        with pytest.raises(NeverOpenError):
            ServiceHours.weekly("Europe/Berlin", {"mon-fri": "08:00-17:00"}, closed_yearly=["01-01..12-31"])

    def test_case_08_hours_that_end_have_no_due_instant_beyond_and_say_so(self) -> None:
        """The holiday list ends with the year: elapsed is known, due is not, and nothing is guessed."""
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": "08:00-16:00"}, covered_years=(2024, 2024))
        facts = incident("2024-12-31T12:00")
        reading = read(agreement(target(hours=8), hours=hours), facts, "2024-12-31T13:00")
        assert (reading.due_at, reading.verdict) == (None, Verdict.OPEN)
        assert "2024 to 2024" in reading.findings[0]

    def test_case_08_hours_that_have_nothing_in_common_answer_that_they_never_open(self) -> None:
        """The search ends."""
        nothing = ServiceHours.weekly("UTC", {"mon": "08:00-09:00"}) & ServiceHours.weekly(
            "UTC", {"tue": "08:00-09:00"}
        )
        with pytest.raises(NeverOpenError):
            nothing.add(local(f"{MON}T08:00"), HOUR)


class TestCase09Pauses:
    PROMISE = agreement(target(hours=4, pause_on={"customer"}))

    def test_case_09_on_the_second_of_the_breach(self) -> None:
        """Put on hold at the due instant: the goal is used up, due stays, and one microsecond later it is late."""
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T12:00", CUSTOMER))
        due = local(f"{MON}T12:00")
        assert read(self.PROMISE, facts, due).verdict is Verdict.OPEN
        late = read(self.PROMISE, facts, due + MICROSECOND)
        assert (late.phase, late.verdict, late.due_at) == (ClockPhase.PAUSED, Verdict.BREACHED, due)

    def test_case_09_two_at_the_same_second_and_events_recorded_late(self) -> None:
        """A hold of no length moves nothing; what is recorded later is read where it happened."""
        still = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED))
        twice = incident(
            f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), *[(f"{MON}T09:00", CUSTOMER), (f"{MON}T09:00", Resumed())] * 2
        )
        assert read(self.PROMISE, twice, f"{MON}T11:00") == read(self.PROMISE, still, f"{MON}T11:00")
        assert read(self.PROMISE, tuple(reversed(twice)), f"{MON}T11:00") == read(self.PROMISE, still, f"{MON}T11:00")


def test_case_10_each_target_says_what_pauses_it() -> None:
    """Waiting for the supplier stops the resolution and not the response."""
    promise = agreement(
        target("first_response", pause_on=set()), target(hours=8, pause_on={"supplier"}), target("closure", hours=8)
    )
    facts = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T09:00", SUPPLIER))
    phases = {r.measure: r.phase.value for r in read_clocks(promise, facts, local(f"{MON}T10:00"))}
    assert phases == {"first_response": "running", "resolution": "paused", "closure": "running"}


class TestCase12Lives:
    PROMISE = agreement(target(hours=4, pause_on={"customer"}))

    def test_case_12_born_paused(self) -> None:
        """Nothing counts until it goes on."""
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", CUSTOMER))
        reading = read(self.PROMISE, facts, f"{MON}T16:00")
        assert (reading.phase, reading.elapsed, reading.due_at) == (ClockPhase.PAUSED, timedelta(0), None)
        on = (*facts, *incident(f"{MON}T08:00", (f"{MON}T16:00", Resumed()))[1:])
        again = incident(f"{MON}T08:00", *[(f.occurred_at, f.body) for f in on[1:]])
        assert read(self.PROMISE, again, f"{MON}T16:30").due_at == local(f"{TUE}T11:00")

    def test_case_12_reopened_after_a_breach_stays_breached_and_closing_changes_nothing(self) -> None:
        """The late stop is judged again at the final one; resolved and then closed is judged by the resolution."""
        life = ((f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", STARTED), (f"{MON}T14:00", RESOLVED))
        late = incident(f"{MON}T08:00", *life, (f"{MON}T15:00", Reopened(ground="again")))
        assert read(self.PROMISE, late, f"{MON}T15:30").verdict is Verdict.BREACHED
        closed = incident(f"{MON}T08:00", *life, (f"{TUE}T09:00", CLOSED))
        reading = read(self.PROMISE, closed, f"{TUE}T12:00")
        assert (reading.stopped_at, reading.elapsed) == (local(f"{MON}T14:00"), 5 * HOUR)


class TestCase14TwiceWithinAMinute:
    def test_case_14_up_and_down_within_a_minute_leaves_due_and_verdict(self) -> None:
        """The faster target was over by then; what counts is the one that applies when the clock is read."""
        fast = target(name="fast", hours=1, scope=for_priority("P1"))
        promise = agreement(target(hours=4), fast)
        changes = [(f"{MON}T10:00", PriorityChanged(priority="P1")), (f"{MON}T10:01", PriorityChanged(priority="P3"))]
        plain, changed = incident(f"{MON}T08:00", priority="P3"), incident(f"{MON}T08:00", *changes, priority="P3")
        assert read(promise, changed, f"{MON}T11:00") == read(promise, plain, f"{MON}T11:00")
        between = local(f"{MON}T10:00") + timedelta(seconds=30)
        assert read(promise, changed, between).verdict is Verdict.BREACHED


def test_case_15_an_agreement_edited_midway_leaves_work_under_the_terms_it_came_in_under() -> None:
    """The revision pinned at receipt decides, and the explanation names it."""
    first = terms(target(hours=4))
    second = evolve(terms(target(hours=1)), number=2, effective_at=local(f"{MON}T09:00"))
    facts: tuple[Fact[object], ...] = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED))
    reading = read(ServiceAgreement.of(first, second), facts, f"{MON}T10:00")
    assert reading.due_at == local(f"{MON}T12:00")
    assert "acme-1 revision 1" in reading.explanation.terms


class TestCase17RetroactiveStart:
    """Recorded at noon, it came in at eight, and waited for the customer from nine to ten."""

    FACTS = incident(
        f"{MON}T12:00",
        (f"{MON}T12:10", Corrected(correction=HappenedAt(1, local(f"{MON}T08:00")), ground="came in by phone")),
        (f"{MON}T12:20", Corrected(
            correction=WasOnHold("customer", local(f"{MON}T09:00"), local(f"{MON}T10:00")), ground="asked back",
        )),
    )  # fmt: skip

    def test_case_17_pauses_before_the_item_was_on_record_count(self) -> None:
        """Four office hours from eight, one of them paused: two in the afternoon."""
        reading = read(agreement(target(hours=4, pause_on={"customer"})), self.FACTS, f"{MON}T13:30")
        assert (reading.started_at, reading.due_at) == (local(f"{MON}T08:00"), local(f"{MON}T14:00"))

    def test_case_17_a_goal_used_up_before_is_breached_at_once_and_due_then(self) -> None:
        """Three hours were over before anybody knew; as known before the corrections, they were not."""
        promise = agreement(target(hours=3))
        reading = read(promise, self.FACTS, f"{MON}T12:30")
        assert (reading.verdict, reading.due_at) == (Verdict.BREACHED, local(f"{MON}T11:00"))
        before = known_at(self.FACTS, local(f"{MON}T12:05"))
        assert read(promise, before, f"{MON}T12:05").verdict is Verdict.OPEN


class TestCase19LevelsBeforeDue:
    """Two hours before due, counted in the office hours of the target."""

    PROMISE = agreement(target(hours=4, pause_on={"customer"}))
    PAGE = frozen(policy(level("person:a"), when=BeforeDue(target="resolution", by=2 * HOUR)))

    def _due(self, facts: tuple[Fact[Any], ...]) -> list[tuple[Instant, str]]:
        stream = facts[0].stream
        state = EscalationState.of(stream, facts, policy="page", clocks=clock_views(self.PROMISE, facts))
        found = timeline(state, self.PAGE, local("2024-03-22T00:00"))
        assert len({firing.key for firing in found}) == len(found), "each fires once"
        return [(firing.due_at, str(firing.target)) for firing in found]

    @pytest.mark.parametrize(
        ("received", "warned"),
        [
            (f"{MON}T08:00", f"{MON}T10:00"),
            (f"{MON}T11:00", f"{MON}T14:00"),
            (f"{MON}T15:00", f"{TUE}T08:00"),  # of a closing and the opening after it, the opening
            (f"{MON}T15:30", f"{TUE}T08:30"),
            (f"{FRI}T16:00", "2024-03-18T09:00"),
        ],
    )
    def test_case_19_over_a_lunch_a_night_and_a_weekend_it_counts_open_time(self, received: str, warned: str) -> None:
        """Never at midnight, and never on a closed day."""
        assert self._due(incident(received)) == [(local(warned), "person:a")]

    def test_case_19_a_level_that_would_come_before_the_receipt_comes_with_it(self) -> None:
        """Of a goal of four hours, six hours before due have never been."""
        early = frozen(policy(level("person:a"), when=BeforeDue(target="resolution", by=6 * HOUR)))
        facts = incident(f"{MON}T08:00")
        state = EscalationState.of(facts[0].stream, facts, policy="page", clocks=clock_views(self.PROMISE, facts))
        assert [firing.due_at for firing in timeline(state, early, local(f"{TUE}T00:00"))] == [local(f"{MON}T08:00")]

    def test_case_19_a_pause_moves_it_with_the_due_instant(self) -> None:
        """On hold from nine to three: an hour was used, and the level comes an hour after the work goes on."""
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T09:00", CUSTOMER), (f"{MON}T15:00", Resumed())
        )
        assert self._due(facts) == [(local(f"{MON}T16:00"), "person:a")]


class TestCase20OperationalLevel:
    PARTS = (
        target(hours=4),
        target(
            "team_time:network",
            hours=6,
            backing=Backing(party=PartyKind.TEAM, name="network", supports={"resolution"}),
        ),
    )

    def test_case_20_each_clock_starts_where_its_own_promise_starts(self) -> None:
        """The customer's at the receipt, the team's when it was given the work; what is late is late for each alone."""
        facts = incident(f"{MON}T08:00", (f"{MON}T11:00", Assigned(team="network")))
        whole, team = read_clocks(agreement(*self.PARTS), facts, local(f"{MON}T15:00"))
        assert (whole.started_at, whole.due_at) == (local(f"{MON}T08:00"), local(f"{MON}T12:00"))
        assert (team.started_at, team.due_at) == (local(f"{MON}T11:00"), local(f"{TUE}T09:00"))
        assert (whole.verdict, team.verdict) == (Verdict.BREACHED, Verdict.OPEN)

    def test_case_20_a_team_that_may_take_longer_than_what_was_promised_is_found_beforehand(self) -> None:
        """When the terms are written, with work for which it is late; a chain that adds up is none."""
        problems = [p.message for p in lint(agreement(*self.PARTS)) if p.code == Code.CHAIN_TOO_LONG.value]
        assert len(problems) == 1
        assert "promises PT4H" in problems[0]
        short = (self.PARTS[0], evolve(self.PARTS[1], goal=Within(3 * HOUR)))
        assert not [p for p in lint(agreement(*short)) if p.code == Code.CHAIN_TOO_LONG.value]


class TestCase21OtherPlaces:
    def test_case_21_where_nothing_is_promised_the_clock_is_cancelled(self) -> None:
        """Moved out of what a target speaks of: no verdict and no due; moved back it goes on as if it had stayed."""
        promise = agreement(target(hours=4, scope=for_priority("P1")))
        out, back = (f"{MON}T09:00", PriorityChanged(priority="P3")), (f"{MON}T10:00", PriorityChanged(priority="P1"))
        gone = read(promise, incident(f"{MON}T08:00", out, priority="P1"), f"{MON}T11:00")
        assert (gone.phase, gone.verdict, gone.due_at) == (ClockPhase.CANCELLED, Verdict.NONE, None)
        returned = incident(f"{MON}T08:00", out, back, priority="P1")
        assert read(promise, returned, f"{MON}T11:00").due_at == local(f"{MON}T12:00")

    def test_case_21_a_duplicate_that_is_cancelled_owes_nothing_and_the_other_all(self) -> None:
        """Each item has the clocks of its own facts; nothing of the one is taken over by the other."""
        promise = agreement(target(hours=4))
        first = incident(f"{MON}T08:00")
        second = incident(f"{MON}T09:00", (f"{MON}T09:30", Cancelled(ground="duplicate of I1")))
        assert read(promise, first, f"{MON}T10:00").due_at == local(f"{MON}T12:00")
        gone = read(promise, second, f"{MON}T16:00")
        assert (gone.phase, gone.verdict) == (ClockPhase.CANCELLED, Verdict.NONE)


def test_case_22_an_excused_breach_stays_a_breach_and_names_who_and_why() -> None:
    """It is taken out of what counts, not out of what happened."""
    excused = (f"{MON}T15:00", BreachExempted(target="resolution", ground="power cut"), Actor.customer("acme"))
    facts = incident(
        f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", STARTED), (f"{MON}T14:00", RESOLVED), excused
    )
    reading = read(agreement(target(hours=4)), facts, f"{MON}T16:00")
    assert (reading.verdict, reading.exempted_by) == (Verdict.BREACHED, "customer:acme: power cut")
    assert (reading.due_at, reading.overdue) == (local(f"{MON}T12:00"), HOUR)


def test_case_23_time_is_exact_and_shares_do_not_round() -> None:
    """A microsecond short of the goal is less than 100 percent."""
    promise = agreement(target(hours=4))
    due = local(f"{MON}T12:00")
    before = read(promise, incident(f"{MON}T08:00"), due - MICROSECOND)
    assert before.percent is not None
    assert before.percent < 100
    assert read(promise, incident(f"{MON}T08:00"), due).percent == Fraction(100)
    assert read(promise, incident(f"{MON}T08:00"), local(f"{MON}T08:00") + 3 * timedelta(seconds=1)).elapsed == (
        timedelta(seconds=3)
    )


class TestCase24TenYears:
    def test_case_24_a_year_is_compiled_once_for_all_items(self) -> None:
        """Ten years of history and hundreds of closed dates: a hundred items ask for each year once."""
        compiled: list[int] = []

        class Counted(ServiceHours):
            def compile_year(self, year: int) -> Any:
                compiled.append(year)
                return super().compile_year(year)

        closed = [
            f"{year}-{month:02d}-{day:02d}" for year in range(2014, 2025) for month in range(1, 13) for day in (1, 15)
        ]
        hours = Counted("Europe/Berlin", {"mon-fri": "08:00-17:00"}, closed=closed)
        promise = agreement(target(hours=20_000), hours=hours)
        for day in range(1, 101):
            received = datetime(2014, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
            assert read(promise, incident(to_instant(received)), "2024-03-11T12:00").elapsed > 15_000 * HOUR
        assert len(compiled) == len(set(compiled)) <= 14

    def test_case_24_the_next_to_fall_due_is_found_without_a_look_at_all(self) -> None:
        """Of a hundred thousand open clocks, also after one has moved."""
        start = local(f"{MON}T08:00")
        watchlist = Watchlist((number, start + number * MICROSECOND) for number in range(100_000))
        looked: list[int] = []
        watchlist.put(99_999, start - MICROSECOND)
        looked += [watched.key for watched in watchlist.next(3)]
        assert looked == [99_999, 0, 1]
        assert watchlist.count_before(start + 50_000 * MICROSECOND) == 50_001


def test_case_25_now_before_the_last_event_reads_what_was_known_of_that_instant() -> None:
    """What happens later is left aside, and now before the receipt there is no clock."""
    promise = agreement(target("first_response"))
    answer = (f"{MON}T10:00", MessagePosted(audience=Audience.REQUESTER), BOB)
    facts = incident(f"{MON}T08:00", answer)
    assert read(promise, facts, f"{MON}T09:00", "first_response").phase is ClockPhase.RUNNING
    assert read_clocks(promise, facts, local(f"{MON}T07:00")) == ()
