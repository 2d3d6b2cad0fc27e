"""On-call schedules as iCalendar (RFC 5545), for calendars people look at."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

from svcdelivery.errors import ExtraMissingError
from svcdelivery.escalation.rotation import OnCallSchedule, OnDuty
from svcdelivery.timeline import format_instant, to_instant

__all__ = ["oncall_calendar"]


def oncall_calendar(
    schedule: OnCallSchedule, start: datetime, end: datetime, *, stamp: datetime, person: str | None = None
) -> str:
    """Answer the final schedule in `[start, end)` as an iCalendar text, one event a duty, in UTC.

    The same duty has the same UID in every export, so that a calendar that reads it again does not show it twice.

    Args:
        schedule: Its name is the calendar's.
        start: The first instant shown; duties are cut at it.
        end: The first instant no longer shown.
        stamp: When the export was made.
        person: Only what this person has on call; None for everybody.

    Raises:
        ExtraMissingError: The extra `calendars` is not installed.
    """
    try:
        from icalendar import Calendar, Event
    except ModuleNotFoundError:
        raise ExtraMissingError(extra="calendars", feature="writing iCalendar") from None
    calendar = Calendar()
    calendar.add("prodid", "-//svcdelivery//on-call//EN")
    calendar.add("version", "2.0")
    calendar.add("name", schedule.name)
    for duty in schedule.duties(start, end):
        if person is None or duty.person == person:
            event = Event()
            for name, value in _properties(schedule, duty, stamp).items():
                event.add(name, value)
            calendar.add_component(event)
    text: str = calendar.to_ical().decode("utf-8")
    return text


def _properties(schedule: OnCallSchedule, duty: OnDuty, stamp: datetime) -> dict[str, object]:
    named = "\n".join((schedule.name, duty.person, format_instant(duty.start), format_instant(duty.end)))
    note = "stands in" if duty.is_override else "swapped" if duty.is_swapped else duty.source
    return {
        "uid": f"{sha256(named.encode()).hexdigest()[:32]}@on-call",
        "dtstamp": _plain(stamp),
        "dtstart": _plain(duty.start),
        "dtend": _plain(duty.end),
        "summary": f"{duty.person} on call: {schedule.name}",
        **({"description": note} if note else {}),
    }


def _plain(at: datetime) -> datetime:
    utc = to_instant(at)
    return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, tzinfo=UTC)
