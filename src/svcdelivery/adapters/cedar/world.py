"""A request for access as Cedar's request, context and entities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from svcdelivery.agreement import AgreementRecord
from svcdelivery.security import AccessRequest, Decision, Person
from svcdelivery.timeline import to_micros

__all__ = ["cedar_context", "cedar_entities", "cedar_request"]

_NEW = "new"


def cedar_request(request: AccessRequest, decision: Decision) -> dict[str, Any]:
    """Answer who asks for what; work that is still to be received is the item `new`."""
    return {
        "principal": _uid("Person", request.actor.id),
        "action": _uid("Action", request.action),
        "resource": _uid("Item", request.item or _NEW),
        "context": cedar_context(request, decision),
    }


def cedar_context(request: AccessRequest, decision: Decision) -> dict[str, Any]:
    """Answer when it is asked, in which part the actor acts, and on which grants the rules allow it."""
    at = request.at
    now = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    return {
        "now": {"__extn": {"fn": "datetime", "arg": now}},
        "micros": to_micros(at),
        "kind": request.actor.kind.value,
        "grants": list(decision.grants),
        "glass": decision.reason == "break_glass",
    }


def cedar_entities(request: AccessRequest) -> list[dict[str, Any]]:
    """Answer the entities a request speaks of: the people, their roles, the item, its agreement and service."""
    people = {person.id: person for person in (request.requester, request.person) if person is not None}
    parts: dict[str, list[str]] = defaultdict(list)
    for part, id in sorted(request.involvement.parts if request.involvement is not None else ()):
        parts[part].append(id)
    named = sorted({id for ids in parts.values() for id in ids} - people.keys())
    service = request.service or ""
    customer = request.agreement.agreement.customer if request.agreement is not None else None
    return [
        *(entity for person in people.values() for entity in _person(person, request)),
        *(_entity("Person", id, {"active": True, "clearances": []}) for id in named),
        _entity("Service", service),
        _agreement(request.agreement, request),
        _item(request, customer, parts),
    ]


def _person(person: Person, request: AccessRequest) -> Iterator[dict[str, Any]]:
    parents = [_uid("Role", role) for role in sorted(person.roles)]
    if person.customer is not None:
        parents.append(_uid("Customer", person.customer))
    attributes = {"active": person.is_active(request.at), "clearances": sorted(person.clearances)}
    yield _entity("Person", person.id, attributes, parents)


def _agreement(record: AgreementRecord | None, request: AccessRequest) -> dict[str, Any]:
    if record is None:
        return _entity("Agreement", "", {"services": [], "approved": [], "inForce": False})
    revision = record.agreement.effective(request.at)
    services = revision.services if revision is not None else ()
    attributes = {
        "customer": _ref("Customer", record.agreement.customer),
        "services": [_ref("Service", service.id) for service in services],
        "approved": [_ref("Service", service.id) for service in services if service.is_approved(request.at)],
        "inForce": record.in_force(request.at) is not None,
    }
    return _entity("Agreement", record.id, attributes)


def _item(request: AccessRequest, customer: str | None, parts: dict[str, list[str]]) -> dict[str, Any]:
    attributes = {
        "agreement": _ref("Agreement", request.agreement.id if request.agreement is not None else ""),
        "service": _ref("Service", request.service or ""),
    }
    if request.requester is not None:
        attributes["requester"] = _ref("Person", request.requester.id)
    parents = [] if customer is None else [_uid("Customer", customer)]
    item = _entity("Item", request.item or _NEW, attributes, parents)
    return {**item, "tags": {part: [_ref("Person", id) for id in ids] for part, ids in parts.items()}}


def _uid(kind: str, id: str) -> dict[str, str]:
    return {"type": kind, "id": id}


def _ref(kind: str, id: str) -> dict[str, Any]:
    return {"__entity": _uid(kind, id)}


def _entity(
    kind: str, id: str, attributes: dict[str, Any] | None = None, parents: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    return {"uid": _uid(kind, id), "attrs": attributes or {}, "parents": parents or []}
