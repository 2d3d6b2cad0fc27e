"""Zones, dates, instants and durations, near what goes wrong: changed clocks, edges of shifts, single microseconds."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from svcdelivery.service_hours.local_time import segments
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["dates", "durations", "instants", "rendering_zones", "zones"]

FIRST_YEAR, LAST_YEAR = 2021, 2024
_DAY = 86_400_000_000
_QUARTER = 900_000_000
_AROUND = timedelta(days=3)
_ZONES = (
    "UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca",
    "America/Havana", "Asia/Beirut", "Pacific/Chatham", "America/Asuncion",
)  # fmt: skip


def zones() -> st.SearchStrategy[str]:
    """Answer IANA names: whole and half hours, changes at midnight, by half an hour, and twice around one month."""
    return st.sampled_from(_ZONES)


def rendering_zones() -> st.SearchStrategy[tzinfo]:
    """Answer zones to write an instant in, fixed offsets among them."""
    odd = timezone(timedelta(hours=-9, minutes=-30))
    return st.sampled_from([ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), odd, ZoneInfo("UTC")])


@lru_cache(maxsize=64)
def dates(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> st.SearchStrategy[date]:
    """Answer dates of some years, every other one beside a night on which a zone of `zones` changes its clocks."""
    anywhere = st.dates(date(first_year, 1, 1), date(last_year, 12, 31))
    nights = _nights(first_year, last_year)
    return st.one_of(st.sampled_from(nights), anywhere) if nights else anywhere


@lru_cache(maxsize=64)
def durations(most: timedelta = timedelta(days=60)) -> st.SearchStrategy[timedelta]:
    """Answer exact durations from zero on: quarters of an hour, whole hours among them, and odd microseconds."""
    quarters = min(400, most // timedelta(minutes=15))
    return st.one_of(
        st.integers(0, quarters).map(lambda count: count * timedelta(minutes=15)),
        st.timedeltas(timedelta(0), most),
    )


def instants(
    near: Any = None, *, first_year: int | None = None, last_year: int | None = None
) -> st.SearchStrategy[Instant]:
    """Answer instants in UTC, most of them at, or a little beside, what an engine may get wrong.

    Args:
        near: Service hours, or anything that answers `intervals(start, end)`: five of eight instants lie at an opening,
            a closing, or a change of offset of its `zone`, or up to two hours beside one; around instants with
            neither opening nor closing within three days, at midnights of the zone.
        first_year: First year drawn from, by default 2021 or the first one `near` knows.
        last_year: Last year drawn from, by default 2024 or the last one `near` knows.
    """
    first, last = years_of(near)
    first, last = first if first_year is None else first_year, last if last_year is None else last_year
    return _anywhere(first, last) if near is None else _near(near, first, last)


def years_of(hours: Any) -> tuple[int, int]:
    """Answer the years to ask hours about: four of those they know, the usual ones where they can."""
    limits = getattr(hours, "limits", None)
    if limits is None:
        return FIRST_YEAR, LAST_YEAR
    low, high = limits()
    # A few days inside: what is asked for lies beside an instant, and has to be known as well.
    first, last = from_micros(low + 4 * _DAY).year, from_micros(high - 4 * _DAY).year
    begin = min(max(FIRST_YEAR, first), last)
    return begin, min(max(LAST_YEAR, begin), last)


@lru_cache(maxsize=256)
def changes(zone: str, first_year: int, last_year: int) -> tuple[int, ...]:
    """Answer the epoch microseconds at which a zone changes its offset within some years."""
    low, high = to_micros(_utc(first_year)), to_micros(_utc(last_year + 1))
    found = {later[1] for year in range(first_year, last_year + 1) for _, later in pairwise(segments(zone, year))}
    return tuple(sorted(at for at in found if low <= at < high))


def _utc(year: int) -> Instant:
    return from_micros((date(year, 1, 1) - date(1970, 1, 1)).days * _DAY)


@lru_cache(maxsize=16)
def _nights(first_year: int, last_year: int) -> tuple[date, ...]:
    found = {at for zone in _ZONES for at in changes(zone, first_year, last_year)}
    return tuple(sorted({from_micros(at).date() for at in found}))


_BESIDE = st.one_of(
    st.just(0), st.sampled_from([1, -1]), st.integers(-8, 8).map(lambda count: count * _QUARTER),
    st.integers(-7_200_000_000, 7_200_000_000),
)  # fmt: skip


_SHIFTS = st.one_of(st.sampled_from([0, 1, -1]), st.integers(-(10**9), 10**9))
_QUARTERS = st.integers(-100, 100)
_KINDS = st.integers(0, 7)


@lru_cache(maxsize=64)
def _anywhere(first: int, last: int) -> st.SearchStrategy[Instant]:
    low, high = to_micros(_utc(first)), to_micros(_utc(last + 1)) - 1

    def made(day: date, quarters: int, shift: int) -> Instant:
        at = (day - date(1970, 1, 1)).days * _DAY + quarters * _QUARTER + shift
        return from_micros(min(max(at, low), high))

    return st.builds(made, dates(first, last), _QUARTERS, _SHIFTS)


@st.composite
def _near(draw: st.DrawFn, hours: Any, first: int, last: int) -> Instant:
    at, kind = draw(_anywhere(first, last)), draw(_KINDS)
    if kind < 3:
        return at
    zone = getattr(hours, "zone", None)
    if kind == 3 and isinstance(zone, str):
        marks = changes(zone, first, last)
    else:
        marks = _edges(hours, at) or _midnights(zone, at)
    if not marks:
        return at
    low, high = to_micros(_utc(first)), to_micros(_utc(last + 1))
    return from_micros(min(max(draw(_mark(marks)) + draw(_BESIDE), low), high - 1))


@lru_cache(maxsize=256)
def _mark(marks: tuple[int, ...]) -> st.SearchStrategy[int]:
    return st.sampled_from(marks)


def _edges(hours: Any, at: Instant) -> tuple[int, ...]:
    """Answer openings and closings within three days, those of the window itself left out."""
    if not hasattr(hours, "intervals"):
        return ()
    start, end = datetime.__sub__(at, _AROUND), datetime.__add__(at, _AROUND)
    if hasattr(hours, "limits"):
        low, high = hours.limits()
        start, end = max(start, from_micros(low)), min(end, from_micros(high))
    found = {to_micros(edge) for interval in hours.intervals(start, end) for edge in (interval.start, interval.end)}
    return tuple(sorted(found - {to_micros(start), to_micros(end)}))


def _midnights(zone: Any, at: Instant) -> tuple[int, ...]:
    """Answer the midnights around an instant: where shifts of two days meet, a minute is easily lost."""
    if not isinstance(zone, str):
        return ()
    local = at.astimezone(ZoneInfo(zone)).date()
    found = (datetime.combine(local + timedelta(days=day), time(), ZoneInfo(zone)) for day in (0, 1))
    return tuple(to_micros(midnight) for midnight in found)
