"""Scenarios run one by one, each in a place of its own; and all that scenarios are made of, in one place to import."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from svcdelivery.testing.conformance.complaints import NotKeptError, expect, refused, said
from svcdelivery.testing.conformance.lab import (
    START,
    Lab,
    Noted,
    Places,
    StoreFactory,
    Ticked,
    in_folders,
    later,
    note,
    texts,
    write,
)
from svcdelivery.testing.conformance.report import Report, Result
from svcdelivery.testing.conformance.scenario import Scenario, scenario
from svcdelivery.testing.conformance.threads import PATIENCE_SECONDS, within

__all__ = [
    "START",
    "Lab",
    "NotKeptError",
    "Noted",
    "Places",
    "Report",
    "Result",
    "Scenario",
    "StoreFactory",
    "Ticked",
    "expect",
    "in_folders",
    "later",
    "note",
    "refused",
    "run_each",
    "run_one",
    "scenario",
    "texts",
    "write",
]


def run_one(scenario: Scenario, make: StoreFactory, *, patience_seconds: float = PATIENCE_SECONDS) -> bool:
    """Run a scenario in its place, on a thread of its own; False when the store does not offer what it needs.

    Raises:
        NotKeptError: The promise is not kept, or it takes longer than the kit is patient.
    """
    offered: list[bool] = []

    def run() -> None:
        lab = Lab(make, patience_seconds=patience_seconds)
        try:
            if not scenario.needs or scenario.needs <= lab.store.capabilities:
                scenario.run(lab)
                offered.append(True)
        except BaseException:
            # What the store says to being closed after a failure is not the complaint.
            with suppress(Exception):
                lab.close()
            raise
        lab.close()

    # Scenarios with threads of their own are patient once more inside.
    within(patience_seconds * 2, run, "it")
    return bool(offered)


def run_each(
    places: Places,
    scenarios: Sequence[Scenario],
    *,
    first: bool = False,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Report:
    """Run each scenario in a place of its own, whatever the others do."""
    results: list[Result] = []
    for one in scenarios:
        results.append(_result(one, places, patience_seconds))
        if first and results[-1].broken:
            break
    return Report(results=tuple(results), left_out=len(scenarios) - len(results))


def _result(scenario: Scenario, places: Places, patience_seconds: float) -> Result:
    try:
        offered = run_one(scenario, places(), patience_seconds=patience_seconds)
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a foreign adapter raises is its answer
        return Result(scenario=scenario, kept=False, complaint=said(error))
    return Result(scenario=scenario, kept=offered, offered=offered)
