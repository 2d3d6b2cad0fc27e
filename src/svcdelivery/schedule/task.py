"""What a delivery schedule is made of: tasks, the links between them, and what must come from outside."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Any

from attrs import Attribute, field, frozen
from attrs.converters import optional

from svcdelivery.errors import EmptyIntervalError, InvalidDurationError, InvalidValueError
from svcdelivery.identity import identifier
from svcdelivery.service_hours import ServiceHours
from svcdelivery.timeline import Instant, format_duration, to_instant

__all__ = ["Dependency", "Link", "LinkKind", "Task", "ThreePoint"]

_ZERO = timedelta(0)


class LinkKind(Enum):
    """Which end of the task before holds back which end of the task after."""

    FINISH_START = "finish_start"
    START_START = "start_start"
    FINISH_FINISH = "finish_finish"
    START_FINISH = "start_finish"


@frozen(kw_only=True)
class ThreePoint:
    """How long a task may take: at best, most likely, and at worst.

    Mean and variance are those PERT gives a beta distribution between the ends.
    """

    optimistic: timedelta
    likely: timedelta
    pessimistic: timedelta

    def __attrs_post_init__(self) -> None:
        if not _ZERO <= self.optimistic <= self.likely <= self.pessimistic:
            raise InvalidValueError(
                what="a three-point estimate",
                value=" ".join(format_duration(d) for d in (self.optimistic, self.likely, self.pessimistic)),
                hint="optimistic, likely and pessimistic, none shorter than the one before",
            )

    @property
    def mean(self) -> timedelta:
        """A sixth of optimistic, four times likely and pessimistic together."""
        return (self.optimistic + 4 * self.likely + self.pessimistic) / 6

    @property
    def deviation(self) -> timedelta:
        """A sixth of what lies between best and worst."""
        return (self.pessimistic - self.optimistic) / 6


def _not_negative(_task: object, attribute: Attribute[Any], value: timedelta | None) -> None:
    if value is not None and value < _ZERO:
        problem = "negative durations are not accepted"
        raise InvalidDurationError(value=format_duration(value), path=attribute.name, problem=problem)


@frozen(kw_only=True)
class Task:
    """A piece of work of a schedule; one without duration is a milestone.

    Attributes:
        duration: How long it takes, in the open time of its hours.
        hours: When it is worked on; None means round the clock.
        owner: Who answers for it.
        not_before: It does not start earlier.
        finish_by: It should be finished by then; latest instants and slack go by it, the earliest ones do not.
        started_at: When it started in fact.
        finished_at: When it was finished in fact.
        remaining: What is left of a started task; None means the duration less the time since it started.
        planned_finish: When the agreed plan has it finished, for comparisons.
        estimate: A three-point estimate, for probabilities; the duration stays the one that counts.

    Raises:
        InvalidValueError: Finished without a start, or with something remaining.
        EmptyIntervalError: Finished before it started.
    """

    id: str = field(converter=identifier)
    duration: timedelta = field(default=_ZERO, validator=_not_negative)
    hours: ServiceHours | None = None
    owner: str = ""
    not_before: Instant | None = field(default=None, converter=optional(to_instant))
    finish_by: Instant | None = field(default=None, converter=optional(to_instant))
    started_at: Instant | None = field(default=None, converter=optional(to_instant))
    finished_at: Instant | None = field(default=None, converter=optional(to_instant))
    remaining: timedelta | None = field(default=None, validator=_not_negative)
    planned_finish: Instant | None = field(default=None, converter=optional(to_instant))
    estimate: ThreePoint | None = None

    def __attrs_post_init__(self) -> None:
        if self.finished_at is not None:
            if self.started_at is None:
                raise InvalidValueError(what="a finished task", value=self.id, path="started_at", problem="no start")
            if self.finished_at < self.started_at:
                raise EmptyIntervalError(start=self.started_at, end=self.finished_at)
        if self.remaining is not None and (self.started_at is None or self.finished_at is not None):
            raise InvalidValueError(
                what="a task under way", value=self.id, path="remaining", hint="only a started, unfinished task has it"
            )

    @property
    def is_milestone(self) -> bool:
        """Whether it takes no time of its own."""
        return not self.duration


@frozen(kw_only=True)
class Link:
    """One task holds back another.

    Attributes:
        before: The task that holds back.
        after: The task held back.
        lag: What must lie between the two ends; a negative lag is a lead.
        hours: In which hours the lag counts; None means round the clock.
    """

    before: str = field(converter=identifier)
    after: str = field(converter=identifier)
    kind: LinkKind = field(default=LinkKind.FINISH_START, converter=LinkKind)
    lag: timedelta = _ZERO
    hours: ServiceHours | None = None


@frozen(kw_only=True)
class Dependency:
    """Something a task waits for and that is not a task here: a delivery, a decision, a permit.

    Attributes:
        task: The task that cannot start without it.
        owner: Who is to bring it about.
        promised_at: When they said it would be there; None while they have not said.
        arrived_at: When it was there in fact.
        external: Whether the owner is outside the organization.
    """

    id: str = field(converter=identifier)
    task: str = field(converter=identifier)
    owner: str
    promised_at: Instant | None = field(default=None, converter=optional(to_instant))
    arrived_at: Instant | None = field(default=None, converter=optional(to_instant))
    external: bool = True

    @property
    def expected_at(self) -> Instant | None:
        """When it arrived, else when it was promised."""
        return self.arrived_at or self.promised_at
