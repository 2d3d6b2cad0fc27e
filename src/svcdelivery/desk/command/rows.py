"""Record rows: what the store can find items by, derived from their records."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TypeVar

from svcdelivery.agreement import AgreementRecord, agreement_stream
from svcdelivery.facts import Attributes, from_plain, personal_fields, subject_of, to_plain
from svcdelivery.improvement import ACTION_TABLE, CorrectiveAction, action_stream
from svcdelivery.schedule import ScheduleRecord, schedule_stream
from svcdelivery.security.breaches import BREACHES_STREAM, BreachFinding, FindingRaised
from svcdelivery.security.incident import SECURITY_INCIDENT_TABLE, SecurityIncident, security_incident_stream
from svcdelivery.security.vulnerability import VULNERABILITY_TABLE, Vulnerability, vulnerability_stream
from svcdelivery.storage.protocol import Query, Record, Unit
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
from svcdelivery.work import Work, WorkKind
from svcdelivery.work.order import ServiceOrder, order_stream
from svcdelivery.work.problem import ProblemRecord, problem_stream

__all__ = [
    "action_row",
    "agreement_row",
    "approach_row",
    "component_row",
    "order_row",
    "finding_id",
    "finding_row",
    "problem_row",
    "course_row",
    "maintenance_row",
    "procedure_row",
    "record_of",
    "rows_of",
    "run_row",
    "schedule_row",
    "security_incident_row",
    "vulnerability_row",
    "threshold_row",
    "training_row",
    "work_row",
]

T = TypeVar("T")
_PAGE = 500
_UNKNOWN = 0
"""The version of a row whose record does not know it; who writes the row does."""


def _columns(**values: str | None) -> Attributes:
    return tuple((name, value) for name, value in values.items() if value)


def work_row(kind: WorkKind, work: Work) -> Record:
    """Answer the row of a request or incident."""
    return Record(
        kind=kind.name,
        id=work.id,
        stream=kind.stream(work.id),
        version=work.version,
        columns=_columns(
            status=work.status.value,
            phase=work.phase.value,
            customer=work.customer,
            service=work.service,
            agreement=work.agreement,
            priority=work.priority,
            team=work.team,
            assignee=work.assignee,
        ),
        data=to_plain(work),
        personal=_personal(work, kind.stream(work.id)),
    )


def order_row(order: ServiceOrder) -> Record:
    """Answer the row of an order."""
    stream = order_stream(order.id)
    return Record(
        kind="order",
        id=order.id,
        stream=stream,
        version=order.version,
        columns=_columns(customer=order.customer),
        data=to_plain(order),
        personal=_personal(order, stream),
    )


def _personal(work: Work | ServiceOrder, stream: str) -> tuple[tuple[str, str], ...]:
    fields = personal_fields(type(work))
    return tuple((name, subject_of(work, subject, stream=stream)) for name, subject in fields if getattr(work, name))


def agreement_row(record: AgreementRecord) -> Record:
    """Answer the row of an agreement."""
    return Record(
        kind="agreement",
        id=record.id,
        stream=agreement_stream(record.id),
        version=record.version,
        columns=_columns(status=record.status.value, customer=record.agreement.customer, agreement=record.id),
        data={"revisions": [revision.number for revision in record.agreement.revisions]},
    )


def action_row(action: CorrectiveAction) -> Record:
    """Answer the row of a corrective action."""
    return Record(
        kind="action",
        id=action.id,
        stream=action_stream(action.id),
        version=action.version,
        columns=_columns(
            status=action.status.value, phase=ACTION_TABLE.phase(action.status).value, assignee=action.owner
        ),
        data=to_plain(action),
    )


def problem_row(problem: ProblemRecord) -> Record:
    """Answer the row of a problem; it is found by its service where it troubles one alone."""
    return Record(
        kind="problem",
        id=problem.id,
        stream=problem_stream(problem.id),
        version=problem.version,
        columns=_columns(
            status=problem.status.value,
            phase=problem.phase.value,
            service=next(iter(problem.services)) if len(problem.services) == 1 else None,
            priority=problem.priority,
            assignee=problem.owner,
        ),
        data=to_plain(problem),
    )


def component_row(state: ComponentState) -> Record:
    """Answer the row of a component."""
    return Record(
        kind="component",
        id=state.id,
        stream=component_stream(state.id),
        version=state.version,
        columns=_columns(
            status=state.status.value,
            phase=COMPONENT_TABLE.phase(state.status).value,
            assignee=state.component.owner if state.component is not None else None,
        ),
        data=to_plain(state),
    )


def procedure_row(procedure: Procedure) -> Record:
    """Answer the row of a procedure: the version to follow."""
    return Record(
        kind="procedure",
        id=procedure.id,
        stream=procedure_stream(procedure.id),
        version=_UNKNOWN,
        columns=_columns(assignee=procedure.owner),
        data=to_plain(procedure),
    )


def approach_row(approach: DeliveryApproach) -> Record:
    """Answer the row of an approach: the version to work by."""
    return Record(
        kind="approach",
        id=approach.agreement,
        stream=approach_stream(approach.agreement),
        version=_UNKNOWN,
        columns=_columns(agreement=approach.agreement),
        data=to_plain(approach),
    )


def run_row(run: ProcedureRun) -> Record:
    """Answer the row of a run."""
    return Record(
        kind="run",
        id=run.id,
        stream=run_stream(run.id),
        version=run.version,
        columns=_columns(status=run.status.value, phase=RUN_TABLE.phase(run.status).value),
        data=to_plain(run),
    )


def vulnerability_row(known: Vulnerability) -> Record:
    """Answer the row of a vulnerability: its priority is its rating, its assignee who corrects it."""
    rating = None if known.assessment is None else known.assessment.rating
    return Record(
        kind="vulnerability",
        id=known.id,
        stream=vulnerability_stream(known.id),
        version=known.version,
        columns=_columns(
            status=known.status.value,
            phase=VULNERABILITY_TABLE.phase(known.status).value,
            priority=None if rating is None else rating.value,
            assignee=known.owner,
        ),
        data=to_plain(known),
    )


def security_incident_row(known: SecurityIncident) -> Record:
    """Answer the row of a security incident."""
    return Record(
        kind="security_incident",
        id=known.id,
        stream=security_incident_stream(known.id),
        version=known.version,
        columns=_columns(status=known.status.value, phase=SECURITY_INCIDENT_TABLE.phase(known.status).value),
        data=to_plain(known),
    )


def finding_id(finding: BreachFinding) -> str:
    """Answer the id of a finding of the breach watch: ids are in the order of the log."""
    return f"{finding.entries[-1]:015}-{finding.rule.value}-{sha256(finding.key.encode()).hexdigest()[:12]}"


def finding_row(id: str, raised: FindingRaised) -> Record:
    """Answer the row of a finding: its status is the rule, its priority the severity."""
    finding = raised.finding
    columns = _columns(status=finding.rule.value, priority=finding.severity.value)
    return Record(kind="finding", id=id, stream=BREACHES_STREAM, version=1, columns=columns, data=to_plain(raised))


def record_of(kind: type[T], row: Record) -> T:
    """Answer the record a row holds."""
    return from_plain(kind, row.data)


def maintenance_row(request: MaintenanceRequest) -> Record:
    """Answer the row of a maintenance request."""
    return Record(
        kind="maintenance",
        id=request.id,
        stream=maintenance_stream(request.id),
        version=request.version,
        columns=_columns(
            status=request.status.value,
            phase=MAINTENANCE_TABLE.phase(request.status).value,
            assignee=request.owner,
        ),
        data=to_plain(request),
    )


def schedule_row(schedule: ScheduleRecord) -> Record:
    """Answer the row that says that there is a schedule."""
    return Record(kind="schedule", id=schedule.id, stream=schedule_stream(schedule.id), version=schedule.version)


def threshold_row(thresholds: Thresholds) -> Record:
    """Answer the row that says that a metric has thresholds."""
    return Record(
        kind="threshold",
        id=thresholds.metric,
        stream=threshold_stream(thresholds.metric),
        version=thresholds.version,
    )


def course_row(course: Course) -> Record:
    """Answer the row of a course: the form offered now."""
    return Record(kind="course", id=course.id, stream=course_stream(course.id), version=_UNKNOWN, data=to_plain(course))


def training_row(person: str, version: int = _UNKNOWN) -> Record:
    """Answer the row that says that something is on record of a person's training."""
    return Record(kind="training", id=person, stream=training_stream(person), version=version)


def rows_of(unit: Unit, kind: str, **where: str) -> Iterator[Record]:
    """Answer all rows of a kind whose columns have the given values, in the order of their ids."""
    query = Query(kind=kind, where=tuple(where.items()))
    after: str | None = None
    while True:
        page = unit.records.find(query, after=after, limit=_PAGE)
        yield from page.items
        after = page.next
        if after is None:
            return
