"""Reliability, error budgets and how fast they burn.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

from attrs import Attribute, field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import to_fraction
from svcdelivery.quality.measurement import Measurement, share_of
from svcdelivery.timeline import format_duration
from svcdelivery.timeline.instant import duration_micros

__all__ = ["STANDARD_BURN_RULES", "BurnRule", "Counts", "burn_rate", "burning", "error_budget", "reliability"]


@frozen
class Counts:
    """How many events there were in a stretch of time, and how many of them were bad.

    Raises:
        InvalidValueError: More bad ones than there were, or fewer than none.
    """

    total: int
    bad: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.bad <= self.total:
            raise InvalidValueError(what="a part of the whole", value=self.bad, path="bad", hint=f"0 to {self.total}")

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.total + other.total, self.bad + other.bad)


def _objective(_rule: object, attribute: Attribute[Fraction], value: Fraction) -> None:
    if not 0 < value < 1:
        raise InvalidValueError(what="an objective", value=value, path=attribute.name, hint="over 0 and under 1")


def _checked(objective: Fraction) -> Fraction:
    if not 0 < objective < 1:
        raise InvalidValueError(what="an objective", value=objective, path="objective", hint="over 0 and under 1")
    return objective


def reliability(counts: Counts) -> Measurement:
    """Answer the share of attempts that went well, with its Wilson interval."""
    return share_of(
        "reliability",
        ("good", counts.total - counts.bad),
        ("attempts", counts.total),
        convention="attempts that went well, of all attempts",
        ranged=True,
    )


def error_budget(counts: Counts, objective: Fraction) -> Measurement:
    """Answer the part of the error budget that is left, negative when it is overdrawn; None without events.

    Raises:
        InvalidValueError: An objective that is not over 0 and under 1: 100 % leaves no budget.
    """
    allowed = (1 - _checked(objective)) * counts.total
    return Measurement(
        name="error budget left",
        value=1 - counts.bad / allowed if allowed else None,
        unit="share",
        inputs=(("events", counts.total), ("bad", counts.bad), ("allowed", allowed)),
        convention=f"bad events against those an objective of {objective} allows over the same events",
    )


def burn_rate(counts: Counts, objective: Fraction) -> Measurement:
    """Answer how many times as fast as allowed the budget burns; 1 uses it up exactly by the end of its period."""
    allowed = 1 - _checked(objective)
    return Measurement(
        name="burn rate",
        value=Fraction(counts.bad, counts.total) / allowed if counts.total else None,
        unit="times",
        inputs=(("events", counts.total), ("bad", counts.bad)),
        convention=f"share of bad events by the share an objective of {objective} allows",
    )


@frozen(kw_only=True)
class BurnRule:
    """An alarm that sounds when so much of a period's budget burns within a window, and is still burning.

    Attributes:
        budget: The share of the period's budget.
        window: In how long.
        period: What the objective holds over.
        short_share: The short window, as a share of the long one: it ends the alarm soon after the burning does.
        events_least: With fewer events in the long window nothing is said: one bad event of three says little.
    """

    budget: Fraction = field(converter=to_fraction, validator=_objective)
    window: timedelta
    period: timedelta = timedelta(days=30)
    short_share: Fraction = Fraction(1, 12)
    events_least: int = 0

    def __attrs_post_init__(self) -> None:
        if not timedelta(0) < self.window <= self.period:
            raise InvalidDurationError(
                value=format_duration(self.window), path="window", problem="it must lie within the period"
            )

    @property
    def rate(self) -> Fraction:
        """The burn rate at which it sounds: the budget times period by window."""
        return self.budget * Fraction(duration_micros(self.period), duration_micros(self.window))

    @property
    def short_window(self) -> timedelta:
        """The length of the short window."""
        return timedelta(microseconds=int(duration_micros(self.window) * self.short_share))


STANDARD_BURN_RULES: tuple[BurnRule, ...] = (
    BurnRule(budget=Fraction(2, 100), window=timedelta(hours=1)),
    BurnRule(budget=Fraction(5, 100), window=timedelta(hours=6)),
    BurnRule(budget=Fraction(10, 100), window=timedelta(days=3)),
)
"""2 % in an hour, 5 % in six, 10 % in three days, of a month: burn rates 14.4, 6 and 1."""


def burning(
    rules: Sequence[BurnRule], objective: Fraction, counts: Sequence[tuple[Counts, Counts]]
) -> tuple[BurnRule, ...]:
    """Answer the rules that sound.

    Args:
        counts: For each rule the counts of its long and of its short window, in the order of the rules.
    """
    allowed = 1 - _checked(objective)

    def over(found: Counts, rate: Fraction) -> bool:
        return found.total > 0 and Fraction(found.bad, found.total) >= rate * allowed

    return tuple(
        rule
        for rule, (long, short) in zip(rules, counts, strict=True)
        if long.total >= rule.events_least and over(long, rule.rate) and over(short, rule.rate)
    )
