"""What happens to requests and incidents, in the past tense; each fact says what it tells the clocks."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

from attrs import field, frozen

from svcdelivery.facts import LEFT_OUT, STREAM, Attributes, fact_type, personal
from svcdelivery.timeline import Instant

__all__ = [
    "Accepted",
    "Assigned",
    "Audience",
    "Cancelled",
    "Closed",
    "Fulfilled",
    "IncidentRecorded",
    "MajorIncidentDeclared",
    "MajorIncidentStoodDown",
    "MessagePosted",
    "Observed",
    "PriorityChanged",
    "PutOnHold",
    "Rejected",
    "Reopened",
    "RequestReceived",
    "Resolved",
    "Resumed",
    "Started",
]


class Audience(Enum):
    """Whom a message is for."""

    REQUESTER = "requester"
    INTERNAL = "internal"


@fact_type("request.received/1")
@frozen(kw_only=True)
class RequestReceived:
    """A request came in; the revision then in force is pinned for its promises.

    Attributes:
        order: The order that asked for it and for others; empty for a request of its own.
    """

    action: ClassVar[str] = "receive"
    signals: ClassVar[tuple[str, ...]] = ("received",)

    customer: str
    service: str
    requester: str
    agreement: str
    revision: int
    priority: str | None = None
    impact: str | None = None
    urgency: str | None = None
    summary: str = field(default="", metadata=personal(subject="requester"))
    channel: str = ""
    order: str = field(default="", metadata=LEFT_OUT)


@fact_type("incident.recorded/1")
@frozen(kw_only=True)
class IncidentRecorded:
    """An incident was put on record; the revision then in force is pinned for its promises."""

    action: ClassVar[str] = "receive"
    signals: ClassVar[tuple[str, ...]] = ("received",)

    customer: str
    service: str
    requester: str
    agreement: str
    revision: int
    priority: str | None = None
    impact: str | None = None
    urgency: str | None = None
    summary: str = field(default="", metadata=personal(subject="requester"))
    channel: str = ""


@fact_type("work.accepted/1")
@frozen(kw_only=True)
class Accepted:
    """The provider took the request on."""

    action: ClassVar[str] = "accept"
    signals: ClassVar[tuple[str, ...]] = ("accepted",)

    note: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("work.rejected/1")
@frozen(kw_only=True)
class Rejected:
    """The provider turned the request down."""

    action: ClassVar[str] = "reject"
    signals: ClassVar[tuple[str, ...]] = ("rejected",)

    ground: str


@fact_type("work.assigned/1")
@frozen(kw_only=True)
class Assigned:
    """A team, or a person of it, became responsible."""

    action: ClassVar[str] = "assign"
    signals: ClassVar[tuple[str, ...]] = ("assigned",)

    team: str
    assignee: str | None = None


@fact_type("work.started/1")
@frozen(kw_only=True)
class Started:
    """Work began."""

    action: ClassVar[str] = "start"
    signals: ClassVar[tuple[str, ...]] = ("started",)


@fact_type("work.put_on_hold/1")
@frozen(kw_only=True)
class PutOnHold:
    """Work stands still for a reason; which reasons pause a clock is the agreement's to say."""

    action: ClassVar[str] = "put_on_hold"
    signals: ClassVar[tuple[str, ...]] = ("held",)

    reason: str
    note: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("work.resumed/1")
@frozen(kw_only=True)
class Resumed:
    """Work went on."""

    action: ClassVar[str] = "resume"
    signals: ClassVar[tuple[str, ...]] = ("resumed",)

    note: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("request.fulfilled/1")
@frozen(kw_only=True)
class Fulfilled:
    """The service asked for was delivered."""

    action: ClassVar[str] = "fulfill"
    signals: ClassVar[tuple[str, ...]] = ("fulfilled",)

    outcome: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("incident.resolved/1")
@frozen(kw_only=True)
class Resolved:
    """The service works again.

    Attributes:
        run: The run of the procedure that did it; empty where none did.
        workaround_of: The stream of the problem whose workaround did it, such as `problem:7`; empty where none did.
        maintenance: The maintenance request that did it; empty where none did.
    """

    action: ClassVar[str] = "resolve"
    signals: ClassVar[tuple[str, ...]] = ("resolved",)

    outcome: str = field(default="", metadata=personal(subject=STREAM))
    run: str = ""
    workaround_of: str = field(default="", metadata=LEFT_OUT)
    maintenance: str = field(default="", metadata=LEFT_OUT)


@fact_type("work.closed/1")
@frozen(kw_only=True)
class Closed:
    """Nothing more is owed, short of a reopening."""

    action: ClassVar[str] = "close"
    signals: ClassVar[tuple[str, ...]] = ("closed",)

    note: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("work.reopened/1")
@frozen(kw_only=True)
class Reopened:
    """What was done turned out not to be."""

    action: ClassVar[str] = "reopen"
    signals: ClassVar[tuple[str, ...]] = ("reopened",)

    ground: str


@fact_type("work.cancelled/1")
@frozen(kw_only=True)
class Cancelled:
    """The work is no longer wanted."""

    action: ClassVar[str] = "cancel"
    signals: ClassVar[tuple[str, ...]] = ("cancelled",)

    ground: str = ""


@fact_type("work.priority_changed/1")
@frozen(kw_only=True)
class PriorityChanged:
    """The work became more, or less, pressing."""

    action: ClassVar[str] = "change_priority"
    signals: ClassVar[tuple[str, ...]] = ("priority_changed",)

    priority: str
    impact: str | None = None
    urgency: str | None = None
    ground: str = ""


@fact_type("incident.major_declared/1")
@frozen(kw_only=True)
class MajorIncidentDeclared:
    """The incident troubles so many, or so much, that it is handled apart.

    Attributes:
        plan: The communication plan of the agreement that holds from now on; empty where there is none.
    """

    action: ClassVar[str] = "declare_major"
    signals: ClassVar[tuple[str, ...]] = ("major_declared",)

    ground: str
    plan: str = ""


@fact_type("incident.major_stood_down/1")
@frozen(kw_only=True)
class MajorIncidentStoodDown:
    """The incident is handled as others are again, and told of as agreed for them."""

    action: ClassVar[str] = "stand_down"
    signals: ClassVar[tuple[str, ...]] = ("major_stood_down",)

    ground: str


@fact_type("work.message_posted/1")
@frozen(kw_only=True)
class MessagePosted:
    """Somebody wrote something: to or from the requester, or a note among staff."""

    action: ClassVar[str] = "post"
    signals: ClassVar[tuple[str, ...]] = ()

    audience: Audience
    text: str = field(default="", metadata=personal(subject=STREAM))


@fact_type("work.observed/1")
@frozen(kw_only=True)
class Observed:
    """What another system's log says an item was like after one of its updates. Nothing here was decided by us.

    Attributes:
        kind: `request` or `incident`.
        status: The status as observed, in our words; a jump no lifecycle allows is kept and reported.
        source_status: The status in the source's words.
        fields: Those of our own fields that changed with this update.
        attributes: Those of the source's columns that changed with this update; None where the value went missing.
        received_at: When the item came in, where the source says so apart from its first update.
        source: The import it came by.
        row: The line of the source it stands on, the header being line 1.
    """

    action: ClassVar[str] = "observe"
    signals: ClassVar[tuple[str, ...]] = ()

    kind: str
    status: str
    source_status: str = ""
    hold_reason: str | None = None
    fields: Attributes = ()
    attributes: Attributes = ()
    received_at: Instant | None = None
    source: str = ""
    row: int = 0
