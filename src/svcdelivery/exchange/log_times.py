"""Times in logs: a format compiled once, and wall time read in the log's zone by the library's one rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from attrs import frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.service_hours.local_time import DAY, FIRST_YEAR, LAST_YEAR, day_number, segments
from svcdelivery.timeline import Instant, from_micros, to_zone

__all__ = ["ISO", "LogTime", "TimeReader", "time_reader"]

ISO = "iso"
"""The name of the ISO 8601 form: a date, `T` or a blank, a time, and an offset or not."""

_SECOND = 1_000_000
_OFFSET_MOST = 14 * 60
_KNOWN_MOST = 200_000
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_PARTS = {
    "Y": r"(?P<year>\d{4})",
    "m": r"(?P<month>\d{1,2})",
    "b": r"(?P<named_month>[A-Za-z]{3})",
    "d": r"(?P<day>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})",
    "I": r"(?P<hour_of_half>\d{1,2})",
    "p": r"(?P<half>[AaPp][Mm])",
    "M": r"(?P<minute>\d{1,2})",
    "S": r"(?P<second>\d{1,2})",
    "f": r"(?P<fraction>\d{1,6})",
    "z": r"(?P<offset>[Zz]|[+-]\d{2}:?\d{2})",
    "%": "%",
}
_ISO_PATTERN = (
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})[Tt ](?P<hour>\d{2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,6}))?)?(?: ?(?P<offset>[Zz]|[+-]\d{2}:?\d{2}))?"
)
_HINT = "`iso`, or a form such as `%d/%m/%Y %H:%M` made of " + ", ".join(f"`%{letter}`" for letter in _PARTS)


@frozen(eq=False)
class LogTime:
    """A time as read.

    Attributes:
        micros: The same instant in microseconds since 1970.
        doubt: Why the wall time names no single instant; empty when it does.
    """

    instant: Instant
    micros: int
    doubt: str = ""


TimeReader = Callable[[str], LogTime]


def time_reader(form: str, zone: str | None) -> TimeReader:
    """Answer a function that reads times of a form; it keeps what it has read, since logs repeat themselves.

    A text that has an offset means that offset; any other is wall time in the zone: a time that a spring night leaves
    out means the instant after the gap, one that comes twice means the first.

    Args:
        form: `iso`, or directives as `strptime` knows them; numbers may lack leading zeros, months are English.
        zone: An IANA name; None where every time must have its offset.

    Raises:
        InvalidValueError: A form with other directives, or without a full date and hour.
        UnknownZoneError: No such zone.
    """
    pattern = re.compile(_pattern(form), re.ASCII)
    if zone is not None:
        to_zone(zone)
    known: dict[str, LogTime] = {}

    def read(text: str) -> LogTime:
        time = known.get(text)
        if time is None:
            if len(known) >= _KNOWN_MOST:
                known.clear()
            time = known[text] = _read(pattern, form, zone, text)
        return time

    return read


def _pattern(form: str) -> str:
    if form == ISO:
        return _ISO_PATTERN
    names = re.findall(r"%(.?)", form)
    problem = _problem(names)
    if problem:
        raise InvalidValueError(what="a form of times", value=form, problem=problem, hint=_HINT)
    return "".join(_PARTS[part[1]] if part[:1] == "%" else re.escape(part) for part in re.split(r"(%.)", form))


def _problem(names: list[str]) -> str:
    wrong = next((name for name in names if name not in _PARTS), None)
    if wrong is not None:
        return f"`%{wrong}` is not read"
    parts = set(names) - {"%"}
    if len(parts) != len(names) - names.count("%"):
        return "a part stands twice"
    hours = parts & {"H", "I", "p"}
    if not {"Y", "d"} < parts or len(parts & {"m", "b"}) != 1 or hours not in ({"H"}, {"I", "p"}):
        return "it needs year, month, day and hour, each once"
    return ""


def _read(pattern: re.Pattern[str], form: str, zone: str | None, text: str) -> LogTime:
    found = pattern.fullmatch(text) if len(text) <= 100 else None
    if found is None:
        raise InvalidValueError(what=f"a time of the form `{form}`", value=text)
    part = found.groupdict()
    offset = part.get("offset")
    if offset is None and zone is None:
        hint = "name the `zone` of the log in its profile"
        raise InvalidValueError(what="a time with an offset", value=text, hint=hint)
    try:
        wall = _wall(part)
        micros, doubt = (wall - _offset(offset), "") if offset else _in_zone(zone or "", part, wall)
    except ValueError as error:
        raise InvalidValueError(what="a time", value=text, problem=str(error)) from None
    return LogTime(from_micros(micros), micros, doubt)


def _wall(part: dict[str, str | None]) -> int:
    month = part.get("month") or _month(part.get("named_month") or "")
    midnight = _midnight(part["year"] or "", month, part["day"] or "")
    hour, minute, second = _hour(part), int(part.get("minute") or 0), int(part.get("second") or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no such time of day")
    fraction = part.get("fraction")
    return midnight + (hour * 3600 + minute * 60 + second) * _SECOND + (int(fraction.ljust(6, "0")) if fraction else 0)


@lru_cache(maxsize=4096)
def _midnight(year: str, month: str, day: str) -> int:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(f"the year is outside {FIRST_YEAR} to {LAST_YEAR}")
    return day_number(date(int(year), int(month), int(day))) * DAY


def _month(name: str) -> str:
    if name.lower() not in _MONTHS:
        raise ValueError(f"`{name}` is no month")
    return str(_MONTHS.index(name.lower()) + 1)


def _hour(part: dict[str, str | None]) -> int:
    half = part.get("half")
    if half is None:
        return int(part["hour"] or 0)
    hour = int(part["hour_of_half"] or 0)
    if not 1 <= hour <= 12:
        raise ValueError("no such hour of a half day")
    return hour % 12 + (12 if half.lower() == "pm" else 0)


def _offset(text: str) -> int:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59 or hours * 60 + minutes > _OFFSET_MOST:
        raise ValueError("the offset must lie within 14:00")
    minutes += hours * 60
    return (-minutes if text[0] == "-" else minutes) * 60 * _SECOND


def _in_zone(zone: str, part: dict[str, str | None], wall: int) -> tuple[int, str]:
    stretches = segments(zone, int(part["year"] or 0))
    for index, (wall_end, start, offset) in enumerate(stretches):
        if wall >= wall_end:
            continue
        if wall - offset < start:
            return start, "the clocks left this time out; the first instant after it is meant"
        after = stretches[index + 1] if index + 1 < len(stretches) else None
        twice = after is not None and after[1] + after[2] <= wall
        return wall - offset, "the clocks showed this time twice; the first is meant" if twice else ""
    raise AssertionError("the last stretch has no end")
