"""Orders: a new colleague needs several services at once, and each goes its own way from then on."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from random import Random

from svcdelivery.agreement import AgreementRevision
from svcdelivery.testing.simulator.people import PORTAL, SERVICES, end_users, team_of
from svcdelivery.testing.simulator.stories import course
from svcdelivery.testing.simulator.world import Item, Story, World
from svcdelivery.timeline import Instant
from svcdelivery.work.order import OrderedService

__all__ = ["ORDERED", "order"]

ORDERED = ("email", "laptop")
"""The services a new colleague at Acme needs."""


def order(world: World, number: int, terms: AgreementRevision, random: Random) -> Story:
    """Answer what becomes of an order; it begins when the story is first resumed."""
    id, requester = f"ORD-{number:03d}", random.choice(end_users("acme", "employee"))
    services = [next(s for s in SERVICES if (s.customer, s.id) == ("acme", name)) for name in ORDERED]
    items = [
        Item(
            kind="request",
            id=f"{id}-{line}",
            service=service,
            requester=requester,
            random=Random(f"{random.random()}/{line}"),
            assignee=random.choice(team_of(service.team)),
        )
        for line, service in enumerate(services, start=1)
    ]
    asked = [OrderedService(service=item.service.id, id=item.id, impact="low", urgency="medium") for item in items]
    outcome = world.ask(
        lambda: world.desk.orders.receive(
            customer="acme", requester=requester, services=asked, summary="a new colleague starts on Monday",
            channel="portal", by=PORTAL, key=f"{id}/0", id=id,
        )
    )  # fmt: skip
    world.counts["orders received"] += 1
    for item in items:
        item.priority = world.desk.requests.get(item.id).priority or item.priority
        world.counts["requests received"] += 1
        world.note(item, outcome)
    yield from _together(course(world, item, terms) for item in items)


def _together(stories: Iterable[Story]) -> Story:
    """Answer several stories as one, each resumed when its instant has come."""
    waiting: list[tuple[Instant, int, Story]] = []
    for number, story in enumerate(stories):
        at = next(story, None)
        if at is not None:
            waiting.append((at, number, story))
    heapify(waiting)
    while waiting:
        at, number, story = heappop(waiting)
        yield at
        following = next(story, None)
        if following is not None:
            heappush(waiting, (following, number, story))
