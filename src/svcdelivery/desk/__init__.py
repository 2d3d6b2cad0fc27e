"""The desk: one method per thing a person may ask for."""

from __future__ import annotations

from svcdelivery.desk.breach_watch import BreachReport
from svcdelivery.desk.desk import ServiceDesk
from svcdelivery.desk.dispatch import DispatchReport
from svcdelivery.desk.imports import ImportOutcome, TakenIn
from svcdelivery.desk.outcome import Outcome
from svcdelivery.desk.ports import DerivedIds, IdSource
from svcdelivery.desk.watch import WatchFailure, WatchReport

__all__ = [
    "BreachReport",
    "DerivedIds",
    "DispatchReport",
    "IdSource",
    "ImportOutcome",
    "Outcome",
    "ServiceDesk",
    "TakenIn",
    "WatchFailure",
    "WatchReport",
]
