"""Columns of a million rows: service time, due instants and clocks, with the answers of the scalar functions."""

from __future__ import annotations

from svcdelivery.batch.hours import add, elapsed, is_open, next_open, subtract

__all__ = ["add", "elapsed", "is_open", "next_open", "subtract"]
