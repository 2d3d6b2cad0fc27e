"""The lifecycle of maintenance requests."""

from __future__ import annotations

from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle

__all__ = ["MAINTENANCE_TABLE", "MaintenanceLifecycle", "MaintenanceStatus"]


class MaintenanceStatus(Status):
    """How a maintenance request stands."""

    REQUESTED = "requested"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_S = MaintenanceStatus


class MaintenanceLifecycle(Lifecycle):
    """What may happen to a maintenance request. What did not help is planned once more."""

    states = States.from_enum(_S, initial=_S.REQUESTED, final=[_S.CLOSED, _S.REFUSED, _S.WITHDRAWN])
    phases = {
        _S.REQUESTED: Phase.NEW,
        _S.PLANNED: Phase.ACTIVE,
        _S.IN_PROGRESS: Phase.ACTIVE,
        _S.DONE: Phase.DONE,
        _S.CLOSED: Phase.CLOSED,
        _S.REFUSED: Phase.CANCELLED,
        _S.WITHDRAWN: Phase.CANCELLED,
    }

    plan = states.REQUESTED.to(states.PLANNED) | states.PLANNED.to(states.PLANNED) | states.DONE.to(states.PLANNED)
    start = states.PLANNED.to(states.IN_PROGRESS)
    complete = states.IN_PROGRESS.to(states.DONE)
    close = states.DONE.to(states.CLOSED)
    refuse = states.REQUESTED.to(states.REFUSED)
    withdraw = states.REQUESTED.to(states.WITHDRAWN) | states.PLANNED.to(states.WITHDRAWN)


MAINTENANCE_TABLE: LifecycleTable[MaintenanceStatus] = compile_lifecycle(MaintenanceLifecycle)
