"""Laws of clocks, for any terms, any legal history and any instant."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import AgreementRevision, Boundary, ServiceAgreement, TimeKind, Within
from svcdelivery.clock import ClockPhase, ClockReading, SpanKind, Verdict, next_due, read_clocks
from svcdelivery.facts import Fact, NewFact, history, known_at
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import PriorityChanged, PutOnHold, Resumed, trace_of
from tests.clock.worlds import BOB, agreement, target
from tests.strategies import HOLD_REASONS, PRIORITIES, Story, rendering_zones, stories

MICRO = timedelta(microseconds=1)
ZERO = timedelta(0)


def readings(story: Story, now: datetime | None = None) -> dict[str, ClockReading]:
    found = read_clocks(story.agreement, story.facts, now or story.now)
    return {reading.measure: reading for reading in found}


def left_alone(story: Story) -> Story:
    """The same story, with nothing happening after it is read."""
    return story.with_facts(known_at(story.facts, story.now))


def insert(story: Story, at: Instant, *bodies: Any) -> Story:
    """The same story with more facts of one instant, told after those of that instant."""
    entries = [NewFact(body=f.body, actor=f.actor, occurred_at=f.occurred_at) for f in story.facts]
    index = sum(fact.occurred_at <= at for fact in story.facts)
    entries[index:index] = [NewFact(body=body, actor=BOB, occurred_at=at) for body in bodies]
    return story.with_facts(history(story.facts[0].stream, entries))


def standing(story: Story, at: Instant) -> Any:
    """The item's last step by the instant."""
    trace = trace_of(story.facts)
    assert trace is not None
    return [step for step in trace.steps if step.at <= at][-1]


@st.composite
def moments_of(draw: st.DrawFn, story: Story) -> Instant:
    """An instant from the receipt until the story is read."""
    start, end = to_micros(story.facts[0].occurred_at), to_micros(story.now)
    return from_micros(draw(st.integers(start, max(start, end))))


class TestExplanation:
    @given(stories())
    def test_spans_tile_the_clock_from_its_start_to_its_stop_or_now(self, story: Story) -> None:
        """No gap, no overlap, nothing before or after; two spans that touch are never both counted."""
        for reading in readings(story).values():
            spans = reading.explanation.spans
            if reading.started_at is None or reading.phase is ClockPhase.CANCELLED:
                assert not spans
                continue
            end = reading.stopped_at or story.now
            if reading.started_at == end:
                assert not spans
                continue
            assert spans[0].start == reading.started_at
            assert spans[-1].end == end
            assert all(earlier.end == later.start for earlier, later in pairwise(spans))
            assert all(span.start < span.end for span in spans)

    @given(stories())
    def test_counted_spans_add_up_to_the_elapsed_time_exactly(self, story: Story) -> None:
        """To the microsecond, for every measure."""
        for reading in readings(story).values():
            assert reading.explanation.counted == reading.elapsed

    @given(stories())
    def test_every_span_names_its_rule_and_every_pause_who_caused_it(self, story: Story) -> None:
        """Nothing is unexplained, and the text form has a line a span below its heads."""
        for reading in readings(story).values():
            explanation = reading.explanation
            assert all(span.rule and span.reason for span in explanation.spans)
            assert all(span.actor for span in explanation.spans if span.kind is SpanKind.PAUSED)
            assert len(str(explanation).splitlines()) == 2 + bool(explanation.choice) + len(explanation.spans)


class TestElapsed:
    @given(stories(), st.data())
    def test_it_never_falls_as_now_advances_while_the_target_stays(self, story: Story, data: st.DataObject) -> None:
        """Each clock's time only grows, at most as fast as the wall's."""
        earlier, later = sorted((data.draw(moments_of(story)), data.draw(moments_of(story))))
        before, after = readings(story, earlier), readings(story, later)
        for measure, reading in before.items():
            then = after[measure]
            if reading.target == then.target and then.phase is not ClockPhase.CANCELLED:
                assert reading.elapsed <= then.elapsed
                assert then.elapsed - reading.elapsed <= datetime.__sub__(later, earlier)

    @given(stories())
    def test_amounts_agree_with_one_another(self, story: Story) -> None:
        """Remaining and overdue are what is missing from, or beyond, the goal; never both."""
        for reading in readings(story).values():
            assert reading.remaining is not None or reading.phase in (ClockPhase.WAITING, ClockPhase.CANCELLED)
            if reading.remaining is None:
                continue
            assert reading.elapsed + reading.remaining - reading.overdue == reading.goal
            assert ZERO in (reading.remaining, reading.overdue)
            assert (reading.percent is None) == (reading.goal == ZERO)
            assert reading.elapsed <= reading.elapsed_wall or reading.elapsed == ZERO

    @given(stories(), st.data())
    def test_between_two_instants_of_one_pause_nothing_elapses(self, story: Story, data: st.DataObject) -> None:
        """A clock that stands still shows the same until something happens."""
        for measure, reading in readings(story).items():
            if reading.phase is not ClockPhase.PAUSED:
                continue
            since = standing(story, story.now).at
            within = from_micros(data.draw(st.integers(to_micros(since), to_micros(story.now))))
            assert readings(story, within)[measure].elapsed == reading.elapsed


class TestDue:
    @given(stories())
    def test_due_is_the_fixed_point_of_elapsed(self, story: Story) -> None:
        """Left alone from now on, a clock has used exactly its goal at its due instant, and not before it."""
        story = left_alone(story)
        found = readings(story)
        for measure, reading in found.items():
            if reading.phase is not ClockPhase.RUNNING or reading.due_at is None:
                continue
            at_due = readings(story, max(reading.due_at, story.now))[measure]
            if reading.due_at >= story.now:
                assert at_due.elapsed == reading.goal
                assert at_due.due_at == reading.due_at

    @given(stories())
    def test_the_verdict_comes_only_from_stop_or_now_against_due(self, story: Story) -> None:
        """Met when stopped by then, breached once it is past, open or none otherwise."""
        for reading in readings(story).values():
            if reading.phase in (ClockPhase.WAITING, ClockPhase.CANCELLED):
                assert reading.verdict is Verdict.NONE
                assert reading.due_at is None
                continue
            end = reading.stopped_at or story.now
            late = reading.due_at is not None and end > reading.due_at
            expected = Verdict.BREACHED if late else Verdict.MET if reading.stopped_at else Verdict.OPEN
            assert reading.verdict is expected
            assert reading.breached_at == (reading.due_at if late else None)

    @given(stories())
    def test_a_breach_begins_one_microsecond_after_due(self, story: Story) -> None:
        """At the due instant itself an open clock is not breached yet."""
        story = left_alone(story)
        for measure, reading in readings(story).items():
            if reading.phase is not ClockPhase.RUNNING or reading.due_at is None or reading.due_at < story.now:
                continue
            assert readings(story, reading.due_at)[measure].verdict is Verdict.OPEN
            after = datetime.__add__(reading.due_at, MICRO)
            assert readings(story, after)[measure].verdict is Verdict.BREACHED

    @given(stories())
    def test_a_stopped_clock_keeps_its_due_instant(self, story: Story) -> None:
        """However long one waits, as long as nothing more happens."""
        for measure, reading in readings(story).items():
            if reading.phase is not ClockPhase.STOPPED or story.now < story.facts[-1].occurred_at:
                continue
            later = readings(story, datetime.__add__(story.now, timedelta(days=40)))[measure]
            assert (later.due_at, later.verdict, later.elapsed) == (reading.due_at, reading.verdict, reading.elapsed)

    @given(stories())
    def test_while_paused_nothing_is_due_unless_the_goal_was_used_up_before(self, story: Story) -> None:
        """A due instant of a clock that stands still lies in its past; without one, part of the goal is left."""
        for reading in readings(story).values():
            if reading.phase is ClockPhase.PAUSED:
                assert reading.due_at is None or (reading.due_at <= story.now and not reading.remaining)

    @given(stories(), st.data())
    def test_what_is_due_while_paused_does_not_depend_on_when_one_asks(self, story: Story, data: st.DataObject) -> None:
        """At the instant of the hold and at any other within it the same is due."""
        for measure, reading in readings(story).items():
            if reading.phase is ClockPhase.PAUSED:
                since = standing(story, story.now).at
                assert readings(story, since)[measure].due_at == reading.due_at

    @given(stories())
    def test_next_due_is_the_earliest_of_the_open_clocks(self, story: Story) -> None:
        """Stopped and cancelled clocks keep nobody awake."""
        found = readings(story).values()
        open_ones = [r.due_at for r in found if r.phase in (ClockPhase.RUNNING, ClockPhase.PAUSED) and r.due_at]
        assert next_due(found) == min(open_ones, default=None)


class TestWhatChangesNothing:
    @given(stories(), rendering_zones)
    def test_the_zone_now_is_written_in(self, story: Story, zone: tzinfo) -> None:
        """Instants count, not how they are shown."""
        assert readings(story, story.now.astimezone(zone)) == readings(story)

    @given(stories(), st.data())
    def test_a_hold_of_zero_length(self, story: Story, data: st.DataObject) -> None:
        """Held and resumed at one instant, the work in progress has the same clocks as ever."""
        at = data.draw(moments_of(story))
        if standing(story, at).status != "in_progress":
            at = story.facts[0].occurred_at
        if standing(story, at).status == "in_progress":
            reason = data.draw(st.sampled_from(HOLD_REASONS))
            assert readings(insert(story, at, PutOnHold(reason=reason), Resumed())) == readings(story)

    @given(stories(), st.data())
    def test_priority_up_and_then_down(self, story: Story, data: st.DataObject) -> None:
        """Back at the priority it had, the work has the clocks it would have had, earned pauses included."""
        at = data.draw(moments_of(story))
        step = standing(story, at)
        if not step.phase.is_open or step.priority is None:
            return
        other = data.draw(st.sampled_from(PRIORITIES))
        changed = insert(story, at, PriorityChanged(priority=other), PriorityChanged(priority=step.priority))
        assert readings(changed) == readings(story)

    @given(stories(), st.data())
    def test_a_pause_in_closed_time(self, story: Story, data: st.DataObject) -> None:
        """Held and resumed while the service is closed, nothing moves for clocks that count its open time."""
        hours = story.revision.service_hours("office")
        at = data.draw(moments_of(story))
        if hours is None or standing(story, at).status != "in_progress" or hours.is_open(at):
            return
        opens = hours.next_open(at)
        following = [fact.occurred_at for fact in story.facts if fact.occurred_at > at]
        until = min([opens, *following, story.now])
        resumed = from_micros(data.draw(st.integers(to_micros(at), to_micros(until))))
        if resumed == story.now or (following and resumed == following[0]):
            resumed = at
        held = insert(insert(story, at, PutOnHold(reason="customer")), resumed, Resumed())
        counted = {t.name for t in story.revision.targets if t.hours and t.goal.time is TimeKind.SERVICE}
        for measure, reading in readings(held).items():
            if reading.target in counted:
                before = readings(story)[measure]
                assert (reading.elapsed, reading.due_at, reading.verdict) == (
                    before.elapsed, before.due_at, before.verdict,
                )  # fmt: skip

    @given(stories(), st.data())
    def test_the_order_in_which_facts_are_handed_over(self, story: Story, data: st.DataObject) -> None:
        """Clocks read facts as they happened, those of one instant as they were recorded."""
        shuffled = story.with_facts(tuple(data.draw(st.permutations(story.facts))))
        assert readings(shuffled) == readings(story)

    @given(stories(), st.data())
    def test_facts_that_happen_later(self, story: Story, data: st.DataObject) -> None:
        """A reading of an instant knows nothing of what came after it."""
        at = data.draw(moments_of(story))
        known = story.with_facts(known_at(story.facts, at))
        assert readings(known, at) == readings(story, at)


class TestGoals:
    @settings(max_examples=30)
    @given(stories(), st.timedeltas(ZERO, timedelta(days=2)))
    def test_a_longer_goal_is_never_due_earlier(self, story: Story, more: timedelta) -> None:
        """And what was met stays met."""
        longer = evolve(
            story.revision,
            targets=tuple(
                evolve(target, goal=Within(target.goal.duration + more, target.goal.time))
                for target in story.revision.targets
            ),
        )
        relaxed = readings(evolve(story, agreement=ServiceAgreement.of(longer)))
        for measure, reading in readings(story).items():
            other = relaxed[measure]
            assert other.elapsed == reading.elapsed
            if reading.due_at is not None and other.due_at is not None:
                assert reading.due_at <= other.due_at
            if reading.verdict is Verdict.MET:
                assert other.verdict is Verdict.MET

    @settings(max_examples=30)
    @given(stories())
    def test_the_next_opening_is_never_before_the_closing(self, story: Story) -> None:
        """The boundary moves due from a closing to the opening after it, and changes no elapsed time."""

        def under(boundary: Boundary) -> dict[str, ClockReading]:
            terms: AgreementRevision = evolve(
                story.revision, targets=tuple(evolve(t, boundary=boundary) for t in story.revision.targets)
            )
            return readings(evolve(story, agreement=ServiceAgreement.of(terms)))

        at_closing, at_opening = under(Boundary.CLOSE), under(Boundary.NEXT_OPEN)
        for measure, reading in at_closing.items():
            assert reading.elapsed == at_opening[measure].elapsed
            if reading.due_at is not None and at_opening[measure].due_at is not None:
                assert reading.due_at <= at_opening[measure].due_at


def test_no_facts_have_no_clocks() -> None:
    """Nothing happened, nothing is promised."""
    facts: tuple[Fact[Any], ...] = ()
    empty = agreement(target())
    assert read_clocks(empty, facts, from_micros(0)) == ()
