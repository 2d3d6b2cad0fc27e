"""What is sent: parcels of the outbox put together, so that nobody is told twice, or what is overtaken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from attrs import evolve, frozen

from svcdelivery.escalation.notices import (
    Notice,
    NoticeKind,
    digest_pages,
    drop_overtaken,
    in_sending_order,
    merge_pages,
)
from svcdelivery.storage.protocol import Parcel
from svcdelivery.timeline import parse_instant

__all__ = ["Sending", "put_together"]


@frozen
class Sending:
    """One notice to be sent, and the parcels that are told by it; its own first."""

    notice: Notice
    parcels: tuple[Parcel, ...]

    @property
    def item(self) -> str:
        """The stream it is about."""
        return self.parcels[0].message.stream

    @property
    def data(self) -> Mapping[str, Any]:
        """What its own parcel says."""
        data: Mapping[str, Any] = self.parcels[0].message.data
        return data

    def said(self) -> dict[str, str]:
        """Answer what every fact about it says."""
        notice = self.notice
        return {
            "key": notice.id,
            "kind": notice.kind.value,
            "channel": notice.channel,
            "recipient": notice.recipient,
        }


def put_together(parcels: Sequence[Parcel], *, digest: bool) -> tuple[list[Sending], list[Sending]]:
    """Answer what is to be sent, in that order, and what a newer one has taken the place of.

    Args:
        digest: Whether several pages about one service to one destination are put into one.
    """
    by_id = {parcel.message.id: parcel for parcel in parcels}
    pages = merge_pages([_notice(parcel) for parcel in parcels])
    newest = drop_overtaken(pages.kept)
    members = dict(pages.merged)
    queue = digest_pages(newest.kept, name=lambda notice: notice.id).kept if digest else newest.kept
    ready = []
    for notice in in_sending_order(queue):
        first = notice.members or (notice.id,)
        ids = [other for one in first for other in (one, *members.get(one, ()))]
        ready.append(Sending(_named_by(notice, ids), tuple(by_id[id] for id in ids)))
    return ready, [Sending(_notice(by_id[id]), (by_id[id],)) for id in newest.dropped]


def _notice(parcel: Parcel) -> Notice:
    message, data = parcel.message, parcel.message.data
    return Notice(
        id=message.id,
        kind=NoticeKind(data["kind"]),
        about=message.stream,
        recipient=data["recipient"],
        channel=message.topic,
        service=data["service"],
        created_at=parse_instant(data["created_at"]),
        number=data["number"],
    )


def _named_by(notice: Notice, ids: Sequence[str]) -> Notice:
    # What stands for several has a name of its own: a provider that took one of them already, or what stood for fewer,
    # must not take it for the same.
    if ids == [notice.id]:
        return notice
    return evolve(notice, id=f"{notice.kind.value}|{sha256(repr(sorted(ids)).encode()).hexdigest()}")
