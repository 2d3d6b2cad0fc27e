"""How much work something is, told so that every machine, however busy, says the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from cProfile import Profile

__all__ = ["calls_at_most"]

_CPU_SECONDS_MOST = 60.0


@contextmanager
def calls_at_most(most: int) -> Iterator[None]:
    """Fail when the block calls more functions than that; five million take about a second of an idle machine.

    What one call hides, such as a copy of all there is, shows in the processor's time: there the limit is so far that
    only work that grows faster than what is given reaches it.
    """
    profile, began = Profile(), time.process_time()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
    spent, calls = time.process_time() - began, sum(entry.callcount for entry in profile.getstats())
    assert calls <= most, f"{calls:,} calls of functions, {most:,} at most"
    assert spent < _CPU_SECONDS_MOST, f"{spent:.0f} s of the processor, {_CPU_SECONDS_MOST:.0f} s at most"
