"""A stretch of time somebody is on call for, and what gives such stretches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from svcdelivery.errors import EmptyIntervalError, WrongTypeError
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, to_instant

__all__ = ["Group", "OnCallShift", "TakesTurns", "to_groups"]

Group = tuple[str, ...]
"""People who are on call together."""


@frozen
class OnCallShift:
    """Who is on call from `start` until just before `end`.

    Attributes:
        turn: The number of the turn, from 0; shifts cut by a restriction share it.
    """

    start: Instant = field(converter=to_instant)
    end: Instant = field(converter=to_instant)
    people: Group
    turn: int = 0

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise EmptyIntervalError(start=self.start, end=self.end)


class TakesTurns(Protocol):
    """Something that says who is on call when."""

    @property
    def name(self) -> str:
        """What schedules call it."""
        ...

    def shifts(self, start: datetime, end: datetime) -> Iterator[OnCallShift]:
        """Answer the shifts that touch `[start, end)`, whole, in order."""
        ...


def to_groups(given: Iterable[str | Iterable[str]]) -> tuple[Group, ...]:
    """Answer groups of checked names; a lone name is a group of one."""
    if isinstance(given, str):
        raise WrongTypeError(expected="a list of people or of groups of them", value=given)
    return tuple(_names(each) for each in given)


def _names(given: str | Iterable[str]) -> Group:
    return tuple(identifier(name, "a person") for name in ((given,) if isinstance(given, str) else given))
