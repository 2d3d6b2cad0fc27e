"""Laws of service time, for any hours and any instants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, Protocol

from hypothesis import strategies as st

from svcdelivery.testing.laws.law import Draw, Law, holds, law
from svcdelivery.testing.strategies.moments import durations, instants, rendering_zones
from svcdelivery.timeline import Instant, Interval, to_instant, to_micros

__all__ = ["LAWS_OF_HOURS", "Calendar", "answers_as"]

_ZERO, _MICRO = timedelta(0), timedelta(microseconds=1)
_BOUNDARIES: st.SearchStrategy[Literal["close", "next_open"]] = st.sampled_from(["close", "next_open"])


class Calendar(Protocol):
    """What can be asked of service hours; one of your own needs `elapsed`, and of the rest what it has."""

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Answer the service time in `[start, end)`."""
        ...

    def add(self, start: datetime, duration: timedelta, boundary: Literal["close", "next_open"] = ...) -> datetime:
        """Answer when so much service time has passed."""
        ...

    def subtract(self, end: datetime, duration: timedelta, boundary: Literal["close", "next_open"] = ...) -> datetime:
        """Answer since when so much service time has passed."""
        ...

    def is_open(self, at: datetime) -> bool:
        """Answer whether service time runs."""
        ...

    def next_open(self, at: datetime) -> datetime:
        """Answer the instant itself while open, else the next opening."""
        ...

    def intervals(self, start: datetime, end: datetime) -> Iterable[Interval]:
        """Answer the open intervals in `[start, end)`."""
        ...


_LAWS: list[Law] = []


def _later(at: datetime, duration: timedelta) -> Instant:
    return datetime.__add__(to_instant(at), duration)


def _wall(start: datetime, end: datetime) -> timedelta:
    return timedelta(microseconds=to_micros(to_instant(end)) - to_micros(to_instant(start)))


def _span(hours: Calendar, draw: Draw) -> tuple[Instant, Instant]:
    """Draw two instants, from days apart to years; the later one comes last."""
    start = draw(instants(hours), "start")
    soon = st.one_of(durations(timedelta(hours=3)), durations(timedelta(days=4))).map(lambda d: _later(start, d))
    end = draw(st.one_of(soon, instants(hours)), "end")
    return min(start, end), max(start, end)


def _between(start: datetime, end: datetime, draw: Draw) -> Instant:
    micros = draw(st.integers(0, _wall(start, end) // _MICRO), "microseconds to the split")
    return _later(start, timedelta(microseconds=micros))


# -- elapsed -----------------------------------------------------------------------------------------------------------


@law(_LAWS, "elapsed")
def service_time_is_additive_over_splits(hours: Calendar, draw: Draw) -> None:
    """A span has as much service time as its parts together, wherever it is split."""
    start, end = _span(hours, draw)
    split = draw(st.one_of(instants(hours).map(lambda at: min(max(at, start), end)), st.just(start)), "split")
    split = split if split > start else _between(start, end, draw)
    whole, first, second = hours.elapsed(start, end), hours.elapsed(start, split), hours.elapsed(split, end)
    holds(
        first + second == whole,
        start, "to", end, "has", whole, "of service time, but split at", split, "it has", first, "and", second,
    )  # fmt: skip


@law(_LAWS, "elapsed")
def service_time_never_falls_and_never_outruns_the_wall(hours: Calendar, draw: Draw) -> None:
    """As the end advances service time grows, at most as fast as the clock on the wall."""
    start, end = _span(hours, draw)
    middle = _between(start, end, draw)
    for since, until in ((start, middle), (middle, end), (start, end)):
        passed, wall = hours.elapsed(since, until), _wall(since, until)
        holds(_ZERO <= passed <= wall, since, "to", until, "has", passed, "of service time in", wall)
    sooner, later = hours.elapsed(start, middle), hours.elapsed(start, end)
    holds(later >= sooner, "from", start, "service time falls from", sooner, "at", middle, "to", later, "at", end)


@law(_LAWS, "elapsed")
def backwards_nothing_passes(hours: Calendar, draw: Draw) -> None:
    """An end at or before the start gives zero."""
    start, end = _span(hours, draw)
    for since, until in ((end, start), (start, start)):
        holds(hours.elapsed(since, until) == _ZERO, since, "to", until, "has", hours.elapsed(since, until))


@law(_LAWS, "elapsed", "is_open")
def time_counts_while_open_and_not_while_closed(hours: Calendar, draw: Draw) -> None:
    """A microsecond that begins while open is service time, one that begins while closed is none."""
    at = draw(instants(hours), "at")
    found, expected = hours.elapsed(at, _later(at, _MICRO)), _MICRO if hours.is_open(at) else _ZERO
    word = "open" if hours.is_open(at) else "closed"
    holds(found == expected, "the microsecond after", at, "has", found, "of service time while", word)


@law(_LAWS, "elapsed", "next_open", "is_open")
def nothing_passes_until_the_next_opening(hours: Calendar, draw: Draw) -> None:
    """While closed no service time passes; the service is open at its next opening."""
    at = draw(instants(hours), "at")
    opens = to_instant(hours.next_open(at))
    holds(opens >= at, "after", at, "the service opens earlier, at", opens)
    holds(hours.elapsed(at, opens) == _ZERO, at, "to the opening at", opens, "has", hours.elapsed(at, opens))
    holds(hours.is_open(opens), "closed at its opening", opens)
    holds((opens == at) == hours.is_open(at), at, "is followed by the opening", opens, "open:", hours.is_open(at))


@law(_LAWS, "elapsed", "intervals")
def open_intervals_tile_the_service_time(hours: Calendar, draw: Draw) -> None:
    """The open intervals of a span lie in it, in order and apart, and measure what has elapsed."""
    start, end = _span(hours, draw)
    found = list(hours.intervals(start, end))
    measured = sum((_wall(interval.start, interval.end) for interval in found), _ZERO)
    elapsed = hours.elapsed(start, end)
    holds(measured == elapsed, start, "to", end, "is open for", measured, "and has", elapsed, "of service time")
    for interval in found:
        holds(start <= interval.start < interval.end <= end, interval, "lies outside", start, "to", end)
    for before, after in pairwise(found):
        holds(before.end < after.start, before, "touches", after)


@law(_LAWS, "elapsed")
def the_zone_an_instant_is_written_in_changes_nothing(hours: Calendar, draw: Draw) -> None:
    """Instants count, not how they are shown; twice the same hour of an autumn night are two instants."""
    start, end = _span(hours, draw)
    zone = draw(rendering_zones(), "zone")
    there = start.astimezone(zone), end.astimezone(zone)
    holds(hours.elapsed(*there) == hours.elapsed(start, end), start, "to", end, "differs when written in", zone)
    if hasattr(hours, "add"):
        duration = draw(durations(timedelta(days=9)), "duration")
        holds(hours.add(there[0], duration) == hours.add(start, duration), start, "plus", duration, "differs in", zone)


# -- addition ----------------------------------------------------------------------------------------------------------


@law(_LAWS, "elapsed", "add")
def add_is_the_fixed_point_of_elapsed(hours: Calendar, draw: Draw) -> None:
    """When something is due exactly its duration has passed; under `close` a microsecond earlier it had not."""
    start, duration = draw(instants(hours), "start"), draw(durations(), "duration")
    boundary = draw(_BOUNDARIES, "boundary")
    due = to_instant(hours.add(start, duration, boundary))
    used = hours.elapsed(start, due)
    holds(used == duration, start, "plus", duration, "is due", due, "under", boundary, "when", used, "has elapsed")
    if duration and boundary == "close":
        before = hours.elapsed(start, _later(due, -_MICRO))
        holds(before == duration - _MICRO, start, "plus", duration, "was used up before", due)
    elif hasattr(hours, "is_open"):
        holds(hours.is_open(due), start, "plus", duration, "is due", due, "while closed, under", boundary)


@law(_LAWS, "elapsed", "subtract")
def subtract_mirrors_add(hours: Calendar, draw: Draw) -> None:
    """From the instant found exactly the duration passes; under `close` that instant is open."""
    end, duration = draw(instants(hours), "end"), draw(durations(), "duration")
    boundary = draw(_BOUNDARIES, "boundary")
    since = to_instant(hours.subtract(end, duration, boundary))
    used = hours.elapsed(since, end)
    holds(used == duration, end, "less", duration, "is", since, "under", boundary, "from when", used, "elapses")
    if duration and boundary == "close":
        after = hours.elapsed(_later(since, _MICRO), end)
        holds(after == duration - _MICRO, end, "less", duration, "begins later than", since)


@law(_LAWS, "add", "subtract", "next_open")
def the_way_there_and_back_ends_at_the_next_opening(hours: Calendar, draw: Draw) -> None:
    """What was added and then subtracted leads back to where open time began."""
    start = draw(instants(hours), "start")
    duration = draw(durations().map(lambda some: some or _MICRO), "duration")
    back, opens = hours.subtract(hours.add(start, duration), duration), hours.next_open(start)
    holds(back == opens, start, "plus and less", duration, "is", back, "instead of the opening", opens)


@law(_LAWS, "add")
def two_steps_are_one(hours: Calendar, draw: Draw) -> None:
    """A duration may be split anywhere, also at a closing."""
    start, one = draw(instants(hours), "start"), draw(durations(), "first step")
    two = draw(durations().map(lambda some: some or _MICRO), "second step")
    boundary = draw(_BOUNDARIES, "boundary")
    apart, at_once = hours.add(hours.add(start, one, boundary), two, boundary), hours.add(start, one + two, boundary)
    holds(apart == at_once, start, "plus", one, "plus", two, "is", apart, "but at once it is", at_once)


LAWS_OF_HOURS: tuple[Law, ...] = tuple(_LAWS)
"""The laws of service time, in the order one reads them in."""


def answers_as(reference: Calendar) -> Law:
    """Answer the law that hours answer as others do, such as a reference that is slow and plain."""

    def answers_as_the_reference_does(hours: Any, draw: Draw) -> None:
        start, end = _span(reference, draw)
        duration, boundary = draw(durations(), "duration"), draw(_BOUNDARIES, "boundary")
        asked: dict[str, tuple[Any, ...]] = {
            "elapsed": (start, end),
            "add": (start, duration, boundary),
            "subtract": (end, duration, boundary),
            "is_open": (start,),
            "next_open": (start,),
        }
        for name, given in asked.items():
            if hasattr(hours, name) and hasattr(reference, name):
                found, expected = getattr(hours, name)(*given), getattr(reference, name)(*given)
                told = ", ".join(str(part) for part in given)
                holds(found == expected, f"{name}({told}) is", found, "and the reference says", expected)

    return Law(
        name="answers_as_the_reference_does",
        promise="Whatever is asked, the answer is that of the reference.",
        check=answers_as_the_reference_does,
    )
