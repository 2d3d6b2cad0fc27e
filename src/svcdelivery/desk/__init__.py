"""The desk: one method per thing a person may ask for."""

from __future__ import annotations

from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.ports import DerivedIds, IdSource
from svcdelivery.desk.desk import ServiceDesk
from svcdelivery.desk.security.breach_watch import BreachReport
from svcdelivery.desk.watch import WatchFailure, WatchReport
from svcdelivery.desk.work.dispatch import DispatchReport
from svcdelivery.desk.work.imports import ImportOutcome, TakenIn

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
