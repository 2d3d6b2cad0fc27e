"""Service hours against an oracle that walks the wall clock.

A slice is part of every run of the tests; `make oracle` asks for 24,000 answers and prints the figures. The variable
`SVCDELIVERY_ORACLE_ANSWERS` sets how many.
"""

from __future__ import annotations

import os
import random
from bisect import bisect_left
from datetime import timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from svcdelivery.service_hours import Boundary
from svcdelivery.timeline import from_micros, to_micros
from tests.service_hours.calendars import PLANS, service_hours
from tests.service_hours.oracle import Oracle

ANSWERS = int(os.environ.get("SVCDELIVERY_ORACLE_ANSWERS", "2400"))
FIGURES: dict[str, tuple[int, int, int]] = {}
"""Answers, instants asked about, and those of them near a change, by calendar; none where one answer was wrong."""
BOUNDARIES: tuple[Boundary, ...] = ("close", "next_open")
HOUR = 3_600_000_000
DAY = 24 * HOUR
ZONES = (ZoneInfo("Asia/Tokyo"), timezone(timedelta(hours=-3, minutes=-30)), ZoneInfo("Europe/Berlin"))


@cache
def oracle_of(name: str) -> Oracle:
    return Oracle(PLANS[name])


class Draw:
    """Seeded instants with microseconds: two of three near an offset change or a shift edge, one of five on it."""

    def __init__(self, name: str, oracle: Oracle) -> None:
        self.random = random.Random(name)
        self.oracle = oracle
        self.marks = sorted({*oracle.edges, *oracle.changes})

    def instant(self) -> int:
        roll, span = self.random.random(), self.oracle.end - self.oracle.start
        if roll < 0.33 or not self.marks:
            return self.oracle.start + self.random.randrange(span)
        marks = self.oracle.changes if self.oracle.changes and roll < 0.6 else self.marks
        mark = self.random.choice(marks)
        near = mark + (0 if roll > 0.87 else self.random.choice((-1, 1)) * self.random.randrange(4 * HOUR))
        return min(max(near, self.oracle.start), self.oracle.end)

    def amount(self) -> int:
        kind = self.random.randrange(5)
        if kind == 0:
            return 0
        if kind == 1:
            opens, closes = self.random.choice(self.oracle.intervals)
            return (closes - opens) * self.random.randrange(1, 4)
        return self.random.randrange(1, (HOUR, 20 * HOUR, 300 * HOUR)[kind - 2])

    def is_near(self, at: int) -> bool:
        """Whether an offset change, a closure or a shift edge lies within a day."""
        i = bisect_left(self.marks, at - DAY)
        return i < len(self.marks) and self.marks[i] <= at + DAY


@pytest.mark.parametrize("name", PLANS)
def test_every_answer_is_what_the_wall_clock_says(name: str) -> None:
    """Elapsed, due forward and backward, and openness are right to the microsecond, by datetimes and by integers."""
    hours, oracle = service_hours(PLANS[name]), oracle_of(name)
    draw = Draw(name, oracle)
    asked = answers = near = 0
    while answers < ANSWERS / len(PLANS):
        start, end = draw.instant(), draw.instant()
        amount, boundary = draw.amount(), draw.random.choice(BOUNDARIES)
        zone = draw.random.choice(ZONES)
        where = f"{from_micros(start)} {from_micros(end)} {amount} {boundary}"
        near += draw.is_near(start) + draw.is_near(end)

        expected = oracle.elapsed(start, end)
        given = from_micros(start).astimezone(zone), from_micros(end).astimezone(zone)
        assert hours.elapsed(*given) == timedelta(microseconds=expected), where
        assert hours.elapsed(from_micros(start), from_micros(end)) == timedelta(microseconds=expected), where
        assert hours.elapsed_micros(start, end) == expected, where
        assert sum(e - s for s, e in hours.spans(start, end)) == expected, where

        if start < oracle.end:
            assert hours.is_open(from_micros(start)) is oracle.is_open(start), where
        due = oracle.add(start, amount, boundary)
        if due is not None and due < oracle.end:
            assert to_micros(hours.add(given[0], timedelta(microseconds=amount), boundary)) == due, where
            assert hours.add_micros(start, amount, boundary) == due, where
        since = oracle.subtract(end, amount, boundary)
        if since is not None and since > oracle.start and end < oracle.end:
            assert to_micros(hours.subtract(given[1], timedelta(microseconds=amount), boundary)) == since, where
            assert hours.subtract_micros(end, amount, boundary) == since, where
        asked += 2
        answers += 2 + (due is not None) + (since is not None)
    FIGURES[name] = (answers, asked, near)
    assert near >= 0.4 * asked, "too few instants near a change"


def test_the_figures_are_those_that_were_promised() -> None:
    """A dozen calendars and more; `make oracle`, which asks in one process, prints what it counted."""
    assert len(PLANS) >= 12
    print()
    for name, (answers, asked, near) in FIGURES.items():
        print(f"{name}: {answers} answers, 0 wrong; {near} of {asked} instants within a day of a change")
    answers, asked, near = (sum(figures) for figures in zip(*FIGURES.values(), strict=True)) if FIGURES else (0, 1, 0)
    print(
        f"{len(FIGURES)} calendars, {answers} answers, 0 wrong; {near / asked:.1%} of instants within a day of a change"
    )


@pytest.mark.parametrize("name", PLANS)
def test_the_open_intervals_of_a_window_are_those_of_the_wall_clock(name: str) -> None:
    """Touching shifts are one, and nothing is missing at the year's end."""
    oracle = oracle_of(name)
    assert list(service_hours(PLANS[name]).spans(oracle.start, oracle.end)) == oracle.intervals
