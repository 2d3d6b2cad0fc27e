"""The two kinds of work, and what each needs: its lifecycle, its record, its streams."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.lifecycle import LifecycleTable
from svcdelivery.work.incident import INCIDENT_TABLE, Incident
from svcdelivery.work.request import REQUEST_TABLE, ServiceRequest

__all__ = ["INCIDENT", "REQUEST", "Work", "WorkKind", "kind_named", "kind_of_stream"]

Work = ServiceRequest | Incident


@frozen(eq=False)
class WorkKind:
    """One kind of work."""

    name: str
    record: type[ServiceRequest | Incident]
    table: LifecycleTable[Any]

    def stream(self, id: str) -> str:
        """Answer the name of the stream that holds an item's facts."""
        return f"{self.name}:{id}"


REQUEST = WorkKind("request", ServiceRequest, REQUEST_TABLE)
INCIDENT = WorkKind("incident", Incident, INCIDENT_TABLE)
_KINDS = {kind.name: kind for kind in (REQUEST, INCIDENT)}


def kind_named(name: str) -> WorkKind:
    """Answer the kind of work of that name.

    Raises:
        InvalidValueError: There is none.
    """
    try:
        return _KINDS[name]
    except KeyError:
        raise InvalidValueError(what="a kind of work", value=name, hint="`request` or `incident`") from None


def kind_of_stream(stream: str) -> WorkKind | None:
    """Answer the kind of work a stream belongs to, None for a stream of something else."""
    return _KINDS.get(stream.partition(":")[0])
