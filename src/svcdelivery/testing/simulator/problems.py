"""The weekly round of the problem manager: what comes up often is looked into, worked around, fixed, and closed."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from attrs import define

from svcdelivery.errors import TransitionRefusedError
from svcdelivery.testing.simulator.people import PROBLEM_MANAGER
from svcdelivery.testing.simulator.world import Item, Story, World
from svcdelivery.timeline import Instant
from svcdelivery.work import LinkKind

__all__ = ["problem_rounds"]

_WEEK = timedelta(days=7)
_OFTEN = 12
_LINKED_MOST = 5
_OPEN_MOST = 4
_CAUSES = ("a queue that fills over the weekend", "a driver of last year", "a setting that every update resets")
_WORKAROUNDS = ("restart the service", "install the driver by hand", "use the web client meanwhile")
_FIXES = ("a larger queue", "the new driver, rolled out to everybody", "the setting kept by policy")


@define(eq=False)
class _Problem:
    """A problem as its manager knows it."""

    id: str
    trouble: tuple[str, str]
    status: str = "under investigation"
    commands: int = 0


def problem_rounds(world: World, first: Instant, random: Random) -> Story:
    """Answer the rounds; they begin at an instant and come again each week."""
    problems: list[_Problem] = []
    at = first
    while True:
        yield at
        for problem in problems:
            _go_on(world, problem, random)
        _notice(world, problems)
        at = datetime.__add__(at, _WEEK)


def _notice(world: World, problems: list[_Problem]) -> None:
    """Record a problem for a trouble that came up often and has none."""
    known = {problem.trouble for problem in problems}
    if sum(problem.status != "closed" for problem in problems) >= _OPEN_MOST:
        return
    often = [(trouble, items) for trouble, items in world.troubles.items() if len(items) >= _OFTEN]
    for trouble, items in (found for found in often if found[0] not in known):
        problem = _Problem(id=f"PRB-{len(problems) + 1:03d}", trouble=trouble)
        problems.append(problem)
        service, what = trouble
        _ask(world, problem, "record", summary=f"{what}, again and again", services=[service], owner="petra")
        for item in items[-_LINKED_MOST:]:
            _link(world, problem, item)
        _ask(world, problem, "investigate", note="looked through the incidents of the last weeks")
        world.counts["problems recorded"] += 1
        return


def _link(world: World, problem: _Problem, item: Item) -> None:
    world.act(item, "link", kind=LinkKind.CAUSED_BY, to=f"problem:{problem.id}", by=item.staff)


def _go_on(world: World, problem: _Problem, random: Random) -> None:
    kind = random.randrange(len(_CAUSES))
    if problem.status == "under investigation":
        _ask(world, problem, "declare_known_error", cause=_CAUSES[kind], workaround=_WORKAROUNDS[kind])
        world.workarounds[problem.trouble] = problem.id
        problem.status = "known error"
        world.counts["known errors declared"] += 1
    elif problem.status == "known error" and random.random() < 0.4:
        _ask(world, problem, "resolve", fix=_FIXES[kind])
        del world.workarounds[problem.trouble]
        problem.status = "resolved"
        world.counts["problems resolved"] += 1
    elif problem.status == "resolved":
        try:
            _ask(world, problem, "close", note="no incident of the kind for a week")
        except TransitionRefusedError:
            # The next round asks again.
            world.counts["problems kept open by a workaround"] += 1
        else:
            problem.status = "closed"
            world.counts["problems closed"] += 1


def _ask(world: World, problem: _Problem, action: str, **said: object) -> None:
    problem.commands += 1
    key = f"{problem.id}/{problem.commands}"
    command = getattr(world.desk.problems, action)
    named = {"id": problem.id} if action == "record" else {}
    place = () if action == "record" else (problem.id,)
    world.ask(lambda: command(*place, **named, **said, by=PROBLEM_MANAGER, key=key))
