"""Test vectors of another engine and of further operations, through a small mapping to our words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from svcdelivery.service_hours import Boundary, ServiceHours
from svcdelivery.timeline import Interval, IntervalSet, parse_instant
from tests.shared_data import shared_file, shared_folder

FILES = ("zendesk_biz", "more_operations", "erpnext", "zammad", "frappe_helpdesk")
OTHER_ROOMS = {"ticket", "clock", "lifecycle"}


def calendar(given: dict[str, Any]) -> ServiceHours:
    def texts(pairs: list[list[str]]) -> list[str]:
        return [f"{start}-{end}" for start, end in pairs]

    ranges = given.get("holiday_ranges", [])
    return ServiceHours.weekly(
        given["timezone"],
        {day: texts(pairs) for day, pairs in given["weekly"].items()},
        closed=given.get("holidays", ()),
        closed_yearly=[*given.get("recurring_holidays", ()), *(f"{r['start'][5:]}..{r['end'][5:]}" for r in ranges)],
        replaced={day: texts(pairs) for day, pairs in given.get("shifts", {}).items()},
        closed_parts={day: texts(pairs) for day, pairs in given.get("breaks", {}).items()},
    )


def shown(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def periods(found: Any) -> dict[str, Any]:
    return {"periods": [[shown(period.start), shown(period.end)] for period in found]}


def elapsed(hours: ServiceHours, given: dict[str, Any], _: Boundary) -> dict[str, Any]:
    start, end = parse_instant(given["start"]), parse_instant(given["end"])
    open_time = hours.intervals(start, end)
    if "clip" in given:
        clip = given["clip"]
        life = [parse_instant(edge) for edge in (clip.values() if isinstance(clip, dict) else clip)]
        open_time &= IntervalSet([Interval(*life)])
    pauses = ([parse_instant(edge) for edge in pause] for pause in given.get("pauses", ()))
    open_time -= IntervalSet(Interval(a, b) for a, b in pauses if a < b)
    answer = {"seconds": open_time.duration.total_seconds()}
    if "target_seconds" in given:
        answer["percent"] = 100 * answer["seconds"] / given["target_seconds"]
        answer["actual_seconds"] = (end - start).total_seconds()
        answer["actual_percent"] = 100 * answer["actual_seconds"] / given["target_seconds"]
    return answer


def due(hours: ServiceHours, given: dict[str, Any], boundary: Boundary) -> dict[str, Any]:
    try:
        at = hours.add(parse_instant(given["start"]), timedelta(seconds=given["seconds"]), boundary)
    except ValueError:
        return {"error": True}
    return {"due_at": shown(at), **periods(hours.intervals(parse_instant(given["start"]), at))}


def due_before(hours: ServiceHours, given: dict[str, Any], boundary: Boundary) -> dict[str, Any]:
    end = parse_instant(given["end"])
    start = hours.subtract(end, timedelta(seconds=given["seconds"]), boundary)
    return {"start_at": shown(start), **periods(reversed(list(hours.intervals(start, end))))}


def due_days(hours: ServiceHours, given: dict[str, Any], boundary: Boundary) -> dict[str, Any]:
    start, last = parse_instant(given["start"]), given.get("end_of_day", False)
    return {"due_at": shown(hours.add_working_days(start, given["days"], end_of_day=last, boundary=boundary))}


def due_days_before(hours: ServiceHours, given: dict[str, Any], boundary: Boundary) -> dict[str, Any]:
    end, last = parse_instant(given["end"]), given.get("end_of_day", False)
    return {"start_at": shown(hours.subtract_working_days(end, given["days"], end_of_day=last, boundary=boundary))}


def on_holiday(hours: ServiceHours, given: dict[str, Any], _: Boundary) -> dict[str, Any]:
    if "date" in given:
        return {"on_holiday": hours.is_closed_date(date.fromisoformat(given["date"]))}
    return {"on_holiday": hours.is_on_closed_date(parse_instant(given["at"]))}


def fits_in_day(hours: ServiceHours, given: dict[str, Any], _: Boundary) -> dict[str, Any]:
    at = parse_instant(given.get("start") or given["end"])
    day = hours.local_date(at)
    if given["direction"] == "forward":
        room = hours.elapsed(at, hours.at_local(day + timedelta(days=1)))
    else:
        room = hours.elapsed(hours.at_local(day), at)
    return {"fits": room >= timedelta(seconds=given["seconds"])}


def normalize_local(hours: ServiceHours, given: dict[str, Any], _: Boundary) -> dict[str, Any]:
    local = datetime.fromisoformat(given["local"])
    at = hours.at_local(local.date(), local - datetime.combine(local.date(), datetime.min.time()))
    return {"local": f"{at.in_timezone(hours.zone):%Y-%m-%d %H:%M:%S}"}


def periods_until(hours: ServiceHours, given: dict[str, Any], _: Boundary) -> dict[str, Any]:
    return periods(hours.intervals(parse_instant(given["start"]), parse_instant(given["end"])))


OPERATIONS: dict[str, Callable[[ServiceHours, dict[str, Any], Boundary], dict[str, Any]]] = {
    "elapsed": elapsed,
    "due": due,
    "due_before": due_before,
    "due_days": due_days,
    "due_days_before": due_days_before,
    "fits_in_day": fits_in_day,
    "on_holiday": on_holiday,
    "normalize_local": normalize_local,
    "periods_until": periods_until,
    "is_open": lambda h, i, _: {"open": h.is_open(parse_instant(i["at"]))},
    "on_break": lambda h, i, _: {"on_break": h.is_in_closed_part(parse_instant(i["at"]))},
    "next_open": lambda h, i, _: {"at": shown(h.next_open(parse_instant(i["at"])))},
    "is_working_day": lambda h, i, _: {"working": h.is_working_day(date.fromisoformat(i["date"]))},
    "periods": lambda h, i, _: periods(islice(h.periods_after(parse_instant(i["start"])), i["count"])),
    "periods_before": lambda h, i, _: periods(islice(h.periods_before(parse_instant(i["end"])), i["count"])),
    "intersect_periods": lambda h, i, _: periods(
        islice((h & calendar(i["other"])).periods_after(parse_instant(i["start"])), i["count"])
    ),
    "business_dates": lambda h, i, _: {
        "dates": [str(day) for day in islice(h.working_dates(date.fromisoformat(i["after"])), i["count"])]
    },
}


def vectors() -> list[Any]:
    found = []
    for name in FILES:
        path = shared_folder() / "vectors" / f"{name}.json"
        if not path.exists():
            found.append(pytest.param(name, None, id=name))
            continue
        every = json.loads(path.read_text(encoding="utf-8"))
        found += [pytest.param(name, v, id=v["id"]) for v in every if v["operation"] not in OTHER_ROOMS]
    return found


@pytest.mark.parametrize(("file", "vector"), vectors())
def test_a_vector_gives_its_expected_answer(file: str, vector: dict[str, Any] | None) -> None:
    """Each vector gives what it expects; one with a peer's quirk gives the obvious meaning instead."""
    if vector is None:
        shared_file(f"vectors/{file}.json")
        return
    expected = vector.get("semantic_expected") if "quirk" in vector else vector["expected"]
    if not expected:
        pytest.skip("the peer's quirk has no obvious meaning beside it")
    if vector["operation"] == "validate":
        with pytest.raises(ValueError, match=r"00:00|never open"):
            calendar(vector["calendar"])
        return
    given = dict(vector["calendar"])
    if vector["operation"] == "normalize_local":
        given["weekly"] = {"mon-sun": [["00:00", "24:00"]]}
    answer = OPERATIONS[vector["operation"]](calendar(given), vector["input"], vector.get("boundary", "close"))
    asked = {key: value for key, value in expected.items() if key != "equivalent_calendar"}  # told for readers alone
    assert {key: answer.get(key) for key in asked} == asked
