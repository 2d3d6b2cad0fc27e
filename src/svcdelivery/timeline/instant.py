"""Instants: aware pendulum DateTimes in UTC, exact to the microsecond, and the zones of the tzdata package."""

from __future__ import annotations

import re
from datetime import UTC as STDLIB_UTC
from datetime import date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from importlib import import_module, resources
from typing import Protocol

import pendulum
from pendulum import UTC, DateTime, Timezone

from svcdelivery.errors import InvalidInstantError, NaiveTimeError, UnknownZoneError, WrongTypeError

__all__ = [
    "MICROS_PER_SECOND",
    "Instant",
    "TimeSource",
    "duration_micros",
    "from_micros",
    "in_zone",
    "to_instant",
    "to_micros",
    "to_zone",
    "tzdata_version",
]

Instant = DateTime
"""An instant is a `pendulum.DateTime` in UTC; `to_instant` makes one of any aware time."""

MICROS_PER_SECOND = 1_000_000
_MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND
_EPOCH = DateTime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICRO = timedelta(microseconds=1)
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+){0,3}")

# pendulum's own operators build Intervals and cost fifty times as much; the bare C arithmetic keeps class and zone.
_minus = datetime.__sub__


class TimeSource(Protocol):
    """Where `now` comes from. The core never asks; the desk does, once per command."""

    def now(self) -> Instant:
        """Answer the present instant, in UTC."""
        ...


def to_instant(value: datetime) -> Instant:
    """Answer the instant an aware time means.

    Raises:
        NaiveTimeError: The time has no zone; none is ever assumed.
        InvalidInstantError: In UTC it lies outside the years 1 to 9999.
        WrongTypeError: The value is not a datetime.
    """
    if type(value) is DateTime and value.tzinfo is UTC:
        return value
    if not isinstance(value, datetime):
        raise WrongTypeError(expected="a datetime with a zone", value=value)
    if value.tzinfo is None or value.utcoffset() is None:
        raise NaiveTimeError(value=value.isoformat(), hint="give the offset or the zone")
    bare = datetime(
        value.year, value.month, value.day, value.hour, value.minute, value.second,
        value.microsecond, value.tzinfo, fold=value.fold,
    )  # fmt: skip
    try:
        plain = datetime.astimezone(bare, STDLIB_UTC)
    except OverflowError as error:
        raise InvalidInstantError(value=bare.isoformat(), problem="in UTC it lies outside years 1 to 9999") from error
    return DateTime(
        plain.year, plain.month, plain.day, plain.hour, plain.minute, plain.second, plain.microsecond, tzinfo=UTC
    )


def to_micros(instant: datetime) -> int:
    """Answer the microseconds since 1970-01-01T00:00:00Z of an aware time, exactly."""
    if type(instant) is not DateTime or instant.tzinfo is not UTC:
        instant = to_instant(instant)
    since = _minus(instant, _EPOCH)
    return (since.days * 86_400 + since.seconds) * MICROS_PER_SECOND + since.microseconds


def from_micros(micros: int) -> Instant:
    """Answer the instant so many microseconds after 1970-01-01T00:00:00Z.

    Raises:
        OverflowError: Outside the years 1 to 9999.
    """
    days, rest = divmod(micros, _MICROS_PER_DAY)
    seconds, micros = divmod(rest, MICROS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    year, month, day = _civil(days)
    # Built from its parts, which costs a fraction of adding a duration: every fact that is read has two of them.
    return DateTime(year, month, day, hour, minute, second, micros, UTC)


@lru_cache(maxsize=4096)
def _civil(days: int) -> tuple[int, int, int]:
    try:
        found = date.fromordinal(_EPOCH_DAY + days)
    except ValueError as error:
        raise OverflowError(*error.args) from None
    return found.year, found.month, found.day


def duration_micros(duration: timedelta) -> int:
    """Answer an exact duration in microseconds."""
    return (duration.days * 86_400 + duration.seconds) * MICROS_PER_SECOND + duration.microseconds


def in_zone(instant: datetime, zone: tzinfo) -> datetime:
    """Answer what a clock of the zone shows at the instant: a plain aware time, for rendering.

    Raises:
        InvalidInstantError: The zone shows it in no year from 1 to 9999.
    """
    utc = to_instant(instant)
    # A plain time: a zone adds its offset with the time's own `+`, and pendulum's hops over gaps.
    plain = datetime(
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=STDLIB_UTC
    )  # fmt: skip
    try:
        return plain.astimezone(zone)
    except OverflowError as error:
        raise InvalidInstantError(value=plain.isoformat(), problem=f"no time of `{zone}` shows it") from error


@cache
def to_zone(name: str) -> Timezone:
    """Answer the zone of that IANA name, as the installed `tzdata` package has it.

    The package is read even where the machine has zone data of its own, so that two machines with the same
    packages give the same answers; `tzdata_version` names the edition.

    Raises:
        UnknownZoneError: The data have no such name.
    """
    if not isinstance(name, str):
        raise WrongTypeError(expected="the name of a zone", value=name)
    if not _ZONE_NAME.fullmatch(name):
        raise UnknownZoneError(value=name)
    *folders, file = name.split("/")
    package = ".".join(["tzdata", "zoneinfo", *folders])
    try:
        with resources.files(package).joinpath(file).open("rb") as data:
            return Timezone.from_file(data, key=name)
    except (ImportError, OSError, ValueError) as error:
        raise UnknownZoneError(value=name) from error


def tzdata_version() -> str:
    """Answer the edition of the IANA zone data in use, such as `2026a`."""
    return str(import_module("tzdata").IANA_VERSION)


assert pendulum.UTC is UTC
