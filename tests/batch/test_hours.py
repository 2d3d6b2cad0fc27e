"""Columns against single questions: every row has the answer of the scalar method, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery import batch
from svcdelivery.batch.compilation import compile_years
from svcdelivery.batch.tables import Instants, Positions
from svcdelivery.batch.workspace import COMPILED_FROM
from svcdelivery.errors import NeverOpenError, NotCoveredError, ServiceDeliveryError
from svcdelivery.service_hours import Boundary, Hours, ServiceHours
from svcdelivery.service_hours.local_time import FIRST_YEAR, LAST_YEAR, year_of
from svcdelivery.testing.strategies import instants
from svcdelivery.testing.strategies import service_hours as any_hours
from svcdelivery.timeline import to_micros
from tests.service_hours.calendars import PLANS, service_hours
from tests.service_hours.test_oracle import Draw, oracle_of

BOUNDARIES: tuple[Boundary, ...] = ("close", "next_open")
ROWS = 240

# Openings a minute apart, for forty years: more buckets than a table may have.
FINE = ServiceHours.weekly("Europe/Oslo", {"mon-sun": ["09:00-09:01", "09:02-09:03", "09:04-09:05", "12:00-12:01"]})
KNOWN = ServiceHours.weekly("Asia/Tokyo", {"mon-fri": ["09:00-17:00"]}, covered_years=(2023, 2024))
ONCE = ServiceHours.weekly("UTC", {}, extra={"2024-02-29": ["10:00-11:00"]})
JOINED = ServiceHours.weekly("Europe/Berlin", {"mon-sat": ["08:00-20:00"]}) & KNOWN


def ints(values: list[int]) -> Any:
    return np.array(values, np.int64)


def told(ask: Callable[..., int], *row: int) -> int | None:
    """What the scalar method says, None where it raises."""
    try:
        return ask(*row)
    except ServiceDeliveryError:
        return None


def agree(hours: Hours, starts: list[int], ends: list[int], amounts: list[int], rows: int | None = None) -> None:
    """Hold every answer for columns of the rows, repeated up to so many, against the scalar ones."""
    count = rows or len(starts)
    start, end = (np.resize(ints(values), count).view("M8[us]") for values in (starts, ends))
    amount = np.resize(ints(amounts), count).view("m8[us]")

    def same(found: Any, expected: list[int | None]) -> None:
        nulls = np.array([value is None for value in expected])
        values = ints([value or 0 for value in expected])
        assert np.array_equal(np.isnat(found), np.resize(nulls, count))
        assert np.array_equal(np.where(np.isnat(found), 0, found.view(np.int64)), np.resize(values, count))

    same(
        batch.elapsed(hours, start, end, errors="null"),
        [told(hours.elapsed_micros, a, b) for a, b in zip(starts, ends, strict=True)],
    )
    for boundary in BOUNDARIES:
        asked = [(at, amount, boundary) for at, amount in zip(starts, amounts, strict=True)]
        same(batch.add(hours, start, amount, boundary, errors="null"), [told(hours.add_micros, *row) for row in asked])
        same(
            batch.subtract(hours, start, amount, boundary, errors="null"),
            [told(hours.subtract_micros, *row) for row in asked],
        )
    same(batch.next_open(hours, start, errors="null"), [told(hours.add_micros, at, 0) for at in starts])
    is_open = [told(hours.timetable.is_open, at) for at in starts]
    assert np.array_equal(batch.is_open(hours, start, errors="null"), np.resize([bool(f) for f in is_open], count))


def near_edges(name: str) -> tuple[list[int], list[int], list[int]]:
    """Starts, ends and durations, at least two instants of five within a day of an edge or an offset change."""
    draw = Draw(name, oracle_of(name))
    starts, ends = ([draw.instant() for _ in range(ROWS)] for _ in range(2))
    assert sum(map(draw.is_near, starts + ends)) >= 0.4 * 2 * ROWS
    return starts, ends, [draw.amount() for _ in range(ROWS)]


class TestRows:
    @pytest.mark.parametrize("name", PLANS)
    def test_every_row_has_the_scalar_answer(self, name: str) -> None:
        """On every calendar, two rows of three near an offset change or an edge, one of five on it."""
        agree(service_hours(PLANS[name]), *near_edges(name))

    @pytest.mark.parametrize("name", ["office", "lunch break", "southern hemisphere", "always"])
    def test_numba_gives_the_same_answers(self, name: str) -> None:
        """So many rows are worked out by compiled code where numba is installed."""
        pytest.importorskip("numba")
        agree(service_hours(PLANS[name]), *near_edges(name), rows=COMPILED_FROM)

    @pytest.mark.parametrize("hours", [FINE, KNOWN, ONCE, JOINED, ServiceHours.always("Asia/Tokyo")])
    def test_rows_without_an_answer_come_back_without_a_value(self, hours: Hours) -> None:
        """Before, at and after the ends of what is known, and where nothing opens any more; the rest is answered."""
        low, high = JOINED.limits()
        first, last = hours.limits()
        year = 366 * 86_400_000_000
        marks = [low - 1, low, low + 1, (low + high) // 2, high - 1, high, high + 1, first, last, first - 1, last + 1]
        spread = [low - 20 * year + step * 977_000_000_777 for step in range(1400)]
        starts = marks + spread
        ends = starts[::-1]
        amounts = [(0, 1, 3_600_000_000, 3_600_000_001, 70 * year, 2**63 - 1, -5)[i % 7] for i in range(len(starts))]
        agree(hours, starts, ends, amounts)

    @given(any_hours(), st.lists(st.tuples(instants(), instants(), st.integers(-3, 10**13)), min_size=1, max_size=30))
    def test_any_hours_answer_columns_as_they_answer_rows(self, hours: ServiceHours, drawn: list[Any]) -> None:
        """Drawn calendars, instants and durations, zero and negative ones too."""
        starts, ends = ([to_micros(row[side]) for row in drawn] for side in (0, 1))
        agree(hours, starts, ends, [row[2] for row in drawn])

    def test_tables_grow_with_the_rows(self) -> None:
        """Columns from other years, asked in any order, change no answer."""
        hours = service_hours(PLANS["lunch break"])
        for year in (2024, 1969, 2031, 1801, 2025):
            starts = [to_micros(datetime(year, month, 3, 11, tzinfo=UTC)) for month in range(1, 13)]
            agree(hours, starts, starts[::-1], [40 * 3_600_000_000] * 12)

    def test_no_rows_have_no_answers(self) -> None:
        none = np.array([], "M8[us]")
        hours = service_hours(PLANS["office"])
        assert len(batch.elapsed(hours, none, none)) == len(batch.add(hours, none, timedelta(hours=1))) == 0
        assert len(batch.is_open(hours, none)) == len(batch.next_open(hours, none)) == 0


class TestErrors:
    def test_the_first_row_without_an_answer_is_named(self) -> None:
        """The error is the scalar one, with the number of the row."""
        column = np.array(["2023-05-01", "2024-05-01", "2031-05-01", "1999-01-01"], "M8[s]")
        with pytest.raises(NotCoveredError, match=r"row 2: .*2031-05-01.*2023 to 2024"):
            batch.elapsed(KNOWN, column[:1].repeat(4), column)
        with pytest.raises(NotCoveredError, match="row 2"):
            batch.is_open(KNOWN, column)
        with pytest.raises(NeverOpenError, match="row 1"):
            batch.next_open(ONCE, np.array(["2024-01-01", "2024-03-01"], "M8[s]"))
        with pytest.raises(ServiceDeliveryError, match=r"row 1.*negative"):
            batch.add(KNOWN, column[:2], np.array([1, -1], "m8[h]"))

    def test_backwards_nothing_passes_also_where_nothing_is_known(self) -> None:
        """As the scalar method has it."""
        later, earlier = np.array(["2040-01-01"], "M8[s]"), np.array(["2039-01-01"], "M8[s]")
        assert batch.elapsed(KNOWN, later, earlier)[0] == np.timedelta64(0)

    def test_an_unknown_way_to_treat_errors_is_refused(self) -> None:
        with pytest.raises(ServiceDeliveryError, match="`ignore` is not a way to treat errors"):
            batch.next_open(KNOWN, np.array(["2040-01-01"], "M8[s]"), errors="ignore")  # type: ignore[arg-type]
        with pytest.raises(ServiceDeliveryError, match="`open` is not a boundary"):
            batch.add(KNOWN, np.array(["2024-01-01"], "M8[s]"), timedelta(0), "open")  # type: ignore[arg-type]


class TestCompilation:
    @pytest.mark.parametrize("name", PLANS)
    def test_many_years_at_once_have_the_edges_of_each_year_alone(self, name: str) -> None:
        """Also at the ends of the years there are."""
        hours = service_hours(PLANS[name])
        for years in ((2008, 2028), (FIRST_YEAR, FIRST_YEAR + 3), (LAST_YEAR - 3, LAST_YEAR), (2024, 2024)):
            assert compile_years(hours, *years) == hours.timetable._one_by_one(*years)

    @settings(max_examples=40)
    @given(any_hours())
    def test_any_hours_compile_alike(self, hours: ServiceHours) -> None:
        """Closures, extra openings, replaced and part-closed days."""
        assert compile_years(hours, 2016, 2026) == hours.timetable._one_by_one(2016, 2026)

    def test_hours_that_change_from_a_date_on_compile_alike(self) -> None:
        """Each date by the rules that hold on it, shifts across the change too."""
        hours = service_hours(PLANS["nights closed by shift"])
        changed = hours.changed_from("2024-07-01", week={"mon-sun": ["20:00-04:00"]}, whole_shifts=False)
        again = changed.changed_from("2025-03-09", week={"sat": ["00:00-24:00"]}, closed=["2025-03-15"])
        assert compile_years(again, 2023, 2026) == again.timetable._one_by_one(2023, 2026)


class TestCompiledCode:
    @given(any_hours(), st.lists(st.tuples(instants(), instants()), min_size=1, max_size=20))
    def test_the_functions_that_numba_compiles_are_right_as_they_stand(self, hours: ServiceHours, drawn: Any) -> None:
        """Run by Python itself, against the same tables."""
        compiled = pytest.importorskip("svcdelivery.batch.compiled")
        since, until = (ints([to_micros(row[side]) for row in drawn]) for side in (0, 1))
        low, high = int(min(since.min(), until.min())), int(max(since.max(), until.max()))
        table = hours.timetable.table(year_of(low), year_of(high))
        positions, instants_at = Positions(table, low, high), Instants(table)
        out, key, bounds = np.zeros(len(since), np.int64), positions._buckets.key, (low, high)
        assert compiled.elapsed.py_func((since, until), out, key, bounds, positions._rows)
        assert out.tolist() == [hours.elapsed_micros(*row) for row in zip(since.tolist(), until.tolist(), strict=True)]
        assert compiled.positions.py_func(since, out, key, bounds, positions._rows)
        assert out.tolist() == [hours.timetable.position_micros(at) for at in since.tolist()]
        assert not compiled.positions.py_func(ints([high + 1]), out, key, bounds, positions._rows)
        assert not compiled.elapsed.py_func((ints([low]), ints([high + 1])), out[:1], key, bounds, positions._rows)
        within = out[(out > table.low) & (out < table.high)]
        found = np.zeros(len(within), np.int64)
        for opening, one in ((True, table.opening_side), (False, table.closing_side)):
            rows = instants_at.jumps, instants_at.aheads
            compiled.instants.py_func(within, found, instants_at._buckets.key, rows, opening)
            assert found.tolist() == [one(position) for position in within.tolist()]
