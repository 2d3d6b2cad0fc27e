"""Escalations told by hand: levels, waits, stops, acknowledgements, holds, hands, late looks, replaced policies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import (
    AcknowledgementTerms,
    AfterDue,
    BeforeDue,
    Breached,
    Elapsed,
    EscalationTarget,
    IfEmpty,
    LatePolicy,
    NoPublicUpdate,
    OnUnacknowledged,
    PriorityRaised,
    RatedAtMost,
    ReassignedOften,
    ReopenedOften,
    StopOn,
    Unacknowledged,
    Unassigned,
    Wait,
    WhileHeld,
)
from svcdelivery.errors import InvalidValueError, NotFoundError, TransitionRefusedError
from svcdelivery.escalation import (
    ClockView,
    EscalationState,
    Replacing,
    What,
    commands,
    explain,
    next_actions,
    timeline,
)
from svcdelivery.identity import Actor
from svcdelivery.timeline import to_micros
from tests.escalation.worlds import BOB, END, ITEM, Happened, frozen, known, level, look, minute, policy, shown

THREE = (level("person:a"), level("person:b"), level("person:c"))
OPENED: Happened = (minute(0), What.OPENED, "P2")


def fires(terms: Any, *told: tuple[float, What, Any], until: float = END) -> list[tuple[float, str]]:
    """Answer minute and target of all that is sent when one looks at every minute."""
    happened = [OPENED, *((minute(at), what, tells) for at, what, tells in told)]
    found = look(frozen(terms), happened, [minute(at) for at in range(int(until) + 1)])
    return [(at, target) for at, target, disposition in shown(found) if disposition in ("on_time", "late")]


class TestLevels:
    def test_each_level_has_its_time(self) -> None:
        assert fires(policy(*THREE)) == [(0, "person:a"), (15, "person:b"), (30, "person:c")]

    def test_a_first_wait_is_the_occasions(self) -> None:
        late = policy(*THREE[:1], when=Unacknowledged(Wait(timedelta(minutes=20))))
        assert fires(late) == [(20, "person:a")]

    def test_extra_rounds_follow_the_wait_of_the_last_level(self) -> None:
        assert fires(policy(level("person:a"), level("person:b", wait=30), repeat=1)) == [
            (0, "person:a"), (15, "person:b"), (45, "person:a"), (60, "person:b"),
        ]  # fmt: skip

    def test_several_targets_of_a_level_fire_together_each_with_its_key(self) -> None:
        found = look(frozen(policy(level("person:a", "team:b"))), [OPENED], [minute(0)])
        assert [str(each.target) for each in found] == ["person:a", "team:b"]
        assert len({each.key for each in found}) == 2

    def test_waits_in_named_hours_stand_still_outside_them(self) -> None:
        """The office opens an hour after the receipt: 15 minutes of its time end 75 minutes after it."""
        assert fires(policy(level("person:a", hours="office"), level("person:b"))) == [
            (0, "person:a"),
            (75, "person:b"),
        ]

    def test_a_wait_of_nothing_in_named_hours_ends_at_the_next_opening(self) -> None:
        assert fires(policy(*THREE[:1], when=Unacknowledged(Wait(timedelta(0), "office")))) == [(60, "person:a")]

    def test_beyond_the_years_the_hours_cover_it_counts_on_the_wall_clock(self) -> None:
        terms = frozen(policy(*THREE[:1], when=Unacknowledged(Wait(timedelta(minutes=20), "office"))))
        ending = evolve(
            terms, hours=(evolve(terms.hours[0], hours=evolve(terms.hours[0].hours, covered_years=(2024, 2024))),)
        )
        assert shown(look(ending, [OPENED], [minute(END)])) == [(20, "person:a", "late")]

    def test_a_policy_without_levels_never_wakes_anybody(self) -> None:
        decision = next_actions(known([OPENED], minute(0)), frozen(policy()), minute(0))
        assert (decision.firings, decision.next_wakeup) == ((), None)

    def test_a_level_waits_for_its_own_occasion(self) -> None:
        terms = policy(level("person:a"), level("person:b", when=Unassigned(Wait(timedelta(minutes=40)))))
        assert fires(terms) == [(0, "person:a"), (40, "person:b")]
        assert fires(terms, (5, What.ASSIGNED, "bob")) == [(0, "person:a")]

    def test_unknown_hours_are_refused(self) -> None:
        with pytest.raises(InvalidValueError, match=r"levels\[0\].wait: `night` is not the name of given hours"):
            frozen(policy(level("person:a", hours="night")))


class TestEmptyLevels:
    def test_a_level_with_nobody_still_waits_where_it_says_so(self) -> None:
        assert fires(policy(level(), level("person:b"))) == [(0, "None"), (15, "person:b")]

    def test_or_is_passed_over_at_once(self) -> None:
        assert fires(policy(level(if_empty=IfEmpty.SKIP_NOW), level("person:b"))) == [(0, "person:b")]

    def test_or_has_somebody_else_told(self) -> None:
        terms = policy(level(if_empty=IfEmpty.FALLBACK, fallback=("role:boss",)), level("person:b"))
        assert fires(terms) == [(0, "role:boss"), (15, "person:b")]

    @pytest.mark.parametrize(
        ("rest", "expected"),
        [
            ({"if_empty": IfEmpty.WAIT}, [(0, "rotation:r"), (15, "person:b")]),
            ({"if_empty": IfEmpty.SKIP_NOW}, [(0, "rotation:r"), (2, "person:b")]),
            (
                {"if_empty": IfEmpty.FALLBACK, "fallback": ("role:boss",)},
                [(0, "rotation:r"), (2, "role:boss"), (15, "person:b")],
            ),
        ],
    )
    def test_a_target_that_meant_nobody_when_sent_makes_it_empty(
        self, rest: dict[str, Any], expected: list[tuple[float, str]]
    ) -> None:
        terms = policy(level("rotation:r", **rest), level("person:b"))
        key = look(frozen(terms), [OPENED], [minute(0)])[0].key
        assert fires(terms, (2, What.NOBODY, key)) == expected

    def test_one_target_that_meant_somebody_is_enough(self) -> None:
        terms = policy(level("rotation:r", "person:a", if_empty=IfEmpty.SKIP_NOW), level("person:b"))
        key = look(frozen(terms), [OPENED], [minute(0)])[0].key
        assert fires(terms, (2, What.NOBODY, key)) == [(0, "rotation:r"), (0, "person:a"), (15, "person:b")]

    def test_the_rule_must_be_said_and_a_fallback_go_with_it(self) -> None:
        with pytest.raises(InvalidValueError, match="fallback"):
            level("person:a", if_empty=IfEmpty.FALLBACK)
        with pytest.raises(InvalidValueError, match="fallback"):
            level("person:a", fallback=("person:b",))


class TestStops:
    def test_an_acknowledgement_stops_what_says_so_and_the_end_of_work_the_rest(self) -> None:
        terms = policy(*THREE[:2], level("person:c", stop_on=StopOn.CLOSED), level("person:d", stop_on=StopOn.NONE))
        assert fires(terms, (10, What.ACKNOWLEDGED, BOB)) == [(0, "person:a"), (30, "person:c"), (45, "person:d")]
        assert fires(terms, (10, What.DONE, None)) == [(0, "person:a"), (45, "person:d")]
        assert fires(terms, (40, What.CLOSED, None)) == [
            (0, "person:a"), (15, "person:b"), (30, "person:c"), (45, "person:d"),
        ]  # fmt: skip

    def test_a_fact_at_the_instant_comes_before_what_is_due_at_it(self) -> None:
        assert fires(policy(*THREE), (15, What.ACKNOWLEDGED, BOB)) == [(0, "person:a")]
        assert fires(policy(*THREE), (0, What.DONE, None)) == []

    def test_let_go_of_it_starts_again_or_goes_on(self) -> None:
        let_go = ((20, What.ACKNOWLEDGED, BOB), (50, What.UNACKNOWLEDGED, None))
        assert fires(policy(*THREE), *let_go)[2:] == [(50, "person:a"), (65, "person:b"), (80, "person:c")]
        goes_on = policy(*THREE, on_unacknowledged=OnUnacknowledged.CONTINUE)
        assert fires(goes_on, *let_go)[2:] == [(50, "person:c")]

    def test_reopened_work_is_nobodys_and_begins_a_run(self) -> None:
        again = ((5, What.ACKNOWLEDGED, BOB), (10, What.DONE, None), (20, What.REOPENED, None))
        assert fires(policy(*THREE[:1]), *again) == [(0, "person:a"), (20, "person:a")]


class TestAcknowledgement:
    TERMS = AcknowledgementTerms(remind_after=Wait(timedelta(minutes=60)), release_after=Wait(timedelta(minutes=10)))

    def test_who_is_silent_is_asked_and_then_loses_it(self) -> None:
        terms = policy(*THREE[:1], acknowledgement=self.TERMS)
        assert fires(terms, (5, What.ACKNOWLEDGED, BOB)) == [
            (0, "person:a"), (65, "acknowledger"), (75, "acknowledger"), (75, "person:a"),
        ]  # fmt: skip

    def test_a_confirmation_begins_the_time_anew(self) -> None:
        terms = policy(*THREE[:1], acknowledgement=self.TERMS)
        told = ((5, What.ACKNOWLEDGED, BOB), (70, What.CONFIRMED, BOB))
        assert fires(terms, *told, until=135) == [(0, "person:a"), (65, "acknowledger"), (130, "acknowledger")]

    def test_without_a_release_it_is_asked_again_and_again(self) -> None:
        terms = policy(*THREE[:1], acknowledgement=evolve(self.TERMS, release_after=None))
        assert fires(terms, (5, What.ACKNOWLEDGED, BOB), until=200) == [
            (0, "person:a"), (65, "acknowledger"), (125, "acknowledger"), (185, "acknowledger"),
        ]  # fmt: skip

    def test_a_program_is_not_asked(self) -> None:
        terms = policy(*THREE[:1], acknowledgement=self.TERMS)
        assert fires(terms, (5, What.ACKNOWLEDGED, Actor.system("probe"))) == [(0, "person:a")]

    def test_done_work_is_not_asked_about(self) -> None:
        terms = policy(*THREE[:1], acknowledgement=self.TERMS)
        assert fires(terms, (5, What.ACKNOWLEDGED, BOB), (50, What.DONE, None)) == [(0, "person:a")]


class TestHolds:
    SNOOZED = (5, What.SNOOZED, to_micros(minute(60)))

    def test_what_falls_due_in_a_snooze_is_due_at_its_end(self) -> None:
        assert fires(policy(*THREE), self.SNOOZED) == [(0, "person:a"), (60, "person:b"), (75, "person:c")]

    def test_or_waits_stand_still_meanwhile(self) -> None:
        terms = policy(*THREE, snooze=WhileHeld.STOPS)
        assert fires(terms, self.SNOOZED) == [(0, "person:a"), (70, "person:b"), (85, "person:c")]

    def test_a_later_snooze_takes_the_place_of_an_earlier_one(self) -> None:
        shorter = (10, What.SNOOZED, to_micros(minute(20)))
        assert fires(policy(*THREE), self.SNOOZED, shorter)[1] == (20, "person:b")
        over = (30, What.SNOOZED, to_micros(minute(30)))
        assert fires(policy(*THREE), self.SNOOZED, over)[1] == (30, "person:b")

    def test_maintenance_lasts_until_then_or_until_it_is_ended(self) -> None:
        until = (5, What.MAINTENANCE_BEGAN, to_micros(minute(60)))
        assert fires(policy(*THREE), until)[1] == (60, "person:b")
        assert fires(policy(*THREE), until, (40, What.MAINTENANCE_ENDED, None))[1] == (40, "person:b")
        assert fires(policy(*THREE), (5, What.MAINTENANCE_BEGAN, None)) == [(0, "person:a")]

    def test_an_open_ended_one_has_no_wakeup(self) -> None:
        told = [OPENED, (minute(5), What.MAINTENANCE_BEGAN, None)]
        assert next_actions(known(told, minute(6)), frozen(policy(*THREE)), minute(6)).next_wakeup is None

    def test_reminders_wait_as_well(self) -> None:
        terms = policy(*THREE[:1], acknowledgement=TestAcknowledgement.TERMS)
        told = ((5, What.ACKNOWLEDGED, BOB), (60, What.SNOOZED, to_micros(minute(100))))
        assert fires(terms, *told, until=105) == [(0, "person:a"), (100, "acknowledger")]


class TestByHand:
    def test_the_next_level_comes_at_once_and_waits_count_from_there(self) -> None:
        assert fires(policy(*THREE), (5, What.ESCALATED, None)) == [(0, "person:a"), (5, "person:b"), (20, "person:c")]

    def test_it_ends_an_acknowledgement_and_a_snooze(self) -> None:
        told = ((5, What.ACKNOWLEDGED, BOB), (6, What.SNOOZED, to_micros(minute(90))), (9, What.ESCALATED, None))
        assert fires(policy(*THREE), *told) == [(0, "person:a"), (9, "person:b"), (24, "person:c")]

    def test_a_run_that_waits_begins(self) -> None:
        late = policy(*THREE, when=Unacknowledged(Wait(timedelta(hours=5))))
        assert fires(late, (9, What.ESCALATED, None))[:2] == [(9, "person:a"), (24, "person:b")]

    def test_a_level_may_be_chosen_and_comes_again_in_another_round(self) -> None:
        assert fires(policy(*THREE), (5, What.JUMPED, 2)) == [(0, "person:a"), (5, "person:c")]
        back = fires(policy(*THREE), (20, What.JUMPED, 0))
        assert back == [(0, "person:a"), (15, "person:b"), (20, "person:a"), (35, "person:b"), (50, "person:c")]

    def test_a_level_that_is_not_there_changes_nothing(self) -> None:
        assert fires(policy(*THREE), (5, What.JUMPED, 3)) == fires(policy(*THREE))

    def test_commands_refuse_what_the_engine_would_pass_over(self) -> None:
        terms = frozen(policy(*THREE))
        open_work = known([OPENED], minute(9))
        assert commands.escalate_now(open_work, terms, at=minute(9)).policy == "page"
        assert commands.jump_to_level(open_work, terms, at=minute(9), level=2).level == 2
        with pytest.raises(InvalidValueError, match="0 to 2"):
            commands.jump_to_level(open_work, terms, at=minute(9), level=3)
        maintained = known([OPENED, (minute(1), What.MAINTENANCE_BEGAN, None)], minute(9))
        with pytest.raises(TransitionRefusedError, match="it is being maintained"):
            commands.escalate_now(maintained, terms, at=minute(9))
        done = known([OPENED, (minute(1), What.DONE, None)], minute(9))
        for command in (commands.escalate_now, commands.acknowledge, commands.let_go, commands.confirm_acknowledgement):
            with pytest.raises(TransitionRefusedError, match="it is done"):
                command(done, terms, at=minute(9))
        with pytest.raises(TransitionRefusedError, match="it is without levels"):
            commands.escalate_now(open_work, frozen(policy()), at=minute(9))

    def test_only_what_is_taken_can_be_confirmed_or_let_go(self) -> None:
        terms = frozen(policy(*THREE))
        with pytest.raises(TransitionRefusedError, match="cannot let go of `incident:1`: it is not acknowledged"):
            commands.let_go(known([OPENED], minute(9)), terms, at=minute(9))
        taken = known([OPENED, (minute(1), What.ACKNOWLEDGED, BOB)], minute(9))
        assert commands.let_go(taken, terms, at=minute(9), ground="ill").ground == "ill"
        assert commands.confirm_acknowledgement(taken, terms, at=minute(9), note="yes").note == "yes"

    def test_a_snooze_ends_in_the_future(self) -> None:
        terms, work = frozen(policy(*THREE)), known([OPENED], minute(9))
        assert commands.snooze(work, terms, at=minute(9), until=minute(10)).until == minute(10)
        with pytest.raises(InvalidValueError, match="not an instant to come"):
            commands.snooze(work, terms, at=minute(9), until=minute(9))


class TestLateLooks:
    TOLD = (OPENED,)

    def late(self, **rest: Any) -> list[tuple[float, str, str]]:
        return shown(look(frozen(policy(*THREE, **rest)), self.TOLD, [minute(40), minute(100)]))

    def test_every_level_fires(self) -> None:
        assert self.late() == [(0, "person:a", "late"), (15, "person:b", "late"), (30, "person:c", "late")]

    def test_or_only_the_highest_is_sent(self) -> None:
        assert self.late(late=LatePolicy.COALESCE_TO_HIGHEST) == [
            (0, "person:a", "coalesced"), (15, "person:b", "coalesced"), (30, "person:c", "late"),
        ]  # fmt: skip

    def test_or_each_has_the_time_it_was_promised(self) -> None:
        given = {"late": LatePolicy.GIVE_TIME, "give_time": timedelta(minutes=10)}
        found = look(frozen(policy(*THREE, **given)), self.TOLD, [minute(at) for at in range(40, END)])
        assert [at for at, _, _ in shown(found)] == [0, 50, 65]

    def test_what_was_acknowledged_meanwhile_is_put_aside(self) -> None:
        told = [OPENED, (minute(20), What.ACKNOWLEDGED, BOB)]
        found = look(frozen(policy(*THREE)), told, [minute(40)])
        assert shown(found) == [(0, "person:a", "stale"), (15, "person:b", "stale")]
        assert found[0].reason.endswith("acknowledged meanwhile")
        assert not found[0].is_sent

    def test_a_little_late_is_on_time(self) -> None:
        assert shown(look(frozen(policy(*THREE)), self.TOLD, [minute(1)])) == [(0, "person:a", "on_time")]
        assert shown(look(frozen(policy(*THREE)), self.TOLD, [minute(1.5)])) == [(0, "person:a", "late")]


class TestOccasions:
    def test_silence_towards_the_requester_comes_about_again_after_each_update(self) -> None:
        terms = policy(level("owner"), level("manager:1"), when=NoPublicUpdate(Wait(timedelta(minutes=60))))
        assert fires(terms, (70, What.UPDATED, None), (80, What.DONE, None), until=150) == [
            (60, "owner"), (130, "owner"), (145, "manager:1"),
        ]  # fmt: skip
        assert fires(terms, (30, What.CLOSED, None)) == []

    def test_nobody_was_assigned(self) -> None:
        terms = policy(*THREE, when=Unassigned(Wait(timedelta(minutes=10))))
        assert fires(terms, (20, What.ASSIGNED, "bob")) == [(10, "person:a")]

    def test_work_went_on_to_others_too_often(self) -> None:
        terms = policy(*THREE[:1], when=ReassignedOften(2))
        assigned = [(at, What.ASSIGNED, "bob") for at in (1, 2, 3, 4)]
        assert fires(terms, *assigned) == [(3, "person:a"), (4, "person:a")]

    def test_while_a_run_is_under_way_another_occasion_begins_none(self) -> None:
        terms = policy(*THREE[:2], when=ReassignedOften(1))
        assigned = [(at, What.ASSIGNED, "bob") for at in (1, 2, 10, 30)]
        assert fires(terms, *assigned) == [(2, "person:a"), (17, "person:b"), (30, "person:a"), (45, "person:b")]

    def test_work_came_back(self) -> None:
        back = [(at, what, None) for at in (10, 30) for what, at in ((What.DONE, at), (What.REOPENED, at + 5))]
        assert fires(policy(*THREE[:1], when=ReopenedOften(2)), *back) == [(35, "person:a")]

    def test_it_became_more_pressing(self) -> None:
        changes = ((5, What.PRIORITY, "P3"), (10, What.PRIORITY, "P2"), (20, What.PRIORITY, "P2"))
        assert fires(policy(*THREE[:1], when=PriorityRaised()), *changes) == [(10, "person:a")]

    def test_a_low_rating_counts_on_closed_work_too(self) -> None:
        told = ((10, What.CLOSED, None), (20, What.RATED, 4), (30, What.RATED, 2))
        terms = policy(level("role:owner"), level("role:boss"), when=RatedAtMost(2))
        assert fires(terms, *told) == [(30, "role:owner"), (45, "role:boss")]

    def test_let_go_of_work_that_was_raised_starts_again(self) -> None:
        told = ((10, What.PRIORITY, "P1"), (12, What.ACKNOWLEDGED, BOB), (40, What.UNACKNOWLEDGED, None))
        assert fires(policy(*THREE[:1], when=PriorityRaised()), *told) == [(10, "person:a"), (40, "person:a")]


def clock(at: float, due: float | None, *, cycle: int = 1, **rest: Any) -> tuple[float, What, ClockView]:
    """Answer the view of a clock of 100 minutes in all, of which those before it were counted."""
    given = {"allowed": 100 * 60_000_000, "elapsed": round(at * 60_000_000), "runs": due is not None, **rest}
    view = ClockView(
        target="fix", known_at=minute(at), cycle=cycle, due_at=None if due is None else minute(due), **given
    )
    return at, What.CLOCK, view


class TestClocks:
    RUNNING = clock(0, 100)

    @pytest.mark.parametrize(
        ("when", "at"),
        [
            (Elapsed(target="fix", percent=50), 50),
            (Elapsed(target="fix", percent=100), 100),
            (Elapsed(target="fix", percent=150), 150),
            (BeforeDue(target="fix", by=timedelta(minutes=30)), 70),
            (AfterDue(target="fix", by=timedelta(minutes=30)), 130),
            (BeforeDue(target="fix"), 100),
            (Breached(target="fix"), 100 + 1 / 60_000_000),
        ],
    )
    def test_an_offset_from_its_due_instant(self, when: Any, at: float) -> None:
        ((found, target),) = fires(policy(*THREE[:1], when=when), self.RUNNING)
        assert (found, target) == (pytest.approx(at, abs=1e-9), "person:a")

    @pytest.mark.parametrize(
        ("when", "at"),
        [
            (Elapsed(target="fix", percent=50), 160),
            (BeforeDue(target="fix", by=timedelta(minutes=60)), 255),
            (AfterDue(target="fix", by=timedelta(minutes=30)), 405),
            (BeforeDue(target="fix", working_days=1), 0),
        ],
    )
    def test_it_counts_in_the_targets_hours(self, when: Any, at: float) -> None:
        """Due 15 minutes after the afternoon opens; a working day before, it was not yet known."""
        view = clock(0, 375, hours="office", allowed=to_micros(minute(200)) - to_micros(minute(0)), elapsed=0)
        ((found, _),) = fires(policy(*THREE[:1], when=when), view)
        assert found == at

    def test_it_moves_with_the_due_instant(self) -> None:
        terms = policy(*THREE[:1], when=BeforeDue(target="fix", by=timedelta(minutes=30)))
        assert fires(terms, self.RUNNING, clock(20, 200)) == [(170, "person:a")]
        assert fires(terms, self.RUNNING, clock(20, 40)) == [(20, "person:a")]
        assert fires(terms, self.RUNNING, clock(80, 200)) == [(70, "person:a"), (170, "person:a")]

    def test_while_the_clock_stands_still_nothing_comes(self) -> None:
        terms = policy(*THREE[:1], when=Elapsed(target="fix", percent=50))
        assert fires(terms, self.RUNNING, clock(20, None), clock(60, 140, elapsed=20 * 60_000_000)) == [
            (90, "person:a")
        ]

    def test_what_was_used_up_before_counts_from_when_it_was_known(self) -> None:
        terms = policy(*THREE[:1], when=Elapsed(target="fix", percent=50))
        assert fires(terms, clock(70, 100)) == [(70, "person:a")]

    def test_a_stopped_clock_ends_the_run_and_a_new_cycle_begins_another(self) -> None:
        terms = policy(*THREE[:2], when=Elapsed(target="fix", percent=50))
        told = (self.RUNNING, clock(60, 100, over=True, runs=False), clock(70, 170, cycle=2, elapsed=0))
        assert fires(terms, *told) == [(50, "person:a"), (120, "person:a"), (135, "person:b")]

    def test_work_that_comes_back_breached_is_known_to_be(self) -> None:
        terms = policy(*THREE[:1], when=Breached(target="fix"))
        told = (
            self.RUNNING, (120, What.DONE, None), clock(120, 100, over=True, runs=False),
            (130, What.REOPENED, None), clock(130, 100),
        )  # fmt: skip
        assert len(fires(terms, *told)) == 1

    def test_another_targets_clock_means_nothing(self) -> None:
        assert fires(policy(*THREE[:1], when=Breached(target="answer")), self.RUNNING) == []


class TestReplacedPolicies:
    def replaced(self, how: Replacing, *, at: float, levels: int, wait: float = 15) -> list[tuple[float, str]]:
        later = frozen(policy(*(level(f"person:{name}", wait=wait) for name in "wxyz"[:levels])), version="2")
        return fires(policy(*THREE), (at, What.REPLACED, (later, how)))

    def test_it_starts_at_the_first_level(self) -> None:
        assert self.replaced(Replacing.RESTART, at=20, levels=2) == [
            (0, "person:a"), (15, "person:b"), (20, "person:w"), (35, "person:x"),
        ]  # fmt: skip

    def test_or_keeps_its_level_and_the_wait_is_measured_anew(self) -> None:
        assert self.replaced(Replacing.CARRY, at=20, levels=4, wait=30) == [
            (0, "person:a"), (15, "person:b"), (45, "person:y"), (75, "person:z"),
        ]  # fmt: skip

    def test_the_change_moves_it_by_one_level_at_most(self) -> None:
        assert self.replaced(Replacing.CARRY, at=29, levels=4, wait=5) == [
            (0, "person:a"), (15, "person:b"), (29, "person:y"), (34, "person:z"),
        ]  # fmt: skip

    def test_a_shorter_policy_is_through(self) -> None:
        assert self.replaced(Replacing.CARRY, at=20, levels=2) == [(0, "person:a"), (15, "person:b")]

    def test_why_must_be_said(self) -> None:
        one, two = frozen(policy(*THREE)), frozen(policy(*THREE), version="2")
        said = {"agreement": "acme", "revision": 2, "how": Replacing.CARRY}
        assert commands.replace_policy(one, two, **said, ground="more hands").digest == two.digest
        with pytest.raises(InvalidValueError, match="say it in words"):
            commands.replace_policy(one, two, **said, ground=" ")
        with pytest.raises(InvalidValueError, match="not another policy"):
            commands.replace_policy(one, one, **said, ground="why not")


class TestExplaining:
    def test_the_story_of_a_firing_ends_with_it(self) -> None:
        state = known([OPENED], minute(0))
        key = timeline(state, frozen(policy(*THREE)), minute(END))[1].key
        told = explain(state, frozen(policy(*THREE)), key, until=minute(END))
        assert (told.due_at, told.reason) == (minute(15), "level 2 of 3: PT15M after level 1")
        assert told.story[0] == "2026-03-02T06:00:00.000000Z: run 1 begins"
        assert told.story[-1] == "2026-03-02T06:15:00.000000Z: level 2 of 3: PT15M after level 1: person:b is told"

    def test_a_key_that_never_fires_is_not_found(self) -> None:
        with pytest.raises(NotFoundError, match="firing `no`"):
            explain(known([OPENED], minute(0)), frozen(policy(*THREE)), "no", until=minute(END))

    def test_nothing_known_is_nothing_due(self) -> None:
        empty = EscalationState(item=ITEM)
        assert timeline(empty, frozen(policy(*THREE)), minute(END)) == ()
        assert next_actions(empty, frozen(policy(*THREE)), minute(END)).next_wakeup is None

    def test_a_silent_level_says_why(self) -> None:
        terms = frozen(policy(THREE[0], level("person:b"), level("person:c", stop_on=StopOn.CLOSED)))
        told = known([OPENED, (minute(5), What.ACKNOWLEDGED, BOB)], minute(END))
        assert any(
            "level 2 stays silent: acknowledged" in line for line in next_actions(told, terms, minute(END)).explanations
        )


class TestTargets:
    @pytest.mark.parametrize(
        "text", ["person:ann", "manager:2", "owner", "acknowledger", "webhook:https://a/b", "next:r"]
    )
    def test_a_text_and_back(self, text: str) -> None:
        assert str(EscalationTarget.from_text(text)) == text

    @pytest.mark.parametrize("text", ["ann", "person:", "manager:0", "manager:x", "owner:x", "pager:1"])
    def test_other_texts_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidValueError):
            EscalationTarget.from_text(text)
