"""Exclusions and exemptions: what they change, what they leave alone, and an oracle that walks the minutes."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    STANDARD_HOLD_REASONS,
    AppliesToOpen,
    AuthorizedExclusion,
    Boundary,
    Exclusion,
    NamedHours,
    OnAmendment,
    ServiceAgreement,
    TimeKind,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
)
from svcdelivery.clock import (
    BreachExempted,
    ClockPhase,
    ClockReading,
    SpanKind,
    TimeExcluded,
    Verdict,
    read_clocks,
)
from svcdelivery.errors import EmptyIntervalError, InvalidValueError
from svcdelivery.facts import digest, from_plain, known_at, to_plain
from svcdelivery.identity import Actor
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import Assigned, PutOnHold, Resolved, Resumed, Started
from tests.clock.oracle import Answer, Promise, read
from tests.clock.test_oracle import CALENDARS, calendar_of, hours_of, told
from tests.clock.worlds import HOUR, agreement, incident, local, target, terms
from tests.clock.worlds import read as read_one

STORIES = int(os.environ.get("SVCDELIVERY_ORACLE_STORIES", "25"))
MON, TUE = "2024-03-11", "2024-03-12"
ACME = Actor.customer("acme")
STARTED = ((f"{MON}T08:00", Assigned(team="desk")), (f"{MON}T08:00", Started()))
LEAVES_OUT = {"excludes": {"maintenance", "customer"}}


def excluded(start: str, until: str, cause: str = "maintenance", **rest: Any) -> Exclusion:
    return Exclusion(cause=cause, start=local(start), until=local(until), **rest)


def with_exclusions(*exclusions: Exclusion, **rest: Any) -> ServiceAgreement:
    """An agreement with a resolution of four office hours that leaves maintenance out."""
    return agreement(target(**{**LEAVES_OUT, **rest}), exclusions=exclusions, author="staff:olga")


class TestExclusions:
    TEN_TO_ELEVEN = excluded(f"{MON}T10:00", f"{MON}T11:00", ground="new cables", clause="7.1")

    def test_agreed_maintenance_does_not_count(self) -> None:
        """Due an hour later, also while the maintenance is still to come."""
        promise = with_exclusions(self.TEN_TO_ELEVEN)
        for at, elapsed in (("09:00", 1), ("10:30", 2), ("11:30", 2.5)):
            reading = read_one(promise, incident(f"{MON}T08:00", *STARTED), f"{MON}T{at}")
            assert (reading.due_at, reading.elapsed) == (local(f"{MON}T14:00"), elapsed * HOUR)
            assert reading.phase is ClockPhase.RUNNING

    def test_its_span_names_the_rule_and_who_authorized_it(self) -> None:
        """The clause it names, and the author of the terms where nobody else is named."""
        reading = read_one(with_exclusions(self.TEN_TO_ELEVEN), incident(f"{MON}T08:00", *STARTED), f"{MON}T11:30")
        (span,) = [span for span in reading.explanation.spans if span.kind is SpanKind.EXCLUDED]
        assert (span.start, span.end) == (local(f"{MON}T10:00"), local(f"{MON}T11:00"))
        assert (span.reason, span.rule, span.actor) == (
            "excluded: maintenance (new cables)", "clause 7.1", "staff:olga",
        )  # fmt: skip
        assert reading.explanation.counted == reading.elapsed

    def test_a_target_that_does_not_leave_the_cause_out_counts_on(self) -> None:
        """Nor one whose services are not meant."""
        storm = excluded(f"{MON}T09:00", f"{MON}T10:00", cause="force_majeure")
        laptops = excluded(f"{MON}T10:00", f"{MON}T11:00", services={"laptop"})
        reading = read_one(with_exclusions(storm, laptops), incident(f"{MON}T08:00", *STARTED), f"{MON}T12:00")
        assert (reading.elapsed, reading.due_at) == (4 * HOUR, local(f"{MON}T12:00"))

    def test_time_of_one_item_is_excluded_by_its_own_fact_and_names_its_actor(self) -> None:
        """From when it is on record; the reading of an instant before knows nothing of it."""
        absent = TimeExcluded(excluded(f"{MON}T08:00", f"{MON}T09:00", cause="customer", ground="nobody there"))
        facts = incident(f"{MON}T08:00", *STARTED, (f"{MON}T11:00", absent, ACME))
        before = read_one(with_exclusions(), facts, f"{MON}T10:59")
        after = read_one(with_exclusions(), facts, f"{MON}T11:00")
        assert (before.due_at, after.due_at) == (local(f"{MON}T12:00"), local(f"{MON}T14:00"))
        (span,) = [span for span in after.explanation.spans if span.kind is SpanKind.EXCLUDED]
        assert (span.actor, span.rule) == ("customer:acme", "exclusions of target resolution")

    def test_time_of_all_work_is_excluded_from_when_that_was_authorized(self) -> None:
        """Items under any revision; what was known before stays readable."""
        storm = AuthorizedExclusion(
            exclusion=excluded(f"{MON}T08:00", f"{MON}T10:00"), since=local(f"{MON}T12:00"),
            known_since=local(f"{MON}T12:00"), actor="staff:olga",
        )  # fmt: skip
        promise = evolve(with_exclusions(), exclusions=(storm,))
        facts = incident(f"{MON}T08:00", *STARTED)
        assert read_one(promise, facts, f"{MON}T11:00").due_at == local(f"{MON}T12:00")
        assert read_one(promise, facts, f"{MON}T12:30").due_at == local(f"{MON}T15:00")
        known = promise.known_at(local(f"{MON}T11:00"))
        assert known is not None
        assert known.exclusions == ()

    def test_what_overlaps_is_cut_out_once(self) -> None:
        """Two exclusions and a hold: each minute counts for nothing once, and a pause stays a pause."""
        promise = with_exclusions(
            excluded(f"{MON}T09:00", f"{MON}T11:00"), excluded(f"{MON}T10:00", f"{MON}T12:00", cause="customer"),
            pause_on={"supplier"},
        )  # fmt: skip
        facts = incident(
            f"{MON}T08:00", *STARTED, (f"{MON}T08:30", PutOnHold(reason="supplier")), (f"{MON}T09:30", Resumed())
        )
        reading = read_one(promise, facts, f"{MON}T14:00")
        kinds = [(span.kind.value, span.duration) for span in reading.explanation.spans]
        assert kinds == [
            ("counted", HOUR / 2), ("paused", HOUR), ("excluded", 1.5 * HOUR), ("excluded", HOUR), ("closed", HOUR),
            ("counted", HOUR),
        ]  # fmt: skip
        assert reading.due_at == local(f"{MON}T16:30")

    def test_it_moves_goals_of_days_like_a_pause(self) -> None:
        """By its open time; dates of the calendar only where the target says that pauses move them."""
        morning = excluded(f"{MON}T09:00", f"{MON}T11:00")
        facts = incident(f"{MON}T08:00", *STARTED)
        for goal, moves, due in (
            (WithinWorkingDays(1), {}, f"{TUE}T10:00"),
            (WithinCalendarDays(1), {}, f"{TUE}T08:00"),
            (WithinCalendarDays(1), {"pauses_move_due": True}, f"{TUE}T10:00"),
        ):
            assert read_one(with_exclusions(morning, goal=goal, **moves), facts, f"{MON}T08:30").due_at == local(due)

    def test_a_goal_used_up_as_it_begins_is_due_like_at_a_closing(self) -> None:
        """At once, or with the boundary `next_open` when time counts again."""
        noon = excluded(f"{MON}T10:00", f"{MON}T11:00")
        facts = incident(f"{MON}T08:00", *STARTED)
        for boundary, due in ((Boundary.CLOSE, "10:00"), (Boundary.NEXT_OPEN, "11:00")):
            promise = agreement(target(hours=2, boundary=boundary, **LEAVES_OUT), exclusions=(noon,))
            assert read_one(promise, facts, f"{MON}T09:00").due_at == local(f"{MON}T{due}")

    def test_each_revision_has_its_own_when_an_amendment_applies_to_open_work(self) -> None:
        """An hour of the first terms before the amendment, an hour of the second after it; dates move by both."""
        for goal, due in ((Within(4 * HOUR), f"{MON}T15:00"), (WithinWorkingDays(1), f"{TUE}T10:00")):
            promised = target(goal=goal, **LEAVES_OUT)
            first = terms(promised, exclusions=(excluded(f"{MON}T09:00", f"{MON}T10:00"),))
            later = {
                "number": 2,
                "effective_at": local(f"{MON}T10:00"),
                "applies_to_open": AppliesToOpen(OnAmendment.CARRY),
            }
            second = evolve(first, exclusions=(excluded(f"{MON}T11:00", f"{MON}T12:00"),), **later)
            reading = read_one(ServiceAgreement.of(first, second), incident(f"{MON}T08:00", *STARTED), f"{MON}T13:30")
            assert (reading.due_at, reading.elapsed) == (local(due), 2.5 * HOUR)
            assert [s.kind.value for s in reading.explanation.spans].count("excluded") == 2

    def test_an_exclusion_may_have_no_length_and_none_below_that(self) -> None:
        """It changes nothing then."""
        with pytest.raises(EmptyIntervalError):
            excluded(f"{MON}T10:00", f"{MON}T09:00")
        with pytest.raises(InvalidValueError):
            agreement(target(), exclusions=(excluded(f"{MON}T09:00", f"{MON}T10:00", services={"nothing"}),))

    def test_terms_without_exclusions_keep_their_digest(self) -> None:
        """The new fields are left out while they say nothing."""
        plain = to_plain(terms(target()))
        assert "exclusions" not in plain
        assert "excludes" not in plain["targets"][0]
        whole = terms(target(**LEAVES_OUT), exclusions=(self.TEN_TO_ELEVEN,))
        assert digest(from_plain(type(whole), to_plain(whole))) == digest(whole)


class TestExemptions:
    FACTS = incident(
        f"{MON}T08:00", *STARTED, (f"{MON}T14:00", Resolved()),
        (f"{MON}T15:00", BreachExempted(target="resolution", ground="the customer asked to wait"), ACME),
    )  # fmt: skip

    def test_case_22_the_breach_stays_and_says_who_excused_it_and_why(self) -> None:
        """From when it was excused."""
        before, after = (read_one(agreement(target()), self.FACTS, f"{MON}T{at}") for at in ("14:59", "15:00"))
        assert (before.verdict, before.exempted_by) == (Verdict.BREACHED, None)
        assert (after.verdict, after.exempted_by) == (Verdict.BREACHED, "customer:acme: the customer asked to wait")
        assert evolve(after, exempted_by=None, at=before.at) == before

    def test_what_is_not_breached_has_nothing_to_excuse(self) -> None:
        """An exemption of a clock that met its goal, or of another cycle, is seen nowhere."""
        assert read_one(agreement(target(hours=8)), self.FACTS, f"{MON}T16:00").exempted_by is None
        other = evolve(self.FACTS[-1], body=BreachExempted(target="resolution", cycle=2, ground="x"))
        assert read_one(agreement(target()), (*self.FACTS[:-1], other), f"{MON}T16:00").exempted_by is None


# -- laws --------------------------------------------------------------------------------------------------------------


@st.composite
def excluding_stories(draw: st.DrawFn, *, name: str = "office with lunch", count: int = 3, **rest: Any) -> Story:
    """A story under a target that leaves maintenance out, with some of it around the item's life."""
    promised = target(
        goal=Within(timedelta(minutes=draw(st.integers(0, 1200))), draw(st.sampled_from(TimeKind))),
        pause_on=draw(st.frozensets(st.sampled_from(STANDARD_HOLD_REASONS), max_size=2)),
        boundary=draw(st.sampled_from(Boundary)),
        excludes={"maintenance"},
    )
    made = evolve(
        terms(hold_reasons=STANDARD_HOLD_REASONS), hours=(NamedHours("office", hours_of(name)),), targets=(promised,)
    )
    story = draw(stories(revision=st.just(made), **rest))
    begin = to_micros(story.facts[0].occurred_at) // 60_000_000
    exclusions = []
    for _ in range(draw(st.integers(0, count))):
        start = begin + draw(st.integers(-600, 3000))
        until = start + draw(st.one_of(st.integers(0, 90), st.integers(0, 2000)))
        cause = draw(st.sampled_from(["maintenance", "maintenance", "customer"]))
        exclusions.append(Exclusion(cause=cause, start=_at(start), until=_at(until)))
    return evolve(story, agreement=ServiceAgreement.of(evolve(made, exclusions=tuple(exclusions))))


def _at(minute: int) -> Instant:
    return from_micros(minute * 60_000_000)


def readings(story: Story) -> tuple[ClockReading, ...]:
    return read_clocks(story.agreement, story.facts, story.now)


def under(story: Story, *exclusions: Exclusion) -> tuple[ClockReading, ...]:
    return readings(evolve(story, agreement=ServiceAgreement.of(evolve(story.revision, exclusions=exclusions))))


def shown(found: tuple[ClockReading, ...]) -> list[Any]:
    return [(r, [(s.start, s.end, s.kind) for s in r.explanation.spans]) for r in found]


class TestLaws:
    @given(excluding_stories())
    def test_spans_tile_and_the_counted_ones_add_up(self, story: Story) -> None:
        """Whatever is excluded, and however it overlaps."""
        for reading in readings(story):
            spans = reading.explanation.spans
            if reading.phase is ClockPhase.CANCELLED:
                continue
            assert reading.explanation.counted == reading.elapsed
            assert all(earlier.end == later.start for earlier, later in pairwise(spans))
            assert all(span.start < span.end for span in spans)

    @given(excluding_stories(), st.permutations(range(3)))
    def test_the_order_of_exclusions_changes_no_time(self, story: Story, order: list[int]) -> None:
        """They are a set of instants."""
        exclusions = story.revision.exclusions
        turned = [exclusions[index] for index in order if index < len(exclusions)]
        assert under(story, *turned) == readings(story)

    @given(excluding_stories(count=0), st.integers(-600, 3000))
    def test_one_of_no_length_changes_nothing(self, story: Story, start: int) -> None:
        """Not even the explanation."""
        at = datetime.__add__(story.facts[0].occurred_at, timedelta(minutes=start))
        assert shown(under(story, Exclusion(cause="maintenance", start=at, until=at))) == shown(readings(story))

    @given(excluding_stories(count=0), st.integers(-600, 3000), st.data())
    def test_one_in_closed_time_moves_nothing(self, story: Story, start: int, data: st.DataObject) -> None:
        """For a clock that counts open time."""
        goal = story.revision.targets[0].goal
        hours = story.revision.service_hours("office")
        at = datetime.__add__(story.facts[0].occurred_at, timedelta(minutes=start))
        assert isinstance(goal, Within)
        assert hours is not None
        if goal.time is TimeKind.WALL or hours.is_open(at):
            return
        until = from_micros(data.draw(st.integers(to_micros(at), to_micros(hours.next_open(at)))))
        assert shown(under(story, Exclusion(cause="maintenance", start=at, until=until))) == shown(readings(story))

    @given(excluding_stories())
    def test_more_of_it_is_never_due_earlier_and_never_counts_more(self, story: Story) -> None:
        """Each exclusion only helps."""
        for one, other in zip(readings(story), under(story), strict=True):
            assert one.elapsed <= other.elapsed
            if one.due_at is not None and other.due_at is not None:
                assert one.due_at >= other.due_at

    @given(excluding_stories(), st.data())
    def test_the_facts_may_be_handed_over_in_any_order(self, story: Story, data: st.DataObject) -> None:
        """And those recorded later are not known before."""
        shuffled = story.with_facts(tuple(data.draw(st.permutations(story.facts))))
        assert readings(shuffled) == readings(story)
        assert readings(story.with_facts(known_at(story.facts, story.now))) == readings(story)


@pytest.mark.parametrize("name", CALENDARS)
def test_every_clock_shows_what_a_walk_over_the_minutes_finds(name: str) -> None:
    """With time excluded before, during and after the life of the item."""
    calendar = calendar_of(name)
    night = datetime.fromisoformat(CALENDARS[name][4]).replace(tzinfo=UTC)
    starts = st.integers(-3 * 1440, 1440).map(lambda minutes: night + timedelta(minutes=minutes))

    @settings(max_examples=2 * STORIES)
    @given(excluding_stories(name=name, minute_aligned=True, start=starts))
    def agrees(story: Story) -> None:
        (promised,) = story.revision.targets
        assert isinstance(promised.goal, Within)
        promise = Promise(
            measure="resolution",
            goal=promised.goal.duration // timedelta(minutes=1),
            service_time=promised.goal.time is TimeKind.SERVICE,
            pause_on=promised.pause_on,
            next_open=promised.boundary is Boundary.NEXT_OPEN,
            excluded=tuple(
                (to_micros(e.start) // 60_000_000, to_micros(e.until) // 60_000_000)
                for e in story.revision.exclusions
                if e.cause == "maintenance"
            ),
        )
        expected = read(calendar, [promise], told(story), "resolution", to_micros(story.now) // 60_000_000)
        (reading,) = readings(story)
        assert expected == Answer(
            reading.phase.value,
            reading.verdict.value,
            None if reading.phase is ClockPhase.CANCELLED else reading.elapsed // timedelta(minutes=1),
            None if reading.due_at is None else to_micros(reading.due_at) // 60_000_000,
        )

    agrees()
