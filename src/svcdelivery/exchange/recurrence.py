"""Recurring entries of a calendar file: their rule checked part by part, then expanded within stated years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import Any

from attrs import define, frozen

from svcdelivery.errors import InvalidValueError, LimitExceededError
from svcdelivery.exchange.calendar_file import Entry, Moment, instant_of
from svcdelivery.timeline import to_zone

__all__ = ["OCCURRENCES_MOST", "Allowance", "Rule", "rule_of", "starts"]

OCCURRENCES_MOST = 100_000
"""How many occurrences one file may hold, counted from the first of each recurrence."""

_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_QUICK = ("HOURLY", "MINUTELY", "SECONDLY")
_RANGES = {
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 59),
}
_OTHERS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_OF_DAY = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@define
class Allowance:
    """How many occurrences may still be made."""

    left: int = OCCURRENCES_MOST

    def take(self) -> None:
        """Use one up.

        Raises:
            LimitExceededError: None is left.
        """
        if self.left == 0:
            raise LimitExceededError(what="occurrences in one calendar", limit=OCCURRENCES_MOST)
        self.left -= 1


@frozen
class Rule:
    """A checked recurrence rule.

    Attributes:
        text: As the file has it.
        parts: Values by the name of the part.
    """

    text: str
    parts: Mapping[str, list[Any]]

    def one(self, name: str, default: Any = None) -> Any:
        """Answer the value of a part that has one."""
        return self.parts.get(name, [default])[0]


def rule_of(entry: Entry) -> Rule | None:
    """Answer the recurrence rule of an entry, or None.

    Raises:
        InvalidValueError: A part that cannot be meant; it is named.
    """
    value = entry.component.get("RRULE")
    if value is None:
        return None
    if isinstance(value, list):
        entry.refuse("it has more than one RRULE")
    rule = Rule(value.to_ical().decode("utf-8"), {name.upper(): list(given) for name, given in value.items()})
    problem = next(_problems(rule), None)
    if problem is not None:
        raise InvalidValueError(
            what="a recurrence rule", value=rule.text, problem=problem, path=f"{entry.source}, {entry.label}"
        )
    return rule


def _problems(rule: Rule) -> Iterator[str]:
    parts = rule.parts
    if str(rule.one("FREQ", "")).upper() not in _FREQUENCIES + _QUICK:
        yield "FREQ is missing or unknown"
    for name in sorted(set(parts) - _OTHERS - set(_RANGES)):
        yield f"{name} is not supported"
    for name in ("INTERVAL", "COUNT"):
        if name in parts and (len(parts[name]) != 1 or not _whole(parts[name][0]) or parts[name][0] < 1):
            yield f"{name} has to be 1 or more"
    if "COUNT" in parts and "UNTIL" in parts:
        yield "COUNT and UNTIL exclude each other"
    for name, (low, high) in _RANGES.items():
        for value in parts.get(name, ()):
            if not low <= int(value) <= high or (low < 0 and int(value) == 0):
                yield f"{name} has to lie within {low} and {high}" + (", without 0" if low < 0 else "")
    if rule.one("FREQ") in _QUICK and any(name.startswith("BY") for name in parts):
        yield f"{rule.one('FREQ')} with a BY part is not supported"
    if {"BYMONTH", "BYMONTHDAY"} <= set(parts) and not _exists(parts["BYMONTH"], parts["BYMONTHDAY"]):
        yield "BYMONTH and BYMONTHDAY leave no date"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _exists(months: list[Any], days: list[Any]) -> bool:
    return any(abs(int(day)) <= _LONGEST[int(month) - 1] for month in months for day in days)


def starts(entry: Entry, start: Moment, home: str, last: date, allowance: Allowance) -> Iterator[datetime]:
    """Answer when each occurrence of an entry starts, on the entry's own wall clock; exceptions are left out.

    The start of the entry is always its first occurrence. Occurrences that start after the date `last` are not made.

    Raises:
        InvalidValueError: A part of the rule that cannot be meant.
        LimitExceededError: There are more than 100,000 in the file, from the first on.
    """
    exceptions = list(entry.moments("EXDATE"))
    dates = {moment.wall.date() for moment in exceptions if moment.is_date or start.is_date}
    walls = {_here(moment, start, home) for moment in exceptions if not moment.is_date}
    added = sorted({_here(moment, start, home) for moment in entry.moments("RDATE")})
    seen: set[datetime] = set()
    for wall in chain(_by_rule(entry, start, home, last), added):
        allowance.take()
        if wall.date() <= last and wall not in seen and wall.date() not in dates and wall not in walls:
            seen.add(wall)
            yield wall


def _by_rule(entry: Entry, start: Moment, home: str, last: date) -> Iterator[datetime]:
    rule = rule_of(entry)
    if rule is None:
        return iter([start.wall])
    if start.is_date and (rule.one("FREQ") in _QUICK or _OF_DAY & set(rule.parts)):
        entry.refuse("its rule counts times of day, and it has none")
    return islice(_endless(entry, rule, start, home, last), rule.one("COUNT"))


def _endless(entry: Entry, rule: Rule, start: Moment, home: str, last: date) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    kept = ";".join(p for p in rule.text.split(";") if not p.upper().startswith(("COUNT=", "UNTIL=")))
    until = _until(rule, start, home)
    try:
        made = rrulestr(kept, dtstart=start.wall)
        yield start.wall
        for wall in made:
            if wall.date() > last or (until is not None and wall > until):
                return
            if wall != start.wall:
                yield wall
    except (ValueError, OverflowError) as error:
        raise InvalidValueError(
            what="a recurrence rule", value=rule.text, problem="no dates can be made of it", path=entry.label
        ) from error


def _until(rule: Rule, start: Moment, home: str) -> datetime | None:
    until = rule.one("UNTIL")
    if isinstance(until, datetime):
        if start.is_date:
            return datetime.combine(until, datetime.min.time())
        return _here(Moment(until.replace(tzinfo=None), until.tzinfo, is_date=False), start, home)
    return None if until is None else datetime.combine(until, datetime.max.time())


def _here(moment: Moment, start: Moment, home: str) -> datetime:
    """Answer the time as the entry's own wall clock reads it; one without a zone was written on that clock."""
    if moment.zone is None or moment.zone == start.zone or moment.is_date:
        return moment.wall
    at = _EPOCH + timedelta(microseconds=instant_of(moment.wall, moment.zone, home))
    return at.astimezone(start.zone or to_zone(home)).replace(tzinfo=None, fold=0)
