"""What happens to maintenance requests."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import ClassVar

from attrs import field, frozen

from svcdelivery.facts import fact_type
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant

__all__ = [
    "MaintenanceCompleted",
    "MaintenanceKind",
    "MaintenancePlanned",
    "MaintenanceRefused",
    "MaintenanceRequested",
    "MaintenanceStarted",
    "MaintenanceVerified",
    "MaintenanceWithdrawn",
    "maintenance_stream",
]


class MaintenanceKind(Enum):
    """What maintenance is for: to repair, to prevent, to follow what changes around, or to make better."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"
    ADAPTIVE = "adaptive"
    PERFECTIVE = "perfective"


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(identifier(value, "a name") for value in values)


def maintenance_stream(id: str) -> str:
    """Answer the name of the stream that holds a maintenance request's facts."""
    return f"maintenance:{id}"


@fact_type("maintenance.requested/1")
@frozen(kw_only=True)
class MaintenanceRequested:
    """Something of the service system needs maintenance.

    Attributes:
        components: What of it.
        item: The stream of the work it is for, such as `incident:7`; empty where there is none.
        run: The run of a procedure that was not enough; empty where there was none.
    """

    summary: str
    kind: MaintenanceKind = MaintenanceKind.CORRECTIVE
    components: tuple[str, ...] = field(default=(), converter=_ids)
    item: str = ""
    run: str = ""


@fact_type("maintenance.planned/1")
@frozen(kw_only=True)
class MaintenancePlanned:
    """Who does it, and when.

    Attributes:
        start, until: The window; None where none is needed.
    """

    action: ClassVar[str] = "plan"

    owner: str
    plan: str
    start: Instant | None = None
    until: Instant | None = None


@fact_type("maintenance.started/1")
@frozen(kw_only=True)
class MaintenanceStarted:
    """It began."""

    action: ClassVar[str] = "start"


@fact_type("maintenance.completed/1")
@frozen(kw_only=True)
class MaintenanceCompleted:
    """It was done; whether it helped is still to be seen."""

    action: ClassVar[str] = "complete"

    result: str


@fact_type("maintenance.verified/1")
@frozen(kw_only=True)
class MaintenanceVerified:
    """It was looked whether it helped; what did is closed, what did not is to be planned once more."""

    action: ClassVar[str] = "close"

    effective: bool
    evidence: str


@fact_type("maintenance.refused/1")
@frozen(kw_only=True)
class MaintenanceRefused:
    """It will not be done."""

    action: ClassVar[str] = "refuse"

    ground: str


@fact_type("maintenance.withdrawn/1")
@frozen(kw_only=True)
class MaintenanceWithdrawn:
    """It is not needed after all."""

    action: ClassVar[str] = "withdraw"

    ground: str
