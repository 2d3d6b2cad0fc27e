"""Service hours: of any week, zone and exceptions, and a handful that every suite should meet."""

from __future__ import annotations

from hypothesis import strategies as st

from svcdelivery.service_hours import DayShifts, ServiceHours, Shift
from svcdelivery.testing.strategies.moments import dates, zones

__all__ = ["service_hours", "shifts_of_a_day", "usual_hours"]

_QUARTER = 900
_USUAL = (
    ServiceHours.weekly(
        "Europe/Paris", {"mon-fri": ["08:30-12:30", "13:30-17:30"]}, closed_yearly=["05-01", "12-24..01-02"]
    ),
    ServiceHours.weekly("America/New_York", {"mon-sun": ["22:00-06:00"]}, closed=["2022-11-06", "2022-03-13"]),
    ServiceHours.weekly("Australia/Lord_Howe", {"mon-sun": ["01:30-02:15", "10:00-16:00"]}),
    ServiceHours.weekly("America/Havana", {"mon-sat": ["00:00-02:00", "23:00-24:00"]}, whole_shifts=True),
    ServiceHours.weekly("Asia/Kolkata", {"mon-sun": ["00:00-24:00"]}),
    ServiceHours.weekly("Pacific/Chatham", {"mon": ["09:00-09:01"], "thu": ["02:45-03:45"]}),
)


def usual_hours() -> st.SearchStrategy[ServiceHours]:
    """Answer hours that are compiled once: with a lunch break, at night, around midnight, always, hardly ever."""
    return st.sampled_from(_USUAL)


@st.composite
def shifts_of_a_day(draw: st.DrawFn, *, least: int = 0) -> tuple[Shift, ...]:
    """Answer up to three shifts that do not overlap, the last perhaps overnight."""
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
    """Answer hours of any week, zone and exceptions, open on two days a week at least."""
    week = [draw(shifts_of_a_day(least=1)) for _ in range(2)] + [draw(shifts_of_a_day()) for _ in range(5)]
    few = st.lists(dates(), max_size=4, unique=True)

    def dated() -> tuple[DayShifts, ...]:
        return tuple(DayShifts(day, draw(shifts_of_a_day(least=1))) for day in draw(few))

    return ServiceHours(
        draw(zones()),
        draw(st.permutations(week)),
        closed=draw(few),
        closed_parts=dated(),
        closed_yearly=draw(st.sampled_from([(), ("12-24..01-02",), ("02-29",), ("05-01", "08-15")])),
        extra=dated(),
        replaced=dated(),
        whole_shifts=draw(st.booleans()),
    )
