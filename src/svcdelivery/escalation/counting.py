"""How waits are counted: on the wall clock, or in the open time of named hours. All in epoch microseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from svcdelivery.errors import NeverOpenError, NotCoveredError
from svcdelivery.service_hours import Hours

__all__ = ["NEVER", "Hold", "ends", "released"]

NEVER = 1 << 62
"""Later than any instant."""

Hold = tuple[int, int, bool]
"""From when until when nothing fires, and whether waits stand still meanwhile."""

Named = Mapping[str, Hours]


def ends(base: int, wait: int, hours: Hours | None, holds: Sequence[Hold] = ()) -> int:
    """Answer when a wait that began at `base` is over, not counting the holds that stop it; `NEVER` if it is not.

    Where the hours are not known so far ahead it is counted on the wall clock: rather early than never.
    """
    end = _plus(base, wait, hours)
    for start, until, stops in holds:
        if not stops or until <= base or start >= end:
            continue
        if start > base:
            wait -= _between(base, start, hours)
        if until >= NEVER:
            return NEVER
        base = until
        end = _plus(base, wait, hours)
    return end


def released(due: int, holds: Sequence[Hold]) -> int:
    """Answer the instant itself, or the end of the holds it lies in."""
    for start, until, _ in holds:
        if start <= due < until:
            # Another may hold it at the end of this one, also one looked at before.
            return released(until, holds)
    return due


def _plus(base: int, wait: int, hours: Hours | None) -> int:
    if hours is None:
        return base + wait
    return tried(lambda: hours.add_micros(base, wait), base + wait)


def _between(start: int, end: int, hours: Hours | None) -> int:
    if hours is None:
        return end - start
    return tried(lambda: hours.elapsed_micros(start, end), end - start)


def tried(ask: Callable[[], int], otherwise: int) -> int:
    """Answer what the hours say, or the other where they end before."""
    try:
        return ask()
    except (NotCoveredError, NeverOpenError):
        return otherwise
