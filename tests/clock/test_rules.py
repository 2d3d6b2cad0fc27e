"""What a target may say of pauses, changes and reopenings, and the measures that go in cycles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import DueWhilePaused, Measure, OnChange, OnReopening, ServiceAgreement, WithinWorkingDays
from svcdelivery.clock import ClockPhase, ClockReading, SpanKind, Verdict, next_due, read_clocks
from svcdelivery.facts import Fact
from svcdelivery.timeline import Instant
from svcdelivery.work import (
    Assigned,
    Audience,
    Cancelled,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Reopened,
    Resolved,
    Resumed,
    Started,
)
from tests.clock.worlds import ANN, BOB, agreement, for_priority, incident, local, read, target

MON, TUE, WED = "2024-03-11", "2024-03-12", "2024-03-13"
CUSTOMER, SUPPLIER = PutOnHold(reason="customer"), PutOnHold(reason="supplier")
ASSIGNED, RESOLVED, REOPENED = Assigned(team="desk"), Resolved(), Reopened(ground="again")
MESSAGE, NOTE = MessagePosted(audience=Audience.REQUESTER), MessagePosted(audience=Audience.INTERNAL)


def cycles(promise: ServiceAgreement, facts: tuple[Fact[Any], ...], now: str) -> list[ClockReading]:
    return list(read_clocks(promise, facts, local(now)))


class TestDueWhilePaused:
    FACTS = incident(
        f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T10:00", CUSTOMER), (f"{MON}T15:00", Resumed())
    )

    def _dues(self, rule: DueWhilePaused, **rest: Any) -> list[Instant | None]:
        promise = agreement(target(hours=4, pause_on={"customer"}, due_while_paused=rule, **rest))
        return [read(promise, self.FACTS, f"{MON}T{at}").due_at for at in ("09:00", "10:00", "11:00", "14:00", "16:00")]

    def test_case_11_none_frozen_or_sliding(self) -> None:
        """Two of four hours are used at ten; lunch is closed; on going on at three, two hours are left."""
        noon, five = local(f"{MON}T12:00"), local(f"{MON}T17:00")
        assert self._dues(DueWhilePaused.NONE) == [noon, None, None, None, five]
        assert self._dues(DueWhilePaused.FROZEN) == [noon, noon, noon, noon, five]
        slid = [local(f"{MON}T14:00"), local(f"{MON}T16:00")]
        assert self._dues(DueWhilePaused.SLIDING) == [noon, noon, *slid, five]

    def test_case_11_goals_of_days_slide_and_freeze_as_well(self) -> None:
        """By the open time paused so far."""
        days = {"goal": WithinWorkingDays(1)}
        eight = local(f"{TUE}T08:00")
        assert self._dues(DueWhilePaused.FROZEN, **days) == [eight] * 4 + [local(f"{TUE}T12:00")]
        assert self._dues(DueWhilePaused.SLIDING, **days) == [
            eight, eight, local(f"{TUE}T09:00"), local(f"{TUE}T11:00"), local(f"{TUE}T12:00")
        ]  # fmt: skip

    def test_a_due_instant_that_is_only_shown_breaches_nothing(self) -> None:
        """At two the frozen noon is past; the clock stands still, and nothing is late."""
        promise = agreement(target(hours=4, pause_on={"customer"}, due_while_paused=DueWhilePaused.FROZEN))
        reading = read(promise, self.FACTS, f"{MON}T14:00")
        assert (reading.verdict, reading.due_is_provisional, reading.breached_at) == (Verdict.OPEN, True, None)
        assert next_due([reading]) == local(f"{MON}T12:00")

    def test_case_09_two_reasons_in_a_row_are_one_standstill(self) -> None:
        """Frozen means as when the clock came to a stand, whatever it stands still for now."""
        promise = agreement(target(hours=4, pause_on={"customer", "supplier"}, due_while_paused=DueWhilePaused.FROZEN))
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T10:00", CUSTOMER), (f"{MON}T11:00", Resumed()),
            (f"{MON}T11:00", SUPPLIER),
        )  # fmt: skip
        assert read(promise, facts, f"{MON}T14:00").due_at == local(f"{MON}T12:00")


class TestChange:
    def _read(self, rule: OnChange, *changes: tuple[str, str], now: str = f"{MON}T16:00") -> ClockReading:
        promise = agreement(
            target(name="slow", hours=8, scope=for_priority("P3"), on_change=rule, pause_on={"customer"}),
            target(name="fast", hours=4, scope=for_priority("P1"), on_change=rule, pause_on={"customer"}),
        )
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T09:00", CUSTOMER), (f"{MON}T10:00", Resumed()),
            *((at, PriorityChanged(priority=priority)) for at, priority in changes), priority="P3",
        )  # fmt: skip
        return read(promise, facts, now)

    def test_retroactive_counts_from_the_original_start_and_keeps_pauses(self) -> None:
        """Four hours from eight, one paused, lunch closed: two o'clock."""
        reading = self._read(OnChange.RETROACTIVE, (f"{MON}T11:00", "P1"))
        assert (reading.target, reading.due_at) == ("fast", local(f"{MON}T14:00"))

    def test_restart_counts_from_the_change(self) -> None:
        """Four hours from eleven: four o'clock. The explanation begins there."""
        reading = self._read(OnChange.RESTART, (f"{MON}T11:00", "P1"))
        assert (reading.started_at, reading.due_at) == (local(f"{MON}T11:00"), local(f"{MON}T16:00"))
        assert reading.elapsed == timedelta(hours=4)
        assert reading.explanation.spans[0].start == local(f"{MON}T11:00")
        assert reading.explanation.counted == reading.elapsed

    def test_keep_stays_with_the_first_target(self) -> None:
        """Whatever the priority becomes, also one without a target."""
        for changes in ([(f"{MON}T11:00", "P1")], [(f"{MON}T11:00", "P2")]):
            reading = self._read(OnChange.KEEP, *changes)
            assert (reading.target, reading.due_at) == ("slow", local(f"{TUE}T09:00"))
            assert reading.phase is ClockPhase.RUNNING

    def test_case_14_up_and_down_changes_nothing_but_under_restart(self) -> None:
        """There and back within a minute; restarting was asked for, so it does."""
        there_and_back = [(f"{MON}T11:00", "P1"), (f"{MON}T11:01", "P3")]
        for rule in (OnChange.RETROACTIVE, OnChange.KEEP):
            assert self._read(rule, *there_and_back) == self._read(rule)
        assert self._read(OnChange.RESTART, *there_and_back).started_at == local(f"{MON}T11:01")

    def test_case_14_a_change_after_the_stop_changes_no_verdict(self) -> None:
        """A resolved clock is judged by the priority it stopped with."""
        for rule in OnChange:
            promise = agreement(
                target(name="slow", hours=8, scope=for_priority("P3"), on_change=rule),
                target(name="fast", hours=1, scope=for_priority("P1"), on_change=rule),
            )
            done = (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", Started()), (f"{MON}T12:00", RESOLVED)
            facts = incident(f"{MON}T08:00", *done, (f"{MON}T13:00", PriorityChanged(priority="P1")), priority="P3")
            reading = read(promise, facts, f"{MON}T14:00")
            assert (reading.target, reading.verdict) == ("slow", Verdict.MET)

    def test_a_priority_without_a_target_cancels_and_one_with_a_target_goes_on(self) -> None:
        """Under the rules that follow the change."""
        for rule in (OnChange.RETROACTIVE, OnChange.RESTART):
            assert self._read(rule, (f"{MON}T11:00", "P2")).phase is ClockPhase.CANCELLED
            back = self._read(rule, (f"{MON}T11:00", "P2"), (f"{MON}T11:30", "P3"))
            assert (back.target, back.phase) == ("slow", ClockPhase.RUNNING)


class TestReopening:
    FACTS = incident(
        f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", Started()), (f"{MON}T14:00", RESOLVED),
        (f"{TUE}T08:00", REOPENED), (f"{TUE}T10:00", RESOLVED), (f"{TUE}T15:00", REOPENED),
    )  # fmt: skip

    def _read(self, rule: OnReopening, now: str = f"{TUE}T16:00") -> list[ClockReading]:
        return cycles(agreement(target(hours=4, on_reopening=rule)), self.FACTS, now)

    def test_case_12_resume_makes_the_closed_time_a_pause(self) -> None:
        """Five hours, two, and one; four were promised."""
        (reading,) = self._read(OnReopening.RESUME)
        assert (reading.elapsed, reading.cycle) == (timedelta(hours=8), 1)
        assert reading.verdict is Verdict.BREACHED
        assert [s.kind for s in reading.explanation.spans].count(SpanKind.PAUSED) == 2

    def test_case_12_restart_forgets_what_was(self) -> None:
        """Only the hour since the last reopening counts."""
        (reading,) = self._read(OnReopening.RESTART)
        assert (reading.elapsed, reading.cycle, reading.verdict) == (timedelta(hours=1), 1, Verdict.OPEN)
        assert reading.started_at == local(f"{TUE}T15:00")

    def test_case_12_a_new_cycle_leaves_earlier_verdicts_readable(self) -> None:
        """The first was late, the second in time, the third is open."""
        readings = self._read(OnReopening.NEW_CYCLE)
        assert [(r.cycle, r.verdict, r.elapsed) for r in readings] == [
            (1, Verdict.BREACHED, timedelta(hours=5)),
            (2, Verdict.MET, timedelta(hours=2)),
            (3, Verdict.OPEN, timedelta(hours=1)),
        ]
        assert [r.headline.split(":")[0] for r in readings][1:] == [
            "resolution (cycle 2) MET",
            "resolution (cycle 3) OPEN",
        ]

    def test_a_response_that_was_given_stays_given(self) -> None:
        """Only a clock that ended with the work is touched by its reopening."""
        for rule in OnReopening:
            facts = incident(f"{MON}T08:00", (f"{MON}T09:00", MESSAGE), *_of(self.FACTS))
            (reading,) = cycles(agreement(target("first_response", on_reopening=rule)), facts, f"{TUE}T16:00")
            assert reading.stopped_at == local(f"{MON}T09:00")


def _of(facts: tuple[Fact[Any], ...]) -> list[tuple[Instant, Any]]:
    return [(fact.occurred_at, fact.body) for fact in facts[1:]]


def next_responses(*happened: Any, now: str) -> list[tuple[int, str, str | None, str]]:
    """Cycle, start, stop and phase of each next response."""
    facts = incident(f"{MON}T08:00", *happened)
    readings = cycles(agreement(target("next_response", hours=2, pause_on={"customer"})), facts, now)
    return [(r.cycle, _at(r.started_at) or "", _at(r.stopped_at), r.phase.value) for r in readings]


def _at(instant: Instant | None) -> str | None:
    return None if instant is None else f"{instant.in_timezone('Europe/Berlin'):%dT%H:%M}"


class TestNextResponse:
    def test_case_13_it_runs_from_the_oldest_unanswered_message(self) -> None:
        """A second question moves nothing; an answer ends the cycle and the next question begins another."""
        asked = [(f"{MON}T{at}", MESSAGE, ANN) for at in ("09:00", "09:30", "11:00", "11:30")]
        answered = (f"{MON}T10:00", MESSAGE, BOB)
        assert next_responses(*asked[:2], answered, *asked[2:], now=f"{MON}T11:45") == [
            (1, "11T09:00", "11T10:00", "stopped"),
            (2, "11T11:00", None, "running"),
        ]

    def test_case_13_neither_a_note_nor_the_receipt_begins_or_ends_it(self) -> None:
        """Without a message from the requester it waits; a note among staff is no answer."""
        assert next_responses((f"{MON}T09:00", NOTE), now=f"{MON}T10:00") == [(1, "", None, "waiting")]
        said = next_responses((f"{MON}T09:00", MESSAGE, ANN), (f"{MON}T09:30", NOTE), now=f"{MON}T10:00")
        assert said == [(1, "11T09:00", None, "running")]

    def test_case_13_a_message_of_staff_first_begins_nothing(self) -> None:
        """Opened by staff, with a word to the requester: nobody has asked yet."""
        assert next_responses((f"{MON}T09:00", MESSAGE, BOB), now=f"{MON}T10:00") == [(1, "", None, "waiting")]

    def test_the_end_of_the_work_ends_a_cycle_and_thanks_begin_none(self) -> None:
        """A message to work that is done is a question only once the work is reopened."""
        done = [(f"{MON}T09:00", ASSIGNED), (f"{MON}T09:00", Started()), (f"{MON}T11:00", RESOLVED)]
        thanks = (f"{MON}T14:00", MESSAGE, ANN)
        assert next_responses(*done, thanks, now=f"{MON}T16:00") == [(1, "", None, "waiting")]
        reopened = [*done, thanks, (f"{MON}T15:00", REOPENED)]
        assert next_responses(*reopened, now=f"{MON}T16:00") == [(1, "11T14:00", None, "running")]
        answered = [*done, thanks, (f"{MON}T14:30", MESSAGE, BOB), (f"{MON}T15:00", REOPENED)]
        assert next_responses(*answered, now=f"{MON}T16:00") == [(1, "", None, "waiting")]

    def test_the_time_until_reopening_is_a_pause(self) -> None:
        """Asked at two, reopened at three: at four one hour has counted."""
        facts = incident(
            f"{MON}T08:00", (f"{MON}T09:00", ASSIGNED), (f"{MON}T09:00", Started()), (f"{MON}T11:00", RESOLVED),
            (f"{MON}T14:00", MESSAGE, ANN), (f"{MON}T15:00", REOPENED),
        )  # fmt: skip
        reading = read(agreement(target("next_response", hours=2)), facts, f"{MON}T16:00", "next_response")
        assert (reading.elapsed, reading.due_at) == (timedelta(hours=1), local(f"{MON}T17:00"))

    def test_an_unanswered_question_runs_on_after_a_reopening(self) -> None:
        """It was judged at the resolution; reopened, it waits again for the same answer."""
        said = [(f"{MON}T09:00", MESSAGE, ANN), (f"{MON}T09:00", ASSIGNED), (f"{MON}T09:00", Started())]
        done = [*said, (f"{MON}T10:00", RESOLVED)]
        assert next_responses(*done, now=f"{MON}T11:00") == [(1, "11T09:00", "11T10:00", "stopped")]
        assert next_responses(*done, (f"{MON}T14:00", REOPENED), now=f"{MON}T15:00") == [
            (1, "11T09:00", None, "running")
        ]

    def test_cancelled_work_owes_no_answer(self) -> None:
        """The open cycle is cancelled; those before keep their verdict."""
        said = [(f"{MON}T09:00", MESSAGE, ANN), (f"{MON}T10:00", MESSAGE, BOB), (f"{MON}T11:00", MESSAGE, ANN)]
        told = next_responses(*said, (f"{MON}T11:30", Cancelled()), now=f"{MON}T12:00")
        assert [(cycle, phase) for cycle, *_, phase in told] == [(1, "stopped"), (2, "cancelled")]


class TestPeriodicUpdate:
    PROMISE = agreement(target("periodic_update", hours=2))

    def test_it_starts_with_the_first_word_to_the_requester_and_each_one_arms_it_anew(self) -> None:
        """Notes among staff and the requester's own words count for nothing."""
        assert cycles(self.PROMISE, incident(f"{MON}T08:00"), f"{MON}T12:00")[0].phase is ClockPhase.WAITING
        facts = incident(
            f"{MON}T08:00", (f"{MON}T09:00", MESSAGE, BOB), (f"{MON}T09:30", NOTE), (f"{MON}T09:45", MESSAGE, ANN),
            (f"{MON}T10:30", MESSAGE, BOB),
        )  # fmt: skip
        first, second = cycles(self.PROMISE, facts, f"{MON}T11:00")
        assert (first.elapsed, first.verdict) == (timedelta(minutes=90), Verdict.MET)
        assert (second.started_at, second.due_at) == (local(f"{MON}T10:30"), local(f"{MON}T13:30"))

    def test_a_late_update_is_a_breach_of_its_own_cycle(self) -> None:
        """The next one is judged for itself."""
        facts = incident(f"{MON}T08:00", (f"{MON}T09:00", MESSAGE, BOB), (f"{MON}T15:00", MESSAGE, BOB))
        first, second = cycles(self.PROMISE, facts, f"{MON}T16:00")
        assert (first.verdict, first.overdue) == (Verdict.BREACHED, timedelta(hours=3))
        assert second.verdict is Verdict.OPEN

    @given(st.lists(st.tuples(st.integers(0, 600), st.sampled_from(["staff", "requester", "note"])), max_size=12))
    def test_law_cycles_follow_one_another_without_gap(self, said: list[tuple[int, str]]) -> None:
        """Each starts where the one before stopped, and their time adds up to that since the first word."""
        start = local(f"{MON}T08:00")
        bodies = {"staff": (MESSAGE, BOB), "requester": (MESSAGE, ANN), "note": (NOTE, BOB)}
        happened = [(start + timedelta(minutes=minute), *bodies[who]) for minute, who in sorted(said)]
        readings = cycles(self.PROMISE, incident(start, *happened), f"{WED}T08:00")
        words = [at for at, _, actor in happened if actor is BOB and _ is MESSAGE]
        assert [reading.started_at for reading in readings] == (words or [None])
        assert [reading.stopped_at for reading in readings] == [*words[1:], None]
        assert [reading.cycle for reading in readings] == list(range(1, len(readings) + 1))


def test_a_signal_that_is_to_start_and_to_stop_a_clock_at_once_does_not_start_it() -> None:
    """Only a measure that repeats is armed anew by what ends it."""
    measure = Measure(name="odd", start={"staff_message"}, stop={"staff_message"})
    promise = agreement(target("odd", hours=1), measures=(measure,))
    facts = incident(f"{MON}T08:00", (f"{MON}T09:00", MESSAGE, BOB))
    assert [r.phase for r in cycles(promise, facts, f"{MON}T10:00")] == [ClockPhase.WAITING]
