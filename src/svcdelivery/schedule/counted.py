"""How a schedule counts: in the open time of service hours, or round the clock. Everything in epoch microseconds."""

from __future__ import annotations

from typing import Protocol

from svcdelivery.service_hours import ServiceHours

__all__ = ["Counted", "counted_by"]


class Counted(Protocol):
    """A way to count time."""

    def begin(self, at: int, /) -> int:
        """Answer the first instant from then on at which something can be done."""
        ...

    def begin_by(self, at: int, /) -> int:
        """Answer the last instant up to then at which something can be done."""
        ...

    def add(self, start: int, duration: int, /) -> int:
        """Answer when so much has been done since the start; a negative duration counts back."""
        ...

    def latest(self, end: int, duration: int, /) -> int:
        """Answer the last instant from which `add` of a duration comes to no more than the end."""
        ...

    def elapsed(self, start: int, end: int, /) -> int:
        """Answer what can be done between the two; negative when the end comes first."""
        ...


class _RoundTheClock:
    __slots__ = ()

    def begin(self, at: int, /) -> int:
        return at

    begin_by = begin

    def add(self, start: int, duration: int, /) -> int:
        return start + duration

    def latest(self, end: int, duration: int, /) -> int:
        return end - duration

    def elapsed(self, start: int, end: int, /) -> int:
        return end - start


class _OpenTime:
    __slots__ = ("_hours",)

    def __init__(self, hours: ServiceHours) -> None:
        self._hours = hours

    def begin(self, at: int, /) -> int:
        return self._hours.add_micros(at, 0)

    def begin_by(self, at: int, /) -> int:
        table = self._hours.timetable
        return at if table.is_open(at) else table.closing_side_micros(table.position_micros(at)) - 1

    def add(self, start: int, duration: int, /) -> int:
        if duration > 0:
            return self._hours.add_micros(start, duration)
        # Nothing to wait for: the instant itself, open or not.
        return start if not duration else self._hours.subtract_micros(start, -duration)

    def latest(self, end: int, duration: int, /) -> int:
        if duration >= 0:
            return self.add(end, -duration)
        if self._hours.timetable.is_open(end):
            # All of the closed time after it counts back to the end as well.
            return self._hours.add_micros(end, -duration, "next_open")
        # Counted back to a closing, it is the opening after it, and that is past the end.
        return self._hours.add_micros(end, -duration) - 1

    def elapsed(self, start: int, end: int, /) -> int:
        if end >= start:
            return self._hours.elapsed_micros(start, end)
        return -self._hours.elapsed_micros(end, start)


_ROUND_THE_CLOCK = _RoundTheClock()


def counted_by(hours: ServiceHours | None) -> Counted:
    """Answer how the hours count; None counts round the clock."""
    return _ROUND_THE_CLOCK if hours is None else _OpenTime(hours)
