"""A million open clocks: moving one and asking for the next, against pushing to and popping from a bare heap.

Both sides hold the same million due instants. The heap cannot move or remove an entry; a push and a pop are the least
that a queue without answers to those would cost.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from benchmarks.harness import Row, compare
from svcdelivery.clock.watchlist import Watchlist
from svcdelivery.timeline import from_micros

__all__ = ["rows"]

_CLOCKS = 1_000_000
_CALLS = 20_000
_START = 1_767_225_600_000_000
_SPREAD = 90 * 86_400_000_000

Entry = tuple[int, str]


def rows() -> list[Row]:
    """Measure updates, questions and the bulk load."""
    draw = random.Random(11)
    keys = [f"INC-{number:07d}" for number in range(_CLOCKS)]
    entries = [(_START + draw.randrange(_SPREAD), key) for key in keys]
    clocks = [(key, from_micros(due)) for due, key in entries]
    moves = [(draw.choice(keys), _START + draw.randrange(_SPREAD)) for _ in range(_CALLS)]
    heap = sorted(entries)
    watchlist = Watchlist(clocks)
    push_and_pop = _push_and_pop(heap, [(due, key) for key, due in moves])
    moving = _moving(watchlist, [(key, from_micros(due)) for key, due in moves])
    return [
        Row.at_most("watchlist, move one of 1M / heap push and pop", *compare(moving, push_and_pop), 3),
        Row.at_most("watchlist, next of 1M / heap push and pop", *compare(_asking(watchlist), push_and_pop), 1),
        Row.at_most(
            "watchlist, before(t) of 1M, 10 answers / heap push and pop", *_before(watchlist, push_and_pop), 10
        ),
        Row.at_most("watchlist, bulk load of 1M / sorted()", *_load(clocks, entries), 4),
    ]


def _push_and_pop(heap: list[Entry], entries: list[Entry]) -> Callable[[], None]:
    def work() -> None:
        for entry in entries:
            heapq.heappush(heap, entry)
            heapq.heappop(heap)

    return work


def _moving(watchlist: Watchlist[str], moves: list[tuple[str, datetime]]) -> Callable[[], None]:
    shift = [timedelta(0)]

    def work() -> None:
        # Another instant in each pass, since a clock put where it is moves nothing.
        shift[0] += timedelta(microseconds=1)
        for key, due in moves:
            watchlist.put(key, datetime.__add__(due, shift[0]))

    return work


def _asking(watchlist: Watchlist[str]) -> Callable[[], None]:
    def work() -> None:
        for _ in range(_CALLS):
            watchlist.next()

    return work


def _before(watchlist: Watchlist[str], baseline: Callable[[], None]) -> tuple[float, float]:
    at = watchlist.next(11)[-1].due_at

    def work() -> None:
        for _ in range(_CALLS):
            watchlist.before(at)

    return compare(work, baseline)


def _load(clocks: list[tuple[str, datetime]], entries: list[Entry]) -> tuple[float, float]:
    return compare(lambda: Watchlist(clocks), lambda: sorted(entries), passes=2)
