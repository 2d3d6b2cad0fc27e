"""Detectors: rules over what was measured that say when something is wrong, since when, and why.

Each is a pure function of a series and an instant: asked often or once, it tells the same.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise, zip_longest
from typing import Protocol

from attrs import evolve, field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import to_fraction
from svcdelivery.quality import BurnRule, Counts, burning
from svcdelivery.system.monitoring.samples import Sample, Series
from svcdelivery.system.threshold import Threshold
from svcdelivery.timeline import Instant, format_duration, to_instant, to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = [
    "AbsenceDetector",
    "Alert",
    "BurnRateDetector",
    "Detector",
    "RateDetector",
    "SeasonalDetector",
    "ThresholdDetector",
]


@frozen(kw_only=True)
class Alert:
    """Something that is wrong, or was.

    Attributes:
        detector: The name of the rule.
        began_at: When it began; with rule and probe it names the alert, however often it is found.
        ended_at: When it was good again; None while it lasts.
        detail: What was seen, for people.
    """

    detector: str
    probe: str
    began_at: Instant
    ended_at: Instant | None = None
    detail: str = ""

    @property
    def key(self) -> str:
        """Always the same for the same alert."""
        return f"{self.detector}/{self.probe}/{to_micros(self.began_at)}"


class Detector(Protocol):
    """A rule over the samples of one probe."""

    @property
    def name(self) -> str:
        """What its alerts are called by."""
        ...

    def alerts(self, probe: str, series: Series, now: datetime) -> tuple[Alert, ...]:
        """Answer every alert that began by the instant, oldest first; what was measured later is left aside."""
        ...


def _length(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise InvalidDurationError(value=format_duration(value), problem="it must be longer than nothing")
    return value


def _at(threshold: Threshold | Callable[[datetime], Threshold | None], at: Instant) -> Threshold | None:
    return threshold if isinstance(threshold, Threshold) else threshold(at)


@frozen(kw_only=True)
class ThresholdDetector:
    """Sounds where a value is past its threshold for long enough, and is silent again where it is clearly good.

    Attributes:
        threshold: One for all times, or a function such as `Thresholds.at` that answers the one then in force.
        samples_least: How many samples in a row must be bad.
    """

    name: str = "threshold"
    threshold: Threshold | Callable[[datetime], Threshold | None]
    samples_least: int = 1

    def alerts(self, probe: str, series: Series, now: datetime) -> tuple[Alert, ...]:
        """Answer the alerts; see `Detector`."""
        found: list[Alert] = []
        first: Sample | None = None
        bad = 0
        is_open = False
        for sample in series.upto(now):
            threshold = _at(self.threshold, sample.at)
            if threshold is None:
                continue
            if is_open and threshold.is_clear(sample.value):
                found[-1] = evolve(found[-1], ended_at=sample.at)
                is_open = False
            if not threshold.is_bad(sample.value):
                first, bad = None, 0
                continue
            first, bad = first or sample, bad + 1
            if not is_open and bad >= self.samples_least:
                detail = f"{first.value} is {threshold.side.value} {threshold.value}"
                found.append(Alert(detector=self.name, probe=probe, began_at=first.at, detail=detail))
                is_open = True
        return tuple(found)


@frozen(kw_only=True)
class RateDetector:
    """Sounds where a value changes faster than so much an hour, by magnitude, and is silent once it no longer does."""

    name: str = "rate"
    per_hour: Fraction = field(converter=to_fraction)

    def alerts(self, probe: str, series: Series, now: datetime) -> tuple[Alert, ...]:
        """Answer the alerts; see `Detector`."""
        found: list[Alert] = []
        samples = series.upto(now)
        is_open = False
        for before, after in pairwise(samples):
            micros = to_micros(after.at) - to_micros(before.at)
            if not micros:
                continue
            rate = (after.value - before.value) * 3_600_000_000 / micros
            if abs(rate) > self.per_hour and not is_open:
                detail = f"it changes by {float(rate):g} an hour"
                found.append(Alert(detector=self.name, probe=probe, began_at=after.at, detail=detail))
                is_open = True
            elif abs(rate) <= self.per_hour and is_open:
                found[-1] = evolve(found[-1], ended_at=after.at)
                is_open = False
        return tuple(found)


@frozen(kw_only=True)
class AbsenceDetector:
    """Sounds where nothing was measured for longer than allowed, from the instant at which that was too long.

    Attributes:
        since: From when samples are expected, for a probe that has given none yet.
    """

    name: str = "absence"
    longest: timedelta = field(converter=_length)
    since: Instant | None = None

    def alerts(self, probe: str, series: Series, now: datetime) -> tuple[Alert, ...]:
        """Answer the alerts; see `Detector`."""
        at = to_instant(now)
        moments: list[Instant] = [sample.at for sample in series.upto(now)]
        if self.since is not None and self.since <= at:
            moments = [self.since, *(moment for moment in moments if moment > self.since)]
        found = []
        for last, following in zip_longest(moments, moments[1:]):
            silent = to_instant(datetime.__add__(last, self.longest))
            if silent < (following or at):
                detail = f"no data for longer than {format_duration(self.longest)}"
                alert = Alert(detector=self.name, probe=probe, began_at=silent, ended_at=following, detail=detail)
                found.append(alert)
        return tuple(found)


@frozen(kw_only=True)
class BurnRateDetector:
    """Sounds where an error budget burns too fast in a long and a short window at once.

    A sample says how an attempt went: bad where its value is not zero.

    Attributes:
        objective: The share of attempts that shall go well.
    """

    name: str = "burn rate"
    objective: Fraction = field(converter=to_fraction)
    rules: tuple[BurnRule, ...]

    def alerts(self, probe: str, series: Series, now: datetime) -> tuple[Alert, ...]:
        """Answer the alerts; see `Detector`. A rule is asked whenever an attempt was made."""
        found: list[Alert] = []
        for rule in self.rules:
            found += self._of_rule(rule, probe, series, now)
        return tuple(sorted(found, key=lambda alert: (alert.began_at, alert.detector)))

    def _of_rule(self, rule: BurnRule, probe: str, series: Series, now: datetime) -> list[Alert]:
        long, short = _Window(duration_micros(rule.window)), _Window(duration_micros(rule.short_window))
        found: list[Alert] = []
        is_open = False
        name = f"{self.name} {format_duration(rule.window)}"
        for sample in series.upto(now):
            counts = long.take(sample), short.take(sample)
            sounds = bool(burning((rule,), self.objective, (counts,)))
            if sounds and not is_open:
                detail = f"the budget burns at {float(rule.rate):g} times or more"
                found.append(Alert(detector=name, probe=probe, began_at=sample.at, detail=detail))
            elif is_open and not sounds:
                found[-1] = evolve(found[-1], ended_at=sample.at)
            is_open = sounds
        return found


class _Window:
    """Counts over the last so many microseconds, moved on sample by sample."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._kept: list[tuple[int, bool]] = []
        self._from = self._bad = 0

    def take(self, sample: Sample) -> Counts:
        at, bad = to_micros(sample.at), bool(sample.value)
        self._kept.append((at, bad))
        self._bad += bad
        while self._kept[self._from][0] <= at - self._length:
            self._bad -= self._kept[self._from][1]
            self._from += 1
        return Counts(len(self._kept) - self._from, self._bad)


@frozen(kw_only=True)
class SeasonalDetector:
    """Sounds where a value is far from what it was at the same place of earlier seasons (seasonal median).

    The baseline is the median of the values at the same place in the seasons before; far means more than `times` the
    median distance of those values from it, and more than `least`.

    Attributes:
        season: How long a season is, such as a week.
        step: How finely a season is cut, such as an hour.
        seasons_least: With fewer seasons before, nothing is said.
    """

    name: str = "seasonal"
    season: timedelta = field(converter=_length)
    step: timedelta = field(converter=_length)
    times: Fraction = field(default=Fraction(5), converter=to_fraction)
    least: Fraction = field(default=Fraction(0), converter=to_fraction)
    seasons_least: int = 3

    def __attrs_post_init__(self) -> None:
        if duration_micros(self.season) % duration_micros(self.step):
            value = format_duration(self.step)
            raise InvalidValueError(what="a part of the season", value=value, path="step", hint="it must go up evenly")

    def alerts(self, probe: str, series: Series, now: datetime) -> tuple[Alert, ...]:
        """Answer the alerts; see `Detector`. Values that are far off do not become part of the baseline."""
        before: dict[int, list[Fraction]] = {}
        found: list[Alert] = []
        is_open = False
        for sample in series.upto(now):
            place = to_micros(sample.at) % duration_micros(self.season) // duration_micros(self.step)
            known = before.setdefault(place, [])
            far = self._far(sample.value, known)
            if not far:
                known.append(sample.value)
            if far and not is_open:
                detail = f"{float(sample.value):g}, where {float(_median(known)):g} is usual"
                found.append(Alert(detector=self.name, probe=probe, began_at=sample.at, detail=detail))
            elif is_open and not far:
                found[-1] = evolve(found[-1], ended_at=sample.at)
            is_open = far
        return tuple(found)

    def _far(self, value: Fraction, known: Sequence[Fraction]) -> bool:
        if len(known) < self.seasons_least:
            return False
        middle = _median(known)
        usual = _median([abs(one - middle) for one in known])
        return abs(value - middle) > max(self.times * usual, self.least)


def _median(values: Iterable[Fraction]) -> Fraction:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
