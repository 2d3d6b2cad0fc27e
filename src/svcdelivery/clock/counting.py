"""What time a goal counts: the open time of service hours, or all of it. Everything in epoch microseconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

from svcdelivery.agreement import AgreementRevision, Boundary, ServiceLevelTarget, TimeKind, time_kind
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline.spans import Spans

__all__ = ["Counting", "CountingHours", "Positions", "counting_of"]


_INSTANTS_MOST = 64


class Counting(Protocol):
    """A way to count time."""

    name: str
    zone: str

    def elapsed(self, start: int, end: int) -> int:
        """Answer the microseconds that count in `[start, end)`."""
        ...

    def add(self, start: int, duration: int, boundary: Boundary, /) -> int:
        """Answer when so many microseconds are used up."""
        ...

    def spans(self, start: int, end: int) -> Spans:
        """Answer the parts of `[start, end)` that count."""
        ...


class Positions(Protocol):
    """A way to count time as a position: what counts from an origin of its own to an instant, given since the epoch."""

    def position(self, since_epoch: timedelta, /) -> timedelta:
        """Answer the position of an instant."""
        ...

    def positions(self, since_epoch: Iterable[timedelta], /) -> list[timedelta]:
        """Answer the positions of instants."""
        ...

    def opening_side(self, position: timedelta, /) -> timedelta:
        """Answer the last instant at a position."""
        ...

    def closing_side(self, position: timedelta, /) -> timedelta:
        """Answer the first instant at a position."""
        ...


class _Always:
    """All time counts, from the epoch on."""

    def position(self, since_epoch: timedelta, /) -> timedelta:
        return since_epoch

    def positions(self, since_epoch: Iterable[timedelta], /) -> list[timedelta]:
        return list(since_epoch)

    opening_side = closing_side = position


class _AroundTheClock:
    __slots__ = ("name", "zone")

    positions: Positions = _Always()

    def __init__(self, zone: str = "UTC") -> None:
        self.name, self.zone = "round the clock", zone

    def elapsed(self, start: int, end: int) -> int:
        return max(0, end - start)

    def add(self, start: int, duration: int, _boundary: Boundary, /) -> int:
        return start + duration

    def spans(self, start: int, end: int) -> Spans:
        return ((start, end),) if start < end else ()


class _OpenTime:
    __slots__ = ("_add", "_known", "_position", "name", "positions", "spans", "zone")

    def __init__(self, name: str, hours: ServiceHours) -> None:
        self.name, self.zone = name, hours.zone
        self.positions: Positions = hours.timetable
        self._add, self._position = hours.add_micros, hours.timetable.position_micros
        self._known: dict[int, int] = {}
        self.spans = hours.spans

    def elapsed(self, start: int, end: int) -> int:
        if end <= start:
            return 0
        known = self._known
        since, until = known.get(start), known.get(end)
        return (self._at(end) if until is None else until) - (self._at(start) if since is None else since)

    def add(self, start: int, duration: int, boundary: Boundary, /) -> int:
        return self._add(start, duration, boundary._value_)

    def _at(self, micros: int) -> int:
        """Answer the service time to an instant; all targets of an item ask for the same few."""
        if len(self._known) >= _INSTANTS_MOST:
            self._known.clear()
        found = self._known[micros] = self._position(micros)
        return found


CountingHours = _AroundTheClock | _OpenTime
"""What the hours of a target alone make count."""


def counting_of(revision: AgreementRevision, target: ServiceLevelTarget) -> CountingHours:
    """Answer how the target's goal counts time."""
    known: CountingHours | None = revision.derived.get(("counting", target.name))
    if known is None:
        known = _counting(revision, target)
        # Targets that count by the same hours share what is known of them.
        known = revision.derived.setdefault(("counting by", type(known).__name__, known.name, known.zone), known)
        revision.derived["counting", target.name] = known
    return known


def _counting(revision: AgreementRevision, target: ServiceLevelTarget) -> CountingHours:
    hours = revision.service_hours(target.hours)
    if hours is None:
        return _AroundTheClock()
    if time_kind(target.goal) is TimeKind.WALL:
        return _AroundTheClock(hours.zone)
    return _OpenTime(target.hours or "", hours)
