"""The life of one request or incident, from its receipt until it is done."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from random import Random

from svcdelivery.agreement import AgreementRevision, Within
from svcdelivery.identity import Actor
from svcdelivery.testing.simulator.aftermath import aftermath
from svcdelivery.testing.simulator.people import PORTAL, Service, end_users, team_of
from svcdelivery.testing.simulator.world import Item, Story, World
from svcdelivery.timeline import Instant

__all__ = ["course", "story"]

_IMPACTS = (("low", 46), ("medium", 42), ("high", 12))
_REASONS = (("customer", 50), ("supplier", 20), ("scheduled", 18), ("provider", 12))
# How long a hold takes, as a share of the goal it interrupts.
_HELD_FOR = {"customer": 0.5, "supplier": 1.2, "scheduled": 0.6, "provider": 0.12}
_CHANNELS = (("portal", 55), ("mail", 25), ("phone", 20))
_MEASURES = ("acknowledgement", "first_response", "resolution", "fulfillment")


def pick(random: Random, weighted: tuple[tuple[str, int], ...]) -> str:
    """Answer one of the names, as likely as its weight says."""
    (found,) = random.choices([name for name, _ in weighted], [weight for _, weight in weighted])
    return found


def story(world: World, service: Service, number: int, terms: AgreementRevision, random: Random) -> Story:
    """Answer what becomes of one item; it begins when the story is first resumed."""
    yield from course(world, _receive(world, service, number, random), terms)


def course(world: World, item: Item, terms: AgreementRevision) -> Story:
    """Answer what becomes of an item that was received."""
    _learn_goals(item, terms)
    yield from world.wait(item, world.spend(item, "acknowledgement", _share(item, 0.16, 0.7)))
    if not (yield from _taken_on(world, item)):
        return
    yield from _respond(world, item)
    yield from _work(world, item)


def _receive(world: World, service: Service, number: int, random: Random) -> Item:
    kind = "incident" if random.random() < service.incidents else "request"
    item = Item(
        kind=kind,
        id=f"{'INC' if kind == 'incident' else 'REQ'}-{number:05d}",
        service=service,
        requester=random.choice(end_users(service.customer, service.role)),
        random=random,
        pace=random.choices((1.0, 2.2, 6.0), (90, 6, 4))[0],
        assignee=random.choice(team_of(service.team)),
    )
    channel = pick(random, _CHANNELS)
    by = {"portal": item.user, "mail": PORTAL}.get(channel) or Actor.staff(
        "ada" if service.customer == "acme" else "cleo"
    )
    what = random.choice(service.troubles_with if kind == "incident" else service.requests_for)
    impact, urgency = pick(random, _IMPACTS), pick(random, _IMPACTS)
    if kind == "request" and impact == "high":
        impact = "medium"
    outcome = world.ask(
        lambda: world.side(item).receive(
            customer=service.customer, service=service.id, requester=item.requester, id=item.id, impact=impact,
            urgency=urgency, summary=what, channel=channel, by=by, key=f"{item.id}/0",
        )
    )  # fmt: skip
    item.priority, item.what = outcome.record.priority, what
    world.counts[f"{kind}s received"] += 1
    world.note(item, outcome)
    return item


def _learn_goals(item: Item, terms: AgreementRevision) -> None:
    item.goals = dict.fromkeys(_MEASURES, timedelta(hours=8))
    item.hours = {}
    for target in terms.targets_for(kind=item.kind, service=item.service.id, priority=item.priority):
        if isinstance(target.goal, Within):
            item.goals[target.measure] = target.goal.duration
        hours = terms.service_hours(target.hours)
        if hours is not None:
            item.hours[target.measure] = hours


def _share(item: Item, usual: float, spread: float) -> float:
    return usual * item.random.lognormvariate(0, spread) * item.pace


def _taken_on(world: World, item: Item) -> Generator[Instant, None, bool]:
    """Assign the item, a request once it is accepted; False when that is where its story ends."""
    random = item.random
    if item.kind == "request":
        if random.random() < 0.04:
            world.act(item, "reject", ground=random.choice(_GROUNDS), by=item.staff)
            return False
        world.act(item, "accept", by=item.staff)
    world.act(item, "assign", team=item.service.team, assignee=item.assignee, by=item.staff)
    if random.random() < 0.035:
        yield from world.wait(item, world.spend(item, "first_response", _share(item, 0.2, 0.5)))
        world.act(item, "cancel", ground="not needed any more", by=item.user)
        return False
    return True


def _respond(world: World, item: Item) -> Story:
    yield from world.wait(item, world.spend(item, "first_response", _share(item, 0.28, 0.6)))
    world.act(item, "post", text="Thank you for telling us; we look into it now.", by=item.staff)
    world.act(item, "start", by=item.staff)
    if item.kind == "incident" and item.priority == "P1" and item.random.random() < 0.6:
        item.is_major = True
        world.act(item, "declare_major", ground="a whole site is cut off", by=item.staff)
    if item.random.random() < 0.3:
        text = f"Seen before with {item.service.id}; check the notes of last month."
        world.act(item, "post", text=text, internal=True, by=item.staff)


def _work(world: World, item: Item) -> Story:
    random, measure = item.random, "resolution" if item.kind == "incident" else "fulfillment"
    total = _share(item, 0.33, 0.65)
    before = random.uniform(0.2, 0.8)
    yield from world.wait(item, world.spend(item, measure, total * before))
    if random.random() < 0.08:
        _reprioritize(world, item)
    if random.random() < 0.14:
        _reassign(world, item)
    if random.random() < 0.38:
        yield from _hold(world, item, measure)
    yield from world.wait(item, world.spend(item, measure, total * (1 - before)))
    if item.kind == "incident":
        _resolve(world, item)
    else:
        world.act(item, "fulfill", outcome="delivered and shown to the user", by=item.staff)
    yield from aftermath(world, item)


def _resolve(world: World, item: Item) -> None:
    trouble = (item.service.id, item.what)
    known = world.workarounds.get(trouble)
    if known is not None and item.random.random() < 0.7:
        world.act(item, "resolve", outcome="worked around", workaround_of=known, by=item.staff)
        world.counts["incidents resolved by a workaround"] += 1
    else:
        world.act(item, "resolve", outcome=item.random.choice(_OUTCOMES), by=item.staff)
        world.troubles.setdefault(trouble, []).append(item)
    if item.is_major:
        world.act(item, "stand_down", ground="the service is back", by=item.staff)


def _reprioritize(world: World, item: Item) -> None:
    impact, urgency = pick(item.random, _IMPACTS), pick(item.random, _IMPACTS)
    ground = item.random.choice(("more people are affected", "there is a way around it", "the user asked for it"))
    outcome = world.act(item, "change_priority", impact=impact, urgency=urgency, ground=ground, by=item.staff)
    item.priority = outcome.record.priority


def _reassign(world: World, item: Item) -> None:
    earlier, members = item.staff, team_of(item.service.team)
    item.assignee = item.random.choice(members)
    world.act(item, "assign", team=item.service.team, assignee=item.assignee, by=earlier)
    world.counts["assigned once more"] += 1


def _hold(world: World, item: Item, measure: str) -> Story:
    reason = pick(item.random, _REASONS)
    if reason == "customer":
        world.act(item, "post", text="Could you tell us when it began, and send a picture?", by=item.staff)
    world.act(item, "put_on_hold", reason=reason, by=item.staff)
    share = _HELD_FOR[reason] * item.random.lognormvariate(0, 0.8)
    yield from world.wait(item, world.spend(item, measure, min(share, 6.0)))
    if reason == "customer":
        world.act(item, "post", text="It began on Monday; the picture is attached.", by=item.user)
    world.act(item, "resume", by=item.staff)


_GROUNDS = ("not part of the agreed service", "approval of the manager is missing", "asked for twice")
_OUTCOMES = ("restarted the service", "replaced the part", "corrected the settings", "undid the last change")
