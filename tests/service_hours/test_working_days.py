"""Working days: which dates they are, and the same time of day so many of them away."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, NeverOpenError, WrongTypeError
from svcdelivery.service_hours import Boundary, ServiceHours
from svcdelivery.testing.strategies import dates, instants, service_hours
from svcdelivery.timeline import parse_instant

OFFICE = ServiceHours.weekly(
    "UTC",
    {"mon-thu": ["09:00-12:00", "13:00-17:00"], "fri": ["10:00-14:00"]},
    closed=["2026-05-14"],
    closed_parts={"2026-05-12": ["09:00-17:00"]},
    extra={"2026-05-16": ["10:00-12:00"]},
)
NIGHTS = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["22:00-06:00"]}, closed=["2026-05-14"])


def moved(hours: ServiceHours, start: str, days: int, boundary: Boundary = "close", *, last: bool = False) -> str:
    at = hours.add_working_days(parse_instant(start), days, boundary=boundary, end_of_day=last)
    return f"{at:%m-%d %H:%M}"


def moved_back(hours: ServiceHours, end: str, days: int, boundary: Boundary = "close", *, last: bool = False) -> str:
    at = hours.subtract_working_days(parse_instant(end), days, boundary=boundary, end_of_day=last)
    return f"{at:%m-%d %H:%M}"


class TestDates:
    def test_a_date_works_when_open_time_is_left_of_its_shifts(self) -> None:
        """Closed dates and dates cut away as a whole do not work; an extra opening makes a Saturday work."""
        working = [day for day in range(11, 18) if OFFICE.is_working_day(date(2026, 5, day))]
        assert working == [11, 13, 15, 16]
        assert [day.day for day in islice(OFFICE.working_dates(date(2026, 5, 11)), 3)] == [13, 15, 16]
        assert [day.day for day in islice(OFFICE.working_dates_before(date(2026, 5, 16)), 3)] == [15, 13, 11]

    def test_a_night_shift_belongs_to_the_date_it_opens_on(self) -> None:
        """Saturday morning is still Friday's work, and a closed date does not work for the morning after it."""
        assert not NIGHTS.is_working_day(date(2026, 5, 16))
        assert NIGHTS.is_working_day(date(2026, 5, 15))
        assert not NIGHTS.is_working_day(date(2026, 5, 14))

    def test_a_date_the_zone_skipped_does_not_work(self) -> None:
        hours = ServiceHours.weekly("Pacific/Apia", {"mon-sun": ["00:00-24:00"]})
        assert not hours.is_working_day(date(2011, 12, 30))
        assert hours.is_working_day(date(2011, 12, 31))

    def test_a_moment_is_no_date(self) -> None:
        with pytest.raises(WrongTypeError):
            OFFICE.is_working_day(datetime(2026, 5, 11))
        with pytest.raises(InvalidValueError, match="1800 to 2299"):
            OFFICE.is_working_day(date(2300, 1, 1))

    @given(service_hours(), dates())
    def test_days_after_and_days_before_are_one_row(self, hours: ServiceHours, day: date) -> None:
        """Walking back from the last of some working days meets the same ones."""
        after = list(islice(hours.working_dates(day), 6))
        back = list(islice(hours.working_dates_before(after[-1]), 5))
        assert back == after[-2::-1]
        assert all(hours.is_working_day(found) for found in after)


class TestDaysLater:
    def test_the_time_of_day_is_kept(self) -> None:
        """The start's own day is not counted, dates that do not work are stepped over."""
        assert moved(OFFICE, "2026-05-11T11:00:00Z", 0) == "05-11 11:00"
        assert moved(OFFICE, "2026-05-11T11:00:00Z", 1) == "05-13 11:00"
        assert moved(OFFICE, "2026-05-11T11:00:00Z", 3) == "05-16 11:00"

    def test_a_start_outside_hours_counts_from_the_next_opening(self) -> None:
        assert moved(OFFICE, "2026-05-11T20:00:00Z", 0) == "05-13 09:00"
        assert moved(OFFICE, "2026-05-10T20:00:00Z", 1) == "05-13 09:00"

    @pytest.mark.parametrize(
        ("start", "close", "next_open"),
        [
            ("2026-05-13T16:00:00Z", "05-15 14:00", "05-16 10:00"),  # after that day's last closing
            ("2026-05-13T14:00:00Z", "05-15 14:00", "05-16 10:00"),  # exactly at it
            ("2026-05-13T09:30:00Z", "05-15 10:00", "05-15 10:00"),  # before its first opening
        ],
    )
    def test_a_kept_time_outside_that_days_hours_moves_by_the_boundary(
        self, start: str, close: str, next_open: str
    ) -> None:
        """Under `close` to the closing before on that day, or its opening; else to the next opening."""
        assert moved(OFFICE, start, 1) == close
        assert moved(OFFICE, start, 1, "next_open") == next_open

    def test_a_kept_time_in_the_break_moves_by_the_boundary(self) -> None:
        assert moved(OFFICE, "2026-05-08T12:30:00Z", 1) == "05-11 12:00"
        assert moved(OFFICE, "2026-05-08T12:30:00Z", 1, "next_open") == "05-11 13:00"

    def test_the_end_of_a_working_day_is_its_last_closing(self) -> None:
        assert moved(OFFICE, "2026-05-11T11:00:00Z", 0, last=True) == "05-11 17:00"
        assert moved(OFFICE, "2026-05-13T11:00:00Z", 1, last=True) == "05-15 14:00"
        assert moved(NIGHTS, "2026-05-11T21:00:00Z", 0, last=True) == "05-12 04:00"

    def test_three_in_the_morning_of_a_night_shift_stays_three_in_the_morning(self) -> None:
        """The small hours count with the evening before: Friday's are on Saturday, and next come Monday's."""
        assert moved(NIGHTS, "2026-05-12T01:00:00Z", 1) == "05-13 01:00"
        assert moved(NIGHTS, "2026-05-16T01:00:00Z", 1) == "05-19 01:00"

    def test_the_wall_clock_is_kept_over_a_change_of_offset(self) -> None:
        hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["09:00-17:00"]})
        assert moved(hours, "2026-03-27T10:15:00Z", 1) == "03-30 09:15"
        assert moved_back(hours, "2026-03-30T09:15:00Z", 1) == "03-27 10:15"

    def test_numbers_of_days_are_whole_and_not_negative(self) -> None:
        at = parse_instant("2026-05-11T11:00:00Z")
        for move in (OFFICE.add_working_days, OFFICE.subtract_working_days):
            with pytest.raises(InvalidValueError, match="zero or more"):
                move(at, -1)
            for bad in (True, 1.5, "2"):
                with pytest.raises(WrongTypeError):
                    move(at, bad)  # type: ignore[arg-type]

    def test_after_the_last_opening_there_is_no_further_day(self) -> None:
        """Two dated openings hold one step."""
        hours = ServiceHours.weekly("UTC", {}, extra={"2026-03-02": ["09:00-12:00"], "2026-03-04": ["09:00-12:00"]})
        assert moved(hours, "2026-03-02T10:00:00Z", 1) == "03-04 10:00"
        with pytest.raises(NeverOpenError):
            moved(hours, "2026-03-02T10:00:00Z", 2)


class TestDaysEarlier:
    def test_it_mirrors_days_later(self) -> None:
        """An end outside hours counts from the closing before, and a closing of the day found is in its hours."""
        assert moved_back(OFFICE, "2026-05-13T11:00:00Z", 1) == "05-11 11:00"
        assert moved_back(OFFICE, "2026-05-13T18:00:00Z", 1) == "05-11 17:00"
        assert moved_back(OFFICE, "2026-05-11T11:00:00Z", 0, last=True) == "05-11 17:00"

    def test_a_kept_time_outside_that_days_hours_moves_by_the_boundary(self) -> None:
        """Under `close` to the opening after on that day, or its last closing; else to the closing before."""
        assert moved_back(OFFICE, "2026-05-16T11:30:00Z", 1) == "05-15 11:30"
        assert moved_back(OFFICE, "2026-05-18T09:30:00Z", 2) == "05-15 10:00"
        assert moved_back(OFFICE, "2026-05-18T09:30:00Z", 2, "next_open") == "05-13 17:00"
        assert moved_back(OFFICE, "2026-05-18T16:30:00Z", 2) == "05-15 14:00"
        assert moved_back(OFFICE, "2026-05-18T10:00:00Z", 2) == "05-15 10:00"
        assert moved_back(OFFICE, "2026-05-18T10:00:00Z", 2, "next_open") == "05-13 17:00"


@given(service_hours(), instants(), st.integers(0, 8), st.sampled_from(["close", "next_open"]))
def test_more_days_never_come_earlier(hours: ServiceHours, start: datetime, days: int, boundary: Boundary) -> None:
    """A day more is never due before a day less, and nothing is due before its start."""
    one = hours.add_working_days(start, days, boundary=boundary)
    assert one >= start or boundary == "close"
    last = hours.add_working_days(start, days, end_of_day=True)
    assert last > start
    assert hours.add_working_days(start, days + 1, end_of_day=True) > last - timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "days", "hour", "boundary", "expected"),
    [
        ("2026-05-11T09:30:00Z", 0, 16, "close", "05-11 16:00"),  # a Monday
        ("2026-05-11T16:30:00Z", 0, 16, "close", "05-13 16:00"),  # over by the start: the next working day is meant
        ("2026-05-11T09:30:00Z", 1, 16, "close", "05-13 16:00"),  # the Tuesday is cut away as a whole
        ("2026-05-13T09:30:00Z", 1, 16, "close", "05-15 14:00"),  # the Thursday is closed, the Friday shorter
        ("2026-05-13T09:30:00Z", 1, 16, "next_open", "05-16 10:00"),
    ],
)
def test_a_time_of_a_working_day(start: str, days: int, hour: int, boundary: Boundary, expected: str) -> None:
    """A time outside the hours of its day moves to their closing, or to the next opening."""
    at = OFFICE.working_day_at(parse_instant(start), days, timedelta(hours=hour), boundary=boundary)
    assert f"{at:%m-%d %H:%M}" == expected
