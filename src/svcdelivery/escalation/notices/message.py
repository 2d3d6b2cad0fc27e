"""Notices: what waits to be told to somebody, and why."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, to_instant

__all__ = ["Notice", "NoticeKind"]


class NoticeKind(Enum):
    """What a notice is.

    A call to act, a change of status, who is on call now, several calls in one; or a message of somebody's own or a
    survey, which stand for themselves: nothing overtakes them.
    """

    PAGE = "page"
    STATUS = "status"
    ON_CALL = "on_call"
    DIGEST = "digest"
    MESSAGE = "message"
    SURVEY = "survey"


@frozen(kw_only=True)
class Notice:
    """One thing to tell one recipient by one channel.

    Attributes:
        id: Unique in the queue; the key a provider is given, so that a repeat is told apart.
        about: The item, or the schedule, it is about.
        service: What pages are put together by.
        number: The place of a status in the item's history; the highest is the newest.
        members: What a digest stands for.
    """

    id: str = field(converter=identifier)
    kind: NoticeKind
    about: str = ""
    recipient: str = ""
    channel: str = ""
    service: str = ""
    created_at: Instant = field(converter=to_instant)
    sent_at: Instant | None = field(default=None, converter=optional(to_instant))
    number: int = 0
    members: tuple[str, ...] = ()

    @property
    def destination(self) -> tuple[str, str]:
        """Where it goes."""
        return self.channel, self.recipient
