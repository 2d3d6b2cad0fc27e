"""Stores with one realistic defect each. The kit has to catch every one of them, with the right complaint."""

from __future__ import annotations

from tests.storage.mutants import (
    disk,
    exactness,
    extras,
    keys,
    outbox,
    parallel,
    positions,
    records,
    timers,
    times,
    transactions,
    versions,
)
from tests.storage.mutants.kinds import Mutant

__all__ = ["MUTANTS", "Mutant"]

MUTANTS: tuple[Mutant, ...] = tuple(
    mutant
    for module in (
        keys, versions, positions, times, exactness, transactions, records, timers, outbox, disk, extras, parallel,
    )
    for mutant in module.MUTANTS
)  # fmt: skip
"""All of them, family by family."""
