"""What a queue of notices comes down to: doubles merged, overtaken ones dropped, many pages put into one digest.

Everything here is a function of the queue. What is sent already is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from attrs import evolve, frozen

from svcdelivery.escalation.notices.message import Notice, NoticeKind

__all__ = ["Merged", "digest_pages", "drop_overtaken", "in_sending_order", "merge_pages"]

DIGEST_LEAST = 2
"""From so many pages on they are put together."""


@frozen
class Merged:
    """A queue after merging.

    Attributes:
        kept: What remains to be sent or was sent, in the order given.
        merged: By the id of a notice that remains, the ids it stands for besides.
        dropped: Ids that nothing stands for: they were overtaken.
    """

    kept: tuple[Notice, ...]
    merged: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dropped: tuple[str, ...] = ()


def merge_pages(queue: Sequence[Notice]) -> Merged:
    """Answer the queue with one page an item and destination: the oldest, which stands for the others."""
    groups = _groups(queue, NoticeKind.PAGE, lambda notice: (notice.about, *notice.destination))
    merged: dict[str, tuple[str, ...]] = {}
    gone: set[str] = set()
    for group in groups:
        oldest = min(group, key=lambda notice: notice.created_at)
        others = tuple(notice.id for notice in group if notice is not oldest)
        if others:
            merged[oldest.id] = others
            gone.update(others)
    return Merged(tuple(notice for notice in queue if notice.id not in gone), tuple(merged.items()))


def drop_overtaken(queue: Sequence[Notice]) -> Merged:
    """Answer the queue with the newest status an item and destination, and the newest word of who is on call."""
    gone: set[str] = set()
    for kind in (NoticeKind.STATUS, NoticeKind.ON_CALL):
        for group in _groups(queue, kind, lambda notice: (notice.about, *notice.destination)):
            newest = max(group, key=lambda notice: (notice.number, notice.created_at))
            gone.update(notice.id for notice in group if notice is not newest)
    dropped = tuple(notice.id for notice in queue if notice.id in gone)
    return Merged(tuple(notice for notice in queue if notice.id not in gone), dropped=dropped)


def digest_pages(queue: Sequence[Notice], *, name: Callable[[Notice], str]) -> Merged:
    """Answer the queue with two or more pages about one service to one destination put into one digest.

    A digest that waits for that destination already takes them in; a new one is as old as its oldest page.

    Args:
        queue: Of one tenant.
        name: Answers the id of a new digest from its oldest page; the same page gives the same id.
    """
    kept = list(queue)
    merged: dict[str, tuple[str, ...]] = {}
    for group in _groups(queue, NoticeKind.PAGE, lambda notice: (notice.service, *notice.destination)):
        oldest = min(group, key=lambda notice: notice.created_at)
        waiting = next((notice for notice in kept if _takes_in(notice, oldest)), None)
        if len(group) < DIGEST_LEAST and waiting is None:
            continue
        members = tuple(notice.id for notice in group)
        kept = [notice for notice in kept if notice.id not in members]
        if waiting is None:
            digest = evolve(oldest, id=name(oldest), kind=NoticeKind.DIGEST, about="", members=members)
            kept.append(digest)
        else:
            digest = evolve(waiting, members=(*waiting.members, *members))
            kept[kept.index(waiting)] = digest
        merged[digest.id] = members
    return Merged(tuple(kept), tuple(merged.items()))


def _takes_in(notice: Notice, page: Notice) -> bool:
    return (
        notice.kind is NoticeKind.DIGEST
        and notice.sent_at is None
        and (notice.service, notice.destination) == (page.service, page.destination)
    )


def in_sending_order(queue: Sequence[Notice]) -> tuple[Notice, ...]:
    """Answer what is not sent, oldest first; the first page about a service to a recipient comes before all else.

    Whoever has not heard of a trouble at all is told before others hear more about theirs.
    """
    waiting = sorted((notice for notice in queue if notice.sent_at is None), key=lambda notice: notice.created_at)
    heard = {(notice.service, notice.recipient) for notice in queue if notice.sent_at is not None}
    first: list[Notice] = []
    for notice in waiting:
        about = notice.service, notice.recipient
        if notice.kind in (NoticeKind.PAGE, NoticeKind.DIGEST) and about not in heard:
            heard.add(about)
            first.append(notice)
    return (*first, *(notice for notice in waiting if notice not in first))


def _groups(queue: Iterable[Notice], kind: NoticeKind, by: Callable[[Notice], Hashable]) -> Iterable[list[Notice]]:
    groups: dict[Hashable, list[Notice]] = {}
    for notice in queue:
        if notice.kind is kind and notice.sent_at is None:
            groups.setdefault(by(notice), []).append(notice)
    return groups.values()
