"""The operation of authorization vectors: a world of agreements, people and grants, and one request to decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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
from svcdelivery.errors import InvalidInstantError, InvalidValueError, NaiveTimeError, WrongTypeError
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.security import (
    Access,
    AccessRequest,
    AccessRules,
    BreakGlass,
    CatalogueService,
    Decision,
    Grant,
    Involvement,
    Person,
    RoleActions,
    SeparationOfDuties,
    decide,
)
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector
from svcdelivery.timeline import Instant, parse_instant

__all__ = ["ACCESS_OPERATIONS"]

_Data = Mapping[str, Any]
# Theirs and ours where one idea has two words.
_WORDS = {"not_own_work": "not_own_ticket", "own_work": "own_ticket"}
_STATUSES = {"active": AgreementStatus.AGREED, "suspended": AgreementStatus.SUSPENDED}
_OWNER = Actor.staff("owner")


def _decide(vector: Vector, _boundary: Boundary) -> Answer:
    world, asked = vector.calendar["world"], vector.input["request"]
    try:
        at = parse_instant(asked["at"])
    except (InvalidInstantError, NaiveTimeError, WrongTypeError):
        return _error("invalid_time")
    try:
        request = _request(world, asked, at)
    except InvalidValueError:
        return _error("inconsistent_request")
    return _told(decide(request, _access(world)))


def _told(decision: Decision) -> Answer:
    reasons = decision.reasons or (decision.reason,)
    return {
        "decision": "allow" if decision.allowed else "deny",
        "reason": _WORDS.get(decision.reason, decision.reason),
        "reasons": sorted(_WORDS.get(reason, reason) for reason in reasons),
        "determining": list(decision.grants),
        "obligations": list(decision.obligations),
    }


def _error(reason: str) -> Answer:
    return {"decision": "error", "reason": reason, "reasons": [reason]}


def _request(world: _Data, asked: _Data, at: Instant) -> AccessRequest:
    ticket = _named(world["tickets"], asked["ticket"]) if asked.get("ticket") is not None else None
    if ticket is None and asked.get("ticket") is not None:
        raise InvalidValueError(what="a ticket of this world", value=asked["ticket"], path="ticket")
    agreement = _named(world["agreements"], asked["agreement"])
    actor, person = _actor(world, asked["actor"])
    requester = _named(world["requesters"], ticket["requester"]) if ticket is not None else None
    return AccessRequest(
        actor=actor,
        action=asked["action"],
        at=at,
        service=asked["service"],
        agreement=None if agreement is None else _agreement(agreement),
        person=person,
        requester=None if requester is None else Person(id=requester["id"], customer=requester["customer"]),
        item="" if ticket is None else f"request:{ticket['id']}",
        involvement=None if ticket is None else _involvement(ticket),
    )


def _actor(world: _Data, id: str) -> tuple[Actor, Person | None]:
    staff, requester = _named(world["staff"], id), _named(world["requesters"], id)
    if staff is not None:
        windows = tuple(_window(window) for window in staff["active"])
        person = Person(id=id, roles=staff["roles"], clearances=staff["clearances"], active_during=windows)
        return Actor.staff(id), person
    if requester is not None:
        return Actor.end_user(id), Person(id=id, customer=requester["customer"])
    # A stranger is a stranger, also under a name that nobody can have.
    return Actor.staff("stranger"), None


def _involvement(ticket: _Data) -> Involvement:
    parts = frozenset(
        (part, ticket[part]) for part in ("requester", "approver", "deliverer", "closer") if part in ticket
    )
    return Involvement(agreement=ticket["agreement"], service=ticket["service"], parts=parts)


def _named(entries: Iterable[_Data], id: str) -> _Data | None:
    return next((entry for entry in entries if entry["id"] == id), None)


def _window(data: _Data) -> Term:
    until = data.get("until")
    return Term(parse_instant(data["from"]), None if until is None else parse_instant(until))


# -- agreements --------------------------------------------------------------------------------------------------------


def _agreement(data: _Data) -> AgreementRecord:
    """Answer the agreement on record: a revision from each instant on at which a service joins or leaves."""
    edges = {parse_instant(data["from"])}
    for service in data["services"]:
        edges |= {parse_instant(service[edge]) for edge in ("from", "until") if service.get(edge) is not None}
    revisions = [_revision(data, number, at) for number, at in enumerate(sorted(edges), 1)]
    bodies: list[tuple[Instant, Any]] = [(r.effective_at, RevisionRegistered(r, r.digest)) for r in revisions]
    bodies += _statuses(data["status"])
    facts = history(
        f"agreement:{data['id']}", [NewFact(body=body, actor=_OWNER, occurred_at=at) for at, body in bodies]
    )
    record = fold_agreement(facts)
    assert record is not None, "a revision was registered"
    return record


def _statuses(windows: Iterable[_Data]) -> Iterator[tuple[Instant, AgreementStatusChanged]]:
    listed = [(_window(window), _STATUSES.get(window["status"], AgreementStatus.TERMINATED)) for window in windows]
    begun = {window.start for window, _ in listed}
    for window, status in sorted(listed, key=lambda entry: entry[0].start):
        yield window.start, AgreementStatusChanged(action="vector", status=status)
        if window.until is not None and window.until not in begun:
            yield window.until, AgreementStatusChanged(action="vector", status=AgreementStatus.TERMINATED)


def _revision(data: _Data, number: int, at: Instant) -> AgreementRevision:
    covered = {s["service"]: _window(s) for s in data["services"] if at in _window(s)}
    return AgreementRevision(
        agreement=data["id"],
        number=number,
        customer=data["customer"],
        effective_at=at,
        term=_window(data),
        services=tuple(CoveredService(id=id, approved=window) for id, window in covered.items()),
    )


# -- access ------------------------------------------------------------------------------------------------------------


def _access(world: _Data) -> Access:
    rules = AccessRules(
        kinds=(RoleActions("end_user", ("view",)),),
        roles=tuple(RoleActions(role, actions) for role, actions in world["role_actions"].items()),
        break_glass_roles=world["break_glass_roles"],
        duties=tuple(SeparationOfDuties(r["action"], r["must_differ_from"]) for r in world["separation_of_duties"]),
        catalogue=tuple(_service(service) for service in world["services"]),
    )
    openings = tuple(
        BreakGlass(
            id=b["id"], holder=b["staff"], incident=b["incident"], ground=b["reason"],
            authorized_by=b["authorised_by"], window=_window(b),
        )
        for b in world["break_glass"]
    )  # fmt: skip
    return Access(rules=rules, grants=tuple(_grant(entry) for entry in world["entitlements"]), openings=openings)


def _service(data: _Data) -> CatalogueService:
    approved = tuple(_window(window) for window in data["approval"] if window["status"] == "approved")
    return CatalogueService(id=data["id"], approved=approved, clearance=data.get("required_clearance"))


def _grant(data: _Data) -> Grant:
    revoked = data.get("revoked_at")
    return Grant(
        id=data["id"],
        holder=data["staff"],
        agreement=data["agreement"],
        service=data["service"],
        actions=data["actions"],
        window=_window(data),
        revoked_at=None if revoked is None else parse_instant(revoked),
        source=data.get("delegated_from", ""),
    )


ACCESS_OPERATIONS: dict[str, Operation] = {"svcdelivery-authz-vectors/1": _decide}
"""The operation asked of a request for access, under the name of the vectors' format."""
