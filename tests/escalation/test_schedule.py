"""On-call schedules: what layers, take-overs, swaps and overrides make of each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import EmptyIntervalError, InvalidValueError, WrongTypeError
from svcdelivery.escalation.rotation import (
    Layer,
    OnCallSchedule,
    Override,
    RecurringDuty,
    Rotation,
    RotationUnit,
    Swap,
    TakeOver,
    apply_overrides,
    next_in_turn,
)
from svcdelivery.timeline import Instant, Interval, to_instant
from tests.clock.worlds import local


def hour(number: float) -> Instant:
    return to_instant(datetime.__add__(local("2026-03-02T00:00", "UTC"), timedelta(hours=number)))


def daily(person: str, start: float, hours: float, priority: int = 0) -> Layer:
    return Layer(
        RecurringDuty(
            name=f"of {person}",
            zone="UTC",
            start=hour(start),
            duration=timedelta(hours=hours),
            unit=RotationUnit.DAY,
            people=[person],
        ),
        priority,
    )


def rows(schedule: OnCallSchedule, start: float = 0, end: float = 24) -> list[tuple[str, float, float]]:
    return [
        (duty.person, (duty.start - hour(0)).total_seconds() / 3600, (duty.end - hour(0)).total_seconds() / 3600)
        for duty in schedule.duties(hour(start), hour(end))
    ]


class TestLayers:
    def test_the_highest_priority_that_has_somebody_counts_and_equals_share(self) -> None:
        schedule = OnCallSchedule(name="s", layers=(daily("a", 8, 8), daily("b", 10, 8), daily("c", 12, 1, priority=1)))
        assert rows(schedule) == [("a", 8, 12), ("b", 10, 12), ("c", 12, 13), ("a", 13, 16), ("b", 13, 18)]
        assert schedule.on_call(hour(12.5)) == ("c",)
        assert schedule.on_call(hour(11)) == ("a", "b")

    def test_what_nobody_has_is_a_gap(self) -> None:
        schedule = OnCallSchedule(name="s", layers=(daily("a", 8, 8), daily("b", 12, 10)))
        assert schedule.gaps(hour(0), hour(24)) == (Interval(hour(0), hour(8)), Interval(hour(22), hour(24)))
        assert schedule.gaps(hour(9), hour(12)) == ()
        assert OnCallSchedule(name="s").gaps(hour(0), hour(1)) == (Interval(hour(0), hour(1)),)

    def test_who_comes_next_and_who_was_before(self) -> None:
        rotation = Rotation(name="r", zone="UTC", start=hour(0), unit=RotationUnit.DAY, people=["a", "b", "c"])
        schedule = OnCallSchedule(name="s", layers=(Layer(rotation),))
        assert schedule.next_on_call(hour(30), within=hour(100)) == ("c",)
        assert schedule.previous_on_call(hour(30), since=hour(0)) == ("a",)
        assert schedule.next_on_call(hour(30), within=hour(40)) == ()
        assert schedule.previous_on_call(hour(30), since=hour(25)) == ()
        assert schedule.changes(hour(1), hour(60)) == ((hour(1), ("a",)), (hour(24), ("b",)), (hour(48), ("c",)))


class TestDepartures:
    BASE = (daily("a", 8, 8),)

    def test_a_take_over_beats_every_layer_and_ranks_among_its_kind(self) -> None:
        take_overs = (
            TakeOver(people=("d",), start=hour(10), end=hour(20)),
            TakeOver(people=("e", "f"), start=hour(12), end=hour(13), rank=1),
        )
        schedule = OnCallSchedule(name="s", layers=self.BASE, take_overs=take_overs)
        assert rows(schedule) == [("a", 8, 10), ("d", 10, 12), ("e", 12, 13), ("f", 12, 13), ("d", 13, 20)]
        assert [duty.is_override for duty in schedule.duties(hour(8), hour(11))] == [False, True]

    def test_a_take_over_is_by_somebody_named_in_a_list(self) -> None:
        """By nobody it would leave the layers as they are, and the letters of a name are no people."""
        with pytest.raises(InvalidValueError):
            TakeOver(people=())
        with pytest.raises(WrongTypeError):
            TakeOver(people="dora")  # type: ignore[arg-type]

    def test_a_swap_hands_on_what_one_has_once_it_is_taken(self) -> None:
        swap = Swap(giver="a", taker="g", start=hour(12), end=hour(50))
        schedule = OnCallSchedule(name="s", layers=self.BASE, swaps=(swap,))
        assert rows(schedule) == [("a", 8, 12), ("g", 12, 16)]
        still_open = OnCallSchedule(name="s", layers=self.BASE, swaps=(Swap(giver="a", start=hour(12), end=hour(50)),))
        assert rows(still_open) == [("a", 8, 12), ("a", 12, 16)]
        assert [duty.is_swapped for duty in still_open.duties(hour(0), hour(24))] == [False, True]

    def test_overrides_come_last(self) -> None:
        overrides = (
            Override(add="h", start=hour(9), end=hour(10)),
            Override(remove="a", start=hour(11), end=hour(12)),
            Override(remove="a", add="i", start=hour(14), end=hour(20)),
        )
        schedule = OnCallSchedule(name="s", layers=self.BASE, overrides=overrides)
        assert rows(schedule) == [("a", 8, 11), ("h", 9, 10), ("a", 12, 14), ("i", 14, 16)]

    def test_one_override_does_not_stand_in_for_what_another_added(self) -> None:
        both = [Override(add="x"), Override(remove="x", add="y")]
        assert apply_overrides(["a"], both, hour(0)) == ("a", "x")

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(InvalidValueError, match="give `add`, `remove` or both"):
            Override()
        with pytest.raises(EmptyIntervalError):
            Swap(giver="a", start=hour(2), end=hour(2))


class TestLaws:
    @given(
        st.lists(st.tuples(st.integers(0, 23), st.integers(1, 30), st.integers(0, 2)), min_size=1, max_size=4),
        st.lists(st.tuples(st.sampled_from("abx"), st.integers(0, 60), st.integers(1, 20)), max_size=3),
        st.integers(0, 71),
    )
    def test_duties_say_at_every_instant_who_is_on_call_and_gaps_where_nobody_is(
        self, layers: list[tuple[int, int, int]], swaps: list[tuple[str, int, int]], at: int
    ) -> None:
        schedule = OnCallSchedule(
            name="s",
            layers=tuple(daily("abcd"[n], start, lasts, priority) for n, (start, lasts, priority) in enumerate(layers)),
            swaps=tuple(Swap(giver=who, taker="z", start=hour(s), end=hour(s + n)) for who, s, n in swaps),
            take_overs=(TakeOver(people=("t",), start=hour(30), end=hour(33)),),
            overrides=(Override(remove="a", start=hour(40), end=hour(50)),),
        )
        duties = schedule.duties(hour(0), hour(72))
        now = {duty.person for duty in duties if duty.start <= hour(at) < duty.end}
        assert set(schedule.on_call(hour(at))) == now
        assert bool(now) != any(hour(at) in gap for gap in schedule.gaps(hour(0), hour(72)))
        one = [[duty for duty in duties if duty.person == person] for person in "abcdzt"]
        assert all(before.end <= after.start for mine in one for before, after in pairwise(mine))


class TestFairness:
    def test_whoever_was_told_longest_ago_is_next(self) -> None:
        told = {"a": hour(5), "b": hour(3), "c": hour(4)}
        assert next_in_turn("abc", told) == "b"
        assert next_in_turn("abc", told, unavailable="b") == "c"
        assert next_in_turn("abcd", told) == "d"
        assert next_in_turn("abc", told, unavailable="abc") is None

    @given(st.permutations("abcd"), st.integers(1, 40))
    def test_in_the_long_run_everybody_is_told_equally_often(self, people: list[str], times: int) -> None:
        told: dict[str, Instant] = {}
        counts = dict.fromkeys(people, 0)
        for number in range(times):
            person = next_in_turn(people, told)
            assert person is not None
            told[person] = hour(number)
            counts[person] += 1
        assert max(counts.values()) - min(counts.values()) <= 1
