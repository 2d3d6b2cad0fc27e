"""Operations on service hours alone: time between instants, due times, openings, dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import islice
from typing import Any

from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.vectors.calendars import calendar_hours
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector, instant, shown
from svcdelivery.timeline import Interval, IntervalSet

__all__ = ["HOURS_OPERATIONS"]

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def _elapsed(vector: Vector, _boundary: Boundary) -> Answer:
    given = vector.input
    start, end = instant(given["start"]), instant(given["end"])
    counted = calendar_hours(vector.calendar).intervals(start, end)
    if "clip" in given:
        counted &= IntervalSet(_intervals([_edges(given["clip"])]))
    counted -= IntervalSet(_intervals(given.get("pauses", ())))
    wall = max(datetime.__sub__(end, start), timedelta(0))
    answer: Answer = {"seconds": _number(_seconds(counted.duration)), "actual_seconds": _number(_seconds(wall))}
    if given.get("target_seconds"):
        answer["percent"] = _number(100 * _seconds(counted.duration) / given["target_seconds"])
        answer["actual_percent"] = _number(100 * _seconds(wall) / given["target_seconds"])
    return answer


def _edges(clip: Any) -> Any:
    return (clip["start"], clip["end"]) if isinstance(clip, Mapping) else clip


def _intervals(pairs: Iterable[Iterable[Any]]) -> list[Interval]:
    edges = [(instant(start), instant(end)) for start, end in pairs]
    # A pause of no length is told of by some products; it cuts nothing out.
    return [Interval(start, end) for start, end in edges if start < end]


def _seconds(duration: timedelta) -> Fraction:
    return Fraction(duration // timedelta(microseconds=1), 1_000_000)


def _number(exact: Fraction) -> int | float:
    return int(exact) if exact.denominator == 1 else float(exact)


def _due(vector: Vector, boundary: Boundary) -> Answer:
    hours, start = calendar_hours(vector.calendar), instant(vector.input["start"])
    due_at = hours.add(start, vector.input["seconds"] * _SECOND, boundary)
    return {"due_at": shown(due_at), **_periods(hours.intervals(start, due_at))}


def _due_before(vector: Vector, boundary: Boundary) -> Answer:
    hours, end = calendar_hours(vector.calendar), instant(vector.input["end"])
    start_at = hours.subtract(end, vector.input["seconds"] * _SECOND, boundary)
    return {"start_at": shown(start_at), **_periods(reversed(list(hours.intervals(start_at, end))))}


def _due_days(vector: Vector, boundary: Boundary) -> Answer:
    given, hours = vector.input, calendar_hours(vector.calendar)
    last = given.get("end_of_day", False)
    due_at = hours.add_working_days(instant(given["start"]), given["days"], end_of_day=last, boundary=boundary)
    return {"due_at": shown(due_at)}


def _due_days_before(vector: Vector, boundary: Boundary) -> Answer:
    given, hours = vector.input, calendar_hours(vector.calendar)
    last = given.get("end_of_day", False)
    start_at = hours.subtract_working_days(instant(given["end"]), given["days"], end_of_day=last, boundary=boundary)
    return {"start_at": shown(start_at)}


def _is_open(vector: Vector, _boundary: Boundary) -> Answer:
    return {"open": calendar_hours(vector.calendar).is_open(instant(vector.input["at"]))}


def _on_break(vector: Vector, _boundary: Boundary) -> Answer:
    return {"on_break": calendar_hours(vector.calendar).is_in_closed_part(instant(vector.input["at"]))}


def _on_holiday(vector: Vector, _boundary: Boundary) -> Answer:
    hours, given = calendar_hours(vector.calendar), vector.input
    if "date" in given:
        return {"on_holiday": hours.is_closed_date(date.fromisoformat(given["date"]))}
    return {"on_holiday": hours.is_on_closed_date(instant(given["at"]))}


def _next_open(vector: Vector, _boundary: Boundary) -> Answer:
    return {"at": shown(calendar_hours(vector.calendar).next_open(instant(vector.input["at"])))}


def _periods_after(vector: Vector, _boundary: Boundary) -> Answer:
    periods = calendar_hours(vector.calendar).periods_after(instant(vector.input["start"]))
    return _periods(islice(periods, vector.input["count"]))


def _periods_before(vector: Vector, _boundary: Boundary) -> Answer:
    periods = calendar_hours(vector.calendar).periods_before(instant(vector.input["end"]))
    return _periods(islice(periods, vector.input["count"]))


def _periods_until(vector: Vector, _boundary: Boundary) -> Answer:
    given = vector.input
    return _periods(calendar_hours(vector.calendar).intervals(instant(given["start"]), instant(given["end"])))


def _intersect_periods(vector: Vector, _boundary: Boundary) -> Answer:
    both = calendar_hours(vector.calendar) & calendar_hours(vector.input["other"])
    return _periods(islice(both.periods_after(instant(vector.input["start"])), vector.input["count"]))


def _periods(found: Iterable[Interval]) -> Answer:
    return {"periods": [[shown(period.start), shown(period.end)] for period in found]}


def _business_dates(vector: Vector, _boundary: Boundary) -> Answer:
    dates = calendar_hours(vector.calendar).working_dates(date.fromisoformat(vector.input["after"]))
    return {"dates": [day.isoformat() for day in islice(dates, vector.input["count"])]}


def _is_working_day(vector: Vector, _boundary: Boundary) -> Answer:
    day = date.fromisoformat(vector.input["date"])
    return {"working": calendar_hours(vector.calendar).is_working_day(day)}


def _fits_in_day(vector: Vector, _boundary: Boundary) -> Answer:
    given, hours = vector.input, calendar_hours(vector.calendar)
    at = instant(given["start"] if "start" in given else given["end"])
    day = hours.local_date(at)
    if given["direction"] == "forward":
        room = hours.elapsed(at, hours.at_local(day + _DAY))
    else:
        room = hours.elapsed(hours.at_local(day), at)
    return {"fits": room >= given["seconds"] * _SECOND}


def _normalize_local(vector: Vector, _boundary: Boundary) -> Answer:
    hours = ServiceHours.always(vector.calendar["timezone"])
    local = datetime.fromisoformat(vector.input["local"])
    at = hours.at_local(local.date(), local - datetime.combine(local.date(), datetime.min.time()))
    return {"local": f"{at.in_timezone(hours.zone):%Y-%m-%d %H:%M:%S}"}


def _validate(vector: Vector, _boundary: Boundary) -> Answer:
    calendar_hours(vector.calendar)
    return {"error": False}


HOURS_OPERATIONS: dict[str, Operation] = {
    "business_dates": _business_dates,
    "due": _due,
    "due_before": _due_before,
    "due_days": _due_days,
    "due_days_before": _due_days_before,
    "elapsed": _elapsed,
    "fits_in_day": _fits_in_day,
    "intersect_periods": _intersect_periods,
    "is_open": _is_open,
    "is_working_day": _is_working_day,
    "next_open": _next_open,
    "normalize_local": _normalize_local,
    "on_break": _on_break,
    "on_holiday": _on_holiday,
    "periods": _periods_after,
    "periods_before": _periods_before,
    "periods_until": _periods_until,
    "validate": _validate,
}
"""The operations asked of service hours, by name."""
