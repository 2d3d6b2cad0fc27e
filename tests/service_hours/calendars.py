"""The calendars the oracle is asked about, each written once and read by both sides."""

from __future__ import annotations

from typing import Any

from svcdelivery.service_hours import ServiceHours
from tests.service_hours.oracle import Plan

__all__ = ["PLANS", "service_hours"]


def _week(days: str, *shifts: tuple[int, int]) -> dict[int, list[tuple[int, int]]]:
    return {int(day): list(shifts) for day in days}


WEEKDAYS, EVERY_DAY = "01234", "0123456"

_NIGHTS = _week(EVERY_DAY, (1320, 1800))
_NEW_YORK = ("America/New_York", ("2024-02-01", "2024-12-01"))

PLANS = {
    "office": Plan(
        "Europe/Berlin", _week(WEEKDAYS, (540, 1020)), ("2023-10-01", "2024-06-01"),
        closed=("2023-10-03", "2023-12-25", "2023-12-26", "2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01"),
    ),
    "lunch break": Plan(
        "Europe/Paris", _week(WEEKDAYS, (510, 750), (810, 1050)), ("2024-02-01", "2024-12-01"),
        yearly=(("05-01", "05-01"), ("07-14", "07-14")),
    ),
    "every night": Plan("Europe/Berlin", _week(EVERY_DAY, (1320, 1800)), ("2024-02-01", "2024-12-01")),
    "southern hemisphere": Plan(
        "Australia/Sydney", {**_week("01234", (480, 1200)), **_week("56", (1260, 1680))}, ("2023-08-01", "2024-05-15"),
        closed=("2023-12-25", "2024-01-26"),
    ),
    "half-hour zone": Plan(
        "Asia/Kolkata", _week("012345", (555, 1110)), ("2024-01-01", "2024-08-01"), closed=("2024-01-26",)
    ),
    "thirty-minute daylight saving": Plan(
        "Australia/Lord_Howe", _week(EVERY_DAY, (90, 135), (600, 960)), ("2023-08-01", "2024-05-15")
    ),
    "change at midnight": Plan(
        "America/Sao_Paulo", _week(EVERY_DAY, (0, 60), (1380, 1440)), ("2017-09-01", "2018-03-15"),
        closed=("2017-10-15", "2018-02-17"),
    ),
    "change one minute past midnight": Plan(
        "America/St_Johns", _week(EVERY_DAY, (0, 30), (480, 1020), (1410, 1440)), ("2010-10-25", "2010-11-20"),
        closed=("2010-11-07",), cell=60,
    ),
    "law change": Plan(
        "Europe/Istanbul", _week(WEEKDAYS, (480, 720), (780, 1080)), ("2015-09-01", "2016-12-01"), cell=1800
    ),
    "two changes for one month": Plan(
        "Africa/Casablanca", _week(EVERY_DAY, (105, 195), (540, 1080)), ("2024-02-01", "2024-06-01")
    ),
    "skipped date": Plan(
        "Pacific/Apia", _week(EVERY_DAY, (480, 1020), (1320, 1560)), ("2011-09-01", "2012-05-01"),
        closed=("2011-12-30", "2012-01-01"), extra={"2011-12-31": [(1080, 1200)]},
    ),
    "always": Plan("America/New_York", _week(EVERY_DAY, (0, 1440)), ("2024-02-01", "2024-12-01"), cell=1800),
    "closed weeks": Plan(
        "America/Chicago", _week("0123", (420, 1140)), ("2023-06-01", "2024-03-01"),
        yearly=(("12-20", "01-06"),), ranges=(("2023-07-17", "2023-08-13"),), cell=1800,
    ),
    "part-closed days": Plan(
        "Europe/London", _week("012345", (480, 1080)), ("2024-02-01", "2024-08-01"),
        closed=("2024-03-29", "2024-05-06"), parts={"2024-04-02": [(600, 690)], "2024-04-05": [(960, 1500)]},
        extra={"2024-03-29": [(600, 720)], "2024-03-30": [(1260, 1620)]},
        replaced={"2024-03-28": [(480, 720)], "2024-05-06": [(480, 720)], "2024-04-03": []},
    ),
    "nights closed by shift": Plan(
        "America/New_York", _week("0134", (1320, 1860)), ("2024-02-01", "2024-12-01"),
        closed=("2024-03-11", "2024-11-01", "2024-07-04"), whole_shifts=True,
    ),
    "nights closed by date": Plan(
        "America/New_York", _week("456", (1260, 1740)), ("2024-02-01", "2024-12-01"),
        closed=("2024-03-10", "2024-11-03", "2024-07-05"),
    ),
    "nights that become days in a spring night": Plan(
        _NEW_YORK[0], _NIGHTS, _NEW_YORK[1], closed=("2024-03-09", "2024-03-12"),
        later=(
            ("2024-03-10", Plan(
                _NEW_YORK[0], _week(WEEKDAYS, (120, 300), (540, 1020)), _NEW_YORK[1],
                closed=("2024-03-10", "2024-05-27"), yearly=(("07-04", "07-04"),), parts={"2024-05-28": [(540, 600)]},
            )),
            ("2024-11-03", Plan(_NEW_YORK[0], _NIGHTS, _NEW_YORK[1], closed=("2024-11-11",), whole_shifts=True)),
        ),
    ),
    "another holiday list at midnight": Plan(
        "America/Sao_Paulo", _week(EVERY_DAY, (0, 60), (1380, 1440)), ("2017-09-01", "2018-03-15"),
        closed=("2017-10-14", "2017-10-15"), extra={"2017-10-14": [(1200, 1560)]},
        later=(
            ("2017-10-15", Plan(
                "America/Sao_Paulo", _week(EVERY_DAY, (0, 60), (1380, 1440)), ("2017-09-01", "2018-03-15"),
                closed=("2018-02-17",), replaced={"2018-02-18": [(0, 30)]},
            )),
        ),
    ),
}  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _texts(shifts: list[tuple[int, int]]) -> list[str]:
    return [f"{_clock(start)}-{_clock(end if end <= 1440 else end - 1440)}" for start, end in shifts]


def _dated(days: dict[str, list[tuple[int, int]]]) -> dict[str, list[str]]:
    return {day: _texts(shifts) for day, shifts in days.items()}


def service_hours(plan: Plan) -> ServiceHours:
    """Answer the same calendar as service hours."""
    hours = ServiceHours.weekly(plan.zone, **_parts(plan))
    for since, later in plan.later:
        hours = hours.changed_from(since, **_parts(later))
    return hours


def _parts(plan: Plan) -> dict[str, Any]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return {
        "week": {names[day]: _texts(shifts) for day, shifts in plan.week.items()},
        "closed": plan.closed,
        "closed_yearly": [f"{first}..{last}" for first, last in plan.yearly],
        "closed_ranges": [f"{first}..{last}" for first, last in plan.ranges],
        "closed_parts": _dated(plan.parts),
        "extra": _dated(plan.extra),
        "replaced": _dated(plan.replaced),
        "whole_shifts": plan.whole_shifts,
    }
