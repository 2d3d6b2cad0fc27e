"""Laws of service time, for any hours and any instants."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.service_hours import Boundary, ServiceHours
from svcdelivery.timeline import IntervalSet, from_micros, to_micros
from svcdelivery.timeline.spans import intersect, subtract, union
from tests.service_hours.strategies import durations, instants, rendering_zones, service_hours

boundaries = st.sampled_from(["close", "next_open"])
ZERO, MICRO = timedelta(0), timedelta(microseconds=1)


class TestElapsed:
    @given(service_hours(), instants, instants, instants)
    def test_open_time_adds_up_when_a_span_is_split(
        self, hours: ServiceHours, a: datetime, b: datetime, c: datetime
    ) -> None:
        """A span has as much service time as its parts together."""
        a, b, c = sorted((a, b, c))
        assert hours.elapsed(a, b) + hours.elapsed(b, c) == hours.elapsed(a, c)

    @given(service_hours(), instants, instants, instants)
    def test_it_never_falls_as_the_end_advances_and_never_exceeds_the_wall(
        self, hours: ServiceHours, a: datetime, b: datetime, c: datetime
    ) -> None:
        """Service time grows with the end, at most as fast as the clock."""
        a, b, c = sorted((a, b, c))
        assert ZERO <= hours.elapsed(a, b) <= hours.elapsed(a, c)
        assert to_micros(c) - to_micros(b) >= (hours.elapsed(a, c) - hours.elapsed(a, b)) // MICRO

    @given(service_hours(), instants, instants)
    def test_backwards_nothing_passes(self, hours: ServiceHours, a: datetime, b: datetime) -> None:
        """An end at or before the start gives zero."""
        a, b = sorted((a, b))
        assert hours.elapsed(b, a) == hours.elapsed(a, a) == ZERO

    @given(service_hours(), instants, instants)
    def test_open_intervals_tile_the_elapsed_time(self, hours: ServiceHours, a: datetime, b: datetime) -> None:
        """The intervals lie in the span, never touch, and measure what has elapsed."""
        a, b = sorted((a, b))
        found = hours.intervals(a, b)
        assert found.duration == hours.elapsed(a, b)
        spans = found.spans
        assert all(to_micros(a) <= start < end <= to_micros(b) for start, end in spans)
        assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))

    @given(service_hours(), instants, instants, rendering_zones)
    def test_the_zone_an_argument_is_written_in_changes_nothing(
        self, hours: ServiceHours, a: datetime, b: datetime, zone: tzinfo
    ) -> None:
        """Instants count, not how they are shown; twice the same hour of an autumn night are two instants."""
        there = a.astimezone(zone), b.astimezone(zone)
        assert hours.elapsed(*there) == hours.elapsed(a, b)
        assert hours.add(there[0], timedelta(hours=5)) == hours.add(a, timedelta(hours=5))
        assert hours.is_open(there[0]) == hours.is_open(a)

    @given(service_hours(), instants)
    def test_nothing_passes_while_closed(self, hours: ServiceHours, at: datetime) -> None:
        """Up to the next opening no service time passes; from there on it does."""
        opens = hours.next_open(at)
        assert hours.elapsed(at, opens) == ZERO
        assert hours.is_open(opens)
        assert (opens == at) == hours.is_open(at)
        assert hours.elapsed(opens, from_micros(to_micros(opens) + 1)) == MICRO


class TestAddition:
    @given(service_hours(), instants, durations, boundaries)
    def test_add_is_the_fixed_point_of_elapsed(
        self, hours: ServiceHours, start: datetime, duration: timedelta, boundary: Boundary
    ) -> None:
        """At the due instant exactly the duration has passed, a microsecond before `close` it has not."""
        due = hours.add(start, duration, boundary)
        assert hours.elapsed(start, due) == duration
        if boundary == "next_open" or not duration:
            assert hours.is_open(due)
        else:
            assert hours.elapsed(start, from_micros(to_micros(due) - 1)) == duration - MICRO

    @given(service_hours(), instants, durations, boundaries)
    def test_subtract_mirrors_add(
        self, hours: ServiceHours, end: datetime, duration: timedelta, boundary: Boundary
    ) -> None:
        """From the instant found exactly the duration passes, and `close` stays on the near side of a closing."""
        since = hours.subtract(end, duration, boundary)
        assert hours.elapsed(since, end) == duration
        if duration and boundary == "close":
            assert hours.is_open(since)
            assert hours.elapsed(from_micros(to_micros(since) + 1), end) == duration - MICRO

    @given(service_hours(), instants, durations)
    def test_adding_and_subtracting_lead_back_to_open_time(
        self, hours: ServiceHours, start: datetime, duration: timedelta
    ) -> None:
        """The way back ends at the next opening, from wherever in closed time the way began."""
        due = hours.add(start, duration)
        if duration:
            assert hours.subtract(due, duration) == hours.next_open(start)

    @given(service_hours(), instants, durations, durations)
    def test_two_steps_are_one(self, hours: ServiceHours, start: datetime, one: timedelta, two: timedelta) -> None:
        """A goal may be split anywhere, also at a closing."""
        if two:
            assert hours.add(hours.add(start, one), two) == hours.add(start, one + two)
        first = hours.add(start, one, "next_open")
        assert hours.add(first, two, "next_open") == hours.add(start, one + two, "next_open")

    @given(service_hours(), instants, durations, boundaries)
    def test_integers_and_datetimes_agree(
        self, hours: ServiceHours, start: datetime, duration: timedelta, boundary: Boundary
    ) -> None:
        """The twins in microseconds give the same answers, whichever is asked first."""
        at, amount, fresh = to_micros(start), duration // MICRO, evolve(hours)
        assert fresh.add_micros(at, amount, boundary) == to_micros(hours.add(start, duration, boundary))
        assert fresh.subtract_micros(at, amount, boundary) == to_micros(hours.subtract(start, duration, boundary))

    @given(service_hours(), instants)
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
    @given(service_hours(), st.permutations([2017, 2024, 2022, 2027, 2023]), instants, durations)
    def test_the_order_in_which_years_are_asked_changes_nothing(
        self, hours: ServiceHours, years: list[int], at: datetime, duration: timedelta
    ) -> None:
        """Tables that grow to the left, to the right or by leaps give the same answers."""
        grown = evolve(hours)
        for year in years:
            grown.is_open(datetime(year, 6, 1, tzinfo=UTC))
            assert grown.elapsed(at, hours.add(at, duration)) == duration
        assert grown.add(at, duration) == hours.add(at, duration)

    @given(service_hours(), instants)
    def test_a_copy_is_equal_and_answers_alike(self, hours: ServiceHours, at: datetime) -> None:
        """Pickling keeps the value and leaves the compiled tables behind."""
        hours.is_open(at)
        copy = pickle.loads(pickle.dumps(hours))
        assert copy == hours
        assert hash(copy) == hash(hours)
        assert "timetable" not in vars(copy)
        assert copy.next_open(at) == hours.next_open(at)


class TestAlgebra:
    @given(service_hours(), service_hours(), instants, instants)
    def test_hours_join_instant_by_instant(
        self, one: ServiceHours, two: ServiceHours, a: datetime, b: datetime
    ) -> None:
        """Union, intersection and difference of hours are those of their open intervals, across zones."""
        low, high = sorted((to_micros(a), to_micros(b)))
        first, second = one.spans(low, high), two.spans(low, high)
        assert (one & two).spans(low, high) == intersect(first, second)
        assert (one | two).spans(low, high) == union(first, second)
        assert (one - two).spans(low, high) == subtract(first, second)

    @given(service_hours(), service_hours(), instants, durations)
    def test_joined_hours_keep_the_laws(
        self, one: ServiceHours, two: ServiceHours, start: datetime, duration: timedelta
    ) -> None:
        """What holds for service hours holds for their union."""
        both = one | two
        assert both.elapsed(start, both.add(start, duration)) == duration
        assert both.elapsed(both.subtract(start, duration), start) == duration
