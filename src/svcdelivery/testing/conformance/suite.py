"""The kit as pytest tests: subclass `StoreConformance` and say where new, empty stores come from."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from svcdelivery.testing.conformance import SCENARIOS, Places, Scenario
from svcdelivery.testing.conformance.kit import run_one
from svcdelivery.testing.conformance.machine import store_machine

__all__ = ["StoreConformance"]


class StoreConformance:
    """One test a promise.

    A subclass has a fixture `places`, which answers a function that answers, each time it is called, the factory of a
    store in a new, empty place. The factory may be called several times, to open what its place holds.
    """

    @pytest.fixture
    def places(self) -> Places:
        """Answer where new, empty places come from."""
        raise NotImplementedError("give the class a fixture `places`")

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.topic}-{scenario.name}")
    def test_the_store_keeps(self, scenario: Scenario, places: Places) -> None:
        """Every promise of the protocol is kept."""
        if not run_one(scenario, places()):
            offered = ", ".join(sorted(capability.value for capability in scenario.needs))
            pytest.skip(f"not offered: {offered}")

    def test_the_store_agrees_with_the_model(self, places: Places) -> None:
        """No sequence of calls tells the store from a model of dicts and lists."""
        run_state_machine_as_test(
            store_machine(places),
            settings=settings(
                max_examples=self.examples_most,
                stateful_step_count=self.steps_most,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    examples_most = 25
    """How many stories the model is told."""

    steps_most = 30
    """How long a story is at most."""
