"""Work: service requests and incidents, their lifecycles, what happens to them, and how that is replayed."""

from __future__ import annotations

from svcdelivery.work.corrections import Corrected, Correction, HappenedAt, Mistaken, WasOnHold
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
from svcdelivery.work.observation import Imported, ImportedItem, import_stream
from svcdelivery.work.replay import Standing, Step, Trace, check_course, fold_work, observed_rows, trace_of
from svcdelivery.work.request import REQUEST_TABLE, RequestLifecycle, RequestStatus, ServiceRequest

__all__ = [
    "check_course",
    "WasOnHold",
    "Mistaken",
    "HappenedAt",
    "Correction",
    "Corrected",
    "INCIDENT",
    "INCIDENT_TABLE",
    "REQUEST",
    "REQUEST_TABLE",
    "Accepted",
    "Assigned",
    "Audience",
    "Cancelled",
    "Closed",
    "Fulfilled",
    "Incident",
    "IncidentLifecycle",
    "IncidentRecorded",
    "IncidentStatus",
    "Imported",
    "ImportedItem",
    "MessagePosted",
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
    "Trace",
    "Work",
    "WorkKind",
    "fold_work",
    "import_stream",
    "kind_named",
    "kind_of_stream",
    "observed_rows",
    "trace_of",
]
