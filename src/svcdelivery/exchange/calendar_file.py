"""iCalendar files: their components, and the times of an entry, read strictly."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import frozen

from svcdelivery.errors import ExtraMissingError, UnknownZoneError, UnusableInputError, quoted
from svcdelivery.exchange.source_file import SourceFile
from svcdelivery.service_hours import first_instant
from svcdelivery.timeline import to_zone

if TYPE_CHECKING:
    from icalendar import Component

__all__ = ["Entry", "Moment", "entries", "instant_of", "read_text"]

_SIZE_MOST = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@frozen
class Moment:
    """A time as an entry gives it.

    Attributes:
        wall: What the clock on the wall reads; midnight for a bare date.
        zone: Where that wall is; None means wherever the reader is.
        is_date: A bare date was given.
    """

    wall: datetime
    zone: tzinfo | None
    is_date: bool


def instant_of(wall: datetime, zone: tzinfo | None, home: str) -> int:
    """Answer the first instant at which the clock reads that time, in epoch microseconds.

    Args:
        wall: What the clock reads.
        zone: Where; None for `home`.
        home: The IANA name of the reader's zone.
    """
    name = home if zone is None else getattr(zone, "key", None)
    if name is None:
        return (wall.replace(tzinfo=zone, fold=0) - _EPOCH) // _MICRO
    return first_instant(name, wall.date(), (wall - datetime.combine(wall, datetime.min.time())) // _MICRO)


@frozen
class Entry:
    """One component of a file, such as an event; refusals name the file and the entry."""

    source: str
    component: Component

    @property
    def uid(self) -> str:
        """Its identity within the file; empty when it has none."""
        return str(self.component.get("UID", ""))

    @property
    def sequence(self) -> int:
        """Which of the versions of the entry it is; the highest counts."""
        return int(self.single("SEQUENCE") or 0)

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.component.get("SUMMARY", ""))

    @property
    def label(self) -> str:
        """How messages name it."""
        kind = (self.component.name or "component").lower().removeprefix("v")
        return f"{kind} {quoted(self.name or self.uid or 'without a name')}"

    def has(self, name: str) -> bool:
        """Answer whether it has such a property."""
        return name in self.component

    def word(self, name: str) -> str:
        """Answer a property as a word in capitals; empty when it is not there."""
        return str(self.component.get(name, "")).upper()

    def refuse(self, problem: str) -> NoReturn:
        """Raise what tells that the entry cannot be used."""
        raise UnusableInputError(source=self.source, problem=f"{self.label}: {problem}")

    def check(self) -> None:
        """Refuse an entry with a time or a rule that could not be read."""
        for name, _ in self.component.errors:
            if name is None or name.upper() in (
                "DTSTART",
                "DTEND",
                "DURATION",
                "RRULE",
                "RDATE",
                "EXDATE",
                "RECURRENCE-ID",
            ):
                self.refuse(f"its {name or 'text'} cannot be read")
        if self.has("EXRULE"):
            self.refuse("EXRULE is not supported, give the dates as EXDATE")

    def single(self, name: str) -> Any:
        """Answer the only property of that name, or None."""
        value = self.component.get(name)
        if isinstance(value, list) and len(value) > 1 and name != "RRULE":
            self.refuse(f"it has more than one {name}")
        return value

    def moment(self, name: str) -> Moment | None:
        """Answer the time of a property, or None when it is not there."""
        value = self.single(name)
        return None if value is None else self._moment(value, name)

    def moments(self, name: str) -> Iterator[Moment]:
        """Answer the times of a property that may hold several, or stand several times."""
        value = self.component.get(name, [])
        for several in value if isinstance(value, list) else [value]:
            for one in several.dts:
                yield self._moment(one, name, several.params.get("TZID"))

    def _moment(self, value: Any, name: str, tzid: str | None = None) -> Moment:
        given = getattr(value, "dt", None)
        if isinstance(given, datetime):
            zone, wall = given.tzinfo, given.replace(tzinfo=None, fold=0)
            tzid = tzid or value.params.get("TZID")
            if tzid and zone is None:
                self.refuse(f"its {name} is in a zone nobody knows, {quoted(str(tzid))}")
            self._known(zone, name)
            return Moment(wall, zone, is_date=False)
        if not isinstance(given, date):
            self.refuse(f"its {name} is neither a date nor a time")
        return Moment(datetime.combine(given, datetime.min.time()), None, is_date=True)

    def _known(self, zone: tzinfo | None, name: str) -> None:
        key = getattr(zone, "key", None)
        if key is None:
            return
        try:
            to_zone(key)
        except UnknownZoneError:
            self.refuse(f"its {name} is in a zone nobody knows, {quoted(key)}")

    def times(self) -> tuple[Moment, Moment]:
        """Answer when it starts and ends; a bare date without an end ends with that date."""
        start, end, lasting = self.moment("DTSTART"), self.moment("DTEND"), self.single("DURATION")
        if start is None:
            self.refuse("it has no DTSTART")
        if end is not None and lasting is not None:
            self.refuse("it has both DTEND and DURATION")
        if end is None:
            length = getattr(lasting, "dt", _DAY if start.is_date else timedelta())
            end = Moment(_later(self, start.wall, length), start.zone, start.is_date)
        if end.is_date != start.is_date:
            self.refuse("one of its ends is a date, the other a time")
        if start.is_date and end.wall == start.wall:
            # Against the standard, but written by many: an event of one date that ends on that date.
            end = Moment(_later(self, end.wall, _DAY), None, is_date=True)
        return start, end


def _later(entry: Entry, wall: datetime, length: timedelta) -> datetime:
    try:
        return wall + length
    except OverflowError:
        entry.refuse("it ends after the last year there is")


def entries(text: str, source: str, kind: str) -> list[Entry]:
    """Answer the components of one kind, such as `VEVENT`, in the order of the text.

    Raises:
        UnusableInputError: The text is no iCalendar.
        ExtraMissingError: The extra `calendars` is not installed.
    """
    try:
        import icalendar
    except ModuleNotFoundError:
        raise ExtraMissingError(extra="calendars", feature="reading iCalendar") from None
    if not text.lstrip("\ufeff \r\n\t")[:15].upper() == "BEGIN:VCALENDAR":
        raise UnusableInputError(source=source, problem="it is not iCalendar: it does not begin with BEGIN:VCALENDAR")
    _check_nesting(text, source)
    # The library remembers zones that files define, by name: another file may mean another zone by the same name.
    icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            # It tells when it reads `/vendor/Europe/Berlin` as `Europe/Berlin`, which is what is meant.
            warnings.simplefilter("ignore")
            calendars = icalendar.Calendar.from_ical(text.lstrip("\ufeff \r\n\t"), multiple=True)
            found = [component for calendar in calendars for component in calendar.walk(kind)]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UnusableInputError(source=source, problem=f"it is not iCalendar: {_first_line(error)}") from error
    return [Entry(source, component) for component in found]


def _check_nesting(text: str, source: str) -> None:
    """Refuse a text that was cut off or put together wrongly; the library would leave out what it cannot place."""
    within: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        head, _, name = line.strip("\ufeff\r\n").upper().partition(":")
        if head == "BEGIN":
            within.append(name.strip())
        elif head == "END" and (not within or within.pop() != name.strip()):
            raise UnusableInputError(source=source, problem=f"line {number} ends what did not begin")
    if within:
        raise UnusableInputError(source=source, problem=f"it was cut off: the end of {quoted(within[-1])} is missing")


def _first_line(error: Exception) -> str:
    return quoted(" ".join(str(error).split())[:100] or "no reason given")


def read_text(path: str | os.PathLike[str]) -> str:
    """Answer the text of a calendar file, plain or gzip.

    Raises:
        UnusableInputError: No regular file, larger than 10 MB, not UTF-8, or not to be opened.
    """
    file = SourceFile(path)
    with file.bytes() as opened:
        data = opened.read(_SIZE_MOST + 1)
        if len(data) > _SIZE_MOST:
            raise UnusableInputError(source=file.path, problem=f"it is larger than {_SIZE_MOST} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableInputError(source=file.path, problem=f"line {line} is not UTF-8 text") from error
