"""Where local time meets UTC: one rule for every wall-clock time.

A local time means the first instant at which the wall clock reads that time or later. A time that a spring night
leaves out means the instant after the gap; one that comes twice means the first of the two.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from datetime import date, datetime, timedelta
from functools import cache, lru_cache

from svcdelivery.errors import InvalidValueError
from svcdelivery.timeline import to_zone

__all__ = [
    "DAY",
    "FIRST_YEAR",
    "LAST_YEAR",
    "YEAR_STARTS",
    "Segment",
    "date_bounds",
    "date_of",
    "day_number",
    "first_instant",
    "local_date",
    "offset_at",
    "segments",
    "to_local",
    "to_utc",
    "year_of",
]

SECOND = 1_000_000
DAY = 86_400 * SECOND
FIRST_YEAR, LAST_YEAR = 1800, 2299
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ONE = timedelta(days=1)
_ENDLESS = 1 << 62
# The data have no zone with two changes less than six days apart, so no change hides between two looks.
_LOOK_EVERY = 3 * DAY
_MARGIN = 6 * DAY

Segment = tuple[int, int, int]
"""Wall time at which a stretch of one offset ends, instant at which it starts, offset; all in microseconds."""


def day_number(day: date) -> int:
    """Answer the days from 1970-01-01 to the date."""
    return day.toordinal() - _EPOCH_DAY


YEAR_STARTS = array("q", (day_number(date(y, 1, 1)) * DAY for y in range(FIRST_YEAR, LAST_YEAR + 2)))
"""Epoch microseconds at which each UTC year starts, from `FIRST_YEAR` to the one after `LAST_YEAR`."""


def year_of(micros: int) -> int:
    """Answer the UTC year of an instant; out of range when it lies outside `FIRST_YEAR` to `LAST_YEAR`."""
    return FIRST_YEAR - 1 + bisect_right(YEAR_STARTS, micros)


@cache
def _epoch_in(zone: str) -> datetime:
    return datetime(1970, 1, 1, tzinfo=to_zone(zone))


def offset_at(zone: str, micros: int) -> int:
    """Answer the microseconds the zone's wall clock is ahead of UTC at an instant."""
    epoch = _epoch_in(zone)
    written = datetime.__add__(epoch, timedelta(0, 0, micros))
    # Both carry the same zone, so their difference is that of the clock faces.
    ahead = datetime.__sub__(epoch.tzinfo.fromutc(written), written)  # type: ignore[union-attr]
    return (ahead.days * 86_400 + ahead.seconds) * SECOND + ahead.microseconds


@lru_cache(maxsize=2048)
def segments(zone: str, year: int, last_year: int | None = None) -> tuple[Segment, ...]:
    """Answer the stretches of one offset from six days before a UTC year to six days after it, or after a later one."""
    start = day_number(date(year, 1, 1)) * DAY - _MARGIN
    end = day_number(date((last_year or year) + 1, 1, 1)) * DAY + _MARGIN
    found: list[Segment] = []
    since, offset = start, offset_at(zone, start)
    before = start
    for at in range(start + _LOOK_EVERY, end + _LOOK_EVERY, _LOOK_EVERY):
        now = offset_at(zone, at)
        if now != offset:
            change = _change(zone, before, at, offset)
            found.append((change + offset, since, offset))
            since, offset = change, now
        before = at
    found.append((_ENDLESS, since, offset))
    return tuple(found)


def _change(zone: str, low: int, high: int, offset: int) -> int:
    """Answer the first whole second in `(low, high]` at which the zone no longer has the offset."""
    low, high = low // SECOND, high // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle * SECOND) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND


def to_utc(stretches: tuple[Segment, ...], wall: int) -> int:
    """Answer the first instant at which the wall clock reads that time or later, in epoch microseconds."""
    for wall_end, start, offset in stretches:
        if wall < wall_end:
            return max(start, wall - offset)
    raise AssertionError("the last stretch has no end")


def first_instant(zone: str, day: date, micros_of_day: int = 0) -> int:
    """Answer the first instant, in epoch microseconds, at which the zone's clock reads that time of the date or later.

    Args:
        zone: An IANA name.
        day: The local date.
        micros_of_day: Microseconds of wall time past the date's midnight; may reach into the dates after.

    Raises:
        InvalidValueError: The date lies outside the years 1800 to 2299.
    """
    wall = day_number(day) * DAY + micros_of_day
    year = year_of(wall)
    if year > LAST_YEAR >= day.year and wall < YEAR_STARTS[-1] + DAY:
        # The last date ends, and its night shifts do, on the first one that is no longer known.
        year = LAST_YEAR
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidValueError(what=f"a date in the years {FIRST_YEAR} to {LAST_YEAR}", value=day)
    return to_utc(segments(zone, year), wall)


def date_bounds(zone: str, day: date) -> tuple[int, int]:
    """Answer the first instants of the date and of the next; they are equal for a date the zone skipped."""
    return first_instant(zone, day), first_instant(zone, day, DAY)


def to_local(zone: str, micros: int) -> tuple[date, int]:
    """Answer the date and the microsecond of the day that the zone's clock reads at an instant."""
    days, rest = divmod(micros + offset_at(zone, micros), DAY)
    return date.fromordinal(days + _EPOCH_DAY), rest


def local_date(zone: str, micros: int) -> date:
    """Answer the date the zone's calendar shows at an instant."""
    return to_local(zone, micros)[0]


def date_of(zone: str, micros: int) -> date:
    """Answer the date that has begun at an instant while the next has not: the one whose `date_bounds` hold it.

    Where clocks are set back over a midnight that they have shown, the calendar shows the date before once more, and
    that one is over.
    """
    day = local_date(zone, micros)
    return day + _ONE if first_instant(zone, day, DAY) <= micros else day
