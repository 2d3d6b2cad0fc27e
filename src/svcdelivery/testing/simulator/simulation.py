"""The simulation: stories in a queue ordered by simulated time, each resumed when its instant has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random

from svcdelivery.agreement import AgreementRevision
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError
from svcdelivery.escalation.notices import OneChannel
from svcdelivery.storage.protocol import Store
from svcdelivery.testing.notifier import RecordingNotifier
from svcdelivery.testing.simulator.agreements import provider_agreements
from svcdelivery.testing.simulator.arrivals import arrivals
from svcdelivery.testing.simulator.operations import operation_rounds, standing_story
from svcdelivery.testing.simulator.orders import ORDERED, order
from svcdelivery.testing.simulator.people import CUSTOMERS, OWNER, SERVICES, directory, roster
from svcdelivery.testing.simulator.problems import problem_rounds
from svcdelivery.testing.simulator.refusals import refusal
from svcdelivery.testing.simulator.review import count_breaches, review_rounds, run_watch, watch_rounds
from svcdelivery.testing.simulator.security import security_rounds
from svcdelivery.testing.simulator.stories import story
from svcdelivery.testing.simulator.summary import SimulationSummary
from svcdelivery.testing.simulator.world import Story, World
from svcdelivery.testing.time import HeldTime
from svcdelivery.timeline import Instant, to_instant

__all__ = ["START", "provider_desk", "simulate"]

START = HeldTime().now()
"""A Monday. The clocks of New York and of Paris change within the quarter that begins then."""

_DAY = timedelta(days=1)
_LOOKED = timedelta(minutes=16)
"""After so long the watch has looked."""
_A_DAY = 22.5
_REFUSED = 20
_ORDERS = 120
"""Of so many items, as many as an order asks for are asked for by one."""


def provider_desk(store: Store, *, tenant: str = "main") -> tuple[ServiceDesk, HeldTime]:
    """Answer the simulated provider's desk over a store, and the time it goes by, held at START."""
    time = HeldTime(START)
    mail = RecordingNotifier(channel="mail")
    desk = ServiceDesk(
        store,
        time=time,
        tenant=tenant,
        directory=directory(),
        roster=roster(),
        contacts=OneChannel("mail", "@northwind.example"),
        notifiers=(mail,),
    )
    return desk, time


def simulate(
    desk: ServiceDesk,
    time: HeldTime,
    *,
    seed: int = 2026,
    days: int = 91,
    items: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SimulationSummary:
    """Let days of a small provider's work happen at the desk, from the held instant on.

    The same seed, days and items give the same journal. Work that is still open at the end stays so.

    Args:
        desk: One whose directory is `directory()`, such as that of `provider_desk`; its tenant is new.
        time: The time the desk goes by, at START unless other days are wanted. It stands at the end of the last day
            when the simulation is over.
        days: Of 24 hours; the agreements run from 2026-01-01 to 2027-01-01.
        items: Requests and incidents to take in; by default 22.5 a day, 2,048 in a quarter. With none the service
            system is not operated either; what the agreements ask for by themselves comes in any case.
        progress: Called with simulated days that are over and their number.

    Raises:
        InvalidValueError: No days, or fewer than no items.
    """
    if days < 1:
        raise InvalidValueError(what="a number of days", value=days, path="days", hint="1 or more")
    wanted = round(days * _A_DAY) if items is None else items
    if wanted < 0:
        raise InvalidValueError(what="a number of items", value=wanted, path="items", hint="zero or more")
    start = time.now()
    end = datetime.__add__(start, days * _DAY)
    # Seeds are texts: Python promises the same numbers for them on every machine.
    world = World(desk, time, Random(f"{seed}/world"))
    for agreement in provider_agreements():
        desk.agreements.register(agreement, by=OWNER, key=f"register/{agreement.id}")
    queue = _Queue()
    if wanted:
        queue.add(start, operation_rounds(world, Random(f"{seed}/operations")))
    queue.add(start, watch_rounds(world))
    queue.add(
        start, review_rounds(world, datetime.__add__(start, timedelta(days=7, hours=9)), Random(f"{seed}/review"))
    )
    queue.add(
        start, problem_rounds(world, datetime.__add__(start, timedelta(days=14, hours=10)), Random(f"{seed}/problems"))
    )
    queue.add(
        start, security_rounds(world, datetime.__add__(start, timedelta(days=1, hours=8)), Random(f"{seed}/security"))
    )
    stories = [*_standing(world, seed, start, end), *_stories(world, seed, start, days, wanted)]
    for at, begun in sorted(stories, key=lambda found: found[0]):
        queue.add(at, begun)
    _run(queue, world, start, end, progress)
    time.set(end)
    run_watch(world)
    count_breaches(world)
    return SimulationSummary.of(start, end, [(kind, count) for kind, count in world.counts.items() if count])


class _Queue:
    """Stories by the instant at which they go on; those of one instant in the order they were put in."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Instant, int, Story]] = []
        self._number = 0

    def add(self, at: datetime, going_on: Story) -> None:
        self._number += 1
        heappush(self._waiting, (to_instant(at), self._number, going_on))

    def until(self, end: Instant) -> Iterator[tuple[Instant, Story]]:
        while self._waiting and self._waiting[0][0] < end:
            at, _, going_on = heappop(self._waiting)
            yield at, going_on


def _run(
    queue: _Queue, world: World, start: Instant, end: Instant, progress: Callable[[int, int], None] | None
) -> None:
    days, over = datetime.__sub__(end, start) // _DAY, 0
    for at, going_on in queue.until(end):
        world.time.set(at)
        passed = datetime.__sub__(at, start) // _DAY
        if progress is not None and passed > over:
            over = passed
            progress(over, days)
        following = next(going_on, None)
        if following is not None:
            queue.add(following, going_on)
    if progress is not None:
        progress(days, days)


def _stories(world: World, seed: int, start: Instant, days: int, items: int) -> Iterator[tuple[Instant, Story]]:
    number, orders = 0, items // _ORDERS
    for customer, terms, share in _shares(items - orders * len(ORDERED)):
        random = Random(f"{seed}/{customer}")
        services = [service for service in SERVICES if service.customer == customer]
        weights = [service.weight for service in services]
        zone = terms.hours[-1].hours.zone
        for at in sorted(arrivals(random, zone, start.date(), days, share)):
            number += 1
            (service,) = random.choices(services, weights)
            yield max(at, start), story(world, service, number, terms, Random(f"{seed}/item/{number}"))
    acme = provider_agreements()[0].revisions[0]
    random = Random(f"{seed}/orders")
    for number, at in enumerate(sorted(arrivals(random, "Europe/Paris", start.date(), days, orders)), 1):
        yield max(at, start), order(world, number, acme, Random(f"{seed}/order/{number}"))
    random = Random(f"{seed}/refusals")
    for number, at in enumerate(arrivals(random, "UTC", start.date(), days, items // _REFUSED), 1):
        yield max(at, start), refusal(world, number, Random(f"{seed}/refusal/{number}"))


def _standing(world: World, seed: int, start: Instant, end: Instant) -> Iterator[tuple[Instant, Story]]:
    """Answer what is done about the requests the agreements make by themselves, once the watch has made them."""
    for agreement in provider_agreements():
        for occurrence in world.desk.standing.due(agreement.id, start, end):
            made_at = to_instant(datetime.__add__(occurrence.at, _LOOKED))
            yield made_at, standing_story(world, occurrence, Random(f"{seed}/{occurrence.id}"))


def _shares(items: int) -> Iterator[tuple[str, AgreementRevision, int]]:
    """Answer each customer with the terms agreed and how much of the work is theirs."""
    every = sum(service.weight for service in SERVICES)
    left = items
    for agreement in provider_agreements():
        own = sum(service.weight for service in SERVICES if service.customer == agreement.customer)
        share = left if agreement.customer == CUSTOMERS[-1] else round(items * own / every)
        left -= share
        yield agreement.customer, agreement.revisions[0], share
