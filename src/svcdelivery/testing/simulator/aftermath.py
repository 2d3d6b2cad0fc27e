"""What follows a delivery: the survey, the closing, and reopenings in time or too late."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from svcdelivery.identity import Actor
from svcdelivery.testing.simulator.people import CLOSER
from svcdelivery.testing.simulator.world import Item, Story, World
from svcdelivery.timeline import Instant

__all__ = ["aftermath"]

_SCORES_GOOD = (2, 3, 8, 30, 57)
_SCORES_BAD = (24, 28, 22, 18, 8)
_COMMENTS = {
    1: "I had to ask three times.",
    2: "It took far too long.",
    3: "",
    4: "",
    5: "Quick and friendly, thank you.",
}
_CLOSED_BY_ITSELF = timedelta(days=2)
_FORGOTTEN = timedelta(days=33)
_TOO_LATE = timedelta(days=20)


def aftermath(world: World, item: Item) -> Story:
    """Answer what follows once an item is done."""
    random = item.random
    done_at = world.now
    if random.random() < 0.45:
        yield from world.wait(item, world.later(minutes=random.lognormvariate(4.5, 1)))
        _answer(world, item)
    if random.random() < 0.06:
        yield from world.wait(item, world.later(hours=random.uniform(1, 30)))
        yield from _again(world, item)
        done_at = world.now
    yield from _close(world, item, done_at)
    if random.random() < 0.04:
        yield from _reopen_late(world, item)


def _answer(world: World, item: Item) -> None:
    weights = _SCORES_BAD if item.pace > 2 else _SCORES_GOOD
    (score,) = item.random.choices(range(1, 6), weights)
    comment = _COMMENTS[score] if item.random.random() < 0.4 else ""
    world.act(item, "answer_survey", token=item.survey, score=score, comment=comment, by=item.user)
    world.counts["surveys answered: 4 or 5" if score > 3 else "surveys answered: 1 to 3"] += 1


def _again(world: World, item: Item) -> Story:
    world.act(item, "reopen", ground="it happened again", by=item.user)
    measure = "resolution" if item.kind == "incident" else "fulfillment"
    yield from world.wait(item, world.spend(item, measure, item.random.uniform(0.05, 0.3)))
    done = "resolve" if item.kind == "incident" else "fulfill"
    world.act(item, done, outcome="done once more, and watched for an hour", by=item.staff)


def _close(world: World, item: Item, done_at: Instant) -> Story:
    random = item.random
    if random.random() < 0.02:
        # Nobody thinks of it, so nobody tells its status either.
        yield datetime.__add__(world.now, _FORGOTTEN)
        world.act(item, "close", note="found in the review of old work", by=item.staff)
    elif random.random() < 0.7:
        yield from world.wait(item, world.later(hours=_confirmed_after(random)))
        world.act(item, "close", note="confirmed by the user", by=item.staff)
    else:
        yield from world.wait(item, datetime.__add__(done_at, _CLOSED_BY_ITSELF))
        world.act(item, "close", note="nobody objected for two days", by=CLOSER)


def _confirmed_after(random: Random) -> float:
    return min(random.lognormvariate(1.1, 0.9), 48)


def _reopen_late(world: World, item: Item) -> Story:
    yield datetime.__add__(world.now, _TOO_LATE)
    key = f"{item.id}/too-late"
    world.refused(
        "reopening window over",
        lambda: world.side(item).reopen(item.id, ground="it is back", by=Actor.end_user(item.requester), key=key),
    )
