"""The two passes of the critical path method: forward to the earliest instants, back to the latest."""

from __future__ import annotations

from typing import NamedTuple

from svcdelivery.schedule.counted import Counted, counted_by
from svcdelivery.schedule.network import Edge, Network
from svcdelivery.schedule.task import Link, Task
from svcdelivery.timeline import Instant, to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = ["Driver", "Passes", "run_passes"]

Driver = Link | str
"""What decided when a task comes: a link, or in words what else."""

_START = "the start of the schedule"
_NOT_BEFORE = "it does not start earlier"
_AS_OF = "what was not done by then"
_FACT = "a fact"


class Passes(NamedTuple):
    """The instants of each task by number, in epoch microseconds.

    `begin` is where the work that is left begins: the earliest start, or for a started task where it goes on.
    """

    start: list[int]
    begin: list[int]
    finish: list[int]
    late_begin: list[int]
    late_finish: list[int]
    driver: list[Driver]
    counted: list[Counted]
    work: list[int]
    end: int


class _Run:
    def __init__(self, network: Network, start: int, as_of: int, waits: dict[int, tuple[int, str]]) -> None:
        self._network, self._origin, self._as_of, self._waits = network, start, as_of, waits
        tasks = network.tasks
        known: dict[int, Counted] = {}
        self.counted = [known.setdefault(id(task.hours), counted_by(task.hours)) for task in tasks]
        self.work = [self._left(task, counted) for task, counted in zip(tasks, self.counted, strict=True)]
        empty = [0] * len(tasks)
        self.start, self.begin, self.finish = empty[:], empty[:], empty[:]
        self.late_begin, self.late_finish = empty[:], empty[:]
        self.driver: list[Driver] = [_START] * len(tasks)

    def _left(self, task: Task, counted: Counted) -> int:
        """Answer how much of a task is still to be done."""
        if task.finished_at is not None:
            return 0
        if task.remaining is not None:
            return duration_micros(task.remaining)
        whole = duration_micros(task.duration)
        if task.started_at is None:
            return whole
        return max(0, whole - max(0, counted.elapsed(to_micros(task.started_at), self._as_of)))

    def forward(self) -> None:
        """Go from the start to the end."""
        for index in self._network.order:
            task = self._network.tasks[index]
            if task.started_at is not None and task.finished_at is not None:
                self.start[index] = self.begin[index] = to_micros(task.started_at)
                self.finish[index] = to_micros(task.finished_at)
                self.driver[index] = _FACT
            else:
                self._schedule(index, task)

    def _schedule(self, index: int, task: Task) -> None:
        counted, work = self.counted[index], self.work[index]
        begin, driver = self._earliest(index, task)
        held = None
        for edge in self._network.before[index]:
            at = edge.counted.add((self.start if edge.from_start else self.finish)[edge.other], edge.lag)
            if not edge.to_start:
                held = at if held is None else max(held, at)
                at = counted.add(at, -work)
            if at > begin:
                begin, driver = at, edge.link
        begin = counted.begin(begin) if work else begin
        finish = counted.add(begin, work)
        # Where the end is held back into closed time, nothing is done until then; the task waits for its end.
        self.finish[index] = finish if held is None else max(finish, held)
        self.begin[index], self.driver[index] = begin, driver
        self.start[index] = begin if task.started_at is None else to_micros(task.started_at)

    def _earliest(self, index: int, task: Task) -> tuple[int, Driver]:
        bounds: list[tuple[int, Driver]] = [(self._origin, _START)]
        if self._as_of > self._origin or task.started_at is not None:
            bounds.append((self._as_of, _AS_OF))
        if task.not_before is not None and task.started_at is None:
            bounds.append((to_micros(task.not_before), _NOT_BEFORE))
        if index in self._waits and task.started_at is None:
            bounds.append(self._waits[index])
        if len(bounds) == 1:
            return bounds[0]
        return max(bounds, key=lambda bound: bound[0])

    def backward(self, end: int) -> None:
        """Go from the end, which nothing may pass, back to the start."""
        tasks = self._network.tasks
        for index in reversed(self._network.order):
            task = tasks[index]
            if task.finished_at is not None:
                self.late_begin[index], self.late_finish[index] = self.begin[index], self.finish[index]
                continue
            finish = end if task.finish_by is None else min(end, to_micros(task.finish_by))
            begin: int | None = None
            for edge in self._network.after[index]:
                if tasks[edge.other].finished_at is not None:
                    continue
                at = self._allowed(edge)
                if not edge.from_start:
                    finish = min(finish, at)
                elif task.started_at is None:
                    begin = at if begin is None else min(begin, at)
            self._settle(index, finish, begin)

    def _allowed(self, edge: Edge) -> int:
        return edge.counted.latest((self.late_begin if edge.to_start else self.late_finish)[edge.other], edge.lag)

    def _settle(self, index: int, finish: int, begin: int | None) -> None:
        counted, work = self.counted[index], self.work[index]
        latest = counted.add(finish, -work)
        if begin is not None and begin < latest:
            # Begun in closed time it would begin with the next opening, and be late.
            latest = begin = counted.begin_by(begin) if work else begin
            # Its end may be held back into closed time: whatever counts back to no more than the begin.
            finish = min(finish, counted.latest(begin, -work))
        self.late_begin[index], self.late_finish[index] = latest, finish


def run_passes(
    network: Network, *, start: int, as_of: int, waits: dict[int, tuple[int, str]], end_by: Instant | None
) -> Passes:
    """Answer the earliest and latest instants of every task.

    Args:
        start: When the schedule starts, in epoch microseconds.
        as_of: What is not done by then is still to be done from then on.
        waits: For some tasks what they wait for: an instant, and its name.
        end_by: When all must be done, for the latest instants; None means when it will be.
    """
    run = _Run(network, start, as_of, waits)
    run.forward()
    end = max(run.finish, default=start)
    run.backward(end if end_by is None else to_micros(end_by))
    return Passes(
        run.start, run.begin, run.finish, run.late_begin, run.late_finish, run.driver, run.counted, run.work, end
    )
