"""A million open clocks: moving one and asking for the next, against pushing to and popping from a bare heap.

Both sides hold the same million due instants and are given instants. The heap cannot move or take out an entry: a push
and a pop are the least that a hand-made queue would cost, not what it would answer.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from itertools import cycle

from benchmarks.harness import Row, compare
from svcdelivery.clock.watchlist import Watchlist
from svcdelivery.timeline import Instant, from_micros

__all__ = ["rows"]

_CLOCKS = 1_000_000
_CALLS = 20_000
_START = 1_767_225_600_000_000
_SPREAD = 90 * 86_400_000_000

Entry = tuple[Instant, str]
_Work = Callable[[], None]


def rows() -> list[Row]:
    """Measure updates, questions and the bulk load."""
    draw = random.Random(11)
    keys = [f"INC-{number:07d}" for number in range(_CLOCKS)]
    clocks = [(key, _instant(draw)) for key in keys]
    moved = draw.sample(keys, _CALLS)
    moves = [[(key, _instant(draw)) for key in moved] for _ in range(2)]
    entries = [(due, key) for key, due in clocks]
    heap = sorted(entries)
    watchlist = Watchlist(clocks)
    push_and_pop = _push_and_pop(heap, [(due, key) for key, due in moves[0]])
    return [
        Row.at_most(
            "watchlist, move one of 1M / heap push and pop", *compare(_moving(watchlist, moves), push_and_pop), 4
        ),
        Row.at_most("watchlist, next of 1M / heap push and pop", *compare(_asking(watchlist), push_and_pop), 1.5),
        Row.at_most("watchlist, next 10 of 1M / heap pop and push back 10", *compare(*_ten(watchlist, heap)), 2),
        Row.at_most("watchlist, bulk load of 1M / sorted()", *_load(clocks, entries), 3),
    ]


def _instant(draw: random.Random) -> Instant:
    return from_micros(_START + draw.randrange(_SPREAD))


def _push_and_pop(heap: list[Entry], entries: list[Entry]) -> _Work:
    def work() -> None:
        for entry in entries:
            heapq.heappush(heap, entry)
            heapq.heappop(heap)

    return work


def _moving(watchlist: Watchlist[str], moves: list[list[tuple[str, Instant]]]) -> _Work:
    # Between two instants each, since a clock put where it is moves nothing.
    turns = cycle(moves)

    def work() -> None:
        for key, due in next(turns):
            watchlist.put(key, due)

    return work


def _asking(watchlist: Watchlist[str]) -> _Work:
    def work() -> None:
        for _ in range(_CALLS):
            watchlist.next()

    return work


def _ten(watchlist: Watchlist[str], heap: list[Entry]) -> tuple[_Work, _Work]:
    def ours() -> None:
        for _ in range(_CALLS // 10):
            watchlist.next(10)

    def baseline() -> None:
        for _ in range(_CALLS // 10):
            for entry in [heapq.heappop(heap) for _ in range(10)]:
                heapq.heappush(heap, entry)

    return ours, baseline


def _load(clocks: list[tuple[str, Instant]], entries: list[Entry]) -> tuple[float, float]:
    return compare(lambda: Watchlist(clocks), lambda: sorted(entries), passes=2)
