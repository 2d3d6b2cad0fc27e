"""What the desk keeps on shelves: what each kind of record is found by, and rows of what has no record of its own."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from svcdelivery.agreement import AgreementRecord, agreement_stream
from svcdelivery.desk.command.shelf import Columns, Shelf
from svcdelivery.improvement import ACTION_TABLE, CorrectiveAction, action_stream
from svcdelivery.schedule import ScheduleRecord, schedule_stream
from svcdelivery.security.breaches import BREACHES_STREAM, BreachFinding, FindingRaised
from svcdelivery.security.incident import SECURITY_INCIDENT_TABLE, SecurityIncident, security_incident_stream
from svcdelivery.security.vulnerability import VULNERABILITY_TABLE, Vulnerability, vulnerability_stream
from svcdelivery.storage.protocol import Record
from svcdelivery.system import (
    COMPONENT_TABLE,
    MAINTENANCE_TABLE,
    RUN_TABLE,
    ComponentState,
    Course,
    DeliveryApproach,
    MaintenanceRequest,
    Procedure,
    ProcedureRun,
    Thresholds,
    approach_stream,
    component_stream,
    course_stream,
    maintenance_stream,
    procedure_stream,
    run_stream,
    threshold_stream,
    training_stream,
)
from svcdelivery.work import INCIDENT, REQUEST, Work, WorkKind
from svcdelivery.work.order import ServiceOrder, order_stream
from svcdelivery.work.problem import ProblemRecord, problem_stream

__all__ = [
    "ACTIONS",
    "APPROACHES",
    "COMPONENTS",
    "COURSES",
    "FINDINGS",
    "MAINTENANCE",
    "ORDERS",
    "PROBLEMS",
    "PROCEDURES",
    "RUNS",
    "SECURITY_INCIDENTS",
    "VULNERABILITIES",
    "agreement_row",
    "finding_id",
    "schedule_row",
    "threshold_row",
    "training_row",
    "work_row",
    "work_shelf",
]

# -- work --------------------------------------------------------------------------------------------------------------


def _work_columns(work: Work) -> Columns:
    return {
        "status": work.status,
        "phase": work.phase,
        "customer": work.customer,
        "service": work.service,
        "agreement": work.agreement,
        "priority": work.priority,
        "team": work.team,
        "assignee": work.assignee,
    }


_WORK: dict[str, Shelf[Any]] = {
    kind.name: Shelf(kind.name, kind.record, kind.stream, _work_columns) for kind in (REQUEST, INCIDENT)
}


def work_shelf(kind: WorkKind) -> Shelf[Any]:
    """Answer the shelf of requests or of incidents."""
    return _WORK[kind.name]


def work_row(kind: WorkKind, work: Work) -> Record:
    """Answer the row of a request or incident."""
    return work_shelf(kind).row(work)


def _problem_columns(problem: ProblemRecord) -> Columns:
    return {
        "status": problem.status,
        "phase": problem.phase,
        # It is found by its service where it troubles one alone.
        "service": next(iter(problem.services)) if len(problem.services) == 1 else None,
        "priority": problem.priority,
        "assignee": problem.owner,
    }


ORDERS: Shelf[ServiceOrder] = Shelf("order", ServiceOrder, order_stream, lambda order: {"customer": order.customer})
"""Orders of several requests."""

PROBLEMS: Shelf[ProblemRecord] = Shelf("problem", ProblemRecord, problem_stream, _problem_columns)
"""Problems and known errors."""

ACTIONS: Shelf[CorrectiveAction] = Shelf(
    "action",
    CorrectiveAction,
    action_stream,
    lambda action: {"status": action.status, "phase": ACTION_TABLE.phase(action.status), "assignee": action.owner},
    what="corrective action",
)
"""Corrective actions."""

# -- the service system ------------------------------------------------------------------------------------------------


def _unknown(_record: object) -> int:
    return 0


def _component_columns(state: ComponentState) -> Columns:
    owner = state.component.owner if state.component is not None else None
    return {"status": state.status, "phase": COMPONENT_TABLE.phase(state.status), "assignee": owner}


COMPONENTS: Shelf[ComponentState] = Shelf("component", ComponentState, component_stream, _component_columns)
"""Components as they stand."""

MAINTENANCE: Shelf[MaintenanceRequest] = Shelf(
    "maintenance",
    MaintenanceRequest,
    maintenance_stream,
    lambda asked: {"status": asked.status, "phase": MAINTENANCE_TABLE.phase(asked.status), "assignee": asked.owner},
    what="maintenance request",
)
"""Maintenance requests."""

RUNS: Shelf[ProcedureRun] = Shelf(
    "run", ProcedureRun, run_stream, lambda run: {"status": run.status, "phase": RUN_TABLE.phase(run.status)}
)
"""Runs of procedures."""

PROCEDURES: Shelf[Procedure] = Shelf(
    "procedure",
    Procedure,
    procedure_stream,
    lambda procedure: {"assignee": procedure.owner},
    version_of=_unknown,
)
"""Procedures, each in the version to follow."""

APPROACHES: Shelf[DeliveryApproach] = Shelf(
    "approach",
    DeliveryApproach,
    approach_stream,
    lambda approach: {"agreement": approach.agreement},
    what="approach of agreement",
    id_of=lambda approach: approach.agreement,
    version_of=_unknown,
)
"""Approaches by agreement, each in the version to work by."""

COURSES: Shelf[Course] = Shelf("course", Course, course_stream, version_of=_unknown)
"""Courses, each in the form offered now."""

# -- security ----------------------------------------------------------------------------------------------------------


def _vulnerability_columns(known: Vulnerability) -> Columns:
    rating = None if known.assessment is None else known.assessment.rating
    phase = VULNERABILITY_TABLE.phase(known.status)
    return {"status": known.status, "phase": phase, "priority": rating, "assignee": known.owner}


def _incident_columns(known: SecurityIncident) -> Columns:
    return {"status": known.status, "phase": SECURITY_INCIDENT_TABLE.phase(known.status)}


def finding_id(finding: BreachFinding) -> str:
    """Answer the id of a finding of the breach watch: ids are in the order of the log."""
    return f"{finding.entries[-1]:015}-{finding.rule.value}-{sha256(finding.key.encode()).hexdigest()[:12]}"


VULNERABILITIES: Shelf[Vulnerability] = Shelf(
    "vulnerability", Vulnerability, vulnerability_stream, _vulnerability_columns
)
"""Vulnerabilities, by their rating among others, and by who corrects them."""

SECURITY_INCIDENTS: Shelf[SecurityIncident] = Shelf(
    "security_incident", SecurityIncident, security_incident_stream, _incident_columns, what="security incident"
)
"""Security incidents."""

FINDINGS: Shelf[FindingRaised] = Shelf(
    "finding",
    FindingRaised,
    lambda _id: BREACHES_STREAM,
    lambda raised: {"status": raised.finding.rule, "priority": raised.finding.severity},
    id_of=lambda raised: finding_id(raised.finding),
    version_of=lambda _raised: 1,
)
"""Findings of the breach watch: their status is the rule, their priority the severity."""

# -- rows of what is read from its facts -------------------------------------------------------------------------------


def agreement_row(record: AgreementRecord) -> Record:
    """Answer the row of an agreement."""
    agreement = record.agreement
    return Record(
        kind="agreement",
        id=record.id,
        stream=agreement_stream(record.id),
        version=record.version,
        columns=(("status", record.status.value), ("customer", agreement.customer), ("agreement", record.id)),
        data={"revisions": [revision.number for revision in agreement.revisions]},
    )


def schedule_row(schedule: ScheduleRecord) -> Record:
    """Answer the row that says that there is a schedule."""
    return Record(kind="schedule", id=schedule.id, stream=schedule_stream(schedule.id), version=schedule.version)


def threshold_row(known: Thresholds) -> Record:
    """Answer the row that says that a metric has thresholds."""
    return Record(kind="threshold", id=known.metric, stream=threshold_stream(known.metric), version=known.version)


def training_row(person: str, version: int = 0) -> Record:
    """Answer the row that says that something is on record of a person's training."""
    return Record(kind="training", id=person, stream=training_stream(person), version=version)
