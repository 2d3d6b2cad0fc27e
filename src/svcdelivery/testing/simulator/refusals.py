"""What the desk has to refuse: wrong services, wrong people, wrong customers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from svcdelivery.desk import Outcome
from svcdelivery.identity import Actor
from svcdelivery.testing.simulator.people import PORTAL
from svcdelivery.testing.simulator.world import Story, World

__all__ = ["refusal"]

# Customer, service and requester of work that must not be taken in.
_ASKED = {
    "service not in the agreement": ("acme", "payroll", "acme.agnes"),
    "service lapsed": ("globex", "laptop", "globex.bob"),
    "service never approved": ("globex", "print", "globex.carol"),
    "guest without entitlement": ("acme", "laptop", "acme.guest"),
    "contractor asks for payroll": ("globex", "payroll", "globex.mia"),
    "somebody else's end user": ("globex", "vpn", "acme.bruno"),
    "somebody who left": ("acme", "email", "acme.formerly"),
    "stranger": ("acme", "email", "nobody.knows"),
    "unknown customer": ("initech", "email", "acme.celine"),
}
_ACTED = ("on the work of others", "staff of another service", "end user does staff's work", "work nobody has")


def refusal(world: World, number: int, random: Random) -> Story:
    """Answer one attempt the desk must refuse; it takes place when the story is first resumed."""
    kind = random.choice((*_ASKED, *_ACTED))
    key = f"refusal/{number}"
    command = _asking(world, kind, key) if kind in _ASKED else _acting(world, kind, key, random)
    if command is not None:
        world.refused(kind, command)
    yield from ()


def _asking(world: World, kind: str, key: str) -> Callable[[], Outcome[Any]]:
    customer, service, requester = _ASKED[kind]
    by = PORTAL if kind == "unknown customer" else Actor.end_user(requester)
    return lambda: world.desk.requests.receive(
        customer=customer, service=service, requester=requester, summary="please", by=by, key=key
    )


def _acting(world: World, kind: str, key: str, random: Random) -> Callable[[], Outcome[Any]] | None:
    incidents = world.desk.incidents
    if kind == "work nobody has":
        return lambda: incidents.post("INC-99999", text="any news?", by=Actor.end_user("acme.lea"), key=key)
    customer = "globex" if kind == "staff of another service" else "acme"
    open_work = incidents.find(customer=customer, status="in_progress", limit=20).items
    if not open_work:
        return None
    chosen = random.choice(open_work)
    item = chosen.id
    if kind == "staff of another service":
        return lambda: incidents.put_on_hold(item, reason="provider", by=Actor.staff("fatou"), key=key)
    if kind == "end user does staff's work":
        return lambda: incidents.resolve(item, by=Actor.end_user(chosen.requester), key=key)
    return lambda: incidents.cancel(item, ground="no", by=Actor.end_user("globex.dan"), key=key)
