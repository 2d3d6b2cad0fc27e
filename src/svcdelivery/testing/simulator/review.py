"""The rounds of those who look after the desk: the watch every few minutes, corrective actions every week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from svcdelivery.improvement import CorrectiveAction
from svcdelivery.testing.simulator.agreements import provider_agreements
from svcdelivery.testing.simulator.people import QUALITY
from svcdelivery.testing.simulator.world import Story, World
from svcdelivery.timeline import Instant

__all__ = ["count_breaches", "review_rounds", "run_watch", "watch_rounds"]

_EVERY = timedelta(minutes=15)
_WEEK = timedelta(days=7)
_LIMIT = 500
_STEPS = ("changed the rota", "wrote a procedure", "agreed spare parts with the supplier", "set up a standing order")
_GROUNDS = ("caused by a move the customer asked for", "a single case, nothing to learn")


def watch_rounds(world: World) -> Story:
    """Answer the watch: it looks every quarter of an hour."""
    while True:
        run_watch(world)
        yield datetime.__add__(world.now, _EVERY)


def run_watch(world: World) -> None:
    """Notice everything that is due, and deliver what is to be told."""
    while True:
        report = world.desk.watch.run(limit=_LIMIT)
        world.counts["breaches noticed"] += report.breaches
        world.counts["status updates missed"] += report.updates_missed
        world.counts["corrective actions overdue"] += report.count("actions overdue")
        world.counts["corrective actions open again after a waiver"] += report.count("waivers ended")
        world.counts["escalations taken up"] += report.count("escalations")
        world.counts["surveys reminded"] += report.count("surveys reminded")
        told = world.desk.dispatch.run(limit=_LIMIT)
        for name, count in told.counts:
            world.counts[f"notices {name}"] += count
        world.counts["requests by the agreement itself"] += report.count("standing requests")
        world.counts["continuous services delivered"] += report.count("continuous services delivered")
        world.counts["incidents by monitoring"] += report.count("incidents by monitoring")
        if report.timers < _LIMIT and told.parcels < _LIMIT:
            return


def count_breaches(world: World) -> None:
    """Count by measure what corrective actions were raised for, one for each breach."""
    measures = {target.name: target.measure for terms in provider_agreements() for target in terms.revisions[0].targets}
    for action in _actions(world):
        if action.trigger == "breach":
            measure = measures.get(action.target, "a duty of security")
            world.counts[f"breaches: {measure.replace('_', ' ')}"] += 1
        else:
            world.counts["low scores acted upon"] += action.trigger == "survey"


def review_rounds(world: World, first: Instant, random: Random) -> Story:
    """Answer the weekly review: what was done last week is verified, what is new is done or waived."""
    at = first
    while True:
        yield at
        for action in list(_actions(world, "implemented")):
            _verify(world, action, random)
        for action in list(_actions(world, "raised")):
            _decide(world, action, random)
        at = datetime.__add__(at, _WEEK)


def _actions(world: World, status: str = "") -> Iterator[CorrectiveAction]:
    after: str | None = None
    while True:
        find = world.desk.actions.find
        page = find(after=after, status=status) if status else find(after=after)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def _verify(world: World, action: CorrectiveAction, random: Random) -> None:
    effective = random.random() < 0.8
    evidence = "no further breach within a week" if effective else "it happened again within the week"
    world.ask(
        lambda: world.desk.actions.verify(
            action.id, effective=effective, evidence=evidence, by=QUALITY, key=f"{action.id}/{action.version}"
        )
    )
    world.counts[f"corrective actions found {'effective' if effective else 'ineffective'}"] += 1


def _decide(world: World, action: CorrectiveAction, random: Random) -> None:
    actions, key, drawn = world.desk.actions, f"{action.id}/{action.version}", random.random()
    if drawn < 0.6:
        steps = random.choice(_STEPS)
        world.ask(lambda: actions.implement(action.id, steps=steps, by=QUALITY, key=key))
        world.counts["corrective actions implemented"] += 1
    elif drawn < 0.75:
        ground = random.choice(_GROUNDS)
        until = world.later(days=30) if drawn < 0.65 else None
        world.ask(lambda: actions.waive(action.id, ground=ground, until=until, by=QUALITY, key=key))
        world.counts["corrective actions waived"] += 1
    elif drawn < 0.9 and action.due_at is None:
        due = world.later(days=10)
        world.ask(lambda: actions.plan(action.id, owner="quentin", due_at=due, by=QUALITY, key=key))
        world.counts["corrective actions planned"] += 1
