"""Chunks of a column and the room to work on them, so that what is worked on stays in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from types import ModuleType

import numpy as np

from svcdelivery.batch.arrays import Flags, Ints

__all__ = ["CHUNK", "COMPILED_FROM", "Workspace"]

CHUNK = 16_384
"""Rows worked on at a time: few enough to stay in the second-level cache, enough to make the calls worth it."""

COMPILED_FROM = 1 << 20
"""Rows from which on numba is used where it is installed: below, loading it costs more than it saves."""


class Workspace:
    """Room for what is worked out on the way, so that a chunk asks for no memory; and what works it out."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.compiled = _compiled() if rows >= COMPILED_FROM else None
        room = min(rows, CHUNK)
        self._index, self._one, self._two, self._spare = (np.empty(room, np.int64) for _ in range(4))
        self._flags = np.empty(room, bool)

    def chunks(self) -> Iterator[slice]:
        """Answer the slices that cut the rows into chunks."""
        return (slice(low, min(low + CHUNK, self.rows)) for low in range(0, self.rows, CHUNK))

    def spare(self, length: int) -> Ints:
        """Answer an array of a chunk's length that reading a table leaves alone."""
        return self._spare[:length]

    def ints(self, length: int) -> tuple[Ints, Ints, Ints]:
        """Answer three arrays of a chunk's length; the next who asks is given the same ones."""
        return self._index[:length], self._one[:length], self._two[:length]

    def flags(self, length: int) -> Flags:
        """Answer an array of flags."""
        return self._flags[:length]


def _compiled() -> ModuleType | None:
    if find_spec("numba") is None:
        return None
    from svcdelivery.batch import compiled

    return compiled
