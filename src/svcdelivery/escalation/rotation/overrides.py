"""Departures from a schedule: who comes on top, who is taken off, who stands in for whom, and who takes over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.errors import EmptyIntervalError, InvalidValueError
from svcdelivery.facts import keeping_tuples
from svcdelivery.timeline import Instant, to_instant

__all__ = ["Override", "Swap", "TakeOver", "apply_overrides"]


@frozen(kw_only=True)
class _Spell:
    start: Instant | None = field(default=None, converter=optional(to_instant))
    end: Instant | None = field(default=None, converter=optional(to_instant))

    def __attrs_post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise EmptyIntervalError(start=self.start, end=self.end)

    def holds(self, at: Instant) -> bool:
        """Answer whether it holds at an instant; it does at its start and does not at its end."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@frozen(kw_only=True)
class Override(_Spell):
    """From one instant until just before another somebody comes on top, is taken off, or stands in for somebody.

    Standing in for somebody who is not on call does nothing. Without a start or an end it has always held, or holds for
    good.
    """

    add: str | None = None
    remove: str | None = None

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.add is None and self.remove is None:
            raise InvalidValueError(what="an override", value="", hint="give `add`, `remove` or both")


@frozen(kw_only=True, field_transformer=keeping_tuples)
class TakeOver(_Spell):
    """From one instant until just before another, only those are on call, whatever the layers say.

    Of several at once those of the highest rank count; those of one rank share it.
    """

    people: tuple[str, ...]
    rank: int = 0

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if not self.people:
            raise InvalidValueError(what="people to take over", value="", path="people", hint="at least one")


@frozen(kw_only=True)
class Swap(_Spell):
    """Somebody gives away what they have on call in a span of time.

    Attributes:
        taker: Who takes it; None while nobody has, and then nothing changes.
    """

    giver: str
    taker: str | None = None


def apply_overrides(people: Iterable[str], overrides: Iterable[Override], at: datetime) -> tuple[str, ...]:
    """Answer who is on call at an instant once the overrides that hold then apply, in alphabetical order.

    All of them look at the schedule as it was: one override does not stand in for what another has added.
    """
    now = to_instant(at)
    scheduled = set(people)
    on_call = set(scheduled)
    for override in overrides:
        if not override.holds(now):
            continue
        if override.remove is not None:
            if override.remove not in scheduled:
                continue
            on_call.discard(override.remove)
        if override.add is not None:
            on_call.add(override.add)
    return tuple(sorted(on_call))
