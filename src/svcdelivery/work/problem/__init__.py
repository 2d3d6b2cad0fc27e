"""Problems: causes of incidents, from the first suspicion over the known error and its workaround to the fix."""

from __future__ import annotations

from svcdelivery.work.problem.commands import (
    declare_known_error,
    document_workaround,
    investigate,
    record_problem,
    resolve_problem,
    settle,
    withdraw_workaround,
)
from svcdelivery.work.problem.facts import (
    IncidentLinked,
    IncidentUnlinked,
    KnownErrorDeclared,
    ProblemInvestigated,
    ProblemRecorded,
    ProblemResolved,
    ProblemSettled,
    WorkaroundApplied,
    WorkaroundDocumented,
    WorkaroundReleased,
    WorkaroundWithdrawn,
)
from svcdelivery.work.problem.lifecycle import PROBLEM_TABLE, ProblemLifecycle, ProblemStatus
from svcdelivery.work.problem.record import ProblemRecord, fold_problem, problem_stream

__all__ = [
    "PROBLEM_TABLE",
    "IncidentLinked",
    "IncidentUnlinked",
    "KnownErrorDeclared",
    "ProblemRecord",
    "ProblemInvestigated",
    "ProblemLifecycle",
    "ProblemRecorded",
    "ProblemResolved",
    "ProblemSettled",
    "ProblemStatus",
    "WorkaroundApplied",
    "WorkaroundDocumented",
    "WorkaroundReleased",
    "WorkaroundWithdrawn",
    "declare_known_error",
    "document_workaround",
    "fold_problem",
    "investigate",
    "problem_stream",
    "record_problem",
    "resolve_problem",
    "settle",
    "withdraw_workaround",
]
