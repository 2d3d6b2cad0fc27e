"""Strict text forms: RFC 3339 and RFC 9557 instants, ISO 8601 durations of exact length."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from svcdelivery.errors import InvalidDurationError, InvalidInstantError, NaiveTimeError, WrongTypeError
from svcdelivery.timeline.instant import Instant, duration_micros, in_zone, to_instant, to_micros, to_zone

__all__ = [
    "format_duration",
    "format_instant",
    "format_micros",
    "parse_duration",
    "parse_instant",
    "parse_signed_duration",
]

_TEXT_MOST = 100
_DAY = 86_400_000_000
_FIRST_DAY = date(1970, 1, 1).toordinal()
_INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})?(?:\[([^\[\]]*)\])?",
    re.ASCII,
)
_NAIVE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)
_DURATION = re.compile(
    r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?",
    re.ASCII,
)
_MINUTE = timedelta(minutes=1)
_MINUTES_MOST = 14 * 60
_HINT_INSTANT = "such as 2026-03-29T09:00:00+02:00 or 2026-03-29T07:00:00.000000Z"
_HINT_DURATION = "such as PT8H, P2DT4H30M or P1W; months and years have no fixed length"


def parse_instant(text: str) -> Instant:
    """Answer the instant of an RFC 3339 text, with or without an RFC 9557 zone in brackets.

    At most six digits of a second's fraction; offsets in whole minutes within 14:00; an offset that its zone does
    not have at that instant is refused.

    Raises:
        InvalidInstantError: The text has another form, a field out of range, or an offset against its zone.
        NaiveTimeError: Neither offset nor `Z`.
    """
    if not isinstance(text, str):
        raise WrongTypeError(expected="the text of an instant", value=text)
    found = _INSTANT.fullmatch(text) if len(text) <= _TEXT_MOST else None
    if found is None:
        if len(text) <= _TEXT_MOST and _NAIVE.fullmatch(text):
            raise NaiveTimeError(value=text, hint=_HINT_INSTANT)
        raise InvalidInstantError(value=text, hint=_HINT_INSTANT)
    *numbers, fraction, offset, zone = found.groups()
    if fraction and len(fraction) > 6:
        raise InvalidInstantError(value=text, problem="more than 6 fractional digits")
    if offset is None:
        raise NaiveTimeError(value=text, hint=_HINT_INSTANT)
    try:
        local = datetime(*map(int, numbers), microsecond=int((fraction or "0").ljust(6, "0")))  # type: ignore[arg-type,misc]
        instant = to_instant(local.replace(tzinfo=timezone(_offset(text, offset))))
    except ValueError as error:
        if isinstance(error, InvalidInstantError):
            raise
        raise InvalidInstantError(value=text, problem=str(error)) from error
    if zone is not None:
        _check_zone(text, local, instant, zone)
    return instant


def _offset(text: str, offset: str) -> timedelta:
    if offset in "Zz":
        return timedelta(0)
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    if int(offset[4:6]) > 59 or minutes > _MINUTES_MOST:
        raise InvalidInstantError(value=text, problem="the offset must be whole minutes within 14:00")
    return timedelta(minutes=-minutes if offset[0] == "-" else minutes)


def _check_zone(text: str, local: datetime, instant: Instant, zone: str) -> None:
    name = zone.removeprefix("!")
    there = in_zone(instant, to_zone(name)).replace(tzinfo=None)
    # `Z` and `-00:00` say that the offset there is not known.
    if there != local and not text.upper().split("[")[0].endswith(("Z", "-00:00")):
        raise InvalidInstantError(value=text, problem=f"`{name}` has another offset then")


def format_instant(instant: datetime, *, zone: str | None = None) -> str:
    """Answer the RFC 3339 text, always with six digits of a second; with `zone`, in RFC 9557 form of that zone.

    Offsets with seconds, as there were many a century ago, have no form there: such a time is told in UTC.
    """
    if zone is None:
        return format_micros(to_micros(instant))
    local = in_zone(to_instant(instant), to_zone(zone))
    ahead = local.utcoffset()
    if ahead is None or ahead % _MINUTE:
        return f"{format_micros(to_micros(instant))}[{zone}]"
    return f"{datetime.isoformat(local, timespec='microseconds')}[{zone}]"


@lru_cache(maxsize=16_384)
def format_micros(micros: int) -> str:
    """Answer the text of the instant so many microseconds after 1970-01-01T00:00:00Z, as `format_instant` does."""
    # Every fact, record and row of a report is written with several of these, and the same ones come again and again:
    # isoformat() would ask the zone for its offset, in Python, each time.
    day, rest = divmod(micros, _DAY)
    second, fraction = divmod(rest, 1_000_000)
    return f"{_day_text(day)}T{_time_text(second)}.{fraction:06d}Z"


@lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    return date.fromordinal(_FIRST_DAY + day).isoformat()


@lru_cache(maxsize=86_400)
def _time_text(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def parse_duration(text: str) -> timedelta:
    """Answer the exact duration of an ISO 8601 text; weeks are 168 hours, days 24, and weeks may stand beside days.

    Raises:
        InvalidDurationError: Another form, months or years, a sign, nothing after `P` or `T`, or too long to hold.
    """
    if not isinstance(text, str):
        raise WrongTypeError(expected="the text of a duration", value=text)
    found = _DURATION.fullmatch(text) if len(text) <= _TEXT_MOST else None
    if found is None or not any(found.groups()[:5]) or text.endswith("T"):
        raise InvalidDurationError(value=text, problem=_why_not(text), hint=_HINT_DURATION)
    weeks, days, hours, minutes, seconds, fraction = found.groups()
    try:
        return timedelta(
            weeks=int(weeks or 0),
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=int((fraction or "0").ljust(6, "0")),
        )
    except OverflowError as error:
        raise InvalidDurationError(value=text, problem="too long") from error


def parse_signed_duration(text: str) -> timedelta:
    """Answer the duration of a text that may lead with a minus sign, as `format_duration` writes a negative one.

    Raises:
        InvalidDurationError: As `parse_duration`, but for the sign.
    """
    if not isinstance(text, str):
        raise WrongTypeError(expected="the text of a duration", value=text)
    return -parse_duration(text[1:]) if text.startswith("-P") else parse_duration(text)


def _why_not(text: str) -> str:
    if text.startswith("-"):
        return "negative durations are not accepted"
    if re.fullmatch(r"P[^T]*\d[MY].*", text[:_TEXT_MOST]):
        return "months and years have no fixed length"
    return ""


def format_duration(duration: timedelta) -> str:
    """Answer the ISO 8601 text: days and time, never weeks; a negative duration has a leading minus sign."""
    micros = duration_micros(duration)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    days, rest = divmod(micros, 86_400_000_000)
    hours, rest = divmod(rest, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds, fraction = divmod(rest, 1_000_000)
    shown = f"{seconds}.{fraction:06d}".rstrip("0") + "S" if fraction else f"{seconds}S" if seconds else ""
    time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + shown
    text = (f"{days}D" if days else "") + (f"T{time}" if time else "")
    return f"{sign}P{text or 'T0S'}"
