"""What all hours can be asked: service time between instants, due times, openings, working days."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import pendulum

from svcdelivery.errors import (
    InvalidDurationError,
    InvalidValueError,
    ServiceDeliveryError,
    WrongTypeError,
)
from svcdelivery.service_hours import working_days
from svcdelivery.service_hours.local_time import FIRST_YEAR, LAST_YEAR, first_instant, local_date
from svcdelivery.service_hours.timetable import Timetable
from svcdelivery.timeline import Instant, Interval, IntervalSet, from_micros, to_instant
from svcdelivery.timeline.instant import duration_micros
from svcdelivery.timeline.spans import Span, Spans

__all__ = ["Boundary", "OpenHours", "instant_micros"]

Boundary = Literal["close", "next_open"]
"""Where a goal that is used up exactly at closing falls due: at that closing, or at the next opening."""

_EPOCH = pendulum.DateTime(1970, 1, 1, tzinfo=pendulum.UTC)
_ZERO = timedelta(0)
_COMPUTED = ("timetable", "_rules", "_stages", "_limits")
_MOST = timedelta(days=366 * (LAST_YEAR + 1 - FIRST_YEAR))

# The bare C arithmetic: pendulum's own operators cost more than the whole calculation.
_plus = datetime.__add__
_minus = datetime.__sub__


class OpenHours(ABC):
    """When a service is open, as something to calculate with.

    Instants are aware datetimes of any zone; answers are UTC. Time counted is exact, to the microsecond, and costs
    the same however long the span: the timetable is compiled once for each calendar year touched. All hours know
    the years 1800 to 2299, or the years their closed dates cover.
    """

    # -- for those who write hours of their own ------------------------------------------------------------------------

    if TYPE_CHECKING:  # a field in one kind of hours and computed in others, so nothing may stand here at run time

        @property
        def zone(self) -> str:
            """The IANA zone in which dates and times of day are read."""

    @abstractmethod
    def compile_year(self, year: int) -> Spans:
        """Answer the open spans of a UTC year in epoch microseconds, cut at its bounds and at the limits."""

    @abstractmethod
    def limits(self) -> Span:
        """Answer the epoch microseconds between which the hours are known."""

    @abstractmethod
    def refusal(self, micros: int) -> ServiceDeliveryError:
        """Answer the error for an instant outside the limits."""

    @abstractmethod
    def day_spans(self, day: date) -> Spans:
        """Answer the open time that belongs to a date: what is left of the shifts that open on it."""

    @cached_property
    def timetable(self) -> Timetable:
        """The compiled form; it grows as years are asked for and takes no part in equality."""
        return Timetable(self)

    def __getstate__(self) -> dict[str, Any]:
        # What was computed is computed again elsewhere; the fields alone travel.
        return {name: value for name, value in self.__dict__.items() if name not in _COMPUTED}

    # -- service time --------------------------------------------------------------------------------------------------

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Answer the service time in `[start, end)`; zero when the end is not after the start.

        Raises:
            NotCoveredError: An instant lies outside the years the closed dates cover.
        """
        try:
            since, until = _minus(start, _EPOCH), _minus(end, _EPOCH)
        except TypeError:
            since, until = _since_epoch(start), _since_epoch(end)
        if until <= since:
            return _ZERO
        position = self.timetable.position
        return position(until) - position(since)

    def add(self, start: datetime, duration: timedelta, boundary: Boundary = "close") -> Instant:
        """Answer the instant at which so much service time has passed since `start`.

        A zero duration is due at once while open, else at the next opening.

        Args:
            start: Any aware instant.
            duration: Exact service time, not negative.
            boundary: What a duration used up exactly at closing means.

        Raises:
            InvalidDurationError: The duration is negative, or counts months or years.
            NeverOpenError: Not so much service time is left.
            NotCoveredError: It takes longer than the closed dates cover.
        """
        try:
            since = _minus(start, _EPOCH)
        except TypeError:
            since = _since_epoch(start)
        if boundary == "close" and type(duration) is timedelta and _ZERO < duration < _MOST:
            return _plus(_EPOCH, self.timetable.due(since, duration))
        duration = _exact(duration, boundary)
        position = self.timetable.position(since) + duration
        if duration and boundary == "close":
            return _plus(_EPOCH, self.timetable.closing_side(position))
        return _plus(_EPOCH, self.timetable.opening_side(position))

    def subtract(self, end: datetime, duration: timedelta, boundary: Boundary = "close") -> Instant:
        """Answer the instant from which so much service time passes until `end`; the mirror of `add`.

        A duration used up exactly at an opening gives that opening under `close` and the closing before it under
        `next_open`. A zero duration answers `end` while open, else the closing before it. Raises as `add` does.
        """
        try:
            until = _minus(end, _EPOCH)
        except TypeError:
            until = _since_epoch(end)
        duration = _exact(duration, boundary)
        if not duration:
            return self.previous_close(end)
        position = self.timetable.position(until) - duration
        if boundary == "close":
            return _plus(_EPOCH, self.timetable.opening_side(position))
        return _plus(_EPOCH, self.timetable.closing_side(position))

    def elapsed_micros(self, start: int, end: int) -> int:
        """Answer `elapsed` in microseconds, for instants in epoch microseconds."""
        if end <= start:
            return 0
        return self.timetable.position_micros(end) - self.timetable.position_micros(start)

    def add_micros(self, start: int, duration: int, boundary: Boundary = "close") -> int:
        """Answer `add` in epoch microseconds, for an instant and a duration in microseconds."""
        _check_boundary(boundary)
        if duration < 0:
            raise InvalidDurationError(value=duration, problem="negative durations are not accepted")
        table = self.timetable
        position = table.position_micros(start) + duration
        if duration and boundary == "close":
            return table.closing_side_micros(position)
        return table.opening_side_micros(position)

    def subtract_micros(self, end: int, duration: int, boundary: Boundary = "close") -> int:
        """Answer `subtract` in epoch microseconds, for an instant and a duration in microseconds."""
        _check_boundary(boundary)
        if duration < 0:
            raise InvalidDurationError(value=duration, problem="negative durations are not accepted")
        table = self.timetable
        position = table.position_micros(end) - duration
        if not duration:
            return end if table.is_open(end) else table.closing_side_micros(position)
        return table.opening_side_micros(position) if boundary == "close" else table.closing_side_micros(position)

    # -- open and closed -----------------------------------------------------------------------------------------------

    def is_open(self, at: datetime) -> bool:
        """Answer whether the service is open at an instant; it is at its opening and is not at its closing."""
        return self.timetable.is_open(instant_micros(at))

    def next_open(self, at: datetime) -> Instant:
        """Answer the instant itself while open, else the next opening.

        Raises:
            NeverOpenError: Nothing opens any more.
        """
        return self.add(at, _ZERO)

    def next_close(self, at: datetime) -> Instant:
        """Answer the first closing after an instant; hours that never close again close with the year 2299.

        Raises:
            NeverOpenError: Nothing opens any more, so nothing closes.
        """
        return from_micros(self.timetable.closing_after_micros(instant_micros(at)))

    def previous_close(self, at: datetime) -> Instant:
        """Answer the instant itself while open or just closed, else the last closing before it.

        Raises:
            NeverOpenError: Nothing was open before.
        """
        return from_micros(self.subtract_micros(instant_micros(at), 0))

    def spans(self, start: int, end: int) -> Spans:
        """Answer the open spans in `[start, end)` as pairs of epoch microseconds, cut at both, in order."""
        return self.timetable.spans(start, end)

    def intervals(self, start: datetime, end: datetime) -> IntervalSet:
        """Answer the open intervals in `[start, end)`, cut at both; empty when the end is not after the start."""
        return IntervalSet.from_spans(self.timetable.spans(instant_micros(start), instant_micros(end)))

    def periods_after(self, start: datetime) -> Iterator[Interval]:
        """Answer the open periods from an instant on, one by one, the first cut at it; touching shifts are one.

        Raises:
            NotCoveredError: On reaching the end of the years the closed dates cover.
        """
        at = instant_micros(start)
        return (Interval(from_micros(opens), from_micros(closes)) for opens, closes in self.timetable.following(at))

    def periods_before(self, end: datetime) -> Iterator[Interval]:
        """Answer the open periods before an instant, latest first, the first cut at it."""
        at = instant_micros(end)
        return (Interval(from_micros(opens), from_micros(closes)) for opens, closes in self.timetable.preceding(at))

    # -- dates ---------------------------------------------------------------------------------------------------------

    def local_date(self, at: datetime) -> date:
        """Answer the date these hours' calendar shows at an instant."""
        return local_date(self.zone, instant_micros(at))

    def at_local(self, day: date, time: timedelta = _ZERO) -> Instant:
        """Answer the first instant at which the wall clock reads that time of the date, or later.

        `time` counts from the date's midnight on the clock face, whatever the night did to the clocks.
        """
        return from_micros(first_instant(self.zone, day, time // timedelta(microseconds=1)))

    def is_working_day(self, day: date) -> bool:
        """Answer whether open time is left of the shifts that open on the date."""
        return bool(self.day_spans(working_days.checked(day)))

    def working_dates(self, after: date) -> Iterator[date]:
        """Answer the working days after a date, in order; ends when nothing opens any more."""
        return working_days.dates_from(self, working_days.checked(after), 1)

    def working_dates_before(self, before: date) -> Iterator[date]:
        """Answer the working days before a date, latest first."""
        return working_days.dates_from(self, working_days.checked(before), -1)

    def add_working_days(
        self, start: datetime, days: int, *, end_of_day: bool = False, boundary: Boundary = "close"
    ) -> Instant:
        """Answer the same time of day so many working days later.

        The start's own day is not counted; a start outside hours counts from the next opening.

        Args:
            start: Any aware instant.
            days: Working days, not negative.
            end_of_day: Answer the day's last closing instead.
            boundary: For a time outside that day's hours: its closing before (its opening, when it has none yet) under
                `close`, the next opening under `next_open`.
        """
        return from_micros(
            self.add_working_days_micros(instant_micros(start), days, end_of_day=end_of_day, boundary=boundary)
        )

    def add_working_days_micros(
        self, start: int, days: int, *, end_of_day: bool = False, boundary: Boundary = "close"
    ) -> int:
        """Answer `add_working_days` in epoch microseconds."""
        _check_boundary(boundary)
        return working_days.later(self, start, days, end_of_day, boundary == "close")

    def working_day_at(self, start: datetime, days: int, time: timedelta, *, boundary: Boundary = "close") -> Instant:
        """Answer a time of day of the working day so many days later.

        Args:
            start: Any aware instant; outside hours it counts from the next opening.
            days: Working days, not negative. With 0 and that time over by the start, the next working day is meant.
            time: Time on the clock face since the day's midnight.
            boundary: As for `add_working_days`.
        """
        micros = time // timedelta(microseconds=1)
        return from_micros(self.working_day_at_micros(instant_micros(start), days, micros, boundary))

    def working_day_at_micros(self, start: int, days: int, time: int, boundary: Boundary = "close") -> int:
        """Answer `working_day_at` in epoch microseconds, the time of day in microseconds as well."""
        _check_boundary(boundary)
        return working_days.later_at(self, start, days, time, boundary == "close")

    def subtract_working_days(
        self, end: datetime, days: int, *, end_of_day: bool = False, boundary: Boundary = "close"
    ) -> Instant:
        """Answer the same time of day so many working days earlier.

        The mirror of `add_working_days`: an end outside hours counts from the closing before; for a time outside that
        day's hours `close` gives its opening after (its closing, when it has none any more), `next_open` the closing
        before. `end_of_day` still means the last closing.
        """
        _check_boundary(boundary)
        return from_micros(working_days.earlier(self, instant_micros(end), days, end_of_day, boundary == "close"))


def instant_micros(value: datetime) -> int:
    """Answer an aware time of any zone in epoch microseconds, refusing what is none."""
    return duration_micros(_since_epoch(value))


def _since_epoch(value: datetime) -> timedelta:
    return _minus(to_instant(value), _EPOCH)


def _check_boundary(boundary: str) -> None:
    if boundary not in ("close", "next_open"):
        raise InvalidValueError(what="a boundary", value=boundary, hint="`close` or `next_open`")


def _exact(duration: timedelta, boundary: str) -> timedelta:
    _check_boundary(boundary)
    if not isinstance(duration, timedelta):
        raise WrongTypeError(expected="a duration", value=duration)
    if isinstance(duration, pendulum.Interval):
        duration = _minus(duration.end, duration.start)
    elif isinstance(duration, pendulum.Duration):
        if duration.years or duration.months:
            raise InvalidDurationError(value=duration, problem="months and years have no fixed length")
        duration = duration.as_timedelta()
    if duration.days < 0:
        raise InvalidDurationError(value=duration, problem="negative durations are not accepted")
    # Longer than all years known: cut, so that the search for it ends where they end, and says so.
    return min(duration, _MOST)
