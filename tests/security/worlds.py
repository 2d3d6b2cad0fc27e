"""Random worlds of access: agreements, people, grants and broken glass, drawn from a seed, with requests in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from attrs import evolve, frozen

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
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.security import (
    Access,
    AccessRequest,
    AccessRules,
    BreakGlass,
    CatalogueService,
    Grant,
    Involvement,
    Person,
    RoleActions,
    SeparationOfDuties,
)
from svcdelivery.timeline import Instant, to_instant

__all__ = ["ACTIONS", "INSTANTS", "RULES", "Item", "World", "draw_item", "draw_request", "draw_world"]

ACTIONS = ("fulfill", "close", "approve", "view")
INSTANTS: tuple[Instant, ...] = tuple(
    to_instant(datetime(2026, month, 1, tzinfo=UTC) + timedelta(microseconds=micros))
    for month in (1, 2, 3, 4)
    for micros in (-1, 0, 1)
)
"""The first of four months, a microsecond before and after: where windows begin and end, and next to it."""

_EDGES = tuple(at for at in INSTANTS if at.microsecond == 0 and at.day == 1)
_SERVICES = ("s0", "s1", "s2")
_PEOPLE = ("p0", "p1", "p2", "p3", "p4")
_OLGA = Actor.staff("olga")
RULES = AccessRules(
    kinds=(RoleActions("end_user", ("view", "receive", "cancel")),),
    roles=(
        RoleActions("agent", ("fulfill", "close", "view")),
        RoleActions("approver", ("approve", "view")),
        RoleActions("manager", ("view",)),
    ),
    break_glass_roles=("manager",),
    duties=(
        SeparationOfDuties("approve", ("requester", "accept")),
        SeparationOfDuties("fulfill", ("approve",)),
    ),
)


@frozen
class World:
    """What is on record, and who there is."""

    agreements: tuple[AgreementRecord, ...]
    people: tuple[Person, ...]
    access: Access


@frozen
class Item:
    """A request somebody may act on."""

    id: str
    agreement: AgreementRecord
    service: str
    requester: Person
    involvement: Involvement


def draw_world(random: Random) -> World:
    """Answer a world in which about half of all windows are open at any edge."""
    catalogue = tuple(
        CatalogueService(
            id=id,
            approved=_windows(random),
            clearance=random.choice([None, None, "secret"]),
        )
        for id in _SERVICES
    )
    agreements = tuple(_agreement(random, f"A{number}") for number in range(2))
    people = tuple(_person(random, id) for id in _PEOPLE)
    access = Access(rules=evolve(RULES, catalogue=catalogue), grants=_grants(random), openings=_openings(random))
    return World(agreements, people, access)


def draw_item(random: Random, world: World, id: str = "request:1") -> Item:
    """Answer an item under one of the agreements, with people who had parts in it."""
    requester = random.choice(world.people)
    agreement, service = random.choice(world.agreements), random.choice(_SERVICES)
    parts = {("requester", requester.id)}
    parts |= {(part, random.choice(_PEOPLE)) for part in ("accept", "approve") if random.random() < 0.4}
    said = Involvement(agreement=agreement.id, service=service, parts=frozenset(parts))
    return Item(id, agreement, service, requester, said)


def draw_request(random: Random, world: World, item: Item | None = None) -> AccessRequest:
    """Answer a request by staff or an end user, on an item with a history."""
    item = item or draw_item(random, world)
    person = random.choice(world.people)
    return AccessRequest(
        actor=Actor.staff(person.id) if random.random() < 0.85 else Actor.end_user(person.id),
        action=random.choice(ACTIONS),
        at=random.choice(INSTANTS),
        service=item.service,
        agreement=item.agreement,
        person=person,
        requester=item.requester,
        item=item.id,
        involvement=item.involvement,
    )


def _window(random: Random) -> Term:
    first, second = sorted(random.sample(range(len(_EDGES)), 2))
    return Term(_EDGES[first], _EDGES[second] if random.random() < 0.8 else None)


def _windows(random: Random) -> tuple[Term, ...]:
    kind = random.random()
    if kind < 0.05:
        return ()
    if kind < 0.85:
        return (Term(_EDGES[0]),)
    return (Term(_EDGES[0], _EDGES[1]), Term(_EDGES[2], _EDGES[3]))


def _agreement(random: Random, id: str) -> AgreementRecord:
    term = Term(_EDGES[0], random.choice([None, None, None, _EDGES[3]]))
    revisions = []
    for number, at in enumerate(_effective(random), 1):
        services = tuple(
            CoveredService(
                id=service,
                approved=Term(_EDGES[0])
                if random.random() < 0.8
                else _window(random)
                if random.random() < 0.5
                else None,
                delivered_by=("role:agent",) if random.random() < 0.15 else (),
            )
            for service in _SERVICES
            if random.random() < 0.85
        )
        revisions.append(
            AgreementRevision(
                agreement=id, number=number, customer="acme", effective_at=at, term=term, services=services
            )
        )
    bodies: list[Any] = [(_EDGES[0], RevisionRegistered(r, r.digest)) for r in revisions]
    bodies.append((_EDGES[0], AgreementStatusChanged(action="agree", status=AgreementStatus.AGREED)))
    if random.random() < 0.2:
        bodies.append((_EDGES[1], AgreementStatusChanged(action="suspend", status=AgreementStatus.SUSPENDED)))
        bodies.append((_EDGES[2], AgreementStatusChanged(action="reinstate", status=AgreementStatus.AGREED)))
    facts = [NewFact(body=body, actor=_OLGA, occurred_at=at) for at, body in bodies]
    record = fold_agreement(history(f"agreement:{id}", facts))
    assert record is not None
    return record


def _effective(random: Random) -> list[Instant]:
    first = _EDGES[0] if random.random() < 0.8 else _EDGES[1]
    return [first, *([_EDGES[2]] if random.random() < 0.4 else [])]


def _person(random: Random, id: str) -> Person:
    roles = frozenset(role for role in ("agent", "approver", "manager") if random.random() < 0.7)
    return Person(
        id=id,
        roles=roles,
        active=random.random() < 0.95,
        active_during=random.choice([(), (), (), (_window(random),), (Term(_EDGES[0], _EDGES[1]), Term(_EDGES[2]))]),
        clearances=("secret",) if random.random() < 0.75 else (),
    )


def _grants(random: Random) -> tuple[Grant, ...]:
    grants: list[Grant] = []
    for number in range(40):
        holder, source = random.choice(_PEOPLE), random.choice(grants) if grants and random.random() < 0.3 else None
        agreement, service = f"A{random.randrange(2)}", random.choice(_SERVICES)
        if source is not None and random.random() < 0.6:
            agreement, service = source.agreement, source.service
        grants.append(
            Grant(
                id=f"g{number}",
                holder=holder,
                agreement=agreement,
                service=service,
                actions=frozenset(random.sample(ACTIONS, random.choice([1, 2, 4, 4]))),
                window=_window(random),
                revoked_at=random.choice(INSTANTS) if random.random() < 0.2 else None,
                source="" if source is None else source.id if random.random() < 0.95 else "nowhere",
            )
        )
    return tuple(grants)


def _openings(random: Random) -> tuple[BreakGlass, ...]:
    return tuple(
        BreakGlass(
            id=f"b{number}",
            holder=random.choice(_PEOPLE),
            incident="incident:7",
            ground=random.choice(["mail is down", "mail is down", " "]),
            authorized_by=random.choice(["p0", "p4", "olga"]),
            window=_window(random),
        )
        for number in range(4)
    )
