"""Zones, moments and service hours of an agreement document."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Generic, TypeVar

from attrs import evolve, field, frozen

from svcdelivery.agreement.revision import NamedHours
from svcdelivery.documents import REQUIRED, Code, Cursor
from svcdelivery.errors import InvalidInstantError, InvalidValueError, NaiveTimeError, quoted
from svcdelivery.service_hours import (
    ClosedRange,
    DayShifts,
    HoursChange,
    ServiceHours,
    Shift,
    YearlyClosure,
    first_instant,
)
from svcdelivery.service_hours.week import DAYS, days_named
from svcdelivery.timeline import Instant, from_micros, parse_instant, to_zone

__all__ = ["HoursForm", "Named", "read_moment", "read_zone"]

V = TypeVar("V")
D = TypeVar("D")

_ALWAYS = "always"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH_DAY = re.compile(r"\d{2}-\d{2}", re.ASCII)
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?", re.ASCII)
_HINT_MOMENT = "a date such as 2026-01-01, or an instant with offset such as 2026-01-01T09:00:00+01:00"
_HINT_CLOSED = "a date, `2026-07-01..2026-07-14`, `12-25` or `12-24..01-02` for every year, or `2026-12-24 12:00-24:00`"


@frozen
class Named(Generic[V]):
    """What a part of the document defines: the names, also of what could not be read, and the values."""

    names: tuple[str, ...]
    values: tuple[V, ...]


def read_zone(at: Cursor, *, default: D = REQUIRED) -> str | D:
    """Answer the name of a zone; `UTC` stands in for one that is not known."""
    known = at.converted(_zone, "the name of a zone", default=default)
    return "UTC" if known is None else known


def _zone(text: str) -> str:
    to_zone(text)
    return text


def read_moment(at: Cursor, zone: str, *, default: Any = REQUIRED) -> Instant | None:
    """Answer an instant, or the first instant of a date in the zone of the document."""
    return at.converted(lambda text: _moment(text, zone), "a date or the text of an instant", default=default)


def _moment(text: str, zone: str) -> Instant:
    if _DATE.fullmatch(text):
        return from_micros(first_instant(zone, read_date(text)))
    try:
        return parse_instant(text)
    except (InvalidInstantError, NaiveTimeError) as error:
        if not getattr(error, "problem", ""):
            error.hint = _HINT_MOMENT
        raise


def read_date(text: str) -> date:
    """Answer the date of a text such as `2026-12-25`."""
    if not _DATE.fullmatch(text):
        raise InvalidValueError(what="a date", value=text, hint="such as 2026-12-25")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidValueError(what="a date", value=text, problem=str(error)) from error


@frozen
class _Closed:
    dates: list[date] = field(factory=list)
    parts: dict[date, list[Shift]] = field(factory=dict)
    ranges: list[ClosedRange] = field(factory=list)
    yearly: list[YearlyClosure] = field(factory=list)

    @property
    def part_days(self) -> list[DayShifts]:
        return [DayShifts(day, tuple(shifts)) for day, shifts in self.parts.items()]


@frozen
class HoursForm:
    """Reads service hours; `zone` is that of the document, for hours that name none."""

    zone: str

    def read_all(self, at: Cursor) -> Named[NamedHours]:
        """Answer the hours of a mapping of names to hours."""
        names, values = [], []
        for name, entry in at.entries("the name of service hours", optional=True):
            names.append(name)
            hours = self.read(entry)
            if hours is not None:
                values.append(NamedHours(name, hours))
        return Named(tuple(names), tuple(values))

    def read(self, at: Cursor) -> ServiceHours | None:
        """Answer one set of hours."""
        with at.mapping() as fields:
            zone = read_zone(fields["zone"], default=self.zone)
            week = _read_open(fields["open"])
            closed = _read_closed(fields["closed"])
            extra = _read_days(fields["extra"])
            replaced = _read_days(fields["replaced"])
            covers = fields["covers"]
            years = _read_years(covers)
            whole = fields["whole_shifts"].truth(default=False)
            hours = at.made(
                lambda: ServiceHours.weekly(
                    zone,
                    week,
                    closed=closed.dates,
                    closed_parts=closed.part_days,
                    closed_ranges=closed.ranges,
                    closed_yearly=closed.yearly,
                    extra=extra,
                    replaced=replaced,
                    covered_years=years,
                    whole_shifts=whole,
                )
            )
            return _with_changes(hours, fields["changes"])


def _with_changes(hours: ServiceHours | None, at: Cursor) -> ServiceHours | None:
    """Answer the hours with every change that can follow the ones before it; the others are told where they stand."""
    for entry in at.each(optional=True):
        change = _read_change(entry)
        if hours is not None and change is not None:
            changes = (*hours.changes, change)
            hours = entry.made(lambda hours=hours, changes=changes: evolve(hours, changes=changes)) or hours  # type: ignore[misc]
    return hours


def _read_change(at: Cursor) -> HoursChange | None:
    """Answer what is different from a date on; a key that is left out leaves things as they were."""
    with at.mapping() as fields:
        since = fields["from"].converted(read_date, "a date")
        week = _read_open(fields["open"]) if "open" in fields else None
        closed = _read_closed(fields["closed"]) if "closed" in fields else None
        extra = _read_days(fields["extra"]) if "extra" in fields else None
        replaced = _read_days(fields["replaced"]) if "replaced" in fields else None
        years = _read_years(fields["covers"])
        whole = fields["whole_shifts"].truth(default=False) if "whole_shifts" in fields else None
    return at.made(
        lambda: HoursChange(
            since,
            week,
            closed=None if closed is None else closed.dates,
            closed_parts=None if closed is None else closed.part_days,
            closed_ranges=None if closed is None else closed.ranges,
            closed_yearly=None if closed is None else closed.yearly,
            extra=extra,
            replaced=replaced,
            covered_years=years,
            whole_shifts=whole,
        )
    )


def _read_open(at: Cursor) -> dict[str, tuple[Shift, ...]]:
    if isinstance(at.value, str):
        if at.value != _ALWAYS:
            at.refuse(
                Code.INVALID_VALUE,
                f"{quoted(at.value)} is not a week of shifts",
                "`always`, or days such as `mon-fri` with their shifts",
            )
        return {"mon-sun": (Shift(0, 86_400),)}
    week: dict[str, tuple[Shift, ...]] = {}
    taken: dict[int, str] = {}
    for key, shifts in at.entries():
        days = shifts.made(lambda key=key: tuple(days_named(key)))  # type: ignore[misc]
        for day in days or ():
            if day in taken:
                shifts.refuse(Code.OVERLAP, f"`{DAYS[day]}` stands in `{taken[day]}` already", at_key=True)
                break
            taken[day] = key
        week[key] = _read_shifts(shifts)
    return week


def _read_shifts(at: Cursor) -> tuple[Shift, ...]:
    found: list[Shift] = []
    for entry in at.one_or_each():
        shift = entry.converted(Shift.parse, "the text of a shift such as 08:30-12:30")
        if shift is None:
            continue
        for other in found:
            first, second = sorted((other, shift))
            if second.start_second < first.end_offset:
                entry.refuse(Code.OVERLAP, f"`{other}` and `{shift}` overlap", "one may start when the other ends")
                break
        else:
            found.append(shift)
    return tuple(sorted(found))


def _read_days(at: Cursor) -> list[DayShifts]:
    made = []
    for key, shifts in at.entries(optional=True):
        day = shifts.made(lambda key=key: read_date(key))  # type: ignore[misc]
        read = _read_shifts(shifts)
        if day is not None:
            made.append(DayShifts(day, read))
    return made


def _read_closed(at: Cursor) -> _Closed:
    closed = _Closed()
    for entry in at.each(optional=True):
        entry.converted(lambda text, entry=entry: _close(closed, text, entry), _HINT_CLOSED)  # type: ignore[misc]
    return closed


def _close(closed: _Closed, text: str, entry: Cursor) -> None:
    day, blank, hours = text.partition(" ")
    first, dots, last = text.partition("..")
    if blank:
        shift, cut = Shift.parse(hours), closed.parts.setdefault(read_date(day), [])
        if any(max(shift, other).start_second < min(shift, other).end_offset for other in cut):
            entry.refuse(Code.OVERLAP, f"`{text}` overlaps other hours closed on that date", "join them")
        else:
            cut.append(shift)
    elif _MONTH_DAY.fullmatch(first) and (not dots or _MONTH_DAY.fullmatch(last)):
        closed.yearly.append(YearlyClosure(first, last if dots else first))
    elif dots:
        closed.ranges.append(ClosedRange(read_date(first), read_date(last)))
    elif _DATE.fullmatch(text):
        closed.dates.append(read_date(text))
    else:
        raise InvalidValueError(what="a closed date", value=text, hint=_HINT_CLOSED)


def _read_years(at: Cursor) -> tuple[int, int] | None:
    if type(at.value) is int:
        year = at.whole(1800, 2299)
        return (year, year)
    return at.converted(_years, "a year, or years such as 2026-2027", default=None)


def _years(text: str) -> tuple[int, int]:
    found = _YEARS.fullmatch(text)
    if found is None or int(found[1]) > int(found[2] or found[1]):
        raise InvalidValueError(what="a range of years", value=text, hint="such as 2026-2027")
    return int(found[1]), int(found[2] or found[1])
