"""What time a goal counts: the open time of service hours, or all of it. Everything in epoch microseconds."""

from __future__ import annotations

from typing import Protocol

from svcdelivery.agreement import AgreementRevision, Boundary, ServiceLevelTarget, TimeKind, time_kind
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline.spans import Spans

__all__ = ["Counting", "counting_of"]


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


class _AroundTheClock:
    __slots__ = ("name", "zone")

    def __init__(self, zone: str = "UTC") -> None:
        self.name, self.zone = "round the clock", zone

    def elapsed(self, start: int, end: int) -> int:
        return max(0, end - start)

    def add(self, start: int, duration: int, _boundary: Boundary, /) -> int:
        return start + duration

    def spans(self, start: int, end: int) -> Spans:
        return ((start, end),) if start < end else ()


class _OpenTime:
    __slots__ = ("_add", "_known", "_position", "name", "spans", "zone")

    def __init__(self, name: str, hours: ServiceHours) -> None:
        self.name, self.zone = name, hours.zone
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


def counting_of(revision: AgreementRevision, target: ServiceLevelTarget) -> Counting:
    """Answer how the target's goal counts time."""
    known: Counting | None = revision.derived.get(("counting", target.name))
    if known is None:
        known = _counting(revision, target)
        # Targets that count by the same hours share what is known of them.
        known = revision.derived.setdefault(("counting by", type(known).__name__, known.name, known.zone), known)
        revision.derived["counting", target.name] = known
    return known


def _counting(revision: AgreementRevision, target: ServiceLevelTarget) -> Counting:
    hours = revision.service_hours(target.hours)
    if hours is None:
        return _AroundTheClock()
    if time_kind(target.goal) is TimeKind.WALL:
        return _AroundTheClock(hours.zone)
    return _OpenTime(target.hours or "", hours)
