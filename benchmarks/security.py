"""Authorization and ledger: decisions against bare look-ups and Cedar, lists, appends against encode and hash."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

import cedarpy

from benchmarks.harness import Row, compare
from svcdelivery.agreement import (
    AgreementRecord,
    AgreementRevision,
    AgreementStatus,
    AgreementStatusChanged,
    CoveredService,
    RevisionRegistered,
    Term,
    fold_agreement,
)
from svcdelivery.facts import NewFact, history, to_plain
from svcdelivery.identity import Actor
from svcdelivery.security import (
    Access,
    AccessRequest,
    AccessRules,
    Grant,
    IndexedWork,
    Involvement,
    Person,
    SeparationOfDuties,
    WorkIndex,
    decide,
    may,
)
from svcdelivery.security.decision import Decided
from svcdelivery.storage.chain import genesis, sealer
from svcdelivery.storage.codec import encode_body
from svcdelivery.timeline import from_micros, to_micros

__all__ = ["rows"]

_NOW = from_micros(to_micros(datetime(2026, 3, 11, 8, tzinfo=UTC)))
_SINCE, _UNTIL = datetime.__sub__(_NOW, timedelta(days=60)), datetime.__add__(_NOW, timedelta(days=90))
_SERVICES = 50
_GRANTS = 5_000
_MANY_GRANTS = 100_000
_REQUESTS = 2_000
_OFTEN = 250
_ITEMS = 100_000
_CEDAR_REQUESTS = 200
_APPENDS = 5_000
# The same rules with grants as data, tags of persons by service, so that their number costs Cedar nothing.
_SCHEMA = """
type Window = { from: datetime, until: datetime };
entity Role;
entity Service { approved: Window };
entity Agreement { services: Set<Service>, agreed: Bool, term: Window };
entity Person in [Role] { active: Bool, clearances: Set<String> } tags Window;
entity Item { agreement: Agreement, service: Service, serviceKey: String, requester: Person, accepted: Set<Person>,
  clearance?: String };
type Asked = { now: datetime, glass?: { ground: String, until: datetime } };
action Operate, Read;
action start, fulfill, close in [Operate] appliesTo { principal: [Person], resource: [Item], context: Asked };
action view in [Read] appliesTo { principal: [Person], resource: [Item], context: Asked };
"""
_POLICIES = """
@id("entitled") permit (principal is Person, action in Action::"Operate", resource is Item) when {
  principal.hasTag(resource.serviceKey) && principal.getTag(resource.serviceKey).from <= context.now &&
  context.now < principal.getTag(resource.serviceKey).until };
@id("staff reads") permit (principal in Role::"agent", action in Action::"Read", resource is Item);
@id("own") permit (principal, action in Action::"Read", resource is Item) when { resource.requester == principal };
@id("broken glass") permit (principal in Role::"manager", action in Action::"Operate", resource is Item)
  when { context has glass && context.glass.ground != "" && context.now < context.glass.until };
@id("inactive") forbid (principal is Person, action, resource) unless { principal.active };
@id("not in force") forbid (principal, action, resource is Item) unless { resource.agreement.agreed &&
  resource.agreement.term.from <= context.now && context.now < resource.agreement.term.until };
@id("not in agreement") forbid (principal, action, resource is Item)
  unless { resource.agreement.services.contains(resource.service) };
@id("not approved") forbid (principal, action, resource is Item) unless {
  resource.service.approved.from <= context.now && context.now < resource.service.approved.until };
@id("same hands") forbid (principal is Person, action == Action::"fulfill", resource is Item)
  when { resource.accepted.contains(principal) };
@id("clearance") forbid (principal is Person, action, resource is Item) when { resource has clearance }
  unless { principal.clearances.contains(resource.clearance) };
"""


def rows() -> list[Row]:
    """Measure decisions, lists and appends."""
    access, requests = _world(_GRANTS)
    keys = [(_id(r.person), r.agreement.id, r.service) for r in requests if r.agreement is not None]
    ours, looked_up = compare(_deciding(access, requests), _looking_up(dict(access.by_key), keys))
    many, many_requests = _world(_MANY_GRANTS)
    # What is collected between passes would walk through both worlds, and leave some of each in the caches.
    gc.freeze()
    fewer, more = compare(_deciding(access, _often(requests)), _deciding(many, _often(many_requests)))
    at_random = compare(_deciding(access, requests), _deciding(many, many_requests))
    many_keys = [(_id(r.person), r.agreement.id, r.service) for r in many_requests if r.agreement is not None]
    bare = compare(_looking_up(dict(access.by_key), keys), _looking_up(dict(many.by_key), many_keys))
    gc.unfreeze()
    few = requests[:_CEDAR_REQUESTS]
    each, cedar = compare(_deciding(access, few), _asking_cedar(access, few))
    every, loaded = compare(_deciding(access, few), _asking_cedar_of_known(access, few))
    all_of_them, batch = compare(_deciding(access, few), _asking_cedar_of_known(access, few, in_one_batch=True))
    return [
        Row.at_most("decide, allow, 5,000 grants / look-up by a tuple", ours, looked_up, 30),
        Row.at_most("decide, 100,000 grants / 5,000 grants", at_random[1], at_random[0], 1.3),
        Row.at_most("the same, 250 requests again and again", more, fewer, 1.3),
        Row.at_most("growth of decide / of a bare look-up, memory cold", _growth(at_random), _growth(bare), 1, unit=""),
        Row.at_least("decide / Cedar, handles reused, the item loaded beforehand", every, loaded, 40),
        Row.at_least("decide / Cedar, handles reused, the item added", each, cedar, 40),
        Row.at_least("decide one by one / Cedar, handles reused, all in one batch", all_of_them, batch, 20),
        _listing(access),
        _appending(),
    ]


def _often(requests: list[AccessRequest]) -> list[AccessRequest]:
    """Answer some requests again and again: what memory takes to fetch what is cold is no scan."""
    return requests[:_OFTEN] * (len(requests) // _OFTEN)


def _growth(times: tuple[float, float]) -> float:
    return times[1] / times[0]


def _id(person: Person | None) -> str:
    return person.id if person is not None else ""


def _record() -> AgreementRecord:
    services = tuple(CoveredService(id=f"s{number}", approved=Term(_SINCE)) for number in range(_SERVICES))
    terms = AgreementRevision(agreement="a", customer="c", effective_at=_SINCE, term=Term(_SINCE), services=services)
    bodies: list[Any] = [
        RevisionRegistered(terms, terms.digest),
        AgreementStatusChanged(action="agree", status=AgreementStatus.AGREED),
    ]
    facts = [NewFact(body=body, actor=Actor.staff("olga"), occurred_at=_SINCE) for body in bodies]
    record = fold_agreement(history("agreement:a", facts))
    assert record is not None
    return record


def _world(grants: int) -> tuple[Access, list[AccessRequest]]:
    """Answer so many grants, fifty a person, and requests that a grant allows, on items with a history."""
    record = _record()
    given = tuple(
        Grant(
            id=f"g{number}",
            holder=f"p{number // _SERVICES}",
            agreement="a",
            service=f"s{number % _SERVICES}",
            actions=frozenset({"start", "fulfill"}),
            window=Term(_SINCE, _UNTIL),
            granted_by="olga",
        )
        for number in range(grants)
    )
    rules = AccessRules(duties=(SeparationOfDuties("fulfill", frozenset({"accept"})),))
    random = Random(3)
    parts = frozenset({("requester", "ann"), ("accept", "cy")})
    requests = [
        AccessRequest(
            actor=Actor.staff(grant.holder),
            action="fulfill",
            at=_NOW,
            service=grant.service,
            agreement=record,
            person=Person(id=grant.holder, roles=frozenset({"agent"})),
            requester=Person(id="ann", customer="c"),
            item="request:1",
            involvement=Involvement(agreement="a", service=grant.service, parts=parts),
        )
        for grant in random.choices(given, k=_REQUESTS)
    ]
    return Access(rules=rules, grants=given), requests


def _deciding(access: Access, requests: list[AccessRequest]) -> Callable[[], None]:
    def work() -> None:
        for request in requests:
            assert decide(request, access).allowed

    return work


def _looking_up(by_key: dict[tuple[str, str, str], Any], keys: list[Any]) -> Callable[[], None]:
    def work() -> None:
        for person, agreement, service in keys:
            by_key[person, agreement, service]

    return work


def _asking_cedar(access: Access, requests: list[AccessRequest]) -> Callable[[], None]:
    """Answer the same asked of Cedar as a desk must: the item comes with the question, as text, all else is there."""
    schema, policies = cedarpy.Schema.from_str(_SCHEMA), cedarpy.PolicySet.from_str(_POLICIES)
    base = cedarpy.Entities.from_json_str(json.dumps(_entities(access)), schema)
    items = [json.dumps([_item(number, request.service or "")]) for number, request in enumerate(requests)]
    asked = list(zip(_questions(requests), items, strict=True))

    def work() -> None:
        for question, item in asked:
            entities = base.with_added_json_str(item, schema)
            assert cedarpy.is_authorized(question, policies, entities, schema).allowed

    return work


def _asking_cedar_of_known(
    access: Access, requests: list[AccessRequest], *, in_one_batch: bool = False
) -> Callable[[], None]:
    """Answer the same asked of Cedar at its best: everything was read beforehand, the items too.

    The schema goes along with each question, as careful users have it: a misspelled one is then refused.
    """
    schema, policies = cedarpy.Schema.from_str(_SCHEMA), cedarpy.PolicySet.from_str(_POLICIES)
    items = [_item(number, request.service or "") for number, request in enumerate(requests)]
    entities = cedarpy.Entities.from_json_str(json.dumps([*_entities(access), *items]), schema)
    asked = _questions(requests)

    def one_by_one() -> None:
        for question in asked:
            assert cedarpy.is_authorized(question, policies, entities, schema).allowed

    def batch() -> None:
        answers = cedarpy.is_authorized_batch(asked, policies, entities, schema)
        assert all(answer.allowed for answer in answers)

    return batch if in_one_batch else one_by_one


def _questions(requests: list[AccessRequest]) -> list[dict[str, Any]]:
    return [
        {
            "principal": {"type": "Person", "id": request.actor.id},
            "action": {"type": "Action", "id": request.action},
            "resource": {"type": "Item", "id": str(number)},
            "context": {"now": _datetime(request.at)},
        }
        for number, request in enumerate(requests)
    ]


def _entities(access: Access) -> list[dict[str, Any]]:
    window = {"from": _datetime(_SINCE), "until": _datetime(_UNTIL)}
    held: dict[str, dict[str, Any]] = {}
    for grant in access.grants:
        held.setdefault(grant.holder, {})[grant.service] = window
    services = [f"s{number}" for number in range(_SERVICES)]
    terms = {"services": [_ref("Service", id) for id in services], "agreed": True, "term": window}
    people = {"active": True, "clearances": []}
    return [
        *(_entity("Person", id, people, tags=tags) for id, tags in held.items()),
        *(_entity("Person", id, people) for id in ("ann", "cy")),
        *(_entity("Service", id, {"approved": window}) for id in services),
        _entity("Agreement", "a", terms),
    ]


def _item(number: int, service: str) -> dict[str, Any]:
    said = {
        "agreement": _ref("Agreement", "a"), "service": _ref("Service", service), "serviceKey": service,
        "requester": _ref("Person", "ann"), "accepted": [_ref("Person", "cy")],
    }  # fmt: skip
    return _entity("Item", str(number), said)


def _entity(kind: str, id: str, attributes: dict[str, Any], *, tags: dict[str, Any] | None = None) -> dict[str, Any]:
    parents = [{"type": "Role", "id": "agent"}] if kind == "Person" else []
    entity = {"uid": {"type": kind, "id": id}, "attrs": attributes, "parents": parents}
    return entity if tags is None else {**entity, "tags": tags}


def _ref(kind: str, id: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": id}}


def _datetime(at: datetime) -> dict[str, Any]:
    return {"__extn": {"fn": "datetime", "arg": f"{at:%Y-%m-%dT%H:%M:%S}Z"}}


def _listing(access: Access) -> Row:
    """Measure which of a hundred thousand items somebody may see, for each item."""
    record, random = _record(), Random(5)
    items = [
        IndexedWork(f"request:{number}", "a", f"s{random.randrange(_SERVICES)}", f"u{random.randrange(500)}")
        for number in range(_ITEMS)
    ]
    index, person = WorkIndex(items), Person(id="p1")
    keys = [(item.agreement, item.service, item.requester) for item in items]
    known = dict.fromkeys(keys, 1)

    def ours() -> None:
        found = may(
            "start", actor=Actor.staff("p1"), person=person, at=_NOW, index=index, agreements={"a": record},
            access=access,
        )  # fmt: skip
        assert len(found) == _ITEMS

    def baseline() -> None:
        for agreement, service, requester in keys:
            known[agreement, service, requester]

    return Row.at_most("items one may act on, of 100,000 / look-up by a tuple each", *compare(ours, baseline), 15)


def _appending() -> Row:
    """Measure what the ledger takes for an entry, against encoding it by hand and hashing it with the one before."""
    access, requests = _world(_SERVICES)
    bodies = [Decided.of(decide(request, access)) for request in requests[:50]]
    plain = [to_plain(body) for body in bodies]
    seal, micros = sealer("main"), to_micros(_NOW)

    def ours() -> None:
        hash = genesis("main")
        for number in range(1, _APPENDS + 1):
            type, payload = encode_body(bodies[number % 50])
            hash = seal(hash, number, "security", number, type, micros, micros, "staff:bob", payload)

    def baseline() -> None:
        hash = ""
        for number in range(1, _APPENDS + 1):
            entry = {
                "log": "main", "seq": number, "at": micros, "actor": "staff:bob", "kind": "security.decided/1",
                "body": plain[number % 50], "prev": hash,
            }  # fmt: skip
            text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            hash = sha256(text.encode()).hexdigest()

    return Row.at_most("ledger, encode and seal an entry / bare json.dumps and sha256", *compare(ours, baseline), 2)
