"""Look-up tables by power-of-two buckets: what a timetable says, for whole arrays, by a shift and a few gathers.

A bucket holds the keys that agree in all but their last `shift` bits, and meets at most two marks, so that no search is
needed. All of it is integer arithmetic: answers are those of the timetable, bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from svcdelivery.batch.arrays import Ints

__all__ = ["Buckets"]

_CACHED_MOST = 1 << 15
"""Up to so many buckets of one mark each stay in the cache; beyond, fewer with two marks each are faster."""
_USED_MOST = 1 << 20
_UNUSED_MOST = 1 << 17
_LARGEST = np.iinfo(np.int64).max


@frozen(eq=False)
class Buckets:
    """How keys are told apart: the bucket of a key is `(key >> shift) - first`.

    Attributes:
        count: How many there are.
        skipped: So many at the beginning are never met.
        each: How many marks a bucket meets at most.
    """

    shift: int
    first: int
    count: int
    skipped: int
    each: int

    @classmethod
    def of(cls, starts: Ints, ends: Ints, low: int, high: int) -> Buckets | None:
        """Answer buckets for the keys from `low` to `high` that meet few marks; None where that takes too many.

        Args:
            starts: The first key of each mark, rising.
            ends: The last key of each mark, that one included.
        """
        for each in (1, 2):
            shift = _widest(starts, ends, each)
            used = (high >> shift) - (low >> shift) + 1
            if used <= (_CACHED_MOST if each == 1 else _USED_MOST):
                # Counted from zero where that is near, no look-up has to subtract; memory never touched costs nothing.
                near = low >= 0 and (low >> shift) <= _UNUSED_MOST
                first = 0 if near else low >> shift
                return cls(shift, first, (high >> shift) - first + 1, (low >> shift) - first, each)
        return None

    @property
    def key(self) -> tuple[int, int]:
        """What tells the bucket of a key."""
        return self.shift, self.first

    def starts(self) -> Ints:
        """Answer the first key of each bucket that is met."""
        return np.arange(self.first + self.skipped, self.first + self.count) << self.shift

    def row(self, values: Ints | int) -> Ints:
        """Answer a value a bucket, those given for the buckets that are met."""
        made = np.zeros(self.count, np.int64)
        made[self.skipped :] = values
        return made

    def index(self, keys: Ints, out: Ints) -> Ints:
        """Answer the bucket of each key."""
        np.right_shift(keys, self.shift, out=out)
        if self.first:
            out -= self.first
        return out


def _widest(starts: Ints, ends: Ints, each: int) -> int:
    """Answer the widest shift at which a bucket meets at most so many marks."""
    if len(starts) <= each:
        return 62
    # Two keys lie in different buckets as long as the highest bit they differ in is not shifted out; the sign never is.
    differing = starts[each:] ^ ends[:-each]
    return min(62, int(np.min(np.where(differing < 0, _LARGEST, differing))).bit_length() - 1)
