"""Delivery schedules: when each task comes at the earliest and at the latest, what decides it, and what a slip does.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 3
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property

from attrs import define, evolve, field, frozen
from attrs.converters import optional

from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.schedule.network import Network, network_of
from svcdelivery.schedule.passes import Driver, Passes, run_passes
from svcdelivery.schedule.task import Dependency, Link, Task
from svcdelivery.timeline import Instant, format_instant, from_micros, to_instant, to_micros

__all__ = ["CalculatedSchedule", "DeliverySchedule", "ScheduledTask", "Slip"]


def _tasks(tasks: Iterable[Task]) -> tuple[Task, ...]:
    return tuple(tasks)


def _links(links: Iterable[Link]) -> tuple[Link, ...]:
    return tuple(links)


def _dependencies(dependencies: Iterable[Dependency]) -> tuple[Dependency, ...]:
    return tuple(dependencies)


@frozen(kw_only=True)
class DeliverySchedule:
    """The tasks by which a service is delivered, and what holds back what.

    Attributes:
        start: Nothing starts earlier.
        finish_by: When all shall be done; latest instants and slack go by it. None means when it will be.

    Raises:
        InvalidValueError: A task that is there twice, a link or dependency to no task, or a circle, which is named.
    """

    start: Instant = field(converter=to_instant)
    tasks: tuple[Task, ...] = field(converter=_tasks)
    links: tuple[Link, ...] = field(default=(), converter=_links)
    dependencies: tuple[Dependency, ...] = field(default=(), converter=_dependencies)
    finish_by: Instant | None = field(default=None, converter=optional(to_instant))
    _network: Network = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        network = network_of(self.tasks, self.links)
        for index, dependency in enumerate(self.dependencies):
            if dependency.task not in network.number:
                raise InvalidValueError(what="a task", value=dependency.task, path=f"dependencies[{index}].task")
        object.__setattr__(self, "_network", network)

    def calculate(self, as_of: datetime | None = None) -> CalculatedSchedule:
        """Answer when each task comes.

        Args:
            as_of: The day of the reading: what is not done by then is still to be done from then on. None reads the
                schedule as planned, from its start.

        Raises:
            InvalidValueError: Some task would come before the year 1 or after the year 9999.
            NeverOpenError: A task's hours have no time left for it.
            NotCoveredError: The closed dates of a year that is needed are not known.
        """
        start = to_micros(self.start)
        at = start if as_of is None else max(start, to_micros(to_instant(as_of)))
        waits: dict[int, tuple[int, str]] = {}
        for dependency in self.dependencies:
            index = self._network.number[dependency.task]
            if dependency.expected_at is not None:
                entry = to_micros(dependency.expected_at), f"dependency `{dependency.id}`"
                waits[index] = max(waits.get(index, entry), entry)
        passes = run_passes(self._network, start=start, as_of=at, waits=waits, end_by=self.finish_by)
        self._check_years(passes)
        return CalculatedSchedule(self, self._network, passes, from_micros(at))

    def _check_years(self, passes: Passes) -> None:
        try:
            from_micros(min(passes.late_begin, default=0))
            from_micros(max(passes.finish, default=0))
        except OverflowError as error:
            problem = "a task of it would come before the year 1 or after the year 9999"
            value = format_instant(self.start)
            raise InvalidValueError(what="a schedule", value=value, path="tasks", problem=problem) from error

    def slipping(self, slips: Mapping[str, timedelta]) -> DeliverySchedule:
        """Answer the schedule with tasks that take longer, or shorter where the slip is negative.

        Raises:
            NotFoundError: No task of that id.
            InvalidDurationError: A task would take less than no time.
        """
        for name in slips:
            if name not in self._network.number:
                raise NotFoundError(what="task", id=name)
        return evolve(self, tasks=[_slipped(task, slips) for task in self.tasks])


def _slipped(task: Task, slips: Mapping[str, timedelta]) -> Task:
    slip = slips.get(task.id)
    if slip is None:
        return task
    if task.remaining is not None:
        return evolve(task, remaining=task.remaining + slip)
    return evolve(task, duration=task.duration + slip)


@frozen(kw_only=True)
class ScheduledTask:
    """When a task comes.

    Attributes:
        earliest_start: For a started task, when it started.
        slack: By how much it may slip, in the open time of its hours, before the end or a date agreed does; negative
            where it is too late already.
        free_slack: By how much it may slip before another task does.
        driven_by: What decided its earliest start or finish: a link, or in words what else.
    """

    task: Task
    earliest_start: Instant
    earliest_finish: Instant
    latest_start: Instant
    latest_finish: Instant
    slack: timedelta
    free_slack: timedelta
    driven_by: Driver

    @property
    def is_done(self) -> bool:
        """Whether it is finished in fact."""
        return self.task.finished_at is not None

    @property
    def is_critical(self) -> bool:
        """Whether any slip of it is one of the whole."""
        return not self.is_done and self.slack <= timedelta(0)


@frozen(kw_only=True)
class Slip:
    """What slips do to a schedule.

    Attributes:
        finish_moves_by: Wall time the end moves by.
        moved: The tasks that finish at another instant, with the wall time they move by.
        newly_critical: Tasks that were not critical before.
    """

    after: CalculatedSchedule
    finish_moves_by: timedelta
    moved: tuple[tuple[str, timedelta], ...]
    newly_critical: tuple[str, ...]


@define(eq=False, slots=False)
class CalculatedSchedule:
    """A schedule with the instants of its tasks.

    Attributes:
        as_of: The instant the reading was made for.
        network: The tasks by number and what they hang on; with `passes` what the answers are made of.
    """

    schedule: DeliverySchedule
    network: Network = field(repr=False)
    passes: Passes = field(repr=False)
    as_of: Instant

    @property
    def finish(self) -> Instant:
        """When all is done."""
        return from_micros(self.passes.end)

    @cached_property
    def tasks(self) -> tuple[ScheduledTask, ...]:
        """Every task, in the order of the schedule."""
        return tuple(self._scheduled(index) for index in range(len(self.network.tasks)))

    def __getitem__(self, id: str) -> ScheduledTask:
        return self._scheduled(self.number(id))

    def slack(self, id: str) -> timedelta:
        """Answer by how much a task may slip; see `ScheduledTask.slack`."""
        index = self.number(id)
        return self._slack(index)

    def critical(self) -> tuple[str, ...]:
        """Answer every task without slack that is not done, in an order in which they can be worked off."""
        tasks = self.network.tasks
        return tuple(
            tasks[index].id
            for index in self.network.order
            if tasks[index].finished_at is None and self._slack(index) <= timedelta(0)
        )

    def critical_path(self) -> tuple[str, ...]:
        """Answer the tasks that lead, each driving the next, from the start to the last one to finish.

        Of several that finish last the first named leads; empty where there is no task.
        """
        passes, tasks = self.passes, self.network.tasks
        if not tasks:
            return ()
        at = max(range(len(tasks)), key=lambda index: (passes.finish[index], -index))
        path = [at]
        while True:
            driver = passes.driver[at]
            if not isinstance(driver, Link):
                return tuple(tasks[index].id for index in reversed(path))
            at = self.network.number[driver.before]
            path.append(at)

    def what_if(self, slips: Mapping[str, timedelta]) -> Slip:
        """Answer what becomes of the schedule when tasks take longer by so much of their hours' open time."""
        after = self.schedule.slipping(slips).calculate(self.as_of)
        moved = tuple(
            (task.id, timedelta(microseconds=later - earlier))
            for task, later, earlier in zip(self.network.tasks, after.passes.finish, self.passes.finish, strict=True)
            if later != earlier
        )
        before = set(self.critical())
        return Slip(
            after=after,
            finish_moves_by=timedelta(microseconds=after.passes.end - self.passes.end),
            moved=moved,
            newly_critical=tuple(id for id in after.critical() if id not in before),
        )

    def number(self, id: str) -> int:
        """Answer the number of a task in the order of the schedule.

        Raises:
            NotFoundError: No task of that id.
        """
        try:
            return self.network.number[id]
        except KeyError:
            raise NotFoundError(what="task", id=id) from None

    def _scheduled(self, index: int) -> ScheduledTask:
        passes = self.passes
        task = self.network.tasks[index]
        latest_start = passes.start[index] if task.started_at is not None else passes.late_begin[index]
        return ScheduledTask(
            task=task,
            earliest_start=from_micros(passes.start[index]),
            earliest_finish=from_micros(passes.finish[index]),
            latest_start=from_micros(latest_start),
            latest_finish=from_micros(passes.late_finish[index]),
            slack=self._slack(index),
            free_slack=timedelta(microseconds=min(self._gaps(index), default=0)),
            driven_by=passes.driver[index],
        )

    def _slack(self, index: int) -> timedelta:
        passes = self.passes
        counted, begin, late = passes.counted[index], passes.begin[index], passes.late_begin[index]
        # A task that waits for its end alone may slip by what lies between the ends.
        by_finish = counted.elapsed(passes.finish[index], passes.late_finish[index])
        return timedelta(microseconds=min(counted.elapsed(begin, late), by_finish))

    def _gaps(self, index: int) -> Iterator[int]:
        """Answer how far each follower, or the end, is from being held back."""
        passes, counted = self.passes, self.passes.counted[index]
        if self.network.tasks[index].finished_at is not None:
            return
        following = [e for e in self.network.after[index] if self.network.tasks[e.other].finished_at is None]
        if not following:
            yield counted.elapsed(passes.finish[index], passes.end)
        for edge in following:
            needed = edge.counted.latest((passes.begin if edge.to_start else passes.finish)[edge.other], edge.lag)
            yield max(0, counted.elapsed((passes.start if edge.from_start else passes.finish)[index], needed))
