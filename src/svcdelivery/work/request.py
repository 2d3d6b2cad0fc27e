"""Service requests: received, accepted or rejected, worked on, fulfilled, closed."""

from __future__ import annotations

from attrs import field, frozen

from svcdelivery.facts import LEFT_OUT, Attributes, personal
from svcdelivery.lifecycle import Lifecycle, LifecycleTable, Phase, States, Status, compile_lifecycle
from svcdelivery.timeline import Instant

__all__ = ["REQUEST_TABLE", "RequestLifecycle", "RequestStatus", "ServiceRequest"]


class RequestStatus(Status):
    """Where a service request stands."""

    RECEIVED = "received"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    FULFILLED = "fulfilled"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_S = RequestStatus


class RequestLifecycle(Lifecycle):
    """What may happen to a service request. Closed is not final: it can be reopened within the agreement's window."""

    states = States.from_enum(_S, initial=_S.RECEIVED, final=[_S.REJECTED, _S.CANCELLED])
    phases = {
        _S.RECEIVED: Phase.NEW,
        _S.REJECTED: Phase.CANCELLED,
        _S.ACCEPTED: Phase.ACTIVE,
        _S.IN_PROGRESS: Phase.ACTIVE,
        _S.ON_HOLD: Phase.HELD,
        _S.FULFILLED: Phase.DONE,
        _S.CLOSED: Phase.CLOSED,
        _S.CANCELLED: Phase.CANCELLED,
    }

    accept = states.RECEIVED.to(states.ACCEPTED)
    reject = states.RECEIVED.to(states.REJECTED)
    assign = (
        states.RECEIVED.to.itself()
        | states.ACCEPTED.to.itself()
        | states.IN_PROGRESS.to.itself()
        | states.ON_HOLD.to.itself()
    )
    start = states.ACCEPTED.to(states.IN_PROGRESS)
    put_on_hold = states.ACCEPTED.to(states.ON_HOLD) | states.IN_PROGRESS.to(states.ON_HOLD)
    resume = states.ON_HOLD.to(states.IN_PROGRESS)
    fulfill = states.IN_PROGRESS.to(states.FULFILLED)
    close = states.FULFILLED.to(states.CLOSED)
    reopen = states.FULFILLED.to(states.IN_PROGRESS, cond="reopening_window_open") | states.CLOSED.to(
        states.IN_PROGRESS, cond="reopening_window_open"
    )
    change_priority = (
        states.RECEIVED.to.itself()
        | states.ACCEPTED.to.itself()
        | states.IN_PROGRESS.to.itself()
        | states.ON_HOLD.to.itself()
    )
    cancel = (
        states.RECEIVED.to(states.CANCELLED)
        | states.ACCEPTED.to(states.CANCELLED)
        | states.IN_PROGRESS.to(states.CANCELLED)
        | states.ON_HOLD.to(states.CANCELLED)
    )


REQUEST_TABLE: LifecycleTable[RequestStatus] = compile_lifecycle(RequestLifecycle)


@frozen(kw_only=True)
class ServiceRequest:
    """A service request as its facts tell it.

    Attributes:
        revision: The agreement's revision its promises follow; None where that was not judged.
        done_at: When it was last fulfilled; None while it is not.
        observed: Whether the record rests on another system's log.
        attributes: The source's columns as last observed.
        order: The order that asked for it and for others; empty for a request of its own.
    """

    id: str
    status: RequestStatus
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
    order: str = field(default="", metadata=LEFT_OUT)

    @property
    def reference(self) -> str:
        """What whoever asked knows it by: the order it is part of, else itself."""
        return self.order or self.id

    @property
    def phase(self) -> Phase:
        """What the status means to clocks."""
        return REQUEST_TABLE.phase(self.status)
