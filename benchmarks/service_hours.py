"""Service hours against pendulum's own arithmetic and against other calendars, on one seeded workload.

`rows()` is what `python -m benchmarks service_hours` prints. `ADAPTERS` lets a comparison program that knows such
adapters put ours beside other libraries, with an oracle of its own.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from benchmarks.harness import Row, compare, cpu_seconds
from svcdelivery.service_hours import ServiceHours
from svcdelivery.service_hours.local_time import segments
from svcdelivery.timeline import from_micros

__all__ = ["ADAPTERS", "Office", "rows"]

SECOND = 1_000_000
FIRST, LAST = 2020, 2027
Cases = list[tuple[Any, Any]]


def _closed() -> list[date]:
    return [date(year, month, day) for year in range(FIRST, LAST) for month, day in ((1, 1), (5, 1), (10, 3), (12, 25))]


def _office() -> ServiceHours:
    return ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}, closed=_closed())


def _spans(number: int, low_minutes: int, high_minutes: int) -> list[tuple[int, int]]:
    """Seeded spans in epoch seconds, one of three near a change of clocks."""
    draw = random.Random(20250301)
    first = int(datetime(2021, 1, 1, tzinfo=UTC).timestamp())
    changes = [int(datetime(y, m, 28, 1, tzinfo=UTC).timestamp()) for y in (2021, 2022, 2023) for m in (3, 10)]
    found = []
    for case in range(number):
        start = (
            draw.choice(changes) - 60 * draw.randrange(4320) if case % 3 == 0 else first + 60 * draw.randrange(10**6)
        )
        found.append((start, start + 60 * draw.randint(low_minutes, high_minutes)))
    return found


SPANS = {"minutes": (1, 720), "days": (1440, 14 * 1440), "months": (15 * 1440, 180 * 1440)}


def _each(function: Callable[[Any, Any], object], cases: Cases) -> Callable[[], None]:
    def work() -> None:
        for one, two in cases:
            function(one, two)

    return work


def _instants(spans: list[tuple[int, int]]) -> Cases:
    return [(_instant(start), _instant(end)) for start, end in spans]


def _instant(second: int) -> datetime:
    return from_micros(second * SECOND)


def rows() -> list[Row]:
    """Answer the measured promises of service hours; a peer that is not installed is left out."""
    hours = _office()
    mixed = _instants([span for low, high in SPANS.values() for span in _spans(200, low, high)])
    goals = [(start, timedelta(minutes=1 + number % 48_000)) for number, (start, _) in enumerate(mixed)]
    moved = [(start, end - start) for start, end in mixed]
    moved = [(start, timedelta(seconds=gap.total_seconds())) for start, gap in moved]
    add, elapsed = hours.add, hours.elapsed
    _each(elapsed, mixed)()
    _each(add, goals)()
    found = []
    ours, theirs = compare(_each(elapsed, mixed), _each(lambda a, b: b - a, mixed))
    found.append(Row.at_most("elapsed against pendulum b - a", ours, theirs, 1 / 9))
    ours, theirs = compare(_each(add, goals), _each(lambda a, b: b - a, mixed))
    found.append(Row.at_most("add against pendulum b - a", ours, theirs, 1 / 9))
    ours, theirs = compare(_each(add, goals), _each(lambda a, d: a + d, moved))
    found.append(Row.at_most("add against pendulum a + duration", ours, theirs, 1 / 6))
    found += _by_span(elapsed)
    found += _peers(hours)
    found += _compilation(hours)
    try:
        import numpy  # noqa: F401, ICN001
    except ImportError:
        print("columns left out: the extra `batch` is not installed", file=sys.stderr)
        return found
    from benchmarks import columns

    return [*found, *columns.rows_of(hours, SPANS)]


def _compilation(hours: ServiceHours) -> list[Row]:
    """A calendar year from nothing, the zone's changes looked for anew."""
    years = range(2000, 2040)

    def work() -> None:
        segments.cache_clear()
        for year in years:
            hours.compile_year(year)

    return [Row.within("compile, ms of CPU time a calendar year", cpu_seconds(work) / len(years) * 1e3, 2, unit="")]


def _by_span(elapsed: Callable[[Any, Any], object]) -> list[Row]:
    """Hold six months against one hour, from the same ordinary starts."""
    starts = [int(datetime(2022, 5, 2, 8, tzinfo=UTC).timestamp()) + 86_400 * (step % 60) for step in range(600)]
    hour = _instants([(start, start + 3600) for start in starts])
    months = _instants([(start, start + 180 * 86_400) for start in starts])
    _each(elapsed, months)()
    long, short = compare(_each(elapsed, months), _each(elapsed, hour))
    return [Row.at_most("elapsed over six months against one hour", long, short, 1.2)]


def _peers(hours: ServiceHours) -> list[Row]:
    found = []
    for name, least_elapsed, least_add, peer in (
        ("django-bizcal", 200, 100, _bizcal),
        ("exchange-calendars", 7, 14, _exchange),
    ):
        try:
            elapsed, add, instant, amount = peer()
        except ImportError:
            continue
        buckets = {bucket: _spans(40, low, high) for bucket, (low, high) in SPANS.items()}
        for bucket, spans in {"all": [span for some in buckets.values() for span in some], **buckets}.items():
            goals = [(start, 60 * (1 + (end - start) // 240)) for start, end in spans]
            # Ours are asked ten times over: one pass of them would be shorter than the clock can tell.
            our_spans, our_goals = _instants(spans) * 10, [(_instant(s), timedelta(seconds=g)) for s, g in goals] * 10
            their_spans = [(instant(start), instant(end)) for start, end in spans]
            their_goals = [(instant(start), amount(goal)) for start, goal in goals]
            ours, theirs = compare(_each(hours.elapsed, our_spans), _each(elapsed, their_spans), passes=3)
            bound = least_elapsed if bucket == "all" else 1
            found.append(Row.at_least(f"elapsed against {name}, {bucket}", ours / 10, theirs, bound))
            ours, theirs = compare(_each(hours.add, our_goals), _each(add, their_goals), passes=3)
            bound = least_add if bucket == "all" else 1
            found.append(Row.at_least(f"add against {name}, {bucket}", ours / 10, theirs, bound))
    return found


def _bizcal() -> tuple[Any, Any, Any, Any]:
    from zoneinfo import ZoneInfo

    from django_bizcal.calendars.working import WorkingCalendar
    from django_bizcal.providers import SetHolidayProvider

    calendar = WorkingCalendar(
        tz="Europe/Berlin",
        weekly_schedule={day: [("09:00", "17:00", 0)] for day in range(5)},
        holiday_provider=SetHolidayProvider.from_dates(_closed()),
    )
    zone = ZoneInfo("Europe/Berlin")
    return (
        calendar.business_time_between,
        calendar.add_business_time,
        lambda second: datetime.fromtimestamp(second, zone),
        lambda seconds: timedelta(seconds=seconds),
    )


def _exchange() -> tuple[Any, Any, Any, Any]:
    from zoneinfo import ZoneInfo

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import exchange_calendars
        import pandas as pd  # type: ignore[import-untyped]

        class Calendar(exchange_calendars.ExchangeCalendar):  # type: ignore[misc]
            name = "office"
            tz = ZoneInfo("Europe/Berlin")
            open_times = ((None, time(9)),)
            close_times = ((None, time(17)),)
            adhoc_holidays: ClassVar[list[Any]] = [pd.Timestamp(day) for day in _closed()]

        calendar = Calendar(start=f"{FIRST}-01-05", end=f"{LAST - 1}-12-20", side="left")
    minute = pd.Timedelta(minutes=1)

    def add(start: Any, minutes: int) -> Any:
        return calendar.minute_offset(calendar.minute_to_trading_minute(start, "next"), minutes - 1) + minute

    return (
        lambda start, end: calendar.minutes_distance(start, end - minute),
        add,
        lambda second: pd.Timestamp(second, unit="s", tz="UTC"),
        lambda seconds: seconds // 60,
    )


class Office:
    """Ours for a comparison program: built from a calendar with `tz`, `shifts` in minutes by weekday, and `hols`."""

    name = "svcdelivery"
    step = 60
    note = "pendulum instants in and out"
    kind = "scalar"

    def __init__(self, calendar: Any) -> None:
        names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

        def text(minute: int) -> str:
            return f"{minute // 60:02d}:{minute % 60:02d}"

        hours = ServiceHours.weekly(
            calendar.tz,
            {
                names[day]: [f"{text(s)}-{text(e if e <= 1440 else e - 1440)}" for s, e in shifts]
                for day, shifts in calendar.shifts.items()
            },
            closed=calendar.hols,
        )
        self.elapsed, self.due = hours.elapsed, hours.add

    def instant(self, second: int) -> datetime:
        """Answer our instant of an epoch second."""
        return from_micros(second * SECOND)

    def duration(self, seconds: int) -> timedelta:
        """Answer our duration of some seconds."""
        return timedelta(seconds=seconds)

    def seconds(self, elapsed: timedelta) -> float:
        """Answer the seconds of an answer."""
        return elapsed.total_seconds()

    def epoch(self, due: datetime) -> float:
        """Answer the epoch second of an answer."""
        return due.timestamp()


ADAPTERS = [Office]
