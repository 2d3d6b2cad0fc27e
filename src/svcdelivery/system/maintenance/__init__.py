"""Maintenance of the service system: asked for where a procedure is not enough, planned, done, and verified.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 7 and SP 3.3
"""

from __future__ import annotations

from svcdelivery.system.maintenance.commands import (
    complete_maintenance,
    maintenance_after,
    plan_maintenance,
    refuse_maintenance,
    request_maintenance,
    start_maintenance,
    verify_maintenance,
    withdraw_maintenance,
)
from svcdelivery.system.maintenance.facts import (
    MaintenanceCompleted,
    MaintenanceKind,
    MaintenancePlanned,
    MaintenanceRefused,
    MaintenanceRequested,
    MaintenanceStarted,
    MaintenanceVerified,
    MaintenanceWithdrawn,
    maintenance_stream,
)
from svcdelivery.system.maintenance.lifecycle import MAINTENANCE_TABLE, MaintenanceLifecycle, MaintenanceStatus
from svcdelivery.system.maintenance.record import MaintenanceRequest, fold_maintenance

__all__ = [
    "MAINTENANCE_TABLE",
    "MaintenanceCompleted",
    "MaintenanceKind",
    "MaintenanceLifecycle",
    "MaintenancePlanned",
    "MaintenanceRefused",
    "MaintenanceRequest",
    "MaintenanceRequested",
    "MaintenanceStarted",
    "MaintenanceStatus",
    "MaintenanceVerified",
    "MaintenanceWithdrawn",
    "complete_maintenance",
    "fold_maintenance",
    "maintenance_after",
    "maintenance_stream",
    "plan_maintenance",
    "refuse_maintenance",
    "request_maintenance",
    "start_maintenance",
    "verify_maintenance",
    "withdraw_maintenance",
]
