"""Lifecycles: a strict chart base that only defines, and the table compiled from it that commands and replay ask."""

from __future__ import annotations

from svcdelivery.lifecycle.chart import Lifecycle, States, compile_lifecycle, disagreements
from svcdelivery.lifecycle.table import Guard, LifecycleTable, Move, Phase, Recorded, Status

__all__ = [
    "Guard",
    "Lifecycle",
    "LifecycleTable",
    "Move",
    "Phase",
    "Recorded",
    "States",
    "Status",
    "compile_lifecycle",
    "disagreements",
]
