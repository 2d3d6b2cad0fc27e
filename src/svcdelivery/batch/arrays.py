"""What columns are inside: NumPy arrays of epoch microseconds."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

__all__ = ["Flags", "Ints"]

Ints: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Microseconds, a row each."""
Flags: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
"""Yes or no, a row each."""
