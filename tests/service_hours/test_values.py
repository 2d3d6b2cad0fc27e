from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pendulum
import pytest

from svcdelivery.errors import (
    EmptyIntervalError,
    InvalidDurationError,
    InvalidValueError,
    NaiveTimeError,
    NeverOpenError,
    NotCoveredError,
    ServiceDeliveryError,
    UnknownZoneError,
    WrongTypeError,
)
from svcdelivery.service_hours import ClosedRange, DayShifts, ServiceHours, Shift, YearlyClosure
from svcdelivery.timeline import parse_instant
from tests.effort import calls_at_most

NINE_TO_FIVE = {"mon-fri": ["09:00-17:00"]}


def week(days: Any, **more: Any) -> ServiceHours:
    return ServiceHours.weekly("Europe/Berlin", days, **more)


class TestShift:
    def test_a_text_and_its_shift_say_the_same(self) -> None:
        """A shift prints as it is written."""
        for text in ("08:30-12:30", "22:00-06:00", "18:00-24:00", "00:00-24:00", "09:00:30-17:00"):
            assert str(Shift.parse(text)) == text
        assert Shift.parse(" 09:00 - 17:00 ") == Shift(32_400, 61_200)

    def test_an_end_before_the_start_lies_on_the_next_date(self) -> None:
        """The offset of the end counts from the midnight of the opening date."""
        assert Shift.parse("22:00-06:00").end_offset == 30 * 3600
        assert Shift.parse("22:00-24:00").end_offset == 24 * 3600

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("22:00-00:00", "write 24:00"),
            ("09:00-09:00", "it ends when it starts"),
            ("9:00-17:00", "such as 08:30-12:30"),
            ("09:00-24:01", "closing time"),
            ("24:00-25:00", "opening time"),
            ("09:60-17:00", "no such time of day"),
            ("09:00-17:00:60", "no such time of day"),
            ("", "such as"),
            ("09:00", "such as"),
            ("٠٩:00-17:00", "such as"),
        ],
    )
    def test_a_text_that_is_no_shift_is_refused_with_what_would_be_one(self, text: str, told: str) -> None:
        """The message shows the text and says what is accepted."""
        with pytest.raises(InvalidValueError) as caught:
            Shift.parse(text)
        assert told in str(caught.value)
        assert f"`{text}`" in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("bounds", [(True, 3600), (0.5, 3600), ("09:00", 3600)])
    def test_bounds_are_whole_seconds(self, bounds: Any) -> None:
        """A bool or a fraction is never taken for a number of seconds."""
        with pytest.raises(WrongTypeError):
            Shift(*bounds)

    @pytest.mark.parametrize("bounds", [(-1, 3600), (86_400, 3600), (0, 86_401), (0, -5), (10**400, 5)])
    def test_bounds_lie_within_a_day(self, bounds: tuple[int, int]) -> None:
        with pytest.raises(InvalidValueError):
            Shift(*bounds)


class TestWeek:
    def test_keys_are_a_day_a_range_or_a_list(self) -> None:
        """A range may run over the week's end, and full names are known."""
        shifts = (Shift.parse("09:00-17:00"),)
        assert week({"mon-fri": ["09:00-17:00"]}).week == (shifts,) * 5 + ((), ())
        assert week({"fri-mon": "09:00-17:00"}).week == (shifts, (), (), (), shifts, shifts, shifts)
        assert week({"Monday, wed-thu": shifts}).week == (shifts, (), shifts, shifts, (), (), ())

    def test_shifts_come_in_order_and_may_touch(self) -> None:
        """The order of writing means nothing."""
        assert week({"mon": ["13:00-17:00", "09:00-13:00"]}) == week({"mon": ["09:00-13:00", "13:00-17:00"]})

    def test_shifts_of_a_day_that_overlap_are_refused_by_name(self) -> None:
        """Both shifts stand in the message, and the day where they were given."""
        with pytest.raises(InvalidValueError, match=r"mon-tue: .*`09:00-12:00` and `11:00-13:00` overlap"):
            week({"mon-tue": ["11:00-13:00", "09:00-12:00"]})
        with pytest.raises(InvalidValueError, match="overlap"):
            week({"mon": ["20:00-04:00", "22:00-23:00"]})

    @pytest.mark.parametrize("days", [{"xyz": ["09:00-17:00"]}, {"mon-": ["09:00-17:00"]}, {"": ["09:00-17:00"]}])
    def test_an_unknown_day_is_refused(self, days: Any) -> None:
        with pytest.raises(InvalidValueError, match="days are mon, tue"):
            week(days)

    def test_a_day_given_twice_is_refused(self) -> None:
        with pytest.raises(InvalidValueError, match="`wed` is given twice"):
            week({"mon-fri": ["09:00-17:00"], "wed": ["10:00-12:00"]})

    @pytest.mark.parametrize("days", [None, 5, "mon", [()], {1: ["09:00-17:00"]}, {"mon": 5}, {"mon": [5]}])
    def test_anything_else_is_refused_by_type(self, days: Any) -> None:
        with pytest.raises(WrongTypeError):
            week(days)


class TestServiceHours:
    @pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/passwd", "", "Europe/Berlin\0", "Europe/Nowhere"])
    def test_a_name_that_is_no_zone_is_refused(self, zone: str) -> None:
        with pytest.raises(UnknownZoneError):
            ServiceHours.weekly(zone, NINE_TO_FIVE)

    @pytest.mark.parametrize(
        "nothing",
        [
            {"week": {}},
            {"week": {"mon": []}},
            {"week": {"mon": []}, "replaced": {"2026-01-01": []}},
            {"week": NINE_TO_FIVE, "closed_yearly": ["01-01..12-31"]},
            {"week": NINE_TO_FIVE, "closed_yearly": ["01-01..06-30", "07-01..12-31"]},
        ],
    )
    def test_hours_that_never_open_are_refused(self, nothing: dict[str, Any]) -> None:
        """A week without a shift, or a year without an open date, is a mistake at once."""
        with pytest.raises(NeverOpenError, match="never open"):
            ServiceHours.weekly("UTC", **nothing)

    def test_a_single_extra_opening_is_enough(self) -> None:
        """Hours may consist of dated openings alone; after the last one nothing is due any more."""
        hours = ServiceHours.weekly("UTC", {}, extra={"2026-03-02": ["09:00-12:00"]})
        assert hours.next_open(parse_instant("2026-01-01T00:00:00Z")) == parse_instant("2026-03-02T09:00:00Z")
        start, last = parse_instant("2026-03-02T10:00:00Z"), parse_instant("2026-03-02T12:00:00Z")
        assert hours.add(start, timedelta(hours=2)) == last
        with pytest.raises(NeverOpenError):
            hours.add(parse_instant("2026-03-02T10:00:00Z"), timedelta(hours=3))
        with pytest.raises(NeverOpenError):
            hours.next_open(parse_instant("2026-03-02T12:00:00Z"))
        with pytest.raises(NeverOpenError):
            hours.subtract(parse_instant("2026-03-02T10:00:00Z"), timedelta(hours=3))
        assert list(hours.periods_after(parse_instant("2026-03-02T12:00:00Z"))) == []
        assert list(hours.periods_before(parse_instant("2026-03-02T09:00:00Z"))) == []

    def test_equal_values_are_equal_and_hash_alike(self) -> None:
        """Equality is by value, whatever has been compiled and however the dates were given."""
        one = week(NINE_TO_FIVE, closed=["2026-12-25", date(2026, 1, 1), "2026-01-01"])
        two = week(NINE_TO_FIVE, closed=(pendulum.date(2026, 1, 1), date(2026, 12, 25)))
        one.is_open(parse_instant("2026-05-05T10:00:00Z"))
        assert one == two
        assert hash(one) == hash(two)
        assert one != week(NINE_TO_FIVE)

    def test_a_mapping_of_dates_to_names_serves_as_closed_dates(self) -> None:
        """Holiday packages answer such mappings."""
        assert week(NINE_TO_FIVE, closed={date(2026, 1, 1): "New Year"}).closed == (date(2026, 1, 1),)

    @pytest.mark.parametrize(
        ("more", "error"),
        [
            ({"closed": ["2026-02-30"]}, InvalidValueError),
            ({"closed": ["20260101"]}, InvalidValueError),
            ({"closed": [datetime(2026, 1, 1)]}, WrongTypeError),
            ({"closed": [20260101]}, WrongTypeError),
            ({"closed": "2026-01-01"}, WrongTypeError),
            ({"closed_yearly": ["13-01"]}, InvalidValueError),
            ({"closed_yearly": ["02-30"]}, InvalidValueError),
            ({"closed_yearly": ["1-1"]}, InvalidValueError),
            ({"closed_ranges": ["2026-01-02..2026-01-01"]}, EmptyIntervalError),
            ({"closed_ranges": ["2026-01-02"]}, InvalidValueError),
            ({"extra": {"2026-01-01": ["09:00-12:00", "11:00-13:00"]}}, InvalidValueError),
            ({"extra": {date(2026, 1, 1): ["09:00-12:00"], "2026-01-01": ["13:00-14:00"]}}, InvalidValueError),
            ({"extra": ["2026-01-01"]}, WrongTypeError),
            ({"whole_shifts": 1}, WrongTypeError),
            ({"covered_years": (2026, 2025)}, InvalidValueError),
            ({"covered_years": (True, 2025)}, WrongTypeError),
            ({"covered_years": 2026}, WrongTypeError),
        ],
    )
    def test_what_cannot_be_meant_is_refused_in_one_line(self, more: dict[str, Any], error: type[Exception]) -> None:
        """Every refusal is of the library's own kind and fits on a line."""
        with pytest.raises(error) as caught:
            week(NINE_TO_FIVE, **more)
        assert isinstance(caught.value, ServiceDeliveryError)
        assert "\n" not in str(caught.value)

    def test_a_million_closed_dates_are_taken_once_each_without_much_ado(self) -> None:
        """A long list with duplicates collapses, with hardly more than one call for a date."""
        days = [date.fromordinal(700_000 + number % 40_000) for number in range(1_000_000)]
        with calls_at_most(1_500_000):
            hours = week(NINE_TO_FIVE, closed=days)
        assert len(hours.closed) == 40_000
        assert not hours.is_open(parse_instant("2000-01-03T10:00:00Z"))

    def test_parts_can_be_given_as_values(self) -> None:
        """Texts are shorthand for values."""
        by_text = week(
            NINE_TO_FIVE,
            closed_ranges=["2026-07-01..2026-07-14"],
            closed_yearly=["12-25"],
            extra={"2026-12-25": "10:00-12:00"},
        )
        assert by_text == week(
            NINE_TO_FIVE,
            closed_ranges=[ClosedRange(date(2026, 7, 1), date(2026, 7, 14))],
            closed_yearly=[YearlyClosure("12-25", "12-25")],
            extra=[DayShifts(date(2026, 12, 25), [Shift.parse("10:00-12:00")])],
        )


class TestArguments:
    hours = week(NINE_TO_FIVE)
    at = parse_instant("2026-05-05T10:00:00Z")

    @pytest.mark.parametrize("bad", [datetime(2026, 5, 5, 10), pendulum.naive(2026, 5, 5)])
    def test_a_time_without_a_zone_is_refused(self, bad: datetime) -> None:
        """Nothing is assumed, wherever the time stands."""
        for ask in (self.hours.is_open, self.hours.next_open, self.hours.previous_close):
            with pytest.raises(NaiveTimeError):
                ask(bad)
        for pair in ((bad, self.at), (self.at, bad)):
            with pytest.raises(NaiveTimeError):
                self.hours.elapsed(*pair)
        for move in (self.hours.add, self.hours.subtract):
            with pytest.raises(NaiveTimeError):
                move(bad, timedelta(hours=1))

    @pytest.mark.parametrize("bad", ["2026-05-05T10:00:00Z", 5, None, date(2026, 5, 5)])
    def test_what_is_no_time_is_refused_by_type(self, bad: Any) -> None:
        for ask in (self.hours.is_open, self.hours.next_open):
            with pytest.raises(WrongTypeError):
                ask(bad)
        with pytest.raises(WrongTypeError):
            self.hours.elapsed(self.at, bad)
        with pytest.raises(WrongTypeError):
            self.hours.subtract(bad, timedelta(hours=1))

    def test_negative_durations_are_refused(self) -> None:
        for move in (self.hours.add, self.hours.subtract):
            with pytest.raises(InvalidDurationError, match="negative"):
                move(self.at, timedelta(microseconds=-1))
        for moved in (self.hours.add_micros, self.hours.subtract_micros):
            with pytest.raises(InvalidDurationError, match="negative"):
                moved(0, -1)

    @pytest.mark.parametrize("bad", [8, "PT8H", None, True])
    def test_a_number_is_no_duration(self, bad: Any) -> None:
        with pytest.raises(WrongTypeError):
            self.hours.add(self.at, bad)

    def test_durations_of_pendulum_count_when_they_are_exact(self) -> None:
        """Hours and days are exact there, months and years are not; an interval is what lies between its ends."""
        expected = self.hours.add(self.at, timedelta(hours=30))
        assert self.hours.add(self.at, pendulum.duration(days=1, hours=6)) == expected
        assert self.hours.add(self.at, self.at.add(hours=30) - self.at) == expected
        for inexact in (pendulum.duration(months=1), pendulum.duration(years=1)):
            with pytest.raises(InvalidDurationError, match="months and years"):
                self.hours.add(self.at, inexact)

    @pytest.mark.parametrize("bad", ["open", "", None])
    def test_an_unknown_boundary_is_refused(self, bad: Any) -> None:
        for move in (self.hours.add, self.hours.subtract):
            with pytest.raises(InvalidValueError, match="`close` or `next_open`"):
                move(self.at, timedelta(hours=1), bad)
        with pytest.raises(InvalidValueError, match="`close` or `next_open`"):
            self.hours.add_working_days(self.at, 1, boundary=bad)

    def test_answers_are_plain_durations_and_instants_in_utc(self) -> None:
        """Elapsed time is a plain timedelta; instants are pendulum's, in UTC."""
        assert type(self.hours.elapsed(self.at, self.at.add(days=3))) is timedelta
        for answer in (self.hours.add(self.at, timedelta(hours=9)), self.hours.next_close(self.at)):
            assert type(answer) is pendulum.DateTime
            assert answer.tzinfo is pendulum.UTC


class TestTheYearsKnown:
    hours = week(NINE_TO_FIVE, covered_years=(2025, 2026), closed=["2026-12-25"])

    def test_beyond_the_covered_years_nothing_is_guessed(self) -> None:
        """A date after the holiday list is no working day by default; the message names the years."""
        inside, beyond = parse_instant("2026-12-30T10:00:00Z"), parse_instant("2027-01-04T10:00:00Z")
        before = parse_instant("2024-12-31T10:00:00Z")
        for refused in (
            lambda: self.hours.elapsed(inside, beyond),
            lambda: self.hours.elapsed(before, inside),
            lambda: self.hours.is_open(beyond),
            lambda: self.hours.add(inside, timedelta(hours=20)),
            lambda: self.hours.subtract(parse_instant("2025-01-02T10:00:00Z"), timedelta(hours=20)),
            lambda: self.hours.next_open(parse_instant("2026-12-31T17:00:00Z")),
            lambda: self.hours.is_working_day(date(2027, 1, 4)),
            lambda: self.hours.is_closed_date(date(2024, 12, 31)),
            lambda: self.hours.intervals(inside, beyond),
            lambda: self.hours.add_working_days(inside, 4),
            lambda: list(self.hours.periods_after(inside)),
            lambda: list(self.hours.periods_before(inside)),
            lambda: list(self.hours.working_dates(date(2026, 12, 1))),
        ):
            with pytest.raises(NotCoveredError, match="2025 to 2026"):
                refused()

    def test_up_to_the_last_covered_instant_every_question_has_an_answer(self) -> None:
        """The covered years end where the local year ends, to the microsecond."""
        end = parse_instant("2026-12-31T23:00:00Z")
        assert self.hours.elapsed(parse_instant("2026-12-31T08:00:00Z"), end) == timedelta(hours=8)
        assert self.hours.add(parse_instant("2026-12-30T10:00:00Z"), timedelta(hours=14)) == parse_instant(
            "2026-12-31T16:00:00Z"
        )
        with pytest.raises(NotCoveredError):
            self.hours.elapsed(parse_instant("2026-12-31T08:00:00Z"), parse_instant("2026-12-31T23:00:00.000001Z"))

    def test_one_covered_year_is_enough(self) -> None:
        """A year of its own has neither a year before nor one after to lean on."""
        hours = week({"mon-sun": ["00:00-24:00"]}, covered_years=(2026, 2026), closed=["2026-06-01"])
        start, end = parse_instant("2025-12-31T23:00:00Z"), parse_instant("2026-12-31T23:00:00Z")
        assert hours.elapsed(start, end) == timedelta(days=364)
        assert hours.add(start, timedelta(days=364)) == end
        assert hours.subtract(end, timedelta(days=364)) == start
        with pytest.raises(NotCoveredError):
            hours.add(start, timedelta(days=364), "next_open")

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
    def test_the_last_year_there_is_can_be_covered(self, zone: str) -> None:
        """Its last date ends where the first begins that nobody can ask about."""
        hours = ServiceHours.weekly(zone, {"mon-sun": ["20:00-04:00"]}, covered_years=(2026, 2299))
        start = parse_instant("2026-06-01T00:00:00Z")
        assert hours.elapsed(start, start.add(days=2)) == timedelta(hours=16)
        assert hours.elapsed(parse_instant("2299-12-30T00:00:00Z"), parse_instant("2299-12-30T12:00:00Z"))
        assert hours.is_working_day(date(2299, 12, 30))

    def test_a_date_ends_once_also_where_clocks_are_set_back_over_its_midnight(self) -> None:
        """In Newfoundland it was eleven again a minute past midnight: the evening is shown twice, and over."""
        hours = ServiceHours.weekly("America/St_Johns", {"mon-sun": ["00:00-24:00"]}, closed=["2009-11-01"])
        first, again = parse_instant("2009-11-01T02:30:30Z"), parse_instant("2009-11-01T03:00:00Z")
        for at in (first, again, parse_instant("2009-11-02T03:29:59Z")):
            assert hours.is_on_closed_date(at)
            assert not hours.is_open(at)
        for at in (parse_instant("2009-11-01T02:29:59Z"), parse_instant("2009-11-02T03:30:00Z")):
            assert not hours.is_on_closed_date(at)
            assert hours.is_open(at)

    def test_far_years_are_refused_rather_than_computed(self) -> None:
        """Hours know the years 1800 to 2299; a longer duration ends at once, with an error."""
        hours = week(NINE_TO_FIVE)
        for far in ("1799-12-31T00:00:00Z", "2300-01-01T00:00:00.000001Z", "9999-12-31T23:59:59Z"):
            with pytest.raises(InvalidValueError, match="1800 to 2299"):
                hours.elapsed(parse_instant(far), parse_instant("9999-12-31T23:59:59.999999Z"))
        with calls_at_most(3_000_000):
            for huge in (timedelta.max, timedelta(days=10**6)):
                with pytest.raises(ServiceDeliveryError):
                    hours.add(parse_instant("2026-01-01T00:00:00Z"), huge)
            with pytest.raises(ServiceDeliveryError):
                hours.subtract(parse_instant("2026-01-01T00:00:00Z"), timedelta.max)
