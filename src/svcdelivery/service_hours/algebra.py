"""Hours made of hours: `agents & customer`, `day | night`, `support - maintenance`, old hours and then new ones."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.service_hours.hours import OpenHours
from svcdelivery.service_hours.local_time import FIRST_YEAR, YEAR_STARTS, first_instant
from svcdelivery.service_hours.values import to_date
from svcdelivery.timeline.spans import Span, Spans, clip, intersect, subtract, union

__all__ = ["Combined", "Hours", "Succession"]


class Hours(OpenHours):
    """Hours that can be asked and joined: `a & b`, `a | b`, `a - b`, instant by instant, each side in its own zone."""

    def __and__(self, other: Hours) -> Combined:
        return _combined("and", self, other)

    def __or__(self, other: Hours) -> Combined:
        return _combined("or", self, other)

    def __sub__(self, other: Hours) -> Combined:
        return _combined("minus", self, other)

    def followed_by(self, later: Hours, since: date) -> Succession:
        """Answer these hours until a date begins, and the later ones from then on; the date is read in their zone."""
        return Succession(self, later, since)


def _hours(_instance: object, _attribute: object, value: Any) -> None:
    if not isinstance(value, Hours):
        raise WrongTypeError(expected="service hours", value=value)


def _combined(operation: Literal["and", "or", "minus"], left: Hours, right: object) -> Combined:
    return Combined(operation, left, right) if isinstance(right, Hours) else NotImplemented


def _operation(_instance: object, _attribute: object, value: Any) -> None:
    if value not in ("and", "or", "minus"):
        raise InvalidValueError(what="an operation on hours", value=value, hint="`and`, `or` or `minus`")


def _of_year(hours: Hours, year: int, low: int, high: int) -> Spans:
    """Answer what is open in a UTC year between two instants, as the hours' own timetable has it."""
    low, high = max(low, YEAR_STARTS[year - FIRST_YEAR]), min(high, YEAR_STARTS[year + 1 - FIRST_YEAR])
    return hours.timetable.spans(low, high)


# No slots, for the timetable's sake; see `ServiceHours`.
@frozen(slots=False)
class Combined(Hours):
    """Two hours joined instant by instant, each read in its own zone; dates are those of the left one.

    Nothing may be left open: then `add` and `next_open` raise `NeverOpenError`. The years known are those both know.

    Attributes:
        operation: `and` (both open), `or` (either open) or `minus` (the left one open and the right one not).
        left: The hours whose zone and dates count.
        right: The other hours.
    """

    operation: Literal["and", "or", "minus"] = field(validator=_operation)
    left: Hours = field(validator=_hours)
    right: Hours = field(validator=_hours)

    @property
    def zone(self) -> str:
        """The left zone."""
        return self.left.zone

    def compile_year(self, year: int) -> Spans:
        """Answer the open spans of a UTC year in epoch microseconds, cut at its bounds and at the limits."""
        low, high = self.limits()
        return self._joined(_of_year(self.left, year, low, high), _of_year(self.right, year, low, high))

    def limits(self) -> Span:
        """Answer the instants between which both hours are known."""
        (low, high), (other_low, other_high) = self.left.limits(), self.right.limits()
        low, high = max(low, other_low), min(high, other_high)
        return low, max(low, high)

    def refusal(self, micros: int) -> ServiceDeliveryError:
        """Answer the error of the operand that does not know the instant."""
        low, high = self.left.limits()
        return (self.right if low < micros < high else self.left).refusal(micros)

    def day_spans(self, day: date) -> Spans:
        """Answer what is left of the left hours' shifts of the date; under `or` joined by the right hours' shifts."""
        mine = self.left.day_spans(day)
        if self.operation == "or":
            return union(mine, self.right.day_spans(day))
        return self._joined(mine, self.right.spans(mine[0][0], mine[-1][1])) if mine else ()

    def _joined(self, left: Spans, right: Spans) -> Spans:
        if self.operation == "and":
            return intersect(left, right)
        return union(left, right) if self.operation == "or" else subtract(left, right)


@frozen(slots=False)
class Succession(Hours):
    """Hours that change on a date: the earlier ones before its first instant, the later ones from then on.

    Attributes:
        earlier: The hours until then.
        later: The hours from then on; the date begins in their zone.
        since: The first date of the later hours.
    """

    earlier: Hours = field(validator=_hours)
    later: Hours = field(validator=_hours)
    since: date = field(converter=to_date)

    @property
    def zone(self) -> str:
        """The zone of the later hours."""
        return self.later.zone

    @property
    def _change(self) -> int:
        return first_instant(self.later.zone, self.since)

    def compile_year(self, year: int) -> Spans:
        """Answer the open spans of a UTC year in epoch microseconds, cut at its bounds and at the limits."""
        low, high = self.limits()
        return union(
            _of_year(self.earlier, year, low, min(high, self._change)),
            _of_year(self.later, year, max(low, self._change), high),
        )

    def limits(self) -> Span:
        """Answer the instants between which the hours in force are known."""
        low, known_until = self.earlier.limits()
        known_from, high = self.later.limits()
        if known_until < self._change:
            return low, known_until
        return (known_from, high) if known_from > self._change else (low, high)

    def refusal(self, micros: int) -> ServiceDeliveryError:
        """Answer the error of the hours in force."""
        return (self.earlier if micros < self._change else self.later).refusal(micros)

    def day_spans(self, day: date) -> Spans:
        """Answer what is left of the shifts that open on the date, by the hours in force on it."""
        if day >= self.since:
            return clip(self.later.day_spans(day), self._change, YEAR_STARTS[-1])
        return clip(self.earlier.day_spans(day), YEAR_STARTS[0], self._change)
