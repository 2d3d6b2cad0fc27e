"""Columns come in as NumPy, Arrow or Polars and go out as what they were; what would be guessed is refused."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from svcdelivery import batch
from svcdelivery.errors import InvalidValueError, NaiveTimeError, WrongTypeError
from svcdelivery.service_hours import ServiceHours

HOURS = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["09:00-17:00"]})
FRIDAY = datetime(2024, 3, 29, 15, 59, 59, 999_999, tzinfo=UTC)  # a microsecond before closing
MONDAY = datetime(2024, 4, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
DUE = datetime(2024, 4, 1, 7, 59, 59, 999_999, tzinfo=UTC)


def micros(at: datetime) -> int:
    return int(np.datetime64(at.replace(tzinfo=None), "us").astype(np.int64))


class TestNumPy:
    def test_whole_numbers_are_epoch_microseconds(self) -> None:
        start, end = (np.array([micros(at)]) for at in (FRIDAY, MONDAY))
        found = batch.elapsed(HOURS, start, end)
        assert found.dtype == np.int64
        assert found.tolist() == [HOUR // timedelta(microseconds=1) + 1]
        assert batch.add(HOURS, start, HOUR).tolist() == [micros(DUE)]
        assert batch.is_open(HOURS, end).tolist() == [True]
        assert batch.elapsed(HOURS, start.astype(np.uint32) * 0, end.astype(np.int32) * 0).tolist() == [0]

    def test_datetime64_is_utc(self) -> None:
        """As NumPy has it; the answer is in microseconds."""
        start = np.array([FRIDAY.replace(tzinfo=None)], "M8[us]")
        assert batch.add(HOURS, start, HOUR)[0] == np.datetime64(DUE.replace(tzinfo=None))
        found = batch.elapsed(HOURS, start, MONDAY)
        assert found.dtype == np.dtype("m8[us]")
        assert found[0] == np.timedelta64(3_600_000_001, "us")

    @pytest.mark.parametrize("unit", ["h", "m", "s", "ms", "us", "ns", "15m", "10ns", "2us"])
    def test_other_units_are_converted_exactly(self, unit: str) -> None:
        """Hours to nanoseconds, steps of several units too."""
        start = np.array(["2024-04-01T08", "NaT"], f"M8[{unit}]")
        amount = np.array([1, 1], "m8[h]").astype(f"m8[{unit}]")
        assert batch.add(HOURS, start, amount).tolist() == [datetime(2024, 4, 1, 9), None]

    def test_a_byte_order_and_a_stride_change_nothing(self) -> None:
        start = np.array(["2024-04-01T08", "1900-01-01", "2024-04-01T08"], ">M8[us]")[::2]
        assert batch.next_open(HOURS, start).tolist() == [datetime(2024, 4, 1, 8)] * 2

    def test_a_column_given_is_not_changed(self) -> None:
        start = np.array(["2024-04-01T08", "NaT"], "M8[us]")
        before = start.copy()
        batch.elapsed(HOURS, start, MONDAY)
        batch.add(HOURS, start, HOUR)
        assert np.array_equal(start, before, equal_nan=True)

    def test_what_is_missing_stays_missing(self) -> None:
        """Whether it is open is said to be no, as every comparison with NaT is."""
        start = np.array(["NaT", "2024-04-01T08"], "M8[s]")
        assert np.isnat(batch.elapsed(HOURS, start, MONDAY)).tolist() == [True, False]
        assert np.isnat(batch.add(HOURS, start[::-1], np.array(["NaT", 5], "m8[s]"))).all()
        assert batch.is_open(HOURS, start).tolist() == [False, True]


class TestArrow:
    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    @pytest.mark.parametrize("zone", ["UTC", "Europe/Paris", "+05:30"])
    def test_timestamps_keep_their_zone(self, unit: str, zone: str) -> None:
        """Instants count; the zone they are shown in comes back with them."""
        start = pa.array([MONDAY, None], pa.timestamp(unit, zone))
        found = batch.add(HOURS, start, HOUR)
        assert found.type == pa.timestamp("us", zone)
        assert found.to_pylist() == [datetime(2024, 4, 1, 9, tzinfo=UTC), None]
        assert batch.elapsed(HOURS, start, found).to_pylist() == [HOUR, None]
        assert batch.elapsed(HOURS, start, found).type == pa.duration("us")
        assert batch.is_open(HOURS, start).to_pylist() == [True, None]

    def test_chunks_slices_and_whole_numbers_are_columns_too(self) -> None:
        """A chunked column comes back as one."""
        start = pa.chunked_array([pa.array([0, micros(MONDAY)])[1:], pa.array([None], pa.int64())])
        found = batch.add(HOURS, start, pa.array([1_000_000, 1]))
        assert isinstance(found, pa.ChunkedArray)
        assert found.to_pylist() == [micros(MONDAY) + 1_000_000, None]
        assert batch.elapsed(HOURS, start, MONDAY).type == pa.int64()

    def test_a_time_without_a_zone_is_refused(self) -> None:
        """In Arrow it is a wall time, and of no zone that is known."""
        with pytest.raises(NaiveTimeError, match=r"start: no zone given for `timestamp\[us\]`"):
            batch.add(HOURS, pa.array([datetime(2024, 4, 1)], pa.timestamp("us")), HOUR)

    def test_any_column_of_the_arrow_interface_is_read(self) -> None:
        """By the protocol alone."""

        class Wrapped:
            def __init__(self, array: Any) -> None:
                self._array = array

            def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
                return self._array.__arrow_c_array__(requested_schema)

        found = batch.next_open(HOURS, Wrapped(pa.array([MONDAY])))
        assert found.to_pylist() == [MONDAY]


class TestPolars:
    def test_a_series_comes_back_as_a_series_of_its_name(self) -> None:
        start = pl.Series("received", [FRIDAY, None])
        found = batch.add(HOURS, start, HOUR)
        assert isinstance(found, pl.Series)
        assert found.name == "received"
        assert found.to_list() == [DUE, None]
        assert batch.elapsed(HOURS, start, pl.Series([MONDAY, MONDAY])).dtype == pl.Duration("us")
        assert batch.is_open(HOURS, start).to_list() == [True, None]

    def test_a_time_without_a_zone_is_refused(self) -> None:
        with pytest.raises(NaiveTimeError):
            batch.is_open(HOURS, pl.Series([datetime(2024, 4, 1)]))

    def test_polars_is_never_imported(self) -> None:
        """Those who do not use it need not have it."""
        code = "import sys, svcdelivery.batch; print('polars' in sys.modules, 'numba' in sys.modules)"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert run.stdout.split() == ["False", "False"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("column", "told"),
        [
            pytest.param(np.array([1.5]), "`float64`", id="floats"),
            pytest.param(np.array([[1]]), "all of one dimension, got tuple `(1, 1)`", id="a matrix"),
            pytest.param(np.array([True]), "`bool`", id="flags"),
            pytest.param(np.array([2**63], np.uint64), "`uint64`", id="unsigned of 64 bits"),
            pytest.param(np.array([MONDAY], object), "`object`", id="objects"),
            pytest.param([MONDAY], "expected an int64 or datetime64 array", id="a list"),
            pytest.param(pa.array(["2024-04-01"]), "`string`", id="texts"),
            pytest.param(np.array([1], "m8[s]"), "timedelta64", id="durations"),
            pytest.param("2024-04-01", "got str `2024-04-01`", id="a text"),
        ],
    )
    def test_what_is_no_column_of_instants_is_refused(self, column: Any, told: str) -> None:
        with pytest.raises(WrongTypeError) as caught:
            batch.next_open(HOURS, column)
        assert str(caught.value).startswith("at: ")
        assert told in str(caught.value)

    @pytest.mark.parametrize(
        "column",
        [
            pytest.param(np.array(["2024-04-01"], "M8[D]"), id="dates"),
            pytest.param(np.array(["2024-04"], "M8[M]"), id="months"),
            pytest.param(np.array([1], "M8[ps]"), id="picoseconds"),
            pytest.param(np.array([1_001], "M8[ns]"), id="nanoseconds"),
            pytest.param(np.array([2**62], "M8[s]"), id="too many seconds"),
            pytest.param(pa.array([1_001], pa.timestamp("ns", "UTC")), id="Arrow nanoseconds"),
            pytest.param(pa.array([2**62], pa.timestamp("s", "UTC")), id="too many Arrow seconds"),
        ],
    )
    def test_nothing_is_rounded_or_cut(self, column: Any) -> None:
        with pytest.raises(InvalidValueError):
            batch.next_open(HOURS, column)

    def test_columns_of_other_lengths_and_no_column_at_all_are_refused(self) -> None:
        column = np.array(["2024-04-01"], "M8[s]")
        with pytest.raises(InvalidValueError, match=r"end: `2` is not a number of rows \(as many as the first column"):
            batch.elapsed(HOURS, column, column.repeat(2))
        with pytest.raises(WrongTypeError, match="expected a column"):
            batch.elapsed(HOURS, MONDAY, MONDAY)
        with pytest.raises(NaiveTimeError):
            batch.elapsed(HOURS, column, datetime(2024, 4, 1))
        with pytest.raises(WrongTypeError, match="duration: expected an int64 or timedelta64 array"):
            batch.add(HOURS, column, "PT1H")

    def test_whole_numbers_cannot_say_that_there_is_no_answer(self) -> None:
        column, unknown = (
            np.array([0]),
            ServiceHours.weekly("UTC", {"mon": ["09:00-10:00"]}, covered_years=(2024, 2024)),
        )
        with pytest.raises(InvalidValueError, match="give datetime64 or Arrow"):
            batch.next_open(unknown, column, errors="null")
