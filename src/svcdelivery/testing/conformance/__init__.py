"""The contract of a store as scenarios that any adapter can be put through; needs neither pytest nor Hypothesis.

`check(places)` runs them and answers a report; `python -m svcdelivery.testing.conformance MODULE:STORE` does the same
from a command line. With pytest, subclass `StoreConformance` of the module `suite`. Both add the model of the module
`machine`, where Hypothesis is installed. The scenarios of the module `faults` go through `Faulty`, which makes the
calls of any store fail at will.
"""

from __future__ import annotations

from attrs import evolve

from svcdelivery.testing.conformance import (
    exactness,
    faults,
    journal,
    offers,
    outbox,
    parallel,
    records,
    shape,
    shared,
    sharing,
    timers,
)
from svcdelivery.testing.conformance.complaints import NotKeptError
from svcdelivery.testing.conformance.faulty import Fault, Faulty
from svcdelivery.testing.conformance.kit import (
    Lab,
    Places,
    Scenario,
    StoreFactory,
    in_folders,
    run_each,
)
from svcdelivery.testing.conformance.model import STEPS_MOST, told
from svcdelivery.testing.conformance.report import Report, Result
from svcdelivery.testing.conformance.threads import PATIENCE_SECONDS

__all__ = [
    "SCENARIOS",
    "Fault",
    "Faulty",
    "Lab",
    "NotKeptError",
    "Places",
    "Report",
    "Result",
    "Scenario",
    "StoreFactory",
    "check",
    "in_folders",
]

SCENARIOS: tuple[Scenario, ...] = (
    *shape.SCENARIOS,
    *journal.SCENARIOS,
    *sharing.SCENARIOS,
    *exactness.SCENARIOS,
    *records.SCENARIOS,
    *timers.SCENARIOS,
    *outbox.SCENARIOS,
    *faults.SCENARIOS,
    *offers.SCENARIOS,
    *parallel.SCENARIOS,
    *shared.SCENARIOS,
)
"""Every promise of the protocol, in the order a new adapter best keeps them."""


def check(
    places: Places,
    scenarios: tuple[Scenario, ...] = SCENARIOS,
    *,
    stories: int = 0,
    first: bool = False,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Report:
    """Put a store through scenarios and answer what it kept.

    Args:
        places: Called once a scenario; answers a factory of stores in a new, empty place. `in_folders` makes them of a
            function that opens a store in a folder.
        scenarios: Which ones; all, unless told.
        stories: How many stories the model is told once all scenarios are kept. More than 0 needs Hypothesis.
        first: Whether to end at the first promise that is not kept.
        patience_seconds: How long a store may take over anything before the kit complains and goes on.
    """
    report = run_each(places, scenarios, first=first, patience_seconds=patience_seconds)
    if not stories:
        return report
    if not report.ok:
        return evolve(report, left_out=report.left_out + 1)
    return evolve(report, results=(*report.results, told(places, stories=stories, steps=STEPS_MOST)))
