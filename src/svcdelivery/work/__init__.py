"""Work: service requests and incidents, their lifecycles, what happens to them, and how that is replayed."""

from __future__ import annotations

from svcdelivery.work.corrections import Corrected, Correction, HappenedAt, Mistaken, WasOnHold, still_valid
from svcdelivery.work.facts import (
    Accepted,
    Assigned,
    Audience,
    Cancelled,
    Closed,
    Fulfilled,
    IncidentRecorded,
    MessagePosted,
    Observed,
    PriorityChanged,
    PutOnHold,
    Rejected,
    Reopened,
    RequestReceived,
    Resolved,
    Resumed,
    Started,
)
from svcdelivery.work.incident import INCIDENT_TABLE, Incident, IncidentLifecycle, IncidentStatus
from svcdelivery.work.kinds import INCIDENT, REQUEST, Work, WorkKind, kind_named, kind_of_stream
from svcdelivery.work.links import Absorbed, Linked, LinkKind, SurvivorMoved
from svcdelivery.work.observation import Imported, ImportedItem, import_stream
from svcdelivery.work.replay import Standing, Step, Trace, check_course, fold_work, observed_rows, trace_of
from svcdelivery.work.request import REQUEST_TABLE, RequestLifecycle, RequestStatus, ServiceRequest

__all__ = [
    "INCIDENT",
    "INCIDENT_TABLE",
    "REQUEST",
    "REQUEST_TABLE",
    "Absorbed",
    "Accepted",
    "Assigned",
    "Audience",
    "Cancelled",
    "Closed",
    "Corrected",
    "Correction",
    "Fulfilled",
    "HappenedAt",
    "Imported",
    "ImportedItem",
    "Incident",
    "IncidentLifecycle",
    "IncidentRecorded",
    "IncidentStatus",
    "LinkKind",
    "Linked",
    "MessagePosted",
    "Mistaken",
    "Observed",
    "PriorityChanged",
    "PutOnHold",
    "Rejected",
    "Reopened",
    "RequestLifecycle",
    "RequestReceived",
    "RequestStatus",
    "Resolved",
    "Resumed",
    "ServiceRequest",
    "Standing",
    "Started",
    "Step",
    "SurvivorMoved",
    "Trace",
    "WasOnHold",
    "Work",
    "WorkKind",
    "check_course",
    "fold_work",
    "import_stream",
    "kind_named",
    "kind_of_stream",
    "observed_rows",
    "still_valid",
    "trace_of",
]
