"""The hard cases of service level clocks, each with the decision it is held to; those of the hours stand with them."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from attrs import evolve

from svcdelivery.agreement import Boundary, ServiceAgreement, TimeKind, Within
from svcdelivery.clock import ClockPhase, Verdict, read_clocks
from svcdelivery.facts import Fact
from svcdelivery.service_hours import ServiceHours
from svcdelivery.work import Assigned, Audience, Closed, MessagePosted, PutOnHold, Reopened, Resolved, Resumed, Started
from tests.clock.worlds import BOB, HOUR, agreement, incident, local, read, target, terms

MON, TUE, FRI, SAT = "2024-03-11", "2024-03-12", "2024-03-15", "2024-03-16"
CUSTOMER, SUPPLIER = PutOnHold(reason="customer"), PutOnHold(reason="supplier")
ASSIGNED, STARTED, RESOLVED, CLOSED = Assigned(team="desk"), Started(), Resolved(), Closed()
MICROSECOND = timedelta(microseconds=1)


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


def test_case_04_a_pause_over_the_hour_that_comes_twice() -> None:
    """From the first half past two to the second is an hour, and the goal round the clock moves by it."""
    promise = agreement(target(goal=Within(4 * HOUR, TimeKind.WALL), pause_on={"customer"}))
    first = local("2024-10-27T02:30")
    facts = incident("2024-10-27T02:00", ("2024-10-27T02:00", ASSIGNED), (first, CUSTOMER), (first + HOUR, Resumed()))
    assert read(promise, facts, "2024-10-27T09:00").due_at == local("2024-10-27T02:00") + 5 * HOUR


def test_case_06_the_second_half_of_a_night_shift_falls_on_a_holiday() -> None:
    """A closed date is cut out from its first instant, or with whole shifts the shifts that open on it."""
    for whole, due in ((False, "2024-05-02T01:00"), (True, "2024-05-01T01:00")):
        hours = ServiceHours.weekly(
            "Europe/Berlin", {"mon-sun": ["22:00-06:00"]}, closed=["2024-05-01"], whole_shifts=whole
        )
        promise = agreement(target(hours=3), hours=hours)
        assert read(promise, incident("2024-04-30T22:00"), "2024-04-30T23:00").due_at == local(due)


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


def test_case_15_an_agreement_edited_midway_leaves_work_under_the_terms_it_came_in_under() -> None:
    """The revision pinned at receipt decides, and the explanation names it."""
    first = terms(target(hours=4))
    second = evolve(terms(target(hours=1)), number=2, effective_at=local(f"{MON}T09:00"))
    facts: tuple[Fact[object], ...] = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED))
    reading = read(ServiceAgreement.of(first, second), facts, f"{MON}T10:00")
    assert reading.due_at == local(f"{MON}T12:00")
    assert "acme-1 revision 1" in reading.explanation.terms


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


def test_case_25_now_before_the_last_event_reads_what_was_known_of_that_instant() -> None:
    """What happens later is left aside, and now before the receipt there is no clock."""
    promise = agreement(target("first_response"))
    answer = (f"{MON}T10:00", MessagePosted(audience=Audience.REQUESTER), BOB)
    facts = incident(f"{MON}T08:00", answer)
    assert read(promise, facts, f"{MON}T09:00", "first_response").phase is ClockPhase.RUNNING
    assert read_clocks(promise, facts, local(f"{MON}T07:00")) == ()
