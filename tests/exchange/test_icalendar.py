"""Closed dates and hours out of iCalendar, and a week out of its availability."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import (
    InvalidValueError,
    LimitExceededError,
    ServiceDeliveryError,
    UnknownZoneError,
    UnusableInputError,
)
from svcdelivery.exchange.availability import load_availability, parse_availability
from svcdelivery.exchange.icalendar import CalendarClosures, load_closures, parse_closures
from svcdelivery.service_hours import ClosedRange, DayShifts, ServiceHours, Shift
from svcdelivery.timeline import parse_instant

YEARS = (2026, 2027)


def calendar(*components: str) -> str:
    body = "\n".join(components)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{body}\nEND:VCALENDAR\n"


def event(*lines: str, uid: str = "1") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20250101T000000Z", *lines, "END:VEVENT"])


def read(*lines: str, zone: str = "Europe/Paris", years: tuple[int, int] = YEARS) -> CalendarClosures:
    return parse_closures(calendar(event(*lines)), zone=zone, years=years)


def parts(closures: CalendarClosures) -> dict[str, list[str]]:
    return {str(part.date): [str(shift) for shift in part.shifts] for part in closures.closed_parts}


def days(closures: CalendarClosures) -> list[str]:
    return [str(day) for day in closures.closed]


class TestWholeDates:
    @pytest.mark.parametrize(
        "end", [(), ("DTEND;VALUE=DATE:20261226",), ("DURATION:P1D",), ("DTEND;VALUE=DATE:20261225",)]
    )
    def test_an_event_of_one_date_closes_it(self, end: tuple[str, ...]) -> None:
        assert days(read("DTSTART;VALUE=DATE:20261225", *end)) == ["2026-12-25"]

    def test_several_dates_are_a_named_range(self) -> None:
        made = read("SUMMARY:Summer", "DTSTART;VALUE=DATE:20260801", "DTEND;VALUE=DATE:20260816")
        assert made.closed_ranges == (ClosedRange("2026-08-01", "2026-08-15", "Summer"),)
        assert made.closed == ()

    def test_what_reaches_out_of_the_years_is_cut(self) -> None:
        made = read("DTSTART;VALUE=DATE:20251220", "DTEND;VALUE=DATE:20260103")
        assert made.closed_ranges == (ClosedRange("2026-01-01", "2026-01-02"),)

    def test_it_is_the_same_date_in_every_zone(self) -> None:
        assert days(read("DTSTART;VALUE=DATE:20261225", zone="Pacific/Auckland")) == ["2026-12-25"]

    def test_cancelled_closes_nothing(self) -> None:
        assert days(read("DTSTART;VALUE=DATE:20261225", "STATUS:CANCELLED")) == []

    def test_free_time_is_left_out_when_asked(self) -> None:
        text = calendar(event("DTSTART;VALUE=DATE:20261225", "TRANSP:TRANSPARENT"))
        assert days(parse_closures(text, zone="UTC", years=YEARS)) == ["2026-12-25"]
        assert days(parse_closures(text, zone="UTC", years=YEARS, skip_transparent=True)) == []


class TestTimes:
    def test_a_floating_time_is_read_on_the_clock_of_the_hours(self) -> None:
        made = read("DTSTART:20261224T140000", "DTEND:20261224T180000")
        assert parts(made) == {"2026-12-24": ["14:00-18:00"]}

    def test_a_time_in_another_zone_is_shown_on_the_clock_of_the_hours(self) -> None:
        made = read("DTSTART;TZID=America/New_York:20260316T080000", "DURATION:PT2H")
        assert parts(made) == {"2026-03-16": ["13:00-15:00"]}  # five hours apart, not six, in those two weeks

    def test_a_utc_time_is_shown_on_the_clock_of_the_hours(self) -> None:
        assert parts(read("DTSTART:20260701T220000Z", "DTEND:20260702T000000Z")) == {"2026-07-02": ["00:00-02:00"]}

    def test_a_time_over_midnights_closes_what_lies_between(self) -> None:
        made = read("DTSTART:20260105T180000", "DTEND:20260108T090000")
        assert parts(made) == {"2026-01-05": ["18:00-24:00"], "2026-01-08": ["00:00-09:00"]}
        assert made.closed_ranges == (ClosedRange("2026-01-06", "2026-01-07"),)

    def test_parts_that_meet_are_one_and_a_full_date_is_closed(self) -> None:
        text = calendar(
            event("DTSTART:20260105T000000", "DTEND:20260105T130000"),
            event("DTSTART:20260105T120000", "DTEND:20260106T000000", uid="2"),
            event("DTSTART:20260107T100000", "DTEND:20260107T110000", uid="3"),
            event("DTSTART:20260107T110000", "DTEND:20260107T120000", uid="4"),
        )
        made = parse_closures(text, zone="UTC", years=YEARS)
        assert days(made) == ["2026-01-05"]
        assert parts(made) == {"2026-01-07": ["10:00-12:00"]}

    def test_an_event_without_length_closes_nothing(self) -> None:
        assert parts(read("DTSTART:20260105T180000")) == {}

    def test_the_hour_that_comes_twice_is_refused_when_only_its_second_is_meant(self) -> None:
        with pytest.raises(UnusableInputError, match="the second time the clock reads so"):
            read("DTSTART:20261025T013000Z", "DTEND:20261025T030000Z")


def own_zone(name: str, summer: str) -> str:
    return "\n".join(
        [
            "BEGIN:VTIMEZONE", f"TZID:{name}",
            "BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            f"TZOFFSETFROM:{summer}", "TZOFFSETTO:+0100", "END:STANDARD",
            "BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            "TZOFFSETFROM:+0100", f"TZOFFSETTO:{summer}", "END:DAYLIGHT",
            "END:VTIMEZONE",
        ]
    )  # fmt: skip


class TestZonesOfOthers:
    @pytest.mark.parametrize("summer", ["+0200", "+0300"])
    def test_a_zone_that_the_file_defines_holds_for_this_file_alone(self, summer: str) -> None:
        meeting = event("DTSTART;TZID=Office:20260701T090000", "DURATION:PT1H", "RRULE:FREQ=MONTHLY;COUNT=6")
        made = parse_closures(calendar(own_zone("Office", summer), meeting), zone="UTC", years=YEARS)
        opens = 9 - int(summer[:3])
        assert parts(made)["2026-07-01"] == [f"{opens:02d}:00-{opens + 1:02d}:00"]
        assert parts(made)["2026-12-01"] == ["08:00-09:00"]

    @pytest.mark.parametrize("name", ["W. Europe Standard Time", "/example.org/Europe/Berlin"])
    def test_names_of_other_makers_are_known(self, name: str) -> None:
        made = read(f"DTSTART;TZID={name}:20260701T090000", "DURATION:PT1H", zone="UTC")
        assert parts(made) == {"2026-07-01": ["07:00-08:00"]}

    def test_ends_in_two_zones(self) -> None:
        made = read("DTSTART;TZID=Europe/Paris:20260701T090000", "DTEND;TZID=Europe/London:20260701T090000")
        assert parts(made) == {"2026-07-01": ["09:00-10:00"]}


class TestRecurrence:
    def test_every_year(self) -> None:
        made = read("DTSTART;VALUE=DATE:19700501", "RRULE:FREQ=YEARLY")
        assert days(made) == ["2026-05-01", "2027-05-01"]

    def test_the_last_monday_of_may(self) -> None:
        made = read("DTSTART;VALUE=DATE:20200525", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO")
        assert days(made) == ["2026-05-25", "2027-05-31"]

    def test_the_start_is_the_first_one_counted(self) -> None:
        made = read("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3")
        assert days(made) == ["2026-01-01", "2026-01-05", "2026-01-12"]

    @pytest.mark.parametrize("until", ["20260103", "20260103T235959Z"])
    def test_until_is_included(self, until: str) -> None:
        made = read("DTSTART;VALUE=DATE:20260101", f"RRULE:FREQ=DAILY;UNTIL={until}")
        assert days(made) == ["2026-01-01", "2026-01-02", "2026-01-03"]

    def test_until_in_utc_is_read_on_the_clock_of_the_event(self) -> None:
        lines = "DTSTART;TZID=Europe/Paris:20260101T090000", "DTEND;TZID=Europe/Paris:20260101T100000"
        assert len(parts(read(*lines, "RRULE:FREQ=DAILY;UNTIL=20260103T080000Z"))) == 3
        assert len(parts(read(*lines, "RRULE:FREQ=DAILY;UNTIL=20260103T075959Z"))) == 2

    def test_what_has_no_zone_in_a_rule_or_an_exception_is_on_the_clock_of_the_event(self) -> None:
        """Many write it so; on the clock of the reader the last one would be lost, and the exception missed."""
        lines = (
            "DTSTART;TZID=America/New_York:20260105T090000",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;UNTIL=20260107T090000",
        )
        assert list(parts(read(*lines))) == ["2026-01-05", "2026-01-06", "2026-01-07"]
        assert list(parts(read(*lines, "EXDATE:20260106T090000"))) == ["2026-01-05", "2026-01-07"]

    def test_the_wall_clock_is_kept_over_offset_changes(self) -> None:
        made = read(
            "DTSTART;TZID=Europe/Paris:20260322T090000",
            "DURATION:PT1H",
            "RRULE:FREQ=WEEKLY;COUNT=2",
            zone="Europe/Paris",
        )
        assert parts(made) == {"2026-03-22": ["09:00-10:00"], "2026-03-29": ["09:00-10:00"]}

    def test_exceptions_and_additions(self) -> None:
        made = read(
            "DTSTART;VALUE=DATE:20260101",
            "RRULE:FREQ=DAILY;COUNT=3",
            "EXDATE;VALUE=DATE:20260102",
            "RDATE;VALUE=DATE:20260110,20260112",
        )
        assert days(made) == ["2026-01-01", "2026-01-03", "2026-01-10", "2026-01-12"]

    @pytest.mark.parametrize(
        "exception", [";TZID=Europe/Paris:20260102T090000", ":20260102T080000Z", ";VALUE=DATE:20260102"]
    )
    def test_an_exception_is_the_same_in_every_form(self, exception: str) -> None:
        made = read(
            "DTSTART;TZID=Europe/Paris:20260101T090000",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;COUNT=3",
            f"EXDATE{exception}",
        )
        assert list(parts(made)) == ["2026-01-01", "2026-01-03"]

    def test_a_moved_occurrence(self) -> None:
        text = calendar(
            event("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=MONTHLY;COUNT=3"),
            event("RECURRENCE-ID;VALUE=DATE:20260201", "DTSTART;VALUE=DATE:20260203"),
            event("RECURRENCE-ID;VALUE=DATE:20260301", "DTSTART;VALUE=DATE:20260301", "STATUS:CANCELLED"),
        )
        assert days(parse_closures(text, zone="UTC", years=YEARS)) == ["2026-01-01", "2026-02-03"]

    @pytest.mark.parametrize("which", [";VALUE=DATE:20260106", ":20260106T090000", ":20260106T080000Z"])
    def test_a_moved_occurrence_is_told_in_every_form(self, which: str) -> None:
        """By its date, on the clock of the event, or in UTC."""
        text = calendar(
            event("DTSTART;TZID=Europe/Paris:20260105T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"),
            event(f"RECURRENCE-ID{which}", "DTSTART;TZID=Europe/Paris:20260120T090000", "DURATION:PT1H"),
        )
        made = parse_closures(text, zone="America/New_York", years=YEARS)
        assert list(parts(made)) == ["2026-01-05", "2026-01-07", "2026-01-20"]

    def test_of_several_versions_of_an_event_the_latest_counts(self) -> None:
        """One that was moved, and one that was called off; events that only share an id are no versions."""
        moved = event("SEQUENCE:1", "DTSTART;VALUE=DATE:20260106"), event("DTSTART;VALUE=DATE:20260105")
        off = (
            event("DTSTART;VALUE=DATE:20260201", uid="2"),
            event("SEQUENCE:3", "STATUS:CANCELLED", "DTSTART;VALUE=DATE:20260201", uid="2"),
        )
        same = event("DTSTART;VALUE=DATE:20260301", uid="3"), event("DTSTART;VALUE=DATE:20260302", uid="3")
        made = parse_closures(calendar(*moved, *off, *same), zone="UTC", years=YEARS)
        assert days(made) == ["2026-01-06", "2026-03-01", "2026-03-02"]

    @given(
        every=st.integers(1, 5),
        count=st.integers(1, 60),
        start=st.dates(date(2025, 12, 1), date(2026, 3, 1)),
        frequency=st.sampled_from([("DAILY", 1), ("WEEKLY", 7)]),
    )
    def test_dates_are_those_that_counting_gives(
        self, every: int, count: int, start: date, frequency: tuple[str, int]
    ) -> None:
        made = read(f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"RRULE:FREQ={frequency[0]};INTERVAL={every};COUNT={count}")
        counted = [start + timedelta(days=frequency[1] * every * number) for number in range(count)]
        assert list(made.closed) == [day for day in counted if 2026 <= day.year <= 2027]

    @pytest.mark.parametrize(
        ("rule", "named"),
        [
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
            ("FREQ=DAILY;COUNT=-1", "COUNT"),
            ("FREQ=DAILY;COUNT=0", "COUNT"),
            ("FREQ=DAILY;COUNT=3;UNTIL=20260201", "COUNT and UNTIL"),
            ("COUNT=3", "FREQ"),
            ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
            ("FREQ=YEARLY;BYMONTHDAY=0", "BYMONTHDAY"),
            ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "BYMONTH and BYMONTHDAY"),
            ("FREQ=SECONDLY;BYHOUR=3", "SECONDLY"),
        ],
    )
    def test_a_part_that_cannot_be_meant_is_named(self, rule: str, named: str) -> None:
        with pytest.raises(InvalidValueError, match=named) as refused:
            read("SUMMARY:Party", "DTSTART:20260101T090000", "DURATION:PT1H", f"RRULE:{rule}")
        assert "\n" not in str(refused.value)
        assert "event `Party`" in str(refused.value)

    def test_every_second_since_1970_passes_the_cap(self) -> None:
        with pytest.raises(LimitExceededError, match="100000"):
            read("DTSTART:19700101T000000", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")

    def test_the_cap_is_one_for_the_whole_file(self) -> None:
        text = calendar(*(event("DTSTART;VALUE=DATE:19000101", "RRULE:FREQ=DAILY", uid=str(n)) for n in range(3)))
        with pytest.raises(LimitExceededError):
            parse_closures(text, zone="UTC", years=YEARS)


class TestUse:
    def test_service_hours_take_the_closures(self) -> None:
        text = calendar(
            event("DTSTART;VALUE=DATE:20260101"),
            event("DTSTART;VALUE=DATE:20260601", "DTEND;VALUE=DATE:20260606", uid="2"),
            event("DTSTART:20260102T083000", "DTEND:20260102T123000", uid="3"),
        )
        made = parse_closures(text, zone="Europe/Paris", years=(2026, 2026))
        hours = ServiceHours.weekly(
            "Europe/Paris",
            {"mon-fri": ["08:30-12:30", "13:30-17:30"]},
            closed=made.closed,
            closed_ranges=made.closed_ranges,
            closed_parts=made.closed_parts,
            covered_years=made.covered_years,
        )
        start = parse_instant("2026-01-01T00:00:00+01:00")
        assert hours.elapsed(start, parse_instant("2026-01-03T00:00:00+01:00")) == timedelta(hours=4)
        assert hours.is_closed_date(date(2026, 6, 5))

    def test_files_are_read_plain_and_packed(self, tmp_path: Path) -> None:
        text = "\ufeff" + calendar(event("DTSTART;VALUE=DATE:20261225"))
        (tmp_path / "a.ics").write_text(text, encoding="utf-8")
        (tmp_path / "a.ics.gz").write_bytes(gzip.compress(text.encode()))
        for name in ("a.ics", "a.ics.gz"):
            assert days(load_closures(tmp_path / name, zone="UTC", years=range(2026, 2028))) == ["2026-12-25"]

    def test_without_the_extra_it_is_named(self) -> None:
        code = (
            "import sys; sys.modules['icalendar'] = None\n"
            "from svcdelivery.exchange.icalendar import parse_closures\n"
            "from svcdelivery.errors import ExtraMissingError\n"
            "try:\n    parse_closures('BEGIN:VCALENDAR', zone='UTC', years=(2026, 2026))\n"
            "except ExtraMissingError as error:\n    print(error.extra)\n"
        )
        apart = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
        run = subprocess.run([sys.executable, "-c", code], env=apart, capture_output=True, text=True, check=True)
        assert run.stdout == "calendars\n"


class TestUnusable:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "garbage",
            "BEGIN:VCALENDAR\n",
            "BEGIN:VCALENDAR\nEND:VEVENT\n",
            "BEGIN:VCARD\nEND:VCARD\n",
            "\0",
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nX\nEND:VCALENDAR",
        ],
    )
    def test_what_is_no_calendar(self, text: str) -> None:
        with pytest.raises(UnusableInputError) as refused:
            parse_closures(text, zone="UTC", years=YEARS, source="feed.ics")
        assert "feed.ics" in str(refused.value)
        assert "\n" not in str(refused.value)

    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            (["SUMMARY:x"], "no DTSTART"),
            (["DTSTART:2026"], "DTSTART cannot be read"),
            (["DTSTART;TZID=Mars/Phobos:20260101T090000"], "zone nobody knows, `Mars/Phobos`"),
            (["DTSTART:20260102T090000", "DTEND:20260101T090000"], "ends before it starts"),
            (["DTSTART:20260102T090000", "DURATION:-PT1H"], "ends before it starts"),
            (["DTSTART:20260102T090000", "DTEND;VALUE=DATE:20260103"], "one of its ends"),
            (["DTSTART:20260102T090000", "DTEND:20260102T100000", "DURATION:PT1H"], "both DTEND and DURATION"),
            (["DTSTART:20260102T090000", "DTSTART:20260102T090000"], "more than one DTSTART"),
            (["DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=HOURLY"], "times of day"),
            (["DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=FOO"], "RRULE cannot be read"),
            (["DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], "more than one RRULE"),
            (["DTSTART;VALUE=DATE:20260102", "RDATE;VALUE=PERIOD:20260101T180000Z/PT5H"], "neither a date nor a time"),
            (["DTSTART;VALUE=DATE:20260102", "RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"], "EXRULE"),
            (["RECURRENCE-ID;RANGE=THISANDFUTURE:20260102T090000Z", "DTSTART:20260102T090000Z"], "RANGE"),
        ],
    )
    def test_an_event_that_cannot_be_used_is_named(self, lines: list[str], told: str) -> None:
        with pytest.raises(UnusableInputError, match=told) as refused:
            read(*lines)
        assert "\n" not in str(refused.value)

    def test_files(self, tmp_path: Path) -> None:
        (tmp_path / "latin.ics").write_bytes(b"BEGIN:VCALENDAR\nX-A:\xe9\nEND:VCALENDAR")
        (tmp_path / "large.ics").write_bytes(b"BEGIN:VCALENDAR\n" + b"X" * 10_000_001)
        for name, told in [
            ("latin.ics", "line 2"),
            ("large.ics", "larger"),
            ("none.ics", "no such file"),
            ("", "folder"),
        ]:
            with pytest.raises(UnusableInputError, match=told):
                load_closures(tmp_path / name, zone="UTC", years=YEARS)

    def test_zone_and_years_are_checked_first(self) -> None:
        with pytest.raises(UnknownZoneError):
            parse_closures("", zone="Mars/Phobos", years=YEARS)
        with pytest.raises(InvalidValueError):
            parse_closures("", zone="UTC", years=(2027, 2026))

    @given(
        st.lists(
            st.sampled_from(
                [
                    "DTSTART:20260101T090000",
                    "DTSTART;VALUE=DATE:20260101",
                    "DTEND:20260101T100000Z",
                    "DTEND;VALUE=DATE:20260102",
                    "DURATION:PT1H",
                    "DURATION:P99999999D",
                    "RRULE:FREQ=DAILY;COUNT=5",
                    "RRULE:FREQ=YEARLY;BYDAY=9MO",
                    "RRULE:X=Y",
                    "RRULE:",
                    "RRULE:FREQ=WEEKLY;UNTIL=20260301T000000Z;BYDAY=MO,XX",
                    "RRULE:FREQ=DAILY;INTERVAL=9999999999999",
                    "EXDATE:20260102T090000",
                    "EXDATE:x",
                    "RDATE:00010101",
                    "RECURRENCE-ID:20260102T090000Z",
                    "STATUS:CANCELLED",
                    "TZID:x",
                    "DTSTART;TZID=Europe/Paris:00010101T000000",
                    "RRULE:FREQ=DAILY;COUNT=2.5",
                    "RRULE:FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO",
                    "RRULE:FREQ=DAILY;BYSETPOS=1",
                    "\0",
                ]
            ),
            max_size=5,
        )
    )
    def test_any_mixture_is_read_or_refused_in_one_line(self, lines: list[str]) -> None:
        told = ""
        try:
            read(*lines)
        except ServiceDeliveryError as error:
            told = str(error)
        assert "\n" not in told


def available(*lines: str) -> str:
    return "\n".join(["BEGIN:AVAILABLE", "UID:a", *lines, "END:AVAILABLE"])


def availability(*components: str) -> str:
    return calendar("BEGIN:VAVAILABILITY", "UID:v", *components, "END:VAVAILABILITY")


class TestAvailability:
    def test_a_week_of_shifts(self, tmp_path: Path) -> None:
        text = availability(
            available(
                "DTSTART;TZID=America/Denver:20260105T130000",
                "DTEND;TZID=America/Denver:20260105T170000",
                "RRULE:FREQ=WEEKLY;BYDAY=MO,TU",
            ),
            available("DTSTART;TZID=America/Denver:20260105T080000", "DURATION:PT4H", "RRULE:FREQ=WEEKLY"),
            available("DTSTART;TZID=America/Denver:20260110T220000", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;BYDAY=SA"),
        )
        (tmp_path / "week.ics").write_text(text, encoding="utf-8")
        made = load_availability(tmp_path / "week.ics")
        assert made.zone == "America/Denver"
        assert made.week == {
            "mon": (Shift.parse("08:00-12:00"), Shift.parse("13:00-17:00")),
            "tue": (Shift.parse("13:00-17:00"),),
            "sat": (Shift.parse("22:00-06:00"),),
        }
        hours = ServiceHours.weekly(made.zone, made.week)
        assert hours.is_open(parse_instant("2026-06-15T08:00:00-06:00"))

    def test_every_day_around_the_clock(self) -> None:
        text = availability(available("DTSTART:20260105T000000", "DURATION:P1D", "RRULE:FREQ=DAILY"))
        made = parse_availability(text, zone="UTC")
        assert made.week == {day: (Shift.parse("00:00-24:00"),) for day in "mon tue wed thu fri sat sun".split()}

    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            (["RRULE:FREQ=MONTHLY"], "FREQ=MONTHLY"),
            (["RRULE:FREQ=WEEKLY;INTERVAL=2"], "INTERVAL"),
            (["RRULE:FREQ=WEEKLY;COUNT=9"], "COUNT"),
            (["RRULE:FREQ=WEEKLY", "EXDATE:20260112T090000"], "EXDATE"),
            ([], "does not recur"),
        ],
    )
    def test_what_is_no_plain_week_is_refused(self, lines: list[str], told: str) -> None:
        text = availability(available("DTSTART:20260105T090000", "DURATION:PT4H", *lines))
        with pytest.raises(UnusableInputError, match=told):
            parse_availability(text, zone="UTC")

    def test_one_zone_one_availability_and_no_end(self) -> None:
        one = available("DTSTART;TZID=Europe/Paris:20260105T090000", "DURATION:PT4H", "RRULE:FREQ=WEEKLY")
        with pytest.raises(UnusableInputError, match="others in UTC"):
            parse_availability(availability(one), zone="UTC")
        with pytest.raises(UnusableInputError, match="DTEND limits it"):
            parse_availability(availability("DTEND:20270101T000000Z", one))
        with pytest.raises(UnusableInputError, match="no VAVAILABILITY"):
            parse_availability(calendar())
        with pytest.raises(UnusableInputError, match="no part with times"):
            parse_availability(availability())
        with pytest.raises(UnusableInputError, match="no IANA zone"):
            parse_availability(availability(available("DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=WEEKLY")), zone="UTC")
        with pytest.raises(UnusableInputError, match="lasts no time"):
            parse_availability(availability(available("DTSTART:20260105T090000", "RRULE:FREQ=WEEKLY")), zone="UTC")


def test_closures_are_plain_values() -> None:
    made = read("DTSTART:20261224T140000", "DTEND:20261224T180000")
    assert made == read("DTSTART:20261224T140000", "DTEND:20261224T180000")
    assert hash(made) == hash(read("DTSTART:20261224T140000", "DTEND:20261224T180000"))
    assert made.closed_parts == (DayShifts(date(2026, 12, 24), ["14:00-18:00"]),)
