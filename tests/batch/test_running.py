"""Items that run and stand still by turns, all at once, against each item counted by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery import batch
from svcdelivery.agreement import Boundary
from svcdelivery.batch.ragged import BLOCK, Ragged
from svcdelivery.clock.counting import counting_of
from svcdelivery.clock.segments import Segment, count
from svcdelivery.errors import InvalidDurationError, InvalidValueError, NeverOpenError, NotCoveredError, WrongTypeError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.strategies import instants, usual_hours
from svcdelivery.timeline import from_micros, to_micros
from tests.clock.worlds import local, target, terms
from tests.service_hours.calendars import PLANS, service_hours

HOUR = 3_600_000_000
OFFICE = service_hours(PLANS["office"])
UNTIL = local("2024-02-01T12:00")


def singly(hours: ServiceHours, item: list[tuple[int, bool]], until: int, goal: int, boundary: str) -> tuple[int, Any]:
    """Elapsed and due of one item, by the segments that clocks count."""
    counting = counting_of(terms(target(), hours=hours), target())
    starts = [min(at, until) for at, _ in item] + [until]
    segments = [
        Segment(start, end, "" if runs else "held")
        for (_, runs), start, end in zip(item, starts, starts[1:], strict=False)
        if start < end
    ]
    return count(segments, counting, goal, Boundary(boundary), end=until, paused=not item[-1][1])


rows_of_items = st.lists(
    st.lists(st.tuples(st.one_of(st.just(0), st.integers(0, 60 * HOUR)), st.booleans()), min_size=1, max_size=6),
    min_size=1,
    max_size=5,
)


class TestItems:
    @given(usual_hours(), instants(), rows_of_items, st.integers(0, 40 * HOUR), st.sampled_from(["close", "next_open"]))
    def test_each_item_has_what_it_has_alone(
        self, hours: ServiceHours, start: datetime, drawn: Any, goal: int, boundary: Any
    ) -> None:
        """Service time, and when a goal is used up, to the microsecond; also of what lies after the end."""
        items = []
        for number, gaps in enumerate(drawn):
            at = to_micros(start) + number * 977 * HOUR
            rows = []
            for gap, runs in gaps:
                at += gap
                rows.append((at, runs))
            items.append(rows)
        until = to_micros(start) + (977 * len(items) - 900) * HOUR
        keys = np.repeat(np.arange(len(items)), [len(rows) for rows in items])
        at = np.array([row[0] for rows in items for row in rows]).view("M8[us]")
        runs = np.array([row[1] for rows in items for row in rows])
        alone = [singly(hours, rows, until, goal, boundary) for rows in items]
        found, elapsed = batch.running_time(hours, keys, at, runs, until=from_micros(until))
        assert found.tolist() == list(range(len(items)))
        assert elapsed.view(np.int64).tolist() == [one for one, _ in alone]
        amount = timedelta(microseconds=goal)
        _, due = batch.running_due(hours, keys, at, runs, amount, until=from_micros(until), boundary=boundary)
        assert [None if np.isnat(d) else int(d.astype(np.int64)) for d in due] == [one for _, one in alone]

    def test_many_rows_are_worked_on_in_blocks(self) -> None:
        """Also an item with more rows than a block has, and enough rows for numba."""
        lengths = [3] * (BLOCK // 4) + [3 * BLOCK + 1] + [7] * BLOCK + [1] * 3
        keys = np.repeat(np.arange(len(lengths)), lengths)
        first = np.cumsum(lengths) - lengths
        at = to_micros(local("2024-01-02T00:00")) + (np.arange(len(keys)) - np.repeat(first, lengths)) * 13_000_000
        at += keys % 1000 * HOUR // 2
        runs = np.arange(len(keys)) % 3 > 0
        found, elapsed = batch.running_time(OFFICE, keys, at, runs, until=UNTIL)
        assert np.array_equal(found, np.arange(len(lengths)))
        # A row alone is an item without a change: elapsed adds up.
        ends = np.append(at[1:], 0)
        ends[np.append(first[1:], len(keys)) - 1] = to_micros(UNTIL)
        each = batch.elapsed(OFFICE, np.minimum(at, to_micros(UNTIL)), np.minimum(ends, to_micros(UNTIL)))
        assert np.array_equal(elapsed, np.add.reduceat(each * runs, first))

    def test_sums_that_64_bits_do_not_hold_are_taken_apart(self) -> None:
        """Items of centuries, one after another in a block."""
        always, count_of = ServiceHours.always(), 2000
        keys = np.arange(count_of)
        at = np.full(count_of, to_micros(local("1802-01-01T00:00"))).view("M8[us]")
        end = local("2290-01-01T00:00")
        goal = timedelta(days=365 * 400)
        _, elapsed = batch.running_time(always, keys, at, np.ones(count_of, bool), until=end)
        assert set(elapsed.tolist()) == {always.elapsed(local("1802-01-01T00:00"), end)}
        _, due = batch.running_due(always, keys, at, np.ones(count_of, bool), goal, until=end)
        assert set(due.view(np.int64).tolist()) == {to_micros(always.add(local("1802-01-01T00:00"), goal))}

    def test_wall_time_is_counted_without_hours(self) -> None:
        """As goals in wall time are."""
        ragged = Ragged(np.array([0, 2]), np.array([0, 10, 5]), np.array([True, False, True]), np.array([20, 25]))
        assert ragged.elapsed(None).tolist() == [10, 20]
        used = ragged.used(None, 15, at_closing=True)
        assert used.by_end.tolist() == [False, True]
        assert used.position.tolist() == [25, 20]

    def test_items_come_back_in_the_kind_they_were_given(self) -> None:
        """Texts and numbers, of NumPy, Arrow and Polars."""
        at = pa.array([local("2024-01-02T09:00"), local("2024-01-02T10:00"), local("2024-01-03T10:00")])
        runs = pa.array([True, False, True])
        for column in (pa.array(["b", "b", "a"]), pa.chunked_array([["b"], ["b", "a"]]), pa.array([2, 2, 1])):
            found, elapsed = batch.running_time(OFFICE, column, at, runs, until=UNTIL)
            assert found.to_pylist() == column.to_pylist()[1:]
            assert elapsed.to_pylist()[0] == timedelta(hours=1)
        coded = pa.array(["b", "b", "a"]).dictionary_encode()
        assert batch.running_time(OFFICE, coded, at, runs, until=UNTIL)[0].to_pylist() == ["b", "a"]
        series = pl.Series("item", ["b", "b", "a"])
        found, elapsed = batch.running_time(OFFICE, series, pl.Series(at), pl.Series(runs), until=UNTIL)
        assert found.to_list() == ["b", "a"]
        assert elapsed.to_list()[0] == timedelta(hours=1)
        objects = np.array(["b", "b", "a"], object)
        assert batch.running_time(OFFICE, objects, at, runs, until=UNTIL)[0].tolist() == ["b", "a"]
        none = batch.running_time(OFFICE, objects[:0], at[:0], runs[:0], until=UNTIL)
        assert [len(column) for column in none] == [0, 0]


class TestRefusals:
    AT = np.array(["2024-01-02T09", "2024-01-02T10", "2024-01-02T11"], "M8[us]")
    RUNS = np.array([True, False, True])

    @pytest.mark.parametrize(
        ("keys", "at", "told"),
        [
            pytest.param([1, 1, 1], AT[::-1], "`row 1` is not after the one before it", id="backwards"),
            pytest.param([1, 2, 1], AT, "`item` is not one stretch of rows an item", id="apart"),
            pytest.param([1, 2], AT, "item: `2` is not a number of rows", id="too few"),
        ],
    )
    def test_rows_that_are_not_in_order_are_refused(self, keys: Any, at: Any, told: str) -> None:
        with pytest.raises(InvalidValueError) as caught:
            batch.running_time(OFFICE, np.array(keys), at, self.RUNS, until=UNTIL)
        assert told in str(caught.value)

    def test_what_is_no_column_or_lacks_a_value_is_refused(self) -> None:
        keys = np.array([1, 1, 2])
        with pytest.raises(WrongTypeError, match="runs: expected a column of yes and no"):
            batch.running_time(OFFICE, keys, self.AT, np.array([1, 0, 1]), until=UNTIL)
        with pytest.raises(WrongTypeError, match="item: expected a NumPy array"):
            batch.running_time(OFFICE, [1, 1, 2], self.AT, self.RUNS, until=UNTIL)
        with pytest.raises(WrongTypeError, match="at: expected a column"):
            batch.running_time(OFFICE, keys, UNTIL, self.RUNS, until=UNTIL)
        with pytest.raises(InvalidValueError, match="item: `null` is not a column with a value in every row"):
            batch.running_time(OFFICE, pa.array([1, None, 2]), self.AT, self.RUNS, until=UNTIL)
        with pytest.raises(InvalidValueError, match="at: `null`"):
            batch.running_time(OFFICE, keys, np.array(["NaT"] * 3, "M8[us]"), self.RUNS, until=UNTIL)

    def test_goals_and_boundaries_are_those_of_the_hours(self) -> None:
        keys = np.array([1, 1, 2])
        with pytest.raises(WrongTypeError, match="goal: expected an exact duration"):
            batch.running_due(OFFICE, keys, self.AT, self.RUNS, 5, until=UNTIL)  # type: ignore[arg-type]
        with pytest.raises(InvalidDurationError, match=r"goal: .*negative"):
            batch.running_due(OFFICE, keys, self.AT, self.RUNS, timedelta(-1), until=UNTIL)
        with pytest.raises(InvalidValueError, match="is not a boundary"):
            batch.running_due(OFFICE, keys, self.AT, self.RUNS, timedelta(1), until=UNTIL, boundary="x")  # type: ignore[arg-type]

    def test_what_is_not_known_is_not_guessed(self) -> None:
        """Years that are not covered, and service that never opens again."""
        keys = np.array([1, 1, 2])
        known = ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]}, covered_years=(2023, 2023))
        with pytest.raises(NotCoveredError):
            batch.running_time(known, keys, self.AT, self.RUNS, until=UNTIL)
        once = ServiceHours.weekly("UTC", {}, extra={"2024-01-02": ["08:00-12:00"]})
        with pytest.raises(NeverOpenError):
            batch.running_due(once, keys, self.AT, np.array([True] * 3), timedelta(hours=9), until=UNTIL)
