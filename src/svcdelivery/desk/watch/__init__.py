"""The watch: what became due is noticed, recorded and acted on, once, by one process or many."""

from __future__ import annotations

from svcdelivery.desk.watch.report import WatchFailure, WatchReport
from svcdelivery.desk.watch.runs import Watch
from svcdelivery.desk.watch.table import HANDLERS

__all__ = ["HANDLERS", "Watch", "WatchFailure", "WatchReport"]
