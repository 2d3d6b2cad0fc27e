"""Critical path of a schedule of 10,000 tasks, against the standard library's topological order of the same graph."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter

from benchmarks.harness import Row, compare
from svcdelivery.schedule import DeliverySchedule, Link, Task

__all__ = ["rows"]

_TASKS = 10_000
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def rows() -> list[Row]:
    """Measure from values to the critical path, and the path alone."""
    draw = random.Random(5)
    tasks = [Task(id=f"t{number}", duration=timedelta(minutes=draw.randrange(600))) for number in range(_TASKS)]
    pairs = {(draw.randrange(after), after) for after in range(1, _TASKS) for _ in range(2)}
    links = [Link(before=f"t{one}", after=f"t{other}") for one, other in sorted(pairs)]
    graph: dict[str, list[str]] = {task.id: [] for task in tasks}
    for link in links:
        graph[link.after].append(link.before)

    def order() -> None:
        list(TopologicalSorter(graph).static_order())

    def path() -> None:
        DeliverySchedule(start=_START, tasks=tasks, links=links).calculate().critical_path()

    def everything() -> None:
        _ = DeliverySchedule(start=_START, tasks=tasks, links=links).calculate().tasks

    return [
        Row.at_most("critical path of 10,000 tasks / graphlib order", *compare(path, order), 20),
        Row.at_most("every instant and slack of 10,000 tasks / graphlib order", *compare(everything, order), 20),
    ]
