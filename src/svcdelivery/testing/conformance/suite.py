"""The kit as pytest tests: subclass `StoreConformance` and say how a store in a folder is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from svcdelivery.storage.protocol import Store
from svcdelivery.testing.conformance import SCENARIOS, Places, Scenario, in_folders
from svcdelivery.testing.conformance.kit import run_one
from svcdelivery.testing.conformance.machine import tell_stories
from svcdelivery.testing.conformance.threads import PATIENCE_SECONDS

__all__ = ["StoreConformance"]


class StoreConformance:
    """One test a promise.

    A subclass has a method `open_store(folder)`, which opens the store that lives in a folder and finds again what the
    folder held before. A store that lives elsewhere has a fixture `places` instead, which answers a function that
    answers, each time it is called, the factory of a store in a new, empty place.
    """

    def open_store(self, folder: Path) -> Store:
        """Open the store that lives in the folder."""
        raise NotImplementedError("give the class a method `open_store(folder)`, or a fixture `places`")

    @pytest.fixture
    def places(self, tmp_path: Path) -> Places:
        """Answer where new, empty places come from."""
        return in_folders(self.open_store, tmp_path)

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.topic}-{scenario.name}")
    def test_the_store_keeps(self, scenario: Scenario, places: Places) -> None:
        """Every promise of the protocol is kept."""
        if not run_one(scenario, places(), patience_seconds=self.patience_seconds):
            offered = ", ".join(sorted(capability.value for capability in scenario.needs))
            pytest.skip(f"not offered: {offered}")

    def test_the_store_agrees_with_the_model(self, places: Places) -> None:
        """No sequence of calls tells the store from a model of dicts and lists."""
        tell_stories(places, stories=self.examples_most, steps=self.steps_most)

    examples_most = 25
    """How many stories the model is told."""

    steps_most = 30
    """How long a story is at most."""

    patience_seconds = PATIENCE_SECONDS
    """How long the store may take over anything."""
