"""The rules of access said once more, as Cedar policies: every window, grant and rule of a world spelled out in text.

Nothing here asks the checker. Run as a module, it compares both on many requests and prints figures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

import cedarpy
from attrs import define, frozen

from svcdelivery.adapters.cedar import cedar_schema
from svcdelivery.agreement import AgreementRecord, AgreementStatus, Term
from svcdelivery.security import Access, AccessRequest, BreakGlass, Grant, decide
from svcdelivery.timeline import to_micros
from tests.security.worlds import ACTIONS, Item, World, draw_item, draw_request, draw_world

__all__ = ["Figures", "Judged", "judged"]

_SCHEMA = cedarpy.Schema.from_str(cedar_schema(ACTIONS))
_STAFF = 'context.kind == "staff"'
_OWN = "(resource has requester && resource.requester == principal)"
_NEVER = "false"


# -- policies ----------------------------------------------------------------------------------------------------------


def policies_of(world: World) -> str:
    """Answer a world's rules, grants and agreements as policies."""
    parts = [
        *_people(world),
        *(line for record in world.agreements for line in _agreement(world, record)),
        *_duties(world),
        *(line for grant in world.access.grants for line in _grant(world, grant)),
        *(_glass(world, opening) for opening in world.access.openings),
        f'permit (principal, action == Action::"view", resource) when {{ context.kind == "end_user" && {_OWN} }};',
        f'forbid (principal, action, resource) when {{ context.kind == "end_user" }} unless {{ {_OWN} }};',
    ]
    return "\n".join(parts)


def _uid(kind: str, id: str) -> str:
    return f"{kind}::{json.dumps(id)}"


def _within(terms: Iterable[Term]) -> str:
    spans = []
    for term in terms:
        until = f" && context.micros < {to_micros(term.until)}" if term.until is not None else ""
        spans.append(f"(context.micros >= {to_micros(term.start)}{until})")
    return f"({' || '.join(spans)})" if spans else _NEVER


def _in_any(roles: Iterable[str]) -> str:
    listed = [f"principal in {_uid('Role', role)}" for role in roles]
    return f"({' || '.join(listed)})" if listed else _NEVER


def _role(world: World, action: str) -> str:
    return _in_any(entry.role for entry in world.access.rules.roles if action in entry.actions)


def _people(world: World) -> Iterator[str]:
    for person in world.people:
        active = _within(person.active_during) if person.active_during else "true"
        holds = active if person.active else _NEVER
        yield f"forbid (principal == {_uid('Person', person.id)}, action, resource) unless {{ {holds} }};"


def _agreement(world: World, record: AgreementRecord) -> Iterator[str]:
    revisions = record.agreement.revisions
    ends = [*(revision.effective_at for revision in revisions[1:]), None]
    spans = [Term(revision.effective_at, end) for revision, end in zip(revisions, ends, strict=True)]
    agreed = [
        Term(status.since, until)
        for status, until in zip(record.statuses, [*(s.since for s in record.statuses[1:]), None], strict=True)
        if status.status is AgreementStatus.AGREED and until != status.since
    ]
    own = f"resource.agreement == {_uid('Agreement', record.id)}"
    in_force = f"{_within(agreed)} && {_within(spans)} && {_within([revisions[-1].term])}"
    yield f"forbid (principal, action, resource) when {{ {own} }} unless {{ {in_force} }};"
    for entry in world.access.rules.catalogue:
        of = f"{own} && resource.service == {_uid('Service', entry.id)}"
        covered = [(span, s) for span, r in zip(spans, revisions, strict=True) for s in r.services if s.id == entry.id]
        yield f"forbid (principal, action, resource) when {{ {of} }} unless {{ {_within(s for s, _ in covered)} }};"
        allowed = " || ".join(
            f"({_within([span])} && {_within([service.approved])})" for span, service in covered if service.approved
        )
        approved = f"({allowed or _NEVER}) && {_within(entry.approved)}"
        yield f"forbid (principal, action, resource) when {{ {of} }} unless {{ {approved} }};"
        for span, service in covered:
            for role in (who.id for who in service.delivered_by):
                for action in ACTIONS:
                    when = f"{_STAFF} && {of} && {_within([span])} && {_role(world, action)}"
                    who = f"principal in {_uid('Role', role)}, action == {_uid('Action', action)}, resource"
                    yield f"permit ({who}) when {{ {when} }};"


def _duties(world: World) -> Iterator[str]:
    for duty in world.access.rules.duties:
        for part in sorted(duty.differs_from):
            tag = json.dumps(part)
            had = f"resource.hasTag({tag}) && resource.getTag({tag}).contains(principal)"
            yield f"forbid (principal, action == {_uid('Action', duty.action)}, resource) when {{ {had} }};"
    for entry in world.access.rules.catalogue:
        if entry.clearance is not None:
            of = f"{_STAFF} && resource.service == {_uid('Service', entry.id)}"
            cleared = f"principal.clearances.contains({json.dumps(entry.clearance)})"
            yield f"forbid (principal, action, resource) when {{ {of} }} unless {{ {cleared} }};"


def _holds(grant: Grant) -> str:
    revoked = "true" if grant.revoked_at is None else f"context.micros < {to_micros(grant.revoked_at)}"
    return f"{_within([grant.window])} && {revoked}"


def _grant(world: World, grant: Grant) -> Iterator[str]:
    by_id = {one.id: one for one in world.access.grants}
    source = by_id.get(grant.source) if grant.source else None
    if grant.source and source is None:
        return
    actions, holds = set(grant.actions), _holds(grant)
    if source is not None:
        if source.source or (source.agreement, source.service) != (grant.agreement, grant.service):
            return
        actions &= source.actions
        holds += f" && {_holds(source)}"
    of = f"resource.agreement == {_uid('Agreement', grant.agreement)}"
    of += f" && resource.service == {_uid('Service', grant.service)}"
    for action in sorted(actions):
        who = f"principal == {_uid('Person', grant.holder)}, action == {_uid('Action', action)}, resource"
        yield f"permit ({who}) when {{ {_STAFF} && {of} && {holds} && {_role(world, action)} }};"


def _glass(world: World, opening: BreakGlass) -> str:
    if not opening.ground.strip() or opening.authorized_by == opening.holder:
        return ""
    may = _in_any(sorted(world.access.rules.break_glass_roles))
    who = f"principal == {_uid('Person', opening.holder)}, action, resource"
    return f"permit ({who}) when {{ {_STAFF} && {_within([opening.window])} && {may} }};"


# -- entities and requests ---------------------------------------------------------------------------------------------


def _entity(kind: str, id: str, attributes: Any = None, parents: Any = (), tags: Any = None) -> dict[str, Any]:
    entity = {"uid": {"type": kind, "id": id}, "attrs": attributes or {}, "parents": list(parents)}
    return entity if tags is None else {**entity, "tags": tags}


def _ref(kind: str, id: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": id}}


def entities_of(world: World, items: Iterable[Item]) -> list[dict[str, Any]]:
    """Answer people, agreements, services and items; what policies say by themselves is left open here."""
    people = [
        _entity(
            "Person", person.id, {"active": True, "clearances": sorted(person.clearances)},
            [{"type": "Role", "id": role} for role in sorted(person.roles)],
        )
        for person in world.people
    ]  # fmt: skip
    listed = {"services": [], "approved": [], "inForce": True}
    agreements = [_entity("Agreement", record.id, listed) for record in world.agreements]
    services = [_entity("Service", entry.id) for entry in world.access.rules.catalogue]
    return [*people, *agreements, *services, *(_item(item) for item in items)]


def _item(item: Item) -> dict[str, Any]:
    tags: dict[str, list[Any]] = {}
    for part, id in sorted(item.involvement.parts):
        tags.setdefault(part, []).append(_ref("Person", id))
    attributes = {
        "agreement": _ref("Agreement", item.agreement.id),
        "service": _ref("Service", item.service),
        "requester": _ref("Person", item.requester.id),
    }
    return _entity("Item", item.id, attributes, (), tags)


def _asked(request: AccessRequest) -> dict[str, Any]:
    return {
        "principal": {"type": "Person", "id": request.actor.id},
        "action": {"type": "Action", "id": request.action},
        "resource": {"type": "Item", "id": request.item},
        "context": {
            "now": {"__extn": {"fn": "datetime", "arg": "2026-01-01T00:00:00Z"}},
            "micros": to_micros(request.at),
            "kind": request.actor.kind.value,
            "grants": [],
            "glass": False,
        },
    }


# -- comparing ---------------------------------------------------------------------------------------------------------


@frozen
class Judged:
    """A request in its world, and what Cedar answers to it."""

    request: AccessRequest
    access: Access
    allowed: bool
    errors: bool

    @property
    def agrees(self) -> bool:
        """Whether the checker answers the same."""
        return decide(self.request, self.access).allowed == self.allowed


@define
class Figures:
    """What a comparison came to."""

    requests: int = 0
    allowed: int = 0
    errors: int = 0
    disagreements: int = 0

    def add(self, judged: Judged) -> None:
        """Count one answer."""
        self.requests += 1
        self.allowed += judged.allowed
        self.errors += judged.errors
        self.disagreements += not judged.agrees


def judged(requests: int, *, seed: int, each_world: int = 200) -> Iterator[Judged]:
    """Answer so many random requests with Cedar's answers to them, the same ones for the same seed."""
    random = Random(seed)
    for _ in range(-(-requests // each_world)):
        world = draw_world(random)
        items = [draw_item(random, world, f"request:{number}") for number in range(12)]
        asked = [draw_request(random, world, random.choice(items)) for _ in range(each_world)]
        policies = cedarpy.PolicySet.from_str(policies_of(world))
        entities = cedarpy.Entities.from_json_str(json.dumps(entities_of(world, items)), _SCHEMA)
        answers = cedarpy.is_authorized_batch([_asked(request) for request in asked], policies, entities, _SCHEMA)
        for request, answer in zip(asked, answers, strict=True):
            allowed = answer.decision is cedarpy.Decision.Allow
            yield Judged(request, world.access, allowed, bool(answer.diagnostics.errors))


def main() -> int:
    """Compare on 100,000 requests, or as many as said, and print what came of it."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    start = time.process_time()
    figures = Figures()
    for one in judged(wanted, seed=20_260_101):
        figures.add(one)
    print(
        f"{figures.requests} requests, {figures.allowed} allowed, "
        f"{figures.disagreements} disagreements with Cedar, {figures.errors} errors of Cedar, "
        f"{time.process_time() - start:.1f} s"
    )
    return int(bool(figures.disagreements or figures.errors))


if __name__ == "__main__":
    sys.exit(main())
