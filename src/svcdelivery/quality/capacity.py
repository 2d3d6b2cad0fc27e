"""Capacity: what is used of what there is, what will be, and when it runs out.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import sqrt

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import to_fraction
from svcdelivery.quality.measurement import Measurement, Range
from svcdelivery.quality.responsiveness import Answer
from svcdelivery.timeline import Instant, Interval, to_instant, to_micros

__all__ = [
    "Demand",
    "NearBreach",
    "forecast_linear",
    "forecast_seasonal",
    "load",
    "near_breaches",
    "peak_in_hand",
    "time_left",
    "utilization",
]

_Z95 = 1.959963984540054
_HOUR = 3_600_000_000
_HOURS_MOST = timedelta.max // timedelta(hours=1)


@frozen
class Demand:
    """How much of a capacity was asked for at an instant, in its own unit."""

    at: Instant = field(converter=to_instant)
    amount: Fraction = field(converter=to_fraction)

    def __attrs_post_init__(self) -> None:
        if self.amount < 0:
            raise InvalidValueError(what="a demand", value=self.amount, path="amount", hint="0 or more")


def _positive(capacity: Fraction | int) -> Fraction:
    if capacity <= 0:
        raise InvalidValueError(what="a capacity", value=capacity, path="capacity", hint="over 0")
    return Fraction(capacity)


def utilization(demand: Sequence[Demand], capacity: Fraction | int) -> Measurement:
    """Answer the peak demand as a share of the capacity; over 1 where more was asked for than there is."""
    whole = _positive(capacity)
    peak = max((one.amount for one in demand), default=None)
    return Measurement(
        name="peak utilization",
        value=None if peak is None else peak / whole,
        unit="share",
        inputs=(("peak", peak or 0), ("capacity", whole), ("samples", len(demand))),
        convention="the greatest sample, of the capacity; headroom is what is missing to 1",
    )


def load(answers: Iterable[Answer], window: Interval) -> Measurement:
    """Answer how much came in for each delivery, None where there was none; over 1 the backlog grew."""
    known = tuple(answers)
    came = sum(answer.asked_at in window for answer in known)
    went = sum(answer.answered_at is not None and answer.answered_at in window for answer in known)
    return Measurement(
        name="load",
        value=Fraction(came, went) if went else None,
        unit="received per delivery",
        inputs=(("received", came), ("delivered", went)),
        convention="received in the window by delivered in the window, whenever these came in; over 1 the backlog grew",
    )


def peak_in_hand(answers: Iterable[Answer], window: Interval) -> Measurement:
    """Answer the most that were in hand at one instant of the window: received, and not delivered yet."""
    start, end = to_micros(window.start), to_micros(window.end)
    changes: list[tuple[int, int]] = []
    for answer in answers:
        came = max(start, to_micros(answer.asked_at))
        went = end if answer.answered_at is None else min(end, to_micros(answer.answered_at))
        if came < went:
            changes += ((came, 1), (went, -1))
    peak = in_hand = 0
    # What is delivered at the instant at which another comes in is out of hand before.
    for _, change in sorted(changes):
        in_hand += change
        peak = max(peak, in_hand)
    return Measurement(
        name="peak in hand",
        value=peak,
        unit="items",
        inputs=(("in hand at some instant", len(changes) // 2),),
        convention="the most received and not delivered yet at one instant of the window",
    )


@frozen
class _Line:
    """A straight line through samples, by least squares, time in hours since the first."""

    origin: int
    intercept: float
    slope: float
    error: float
    middle: float
    spread: float
    samples: int

    def at(self, hours: float) -> float:
        return self.intercept + self.slope * hours

    def half(self, hours: float) -> float:
        """Half the width of the range of one further sample."""
        return _Z95 * self.error * sqrt(1 + 1 / self.samples + (hours - self.middle) ** 2 / self.spread)


def _line(demand: Sequence[Demand]) -> _Line | None:
    if len({one.at for one in demand}) < 3:
        return None
    origin = to_micros(min(one.at for one in demand))
    micros = [to_micros(one.at) - origin for one in demand]
    n, along, all_of_it = len(demand), sum(micros), sum((one.amount for one in demand), Fraction(0))
    # Exact up to here, so that what stays the same has no trend, not even one that rounding left.
    both = sum((at * one.amount for at, one in zip(micros, demand, strict=True)), Fraction(0))
    trend = (n * both - along * all_of_it) / (n * sum(at * at for at in micros) - along * along)
    slope, intercept = float(trend * _HOUR), float((all_of_it - trend * along) / n)
    times, middle = [at / _HOUR for at in micros], along / n / _HOUR
    spread = sum((t - middle) ** 2 for t in times)
    left = sum((float(one.amount) - intercept - slope * t) ** 2 for t, one in zip(times, demand, strict=True))
    return _Line(origin, intercept, slope, sqrt(left / max(1, n - 2)), middle, spread, n)


_LINEAR = "straight line by least squares; range of one further sample, errors taken as normal"


def forecast_linear(demand: Sequence[Demand], at: datetime) -> Measurement:
    """Answer the demand to expect at an instant, with its range; None below three instants."""
    line = _line(demand)
    inputs = (("samples", len(demand)),)
    if line is None:
        return Measurement(name="forecast", value=None, unit="demand", inputs=inputs, convention=_LINEAR)
    hours = (to_micros(to_instant(at)) - line.origin) / _HOUR
    value, half = line.at(hours), line.half(hours)
    return Measurement(
        name="forecast",
        value=Fraction(value).limit_denominator(10**9),
        unit="demand",
        inputs=inputs,
        convention=_LINEAR,
        range=Range(low=value - half, high=value + half, method="95 %"),
    )


def forecast_seasonal(demand: Sequence[Demand], season: int, ahead: int) -> Measurement:
    """Answer the demand to expect `ahead` samples on: that of the same place in the season before (seasonal naive).

    Args:
        demand: Samples at even distances, oldest first.
        season: How many samples a season has.
        ahead: 1 for the sample after the last.

    Raises:
        InvalidValueError: A season or a distance below 1.
    """
    for name, number in (("season", season), ("ahead", ahead)):
        if number < 1:
            raise InvalidValueError(what="a number of samples", value=number, path=name, hint="1 or more")
    convention = "the sample at the same place of the last season; range by the differences between seasons"
    inputs = (("samples", len(demand)), ("season", season))
    if len(demand) < season:
        return Measurement(name="forecast", value=None, unit="demand", inputs=inputs, convention=convention)
    value = demand[len(demand) - season + (ahead - 1) % season].amount
    changes = [float(b.amount - a.amount) for a, b in zip(demand, demand[season:], strict=False)]
    found = None
    if changes:
        error = sqrt(sum(change * change for change in changes) / len(changes))
        half = _Z95 * error * sqrt((ahead - 1) // season + 1)
        found = Range(low=float(value) - half, high=float(value) + half, method="95 %")
    return Measurement(name="forecast", value=value, unit="demand", inputs=inputs, convention=convention, range=found)


def time_left(demand: Sequence[Demand], capacity: Fraction | int, now: datetime) -> Measurement:
    """Answer the wall time until the trend reaches the capacity: nothing once it has.

    None while it does not grow, or so slowly that no duration holds the time.
    """
    whole, at = _positive(capacity), to_micros(to_instant(now))
    line = _line(demand)
    value: timedelta | None = None
    if line is not None:
        present = line.at((at - line.origin) / _HOUR)
        if present >= whole:
            value = timedelta(0)
        elif line.slope > 0:
            hours = (float(whole) - present) / line.slope
            value = timedelta(hours=hours) if hours < _HOURS_MOST else None
    return Measurement(
        name="time to exhaustion",
        value=value,
        unit="duration",
        inputs=(("samples", len(demand)), ("capacity", whole)),
        convention=_LINEAR,
    )


@frozen(kw_only=True)
class NearBreach:
    """A measurement that misses its target, or comes near it.

    Attributes:
        margin: What is left to the target, negative where it is missed.
        is_breach: Whether it is missed.
    """

    measurement: Measurement
    target: Fraction
    margin: Fraction
    is_breach: bool


def near_breaches(
    measured: Sequence[tuple[Measurement, Fraction]], *, near: Fraction, higher_is_better: bool = True
) -> tuple[NearBreach, ...]:
    """Answer the measurements that miss their targets or are within `near` of them, the worst first.

    Those without a value are left out; they miss nothing.
    """
    found = []
    for measurement, target in measured:
        if measurement.value is None or isinstance(measurement.value, timedelta):
            continue
        difference = Fraction(measurement.value) - target
        margin = difference if higher_is_better else -difference
        if margin < near:
            found.append(NearBreach(measurement=measurement, target=target, margin=margin, is_breach=margin < 0))
    return tuple(sorted(found, key=lambda one: one.margin))
