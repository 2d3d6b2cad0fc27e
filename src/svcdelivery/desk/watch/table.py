"""Who handles which wake-ups: the one table the watch looks into."""

from __future__ import annotations

from svcdelivery.desk.command.waking import WatchHandler
from svcdelivery.desk.operations.materializing import wake_standing
from svcdelivery.desk.terms.rereading import wake_terms
from svcdelivery.desk.watch.of_actions import wake_action
from svcdelivery.desk.watch.of_monitoring import wake_monitor
from svcdelivery.desk.watch.of_security import wake_security_incident, wake_vulnerability
from svcdelivery.desk.watch.of_work import wake_work
from svcdelivery.work import INCIDENT, REQUEST

__all__ = ["HANDLERS"]

HANDLERS: tuple[WatchHandler, ...] = (
    WatchHandler(REQUEST.name, "", wake_work),
    WatchHandler(INCIDENT.name, "", wake_work),
    WatchHandler("action", "", wake_action),
    WatchHandler("agreement", "terms:", wake_terms),
    WatchHandler("vulnerability", "", wake_vulnerability),
    WatchHandler("security_incident", "", wake_security_incident),
    WatchHandler("agreement", "standing", wake_standing),
    WatchHandler("monitor", "", wake_monitor),
)
"""The first that handles a wake-up has it. The breach watch, which remembers what it has read, brings its own."""
