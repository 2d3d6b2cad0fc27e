"""Figures: a number that never travels without what it was taken from, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.quality import MeasureDefinition
from svcdelivery.timeline import format_duration

__all__ = [
    "NO_DATA",
    "ROUNDING",
    "Excluded",
    "Figure",
    "FigureUnit",
    "count",
    "floored",
    "mean",
    "nearest_rank",
    "rank_of",
    "share",
    "shown_hours",
    "shown_number",
    "shown_share",
]

NO_DATA = "no data"
"""What is shown where nothing was counted: neither 0 nor 100 %."""

ROUNDING = "shares and means are rounded down, never up; durations are cut to seconds"

Excluded = tuple[tuple[str, int], ...]
"""What was left out: a reason in words, and how often."""


class FigureUnit(Enum):
    """What a figure counts in; counted time is shown in hours, since a day of service hours is no day."""

    SHARE = "share"
    MEAN = "mean"
    COUNT = "count"
    DURATION = "duration"
    COUNTED_TIME = "counted time"


def _counts(_figure: Figure, attribute: Any, value: Excluded) -> None:
    for reason, number in value:
        if number < 1:
            path = f"{attribute.name}.{reason}"
            raise InvalidValueError(what="how often something was left out", value=number, path=path)


@frozen(kw_only=True)
class Figure:
    """One number of a report.

    Attributes:
        numerator: What the value was taken from: the part of a share, the sum of a mean, the rank of a percentile.
        denominator: Out of how many; with none of them there is no value.
        value: Exact; None where there are no data.
        convention: What was counted and how, in one sentence.
        measure: The name of its operational definition; empty for a figure that is no measure of a report.
        excluded: What was left out of the denominator, by reason; no reason stands here with a zero.
    """

    name: str
    numerator: int
    denominator: int
    value: Fraction | timedelta | int | None
    unit: FigureUnit
    convention: str
    excluded: Excluded = field(default=(), validator=_counts)
    measure: str = ""

    def __attrs_post_init__(self) -> None:
        if self.numerator < 0 or self.denominator < 0:
            raise InvalidValueError(what="a count", value=min(self.numerator, self.denominator), path=self.name)
        if self.unit is FigureUnit.SHARE and self.numerator > self.denominator:
            raise InvalidValueError(what="a part of the whole", value=self.numerator, path=self.name)
        if self.denominator == 0 and self.value is not None and self.unit is not FigureUnit.COUNT:
            raise InvalidValueError(what="a figure without data", value=self.value, path=self.name)

    @property
    def shown(self) -> str:
        """The value as text, `no data` where there is none."""
        if self.value is None:
            return NO_DATA
        if isinstance(self.value, timedelta):
            return shown_hours(self.value, days=self.unit is FigureUnit.DURATION)
        if isinstance(self.value, int):
            return f"{self.value:,}"
        return shown_share(self.value) if self.unit is FigureUnit.SHARE else f"{floored(self.value, 2):f}"

    @property
    def counted(self) -> str:
        """What the value was taken from, as text: `3 of 4`, `sum 14, n 3` or `rank 9 of 10`."""
        if self.unit is FigureUnit.MEAN:
            return f"sum {self.numerator:,}, n {self.denominator:,}"
        ranked = "rank " if self.unit in (FigureUnit.DURATION, FigureUnit.COUNTED_TIME) else ""
        return f"{ranked}{self.numerator:,} of {self.denominator:,}"

    @property
    def excluded_count(self) -> int:
        """How many were left out, for whatever reason."""
        return sum(number for _, number in self.excluded)

    def to_data(self) -> dict[str, Any]:
        """Answer the figure for JSON: shares and means as decimal text of six places, durations as ISO 8601."""
        value: Any = self.value
        if isinstance(value, Fraction):
            value = f"{floored(value, 6):f}"
        elif isinstance(value, timedelta):
            value = format_duration(value)
        return {
            "name": self.name,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": value,
            "shown": self.shown,
            "unit": self.unit.value,
            "measure": self.measure,
            "convention": self.convention,
            "excluded": dict(self.excluded),
        }


def share(
    name: str, part: int, whole: int, *, of: MeasureDefinition, excluded: Iterable[tuple[str, int]] = ()
) -> Figure:
    """Answer a part of a whole; reasons that left out nothing are dropped."""
    return Figure(
        name=name,
        numerator=part,
        denominator=whole,
        value=Fraction(part, whole) if whole else None,
        unit=FigureUnit.SHARE,
        convention=of.convention,
        excluded=_met_with(excluded),
        measure=of.name,
    )


def mean(
    name: str, total: int, number: int, *, of: MeasureDefinition, excluded: Iterable[tuple[str, int]] = ()
) -> Figure:
    """Answer a total divided by how many gave it."""
    return Figure(
        name=name,
        numerator=total,
        denominator=number,
        value=Fraction(total, number) if number else None,
        unit=FigureUnit.MEAN,
        convention=of.convention,
        excluded=_met_with(excluded),
        measure=of.name,
    )


def count(name: str, number: int, whole: int, *, of: MeasureDefinition) -> Figure:
    """Answer how many of a whole; it has a value even where the whole is empty, since none is a count."""
    return Figure(
        name=name,
        numerator=number,
        denominator=whole,
        value=number,
        unit=FigureUnit.COUNT,
        convention=of.convention,
        measure=of.name,
    )


def rank_of(percent: int | Fraction | Decimal, number: int) -> int:
    """Answer the nearest rank of a percentile among `number` values: the smallest rank with that share at or below it.

    Raises:
        InvalidValueError: A percentile that is not over 0 and under 100, or no values.
    """
    if not _is_percentile(percent):
        raise InvalidValueError(what="a percentile", value=percent, path="percent", hint="over 0 and under 100, exact")
    if number < 1:
        raise InvalidValueError(what="a number of values", value=number, path="number", hint="at least 1")
    return -(-Fraction(percent) * number // 100)


def nearest_rank(
    name: str,
    ordered: Sequence[int],
    percent: int | Fraction | Decimal,
    *,
    of: MeasureDefinition,
    excluded: Iterable[tuple[str, int]] = (),
    unit: FigureUnit = FigureUnit.DURATION,
) -> Figure:
    """Answer a percentile of durations by nearest rank: one of the values themselves, nothing in between.

    Args:
        ordered: Microseconds, ascending.
    """
    rank = rank_of(percent, max(1, len(ordered)))
    return Figure(
        name=name,
        numerator=rank if ordered else 0,
        denominator=len(ordered),
        value=timedelta(microseconds=ordered[rank - 1]) if ordered else None,
        unit=unit,
        convention=of.convention,
        excluded=_met_with(excluded),
        measure=of.name,
    )


def _is_percentile(value: object) -> bool:
    # A float is no exact number, and a bool none at all.
    if isinstance(value, Decimal):
        return value.is_finite() and 0 < value < 100
    return isinstance(value, int | Fraction) and not isinstance(value, bool) and 0 < value < 100


def shown_share(value: Fraction) -> str:
    """Answer a share as per cent with one decimal place, rounded down: 100 % means all of them."""
    percent = floored(value * 100, 1)
    return f"{percent:f} %" if value != 1 else "100 %"


def shown_number(value: Fraction) -> str:
    """Answer a number with two decimal places, one under 1 with four, rounded down; a whole one without."""
    return f"{value.numerator:,}" if value.denominator == 1 else f"{floored(value, 2 if abs(value) > 1 else 4):,f}"


def shown_hours(duration: timedelta, *, days: bool = False) -> str:
    """Answer a duration in hours, minutes and seconds, such as `43 h 30 min`; or in days too, `1 d 19 h 30 min`.

    Parts that are nothing are left out; of days, seconds are cut.
    """
    seconds = duration.days * 86_400 + duration.seconds
    parts = (
        (seconds // 86_400 if days else 0, "d"),
        (seconds // 3600 % 24 if days else seconds // 3600, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    )
    finest = 3 if parts[0][0] else 4
    return " ".join(f"{number:,} {unit}" for number, unit in parts[:finest] if number) or "0 s"


def floored(value: Fraction, places: int) -> Decimal:
    """Answer a number with so many decimal places, rounded down."""
    scaled = value.numerator * 10**places // value.denominator
    # Put together from its digits: arithmetic would round to whatever context for decimals the caller has set.
    sign, digits, _ = Decimal(scaled).as_tuple()
    return Decimal((sign, digits, -places))


def _met_with(excluded: Iterable[tuple[str, int]]) -> Excluded:
    return tuple((reason, number) for reason, number in excluded if number)
