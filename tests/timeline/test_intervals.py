"""Half-open intervals: an algebra that behaves as sets of minutes do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import EmptyIntervalError, NaiveTimeError
from svcdelivery.timeline import Interval, IntervalSet, from_micros
from svcdelivery.timeline.spans import clip, intersect, measure, normalize, subtract, union

MINUTE = 60_000_000
Drawn = list[tuple[int, int]]
pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def interval(start: int, end: int) -> Interval:
    return Interval(from_micros(start * MINUTE), from_micros(end * MINUTE))


def minutes(spans: IntervalSet) -> set[int]:
    """The model: the minutes a set contains, asked one by one."""
    return {m for m in range(61) if from_micros(m * MINUTE) in spans}


def set_of(drawn: list[tuple[int, int]]) -> tuple[IntervalSet, set[int]]:
    forward = [(min(p), max(p)) for p in drawn if p[0] != p[1]]
    model = {m for start, end in forward for m in range(start, end)}
    return IntervalSet(interval(*p) for p in forward), model


class TestSets:
    @given(pairs, pairs)
    def test_union_intersection_and_difference_are_those_of_the_minutes(
        self, one: list[tuple[int, int]], two: list[tuple[int, int]]
    ) -> None:
        """Whatever overlaps, touches or is empty."""
        (a, in_a), (b, in_b) = set_of(one), set_of(two)
        assert minutes(a) == in_a
        assert minutes(a | b) == in_a | in_b
        assert minutes(a & b) == in_a & in_b
        assert minutes(a - b) == in_a - in_b
        assert (a | b).duration == timedelta(minutes=len(in_a | in_b))

    @given(pairs)
    def test_equal_sets_are_written_alike_and_hash_alike(self, drawn: list[tuple[int, int]]) -> None:
        """However the intervals were given: sorted, disjoint, never touching."""
        made, model = set_of(drawn)
        again = IntervalSet(interval(m, m + 1) for m in sorted(model, reverse=True))
        assert made == again
        assert hash(made) == hash(again)
        assert repr(made) == repr(again)
        ends = [edge for span in made.spans for edge in span]
        assert ends == sorted(set(ends))
        assert len(list(made)) == len(made)
        assert made != model

    @given(pairs, pairs, pairs)
    def test_the_laws_of_sets_hold(self, one: Drawn, two: Drawn, three: Drawn) -> None:
        """Commutative, associative, distributive, and De Morgan within a whole."""
        (a, _), (b, _), (c, _) = set_of(one), set_of(two), set_of(three)
        whole = IntervalSet([interval(0, 61)])
        assert a | b == b | a
        assert a & b == b & a
        assert (a | b) | c == a | (b | c)
        assert a & (b | c) == (a & b) | (a & c)
        assert whole - (a | b) == (whole - a) & (whole - b)
        assert a - b == a & (whole - b)
        assert (a - b) | (a & b) == a

    @given(pairs, st.integers(0, 60), st.integers(0, 60))
    def test_clipping_is_meeting_one_interval(self, drawn: list[tuple[int, int]], start: int, end: int) -> None:
        """And an interval without instants leaves nothing."""
        spans = normalize(drawn)
        assert clip(spans, start, end) == intersect(spans, normalize([(start, end)]))
        assert measure(clip(spans, start, end)) + measure(subtract(spans, normalize([(start, end)]))) == measure(spans)
        assert union(spans, ()) == spans


class TestIntervals:
    @pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1)])
    def test_one_that_is_empty_or_negative_cannot_be_made(self, start: int, end: int) -> None:
        """B013: both ends are in the message."""
        with pytest.raises(EmptyIntervalError) as caught:
            interval(start, end)
        assert str(from_micros(start * MINUTE)) in str(caught.value)
        assert str(from_micros(end * MINUTE)) in str(caught.value)

    def test_it_holds_its_start_and_not_its_end(self) -> None:
        """So one that follows another shares nothing with it."""
        first, second = interval(1, 2), interval(2, 3)
        assert first.start in first
        assert first.end not in first
        assert not first.overlaps(second)
        assert interval(1, 3).overlaps(second)
        assert first.duration == timedelta(minutes=1)

    def test_naive_ends_are_refused(self) -> None:
        """No zone is assumed here either."""
        with pytest.raises(NaiveTimeError):
            Interval(datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))
        with pytest.raises(NaiveTimeError):
            assert datetime(2026, 1, 1) in interval(1, 2)
