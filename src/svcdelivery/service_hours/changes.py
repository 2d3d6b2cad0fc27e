"""Changes of service hours from a date on: what a change gives holds from then, what it does not stays as it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Any

from attrs import field, fields, frozen
from attrs.converters import optional

from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.service_hours.values import (
    ClosedRange,
    DayShifts,
    YearlyClosure,
    to_date,
    to_dates,
    to_day_shifts,
    to_ranges,
    to_yearly,
)
from svcdelivery.service_hours.week import Week, to_week
from svcdelivery.service_hours.years import to_years

__all__ = ["HoursChange", "to_changes"]


def _flag(given: object) -> bool:
    if not isinstance(given, bool):
        raise WrongTypeError(expected="true or false", value=given)
    return given


@frozen
class HoursChange:
    """What is different from a date on; None for what stays as it was.

    A list of closures takes the place of the earlier one for the dates from `since` on, and of those alone. The zone
    stays: the dates of one calendar are dates of one zone.

    Attributes:
        since: The first date; a shift that opened on an earlier one still ends as it was to end.

    Raises:
        InvalidValueError: Nothing is different.
    """

    since: date = field(converter=to_date)
    week: Week | None = field(default=None, converter=optional(to_week))
    closed: tuple[date, ...] | None = field(default=None, converter=optional(to_dates), kw_only=True)
    closed_parts: tuple[DayShifts, ...] | None = field(default=None, converter=optional(to_day_shifts), kw_only=True)
    closed_ranges: tuple[ClosedRange, ...] | None = field(default=None, converter=optional(to_ranges), kw_only=True)
    closed_yearly: tuple[YearlyClosure, ...] | None = field(default=None, converter=optional(to_yearly), kw_only=True)
    extra: tuple[DayShifts, ...] | None = field(default=None, converter=optional(to_day_shifts), kw_only=True)
    replaced: tuple[DayShifts, ...] | None = field(default=None, converter=optional(to_day_shifts), kw_only=True)
    covered_years: tuple[int, int] | None = field(default=None, converter=optional(to_years), kw_only=True)
    whole_shifts: bool | None = field(default=None, converter=optional(_flag), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.given:
            hint = "give shifts, closures or what else is different"
            raise InvalidValueError(what="a change of service hours", value=self.since, problem="no change", hint=hint)

    @property
    def given(self) -> dict[str, Any]:
        """What is different, by the names of the fields of service hours."""
        parts = {part.name: getattr(self, part.name) for part in fields(HoursChange) if part.name != "since"}
        return {name: value for name, value in parts.items() if value is not None}


def to_changes(given: Iterable[HoursChange]) -> tuple[HoursChange, ...]:
    """Answer the changes as they are given; each must begin after the one before it."""
    changes = tuple(given)
    for change in changes:
        if not isinstance(change, HoursChange):
            raise WrongTypeError(expected="a change of service hours", value=change)
    for before, after in pairwise(changes):
        if after.since <= before.since:
            raise InvalidValueError(
                what="a later change", value=after.since, problem=f"it must begin after {before.since}"
            )
    return changes
