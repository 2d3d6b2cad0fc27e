"""Duties to tell somebody of a security incident: whom, in which time, and since when that time is counted."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from svcdelivery.agreement.goal import DueAt, Goal, NoTarget
from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import identifier

__all__ = ["AwareSince", "NotificationDuty"]


class AwareSince(Enum):
    """What the provider is aware of a security incident from.

    Attributes:
        REPORTED: Its report.
        CONCERNED: The instant it was known to concern this agreement.
        DECLARED: Its declaration; one that is dismissed before is told to nobody.
    """

    REPORTED = "reported"
    CONCERNED = "concerned"
    DECLARED = "declared"


@frozen(kw_only=True)
class NotificationDuty:
    """Tell a party of a security incident that concerns the agreement, in time.

    Attributes:
        name: Unique in the agreement; readings of its clock carry it.
        party: Who must be told.
        within: The time it may take.
        hours: The service hours whose time counts, by name; None for every hour of every day.
        since: Where the time begins.
        clause: The place in the signed text.

    Raises:
        InvalidValueError: A goal that is none, or that a field of work would have to give.
    """

    name: str = field(converter=identifier)
    party: str = field(converter=identifier)
    within: Goal
    hours: str | None = None
    since: AwareSince = AwareSince.REPORTED
    clause: str = ""

    def __attrs_post_init__(self) -> None:
        if isinstance(self.within, NoTarget | DueAt):
            hint = "a duration or a number of days"
            raise InvalidValueError(what="a time to tell somebody in", value=str(self.within), path="within", hint=hint)
