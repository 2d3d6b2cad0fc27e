"""Clocks under amendments, suspensions and corrections against an oracle that walks minute by minute.

`SVCDELIVERY_ORACLE_STORIES` sets how many stories each.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    STANDARD_HOLD_REASONS,
    AgreementRevision,
    AgreementStatus,
    AppliesToOpen,
    Boundary,
    OnAmendment,
    OpenClocks,
    ServiceAgreement,
    StatusSince,
    TimeKind,
)
from svcdelivery.clock import read_clocks
from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.facts import Fact
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import from_micros, to_micros
from svcdelivery.work import Corrected, Correction, HappenedAt, Mistaken, WasOnHold, check_course
from tests.clock.oracle import Answer, Calendar, Promise
from tests.clock.oracle_in_time import Change, Turn, corrected, read_in_time
from tests.clock.test_oracle import (
    CALENDARS,
    DAYS,
    MEASURES,
    STORIES,
    _within,
    calendar_of,
    hours_of,
    promising,
    told,
)

MINUTE = 60_000_000
OTHER_WEEK = {day: [(600, 840), (900, 1320)] for day in range(0, 7, 2)}


def minute_of(at: datetime) -> int:
    return to_micros(at) // MINUTE


def at_minute(minute: int) -> datetime:
    return from_micros(minute * MINUTE)


@frozen
class Tale:
    """A story whose terms change and whose record is put right."""

    story: Story
    agreement: ServiceAgreement
    facts: tuple[Fact[Any], ...]
    changes: list[Change]
    suspended: list[tuple[int, int]]


@st.composite
def corrections(draw: st.DrawFn, story: Story) -> tuple[tuple[Fact[Any], ...], list[Change]]:
    """A few corrections that leave behind what could have happened, as facts and as the oracle reads them."""
    facts, changes = story.facts, list[Change]()
    first, last = (minute_of(fact.occurred_at) for fact in (facts[0], facts[-1]))
    for _ in range(draw(st.integers(0, 3))):
        number = draw(st.integers(0, len(story.facts) - 1))
        near = minute_of(story.facts[number].occurred_at) + draw(st.integers(-600, 600))
        at, until = sorted((draw(st.integers(first, last)), draw(st.integers(first, last))))
        reason = draw(st.sampled_from(STANDARD_HOLD_REASONS))
        options: list[tuple[Correction, Change]] = [
            (HappenedAt(number + 1, at_minute(near)), Change("moved", of=number, at=near)),
            (Mistaken(number + 1), Change("mistaken", of=number)),
            (WasOnHold(reason, at_minute(at), at_minute(until + 1)), Change("held", 0, at, until + 1, reason)),
        ]
        body, change = draw(st.sampled_from(options))
        if any(earlier.what == "mistaken" and earlier.of == change.of for earlier in changes if change.what != "held"):
            continue
        said = evolve(
            facts[-1],
            version=facts[-1].version + 1,
            position=facts[-1].position + 1,
            body=Corrected(correction=body, ground="so it was"),
        )
        try:
            check_course((*facts, said))
        except ServiceDeliveryError:
            continue
        facts, changes = (*facts, said), [*changes, change]
    return facts, changes


@st.composite
def tales(draw: st.DrawFn, revision: st.SearchStrategy[AgreementRevision], starts: Any, other: ServiceHours) -> Tale:
    """A story, up to three amendments, perhaps a suspension, and corrections."""
    story = draw(stories(revision=revision, minute_aligned=True, start=starts))
    begin, end = minute_of(story.facts[0].occurred_at), minute_of(story.now)
    edges = st.sampled_from([minute_of(fact.occurred_at) for fact in story.facts])
    minutes = st.one_of(st.integers(begin - 300, end + 300), edges)
    later = []
    for number, minute in enumerate(sorted(draw(st.lists(minutes, max_size=3))), start=2):
        terms = draw(revision)
        kept = tuple(target for target in terms.targets if draw(st.integers(0, 9)))
        hours = (evolve(terms.hours[0], hours=other),) if draw(st.booleans()) else terms.hours
        applies = AppliesToOpen(draw(st.sampled_from(OnAmendment)))
        later.append(
            evolve(
                terms,
                number=number,
                effective_at=at_minute(minute),
                targets=kept,
                hours=hours,
                applies_to_open=applies,
            )
        )
    whole = ServiceAgreement.of(story.revision, *later)
    suspended = [tuple(sorted((draw(minutes), draw(minutes))))] if draw(st.booleans()) else []
    statuses = [
        StatusSince(status=status, since=at_minute(at), known_since=at_minute(at), open_clocks=OpenClocks.PAUSE)
        for start, until in suspended
        for status, at in ((AgreementStatus.SUSPENDED, start), (AgreementStatus.AGREED, until))
    ]
    facts, changes = draw(corrections(story))
    return Tale(story, evolve(whole, statuses=tuple(statuses)), facts, changes, suspended)


def turns_of(tale: Tale, calendars: dict[ServiceHours, Calendar]) -> list[Turn]:
    turns: dict[int | None, Turn] = {}
    for revision in tale.agreement.revisions:
        applies = revision.applies_to_open
        since = minute_of(revision.effective_at) if applies is not None else None
        promises = [
            Promise(
                measure=target.measure,
                goal=_within(target).duration // timedelta(minutes=1),
                service_time=_within(target).time is TimeKind.SERVICE,
                pause_on=target.pause_on,
                next_open=target.boundary is Boundary.NEXT_OPEN,
                priority=next(iter(target.scope.priorities), None),
            )
            for target in revision.targets
        ]
        restarts = applies is not None and applies.rule is OnAmendment.RESTART
        turns[since] = Turn(since, promises, calendars[revision.hours[0].hours], restarts)
    # Of terms that come at one instant the later ones overtake the others.
    return list(turns.values())


@pytest.mark.parametrize("name", CALENDARS)
def test_every_clock_shows_what_a_walk_over_the_minutes_finds(name: str) -> None:
    """Under up to four revisions, a suspension and corrections: phase, verdict, elapsed time and due instant."""
    zone, _, _, first, marked = CALENDARS[name]
    days = ("mon", "wed", "fri", "sun")
    other = ServiceHours.weekly(zone, {day: ["10:00-14:00", "15:00-22:00"] for day in days})
    calendars = {hours_of(name): calendar_of(name), other: Calendar(zone, OTHER_WEEK, set(), first, DAYS)}
    night = datetime.fromisoformat(marked).replace(tzinfo=UTC)
    starts = st.integers(-3 * 1440, 1440).map(lambda minutes: night + timedelta(minutes=minutes))

    @settings(max_examples=STORIES)
    @given(tales(promising(hours_of(name)), starts, other))
    def agrees(tale: Tale) -> None:
        now = minute_of(tale.story.now)
        events = corrected(told(tale.story), tale.changes)
        if not [event for event in events if event[0] <= now]:
            assert not read_clocks(tale.agreement, tale.facts, tale.story.now)
            return
        found = {
            reading.measure: Answer(
                reading.phase.value,
                reading.verdict.value,
                None if reading.phase.value == "cancelled" else reading.elapsed // timedelta(minutes=1),
                None if reading.due_at is None else minute_of(reading.due_at),
            )
            for reading in read_clocks(tale.agreement, tale.facts, tale.story.now)
        }
        for measure in MEASURES:
            expected = read_in_time(turns_of(tale, calendars), events, measure, now, tale.suspended)
            assert found.get(measure) == expected, measure

    agrees()
