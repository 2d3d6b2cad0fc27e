"""How often one destination is told something: at most so many in a time, spread evenly where that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from attrs import field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.timeline import Instant, format_duration, from_micros, to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = ["RateLimit", "RateRule"]


@frozen
class RateRule:
    """At most `count` sends in any span of `per`.

    Attributes:
        smooth: Whether what goes beyond the count of the rule before is spread evenly over the rest of the span,
            counted from the oldest send still in it.
    """

    count: int
    per: timedelta
    smooth: bool = field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.count < 1:
            raise InvalidValueError(what="a number of sends", value=self.count, path="count", hint="1 or more")
        if self.per <= timedelta(0):
            problem = "it must be longer than nothing"
            raise InvalidDurationError(value=format_duration(self.per), path="per", problem=problem)


def _rising(rules: Iterable[RateRule]) -> tuple[RateRule, ...]:
    ordered = tuple(sorted(rules, key=lambda rule: rule.per))
    for before, after in pairwise(ordered):
        if after.per == before.per or after.count <= before.count:
            raise InvalidValueError(
                what="a rule that adds to a shorter one", value=after.count, path="count", hint=f"over {before.count}"
            )
    return ordered


@frozen
class RateLimit:
    """The rules of one channel; all of them hold.

    Raises:
        InvalidValueError: A longer span that allows no more than a shorter one.
    """

    rules: tuple[RateRule, ...] = field(converter=_rising)

    def allows(self, sent: Iterable[datetime], at: datetime) -> bool:
        """Answer whether one more may be sent at an instant, after those sent before."""
        return self.next_allowed(sent, at) == at

    def next_allowed(self, sent: Iterable[datetime], at: datetime) -> Instant:
        """Answer the first instant, the given one or a later, at which one more may be sent."""
        before = sorted(to_micros(each) for each in sent)
        now = to_micros(at)
        while True:
            later = max((self._later(index, before, now) for index in range(len(self.rules))), default=now)
            if later <= now:
                return from_micros(now)
            now = later

    def _later(self, index: int, sent: Sequence[int], now: int) -> int:
        rule = self.rules[index]
        per = duration_micros(rule.per)
        inside = [each for each in sent if now - per < each <= now]
        count = len(inside)
        if count >= rule.count:
            return inside[count - rule.count] + per
        if not rule.smooth or not inside:
            return now
        shorter = self.rules[index - 1] if index else None
        free, begin = (0, 0) if shorter is None else (shorter.count, duration_micros(shorter.per))
        if count < free:
            return now
        return inside[0] + begin + (count - free) * (per - begin) // (rule.count - free)
