"""Weekly shifts out of the availability of a calendar (RFC 7953), where it is a plain week."""

from __future__ import annotations

import os
from collections import defaultdict

from attrs import frozen

from svcdelivery.errors import UnusableInputError
from svcdelivery.exchange.calendar_file import Entry, Moment, entries, read_text
from svcdelivery.exchange.recurrence import Rule, rule_of
from svcdelivery.service_hours import Shift
from svcdelivery.timeline import to_zone

__all__ = ["WeeklyAvailability", "load_availability", "parse_availability"]

_DAYS = {"MO": "mon", "TU": "tue", "WE": "wed", "TH": "thu", "FR": "fri", "SA": "sat", "SU": "sun"}


@frozen(kw_only=True)
class WeeklyAvailability:
    """A week of open hours; the fields are the first two arguments of `ServiceHours.weekly`.

    Attributes:
        zone: An IANA name.
        shifts: The days that have shifts, Monday first, each with its shifts in order.
    """

    zone: str
    shifts: tuple[tuple[str, tuple[Shift, ...]], ...]

    @property
    def week(self) -> dict[str, tuple[Shift, ...]]:
        """The shifts by day, as `ServiceHours.weekly` takes them."""
        return dict(self.shifts)


def load_availability(path: str | os.PathLike[str], *, zone: str | None = None) -> WeeklyAvailability:
    """Answer the week of an .ics file; see `parse_availability`.

    Raises:
        UnusableInputError: No regular file, larger than 10 MB, not UTF-8, or no iCalendar.
        ExtraMissingError: The extra `calendars` is not installed.
    """
    return parse_availability(read_text(path), zone=zone, source=os.fspath(path))


def parse_availability(text: str, *, zone: str | None = None, source: str = "calendar") -> WeeklyAvailability:
    """Answer the week that the `AVAILABLE` parts of a calendar's `VAVAILABILITY` describe.

    Each part has to recur every week or every day without an end, in one zone for all of them. What says more than a
    week can hold, such as an end, an exception or a second availability of another priority, is refused and not left
    out.

    Args:
        text: iCalendar.
        zone: The IANA zone for times without one; it has to agree with the zones that are given.
        source: How messages name the text.

    Raises:
        UnusableInputError: The text is no iCalendar, or holds no availability, or not that of a plain week.
        InvalidValueError: A recurrence rule with a part that cannot be meant, or shifts that overlap.
        ExtraMissingError: The extra `calendars` is not installed.
    """
    whole = entries(text, source, "VAVAILABILITY")
    if len(whole) != 1:
        told = "no VAVAILABILITY" if not whole else "more than one VAVAILABILITY, and a week has no priorities"
        raise UnusableInputError(source=source, problem=f"it holds {told}")
    whole[0].check()
    for name in ("DTEND", "DURATION"):
        if whole[0].has(name):
            whole[0].refuse(f"{name} limits it, and a week has no end")
    week: dict[str, list[Shift]] = defaultdict(list)
    for entry in entries(text, source, "AVAILABLE"):
        entry.check()
        start, end = entry.times()
        zone = _one_zone(entry, zone, (start, end))
        for day in _days(entry, start):
            week[day].append(_shift(entry, start, end))
    if zone is None or not week:
        raise UnusableInputError(source=source, problem="its availability has no part with times in a zone")
    ordered = tuple((day, tuple(sorted(week[day]))) for day in _DAYS.values() if day in week)
    return WeeklyAvailability(zone=zone, shifts=ordered)


def _one_zone(entry: Entry, zone: str | None, ends: tuple[Moment, Moment]) -> str | None:
    for end in ends:
        name = getattr(end.zone, "key", None)
        if end.is_date or (end.zone is not None and name is None):
            entry.refuse("its times are in no IANA zone")
        if name is not None and zone is not None and to_zone(name) != to_zone(zone):
            entry.refuse(f"its times are in {name}, others in {zone}")
        zone = zone or name
    return zone


def _days(entry: Entry, start: Moment) -> list[str]:
    rule = rule_of(entry)
    if rule is None:
        entry.refuse("it does not recur, and a week always does")
    for name in ("EXDATE", "RDATE", "RECURRENCE-ID"):
        if entry.has(name):
            entry.refuse(f"{name} makes an exception, and a week has none")
    own = list(_DAYS)[start.wall.weekday()]
    every = list(_DAYS) if rule.one("FREQ") == "DAILY" else [own]
    codes = [str(code) for code in rule.parts.get("BYDAY", every)]
    problem = _beyond_a_week(rule, codes)
    if problem:
        entry.refuse(f"{problem} in its rule is more than a week can say")
    return [_DAYS[code] for code in dict.fromkeys(codes)]


def _beyond_a_week(rule: Rule, codes: list[str]) -> str:
    if rule.one("FREQ") not in ("DAILY", "WEEKLY"):
        return f"FREQ={rule.one('FREQ')}"
    if rule.one("INTERVAL", 1) != 1:
        return "INTERVAL"
    if any(code not in _DAYS for code in codes):
        return "BYDAY"
    return next(iter(sorted(set(rule.parts) - {"FREQ", "INTERVAL", "BYDAY", "WKST"})), "")


def _shift(entry: Entry, start: Moment, end: Moment) -> Shift:
    since = start.wall.hour * 3600 + start.wall.minute * 60 + start.wall.second
    lasting = round((end.wall - start.wall).total_seconds())
    if not 0 < lasting < 86_400 and (since, lasting) != (0, 86_400):
        entry.refuse("it lasts no time, or longer than a day")
    until = since + lasting
    return Shift(since, until if until <= 86_400 else until - 86_400)
