"""Closed dates and hours out of iCalendar (RFC 5545), weekly shifts out of its availability (RFC 7953)."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from attrs import frozen

from svcdelivery.exchange.calendar_file import Entry, Moment, entries, instant_of, read_text
from svcdelivery.exchange.recurrence import Allowance, starts
from svcdelivery.service_hours import ClosedRange, DayShifts, Shift, to_years
from svcdelivery.timeline import to_zone

__all__ = ["CalendarClosures", "load_closures", "parse_closures"]

_ONE = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MICRO = timedelta(microseconds=1)
_MIDNIGHT = datetime.min.time()
_DAY_SECONDS = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Span = tuple[datetime, datetime, str]
"""From and to on the wall clock of the service hours, and the name of the entry."""


@frozen(kw_only=True)
class CalendarClosures:
    """When a calendar says closed; the fields are what `ServiceHours.weekly` takes under the same names.

    Attributes:
        closed: Single closed dates, in order.
        closed_ranges: Closed dates in a row, by name, in order.
        closed_parts: Hours closed on single dates, in order of date.
        covered_years: First and last year that were asked for.
    """

    closed: tuple[date, ...]
    closed_ranges: tuple[ClosedRange, ...]
    closed_parts: tuple[DayShifts, ...]
    covered_years: tuple[int, int]


def load_closures(
    path: str | os.PathLike[str], *, zone: str, years: tuple[int, int] | range, skip_transparent: bool = False
) -> CalendarClosures:
    """Answer the closures of an .ics file; see `parse_closures`.

    Raises:
        UnusableInputError: No regular file, larger than 10 MB, not UTF-8, or no iCalendar.
        ExtraMissingError: The extra `calendars` is not installed.
    """
    text = read_text(path)
    return parse_closures(text, zone=zone, years=years, skip_transparent=skip_transparent, source=os.fspath(path))


def parse_closures(
    text: str,
    *,
    zone: str,
    years: tuple[int, int] | range,
    skip_transparent: bool = False,
    source: str = "calendar",
) -> CalendarClosures:
    """Answer the dates and hours that the events of a calendar close.

    An event of whole dates closes those dates in whatever zone the reader is; an event with times closes its hours, as
    the clock of `zone` reads them, and a time without a zone means that clock. Recurring events are expanded, with
    their added, left-out and moved occurrences; each lasts as long on the wall clock as the first. Cancelled events
    close nothing.

    Args:
        text: iCalendar, of one or several calendars.
        zone: The IANA zone of the service hours.
        years: First and last year to be read, both included; what lies outside is left out.
        skip_transparent: Leave out events marked as free time. Many published holiday calendars mark all of theirs so.
        source: How messages name the text.

    Raises:
        UnusableInputError: The text is no iCalendar, or an event cannot be used; it is named.
        InvalidValueError: A recurrence rule with a part that cannot be meant; it is named.
        LimitExceededError: More than 100,000 occurrences, counted from the first of each recurrence.
        UnknownZoneError: The zone data have no such name.
        ExtraMissingError: The extra `calendars` is not installed.
    """
    to_zone(zone)
    first, last = to_years(years)
    closing = []
    for entry in entries(text, source, "VEVENT"):
        entry.check()
        if not (skip_transparent and entry.word("TRANSP") == "TRANSPARENT"):
            closing.append(entry)
    window = (datetime(first, 1, 1), datetime(last + 1, 1, 1))
    spans = sorted(_spans(_newest(closing), zone, window))
    return _sorted_out(spans, (first, last))


def _newest(closing: list[Entry]) -> list[Entry]:
    """Answer the entries without those of which the file has a later version."""
    versions: dict[tuple[str, Moment | None], int] = {}
    keys = [(entry.uid, entry.moment("RECURRENCE-ID")) for entry in closing]
    for key, entry in zip(keys, closing, strict=True):
        versions[key] = max(entry.sequence, versions.get(key, 0))
    return [e for key, e in zip(keys, closing, strict=True) if not e.uid or e.sequence == versions[key]]


# -- occurrences on the wall clock -------------------------------------------------------------------------------------


def _spans(closing: list[Entry], zone: str, window: tuple[datetime, datetime]) -> Iterator[Span]:
    low, high = window
    allowance = Allowance()
    moved: dict[str, list[Moment]] = defaultdict(list)
    for entry in closing:
        instead = entry.moment("RECURRENCE-ID")
        if instead is not None:
            if entry.component["RECURRENCE-ID"].params.get("RANGE"):
                entry.refuse("RECURRENCE-ID with RANGE is not supported")
            moved[entry.uid].append(instead)
    for entry in closing:
        if entry.word("STATUS") == "CANCELLED":
            continue
        gone = () if entry.has("RECURRENCE-ID") else moved.get(entry.uid, ())
        for start, end in _occurrences(entry, gone, zone, high.date(), allowance):
            if start < high and end > low and start < end:
                yield max(start, low), min(end, high), entry.name


def _occurrences(
    entry: Entry, gone: list[Moment] | tuple[()], zone: str, last: date, allowance: Allowance
) -> Iterator[tuple[datetime, datetime]]:
    start, end = entry.times()
    same_zone = (start.zone, start.is_date) == (end.zone, end.is_date)
    length = end.wall - start.wall if same_zone else _exact(start, end, zone)
    if length < timedelta():
        entry.refuse("it ends before it starts")
    dates = {moment.wall.date() for moment in gone if moment.is_date or start.is_date}
    left_out = {_key(moment, start, zone) for moment in gone if not moment.is_date}
    # A clock elsewhere may be a date ahead.
    for wall in starts(entry, start, zone, last + _ONE, allowance):
        if wall.date() in dates or _key(Moment(wall, start.zone, start.is_date), start, zone) in left_out:
            continue
        if start.is_date or start.zone is None or getattr(start.zone, "key", "") == zone:
            yield wall, wall + length
        elif last.year - wall.year < 1000 and wall.year >= 1800:
            yield _shown_in(entry, wall, start, zone), _shown_in(entry, wall + length, start, zone)


def _exact(start: Moment, end: Moment, zone: str) -> timedelta:
    return (instant_of(end.wall, end.zone, zone) - instant_of(start.wall, start.zone, zone)) * _MICRO


def _key(moment: Moment, start: Moment, zone: str) -> object:
    # One without a zone was written on the clock of the entry.
    return None if start.is_date else instant_of(moment.wall, moment.zone or start.zone, zone)


def _shown_in(entry: Entry, wall: datetime, start: Moment, zone: str) -> datetime:
    at = instant_of(wall, start.zone, zone)
    here = (_EPOCH + timedelta(microseconds=at)).astimezone(to_zone(zone)).replace(tzinfo=None, fold=0)
    if instant_of(here, None, zone) != at:
        entry.refuse(f"it starts or ends at {here:%Y-%m-%d %H:%M} in {zone}, the second time the clock reads so")
    return here


# -- dates, ranges, parts ----------------------------------------------------------------------------------------------


def _sorted_out(spans: list[Span], years: tuple[int, int]) -> CalendarClosures:
    single: set[date] = set()
    ranges: set[ClosedRange] = set()
    parts: dict[date, list[tuple[int, int]]] = defaultdict(list)
    for start, end, name in spans:
        first = start.date() if start.time() == _MIDNIGHT else start.date() + _ONE
        last = end.date() - _ONE
        if last > first:
            ranges.add(ClosedRange(first, last, name))
        elif last == first:
            single.add(first)
        for day, since, until in _edges(start, end):
            parts[day].append((since, until))
    for day in [day for day, pieces in parts.items() if _union(pieces) == [(0, _DAY_SECONDS)]]:
        del parts[day]
        single.add(day)
    return CalendarClosures(
        closed=tuple(sorted(single)),
        closed_ranges=tuple(sorted(ranges)),
        closed_parts=tuple(DayShifts(day, [Shift(*p) for p in _union(parts[day])]) for day in sorted(parts)),
        covered_years=years,
    )


def _edges(start: datetime, end: datetime) -> Iterator[tuple[date, int, int]]:
    """Answer the parts of the first and the last date that a span does not fill, in seconds of the day."""
    since, until = _second(start), _second(end)
    if start.date() == end.date():
        yield start.date(), since, until
        return
    if since:
        yield start.date(), since, _DAY_SECONDS
    if until:
        yield end.date(), 0, until


def _second(wall: datetime) -> int:
    return (wall - datetime.combine(wall, _MIDNIGHT)) // _SECOND


def _union(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for since, until in sorted(pieces):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return joined
