"""Two libraries that share no code with ours agree with it wherever their domain allows."""

from __future__ import annotations

import random
import warnings
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest

from svcdelivery.service_hours import DayShifts, ServiceHours, Shift

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    workclock = pytest.importorskip("workclock")
    exchange_calendars = pytest.importorskip("exchange_calendars")

CASES = 1_500
FIRST, LAST = datetime(2021, 1, 10, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)
ONE = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MICRO = timedelta(microseconds=1)


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
