"""Measurements: a value with what it was made of, what was left out, and the convention that makes it comparable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from math import sqrt

from attrs import evolve, frozen

from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.timeline import format_duration

__all__ = ["Amount", "Amounts", "Measurement", "Range", "checked_percent", "mean_time", "share_of", "wilson"]

Amount = int | Fraction | timedelta
Amounts = tuple[tuple[str, Amount], ...]

_Z95 = 1.959963984540054


@frozen(kw_only=True)
class Range:
    """Between which values the true one probably lies.

    Attributes:
        method: How it was reckoned, and with which confidence.
    """

    low: float
    high: float
    method: str


@frozen(kw_only=True)
class Measurement:
    """One quality of service over a window.

    Attributes:
        value: Exact; None where there is nothing to divide by, which is neither good nor bad.
        inputs: What the value was made of.
        excluded: What was left out, by reason.
        convention: How it was reckoned, in one sentence; figures of other conventions do not compare.
        at_least: A bound where there is no value, such as for the time between failures of what never failed.
    """

    name: str
    value: Amount | None
    unit: str
    inputs: Amounts
    convention: str
    excluded: Amounts = ()
    range: Range | None = None
    at_least: Amount | None = None

    def input(self, name: str) -> Amount:
        """Answer one of the inputs by name."""
        return dict(self.inputs)[name]

    def to_data(self) -> dict[str, object]:
        """Answer the measurement for JSON: numbers as text, durations as ISO 8601."""
        data: dict[str, object] = {
            "name": self.name,
            "value": _text(self.value),
            "unit": self.unit,
            "inputs": {name: _text(amount) for name, amount in self.inputs},
            "excluded": {name: _text(amount) for name, amount in self.excluded},
            "convention": self.convention,
        }
        if self.range is not None:
            data["range"] = {"low": self.range.low, "high": self.range.high, "method": self.range.method}
        if self.at_least is not None:
            data["at_least"] = _text(self.at_least)
        return data


def _text(amount: Amount | None) -> str | None:
    if amount is None:
        return None
    return format_duration(amount) if isinstance(amount, timedelta) else str(amount)


def share_of(
    name: str,
    part: tuple[str, int],
    whole: tuple[str, int],
    *,
    convention: str,
    excluded: Iterable[tuple[str, int]] = (),
    ranged: bool = False,
) -> Measurement:
    """Answer a part of a whole, both counts under their names.

    Args:
        ranged: Whether to add the Wilson interval, for a whole that is a sample.

    Raises:
        InvalidValueError: A count below zero, or a part greater than the whole.
    """
    if not 0 <= part[1] <= whole[1]:
        raise InvalidValueError(what="a part of the whole", value=part[1], path=part[0], hint=f"0 to {whole[1]}")
    measured = Measurement(
        name=name,
        value=Fraction(part[1], whole[1]) if whole[1] else None,
        unit="share",
        inputs=(part, whole),
        excluded=_met(excluded),
        convention=convention,
    )
    return evolve(measured, range=wilson(part[1], whole[1])) if ranged and whole[1] else measured


def mean_time(
    name: str,
    total: timedelta,
    number: tuple[str, int],
    *,
    convention: str,
    of: str,
    excluded: Iterable[tuple[str, int]] = (),
) -> Measurement:
    """Answer a time divided by how often something happened, cut to whole microseconds."""
    return Measurement(
        name=name,
        value=total // number[1] if number[1] else None,
        unit="duration",
        inputs=((of, total), number),
        excluded=_met(excluded),
        convention=convention,
    )


def _met(excluded: Iterable[tuple[str, int]]) -> Amounts:
    return tuple((reason, number) for reason, number in excluded if number)


def checked_percent(percent: int) -> int:
    """Answer a percentile as it is.

    Raises:
        WrongTypeError: Not a whole number.
        InvalidValueError: Not over 0 and at most 100.
    """
    if type(percent) is not int:
        raise WrongTypeError(expected="a whole number", value=percent, path="percent")
    if not 0 < percent <= 100:
        raise InvalidValueError(what="a percentile", value=percent, path="percent", hint="over 0 and at most 100")
    return percent


def wilson(successes: int, trials: int) -> Range:
    """Answer the Wilson score interval of a share, with 95 % confidence; the trials are one at least."""
    share, z2 = successes / trials, _Z95 * _Z95
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z95 * sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    return Range(low=max(0.0, middle - half), high=min(1.0, middle + half), method="Wilson score, 95 %")
