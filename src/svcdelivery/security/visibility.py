"""Which items somebody may see or act on: whole groups decided at once, items never looked at one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, frozen

from svcdelivery.agreement import AgreementRecord
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.security.access import Access
from svcdelivery.security.authorization import decide
from svcdelivery.security.decision import Decision
from svcdelivery.security.directory import Person
from svcdelivery.security.request import AccessRequest, Involvement, parts_in
from svcdelivery.timeline import to_instant
from svcdelivery.work import IncidentRecorded, Observed, RequestReceived, kind_of_stream

__all__ = ["IndexedWork", "WorkIndex", "may"]

_ASKED = frozenset({"agreement", "service", "requester"})
_Pair = tuple[str, str]
Decide = Callable[[AccessRequest], Decision]


@frozen
class IndexedWork:
    """What access asks of an item: its stream, what it falls under, and who had which part."""

    stream: str
    agreement: str
    service: str
    requester: str
    parts: frozenset[tuple[str, str]] = frozenset()


class WorkIndex:
    """Items by what decides about them: agreement and service, requester, and the parts people had."""

    def __init__(self, items: Iterable[IndexedWork] = ()) -> None:
        self._items: dict[str, IndexedWork] = {}
        self._by_pair: dict[_Pair, dict[str, None]] = {}
        self._by_requester: dict[str, dict[str, None]] = {}
        self._by_part: dict[tuple[str, str], dict[str, None]] = {}
        for item in items:
            self.put(item)

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: IndexedWork) -> None:
        """Take in an item, in place of what was known of it."""
        known = self._items.get(item.stream)
        if known is not None:
            for group in self._groups(known):
                del group[item.stream]
        self._items[item.stream] = item
        for group in self._groups(item):
            group[item.stream] = None

    def follow(self, fact: Fact[Any]) -> None:
        """Take in what a fact says of an item; facts of other streams pass by. They come in the order of record."""
        if kind_of_stream(fact.stream) is None:
            return
        body, known = fact.body, self._items.get(fact.stream)
        parts = frozenset(parts_in(fact))
        grown = known or IndexedWork(fact.stream, "", "", "")
        if not parts <= grown.parts:
            grown = evolve(grown, parts=grown.parts | parts)
        if isinstance(body, RequestReceived | IncidentRecorded):
            grown = evolve(grown, agreement=body.agreement, service=body.service, requester=body.requester)
        elif isinstance(body, Observed):
            said = {name: value or "" for name, value in body.fields if name in _ASKED}
            grown = evolve(
                grown,
                agreement=said.get("agreement", grown.agreement),
                service=said.get("service", grown.service),
                requester=said.get("requester", grown.requester),
            )
        if grown != known:
            self.put(grown)

    def _groups(self, item: IndexedWork) -> Iterator[dict[str, None]]:
        yield self._by_pair.setdefault((item.agreement, item.service), {})
        yield self._by_requester.setdefault(item.requester, {})
        for part in item.parts | {("requester", item.requester)}:
            yield self._by_part.setdefault(part, {})

    def pairs(self) -> Iterator[tuple[_Pair, Mapping[str, None]]]:
        """Answer every agreement and service that has items, with the streams of those items."""
        return ((pair, group) for pair, group in self._by_pair.items() if group)

    def requested_by(self, person: str) -> dict[_Pair, dict[str, None]]:
        """Answer the items that are for somebody, by agreement and service."""
        found: dict[_Pair, dict[str, None]] = {}
        for stream in self._by_requester.get(person, ()):
            item = self._items[stream]
            found.setdefault((item.agreement, item.service), {})[stream] = None
        return found

    def with_part(self, person: str, parts: Iterable[str]) -> set[str]:
        """Answer the items in which somebody had one of the parts."""
        return set[str]().union(*(self._by_part.get((part, person), ()) for part in parts))


def may(
    action: str,
    *,
    actor: Actor,
    person: Person | None,
    at: datetime,
    index: WorkIndex,
    agreements: Mapping[str, AgreementRecord],
    access: Access | None = None,
    authorize: Decide | None = None,
) -> list[str]:
    """Answer the streams of all items the actor may do the action to, the same as by asking of each.

    One decision is made for each agreement and service; items a part in them forbids are taken off by index.

    Args:
        action: `view` for what they may see.
        person: The actor as the directory knows them.
        authorize: Decides instead of the rules alone, for instance with an engine plugged in; it must answer alike for
            all items of one agreement, service and requester.
    """
    known = access or Access()
    ask = authorize or (lambda request: decide(request, known))
    own = actor.kind is ActorKind.END_USER
    groups = index.requested_by(actor.id).items() if own else index.pairs()
    apart = index.with_part(actor.id, known.rules.by_duty.get(action, ()))
    found: list[str] = []
    for (agreement, service), streams in groups:
        request = AccessRequest(
            actor=actor,
            action=action,
            at=to_instant(at),
            service=service,
            agreement=agreements.get(agreement),
            person=person,
            requester=person if own else None,
            item="",
            involvement=Involvement(agreement=agreement, service=service),
        )
        if ask(request).allowed:
            found += streams if not apart else (stream for stream in streams if stream not in apart)
    return found
