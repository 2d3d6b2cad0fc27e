"""Decisions decided once more: from what was on record before each, and from nothing else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRecord, agreement_stream, fold_agreement
from svcdelivery.facts import Fact
from svcdelivery.security.access import ACCESS_STREAM, Access, fold_access
from svcdelivery.security.authorization import decide, decide_internal
from svcdelivery.security.decision import Decided, Decision
from svcdelivery.security.request import AccessRequest, Involvement, parts_in
from svcdelivery.work import IncidentRecorded, Observed, RequestReceived, kind_of_stream

__all__ = ["DecisionReplay", "Recomputed", "recompute"]

_ITEMS_KEPT_MOST = 20_000
_AGREEMENT = agreement_stream("")
# Deliveries of continuous services are no work: nobody has a part in them but the requester, whom the decision names.
_DELIVERIES = "standing:"
_ENGINE = ("authorizer_denied", "authorizer_failed")


@frozen(kw_only=True)
class Recomputed:
    """A decision on record and the same decision made again.

    Attributes:
        again: None where the item it is about was last spoken of too long ago to be remembered.
    """

    fact: Fact[Any]
    logged: Decision
    again: Decision | None

    @property
    def agrees(self) -> bool:
        """Whether both answer alike; what a plugged engine denied is its own, and cannot be asked again."""
        if self.again is None or self.logged.reason in _ENGINE:
            return True
        one, other = self.logged, self.again
        return (one.allowed, one.reasons, one.grants, one.revision) == (
            other.allowed, other.reasons, other.grants, other.revision,
        )  # fmt: skip


class DecisionReplay:
    """Follows a log from its start and decides every recorded decision again.

    Memory holds the agreements, the access record, and the items last spoken of, at most so many.
    """

    def __init__(self, *, items_kept_most: int = _ITEMS_KEPT_MOST) -> None:
        self._agreements: dict[str, list[Fact[Any]]] = {}
        self._records: dict[str, AgreementRecord | None] = {}
        self._access = Access()
        self._changes: list[Fact[Any]] = []
        self._items: OrderedDict[str, Involvement] = OrderedDict()
        self._items_kept_most = items_kept_most

    @property
    def access(self) -> Access:
        """What the log so far says about access."""
        if self._changes:
            self._access = fold_access(self._changes, self._access)
            self._changes = []
        return self._access

    def agreement(self, id: str) -> AgreementRecord | None:
        """Answer an agreement as the log so far tells it, None for one it does not have."""
        if id not in self._records:
            self._records[id] = fold_agreement(self._agreements.get(id, ()))
        return self._records[id]

    def item(self, stream: str) -> Involvement | None:
        """Answer what the log so far says of an item, None where it is unknown or forgotten."""
        return self._items.get(stream)

    def follow(self, fact: Fact[Any]) -> Recomputed | None:
        """Take in the next fact; for a decision, answer it beside the one made from the facts before."""
        if isinstance(fact.body, Decided):
            logged = fact.body.decision(fact.actor, fact.occurred_at)
            return Recomputed(fact=fact, logged=logged, again=self._again(fact, fact.body))
        if fact.stream == ACCESS_STREAM:
            self._changes.append(fact)
        elif fact.stream.startswith(_AGREEMENT):
            id = fact.stream.removeprefix(_AGREEMENT)
            self._agreements.setdefault(id, []).append(fact)
            self._records.pop(id, None)
        elif kind_of_stream(fact.stream) is not None:
            self._note(fact)
        return None

    def _note(self, fact: Fact[Any]) -> None:
        body, stream = fact.body, fact.stream
        known = self._items.pop(stream, None)
        if isinstance(body, RequestReceived | IncidentRecorded):
            parts = frozenset({("requester", body.requester)})
            known = Involvement(agreement=body.agreement, service=body.service, parts=parts)
        elif isinstance(body, Observed):
            said = dict(body.fields)
            before = known or Involvement(agreement="", service="")
            requester = said.get("requester")
            parts = before.parts if requester is None else frozenset({("requester", requester)})
            known = Involvement(
                agreement=said.get("agreement", before.agreement) or "",
                service=said.get("service", before.service) or "",
                parts=parts,
            )
        elif known is not None and parts_in(fact):
            known = Involvement(
                agreement=known.agreement, service=known.service, parts=known.parts.union(parts_in(fact))
            )
        if known is not None:
            self._items[stream] = known
            if len(self._items) > self._items_kept_most:
                self._items.popitem(last=False)

    def _again(self, fact: Fact[Any], body: Decided) -> Decision | None:
        is_delivery = body.item.startswith(_DELIVERIES)
        if kind_of_stream(body.item) is None and not is_delivery:
            roles = self.access.roles_for(body.action, body.item) or frozenset[str]()
            return decide_internal(
                actor=fact.actor,
                action=body.action,
                item=body.item,
                person=body.person,
                at=fact.occurred_at,
                roles=roles,
            )
        involvement = self._items.get(body.item)
        if involvement is None and body.action != "receive" and body.service is not None and not is_delivery:
            return None
        return decide(
            AccessRequest(
                actor=fact.actor,
                action=body.action,
                at=fact.occurred_at,
                service=body.service,
                agreement=self.agreement(body.agreement) if body.agreement else None,
                person=body.person,
                requester=body.requester,
                item=body.item,
                item_known=body.service is not None,
                involvement=involvement if body.action != "receive" else None,
            ),
            self.access,
        )


def recompute(facts: Iterable[Fact[Any]], position: int) -> Recomputed | None:
    """Answer the decision recorded at a position beside the same one made again; None where that is no decision.

    Args:
        facts: The log from its start on, in the order of record; read up to the position.
    """
    replay = DecisionReplay()
    for fact in facts:
        found = replay.follow(fact)
        if fact.position >= position:
            return found if fact.position == position else None
    return None
