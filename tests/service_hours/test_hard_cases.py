"""Nights, closings and dates on which engines differ: one named case each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from svcdelivery.errors import NeverOpenError, WrongTypeError
from svcdelivery.service_hours import Combined, ServiceHours, Succession, first_instant
from svcdelivery.timeline import from_micros, parse_instant

OFFICE = ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]})
NIGHT = ServiceHours.weekly("Europe/Berlin", {"mon-sun": ["22:00-06:00"]})


def hours_of(count: float) -> timedelta:
    return timedelta(hours=count)


class TestBoundary:
    def test_a_goal_used_up_at_closing_is_due_then_or_at_the_next_opening(self) -> None:
        start = parse_instant("2026-05-08T13:00:00Z")  # a Friday
        assert OFFICE.add(start, hours_of(4)) == parse_instant("2026-05-08T17:00:00Z")
        assert OFFICE.add(start, hours_of(4), "next_open") == parse_instant("2026-05-11T09:00:00Z")

    def test_backwards_a_goal_used_up_at_an_opening_mirrors_that(self) -> None:
        end = parse_instant("2026-05-11T13:00:00Z")
        assert OFFICE.subtract(end, hours_of(4)) == parse_instant("2026-05-11T09:00:00Z")
        assert OFFICE.subtract(end, hours_of(4), "next_open") == parse_instant("2026-05-08T17:00:00Z")

    @pytest.mark.parametrize("boundary", ["close", "next_open"])
    def test_a_zero_goal_is_due_at_once_while_open_and_else_at_the_next_opening(self, boundary: str) -> None:
        """The boundary changes nothing about it; at closing the service is closed already."""
        monday = parse_instant("2026-05-11T09:00:00Z")
        for at in ("2026-05-08T17:00:00Z", "2026-05-09T12:00:00Z", "2026-05-11T09:00:00Z"):
            assert OFFICE.add(parse_instant(at), timedelta(0), boundary) == monday  # type: ignore[arg-type]
        noon = parse_instant("2026-05-11T12:00:00Z")
        assert OFFICE.add(noon, timedelta(0)) == noon
        assert OFFICE.subtract(noon, timedelta(0)) == noon
        assert OFFICE.subtract(monday, timedelta(0)) == monday
        friday = parse_instant("2026-05-08T17:00:00Z")
        assert OFFICE.subtract(parse_instant("2026-05-10T12:00:00Z"), timedelta(0)) == friday

    def test_touching_shifts_have_no_closing_between_them(self) -> None:
        """To 24:00 and from 00:00 on is one period, at the year's end as well."""
        hours = ServiceHours.weekly("UTC", {"mon-sun": ["12:00-24:00", "00:00-06:00"]})
        assert hours.add(parse_instant("2025-12-31T20:00:00Z"), hours_of(4), "next_open") == parse_instant(
            "2026-01-01T00:00:00Z"
        )
        assert hours.next_close(parse_instant("2025-12-31T20:00:00Z")) == parse_instant("2026-01-01T06:00:00Z")
        assert len(hours.intervals(parse_instant("2025-12-31T00:00:00Z"), parse_instant("2026-01-02T00:00:00Z"))) == 3

    def test_a_minute_before_midnight_is_no_end_of_the_day(self) -> None:
        """23:59 means 23:59: a minute a day is closed, as written."""
        hours = ServiceHours.weekly("UTC", {"mon-sun": ["00:00-23:59"]})
        start = parse_instant("2026-05-11T00:00:00Z")
        assert hours.elapsed(start, parse_instant("2026-05-12T00:00:00Z")) == hours_of(24) - timedelta(minutes=1)


class TestDaylightSaving:
    def test_a_shift_lasts_as_long_as_the_night_really_lasts(self) -> None:
        """Seven hours in spring, nine in autumn."""
        for evening, real in (("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-01", 8)):
            start = NIGHT.at_local(date.fromisoformat(evening), hours_of(22))
            assert NIGHT.elapsed(start, NIGHT.next_close(start)) == hours_of(real)

    def test_a_time_the_spring_night_leaves_out_means_the_instant_after_the_gap(self) -> None:
        assert from_micros(first_instant("Europe/Berlin", date(2026, 3, 29), 9_000_000_000)) == parse_instant(
            "2026-03-29T01:00:00Z"
        )
        part = ServiceHours.weekly("Europe/Berlin", {"sun": ["02:30-03:15"]})
        assert part.next_open(parse_instant("2026-03-29T00:00:00Z")) == parse_instant("2026-03-29T01:00:00Z")
        assert part.next_close(parse_instant("2026-03-29T00:00:00Z")) == parse_instant("2026-03-29T01:15:00Z")

    def test_a_shift_that_lies_in_the_gap_as_a_whole_does_not_open(self) -> None:
        gone = ServiceHours.weekly("Europe/Berlin", {"sun": ["02:15-02:45"]})
        assert gone.next_open(parse_instant("2026-03-29T00:00:00Z")) == parse_instant("2026-04-05T00:15:00Z")
        assert not gone.is_working_day(date(2026, 3, 29))

    def test_a_time_that_comes_twice_means_the_first(self) -> None:
        """From 02:30 to 03:00 lasts an hour and a half in autumn, since the first half past two opens."""
        twice = ServiceHours.weekly("Europe/Berlin", {"sun": ["02:30-03:00"]})
        assert twice.next_open(parse_instant("2026-10-24T12:00:00Z")) == parse_instant("2026-10-25T00:30:00Z")
        assert twice.next_close(parse_instant("2026-10-24T12:00:00Z")) == parse_instant("2026-10-25T02:00:00Z")

    def test_a_date_may_begin_after_midnight(self) -> None:
        """On the first summer day of 2017 São Paulo had no hour from 00:00 to 01:00."""
        begins = from_micros(first_instant("America/Sao_Paulo", date(2017, 10, 15)))
        assert begins == parse_instant("2017-10-15T03:00:00Z")
        hours = ServiceHours.weekly("America/Sao_Paulo", {"sun": ["00:00-02:00"]})
        day = parse_instant("2017-10-15T00:00:00Z")
        assert hours.elapsed(day, day.add(days=1)) == hours_of(1)

    def test_a_date_that_was_skipped_has_no_instant(self) -> None:
        hours = ServiceHours.weekly("Pacific/Apia", {"mon-sun": ["08:00-16:00"]})
        start, end = hours.at_local(date(2011, 12, 29)), hours.at_local(date(2012, 1, 1))
        assert hours.elapsed(start, end) == hours_of(16)
        assert hours.at_local(date(2011, 12, 30)) == hours.at_local(date(2011, 12, 31))


class TestClosedDates:
    def test_a_closed_date_cuts_its_own_instants_out_of_night_shifts(self) -> None:
        """The night before ends at midnight, and the night of the date begins at the next."""
        hours = ServiceHours.weekly("UTC", {"mon-sun": ["22:00-06:00"]}, closed=["2026-05-14"])
        found = hours.intervals(parse_instant("2026-05-13T12:00:00Z"), parse_instant("2026-05-15T12:00:00Z"))
        assert [f"{i.start:%d %H}-{i.end:%d %H}" for i in found] == ["13 22-14 00", "15 00-15 06"]

    def test_whole_shifts_close_the_shifts_that_open_on_the_date(self) -> None:
        hours = ServiceHours.weekly("UTC", {"mon-sun": ["22:00-06:00"]}, closed=["2026-05-14"], whole_shifts=True)
        found = hours.intervals(parse_instant("2026-05-13T12:00:00Z"), parse_instant("2026-05-15T12:00:00Z"))
        assert [f"{i.start:%d %H}-{i.end:%d %H}" for i in found] == ["13 22-14 06"]

    def test_closed_beats_replaced_beats_weekly_and_an_extra_opening_beats_closed(self) -> None:
        hours = ServiceHours.weekly(
            "UTC",
            {"mon-fri": ["09:00-17:00"]},
            closed=["2026-05-12", "2026-05-13"],
            replaced={"2026-05-11": ["10:00-11:00"], "2026-05-12": ["10:00-11:00"]},
            extra={"2026-05-13": ["12:00-15:00"]},
            closed_parts={"2026-05-13": ["13:00-14:00"]},
        )
        found = hours.intervals(parse_instant("2026-05-11T00:00:00Z"), parse_instant("2026-05-14T00:00:00Z"))
        assert [f"{i.start:%d %H}-{i.end:%d %H}" for i in found] == ["11 10-11 11", "13 12-13 13", "13 14-13 15"]

    def test_a_leap_day_can_be_closed_every_year(self) -> None:
        hours = ServiceHours.weekly("UTC", {"mon-sun": ["09:00-17:00"]}, closed_yearly=["02-29"])
        assert not hours.is_working_day(date(2028, 2, 29))
        assert hours.is_working_day(date(2027, 3, 1))


class TestAlways:
    def test_service_time_is_wall_time(self) -> None:
        always = ServiceHours.always("America/New_York")
        start, end = parse_instant("2026-01-01T00:00:00Z"), parse_instant("2026-11-05T10:00:00.000001Z")
        assert always.elapsed(start, end) == end - start
        assert always.add(start, timedelta(days=308, hours=10, microseconds=1), "next_open") == end
        assert always.next_close(start) == parse_instant("2300-01-01T00:00:00Z")
        assert always.is_working_day(date(2026, 3, 8))


class TestAlgebra:
    def test_hours_are_joined_by_instants_and_not_by_labels(self) -> None:
        """Nine to five in London and in New York share three hours, and four while one alone has changed clocks."""
        agents = ServiceHours.weekly("Europe/London", {"mon-fri": ["09:00-17:00"]})
        customer = ServiceHours.weekly("America/New_York", {"mon-fri": ["09:00-17:00"]})
        both = agents & customer
        for day, shared in (("2026-03-04", 3), ("2026-03-18", 4), ("2026-04-01", 3)):
            start = parse_instant(f"{day}T00:00:00Z")
            assert both.elapsed(start, start.add(days=1)) == hours_of(shared)

    def test_nothing_in_common_is_an_error_on_asking_when(self) -> None:
        """Elapsed time is zero, a due time does not exist, and the search for it ends."""
        nothing = OFFICE - ServiceHours.always()
        at = parse_instant("2026-05-11T09:00:00Z")
        assert nothing.elapsed(at, at.add(years=3)) == timedelta(0)
        for ask in (nothing.next_open, nothing.next_close, nothing.previous_close):
            with pytest.raises(NeverOpenError):
                ask(at)
        with pytest.raises(NeverOpenError):
            nothing.add(at, hours_of(1))
        with pytest.raises(NeverOpenError):
            nothing.subtract(at, hours_of(1))
        assert next(nothing.periods_after(at), None) is None
        assert next(nothing.working_dates(date(2026, 5, 11)), None) is None

    def test_working_days_are_those_of_the_left_hours(self) -> None:
        """A union has the working days of both."""
        weekend = ServiceHours.weekly("UTC", {"sat,sun": ["10:00-12:00"]})
        saturday, monday = date(2026, 5, 9), date(2026, 5, 11)
        assert (OFFICE | weekend).is_working_day(saturday)
        assert not (OFFICE - weekend).is_working_day(saturday)
        assert (OFFICE - weekend).is_working_day(monday)
        assert not (OFFICE & weekend).is_working_day(monday)

    def test_joined_hours_are_values(self) -> None:
        """They compare, hash and join on, and the years known are those both sides know."""
        covered = ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]}, covered_years=(2026, 2026))
        assert Combined("and", OFFICE, NIGHT) == OFFICE & NIGHT
        assert hash((OFFICE | NIGHT) - covered) == hash((OFFICE | NIGHT) - covered)
        with pytest.raises(ValueError, match="2026 to 2026"):
            (OFFICE | covered).is_open(parse_instant("2027-05-11T09:00:00Z"))
        with pytest.raises(WrongTypeError):
            Combined("and", OFFICE, "hours")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            OFFICE & 5  # type: ignore[operator]

    def test_hours_may_change_on_a_date(self) -> None:
        """Old hours hold until the date begins, new ones from its first instant on; counting runs across."""
        longer = ServiceHours.weekly("UTC", {"mon-sun": ["06:00-22:00"]})
        hours = OFFICE.followed_by(longer, date(2026, 5, 9))
        start, end = parse_instant("2026-05-08T16:00:00Z"), parse_instant("2026-05-09T08:00:00Z")
        assert hours == Succession(OFFICE, longer, date(2026, 5, 9))
        assert hours.elapsed(start, end) == hours_of(3)
        assert hours.add(start, hours_of(3)) == end
        assert [hours.is_working_day(date(2026, 5, day)) for day in (2, 8, 9)] == [False, True, True]


class TestCost:
    def test_a_span_of_years_compiles_only_the_years_it_touches(self) -> None:
        """The table holds what was asked for, and no more than a year beside it."""
        hours = ServiceHours.weekly("Europe/Paris", {"mon-fri": ["09:00-17:00"]})
        hours.elapsed(parse_instant("2024-02-01T00:00:00Z"), parse_instant("2026-02-01T00:00:00Z"))
        table = hours.timetable.table(2024, 2026)
        assert (table.first_year, table.last_year) == (2024, 2026)
        assert len(table.prefix) == len(table.starts) + 1 == len(table.ends) + 1
        assert memoryview(table.starts).format == "q"
