"""The network of a schedule: each task after what holds it back, or the circle that forbids it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from svcdelivery.errors import InvalidValueError
from svcdelivery.schedule.counted import Counted, counted_by
from svcdelivery.schedule.task import Link, LinkKind, Task
from svcdelivery.timeline.instant import duration_micros

__all__ = ["Edge", "Network", "network_of"]


class Edge(NamedTuple):
    """A link between tasks that are known by their numbers; the lag in microseconds of its hours."""

    other: int
    from_start: bool
    to_start: bool
    lag: int
    counted: Counted
    link: Link


class Network(NamedTuple):
    """Tasks by number: for each what holds it back and what it holds back, and an order to take them in."""

    tasks: Sequence[Task]
    number: dict[str, int]
    before: list[list[Edge]]
    after: list[list[Edge]]
    order: list[int]


def network_of(tasks: Sequence[Task], links: Iterable[Link]) -> Network:
    """Answer the network of tasks and links.

    Raises:
        InvalidValueError: A task that is there twice, a link to no task, or a circle, which is named.
    """
    number = {task.id: index for index, task in enumerate(tasks)}
    if len(number) < len(tasks):
        doubled = next(task.id for index, task in enumerate(tasks) if number[task.id] != index)
        raise InvalidValueError(what="a task of its own", value=doubled, path="tasks", problem="it stands twice")
    before: list[list[Edge]] = [[] for _ in tasks]
    after: list[list[Edge]] = [[] for _ in tasks]
    for index, link in enumerate(links):
        try:
            one, other = number[link.before], number[link.after]
        except KeyError as error:
            raise InvalidValueError(what="a task", value=error.args[0], path=f"links[{index}]") from None
        from_start = link.kind in (LinkKind.START_START, LinkKind.START_FINISH)
        to_start = link.kind in (LinkKind.FINISH_START, LinkKind.START_START)
        lag, counted = duration_micros(link.lag), counted_by(link.hours)
        before[other].append(Edge(one, from_start, to_start, lag, counted, link))
        after[one].append(Edge(other, from_start, to_start, lag, counted, link))
    return Network(tasks, number, before, after, _ordered(tasks, before, after))


def _ordered(tasks: Sequence[Task], before: list[list[Edge]], after: list[list[Edge]]) -> list[int]:
    waits = [len(edges) for edges in before]
    ready = deque(index for index, count in enumerate(waits) if not count)
    order: list[int] = []
    while ready:
        index = ready.popleft()
        order.append(index)
        for edge in after[index]:
            waits[edge.other] -= 1
            if not waits[edge.other]:
                ready.append(edge.other)
    if len(order) < len(tasks):
        circle = _circle(before, waits)
        shown = " -> ".join(tasks[index].id for index in circle)
        raise InvalidValueError(what="a schedule without circles", value=shown, path="links")
    return order


def _circle(before: list[list[Edge]], waits: list[int]) -> list[int]:
    # Whoever still waits waits for somebody who waits too: walking back must come round.
    at = next(index for index, count in enumerate(waits) if count)
    walked: dict[int, int] = {}
    while at not in walked:
        walked[at] = len(walked)
        at = next(edge.other for edge in before[at] if waits[edge.other])
    ring = list(walked)[walked[at] :]
    # Links lead from what holds back to what is held back; the walk went the other way.
    first = min(ring)
    forward = ring[::-1]
    turn = forward.index(first)
    return [*forward[turn:], *forward[:turn], first]
