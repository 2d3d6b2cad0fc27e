"""Vectors of on-call: hand-offs, turns, weekly windows, clock times, overrides, final schedules and swaps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from svcdelivery.errors import InvalidValueError
from svcdelivery.escalation.rotation import (
    Layer,
    OnCallSchedule,
    Override,
    RecurringDuty,
    Rotation,
    RotationUnit,
    Swap,
    TakeOver,
    apply_overrides,
    clock_time,
    next_clock_time,
    stretch_end,
    stretch_start,
    weekly_window,
)
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector, instant, shown
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros, to_zone

__all__ = ["ROTATION_OPERATIONS"]

_UNITS = {
    "hourly": RotationUnit.HOUR,
    "daily": RotationUnit.DAY,
    "weekly": RotationUnit.WEEK,
    "monthly": RotationUnit.MONTH,
}
_HOUR = 3_600_000_000


def _rotation(given: Mapping[str, Any]) -> Rotation:
    return Rotation(
        name="rotation",
        zone=given["time_zone"],
        start=instant(given["start"]),
        unit=_UNITS[given["type"]],
        length=given["shift_length"],
        people=given.get("participants", ["somebody"]),
    )


# -- rotations ---------------------------------------------------------------------------------------------------------


def _shifts(vector: Vector, _boundary: Boundary) -> Answer:
    case, rotation = vector.input, _rotation(vector.input["rotation"])
    match case["kind"]:
        case "shift_start":
            return {"answer": shown(rotation.shift_start(instant(case["at"])))}
        case "shift_end":
            at = instant(case["at"])
            end = rotation.shift_end(at)
            return {"answer": shown(end), "elapsed_hours": (to_micros(end) - to_micros(at)) / _HOUR}
        case "boundaries":
            return _boundaries(rotation, case)
        case kind:
            raise InvalidValueError(what="a kind this operation knows", value=kind, path="kind")


def _boundaries(rotation: Rotation, case: Mapping[str, Any]) -> Answer:
    at, until = instant(case["window"]["from"]), instant(case["window"]["to"])
    found = [rotation.shift_start(at)]
    first = {"at": shown(at), "start": shown(found[0]), "end": shown(rotation.shift_end(at))}
    while at <= until:
        at = rotation.shift_end(at)
        found.append(at)
    return {"first_shift": first, "expected_boundaries": [shown(boundary) for boundary in found]}


def _participants(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    if "rotation" in case:
        rotation = _rotation(case["rotation"])
        return {"observations": [{"at": o["at"], "on_call": _only(rotation, o["at"])} for o in case["observations"]]}
    start = from_micros(0)
    rotation = Rotation(name="r", zone="UTC", start=start, unit=RotationUnit.DAY, people=case["participants"])
    now = from_micros(case["active_index"] * 24 * _HOUR)
    left = rotation.without(case["remove"], at=now)
    (on_call,) = left.on_call(now)
    still = {name for group in left.people for name in group}
    people = [name for name in case["participants"] if name in still]
    return {"participants": people, "active_index": people.index(on_call), "on_call": on_call}


def _only(rotation: Rotation, at: str) -> str | None:
    return next(iter(rotation.on_call(instant(at))), None)


# -- windows and clock times -------------------------------------------------------------------------------------------


def _window(given: Mapping[str, Any]) -> ServiceHours:
    start, end = time.fromisoformat(given["start"]), time.fromisoformat(given["end"])
    return weekly_window(given["time_zone"], given["days"], start, end)


def _weekly_window(vector: Vector, _boundary: Boundary) -> Answer:
    hours, at = _window(vector.input["rule"]), instant(vector.input["at"])
    match vector.input["op"]:
        case "is_active":
            return {"answer": hours.is_open(at)}
        case "shift_start":
            return {"answer": shown(stretch_start(hours, at))}
        case "shift_end":
            return {"answer": shown(stretch_end(hours, at))}
        case op:
            raise InvalidValueError(what="an operation on windows", value=op, path="op")


def _transitions(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    user, hours = case["window"]["user"], _window(case["window"])
    start, end = instant(case["from"]), instant(case["to"])
    # Edges in the window are rounded up to the step at which they would be seen.
    edges = [at for period in hours.intervals(start, end) for at in (period.start, period.end)]
    instants = sorted({start, *(_seen(at, start, case["step_seconds"]) for at in edges)} - {end})
    found: list[dict[str, Any]] = []
    for at in instants:
        now = user if hours.is_open(at) else None
        if not found or found[-1]["user"] != now:
            found.append({"at": shown(at), "user": now})
    return {"answer": [*found, {"at": shown(end), "user": user if hours.is_open(end) else None}]}


def _seen(at: Instant, start: Instant, step: float) -> Instant:
    micros = round(step * 1_000_000)
    return from_micros(to_micros(start) - (to_micros(start) - to_micros(at)) // micros * micros)


def _clock_of_day(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    day, clock = date.fromisoformat(case["date"]), time.fromisoformat(case["clock"])
    return {"answer": shown(clock_time(case["time_zone"], day, clock, last=case["occurrence"] == "last"))}


def _notice(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    if case["clock"] is None:
        return {"answer": None}
    clock = time.fromisoformat(case["clock"])
    at = next_clock_time(case["time_zone"], clock, case["days"], after=instant(case["now"]))
    return {"answer": None if at is None else shown(at)}


# -- schedules ---------------------------------------------------------------------------------------------------------


def _overrides(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    overrides = [
        Override(add=each["add"], remove=each["remove"], start=_maybe(each["start"]), end=_maybe(each["end"]))
        for each in case["overrides"]
    ]
    return {"answer": list(apply_overrides(case["scheduled"], overrides, instant(case["at"])))}


def _maybe(text: str | None) -> Instant | None:
    return None if text is None else instant(text)


_REPEATS = {"hourly": RotationUnit.HOUR, "daily": RotationUnit.DAY, "weekly": RotationUnit.WEEK}


def _duty(name: str, given: Mapping[str, Any]) -> RecurringDuty:
    start = instant(given["start"])
    lasts = timedelta(hours=given["duration_h"])
    repeats = given.get("repeats")
    return RecurringDuty(
        name=name,
        zone="UTC",
        start=start,
        duration=lasts,
        unit=_REPEATS[repeats] if repeats else RotationUnit.DAY,
        people=[given["users"] if "users" in given else given["user"]],
        until=None if repeats else from_micros(to_micros(start) + 1),
    )


def _final(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    layers = tuple(Layer(_duty(f"layer {n}", each), each["priority"]) for n, each in enumerate(case["layers"]))
    take_overs = tuple(
        TakeOver(
            people=(each["user"],),
            rank=each["priority"],
            start=instant(each["start"]),
            end=from_micros(to_micros(instant(each["start"])) + round(each["duration_h"] * _HOUR)),
        )
        for each in case["overrides"]
    )
    schedule = OnCallSchedule(name="final", layers=layers, take_overs=take_overs)
    start, end = instant(case["query"]["from"]), instant(case["query"]["to"])
    if start == end:
        # The whole pieces that hold the instant: a day to each side is further than any piece of it reaches.
        found = [d for d in _rows(schedule, _days(start, -2), _days(end, 2)) if d[0] <= start < d[1]]
    else:
        found = _rows(schedule, start, end)
    rows = [_row(*each) for each in found if case["gaps_listed"] or each[2] is not None]
    return {"answer": rows}


Row = tuple[Instant, Instant, str | None, int, bool]


def _rows(schedule: OnCallSchedule, start: Instant, end: Instant) -> list[Row]:
    duties: list[Row] = [
        (duty.start, duty.end, duty.person, duty.priority, duty.is_override) for duty in schedule.duties(start, end)
    ]
    gaps: list[Row] = [(gap.start, gap.end, None, 0, False) for gap in schedule.gaps(start, end)]
    return sorted([*duties, *gaps], key=lambda row: (row[0], row[2] or ""))


def _row(start: Instant, end: Instant, user: str | None, priority: int, override: bool) -> dict[str, Any]:
    told = {"start": shown(start), "end": shown(end), "user": user, "priority": priority}
    return {**told, "gap": user is None, "override": override}


def _days(at: Instant, days: int) -> Instant:
    return to_instant(datetime.__add__(at, timedelta(days=days)))


def _swaps(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    given = case["swap"]
    swap = Swap(
        giver=given["beneficiary"],
        taker=given["benefactor"],
        start=instant(given["start"]),
        end=instant(given["end"]),
    )
    schedule = OnCallSchedule(name="swapped", layers=(Layer(_duty("shift", case["shift"])),), swaps=(swap,))
    duties = schedule.duties(instant(case["query"]["from"]), instant(case["query"]["to"]))
    return {
        "answer": [
            {"start": shown(d.start), "end": shown(d.end), "on_call": d.person, "in_swap": d.is_swapped} for d in duties
        ]
    }


# -- recurring duties --------------------------------------------------------------------------------------------------


def _recurring(given: Mapping[str, Any], zone: str, lasts: timedelta, start: Instant) -> RecurringDuty:
    return RecurringDuty(
        name="duty",
        zone=zone,
        start=start,
        duration=lasts,
        unit=_UNITS[given["frequency"]],
        interval=given.get("interval", 1),
        people=given.get("groups", ["somebody"]),
        days=given.get("by_day", ()),
        month_days=given.get("by_monthday", ()),
        week_start=given.get("week_start", "mon"),
        from_then=_maybe(given.get("rotation_start")),
        until=_maybe(given.get("until")),
    )


def _shift_days(vector: Vector, _boundary: Boundary) -> Answer:
    case, given = vector.input, vector.input["rotation"]
    duty = _recurring(given, given["time_zone"], timedelta(hours=given["shift_hours"]), instant(given["start"]))
    start, end = instant(case["query"]["from"]), instant(case["query"]["to"])
    days: dict[str, list[str]] = {}
    for shift in duty.shifts(start, end):
        if shift.start >= start:
            day = shift.start.astimezone(to_zone(given["time_zone"])).date().isoformat()
            days.setdefault(day, []).extend(shift.people)
    return {"expected_days": days}


def _rolling(vector: Vector, _boundary: Boundary) -> Answer:
    given = vector.input["rotation"]
    zone = given.get("time_zone", "UTC")
    duty = _recurring(given, zone, timedelta(seconds=given["duration_s"]), instant(given["start"]))
    return {
        "observations": [
            {"at": seen["at"], "on_call": list(duty.on_call(instant(seen["at"])))}
            for seen in vector.input["observations"]
        ]
    }


def _dst_weekly(vector: Vector, _boundary: Boundary) -> Answer:
    given, query = vector.input["rotation"], vector.input["query"]
    local = datetime.fromisoformat(given["start_local"])
    start = clock_time(given["time_zone"], local.date(), local.time())
    duty = _recurring(given, given["time_zone"], timedelta(hours=given["duration_h"]), start)
    found = duty.shifts(instant(query["from"]), instant(query["to"]))
    return {"answer": [{"start": shown(shift.start), "end": shown(shift.end)} for shift in found]}


ROTATION_OPERATIONS: dict[str, Operation] = {
    "rotation-shifts/1": _shifts,
    "rotation-participants/1": _participants,
    "weekly-window/1": _weekly_window,
    "window-transitions/1": _transitions,
    "clock-of-day/1": _clock_of_day,
    "next-scheduled-notice/1": _notice,
    "oncall-overrides/1": _overrides,
    "final-schedule/1": _final,
    "shift-swaps/1": _swaps,
    "shift-days/1": _shift_days,
    "rolling-users/1": _rolling,
    "dst-weekly/1": _dst_weekly,
}
"""The operations asked of on-call schedules, by the names of their formats."""
