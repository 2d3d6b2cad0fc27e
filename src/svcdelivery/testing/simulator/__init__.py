"""A quarter of a small provider, simulated through the desk: the same seed gives the same journal, byte for byte."""

from __future__ import annotations

from svcdelivery.testing.simulator.agreements import provider_agreements
from svcdelivery.testing.simulator.people import directory
from svcdelivery.testing.simulator.simulation import START, provider_desk, simulate
from svcdelivery.testing.simulator.summary import SimulationSummary

__all__ = ["START", "SimulationSummary", "directory", "provider_agreements", "provider_desk", "simulate"]
