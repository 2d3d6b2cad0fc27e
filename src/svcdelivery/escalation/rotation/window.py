"""Weekly windows: certain days from one time of day to another, over midnight if need be, as service hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from svcdelivery.service_hours import ServiceHours, Shift, date_bounds, first_instant, local_date, to_local
from svcdelivery.service_hours.local_time import DAY, day_number, segments
from svcdelivery.service_hours.week import days_named
from svcdelivery.timeline import Instant, from_micros, to_micros, to_zone

__all__ = ["clock_time", "next_clock_time", "stretch_end", "stretch_start", "weekly_window"]

_DAY_SECONDS = 86_400


def weekly_window(zone: str, days: Iterable[str], start: time, end: time) -> ServiceHours:
    """Answer hours that open on those days at one time and close at another.

    An end at or before the start is one of the next day; the same time twice is a whole day.

    Raises:
        NeverOpenError: No days.
    """
    opens, closes = _seconds(start), _seconds(end)
    week: list[list[Shift]] = [[] for _ in range(7)]
    for day in {day for key in days for day in days_named(key)}:
        if opens < closes:
            week[day].append(Shift(opens, closes))
            continue
        week[day].append(Shift(opens, _DAY_SECONDS))
        if closes:
            week[(day + 1) % 7].append(Shift(0, closes))
    return ServiceHours(zone, tuple(tuple(sorted(day, key=lambda shift: shift.start_second)) for day in week))


def _seconds(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def stretch_start(hours: ServiceHours, at: datetime) -> Instant:
    """Answer since when it has been open without a break, or when it opens next."""
    if not hours.is_open(at):
        return hours.next_open(at)
    return next(hours.periods_before(from_micros(to_micros(at) + 1))).start


def stretch_end(hours: ServiceHours, at: datetime) -> Instant:
    """Answer until when it is open without a break, or until when it will be once it has opened."""
    return hours.next_close(at)


def next_clock_time(zone: str, clock: time, days: Iterable[str] | None, *, after: datetime) -> Instant | None:
    """Answer the next instant, later than the given one, at which the zone's clock shows a time on one of those days.

    A time a spring night leaves out is shown at the first instant after it. None for no days at all.
    """
    to_zone(zone)
    allowed = frozenset(range(7)) if days is None else frozenset(day for key in days for day in days_named(key))
    now = to_micros(after)
    day = local_date(zone, now)
    for step in range(-1, 9):
        then = day + timedelta(days=step)
        at = first_instant(zone, then, _seconds(clock) * 1_000_000)
        if at > now and then.weekday() in allowed:
            return from_micros(at)
    return None


def clock_time(zone: str, day: date, clock: time, *, last: bool = False) -> Instant:
    """Answer the first instant of a date at which the zone's clock shows a time, or the last.

    Where the date shows it never, the first instant after the gap that leaves it out.
    """
    wall = _seconds(clock) * 1_000_000
    first = first_instant(zone, day, wall)
    if not last:
        return from_micros(first)
    opens, closes = date_bounds(zone, day)
    shown = [
        at
        for _, _, offset in segments(zone, day.year)
        if opens <= (at := day_number(day) * DAY + wall - offset) < closes and _shows(zone, at, day, wall)
    ]
    return from_micros(max(shown, default=first))


def _shows(zone: str, at: int, day: date, wall: int) -> bool:
    return to_local(zone, at) == (day, wall)
