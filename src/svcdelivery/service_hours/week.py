"""The week as people write it: `mon-fri`, `sat,sun`, `fri-mon`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.service_hours.values import Shift, to_shifts

__all__ = ["DAYS", "Week", "days_named", "to_week"]

Week = tuple[tuple[Shift, ...], ...]
"""Seven tuples of shifts, Monday first."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER = {name: number for names in (DAYS, _FULL) for number, name in enumerate(names)}
_HINT = "days are mon, tue, wed, thu, fri, sat, sun; ranges such as mon-fri; lists such as sat,sun"


def days_named(key: str) -> Iterator[int]:
    """Answer the weekdays a key means, 0 for Monday; a range may run over the end of the week."""
    if not isinstance(key, str):
        raise WrongTypeError(expected="the name of a weekday", value=key)
    for part in key.lower().split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if first not in _NUMBER or (dash and last not in _NUMBER):
            raise InvalidValueError(what="a weekday, a range or a list of them", value=key, hint=_HINT)
        start = _NUMBER[first]
        for step in range((_NUMBER[last] - start) % 7 + 1 if dash else 1):
            yield (start + step) % 7


def to_week(given: object) -> Week:
    """Answer seven days of shifts, from a mapping of day keys to shifts or from seven such tuples.

    Raises:
        InvalidValueError: An unknown day, a day given twice, or shifts of a day that overlap.
    """
    if not isinstance(given, Mapping):
        days = tuple(to_shifts(day) for day in given) if isinstance(given, tuple | list) else ()
        if len(days) != 7:
            raise WrongTypeError(expected="a mapping of weekdays to shifts", value=given)
        return days
    week: dict[int, tuple[Shift, ...]] = {}
    for key, shifts in given.items():
        try:
            made = to_shifts(shifts)
        except (InvalidValueError, WrongTypeError) as error:
            raise error.at(str(key)) from error.__cause__
        for day in days_named(key):
            if day in week:
                raise InvalidValueError(what="a week", value=key, problem=f"`{DAYS[day]}` is given twice")
            week[day] = made
    return tuple(week.get(day, ()) for day in range(7))
