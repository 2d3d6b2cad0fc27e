"""The contract of a store as scenarios that any adapter can be put through; needs neither pytest nor Hypothesis.

`check(places)` runs them and answers a report. With pytest, subclass `StoreConformance` of the module `suite`, which
adds the model of the module `machine`.
"""

from __future__ import annotations

from svcdelivery.testing.conformance import exactness, journal, offers, outbox, records, sharing, timers
from svcdelivery.testing.conformance.kit import (
    Lab,
    NotKeptError,
    Places,
    Report,
    Result,
    Scenario,
    StoreFactory,
    run_each,
)

__all__ = ["SCENARIOS", "Lab", "NotKeptError", "Places", "Report", "Result", "Scenario", "StoreFactory", "check"]

SCENARIOS: tuple[Scenario, ...] = (
    *journal.SCENARIOS,
    *sharing.SCENARIOS,
    *exactness.SCENARIOS,
    *records.SCENARIOS,
    *timers.SCENARIOS,
    *outbox.SCENARIOS,
    *offers.SCENARIOS,
)
"""Every promise of the protocol, in the order a new adapter best keeps them."""


def check(places: Places, scenarios: tuple[Scenario, ...] = SCENARIOS) -> Report:
    """Put a store through scenarios and answer what it kept.

    Args:
        places: Called once a scenario; answers a factory of stores in a new, empty place.
        scenarios: Which ones; all, unless told.
    """
    return run_each(places, scenarios)
