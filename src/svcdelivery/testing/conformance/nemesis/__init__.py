"""A nemesis for stores that outlive a process: writers are killed at random instants, and what they were told is there.

`run_nemesis(make, seed=...)` answers a report: every acknowledged command is in the store exactly once, what was not
acknowledged at most once and whole, no position and no version is left out, the chain is sound, and records, wake-ups,
messages and marks are what the facts say. It needs neither pytest nor Hypothesis.

A killed process leaves what it wrote with the operating system. That the machine may lose that too when its power
fails, no test of this kind shows.
"""

from __future__ import annotations

from svcdelivery.testing.conformance.nemesis.checker import Flaw, RunHistory, StoreVerdict, check_store
from svcdelivery.testing.conformance.nemesis.run import Cast, NemesisReport, Strike, run_nemesis
from svcdelivery.testing.conformance.nemesis.work import DrawnCommand, command_of, perform

__all__ = [
    "Cast",
    "DrawnCommand",
    "Flaw",
    "RunHistory",
    "NemesisReport",
    "Strike",
    "StoreVerdict",
    "check_store",
    "command_of",
    "perform",
    "run_nemesis",
]
