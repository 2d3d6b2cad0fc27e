"""The look-ups of `tables`, compiled by numba where it is installed: the same tables, the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from svcdelivery.batch.arrays import Ints

__all__ = ["elapsed", "instants", "positions"]

Rows = tuple["Ints", "Ints", "Ints"]


@njit(cache=True, nogil=True)
def positions(keys: Ints, out: Ints, buckets: tuple[int, int], bounds: tuple[int, int], rows: Rows) -> bool:
    """Write the service time at each instant; answer whether all lie between the bounds."""
    (shift, first), (low, high), (opens, closes, shifts) = buckets, bounds, rows
    shift &= 63
    for row in range(keys.size):
        key = keys[row]
        if key < low or key > high:
            return False
        # Without a sign nothing counts from the end.
        bucket = np.uint64((key >> shift) - first)
        found = shifts[bucket] + min(max(key, opens[0, bucket]), closes[0, bucket])
        if opens.shape[0] == 2:
            found += min(max(key, opens[1, bucket]), closes[1, bucket])
        out[row] = found
    return True


@njit(cache=True, nogil=True)
def elapsed(keys: tuple[Ints, Ints], out: Ints, buckets: tuple[int, int], bounds: tuple[int, int], rows: Rows) -> bool:
    """Write the service time between two instants, zero backwards; answer as `positions`."""
    (since, until), (shift, first), (low, high), (opens, closes, shifts) = keys, buckets, bounds, rows
    shift &= 63
    for row in range(out.size):
        start, end = since[row], until[row]
        if end <= start:
            out[row] = 0
            continue
        if start < low or end > high:
            return False
        # Written out: as a call of its own the same look-up takes ten times as long.
        here, there = np.uint64((start >> shift) - first), np.uint64((end >> shift) - first)
        found = shifts[there] - shifts[here]
        found += min(max(end, opens[0, there]), closes[0, there])
        found -= min(max(start, opens[0, here]), closes[0, here])
        if opens.shape[0] == 2:
            found += min(max(end, opens[1, there]), closes[1, there])
            found -= min(max(start, opens[1, here]), closes[1, here])
        out[row] = found
    return True


@njit(cache=True, nogil=True)
def instants(keys: Ints, out: Ints, buckets: tuple[int, int], rows: tuple[Ints, Ints], opening: bool) -> None:
    """Write the instant at each service time, on the opening or on the closing side."""
    (shift, first), (jumps, aheads) = buckets, rows
    shift &= 63
    before = 0 if opening else 1
    for row in range(keys.size):
        key = keys[row]
        bucket = np.uint64((key >> shift) - first)
        # Past a closing, or with `opening` at it, the next opening is the one that counts.
        which = 1 if key - before >= jumps[0, bucket] else 0
        if jumps.shape[0] == 2 and key - before >= jumps[1, bucket]:
            which = 2
        out[row] = key + aheads[which, bucket]
