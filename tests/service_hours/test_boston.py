"""Boston's requests of 2015: the city's own flags and due dates, computed again."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, to_instant
from tests.shared_data import shared_file

ZONE = "America/New_York"
# Any instant in the window that the data allow; see `test_the_flag...`.
EXTRACTED = [datetime(2016, 1, 12, 22, 53, 54), datetime(2016, 1, 13, 8, 0), datetime(2016, 1, 13, 8, 2, 23)]
NEAR = timedelta(minutes=2)

HOLIDAYS = (
    "2015-01-01 2015-01-19 2015-02-16 2015-04-20 2015-05-25 2015-09-07 2015-10-12 2015-11-11 2015-11-26 2015-12-25 "
    "2016-01-01 2016-01-18"
).split()  # fmt: skip

CALENDAR_TYPES = [
    ("Unsatisfactory Living Conditions", 120, 99.96),
    ("Rodent Activity", 30, 99.96),
    ("Breathe Easy", 90, 99.96),
]
BUSINESS_TYPES = [
    ("Utility Call-In", 2, 99.8),
    ("Pick up Dead Animal", 1, 99.8),
    ("Sign Repair", 10, 99.5),
    ("Recycling Cart Return", 5, 97.4),
    ("Street Light Outages", 10, 97.2),
    ("Space Savers", 1, 95.7),
    ("Sidewalk Repair (Make Safe)", 1, 92.6),
]

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("boston")]


@cache
def clock(text: str) -> datetime | None:
    """Answer what the wall clock read, from `01/31/2015 08:30:00 PM`."""
    if not text:
        return None
    month, day, year = int(text[:2]), int(text[3:5]), int(text[6:10])
    hour = int(text[11:13]) % 12 + (12 if text.endswith("PM") else 0)
    return datetime(year, month, day, hour, int(text[14:16]), int(text[17:19]))


@cache
def instant(wall: datetime) -> Instant:
    return to_instant(wall.replace(tzinfo=ZoneInfo(ZONE)))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with gzip.open(shared_file("data/boston_311_2015.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def promises(rows: list[dict[str, str]]) -> dict[str, list[tuple[datetime, datetime]]]:
    """Type of request to when each was opened and due."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in rows:
        opened, due = clock(row["OPEN_DT"]), clock(row["TARGET_DT"])
        if opened is not None and due is not None:
            found[row["TYPE"]].append((opened, due))
    return found


@pytest.fixture(scope="module")
def office() -> ServiceHours:
    return ServiceHours.weekly(ZONE, {"mon-fri": ["08:30-17:00"]}, closed=HOLIDAYS, covered_years=(2015, 2016))


def flag(row: dict[str, str], extracted: Instant) -> str:
    due, closed = clock(row["TARGET_DT"]), clock(row["CLOSED_DT"])
    if due is None:
        return "ONTIME"
    stopped = extracted if closed is None else instant(closed)
    return "OVERDUE" if stopped > instant(due) else "ONTIME"


@pytest.mark.parametrize("extracted", EXTRACTED, ids=str)
def test_the_flag_of_the_city_on_every_row(rows: list[dict[str, str]], extracted: datetime) -> None:
    flagged = [row for row in rows if row["OnTime_Status"]]
    right = sum(flag(row, instant(extracted)) == row["OnTime_Status"] for row in flagged)
    print(f"{right} of {len(flagged)} flags")
    assert (right, len(flagged)) == (78_076, 78_076)


@pytest.mark.parametrize(("kind", "days", "share"), CALENDAR_TYPES)
def test_due_after_calendar_days_on_the_wall_clock(
    promises: dict[str, list[tuple[datetime, datetime]]], kind: str, days: int, share: float
) -> None:
    always = ServiceHours.always(ZONE)
    near = []
    for opened, due in promises[kind]:
        # The same time on the clock, so many dates later, whatever the nights between did to the clocks.
        promised = always.add_working_days(instant(opened), days)
        near.append(abs(datetime.__sub__(promised, instant(due))) <= NEAR)
    check_share(kind, near, share)


@pytest.mark.parametrize(("kind", "days", "share"), BUSINESS_TYPES)
def test_due_after_working_days(
    promises: dict[str, list[tuple[datetime, datetime]]], office: ServiceHours, kind: str, days: int, share: float
) -> None:
    near = [
        abs(datetime.__sub__(office.add_working_days(instant(opened), days), instant(due))) <= NEAR
        for opened, due in promises[kind]
    ]
    check_share(kind, near, share)


def check_share(kind: str, near: list[bool], share: float) -> None:
    reached = 100 * sum(near) / len(near)
    print(f"{kind}: {reached:.2f} % of {len(near)} due dates within two minutes, {share} % listed")
    # Listed shares are rounded, twice it seems: 514 of 528 carts are 97.348 %, listed as 97.4. The other 14 were given
    # another due date by hand, whole days away.
    assert reached >= share - 0.06
