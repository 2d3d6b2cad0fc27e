"""Laws of escalation: whoever looks, whenever and however often, the same falls due at the same instants."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import LatePolicy, StopOn
from svcdelivery.escalation import Disposition, FrozenPolicy, What, explain, next_actions, timeline
from svcdelivery.timeline import Instant
from tests.escalation.worlds import END, Happened, due_of, happenings, known, look, minute, policies

EACH_MINUTE = [minute(number) for number in range(END + 1)]


class TestLooking:
    @given(policies(), happenings(), st.integers())
    def test_each_minute_at_random_or_once_the_same_falls_due(
        self, policy: FrozenPolicy, told: list[Happened], seed: int
    ) -> None:
        draw = random.Random(seed)
        at_random = [minute(at / 60) for at in sorted({*draw.sample(range(END * 60), 12), END * 60})]
        once = look(policy, told, [minute(END)])
        assert due_of(look(policy, told, at_random)) == due_of(once)
        assert due_of(look(policy, told, EACH_MINUTE[:: 1 if len(told) < 4 else 5])) == due_of(once)

    @given(policies(late=LatePolicy.COALESCE_TO_HIGHEST), happenings(), st.integers(0, END))
    def test_what_is_left_out_for_a_higher_level_is_taken_up_all_the_same(
        self, policy: FrozenPolicy, told: list[Happened], at: int
    ) -> None:
        found = look(policy, told, [minute(at), minute(END)])
        assert due_of(found) == due_of(look(policy, told, [minute(END)]))
        highest = max((each.due_at for each in found if each.is_sent and each.level >= 0), default=None)
        left_out = [each for each in found if each.disposition is Disposition.COALESCED]
        assert all(highest is not None and each.due_at < highest for each in left_out)

    @given(policies(), happenings(), st.lists(st.integers(0, END), min_size=1, max_size=8))
    def test_a_key_fires_at_most_once(self, policy: FrozenPolicy, told: list[Happened], at: list[int]) -> None:
        found = [firing.key for firing in look(policy, told, [minute(each) for each in [*sorted(at), *sorted(at)]])]
        assert len(set(found)) == len(found)

    @given(policies(late=LatePolicy.GIVE_TIME), happenings(), st.lists(st.integers(0, END), min_size=1, max_size=30))
    def test_with_time_given_a_key_fires_at_most_once_too(
        self, policy: FrozenPolicy, told: list[Happened], at: list[int]
    ) -> None:
        found = [firing.key for firing in look(policy, told, [minute(each) for each in sorted(at)])]
        assert len(set(found)) == len(found)

    @given(policies(), happenings(), st.integers(0, END), st.integers(0, 60))
    def test_what_is_due_by_an_instant_stays_so(
        self, policy: FrozenPolicy, told: list[Happened], at: int, more: int
    ) -> None:
        earlier = due_of(look(policy, told, [minute(at)]))
        later = look(policy, told, [minute(at + more)])
        assert earlier == {each for each in due_of(later) if each[1] <= minute(at)}

    @given(policies(), happenings(), st.integers(0, END))
    def test_nothing_falls_due_after_now_or_before_the_receipt(
        self, policy: FrozenPolicy, told: list[Happened], at: int
    ) -> None:
        found = look(policy, told, [minute(at)])
        assert all(minute(0) <= firing.due_at <= minute(at) for firing in found)
        dues = [firing.due_at for firing in found]
        assert dues == sorted(dues)


class TestWakeup:
    @given(policies(), happenings(), st.integers(0, END), st.integers(0, END * 60))
    def test_nothing_is_due_strictly_before_it(
        self, policy: FrozenPolicy, told: list[Happened], at: int, seconds: int
    ) -> None:
        state = known(told, minute(at))
        decision = next_actions(state, policy, minute(at))
        state = state.with_fired([firing.key for firing in decision.firings], minute(at))
        later = minute(at + seconds / 60)
        again = next_actions(state, policy, later)
        if decision.next_wakeup is None or later < decision.next_wakeup:
            assert again.firings == ()
            assert again.next_wakeup == decision.next_wakeup
        if decision.next_wakeup is not None:
            assert decision.next_wakeup > minute(at)

    @given(policies(), happenings(), st.integers(0, END))
    def test_a_preview_is_what_happens_when_nothing_else_does(
        self, policy: FrozenPolicy, told: list[Happened], at: int
    ) -> None:
        so_far = [each for each in told if each[0] <= minute(at)]
        assert due_of(timeline(known(told, minute(at)), policy, minute(END))) == due_of(
            look(policy, so_far, [minute(END)])
        )

    @given(policies(late=LatePolicy.GIVE_TIME), happenings())
    def test_asked_at_each_wakeup_nothing_is_late(self, policy: FrozenPolicy, told: list[Happened]) -> None:
        found = timeline(known(told, minute(END)), policy, minute(END))
        # What was asked for by hand may be over at the same instant.
        assert {each.disposition for each in found if not each.forced} <= {Disposition.ON_TIME}
        assert due_of(found) == due_of(look(policy, told, EACH_MINUTE))


class TestWorkers:
    @given(policies(), happenings(), st.lists(st.integers(0, END), min_size=2, max_size=10), st.integers())
    def test_two_that_interleave_are_as_good_as_one(
        self, policy: FrozenPolicy, told: list[Happened], at: list[int], seed: int
    ) -> None:
        """Each reads at one instant and writes at a later one; the store takes each key once."""
        draw = random.Random(seed)
        taken: dict[str, Instant] = {}
        seen: dict[str, dict[str, Instant]] = {"a": {}, "b": {}}
        for minute_number in [*sorted(at), END, END]:
            worker = draw.choice("ab")
            state = known(told, minute(minute_number))
            for key, fired in seen[worker].items():
                state = state.with_fired([key], fired)
            for firing in next_actions(state, policy, minute(minute_number)).firings:
                taken.setdefault(firing.key, firing.due_at)
            seen[worker] = {key: minute(minute_number) for key in taken}
        one = look(policy, told, [minute(END)])
        assert set(taken.items()) == due_of(one)


class TestStops:
    @given(policies(), happenings(by_hand=False))
    def test_rounds_are_capped(self, policy: FrozenPolicy, told: list[Happened]) -> None:
        found = look(policy, told, [minute(END)])
        assert all(firing.round <= policy.policy.repeat for firing in found if firing.level >= 0)

    @given(policies(), happenings())
    def test_what_an_acknowledgement_stops_does_not_fire_while_it_lasts(
        self, policy: FrozenPolicy, told: list[Happened]
    ) -> None:
        instants = sorted({at for at, _, _ in told})
        for begin, end in pairwise([*instants, minute(END)]):
            if not next_actions(known(told, begin), policy, begin).acknowledged:
                continue
            so_far = [each for each in told if each[0] <= begin]
            released = next(
                (f.due_at for f in look(policy, so_far, [end]) if f.level < 0 and f.reason.startswith("not conf")), end
            )
            found = [f for f in look(policy, so_far, [end]) if begin <= f.due_at < released and not f.forced]
            stops = set(_stopped(policy, StopOn.ACKNOWLEDGED))
            assert not [f for f in found if f.level in stops]

    @given(policies(), happenings())
    def test_closed_work_is_not_asked_about(self, policy: FrozenPolicy, told: list[Happened]) -> None:
        closed = [*told, (minute(END - 30), What.CLOSED, None)]
        found = [f for f in look(policy, closed, [minute(END)]) if f.due_at > minute(END - 30)]
        lasting = set(_stopped(policy, StopOn.NONE))
        assert all(firing.level in lasting for firing in found)


class TestTelling:
    @given(policies(), happenings())
    def test_each_firing_can_be_explained(self, policy: FrozenPolicy, told: list[Happened]) -> None:
        state = known(told, minute(END))
        for firing in look(policy, told, [minute(END)])[:3]:
            told_why = explain(state, policy, firing.key, until=minute(END))
            assert (told_why.due_at, told_why.key) == (firing.due_at, firing.key)
            assert firing.reason.startswith(told_why.reason)
            assert told_why.story

    @given(policies(), happenings(), st.integers(1, 3))
    def test_weeks_later_all_is_weeks_later(self, policy: FrozenPolicy, told: list[Happened], weeks: int) -> None:
        """Over weeks in which no clock is set; what names an instant of its own is left out."""
        fixed = (What.SNOOZED, What.MAINTENANCE_BEGAN, What.CLOCK)
        plain = [each for each in told if each[1] not in fixed]
        # The clocks are set on the 29th of March; from a week after it on, all weeks are alike.
        base = 5 * 7 * 24 * 60

        def due(shift: int) -> list[tuple[str, float]]:
            moved = [(minute(_minutes(at) + shift), what, tells) for at, what, tells in plain]
            found = look(policy, moved, [minute(shift + END)])
            return [(firing.key, _minutes(firing.due_at) - shift) for firing in found]

        assert due(base) == due(base + weeks * 7 * 24 * 60)


def _stopped(policy: FrozenPolicy, by: StopOn) -> list[int]:
    return [index for index, level in enumerate(policy.policy.levels) if policy.policy.stop_of(level) is by]


def _minutes(at: Instant) -> float:
    return (at.timestamp() - minute(0).timestamp()) / 60
