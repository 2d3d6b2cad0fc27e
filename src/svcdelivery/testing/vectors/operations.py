"""What the runner can ask this library: the one place where a new operation or file format is added."""

from __future__ import annotations

from svcdelivery.testing.vectors.access_operation import ACCESS_OPERATIONS
from svcdelivery.testing.vectors.clock_operation import CLOCK_OPERATIONS
from svcdelivery.testing.vectors.escalation_operation import ESCALATION_OPERATIONS
from svcdelivery.testing.vectors.hours_operations import HOURS_OPERATIONS
from svcdelivery.testing.vectors.lifecycle_operation import LIFECYCLE_OPERATIONS
from svcdelivery.testing.vectors.queue_operation import QUEUE_OPERATIONS
from svcdelivery.testing.vectors.rotation_operation import ROTATION_OPERATIONS
from svcdelivery.testing.vectors.ticket_operation import TICKET_OPERATIONS
from svcdelivery.testing.vectors.vector import Operation

__all__ = ["OPERATIONS"]

OPERATIONS: dict[str, Operation] = {
    **HOURS_OPERATIONS,
    **CLOCK_OPERATIONS,
    **TICKET_OPERATIONS,
    **LIFECYCLE_OPERATIONS,
    **ACCESS_OPERATIONS,
    **ESCALATION_OPERATIONS,
    **ROTATION_OPERATIONS,
    **QUEUE_OPERATIONS,
}
"""Operations by name. Cases of a file with a `format` are asked under that name; one that is missing is skipped."""
