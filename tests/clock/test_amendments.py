"""Amendments that apply to open work, and suspensions: examples that name instants, and laws."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import (
    AgreementRevision,
    AgreementStatus,
    AppliesToOpen,
    Boundary,
    ByEndOfWorkingDay,
    DueWhilePaused,
    Measure,
    NamedHours,
    NoTarget,
    OnAmendment,
    OnChange,
    OnReopening,
    OpenClocks,
    ServiceAgreement,
    StatusSince,
    TimeKind,
    Within,
    WithinWorkingDays,
)
from svcdelivery.clock import ClockPhase, ClockReading, SpanKind, Verdict, compare, read_clocks
from svcdelivery.errors import InvalidValueError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies import Story, revisions, stories
from svcdelivery.timeline import from_micros, to_micros
from svcdelivery.work import (
    Assigned,
    Audience,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Reopened,
    Resolved,
    Resumed,
    Started,
)
from tests.clock.worlds import BOB, HOUR, OFFICE, agreement, for_priority, incident, local, read, target, terms

MON, TUE, WED = "2024-03-11", "2024-03-12", "2024-03-13"
ASSIGNED, STARTED, RESOLVED = Assigned(team="desk"), Started(), Resolved()
CUSTOMER = PutOnHold(reason="customer")
CARRY, RESTART = OnAmendment.CARRY, OnAmendment.RESTART


def amended(
    revision: AgreementRevision, at: str, rule: OnAmendment | None = CARRY, *, number: int = 2, **rest: Any
) -> AgreementRevision:
    """Terms in force from a local time on, for open work too unless the rule is None."""
    applies = None if rule is None else AppliesToOpen(rule)
    return evolve(revision, number=number, effective_at=local(at), applies_to_open=applies, **rest)


def both(first: AgreementRevision, *later: AgreementRevision) -> ServiceAgreement:
    return ServiceAgreement.of(first, *later)


def revisions_of(reading: ClockReading) -> list[str]:
    """The revision of each span, those in a row told once."""
    names = [span.revision for span in reading.explanation.spans]
    return [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]


class TestCase15AnAgreementEditedMidway:
    FACTS = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED))
    FIRST = terms(target(hours=6))

    def test_case_15_without_a_word_open_work_stays_under_the_terms_it_came_in_under(self) -> None:
        """Those pinned at its receipt."""
        second = amended(terms(target(hours=2)), f"{MON}T10:00", None)
        reading = read(both(self.FIRST, second), self.FACTS, f"{MON}T11:00")
        assert reading.due_at == local(f"{MON}T15:00")
        assert revisions_of(reading) == ["acme-1 revision 1"]

    def test_case_15_carried_over_the_time_counted_stays_and_the_new_goal_is_judged_by_the_sum(self) -> None:
        """Two hours under the first terms, the rest under the second; each span names its own."""
        second = amended(terms(target(hours=5)), f"{MON}T10:00")
        reading = read(both(self.FIRST, second), self.FACTS, f"{MON}T14:00")
        assert (reading.elapsed, reading.due_at, reading.goal) == (5 * HOUR, local(f"{MON}T14:00"), 5 * HOUR)
        assert (reading.started_at, reading.verdict) == (local(f"{MON}T08:00"), Verdict.OPEN)
        assert revisions_of(reading) == ["acme-1 revision 1", "acme-1 revision 2"]
        assert reading.explanation.counted == reading.elapsed
        assert reading.explanation.spans[0].end == local(f"{MON}T10:00")
        before = read(both(self.FIRST, second), self.FACTS, f"{MON}T09:59")
        assert (before.due_at, revisions_of(before)) == (local(f"{MON}T15:00"), ["acme-1 revision 1"])

    def test_case_15_restarted_the_clock_begins_with_the_new_terms(self) -> None:
        """What it counted before is forgotten."""
        second = amended(terms(target(hours=5)), f"{MON}T10:00", RESTART)
        reading = read(both(self.FIRST, second), self.FACTS, f"{MON}T14:00")
        assert (reading.started_at, reading.elapsed) == (local(f"{MON}T10:00"), 3 * HOUR)
        assert reading.due_at == local(f"{MON}T16:00")
        assert revisions_of(reading) == ["acme-1 revision 2"]

    def test_case_15_both_results_are_explained_and_can_be_compared(self) -> None:
        """Why did the due time move? Because of the other revision."""
        whole = both(self.FIRST, amended(terms(target(hours=5)), f"{MON}T10:00"))
        before, after = (read(whole, self.FACTS, f"{MON}T{at}").explanation for at in ("09:00", "11:00"))
        said = str(compare(before, after))
        assert "acme-1 revision 2" in said
        assert "1:00:00" in said

    def test_case_15_from_a_later_instant_than_the_terms_are_in_force(self) -> None:
        """New work follows them at once, open work from the instant they name."""
        applies = AppliesToOpen(CARRY, local(f"{MON}T12:00"))
        second = evolve(amended(terms(target(hours=5)), f"{MON}T09:00"), applies_to_open=applies)
        whole = both(self.FIRST, second)
        assert read(whole, self.FACTS, f"{MON}T11:59").due_at == local(f"{MON}T15:00")
        assert read(whole, self.FACTS, f"{MON}T12:00").due_at == local(f"{MON}T14:00")
        with pytest.raises(InvalidValueError, match="at which the terms are in force"):
            evolve(second, applies_to_open=AppliesToOpen(CARRY, local(f"{MON}T08:59")))


class TestWhenDue:
    FACTS = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED))

    def due(self, before: float, after: float, at: str, now: str = f"{TUE}T12:00") -> Any:
        second = amended(terms(target(hours=after)), at)
        return read(both(terms(target(hours=before)), second), self.FACTS, now)

    def test_nothing_falls_due_by_terms_that_were_not_in_force(self) -> None:
        """More is used up than the new terms allow: due when they come, not before."""
        reading = self.due(6, 1, f"{MON}T10:00")
        assert (reading.due_at, reading.verdict) == (local(f"{MON}T10:00"), Verdict.BREACHED)
        assert reading.overdue == reading.elapsed - 2 * HOUR

    def test_what_was_due_before_stays_due_since_then(self) -> None:
        """Shorter terms do not make it due earlier than the old ones did."""
        assert self.due(2, 1, f"{MON}T11:00").due_at == local(f"{MON}T10:00")
        assert self.due(2, 2, f"{MON}T11:00").due_at == local(f"{MON}T10:00")

    def test_longer_terms_give_more_time_to_what_was_late(self) -> None:
        """By the terms now in force it is not late; that it was noticed stays on record."""
        reading = self.due(2, 20, f"{MON}T11:00")
        assert (reading.verdict, reading.due_at) == (Verdict.OPEN, local(f"{WED}T12:00"))

    def test_several_amendments_in_a_row(self) -> None:
        """Each part counts under its own terms, and the last goal is held against all of it."""
        later = [
            amended(terms(target(hours=8)), f"{MON}T10:00"),
            amended(terms(target(hours=9, goal=Within(9 * HOUR, TimeKind.WALL))), f"{MON}T12:30", number=3),
        ]
        reading = read(both(terms(target(hours=6)), *later), self.FACTS, f"{MON}T16:00")
        assert (reading.elapsed, reading.due_at) == (4 * HOUR + 3.5 * HOUR, local(f"{MON}T17:30"))
        assert revisions_of(reading) == ["acme-1 revision 1", "acme-1 revision 2", "acme-1 revision 3"]

    def test_an_amendment_that_a_later_one_overtakes_never_applies(self) -> None:
        """The third applies before the second would."""
        second = amended(terms(target(hours=1)), f"{MON}T09:00")
        second = evolve(second, applies_to_open=AppliesToOpen(RESTART, local(f"{MON}T14:00")))
        third = amended(terms(target(hours=7)), f"{MON}T10:00", number=3)
        reading = read(both(terms(target(hours=6)), second, third), self.FACTS, f"{MON}T16:00")
        assert (reading.due_at, revisions_of(reading)) == (
            local(f"{MON}T16:00"), ["acme-1 revision 1", "acme-1 revision 3"],
        )  # fmt: skip

    def test_a_goal_of_days_counts_from_the_start_of_the_clock(self) -> None:
        """Carried over, its date is found from there; restarted, from the new beginning."""
        by_day = terms(target(goal=ByEndOfWorkingDay(1)))
        carried = read(both(terms(target(hours=20)), amended(by_day, f"{TUE}T09:00")), self.FACTS, f"{TUE}T10:00")
        assert carried.due_at == local(f"{TUE}T17:00")
        over = terms(target(goal=ByEndOfWorkingDay(0)))
        late = read(both(terms(target(hours=20)), amended(over, f"{TUE}T09:00")), self.FACTS, f"{TUE}T10:00")
        assert late.due_at == local(f"{TUE}T09:00")
        again = amended(by_day, f"{TUE}T09:00", RESTART)
        assert read(both(terms(target(hours=20)), again), self.FACTS, f"{TUE}T10:00").due_at == local(f"{WED}T17:00")

    def test_pauses_of_both_terms_move_a_goal_of_days(self) -> None:
        """Each pause by the terms under which it was one."""
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", STARTED), (f"{MON}T09:00", CUSTOMER),
            (f"{MON}T11:00", Resumed()), (f"{TUE}T09:00", CUSTOMER), (f"{TUE}T10:00", Resumed()),
        )  # fmt: skip
        days = WithinWorkingDays(1)
        for first, second, due in (
            ({"customer"}, {"customer"}, f"{TUE}T11:00"),
            ({"customer"}, set(), f"{TUE}T10:00"),
            (set(), {"customer"}, f"{TUE}T08:00"),
        ):
            whole = both(
                terms(target(goal=days, pause_on=first)),
                amended(terms(target(goal=days, pause_on=second)), f"{MON}T16:00"),
            )
            assert read(whole, facts, f"{WED}T09:00").due_at == local(due)


class TestWhatIsPaused:
    FACTS = incident(f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", STARTED), (f"{MON}T09:00", CUSTOMER))

    def test_each_part_is_paused_by_its_own_terms(self) -> None:
        """A hold the new terms do not know stops the clock until they come."""
        whole = both(terms(target(hours=6, pause_on={"customer"})), amended(terms(target(hours=6)), f"{MON}T11:00"))
        reading = read(whole, self.FACTS, f"{MON}T12:00")
        assert (reading.phase, reading.elapsed) == (ClockPhase.RUNNING, 2 * HOUR)
        assert [s.kind for s in reading.explanation.spans] == [SpanKind.COUNTED, SpanKind.PAUSED, SpanKind.COUNTED]

    def test_case_16_earned_pauses_stay_earned_when_the_terms_change_during_one(self) -> None:
        """And a clock that stands still shows what its new target says."""
        shown = {
            DueWhilePaused.NONE: None,
            DueWhilePaused.FROZEN: f"{MON}T15:00",
            DueWhilePaused.SLIDING: f"{TUE}T09:00",
        }
        for rule, due in shown.items():
            new = target(hours=6, pause_on={"customer"}, due_while_paused=rule)
            whole = both(terms(target(hours=4, pause_on={"customer"})), amended(terms(new), f"{MON}T11:00"))
            reading = read(whole, self.FACTS, f"{MON}T12:30")
            assert (reading.phase, reading.elapsed) == (ClockPhase.PAUSED, HOUR)
            assert reading.due_at == (None if due is None else local(due))
            assert reading.due_is_provisional is (due is not None)

    def test_case_16_a_calendar_edited_midway_counts_from_the_amendment_on(self) -> None:
        """Longer hours; a pause before and a target met before keep what they were."""
        longer = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["06:00-22:00"]})
        first = terms(target(hours=10), target("first_response", hours=2))
        second = amended(first, f"{MON}T16:00", hours=(NamedHours("office", longer),))
        answer = MessagePosted(audience=Audience.REQUESTER)
        facts = incident(f"{MON}T08:00", (f"{MON}T09:00", answer, BOB))
        whole = both(first, second)
        assert read(whole, facts, f"{TUE}T09:00").due_at == local(f"{MON}T19:00")
        response = read(whole, facts, f"{TUE}T09:00", "first_response")
        assert (response.due_at, revisions_of(response)) == (local(f"{MON}T10:00"), ["acme-1 revision 1"])


class TestTargetsThatComeAndGo:
    FACTS = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED))

    @pytest.mark.parametrize("rule", OnAmendment)
    def test_case_17_a_target_that_an_amendment_brings_counts_from_its_coming(self, rule: OnAmendment) -> None:
        """Nobody is late at once by a promise that was not made."""
        whole = both(terms(target("closure")), amended(terms(target("closure"), target(hours=1)), f"{MON}T10:00", rule))
        assert [r.measure for r in read_clocks(whole, self.FACTS, local(f"{MON}T09:59"))] == ["closure"]
        reading = read(whole, self.FACTS, f"{MON}T10:30")
        assert (reading.started_at, reading.elapsed) == (local(f"{MON}T10:00"), HOUR / 2)
        assert (reading.due_at, reading.verdict) == (local(f"{MON}T11:00"), Verdict.OPEN)

    def test_a_target_that_an_amendment_removes_is_judged_no_more(self) -> None:
        """Gone, or promising nothing: the clock is cancelled; one that stopped before stays judged."""
        first = terms(target(hours=1), target("first_response", hours=2))
        for later in (terms(target("first_response", hours=2)), terms(target(goal=NoTarget()), *first.targets[1:])):
            whole = both(first, amended(later, f"{MON}T10:00"))
            assert read(whole, self.FACTS, f"{MON}T09:30").verdict is Verdict.BREACHED
            gone = read(whole, self.FACTS, f"{MON}T10:30")
            assert (gone.phase, gone.verdict, gone.due_at) == (ClockPhase.CANCELLED, Verdict.NONE, None)
            done = incident(
                f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED), (f"{MON}T08:40", STARTED), (f"{MON}T08:50", RESOLVED)
            )
            assert read(whole, done, f"{MON}T10:30").verdict is Verdict.MET

    def test_a_target_that_was_removed_and_comes_back_begins_anew(self) -> None:
        """What was counted before it went is gone with it."""
        first = terms(target(hours=4))
        whole = both(first, amended(terms(), f"{MON}T10:00"), amended(terms(target(hours=4)), f"{MON}T14:00", number=3))
        reading = read(whole, self.FACTS, f"{MON}T16:00")
        assert (reading.started_at, reading.elapsed) == (local(f"{MON}T14:00"), 2 * HOUR)

    def test_a_stop_at_the_very_instant_is_judged_by_the_terms_until_then(self) -> None:
        """What happens at an instant comes before what begins at it."""
        done = incident(
            f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED), (f"{MON}T08:40", STARTED), (f"{MON}T10:00", RESOLVED)
        )
        whole = both(terms(target(hours=2)), amended(terms(target(hours=1)), f"{MON}T10:00"))
        reading = read(whole, done, f"{MON}T12:00")
        assert (reading.verdict, reading.due_at) == (Verdict.MET, local(f"{MON}T10:00"))

    def test_work_reopened_after_an_amendment_goes_on_under_it(self) -> None:
        """It was not open when the terms came, and is now."""
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED), (f"{MON}T08:40", STARTED), (f"{MON}T09:00", RESOLVED),
            (f"{MON}T11:00", Reopened(ground="again")),
        )  # fmt: skip
        for rule, start, elapsed in ((CARRY, "08:00", 2 * HOUR), (RESTART, "10:00", HOUR)):
            whole = both(terms(target(hours=2)), amended(terms(target(hours=4)), f"{MON}T10:00", rule))
            assert read(whole, facts, f"{MON}T10:30").due_at == local(f"{MON}T10:00")
            reading = read(whole, facts, f"{MON}T12:00")
            assert (reading.started_at, reading.elapsed) == (local(f"{MON}T{start}"), elapsed)


class TestChangesOfPriority:
    FACTS = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED), (f"{MON}T11:00", PriorityChanged(priority="P1")))

    def terms(self, hours: float, urgent: float, on_change: OnChange) -> AgreementRevision:
        return terms(
            target(hours=hours, on_change=on_change),
            target(hours=urgent, name="urgent", scope=for_priority("P1"), on_change=on_change),
        )

    @pytest.mark.parametrize(
        ("on_change", "due"),
        [
            (OnChange.RETROACTIVE, f"{MON}T12:00"),
            (OnChange.RESTART, f"{MON}T16:00"),
            (OnChange.KEEP, f"{MON}T17:00"),
        ],
    )
    def test_the_rule_of_the_target_in_force_at_the_change_decides(self, on_change: OnChange, due: str) -> None:
        """As without amendments; the terms that come in between are carried over."""
        whole = both(self.terms(7, 3, on_change), amended(self.terms(8, 4, on_change), f"{MON}T10:00"))
        reading = read(whole, self.FACTS, f"{MON}T11:30")
        assert reading.due_at == local(due)

    def test_case_14_up_and_down_changes_nothing(self) -> None:
        """Also with an amendment between the two."""
        whole = both(
            self.terms(7, 3, OnChange.RETROACTIVE), amended(self.terms(8, 4, OnChange.RETROACTIVE), f"{MON}T10:00")
        )
        still = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED), priority="P2")
        there_and_back = incident(
            f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED), (f"{MON}T09:00", PriorityChanged(priority="P1")),
            (f"{MON}T11:00", PriorityChanged(priority="P2")), priority="P2",
        )  # fmt: skip
        assert read(whole, there_and_back, f"{MON}T15:00") == read(whole, still, f"{MON}T15:00")


class TestMeasuresChangedByAnAmendment:
    def measured(self, stop: set[str]) -> AgreementRevision:
        own = Measure(name="triage", start={"received"}, stop=stop)
        return terms(target("triage", hours=8), measures=(own,))

    def test_what_happened_before_counts_by_the_old_measure_and_what_happens_after_by_the_new(self) -> None:
        """An assignment stops the clock only while the terms say so."""
        whole = both(self.measured({"assigned"}), amended(self.measured({"started"}), f"{MON}T10:00"))
        early = incident(f"{MON}T08:00", (f"{MON}T09:00", ASSIGNED))
        assert read(whole, early, f"{MON}T12:00", "triage").stopped_at == local(f"{MON}T09:00")
        late = incident(f"{MON}T08:00", (f"{MON}T11:00", ASSIGNED), (f"{MON}T11:30", STARTED))
        assert read(whole, late, f"{MON}T12:00", "triage").stopped_at == local(f"{MON}T11:30")

    def test_a_measure_that_is_new_looks_back_for_its_start(self) -> None:
        """The clock starts at the amendment, since before it nothing was promised."""
        whole = both(terms(target()), amended(self.measured({"assigned"}), f"{MON}T10:00"))
        reading = read(whole, incident(f"{MON}T08:00"), f"{MON}T11:00", "triage")
        assert (reading.started_at, reading.elapsed) == (local(f"{MON}T10:00"), HOUR)
        gone = read(whole, incident(f"{MON}T08:00"), f"{MON}T11:00")
        assert gone.phase is ClockPhase.CANCELLED


class TestSuspension:
    FACTS = incident(f"{MON}T08:00", (f"{MON}T08:30", ASSIGNED))

    def suspended(self, clocks: OpenClocks, *more: tuple[AgreementStatus, str]) -> ServiceAgreement:
        first = StatusSince(
            status=AgreementStatus.SUSPENDED, since=local(f"{MON}T10:00"), known_since=local(f"{MON}T10:00"),
            open_clocks=clocks, ground="unpaid", actor="staff:olga",
        )  # fmt: skip
        rest = [StatusSince(status=status, since=local(at), known_since=local(at)) for status, at in more]
        return evolve(agreement(target(hours=6)), statuses=(first, *rest))

    def test_open_clocks_run_on_unless_it_says_that_they_pause(self) -> None:
        """As the suspension says."""
        reading = read(self.suspended(OpenClocks.RUN), self.FACTS, f"{MON}T12:00")
        assert (reading.phase, reading.elapsed) == (ClockPhase.RUNNING, 4 * HOUR)

    def test_a_pause_lasts_until_the_agreement_is_reinstated(self) -> None:
        """It is a pause like any other, with the ground and who suspended it."""
        paused = self.suspended(OpenClocks.PAUSE)
        reading = read(paused, self.FACTS, f"{TUE}T12:00")
        assert (reading.phase, reading.elapsed, reading.due_at) == (ClockPhase.PAUSED, 2 * HOUR, None)
        span = reading.explanation.spans[-1]
        assert (span.kind, span.reason, span.actor) == (SpanKind.PAUSED, "agreement suspended: unpaid", "staff:olga")
        again = self.suspended(OpenClocks.PAUSE, (AgreementStatus.AGREED, f"{TUE}T09:00"))
        reading = read(again, self.FACTS, f"{TUE}T12:00")
        assert (reading.phase, reading.elapsed, reading.due_at) == (ClockPhase.RUNNING, 5 * HOUR, local(f"{TUE}T14:00"))

    def test_an_agreement_that_ends_while_suspended_lets_its_clocks_stand_still(self) -> None:
        """Nobody is late by an agreement that was suspended and never reinstated."""
        ended = self.suspended(OpenClocks.PAUSE, (AgreementStatus.TERMINATED, f"{TUE}T09:00"))
        assert read(ended, self.FACTS, f"{WED}T12:00").phase is ClockPhase.PAUSED

    def test_a_hold_within_it_counts_once_and_a_breach_before_it_stays(self) -> None:
        """Overlapping pauses are one."""
        facts = incident(
            f"{MON}T08:00", (f"{MON}T08:00", ASSIGNED), (f"{MON}T08:00", STARTED), (f"{MON}T09:00", CUSTOMER),
            (f"{MON}T11:00", Resumed()),
        )  # fmt: skip
        whole = evolve(self.suspended(OpenClocks.PAUSE, (AgreementStatus.AGREED, f"{MON}T14:00")),
                       revisions=agreement(target(hours=1, pause_on={"customer"})).revisions)  # fmt: skip
        reading = read(whole, facts, f"{MON}T15:00")
        assert (reading.elapsed, reading.verdict, reading.due_at) == (2 * HOUR, Verdict.BREACHED, local(f"{MON}T09:00"))

    def test_it_is_obeyed_across_an_amendment(self) -> None:
        """Whatever terms come meanwhile."""
        paused = self.suspended(OpenClocks.PAUSE, (AgreementStatus.AGREED, f"{MON}T15:00"))
        later = amended(terms(target(hours=4)), f"{MON}T11:00")
        whole = evolve(paused, revisions=(*paused.revisions, later))
        assert read(whole, self.FACTS, f"{MON}T16:00").due_at == local(f"{MON}T17:00")


# -- laws --------------------------------------------------------------------------------------------------------------


def readings(whole: ServiceAgreement, story: Story, now: datetime | None = None) -> tuple[ClockReading, ...]:
    return read_clocks(whole, story.facts, now or story.now)


@st.composite
def moments(draw: st.DrawFn, story: Story) -> datetime:
    """An instant from before the receipt to after the reading."""
    start, end = to_micros(story.facts[0].occurred_at), to_micros(story.now)
    day = 86_400_000_000
    return from_micros(draw(st.one_of(
        st.integers(start - day, end + day), st.sampled_from([to_micros(f.occurred_at) for f in story.facts])
    )))  # fmt: skip


def later_terms(revision: AgreementRevision, at: datetime, rule: OnAmendment, number: int = 2) -> AgreementRevision:
    return evolve(revision, number=number, effective_at=at, applies_to_open=AppliesToOpen(rule))


def looking_back(terms: AgreementRevision) -> AgreementRevision:
    rules = {"on_change": OnChange.RETROACTIVE, "on_reopening": OnReopening.RESUME}
    return evolve(terms, targets=tuple(evolve(target, **rules) for target in terms.targets))


class TestLaws:
    @settings(max_examples=150)
    @given(stories(), st.data())
    def test_an_amendment_that_changes_nothing_moves_nothing(self, story: Story, data: st.DataObject) -> None:
        """Carried over, terms that say the same give the same readings, whenever they come and however often."""
        at = sorted(data.draw(moments(story)) for _ in range(data.draw(st.integers(1, 3))))
        again = [later_terms(story.revision, when, CARRY, number) for number, when in enumerate(at, start=2)]
        whole = ServiceAgreement.of(story.revision, *again)
        assert readings(whole, story) == readings(story.agreement, story)

    @settings(max_examples=100)
    @given(stories(), revisions(), st.data(), st.sampled_from(OnAmendment))
    def test_spans_tile_the_clock_and_those_counted_add_up(
        self, story: Story, other: AgreementRevision, data: st.DataObject, rule: OnAmendment
    ) -> None:
        """Across any amendment, and each span names the revision in force in it."""
        at = data.draw(moments(story))
        whole = ServiceAgreement.of(story.revision, later_terms(other, at, rule))
        for reading in readings(whole, story):
            spans = reading.explanation.spans
            assert reading.explanation.counted == reading.elapsed
            assert all(a.end == b.start for a, b in pairwise(spans))
            for span in spans:
                assert span.revision == f"acme-1 revision {1 if span.end <= at else 2}"

    @settings(max_examples=100)
    @given(stories(), revisions(), st.data())
    def test_nothing_falls_due_before_the_terms_that_say_so(
        self, story: Story, other: AgreementRevision, data: st.DataObject
    ) -> None:
        """A clock is due when the new terms come, or later, unless it was due by the old ones."""
        at = data.draw(moments(story))
        # Where terms treat changes and reopenings differently, a cycle of one is another cycle of the other.
        first, second = (looking_back(terms) for terms in (story.revision, other))
        old = {(r.measure, r.cycle): r.due_at for r in readings(ServiceAgreement.of(first), story)}
        for reading in readings(ServiceAgreement.of(first, later_terms(second, at, CARRY)), story):
            if reading.due_at is not None and reading.due_at < at <= story.now:
                assert old[reading.measure, reading.cycle] == reading.due_at

    @settings(max_examples=100)
    @given(stories(), revisions(), st.data())
    def test_restarted_a_clock_is_that_of_work_received_at_the_amendment(
        self, story: Story, other: AgreementRevision, data: st.DataObject
    ) -> None:
        """What it shows hangs on nothing that was counted before."""
        at = data.draw(moments(story))
        whole = ServiceAgreement.of(story.revision, later_terms(other, at, RESTART))
        zero = (evolve(t, goal=Within(timedelta(0)), pauses_move_due=False) for t in story.revision.targets)
        earlier = ServiceAgreement.of(evolve(story.revision, targets=tuple(zero)), later_terms(other, at, RESTART))
        for one, two in zip(readings(whole, story), readings(earlier, story), strict=True):
            if one.started_at is not None and one.started_at >= at and one.explanation.revision == 2:
                assert one == two

    @settings(max_examples=60)
    @given(stories(), revisions(), st.data(), st.sampled_from(OnAmendment))
    def test_an_amendment_to_come_shows_nowhere(
        self, story: Story, other: AgreementRevision, data: st.DataObject, rule: OnAmendment
    ) -> None:
        """Before the instant it names, every reading is what it would be without it."""
        ahead = data.draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=9)))
        whole = ServiceAgreement.of(story.revision, later_terms(other, datetime.__add__(story.now, ahead), rule))
        assert readings(whole, story) == readings(story.agreement, story)


def test_boundaries_and_zero_goals_are_those_of_the_part_they_fall_in() -> None:
    """Used up exactly at the closing before which the terms changed."""
    facts = incident(f"{MON}T13:00")
    for boundary, due in ((Boundary.CLOSE, f"{MON}T17:00"), (Boundary.NEXT_OPEN, f"{TUE}T08:00")):
        same = terms(target(hours=4, boundary=boundary))
        for at in (f"{MON}T15:00", f"{MON}T17:00", f"{MON}T20:00"):
            assert read(both(same, amended(same, at)), facts, f"{TUE}T12:00").due_at == local(due)


def test_hours_that_change_from_a_date_on_need_no_amendment() -> None:
    """Open work follows the hours as they are on each date, under the terms it came in under."""
    later = OFFICE.changed_from(TUE, {"mon-fri": ["10:00-14:00"]})
    reading = read(agreement(target(hours=12), hours=later), incident(f"{MON}T08:00"), f"{TUE}T12:00")
    assert (reading.elapsed, reading.due_at) == (10 * HOUR, local(f"{TUE}T14:00"))
