"""Status communication: owed from the receipt until the work is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import evolve
from hypothesis import given

from svcdelivery.agreement import Scope, UpdateDuty
from svcdelivery.communication import (
    StatusUpdateDue,
    StatusUpdateMissed,
    StatusUpdatesEnded,
    latest_obligation,
    next_update_due,
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
