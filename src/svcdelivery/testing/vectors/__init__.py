"""Runs language-neutral test vectors of service hours and clocks, those of any product, against this library."""

from __future__ import annotations

from svcdelivery.testing.vectors.report import Checked, VectorReport
from svcdelivery.testing.vectors.runner import run_vectors

__all__ = ["Checked", "VectorReport", "run_vectors"]
