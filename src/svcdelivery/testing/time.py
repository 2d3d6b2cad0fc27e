"""Time and ids a test holds in its hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.timeline import Instant, format_instant, parse_instant, to_instant

__all__ = ["HeldIds", "HeldTime"]

_NOTHING = timedelta(0)
_A_MONDAY = parse_instant("2026-01-05T00:00:00Z")


class HeldTime:
    """A time source that stands still until it is moved.

        time = HeldTime(parse_instant("2026-03-27T15:00:00Z"))
        time.advance(timedelta(hours=2))

    Args:
        start: Any aware instant; without one, a Monday's first in UTC, always the same.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = _A_MONDAY if start is None else to_instant(start)

    def now(self) -> Instant:
        """Answer the held instant, in UTC."""
        return self._now

    def set(self, instant: datetime, *, backwards: bool = False) -> Instant:
        """Move to an instant and answer it.

        Args:
            backwards: Whether it may lie before the held one, as when somebody sets a machine's clock back.

        Raises:
            InvalidValueError: It lies before the held instant and `backwards` was not said.
        """
        at = to_instant(instant)
        if at < self._now and not backwards:
            problem = f"it lies before {format_instant(self._now)}"
            raise InvalidValueError(
                what="a later instant", value=format_instant(at), problem=problem, hint="say backwards=True"
            )
        self._now = at
        return at

    def advance(self, duration: timedelta) -> Instant:
        """Move on by an exact duration, zero included, and answer the new instant.

        Raises:
            InvalidDurationError: The duration is negative.
        """
        if duration < _NOTHING:
            raise InvalidDurationError(value=str(duration), problem="held time is set back by `set` alone")
        self._now = datetime.__add__(self._now, duration)
        return self._now

    def __repr__(self) -> str:
        return f"HeldTime({format_instant(self._now)})"


class HeldIds:
    """An id source that counts: `item-0001`, `item-0002` and so on. The same seed is given the same id again.

    Args:
        prefix: What ids begin with.
        digits: How many digits the number has at least, so that ids sort in the order they were given.
        number: Answers the number of the n-th new seed, from 1; by default n itself.
    """

    def __init__(self, prefix: str = "item-", *, digits: int = 4, number: Callable[[int], int] | None = None) -> None:
        self._prefix, self._digits = prefix, digits
        self._number = number or int
        self._given: dict[str, str] = {}

    def new(self, *, seed: str, now: datetime) -> str:  # noqa: ARG002  # ids of other sources tell the time; these count
        """Answer the id of the seed."""
        known = self._given.get(seed)
        if known is None:
            known = f"{self._prefix}{self._number(len(self._given) + 1):0{self._digits}d}"
            self._given[seed] = known
        return known
