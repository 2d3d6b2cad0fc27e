"""Operations of a report: components, runs, maintenance, alerts, training, thresholds, standing requests, schedules.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractices 1 to 3 and 6
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from svcdelivery.errors import NeverOpenError, NotCoveredError
from svcdelivery.facts import Fact
from svcdelivery.reporting.definitions import (
    ALERTS_RAISED,
    CONTINUOUS_DELIVERIES,
    MAINTENANCE_OPEN,
    RUNS_FINISHED,
    STANDING_REQUESTS,
    THRESHOLD_REVISIONS,
    TRAINING_OVERDUE,
)
from svcdelivery.reporting.figures import Figure, count, share
from svcdelivery.schedule import ScheduleRecord, ServiceDelivered, fold_schedule, schedule_stream, standing_stream
from svcdelivery.storage.protocol import Unit
from svcdelivery.system import (
    ComponentState,
    MaintenanceRequest,
    MaintenanceStatus,
    ProcedureRun,
    RunStatus,
    Training,
    component_stream,
    fold_component,
    fold_maintenance,
    fold_run,
    fold_thresholds,
    fold_training,
    maintenance_stream,
    run_stream,
    threshold_stream,
    training_stream,
)
from svcdelivery.system.monitoring import KnownAlert, fold_monitor, rule_stream
from svcdelivery.timeline import Instant, format_instant

__all__ = ["OperationFigures", "Operations", "RunLine", "ScheduleLine", "operation_figures", "operations_as_of"]


@frozen(kw_only=True)
class Operations:
    """How the service system was operated, as it is on record at the instant of a report.

    Attributes:
        continuous: The facts of each continuous service that was delivered, by its stream.
        revisions: How often a threshold was set.
    """

    now: Instant
    components: tuple[ComponentState, ...] = ()
    runs: tuple[ProcedureRun, ...] = ()
    maintenance: tuple[MaintenanceRequest, ...] = ()
    alerts: tuple[KnownAlert, ...] = ()
    training: Training
    revisions: int = 0
    continuous: tuple[tuple[Fact[Any], ...], ...] = ()
    schedules: tuple[ScheduleRecord, ...] = ()


@frozen(kw_only=True)
class RunLine:
    """The runs of one procedure, by what became of them."""

    procedure: str
    begun: int
    finished: int
    aborted: int
    rolled_back: int
    under_way: int

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON."""
        return {
            "procedure": self.procedure,
            "begun": self.begun,
            "finished": self.finished,
            "aborted": self.aborted,
            "rolled_back": self.rolled_back,
            "under_way": self.under_way,
        }


@frozen(kw_only=True)
class ScheduleLine:
    """A delivery schedule as it stood.

    Attributes:
        finish: When all will be done; None where its hours are not known so far ahead.
        critical_path: The tasks that decide it.
    """

    id: str
    item: str
    done: int
    tasks: int
    finish: Instant | None
    critical_path: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Answer the line for JSON."""
        return {
            "id": self.id,
            "item": self.item,
            "done": self.done,
            "tasks": self.tasks,
            "finish": None if self.finish is None else format_instant(self.finish),
            "critical_path": list(self.critical_path),
        }


@frozen(kw_only=True)
class OperationFigures:
    """What the operation of the service system adds up to.

    Attributes:
        counts: Standing requests, continuous services, alerts, open maintenance, overdue training, thresholds.
        finished: Runs that did what they should.
        components: How each stands, by id.
        maintenance: Requests by their status.
        schedules: Delivery schedules, by id.
    """

    counts: tuple[Figure, ...]
    finished: Figure
    components: tuple[ComponentState, ...]
    runs: tuple[RunLine, ...]
    maintenance: tuple[tuple[str, int], ...]
    schedules: tuple[ScheduleLine, ...] = ()

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All of them."""
        return (*self.counts, self.finished)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the kind is on record."""
        return (
            not self.components
            and not self.schedules
            and not any(figure.denominator or figure.value for figure in self.figures)
        )

    def to_data(self) -> dict[str, Any]:
        """Answer the figures for JSON."""
        return {
            "counts": [figure.to_data() for figure in self.counts],
            "runs_finished": self.finished.to_data(),
            "components": [
                {
                    "id": state.id,
                    "status": state.status.value,
                    "since": None if state.since is None else format_instant(state.since),
                    "services": [] if state.component is None else list(state.component.services),
                }
                for state in self.components
            ],
            "runs": [line.to_data() for line in self.runs],
            "maintenance": dict(self.maintenance),
            "schedules": [line.to_data() for line in self.schedules],
        }


def operations_as_of(unit: Unit, now: Instant, *, streams: Iterable[str]) -> Operations:
    """Answer how the service system was operated until the instant of the report.

    Args:
        streams: The names of all streams of the journal.
    """
    by_kind: dict[str, list[str]] = {}
    for stream in streams:
        by_kind.setdefault(f"{stream.partition(':')[0]}:", []).append(stream)

    def facts_of(first: str) -> Iterator[tuple[str, tuple[Fact[Any], ...]]]:
        for stream in sorted(by_kind.get(first, ())):
            facts = tuple(fact for fact in unit.journal.load(stream) if fact.occurred_at <= now)
            if facts:
                yield stream.removeprefix(first), facts

    monitors = [fold_monitor(facts) for _, facts in facts_of(rule_stream(""))]
    thresholds = [fold_thresholds(metric, facts) for metric, facts in facts_of(threshold_stream(""))]
    return Operations(
        now=now,
        components=tuple(fold_component(id, facts) for id, facts in facts_of(component_stream(""))),
        runs=_folded(fold_run, facts_of(run_stream(""))),
        maintenance=_folded(fold_maintenance, facts_of(maintenance_stream(""))),
        alerts=tuple(alert for monitor in monitors if monitor is not None for alert in monitor.alerts),
        training=fold_training(fact for _, facts in facts_of(training_stream("")) for fact in facts),
        revisions=sum(len(one.versions) for one in thresholds),
        continuous=tuple(facts for _, facts in facts_of(_STANDING)),
        schedules=_folded(fold_schedule, facts_of(schedule_stream(""))),
    )


_STANDING = f"{standing_stream('', '').partition(':')[0]}:"


def _folded(
    fold: Callable[[tuple[Fact[Any], ...]], Any], found: Iterable[tuple[str, tuple[Fact[Any], ...]]]
) -> tuple[Any, ...]:
    return tuple(record for _, facts in found if (record := fold(facts)) is not None)


def operation_figures(operations: Operations, *, standing: int, received: int) -> OperationFigures:
    """Answer the figures of operations.

    Args:
        standing: How many requests agreements asked for by themselves.
        received: Of how many requests and incidents in all.
    """
    runs, maintenance = operations.runs, operations.maintenance
    incidents = sum(bool(alert.incident) for alert in operations.alerts)
    is_open = [one for one in maintenance if one.status in _OPEN]
    needs = operations.training.due(operations.now)
    delivered = sum(isinstance(fact.body, ServiceDelivered) for facts in operations.continuous for fact in facts)
    ended = [run for run in runs if run.status in _ENDED]
    return OperationFigures(
        counts=(
            count("standing requests", standing, received, of=STANDING_REQUESTS),
            count("continuous services delivered", delivered, delivered, of=CONTINUOUS_DELIVERIES),
            count("alerts that were incidents", incidents, len(operations.alerts), of=ALERTS_RAISED),
            count("open maintenance requests", len(is_open), len(maintenance), of=MAINTENANCE_OPEN),
            count("overdue training", sum(need.is_overdue for need in needs), len(needs), of=TRAINING_OVERDUE),
            count("thresholds set", operations.revisions, operations.revisions, of=THRESHOLD_REVISIONS),
        ),
        finished=share(
            "runs that did what they should",
            sum(run.status is RunStatus.FINISHED for run in ended),
            len(ended),
            of=RUNS_FINISHED,
            excluded=[("under way", len(runs) - len(ended))],
        ),
        components=operations.components,
        runs=tuple(_lines(runs)),
        maintenance=tuple((status.value, sum(one.status is status for one in maintenance)) for status in _STATUSES),
        schedules=tuple(_schedule(record, operations.now) for record in operations.schedules),
    )


_OPEN = (MaintenanceStatus.REQUESTED, MaintenanceStatus.PLANNED, MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.DONE)
_ENDED = (RunStatus.FINISHED, RunStatus.ABORTED, RunStatus.ROLLED_BACK)
_STATUSES = tuple(MaintenanceStatus)


def _lines(runs: Iterable[ProcedureRun]) -> Iterator[RunLine]:
    tallies: dict[str, Counter[RunStatus]] = {}
    for run in runs:
        tallies.setdefault(run.procedure, Counter())[run.status] += 1
    for procedure, found in sorted(tallies.items()):
        yield _line(procedure, found)


def _schedule(record: ScheduleRecord, now: Instant) -> ScheduleLine:
    tasks = record.schedule.tasks
    try:
        plan = record.schedule.calculate(now)
        finish, path = plan.finish, plan.critical_path()
    except (NotCoveredError, NeverOpenError):
        finish, path = None, ()
    done = sum(task.finished_at is not None for task in tasks)
    return ScheduleLine(id=record.id, item=record.item, done=done, tasks=len(tasks), finish=finish, critical_path=path)


def _line(procedure: str, found: Mapping[RunStatus, int]) -> RunLine:
    numbers = {status: found.get(status, 0) for status in RunStatus}
    return RunLine(
        procedure=procedure,
        begun=sum(numbers.values()),
        finished=numbers[RunStatus.FINISHED],
        aborted=numbers[RunStatus.ABORTED],
        rolled_back=numbers[RunStatus.ROLLED_BACK],
        under_way=numbers[RunStatus.RUNNING] + numbers[RunStatus.ROLLING_BACK],
    )
