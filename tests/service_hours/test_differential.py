"""Three libraries that share no code with ours agree with it wherever their domain allows.

Where one of them is known to answer otherwise, a test says where, why, and by exactly how much.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest

from svcdelivery.service_hours import DayShifts, ServiceHours, Shift

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    workclock = pytest.importorskip("workclock")
    exchange_calendars = pytest.importorskip("exchange_calendars")
    bizcal = pytest.importorskip("django_bizcal.calendars.working")
    bizcal_providers = pytest.importorskip("django_bizcal.providers")

CASES = 1_500
FIRST, LAST = datetime(2021, 1, 10, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)
ONE = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MICRO = timedelta(microseconds=1)
ZERO = timedelta(0)


# -- workclock: weekly hours with breaks and closed dates, to the microsecond ------------------------------------------

HOLIDAYS = [date(year, month, day) for year in range(2020, 2028) for month, day in ((1, 1), (5, 1), (12, 25), (12, 26))]

WORKDAYS = range(5)
WORKCLOCK_CALENDARS: dict[str, tuple[str, dict[str, list[str]], list[Any], list[Any]]] = {
    "office": ("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}, [((9, 0), (17, 0), WORKDAYS)], []),
    "lunch": (
        "America/New_York",
        {"mon-fri": ["08:30-12:30", "13:30-17:30"]},
        [((8, 30), (17, 30), WORKDAYS)],
        [((12, 30), (13, 30), WORKDAYS)],
    ),
    "late": ("Australia/Adelaide", {"mon-sat": ["14:00-24:00"]}, [((14, 0), (0, 0), range(6))], []),
    "early": (
        "America/St_Johns",
        {"mon-fri": ["04:00-12:00"], "sun": ["05:15-06:45"]},
        [((4, 0), (12, 0), WORKDAYS), ((5, 15), (6, 45), [6])],
        [],
    ),
    "night": ("Europe/Paris", {"mon-fri": ["22:00-06:00"]}, [((22, 0), (6, 0), WORKDAYS)], []),
    "always": ("Asia/Kathmandu", {"mon-sun": ["00:00-24:00"]}, [((0, 0), (0, 0), range(7))], []),
}


@cache
def pair(name: str) -> tuple[ServiceHours, Any]:
    zone, week, shifts, breaks = WORKCLOCK_CALENDARS[name]
    rules: list[Any] = [workclock.WorkDay(time(*since), time(*until), days=list(days)) for since, until, days in shifts]
    rules += [workclock.Break(time(*since), time(*until), days=list(days)) for since, until, days in breaks]
    rules.append(workclock.Holidays(HOLIDAYS))
    return ServiceHours.weekly(zone, week, closed=HOLIDAYS), workclock.Schedule(rules, time_zone=zone)


def instants(draw: random.Random, hours: ServiceHours) -> datetime:
    """Answer an instant with microseconds; every other one is close to an opening, a closing or a change of offset."""
    at = FIRST + MICRO * draw.randrange((LAST - FIRST) // MICRO)
    if draw.random() < 0.5:
        edge = hours.next_close(at) if draw.random() < 0.5 else hours.next_open(at)
        # Back to the standard library's own class, which both sides take.
        at = FIRST + datetime.__sub__(edge, FIRST)
        at += MICRO * draw.choice([0, 1, -1, draw.randrange(-7_200_000_000, 7_200_000_000)])
    return at


@pytest.mark.parametrize("name", WORKCLOCK_CALENDARS)
def test_workclock_counts_and_adds_alike(name: str) -> None:
    draw = random.Random(f"workclock {name}")
    hours, schedule = pair(name)
    for _ in range(CASES):
        start = instants(draw, hours)
        end = instants(draw, hours) if draw.random() < 0.5 else start + MICRO * draw.randrange(10 * 86_400_000_000)
        start, end = sorted((start, end))
        assert hours.elapsed(start, end) == schedule.between(start, end), (start, end)
        work = MICRO * draw.randrange(1, draw.choice([10_000_000, 400_000_000_000]))
        assert hours.add(start, work) == schedule.add(start, work), (start, work)


# -- exchange-calendars: real exchanges with real holidays, early closings and lunch breaks, to the minute -------------


@cache
def exchange(name: str) -> tuple[ServiceHours, Any, Any]:
    """Answer our hours built from the schedule of an exchange, the calendar itself and the minutes it trades."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = exchange_calendars.get_calendar(name, start="2021-01-01", end="2025-12-31", side="left")
        minutes = calendar.minutes.as_unit("us").asi8
    zone = str(calendar.tz)
    weekly, replaced = usual(calendar, zone)
    hours = ServiceHours.weekly(
        zone, {"mon-fri": weekly}, closed=closed_dates(calendar), replaced=replaced, covered_years=(2021, 2025)
    )
    return hours, calendar, minutes


def usual(calendar: Any, zone: str) -> tuple[tuple[Shift, ...], list[DayShifts]]:
    """Answer the most common hours of a session, and the sessions with others."""
    days = {}
    for session, row in calendar.schedule.iterrows():
        times = [row["open"], row["break_start"], row["break_end"], row["close"]]
        walls = [at.tz_convert(zone) for at in times if at == at]  # noqa: PLR0124 - a missing break equals nothing
        seconds = [wall.hour * 3600 + wall.minute * 60 for wall in walls]
        days[session.date()] = tuple(Shift(*seconds[at : at + 2]) for at in range(0, len(seconds), 2))
    made = list(days.values())
    common = max(set(made), key=made.count)
    return common, [DayShifts(day, shifts) for day, shifts in days.items() if shifts != common]


def closed_dates(calendar: Any) -> list[date]:
    sessions = {session.date() for session in calendar.sessions}
    every = [date(2021, 1, 1) + ONE * number for number in range(5 * 365 + 1)]
    return [day for day in every if day.weekday() < 5 and day not in sessions]


@pytest.mark.parametrize("name", ["XNYS", "XTKS", "XHKG", "XPAR", "XASX"])
def test_exchanges_trade_when_ours_are_open(name: str) -> None:
    draw = random.Random(f"exchange {name}")
    hours, _, minutes = exchange(name)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    whole = (LAST - FIRST) // MINUTE
    for _ in range(CASES):
        start, end = sorted(FIRST + MINUTE * draw.randrange(whole) for _ in range(2))
        if draw.random() < 0.5:
            end = start + MINUTE * draw.randrange(3 * 24 * 60)
        low, high = minutes.searchsorted([(at - epoch) // MICRO for at in (start, end)])
        assert hours.elapsed(start, end) == MINUTE * int(high - low), (start, end)
        count = draw.randrange(1, 3_000)
        if low + count - 1 < len(minutes):
            due = epoch + MICRO * int(minutes[low + count - 1]) + MINUTE
            assert hours.add(start, MINUTE * count) == due, (start, count)


# -- django-bizcal: weekly hours with breaks, nights and closed dates, to the microsecond ------------------------------

BIZCAL_CALENDARS: dict[str, tuple[str, dict[str, list[str]]]] = {
    "office": ("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}),
    "lunch": ("America/New_York", {"mon-fri": ["08:30-12:30", "13:30-17:30"]}),
    "saturdays": ("Asia/Kolkata", {"mon-fri": ["09:15-18:45"], "sat": ["10:00-13:00"]}),
    "midnight": ("America/Havana", {"mon-sat": ["00:00-02:00", "22:00-23:00"]}),
    # Its closed dates close the shifts that open on them.
    "night": ("Europe/Paris", {"mon-fri": ["22:00-06:00"]}),
    "odd gap": ("Australia/Lord_Howe", {"mon-sun": ["01:30-02:15", "10:00-16:00"]}),
}
BIZCAL_CASES = 300


@cache
def bizcal_pair(name: str, *, whole_shifts: bool = True) -> tuple[ServiceHours, Any]:
    zone, week = BIZCAL_CALENDARS[name]
    hours = ServiceHours.weekly(zone, week, closed=HOLIDAYS, whole_shifts=whole_shifts)
    blocks = {
        day: [(*text.split("-"), int(text.split("-")[1] < text.split("-")[0])) for text in texts]
        for days, texts in week.items()
        for day in range(7)
        if hours.week[day] and (days != "sat") == (day != 5 or "sat" not in week)
    }
    calendar = bizcal.WorkingCalendar(
        tz=zone,
        weekly_schedule=blocks,
        holiday_provider=bizcal_providers.SetHolidayProvider.from_dates(HOLIDAYS),
        holiday_truncates_overnight=not whole_shifts,
    )
    return hours, calendar


def asked(name: str, hours: ServiceHours) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Answer starts, ends at most sixty days later, and amounts of work."""
    draw = random.Random(f"bizcal {name}")
    for _ in range(BIZCAL_CASES):
        start = instants(draw, hours)
        end = start + MICRO * draw.randrange(draw.choice([10_000_000, 900_000_000_000, 5_000_000_000_000]))
        yield start, end, MICRO * draw.randrange(1, draw.choice([10_000_000, 400_000_000_000]))


@pytest.mark.parametrize("name", [name for name in BIZCAL_CALENDARS if name != "odd gap"])
def test_bizcal_counts_and_adds_alike(name: str) -> None:
    hours, calendar = bizcal_pair(name)
    for start, end, work in asked(name, hours):
        assert hours.elapsed(start, end) == calendar.business_time_between(start, end), (start, end)
        assert hours.add(start, work) == calendar.add_business_time(start, work), (start, work)


# On these nights the clocks of Lord Howe Island go from 2:00 to 2:30.
GAPS = [datetime(year, month, day, 15, 30, tzinfo=UTC) for year, month, day in (
    (2021, 10, 2), (2022, 10, 1), (2023, 9, 30), (2024, 10, 5), (2025, 10, 4),
)]  # fmt: skip


def test_bizcal_closes_a_quarter_of_an_hour_later_where_a_closing_falls_into_a_gap() -> None:
    """A shift to 2:15 ends, by our rule, as the gap begins; the other library takes 2:15 for 15 minutes later."""
    hours, calendar = bizcal_pair("odd gap")
    quarter = timedelta(minutes=15)
    differing = 0
    for start, end, work in asked("odd gap", hours):
        theirs = calendar.business_time_between(start, end)
        extra = sum((max(ZERO, min(end, gap + quarter) - max(start, gap)) for gap in GAPS), ZERO)
        assert theirs - hours.elapsed(start, end) == extra, (start, end)
        due, their_due = hours.add(start, work), calendar.add_business_time(start, work)
        inside = any(start < gap + quarter and gap <= max(due, their_due) for gap in GAPS)
        assert due == their_due or inside, (start, work)
        differing += bool(extra) + (due != their_due)
    assert differing, "no case was near a gap"


def test_bizcal_has_no_hours_of_its_own_for_nights_that_closed_dates_cut() -> None:
    """Ours cuts by dates: the night before ends at midnight, and the shift of the closed evening opens at the next.

    The other library leaves out all of the shift that opens on the closed date. With its switch for the night before it
    answers that it is closed after midnight, and counts that time all the same.
    """
    hours, calendar = bizcal_pair("night", whole_shifts=False)
    # New Year's Day of 2024 is a Monday, so the shift of its evening goes on into Tuesday.
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert hours.elapsed(noon, noon + ONE) == timedelta(hours=6)
    assert calendar.business_time_between(noon, noon + ONE) == ZERO
    before, night = datetime(2024, 4, 30, 12, tzinfo=UTC), datetime(2024, 5, 1, 2, tzinfo=UTC)
    assert hours.is_open(night) is calendar.is_business_time(night) is False
    assert hours.elapsed(before, before + ONE) == timedelta(hours=2)
    assert calendar.business_time_between(before, before + ONE) == timedelta(hours=8)


def test_bizcal_counts_backwards_below_zero_and_ours_answers_zero() -> None:
    """An end before the start is no service time, rather than a debt of it."""
    hours, calendar = bizcal_pair("office")
    start, end = datetime(2024, 3, 11, 12, tzinfo=UTC), datetime(2024, 3, 11, 10, tzinfo=UTC)
    assert hours.elapsed(start, end) == ZERO
    assert calendar.business_time_between(start, end) == -2 * timedelta(hours=1)
