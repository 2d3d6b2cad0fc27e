"""Incidents: recorded, assigned, worked on, resolved, closed."""

from __future__ import annotations

from attrs import field, frozen

from svcdelivery.facts import LEFT_OUT, Attributes, personal
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.timeline import Instant

__all__ = ["INCIDENT_TABLE", "Incident", "IncidentLifecycle", "IncidentStatus"]


class IncidentStatus(Status):
    """Where an incident stands."""

    RECORDED = "recorded"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_S = IncidentStatus


class IncidentLifecycle(Lifecycle):
    """What may happen to an incident. Closed is not final: it can be reopened within the agreement's window."""

    states = States.from_enum(_S, initial=_S.RECORDED, final=[_S.CANCELLED])
    phases = {
        _S.RECORDED: Phase.NEW,
        _S.ASSIGNED: Phase.ACTIVE,
        _S.IN_PROGRESS: Phase.ACTIVE,
        _S.ON_HOLD: Phase.HELD,
        _S.RESOLVED: Phase.DONE,
        _S.CLOSED: Phase.CLOSED,
        _S.CANCELLED: Phase.CANCELLED,
    }

    assign = (
        states.RECORDED.to(states.ASSIGNED)
        | states.ASSIGNED.to.itself()
        | states.IN_PROGRESS.to.itself()
        | states.ON_HOLD.to.itself()
    )
    start = states.ASSIGNED.to(states.IN_PROGRESS)
    put_on_hold = states.ASSIGNED.to(states.ON_HOLD) | states.IN_PROGRESS.to(states.ON_HOLD)
    resume = states.ON_HOLD.to(states.IN_PROGRESS)
    resolve = states.IN_PROGRESS.to(states.RESOLVED)
    close = states.RESOLVED.to(states.CLOSED)
    reopen = states.RESOLVED.to(states.IN_PROGRESS, cond="reopening_window_open") | states.CLOSED.to(
        states.IN_PROGRESS, cond="reopening_window_open"
    )
    change_priority = (
        states.RECORDED.to.itself()
        | states.ASSIGNED.to.itself()
        | states.IN_PROGRESS.to.itself()
        | states.ON_HOLD.to.itself()
    )
    declare_major = (
        states.RECORDED.to.itself(unless="major")
        | states.ASSIGNED.to.itself(unless="major")
        | states.IN_PROGRESS.to.itself(unless="major")
        | states.ON_HOLD.to.itself(unless="major")
    )
    stand_down = (
        states.RECORDED.to.itself(cond="major")
        | states.ASSIGNED.to.itself(cond="major")
        | states.IN_PROGRESS.to.itself(cond="major")
        | states.ON_HOLD.to.itself(cond="major")
        | states.RESOLVED.to.itself(cond="major")
    )
    cancel = (
        states.RECORDED.to(states.CANCELLED)
        | states.ASSIGNED.to(states.CANCELLED)
        | states.IN_PROGRESS.to(states.CANCELLED)
        | states.ON_HOLD.to(states.CANCELLED)
    )


INCIDENT_TABLE: LifecycleTable[IncidentStatus] = compile_lifecycle(IncidentLifecycle)


@frozen(kw_only=True)
class Incident:
    """An incident as its facts tell it.

    Attributes:
        revision: The agreement's revision its promises follow; None where that was not judged.
        done_at: When it was last resolved; None while it is not.
        observed: Whether the record rests on another system's log.
        attributes: The source's columns as last observed.
        run: The run of the procedure that resolved it last; empty where none did.
        workaround_of: The stream of the problem whose workaround resolved it last; empty where none did.
        maintenance: The maintenance request that resolved it last; empty where none did.
        major_since: Since when it is a major incident; None while it is none.
        major_plan: The communication plan that holds while it is one; empty for none.
        was_major: Whether it ever was one.
    """

    id: str
    status: IncidentStatus
    version: int
    received_at: Instant
    updated_at: Instant
    customer: str = ""
    service: str = ""
    requester: str = ""
    agreement: str = ""
    revision: int | None = None
    priority: str | None = None
    impact: str | None = None
    urgency: str | None = None
    summary: str = field(default="", metadata=personal(subject="requester"))
    channel: str = ""
    team: str | None = None
    assignee: str | None = None
    hold_reason: str | None = None
    done_at: Instant | None = None
    closed_at: Instant | None = None
    reopened: int = 0
    observed: bool = False
    attributes: Attributes = ()
    run: str = ""
    workaround_of: str = field(default="", metadata=LEFT_OUT)
    maintenance: str = field(default="", metadata=LEFT_OUT)
    major_since: Instant | None = field(default=None, metadata=LEFT_OUT)
    major_plan: str = field(default="", metadata=LEFT_OUT)
    was_major: bool = field(default=False, metadata=LEFT_OUT)

    @property
    def is_major(self) -> bool:
        """Whether it is a major incident."""
        return self.major_since is not None

    @property
    def rests_on(self) -> str:
        """The stream of the problem on whose workaround alone it rests, resolved and not closed; empty for none."""
        return self.workaround_of if self.status is IncidentStatus.RESOLVED else ""

    @property
    def phase(self) -> Phase:
        """What the status means to clocks."""
        return INCIDENT_TABLE.phase(self.status)
