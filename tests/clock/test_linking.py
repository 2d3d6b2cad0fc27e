"""Clocks of duplicates, merged items and parts: the rules a target has for them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    OnDuplicate,
    OnMerge,
    OnReopening,
    OnSplit,
    WithinWorkingDays,
)
from svcdelivery.clock import ClockPhase, ClockReading, Verdict, read_clocks
from svcdelivery.facts import from_plain, to_plain
from svcdelivery.testing.laws.case import insert
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.timeline import Instant, from_micros, to_micros
from svcdelivery.work import (
    Absorbed,
    Assigned,
    Audience,
    Linked,
    LinkKind,
    MessagePosted,
    Resolved,
    Started,
    SurvivorMoved,
)
from tests.clock.worlds import HOUR, agreement, incident, local, read, target, terms

MON, TUE = "2024-03-11", "2024-03-12"
STARTED = ((f"{MON}T08:30", Assigned(team="desk")), (f"{MON}T08:30", Started()))
DUPLICATE = Linked(kind=LinkKind.DUPLICATE_OF, item="incident:I0", received_at=local(f"{MON}T07:00"))
MERGED = Linked(kind=LinkKind.MERGED_INTO, item="incident:I0", received_at=local(f"{MON}T07:00"))
DONE = SurvivorMoved(item="incident:I0", is_done=True)
OPEN_AGAIN = SurvivorMoved(item="incident:I0", is_done=False)
NOTE = MessagePosted(audience=Audience.INTERNAL)


def clock(*happened: Any, now: str = f"{MON}T16:00", **rules: Any) -> ClockReading:
    return read(agreement(target(hours=4, **rules)), incident(f"{MON}T08:00", *STARTED, *happened), now)


class TestDuplicates:
    def test_case_21_a_duplicate_has_no_clocks_any_more(self) -> None:
        """Nor has one that was merged into another; its verdict is none, whatever comes later."""
        for link in (DUPLICATE, MERGED):
            reading = clock((f"{MON}T10:00", link), (f"{MON}T11:00", NOTE), (f"{MON}T15:00", Resolved()))
            assert (reading.phase, reading.verdict, reading.due_at) == (ClockPhase.CANCELLED, Verdict.NONE, None)

    def test_case_21_one_that_follows_stops_when_the_other_is_done(self) -> None:
        """Judged by its own due time; what happens to it afterwards changes nothing."""
        link = (f"{MON}T10:00", DUPLICATE)
        follow = {"on_duplicate": OnDuplicate.FOLLOW}
        assert clock(link, now=f"{MON}T11:00", **follow).phase is ClockPhase.RUNNING
        done = clock(link, (f"{MON}T11:30", DONE), (f"{MON}T12:00", NOTE), (f"{MON}T15:00", Resolved()), **follow)
        assert (done.stopped_at, done.verdict, done.elapsed) == (local(f"{MON}T11:30"), Verdict.MET, 3.5 * HOUR)
        late = clock(link, (f"{MON}T14:30", DONE), **follow)
        assert late.verdict is Verdict.BREACHED

    def test_case_21_when_the_other_is_reopened_it_runs_on(self) -> None:
        """By the rule of its target for reopenings."""
        moves = [(f"{MON}T10:00", DUPLICATE), (f"{MON}T11:00", DONE), (f"{MON}T14:00", OPEN_AGAIN)]
        follow = {"on_duplicate": OnDuplicate.FOLLOW}
        again = clock(*moves, **follow)
        assert (again.phase, again.elapsed) == (ClockPhase.RUNNING, 5 * HOUR)
        anew = clock(*moves, on_reopening=OnReopening.RESTART, **follow)
        assert (anew.started_at, anew.elapsed) == (local(f"{MON}T14:00"), 2 * HOUR)

    def test_case_21_one_that_runs_on_is_judged_by_its_own_end(self) -> None:
        """The link is on record, and nothing more."""
        reading = clock(
            (f"{MON}T10:00", DUPLICATE), (f"{MON}T11:00", DONE), (f"{MON}T12:00", Resolved()),
            on_duplicate=OnDuplicate.RUN,
        )  # fmt: skip
        assert reading.stopped_at == local(f"{MON}T12:00")

    def test_a_clock_that_stopped_before_keeps_its_verdict(self) -> None:
        """What was answered was answered."""
        promise = agreement(target("first_response", hours=4), target(hours=4))
        answered = MessagePosted(audience=Audience.REQUESTER)
        facts = incident(f"{MON}T08:00", *STARTED, (f"{MON}T09:00", answered), (f"{MON}T10:00", DUPLICATE))
        found = {r.measure: r.phase for r in read_clocks(promise, facts, local(f"{MON}T16:00"))}
        assert found == {"first_response": ClockPhase.STOPPED, "resolution": ClockPhase.CANCELLED}

    def test_a_cause_changes_no_clock(self) -> None:
        """It is a link for people."""
        caused = Linked(kind=LinkKind.CAUSED_BY, item="incident:I0", received_at=local(f"{MON}T07:00"))
        assert clock((f"{MON}T10:00", caused)) == clock()


class TestMerges:
    ABSORBED = Absorbed(item="incident:I2", received_at=local("2024-03-08T16:00"))

    def test_case_21_the_survivor_counts_from_its_own_receipt_or_the_earliest(self) -> None:
        """An hour of Friday comes on top; a later receipt changes nothing."""
        link = (f"{MON}T09:00", self.ABSORBED)
        own = clock(link, now=f"{MON}T10:00")
        earliest = clock(link, now=f"{MON}T10:00", on_merge=OnMerge.EARLIEST)
        assert (own.elapsed, own.due_at) == (2 * HOUR, local(f"{MON}T12:00"))
        assert (earliest.elapsed, earliest.due_at) == (3 * HOUR, local(f"{MON}T11:00"))
        assert earliest.started_at == local("2024-03-08T16:00")
        assert earliest.explanation.counted == earliest.elapsed
        later = Absorbed(item="incident:I3", received_at=local(f"{MON}T09:30"))
        assert clock((f"{MON}T09:00", later), on_merge=OnMerge.EARLIEST) == clock()

    def test_case_21_it_is_due_earlier_from_the_merge_on_and_not_before(self) -> None:
        """A reading of an instant before the merge knows nothing of it."""
        link = (f"{MON}T09:00", self.ABSORBED)
        assert clock(link, now=f"{MON}T08:59", on_merge=OnMerge.EARLIEST).due_at == local(f"{MON}T12:00")

    def test_a_clock_that_something_else_started_counts_from_there(self) -> None:
        """Only what counts from the receipt counts from another one."""
        promise = agreement(target("staff_work", hours=4, on_merge=OnMerge.EARLIEST))
        facts = incident(f"{MON}T08:00", *STARTED, (f"{MON}T09:00", self.ABSORBED))
        assert read(promise, facts, f"{MON}T10:00", "staff_work").started_at == local(f"{MON}T08:30")


class TestSplits:
    PART = Linked(kind=LinkKind.SPLIT_FROM, item="incident:I0", received_at=local("2024-03-08T15:00"))

    def test_case_21_a_part_starts_anew_or_inherits_the_original_start(self) -> None:
        """Two hours of Friday are used up already."""
        link = (f"{MON}T08:00", self.PART)
        assert clock(link).due_at == local(f"{MON}T12:00")
        assert clock(link, on_split=OnSplit.INHERIT).due_at == local(f"{MON}T10:00")
        days = clock(link, on_split=OnSplit.INHERIT, goal=WithinWorkingDays(1))
        assert days.due_at == local(f"{MON}T15:00")


def test_rules_are_left_out_of_the_stored_form_while_they_say_nothing_new() -> None:
    """Digests of terms on record stay."""
    assert not {"on_duplicate", "on_merge", "on_split"} & set(to_plain(terms(target()))["targets"][0])
    whole = terms(target(on_duplicate=OnDuplicate.FOLLOW, on_merge=OnMerge.EARLIEST, on_split=OnSplit.INHERIT))
    assert from_plain(type(whole), to_plain(whole)) == whole


@st.composite
def moments_of(draw: st.DrawFn, story: Story) -> Instant:
    """An instant from the receipt until the story is read."""
    start, end = to_micros(story.facts[0].occurred_at), to_micros(story.now)
    return from_micros(draw(st.integers(start, max(start, end))))


class TestLaws:
    @settings(max_examples=60)
    @given(stories(), st.data())
    def test_a_cancelled_duplicate_owes_nothing_more(self, story: Story, data: st.DataObject) -> None:
        """Every clock that was open is cancelled, every other one shows what it showed."""
        at = data.draw(moments_of(story))
        linked = insert(story, at, DUPLICATE)
        before = {(r.measure, r.cycle): r for r in read_clocks(story.agreement, story.facts, at)}
        for reading in read_clocks(linked.agreement, linked.facts, linked.now):
            earlier = before[reading.measure, reading.cycle]
            assert not reading.is_open
            if earlier.is_open:
                assert reading.phase is ClockPhase.CANCELLED

    @settings(max_examples=60)
    @given(stories(), st.data())
    def test_the_order_in_which_links_are_handed_over_changes_nothing(self, story: Story, data: st.DataObject) -> None:
        """Like that of all facts."""
        link = data.draw(st.sampled_from([DUPLICATE, TestMerges.ABSORBED, TestSplits.PART]))
        linked = insert(story, data.draw(moments_of(story)), link)
        shuffled = tuple(data.draw(st.permutations(linked.facts)))
        one, other = (read_clocks(linked.agreement, facts, linked.now) for facts in (linked.facts, shuffled))
        assert one == other
