"""Laws of service time: those the test kit offers to everybody, and those of what our own hours offer besides."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.service_hours import Boundary, ServiceHours
from svcdelivery.testing.laws import rule_laws
from svcdelivery.testing.strategies import durations, instants, service_hours
from svcdelivery.timeline import IntervalSet, to_micros
from svcdelivery.timeline.spans import intersect, subtract, union

TestAnyHours = rule_laws(hours=service_hours())
TestJoinedHours = rule_laws(
    hours=st.builds(lambda one, two: one | two, service_hours(), service_hours()), settings=settings(max_examples=20)
)

boundaries = st.sampled_from(["close", "next_open"])
MICRO = timedelta(microseconds=1)


class TestTwins:
    @given(service_hours(), instants(), durations(), boundaries)
    def test_integers_and_datetimes_agree(
        self, hours: ServiceHours, start: datetime, duration: timedelta, boundary: Boundary
    ) -> None:
        """The twins in microseconds give the same answers, whichever is asked first."""
        at, amount, fresh = to_micros(start), duration // MICRO, evolve(hours)
        assert fresh.add_micros(at, amount, boundary) == to_micros(hours.add(start, duration, boundary))
        assert fresh.subtract_micros(at, amount, boundary) == to_micros(hours.subtract(start, duration, boundary))

    @given(service_hours(), instants())
    def test_periods_follow_one_another(self, hours: ServiceHours, at: datetime) -> None:
        """Periods after an instant begin at its next opening; those before it end at its previous closing."""
        periods = [period for period, _ in zip(hours.periods_after(at), range(5), strict=False)]
        assert periods[0].start == hours.next_open(at)
        assert periods[0].end == hours.next_close(at)
        assert IntervalSet(periods) == hours.intervals(at, periods[-1].end)
        back = [period for period, _ in zip(hours.periods_before(at), range(5), strict=False)]
        assert IntervalSet(back) == hours.intervals(back[-1].start, at)
        assert hours.is_open(at) or back[0].end == hours.previous_close(at)


class TestTheTimetable:
    @given(service_hours(), st.permutations([2017, 2024, 2022, 2027, 2023]), instants(), durations())
    def test_the_order_in_which_years_are_asked_changes_nothing(
        self, hours: ServiceHours, years: list[int], at: datetime, duration: timedelta
    ) -> None:
        """Tables that grow to the left, to the right or by leaps give the same answers."""
        grown = evolve(hours)
        for year in years:
            grown.is_open(datetime(year, 6, 1, tzinfo=UTC))
            assert grown.elapsed(at, hours.add(at, duration)) == duration
        assert grown.add(at, duration) == hours.add(at, duration)

    @given(service_hours(), instants())
    def test_a_copy_is_equal_and_answers_alike(self, hours: ServiceHours, at: datetime) -> None:
        """Pickling keeps the value and leaves the compiled tables behind."""
        hours.is_open(at)
        copy = pickle.loads(pickle.dumps(hours))
        assert copy == hours
        assert hash(copy) == hash(hours)
        assert "timetable" not in vars(copy)
        assert copy.next_open(at) == hours.next_open(at)


class TestAlgebra:
    @given(service_hours(), service_hours(), instants(), instants())
    def test_hours_join_instant_by_instant(
        self, one: ServiceHours, two: ServiceHours, a: datetime, b: datetime
    ) -> None:
        """Union, intersection and difference of hours are those of their open intervals, across zones."""
        low, high = sorted((to_micros(a), to_micros(b)))
        first, second = one.spans(low, high), two.spans(low, high)
        assert (one & two).spans(low, high) == intersect(first, second)
        assert (one | two).spans(low, high) == union(first, second)
        assert (one - two).spans(low, high) == subtract(first, second)
