"""On-call schedules as iCalendar: other programs read what was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar

from svcdelivery.escalation.rotation import Layer, OnCallSchedule, Override, Rotation, RotationUnit
from svcdelivery.exchange.oncall_calendar import oncall_calendar
from svcdelivery.timeline import to_micros
from tests.clock.worlds import local

START, END = local("2026-03-27T09:00"), local("2026-03-31T09:00")
STAMP = datetime(2026, 3, 1, tzinfo=UTC)
SCHEDULE = OnCallSchedule(
    name="primary, Zürich",
    layers=(
        Layer(Rotation(name="r", zone="Europe/Zurich", start=START, unit=RotationUnit.DAY, people=["ann", "bob"])),
    ),
    overrides=(Override(add="cy", start=local("2026-03-28T10:00"), end=local("2026-03-28T12:00")),),
)


def events(text: str) -> list[tuple[str, datetime, datetime, str]]:
    found: Any = Calendar.from_ical(text)
    return [
        (str(event["summary"]), event.decoded("dtstart"), event.decoded("dtend"), str(event["uid"]))
        for event in found.walk("vevent")
    ]


def test_each_duty_is_an_event_in_utc() -> None:
    found = events(oncall_calendar(SCHEDULE, START, END, stamp=STAMP))
    duties = SCHEDULE.duties(START, END)
    assert [(to_micros(start), to_micros(end)) for _, start, end, _ in found] == [
        (to_micros(duty.start), to_micros(duty.end)) for duty in duties
    ]
    assert found[0][0] == "ann on call: primary, Zürich"
    assert len({uid for *_, uid in found}) == len(found) == 5


def test_exported_again_it_is_the_same() -> None:
    """Read twice, nothing is shown twice."""
    one, two = (oncall_calendar(SCHEDULE, START, END, stamp=STAMP) for _ in range(2))
    assert one == two


def test_of_one_person_alone() -> None:
    found = events(oncall_calendar(SCHEDULE, START, END, stamp=STAMP, person="cy"))
    assert [summary for summary, *_ in found] == ["cy on call: primary, Zürich"]
