"""What became of notices, in the past tense; each stands beside the item it is about, in a stream of its own."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.facts import fact_type

__all__ = ["NoticeDelivered", "NoticeDropped", "NoticeFailed", "notices_stream"]


def notices_stream(item: str) -> str:
    """Answer the name of the stream that tells what became of the notices about an item."""
    return f"notices:{item}"


@fact_type("notice.delivered/1")
@frozen(kw_only=True)
class NoticeDelivered:
    """A provider took a notice.

    Attributes:
        key: What the provider was given, the same in every attempt.
        kind: What it was, such as `page`.
        stands_for: Notices that were put together with it, and are told by it.
    """

    key: str
    kind: str
    channel: str
    recipient: str
    stands_for: tuple[str, ...] = ()


@fact_type("notice.failed/1")
@frozen(kw_only=True)
class NoticeFailed:
    """A provider did not take a notice.

    Attributes:
        gave_up: Whether it is not tried again.
    """

    key: str
    kind: str
    channel: str
    recipient: str
    problem: str
    gave_up: bool = False


@fact_type("notice.dropped/1")
@frozen(kw_only=True)
class NoticeDropped:
    """A notice was not sent, since a newer one says more, or what it asks about is over."""

    key: str
    kind: str
    channel: str
    recipient: str
    ground: str
