"""What may happen to a problem: recorded, under investigation, known error, resolved, closed."""

from __future__ import annotations

from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle

__all__ = ["PROBLEM_TABLE", "ProblemLifecycle", "ProblemStatus"]


class ProblemStatus(Status):
    """Where a problem stands. A known error is a problem whose cause is known and whose fix is still to come."""

    RECORDED = "recorded"
    UNDER_INVESTIGATION = "under_investigation"
    KNOWN_ERROR = "known_error"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_S = ProblemStatus


class ProblemLifecycle(Lifecycle):
    """What may happen to a problem.

    A workaround leaves the status as it is: only a fix resolves a problem, and while an incident rests on the
    workaround alone the problem is neither closed nor given up.
    """

    states = States.from_enum(_S, initial=_S.RECORDED, final=[_S.CANCELLED])
    phases = {
        _S.RECORDED: Phase.NEW,
        _S.UNDER_INVESTIGATION: Phase.ACTIVE,
        _S.KNOWN_ERROR: Phase.ACTIVE,
        _S.RESOLVED: Phase.DONE,
        _S.CLOSED: Phase.CLOSED,
        _S.CANCELLED: Phase.CANCELLED,
    }

    investigate = states.RECORDED.to(states.UNDER_INVESTIGATION)
    declare_known_error = states.RECORDED.to(states.KNOWN_ERROR) | states.UNDER_INVESTIGATION.to(states.KNOWN_ERROR)
    document_workaround = states.UNDER_INVESTIGATION.to.itself() | states.KNOWN_ERROR.to.itself()
    withdraw_workaround = states.UNDER_INVESTIGATION.to.itself(
        cond="workaround_in_place"
    ) | states.KNOWN_ERROR.to.itself(cond="workaround_in_place")
    resolve = states.UNDER_INVESTIGATION.to(states.RESOLVED) | states.KNOWN_ERROR.to(states.RESOLVED)
    close = states.RESOLVED.to(states.CLOSED, cond="no_incident_on_workaround")
    reopen = states.RESOLVED.to(states.UNDER_INVESTIGATION) | states.CLOSED.to(states.UNDER_INVESTIGATION)
    cancel = states.RECORDED.to(states.CANCELLED) | states.UNDER_INVESTIGATION.to(
        states.CANCELLED, cond="no_incident_on_workaround"
    )


PROBLEM_TABLE: LifecycleTable[ProblemStatus] = compile_lifecycle(ProblemLifecycle)
