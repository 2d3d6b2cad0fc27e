"""Status communication: owed from the receipt until the work is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import evolve
from hypothesis import given

from svcdelivery.agreement import Scope, UpdateDuty
from svcdelivery.communication import (
    StatusTold,
    StatusUpdateDue,
    StatusUpdateMissed,
    StatusUpdatesEnded,
    Subscription,
    latest_obligation,
    next_update_due,
    obligations,
    subscribers_of,
)
from svcdelivery.facts import NewFact, history
from svcdelivery.lifecycle import Phase
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import from_micros
from svcdelivery.work import Accepted, Audience, Closed, Fulfilled, MessagePosted, Rejected, Started, fold_work
from tests.clock.worlds import ANN, BOB, OFFICE, local, request, terms

MON = "2024-03-11"
TERMS = evolve(terms(), updates=(
    UpdateDuty(every=timedelta(hours=4), hours="office"),
    UpdateDuty(every=timedelta(hours=1), scope=Scope(priorities={"P1"})),
))  # fmt: skip
TOLD = MessagePosted(audience=Audience.REQUESTER, text="soon")
NOTE = MessagePosted(audience=Audience.INTERNAL, text="hm")


def test_it_runs_from_the_receipt_in_open_time() -> None:
    """Over the night nothing is due."""
    assert next_update_due(TERMS, request(f"{MON}T16:00")) == local("2024-03-12T11:00")


def test_the_most_specific_duty_decides() -> None:
    """Pressing work is told about by the clock on the wall."""
    assert next_update_due(TERMS, request(f"{MON}T16:30", priority="P1")) == local(f"{MON}T17:30")


def test_only_a_message_of_staff_to_the_requester_begins_it_anew() -> None:
    """Notes and the requester's own words count for nothing."""
    told = request(f"{MON}T08:00", (f"{MON}T09:00", TOLD))
    assert next_update_due(TERMS, told) == local(f"{MON}T14:00")
    silent = request(f"{MON}T08:00", (f"{MON}T09:00", NOTE), (f"{MON}T09:30", TOLD, ANN))
    assert next_update_due(TERMS, silent) == local(f"{MON}T12:00")


def test_it_is_owed_between_fulfilled_and_closed_and_not_after() -> None:
    """Nor for work that was rejected, nor where none is agreed."""
    at = f"{MON}T08:00"
    done = request(at, (at, Accepted()), (at, Started()), (f"{MON}T09:00", Fulfilled()))
    assert next_update_due(TERMS, done) == local(f"{MON}T12:00")
    closed = history(done[0].stream, [
        *(NewFact(body=f.body, actor=f.actor, occurred_at=f.occurred_at) for f in done),
        NewFact(body=Closed(), actor=BOB, occurred_at=local(f"{MON}T10:00")),
    ])  # fmt: skip
    assert next_update_due(TERMS, closed) is None
    assert next_update_due(TERMS, request(f"{MON}T08:00", (f"{MON}T09:00", Rejected(ground="no")))) is None
    assert next_update_due(terms(), done) is None
    assert next_update_due(TERMS, ()) is None


def test_beyond_the_years_the_hours_cover_it_is_owed_by_the_clock() -> None:
    """Rather early than never."""
    ending = evolve(TERMS, hours=(evolve(TERMS.hours[0], hours=evolve(OFFICE, covered_years=(2024, 2024))),))
    assert next_update_due(ending, request("2025-01-07T08:00")) == local("2025-01-07T12:00")


@given(stories())
def test_one_is_owed_exactly_while_the_work_is_not_over(story: Story) -> None:
    """Whatever happened to it, and never for an instant before its cause."""
    work = fold_work(story.facts)
    assert work is not None
    due = next_update_due(TERMS, story.facts)
    assert (due is None) == (work.phase in (Phase.CLOSED, Phase.CANCELLED))
    if due is not None:
        assert due > story.facts[0].occurred_at


def test_the_obligation_that_stands_is_the_last_one_stated() -> None:
    """Missed or ended, none stands."""
    due = StatusUpdateDue(from_micros(5))

    def stands(*bodies: Any) -> StatusUpdateDue | None:
        entries = [NewFact(body=body, actor=BOB, occurred_at=from_micros(0)) for body in bodies]
        return latest_obligation(history("request:1", entries))

    assert stands() is None
    assert stands(due, NOTE) == due
    assert stands(due, StatusUpdateMissed(from_micros(5))) is None
    assert stands(due, StatusUpdatesEnded()) is None
    assert stands(StatusUpdateMissed(from_micros(5)), due) == due


AUDIENCES = evolve(terms(), updates=(
    UpdateDuty(every=timedelta(hours=4), hours="office"),
    UpdateDuty(
        every=timedelta(hours=1), first=timedelta(minutes=15), audience="customer", scope=Scope(priorities={"P1"})
    ),
    UpdateDuty(every=timedelta(hours=2), audience="management"),
))  # fmt: skip


def told_to(audience: str, **rest: Any) -> StatusTold:
    return StatusTold(audience=audience, text="soon", **rest)


class TestAudiences:
    def test_each_audience_has_its_own_times(self) -> None:
        major = request(f"{MON}T08:00", priority="P1")
        assert [(each.audience, each.due_at) for each in obligations(AUDIENCES, major)] == [
            ("customer", local(f"{MON}T08:15")),
            ("management", local(f"{MON}T10:00")),
            ("requester", local(f"{MON}T12:00")),
        ]
        assert [each.audience for each in obligations(AUDIENCES, request(f"{MON}T08:00"))] == [
            "management",
            "requester",
        ]

    def test_what_one_audience_is_told_counts_for_no_other(self) -> None:
        facts = request(f"{MON}T08:00", (f"{MON}T08:10", told_to("customer")), (f"{MON}T08:20", TOLD), priority="P1")
        assert next_update_due(AUDIENCES, facts, audience="customer") == local(f"{MON}T09:10")
        assert next_update_due(AUDIENCES, facts, audience="management") == local(f"{MON}T10:00")
        assert next_update_due(AUDIENCES, facts) == local(f"{MON}T13:20")

    def test_an_earlier_time_promised_counts_and_a_later_one_does_not(self) -> None:
        for promised, due in (("08:40", "08:40"), ("12:00", "09:10")):
            told = told_to("customer", next_by=local(f"{MON}T{promised}"))
            facts = request(f"{MON}T08:00", (f"{MON}T08:10", told), priority="P1")
            assert next_update_due(AUDIENCES, facts, audience="customer") == local(f"{MON}T{due}")

    def test_obligations_of_audiences_stand_beside_each_other(self) -> None:
        bodies = [
            StatusUpdateDue(from_micros(5)),
            StatusUpdateDue(from_micros(7), "customer"),
            StatusUpdateMissed(from_micros(5)),
        ]
        facts = history("request:1", [NewFact(body=body, actor=BOB, occurred_at=from_micros(0)) for body in bodies])
        assert latest_obligation(facts) is None
        assert latest_obligation(facts, audience="customer") == bodies[1]

    def test_subscribers_hear_what_their_audience_is_told_but_for_who_said_it(self) -> None:
        subscriptions = [
            Subscription(person="ann", audience="customer"),
            Subscription(person="eve", audience="customer", services={"email"}),
            Subscription(person="bob", audience="customer", services={"laptop"}),
            Subscription(person="eve", audience="customer"),
            Subscription(person="mia", audience="management"),
        ]
        assert subscribers_of(subscriptions, audience="customer", service="email") == ("ann", "eve")
        assert subscribers_of(subscriptions, audience="customer", service="email", but_for="ann") == ("eve",)


class TestMissed:
    def test_after_a_miss_the_next_is_owed_when_it_would_have_been(self) -> None:
        """Instants that passed unnoticed are passed over: one miss is told for each look."""
        for noticed, due in (("12:00", f"{MON}T17:00"), ("16:30", f"{MON}T17:00"), ("17:00", "2024-03-12T12:00")):
            missed = StatusUpdateMissed(local(f"{MON}T12:00"))
            facts = request(f"{MON}T08:00", (f"{MON}T{noticed}", missed))
            assert next_update_due(TERMS, facts) == local(due)

    def test_a_message_begins_it_anew(self) -> None:
        missed = StatusUpdateMissed(local(f"{MON}T12:00"))
        facts = request(f"{MON}T08:00", (f"{MON}T13:00", missed), (f"{MON}T13:30", TOLD))
        assert next_update_due(TERMS, facts) == local("2024-03-12T08:30")

    @given(stories())
    def test_what_is_owed_next_lies_after_the_miss_was_noticed(self, story: Story) -> None:
        due = next_update_due(TERMS, story.facts)
        if due is None:
            return
        last = story.facts[-1]
        body = StatusUpdateMissed(due)
        missed = evolve(
            last,
            body=body,
            occurred_at=max(due, last.occurred_at),
            version=last.version + 1,
            position=last.position + 1,
        )
        again = next_update_due(TERMS, (*story.facts, missed))
        assert again is not None
        assert again > missed.occurred_at
