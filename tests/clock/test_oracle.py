"""Clocks against an oracle that walks minute by minute; `SVCDELIVERY_ORACLE_STORIES` sets how many stories each."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    STANDARD_HOLD_REASONS,
    AgreementRevision,
    Boundary,
    NamedHours,
    Scope,
    ServiceLevelTarget,
    TimeKind,
    Within,
)
from svcdelivery.clock import read_clocks
from svcdelivery.identity import ActorKind
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import from_micros, to_micros
from svcdelivery.work import MessagePosted, PriorityChanged, PutOnHold
from tests.clock.oracle import Answer, Calendar, Event, Promise, read
from tests.clock.worlds import terms

STORIES = int(os.environ.get("SVCDELIVERY_ORACLE_STORIES", "25"))
DAYS = 75
MEASURES = ("acknowledgement", "first_response", "resolution", "fulfillment", "closure")

Week = dict[int, list[tuple[int, int]]]
# zone, shifts in minutes of the day by weekday, closed dates, the first date of the window, a night clocks are moved
CALENDARS: dict[str, tuple[str, Week, set[str], str, str]] = {
    "office with lunch": (
        "Europe/Paris", {d: [(510, 750), (810, 1050)] for d in range(5)}, {"2024-04-01", "2024-05-01"},
        "2024-03-10", "2024-03-31T00:00",
    ),
    "every night in autumn": (
        "America/New_York", {d: [(1320, 1800)] for d in range(7)}, {"2024-11-11"}, "2024-10-15", "2024-11-03T05:00",
    ),
    "half an hour of daylight saving": (
        "Australia/Lord_Howe", {d: [(90, 135), (600, 960)] for d in range(7)}, set(), "2024-03-20", "2024-04-06T15:00",
    ),
    "spring at midnight": (
        "America/Havana", {d: [(0, 120), (1380, 1440)] for d in range(6)}, {"2024-03-12"}, "2024-02-25",
        "2024-03-10T05:00",
    ),
    "round the clock": (
        "Europe/London", {d: [(0, 1440)] for d in range(7)}, {"2024-10-28"}, "2024-10-10", "2024-10-27T01:00",
    ),
}  # fmt: skip
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def calendar_of(name: str) -> Calendar:
    zone, week, closed, first, _ = CALENDARS[name]
    return Calendar(zone, week, closed, first, DAYS)


def hours_of(name: str) -> ServiceHours:
    zone, week, closed, _, _ = CALENDARS[name]

    def text(start: int, end: int) -> str:
        end = end if end <= 1440 else end - 1440
        return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"

    days = {DAY_NAMES[day]: [text(*shift) for shift in shifts] for day, shifts in week.items()}
    return ServiceHours.weekly(zone, days, closed=closed)


@st.composite
def promised(draw: st.DrawFn, measure: str, priority: str | None) -> ServiceLevelTarget:
    minutes = draw(st.one_of(st.integers(0, 16).map(lambda n: 30 * n), st.integers(0, 3000)))
    return ServiceLevelTarget(
        name=f"{measure}-{priority}",
        measure=measure,
        goal=Within(timedelta(minutes=minutes), draw(st.sampled_from(TimeKind))),
        scope=Scope(priorities={priority} if priority else set()),
        hours="office",
        pause_on=draw(st.frozensets(st.sampled_from(STANDARD_HOLD_REASONS), max_size=3)),
        boundary=draw(st.sampled_from(Boundary)),
        share_promised=Fraction(1),
    )


@st.composite
def promising(draw: st.DrawFn, hours: ServiceHours) -> AgreementRevision:
    general = [draw(promised(measure, None)) for measure in MEASURES]
    urgent = [draw(promised(measure, "P1")) for measure in MEASURES]
    return evolve(terms(), hours=(NamedHours("office", hours),), targets=(*general, *urgent))


def told(story: Story) -> list[Event]:
    """The facts as the oracle reads them."""
    events: list[Event] = []
    for fact in story.facts:
        body, minute = fact.body, to_micros(fact.occurred_at) // 60_000_000
        if isinstance(body, MessagePosted):
            staff = body.audience.value == "requester" and fact.actor.kind is ActorKind.STAFF
            events.append((minute, "staff_message" if staff else "message", ""))
        elif body.action == "receive":
            events.append((minute, "receive", body.priority or ""))
        elif isinstance(body, PutOnHold):
            events.append((minute, "put_on_hold", body.reason))
        elif isinstance(body, PriorityChanged):
            events.append((minute, "change_priority", body.priority))
        else:
            events.append((minute, body.action, ""))
    return events


def _within(target: ServiceLevelTarget) -> Within:
    assert isinstance(target.goal, Within)
    return target.goal


def said(story: Story, calendar: Calendar, measure: str) -> Answer:
    """What the oracle says."""
    promises = [
        Promise(
            measure=t.measure,
            goal=_within(t).duration // timedelta(minutes=1),
            service_time=_within(t).time is TimeKind.SERVICE,
            pause_on=t.pause_on,
            next_open=t.boundary is Boundary.NEXT_OPEN,
            priority=next(iter(t.scope.priorities), None),
        )
        for t in story.revision.targets
    ]
    return read(calendar, promises, told(story), measure, to_micros(story.now) // 60_000_000)


@pytest.mark.parametrize("name", CALENDARS)
def test_every_clock_shows_what_a_walk_over_the_minutes_finds(name: str) -> None:
    """Phase, verdict, elapsed time and due instant of every measure agree with the oracle's."""
    calendar, hours = calendar_of(name), hours_of(name)
    night = datetime.fromisoformat(CALENDARS[name][4]).replace(tzinfo=UTC)
    starts = st.integers(-3 * 1440, 1440).map(lambda minutes: night + timedelta(minutes=minutes))

    @settings(max_examples=STORIES)
    @given(stories(revision=promising(hours), minute_aligned=True, start=starts))
    def agrees(story: Story) -> None:
        for reading in read_clocks(story.agreement, story.facts, story.now):
            expected = said(story, calendar, reading.measure)
            found = Answer(
                reading.phase.value,
                reading.verdict.value,
                None if reading.phase.value == "cancelled" else reading.elapsed // timedelta(minutes=1),
                None if reading.due_at is None else to_micros(reading.due_at) // 60_000_000,
            )
            assert found == expected, f"{reading.measure} at {from_micros(to_micros(story.now))}"

    agrees()
