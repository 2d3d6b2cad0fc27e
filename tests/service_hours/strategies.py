"""Hypothesis strategies for service hours and for instants near what can go wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from svcdelivery.service_hours import DayShifts, ServiceHours, Shift
from svcdelivery.timeline import from_micros, to_micros

__all__ = ["dates", "durations", "instants", "micros", "rendering_zones", "service_hours", "shifts_of_a_day", "zones"]

_QUARTER = 900
_FIRST, _LAST = date(2021, 1, 1), date(2024, 12, 31)
# Nights on which a zone of the list below moves its clocks.
_NIGHTS = tuple(date(2022, month, day) for month, day in ((3, 27), (10, 30), (4, 3), (10, 2), (3, 13), (11, 6)))

zones = st.sampled_from(
    [
        "UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca",
        "America/Havana", "Asia/Beirut", "Pacific/Chatham", "America/Asuncion",
    ]
)  # fmt: skip
rendering_zones = st.sampled_from(
    [ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), timezone(timedelta(hours=-9, minutes=-30)), ZoneInfo("UTC")]
)
dates = st.one_of(st.sampled_from(_NIGHTS), st.dates(_FIRST, _LAST))
durations = st.one_of(
    st.timedeltas(timedelta(0), timedelta(days=60)),
    st.integers(0, 400).map(lambda quarters: timedelta(minutes=15 * quarters)),
)


@st.composite
def _instants(draw: st.DrawFn) -> datetime:
    day = draw(dates)
    quarter = draw(st.integers(-100, 100))
    shift = draw(st.one_of(st.sampled_from([-1, 0, 1]), st.integers(-(10**9), 10**9)))
    days = (day - date(1970, 1, 1)).days
    return from_micros((days * 86_400 + quarter * _QUARTER) * 1_000_000 + shift)


instants = _instants()
micros = instants.map(to_micros)


@st.composite
def shifts_of_a_day(draw: st.DrawFn, *, least: int = 0) -> tuple[Shift, ...]:
    """Up to three shifts that do not overlap, the last perhaps overnight."""
    edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    if len(edges) % 2:
        edges.pop()
    shifts = [Shift(start * _QUARTER, end * _QUARTER) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    kept = shifts[: draw(st.integers(least, len(shifts)))]
    if kept and kept[-1].start_second > 0 and draw(st.booleans()):
        over = draw(st.integers(1, kept[-1].start_second // _QUARTER)) * _QUARTER
        if over < kept[-1].start_second:
            kept[-1] = Shift(kept[-1].start_second, over)
    return tuple(kept)


@st.composite
def service_hours(draw: st.DrawFn) -> ServiceHours:
    """Hours of any week, zone and exceptions, open on two days a week at least."""
    week = [draw(shifts_of_a_day(least=1)) for _ in range(2)] + [draw(shifts_of_a_day()) for _ in range(5)]
    few = st.lists(dates, max_size=4, unique=True)

    def dated() -> tuple[DayShifts, ...]:
        return tuple(DayShifts(day, draw(shifts_of_a_day(least=1))) for day in draw(few))

    return ServiceHours(
        draw(zones),
        draw(st.permutations(week)),
        closed=draw(few),
        closed_parts=dated(),
        closed_yearly=draw(st.sampled_from([(), ("12-24..01-02",), ("02-29",), ("05-01", "08-15")])),
        extra=dated(),
        replaced=dated(),
        whole_shifts=draw(st.booleans()),
    )
