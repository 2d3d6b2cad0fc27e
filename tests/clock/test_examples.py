"""Clocks by example: what public trackers got wrong, and what the laws leave to be said in numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import evolve

from svcdelivery.agreement import Boundary, ServiceAgreement, TimeKind, Within
from svcdelivery.clock import ClockPhase, SpanKind, Verdict, read_clocks
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import (
    Accepted,
    Assigned,
    Audience,
    Cancelled,
    Closed,
    Fulfilled,
    IncidentRecorded,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Rejected,
    Reopened,
    Resolved,
    Resumed,
    Started,
)
from tests.clock.worlds import ANN, BOB, HOUR, OFFICE, agreement, for_priority, incident, local, read, request, target
from tests.effort import calls_at_most

CUSTOMER = PutOnHold(reason="customer")
MON = "2024-03-11"  # a Monday; the clocks of Berlin move on Sunday the 31st


class TestPublicDefects:
    def test_frappe_helpdesk_2449_a_hold_moves_due_by_service_time_not_by_wall_time(self) -> None:
        """Sixteen wall hours on hold over night are one service hour, and due moves by that one hour."""
        promise = agreement(target(hours=4, pause_on={"customer"}))
        before = incident(f"{MON}T14:00", (f"{MON}T14:00", Assigned(team="desk")))
        facts = incident(
            f"{MON}T14:00",
            (f"{MON}T14:00", Assigned(team="desk")),
            (f"{MON}T16:30", CUSTOMER),
            ("2024-03-12T08:30", Resumed()),
        )
        assert read(promise, before, "2024-03-12T09:00").due_at == local("2024-03-12T09:00")
        assert read(promise, facts, "2024-03-12T09:00").due_at == local("2024-03-12T10:00")

    def test_frappe_erpnext_47884_a_hold_over_the_weekend_costs_no_goal(self) -> None:
        """From Friday's closing to Monday's opening a hold changes nothing."""
        promise = agreement(target(hours=10, pause_on={"customer"}))
        facts = incident(
            "2024-03-15T16:00",
            ("2024-03-15T16:10", Assigned(team="desk")),
            ("2024-03-15T17:00", CUSTOMER),
            ("2024-03-18T08:00", Resumed()),
        )
        assert read(promise, facts, "2024-03-18T12:00").due_at == local("2024-03-19T09:00")

    def test_frappe_helpdesk_1554_a_clock_shown_as_paused_stands_still(self) -> None:
        """Over a day on hold its elapsed time does not move, and nothing is due."""
        promise = agreement(target(hours=4, pause_on={"customer"}))
        facts = incident(f"{MON}T08:00", (f"{MON}T08:30", Assigned(team="desk")), (f"{MON}T09:00", CUSTOMER))
        shown = [read(promise, facts, at) for at in (f"{MON}T09:00", f"{MON}T16:59", "2024-03-12T11:11")]
        assert {(r.elapsed, r.phase, r.due_at, r.verdict) for r in shown} == {
            (HOUR, ClockPhase.PAUSED, None, Verdict.OPEN)
        }

    def test_glpi_15605_changing_the_priority_keeps_the_pauses_that_were_earned(self) -> None:
        """The new goal runs from the original start, two hours of hold left out."""
        promise = agreement(
            target(hours=8, pause_on={"customer"}),
            target(name="urgent", hours=4, pause_on={"customer"}, scope=for_priority("P1")),
        )
        facts = incident(
            f"{MON}T08:00",
            (f"{MON}T08:00", Assigned(team="desk")),
            (f"{MON}T09:00", CUSTOMER),
            (f"{MON}T11:00", Resumed()),
            (f"{MON}T14:00", PriorityChanged(priority="P1")),
            priority="P3",
        )
        reading = read(promise, facts, f"{MON}T14:00")
        assert reading.target == "urgent"
        assert reading.elapsed == 3 * HOUR
        assert reading.due_at == local(f"{MON}T15:00")

    def test_osticket_1168_2131_only_business_hours_count(self) -> None:
        """Received on Friday evening, four hours are used up on Monday at noon."""
        promise = agreement(target(hours=4))
        facts = incident("2024-03-15T18:00")
        assert read(promise, facts, "2024-03-18T12:00").due_at == local("2024-03-18T12:00")
        assert read(promise, facts, "2024-03-18T08:00").elapsed == timedelta(0)

    def test_osticket_4166_the_lunch_break_counts_for_nobody(self) -> None:
        """Two hours from half past eleven end at half past two."""
        facts = incident(f"{MON}T11:30")
        reading = read(agreement(target(hours=2)), facts, f"{MON}T16:00")
        assert reading.due_at == local(f"{MON}T14:30")
        kinds = [(span.kind, span.duration) for span in reading.explanation.spans]
        assert (SpanKind.CLOSED, HOUR) in kinds

    def test_frappe_helpdesk_2212_a_holiday_is_no_working_time(self) -> None:
        """On a closed date nothing elapses."""
        hours = evolve(OFFICE, closed=("2024-03-12",))
        reading = read(agreement(target(hours=8), hours=hours), incident(f"{MON}T16:00"), "2024-03-14T08:00")
        assert reading.due_at == local("2024-03-13T16:00")
        assert reading.elapsed == 9 * HOUR

    def test_django_crm_590_a_reopened_item_runs_on_with_what_it_had_used(self) -> None:
        """The time it was done is a pause, and the verdict is open again."""
        promise = agreement(target(hours=4))
        facts = incident(
            f"{MON}T08:00",
            (f"{MON}T08:00", Assigned(team="desk")),
            (f"{MON}T08:00", Started()),
            (f"{MON}T10:00", Resolved()),
            ("2024-03-12T10:00", Reopened(ground="again"), ANN),
        )
        assert read(promise, facts[:-1], "2024-03-12T09:00").verdict is Verdict.MET
        reading = read(promise, facts, "2024-03-12T11:00")
        assert (reading.verdict, reading.phase) == (Verdict.OPEN, ClockPhase.RUNNING)
        assert reading.elapsed == 3 * HOUR
        assert reading.due_at == local("2024-03-12T12:00")


class TestBoundaries:
    def test_a_goal_used_up_at_closing_is_due_at_the_closing(self) -> None:
        """Half a day from eight is due at noon, not after lunch."""
        assert read(agreement(target(hours=4)), incident(f"{MON}T08:00"), f"{MON}T08:00").due_at == local(
            f"{MON}T12:00"
        )

    def test_or_at_the_next_opening_where_the_agreement_says_so(self) -> None:
        """Half a day from eight is due at one o'clock."""
        promise = agreement(target(hours=4, boundary=Boundary.NEXT_OPEN))
        assert read(promise, incident(f"{MON}T08:00"), f"{MON}T08:00").due_at == local(f"{MON}T13:00")

    def test_a_zero_goal_is_due_at_once_or_at_the_next_opening(self) -> None:
        """No time at all is over as soon as the service is open."""
        promise = agreement(target(hours=0))
        assert read(promise, incident(f"{MON}T09:00"), f"{MON}T09:00").due_at == local(f"{MON}T09:00")
        assert read(promise, incident(f"{MON}T07:00"), f"{MON}T07:00").due_at == local(f"{MON}T08:00")
        assert read(promise, incident(f"{MON}T09:00"), f"{MON}T09:00").percent is None

    def test_met_at_the_due_instant_breached_a_microsecond_later(self) -> None:
        """The last instant of the goal still belongs to it."""

        def resolved(late: int) -> Verdict:
            at = from_micros(to_micros(local(f"{MON}T12:00")) + late)
            facts = incident(f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T08:00", Started()),
                             (at, Resolved()))  # fmt: skip
            return read(agreement(target(hours=4)), facts, f"{MON}T16:00").verdict

        assert resolved(0) is Verdict.MET
        assert resolved(1) is Verdict.BREACHED

    def test_held_at_the_very_instant_the_goal_is_used_up_it_is_due_then(self) -> None:
        """Asked at that instant or later, the answer is the same: nothing of the goal was left to wait."""
        promise = agreement(target(hours=2, pause_on={"customer"}))
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T10:00", CUSTOMER))
        at_once, later = (read(promise, facts, at) for at in (f"{MON}T10:00", f"{MON}T10:01"))
        assert later.due_at == local(f"{MON}T10:00")
        assert at_once.due_at == later.due_at
        assert (at_once.verdict, later.verdict) == (Verdict.OPEN, Verdict.BREACHED)

    def test_used_up_before_the_hold_the_clock_stays_breached_while_it_stands_still(self) -> None:
        """A hold does not undo what was late already."""
        promise = agreement(target(hours=2, pause_on={"customer"}))
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T11:00", CUSTOMER))
        reading = read(promise, facts, f"{MON}T15:00")
        assert (reading.phase, reading.verdict) == (ClockPhase.PAUSED, Verdict.BREACHED)
        assert (reading.due_at, reading.overdue) == (local(f"{MON}T10:00"), HOUR)

    def test_wall_time_runs_through_the_night_and_the_lost_hour(self) -> None:
        """Twenty-four hours over the spring change end at a later time of day."""
        promise = agreement(target(goal=Within(timedelta(hours=24), TimeKind.WALL)))
        reading = read(promise, incident("2024-03-30T12:00"), "2024-03-30T12:00")
        assert reading.due_at == local("2024-03-31T13:00")

    def test_a_night_shift_lasts_as_long_as_it_really_lasts(self) -> None:
        """In the night the clocks go back a shift from ten to six has nine hours."""
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-sun": ["22:00-06:00"]})
        promise = agreement(target(hours=9), hours=hours)
        assert read(promise, incident("2024-10-26T20:00"), "2024-10-26T20:00").due_at == local("2024-10-27T06:00")


class TestStops:
    def test_done_without_a_response_the_response_clock_is_judged_then(self) -> None:
        """Nobody can be answered any more; with the goal not used up it is met."""
        promise = agreement(target("first_response", hours=4))
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T08:00", Started()),
                         (f"{MON}T10:00", Resolved()))  # fmt: skip
        reading = read(promise, facts, "2024-03-13T08:00", "first_response")
        assert (reading.phase, reading.verdict, reading.stopped_at) == (
            ClockPhase.STOPPED, Verdict.MET, local(f"{MON}T10:00"),
        )  # fmt: skip

    def test_and_after_a_reopening_it_runs_on(self) -> None:
        """The response is owed again, with the time used before."""
        promise = agreement(target("first_response", hours=4))
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T08:00", Started()),
                         (f"{MON}T10:00", Resolved()), (f"{MON}T14:00", Reopened(ground="again"), ANN))  # fmt: skip
        reading = read(promise, facts, f"{MON}T15:00", "first_response")
        assert (reading.phase, reading.elapsed) == (ClockPhase.RUNNING, 3 * HOUR)

    def test_a_response_that_was_given_stays_given_after_a_reopening(self) -> None:
        """What a clock waited for came; it does not start again."""
        promise = agreement(target("first_response", hours=4))
        said = MessagePosted(audience=Audience.REQUESTER, text="looking into it")
        facts = incident(f"{MON}T08:00", (f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T08:00", Started()),
                         (f"{MON}T09:00", said), (f"{MON}T10:00", Resolved()),
                         (f"{MON}T14:00", Reopened(ground="again"), ANN))  # fmt: skip
        assert read(promise, facts, f"{MON}T15:00", "first_response").stopped_at == local(f"{MON}T09:00")

    def test_internal_notes_and_the_requester_answer_nobody(self) -> None:
        """Only a message of staff to the requester is a response."""
        promise = agreement(target("first_response", hours=4))
        note = MessagePosted(audience=Audience.INTERNAL, text="hm")
        asked = MessagePosted(audience=Audience.REQUESTER, text="any news?")
        facts = incident(f"{MON}T08:00", (f"{MON}T09:00", note), (f"{MON}T09:30", asked, ANN))
        assert read(promise, facts, f"{MON}T10:00", "first_response").phase is ClockPhase.RUNNING

    def test_cancelled_and_rejected_work_has_no_verdict(self) -> None:
        """Whatever was used up: there is nothing to judge, and nothing due."""
        promise = agreement(target("fulfillment", hours=1))
        for ending in (Cancelled(ground="no"), Rejected(ground="no")):
            reading = read(
                promise, request(f"{MON}T08:00", (f"{MON}T16:00", ending)), "2024-03-12T08:00", "fulfillment"
            )
            assert (reading.phase, reading.verdict, reading.due_at) == (ClockPhase.CANCELLED, Verdict.NONE, None)

    def test_closure_waits_for_the_closing_alone(self) -> None:
        """Fulfilled is not closed."""
        promise = agreement(target("closure", hours=8))
        facts = request(f"{MON}T08:00", (f"{MON}T08:00", Accepted()), (f"{MON}T08:00", Started()),
                        (f"{MON}T09:00", Fulfilled()), (f"{MON}T16:00", Closed()))  # fmt: skip
        assert read(promise, facts[:-1], f"{MON}T10:00", "closure").phase is ClockPhase.RUNNING
        assert read(promise, facts, "2024-03-12T10:00", "closure").elapsed == 7 * HOUR

    def test_a_change_of_scope_that_leaves_no_target_cancels_the_clock(self) -> None:
        """No promise, no verdict; with the priority back the promise is back."""
        promise = agreement(target(hours=4, scope=for_priority("P1")))
        facts = incident(f"{MON}T08:00", (f"{MON}T09:00", PriorityChanged(priority="P3")),
                         (f"{MON}T10:00", PriorityChanged(priority="P1")), priority="P1")  # fmt: skip
        assert read(promise, facts, f"{MON}T09:30").phase is ClockPhase.CANCELLED
        assert read(promise, facts, f"{MON}T10:00").due_at == local(f"{MON}T12:00")


class TestExplanations:
    def test_a_hold_stays_the_doing_of_who_put_it_on_hold(self) -> None:
        """A message or a reassignment during the hold does not make its author the cause of the rest of it."""
        promise = agreement(target(hours=4, pause_on={"customer"}))
        facts = incident(
            f"{MON}T08:00",
            (f"{MON}T08:00", Assigned(team="desk")),
            (f"{MON}T09:00", CUSTOMER),
            (f"{MON}T09:30", MessagePosted(audience=Audience.REQUESTER, text="well?"), ANN),
            (f"{MON}T10:00", Assigned(team="field"), Actor.staff("carl")),
            (f"{MON}T10:30", Resumed()),
        )
        paused = [s for s in read(promise, facts, f"{MON}T11:00").explanation.spans if s.kind is SpanKind.PAUSED]
        assert [(s.start, s.end, s.actor) for s in paused] == [
            (local(f"{MON}T09:00"), local(f"{MON}T10:30"), "staff:bob")
        ]

    def test_it_names_revision_clause_hours_and_zone_data(self) -> None:
        """Enough to look the promise up, and to count again."""
        text = str(read(agreement(target(hours=4, clause="4.2")), incident(f"{MON}T08:00"), f"{MON}T09:00").explanation)
        for word in (
            "acme-1 revision 1",
            "clause 4.2",
            "office",
            "zone data 20",
            "resolution OPEN: 1:00:00 of 4:00:00",
        ):
            assert word in text

    def test_it_shows_the_times_a_local_clock_showed_in_the_night_the_clocks_moved(self) -> None:
        """Half an hour after the gap it is half past three, not half past four."""
        promise = agreement(target(goal=Within(HOUR, TimeKind.WALL)))
        at = local("2024-03-31T03:30")
        text = str(read(promise, incident("2024-03-31T01:30"), at).explanation)
        assert "Sun 2024-03-31 01:30:00  to 03:30:00" in text
        autumn = str(read(promise, incident("2024-10-27T01:30"), local("2024-10-27T03:30")).explanation)
        assert "3:00:00" in autumn


class TestUncoveredYears:
    def test_a_date_the_holiday_list_does_not_cover_gives_a_reading_with_a_finding(self) -> None:
        """No due time is made up, no verdict, and the reason is told."""
        hours = evolve(OFFICE, closed=("2024-12-25",), covered_years=(2024, 2024))
        reading = read(agreement(target(hours=400), hours=hours), incident("2024-12-30T08:00"), "2024-12-30T09:00")
        assert reading.due_at is None
        assert reading.verdict is Verdict.OPEN
        assert "2024" in reading.findings[0]
        beyond = read(agreement(target(hours=4), hours=hours), incident("2025-01-07T08:00"), "2025-01-07T09:00")
        assert (beyond.elapsed, beyond.due_at) == (None, None)
        assert [span.kind for span in beyond.explanation.spans] == [SpanKind.UNKNOWN]


def test_ten_thousand_holds_within_one_second_add_up_exactly() -> None:
    """B057: the sum is exact to the microsecond, and found with a few calls for each hold."""
    start = to_micros(local(f"{MON}T09:00"))
    received = IncidentRecorded(customer="acme", service="email", requester="ann", agreement="acme-1", revision=1)

    def entry(micros: int, body: Any) -> NewFact[Any]:
        at: Instant = from_micros(start + micros)
        return NewFact(body=body, actor=BOB, occurred_at=at)

    entries = [entry(0, received), entry(0, Assigned(team="desk"))]
    for pair in range(10_000):
        entries += [entry(100 * pair + 30, CUSTOMER), entry(100 * pair + 90, Resumed())]
    facts = history("incident:I1", entries)
    promise: ServiceAgreement = agreement(target(hours=4, pause_on={"customer"}))
    with calls_at_most(200_000):
        (reading,) = read_clocks(promise, facts, from_micros(start + 1_000_000))
    assert reading.elapsed == timedelta(microseconds=400_000)
    assert reading.explanation.counted == reading.elapsed
