"""Occasions of an escalation: what must have come about, each with an instant that can be computed."""

from __future__ import annotations

from datetime import timedelta

from attrs import field, frozen

from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.identity import identifier
from svcdelivery.timeline import format_duration

__all__ = [
    "AfterDue",
    "BeforeDue",
    "Breached",
    "Elapsed",
    "NoPublicUpdate",
    "Occasion",
    "PriorityRaised",
    "RatedAtMost",
    "ReassignedOften",
    "ReopenedOften",
    "Unacknowledged",
    "Unassigned",
    "Wait",
]

PERCENT_MOST = 1000


def not_negative(value: timedelta) -> timedelta:
    """Answer the duration.

    Raises:
        InvalidDurationError: It is negative.
    """
    if value < timedelta(0):
        raise InvalidDurationError(value=format_duration(value), problem="negative durations are not accepted")
    return value


@frozen
class Wait:
    """A time that passes: on the wall clock, or in the open time of the hours it names.

    A wait of nothing in named hours ends at once while they are open, else at the next opening.
    """

    duration: timedelta = field(default=timedelta(0), converter=not_negative)
    hours: str | None = None

    def __str__(self) -> str:
        return format_duration(self.duration) + (f" of {self.hours}" if self.hours else "")


@frozen(kw_only=True)
class Elapsed:
    """So many percent of a target's goal are used up; 100 is its due instant."""

    target: str = field(converter=identifier)
    percent: int

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.percent <= PERCENT_MOST:
            hint = f"1 to {PERCENT_MOST}"
            raise InvalidValueError(what="a percentage", value=self.percent, path="percent", hint=hint)

    def __str__(self) -> str:
        return f"{self.percent} % of {self.target} elapsed"


@frozen(kw_only=True)
class _Offset:
    """A distance from a target's due instant: counted as the target counts, or in working days of its hours."""

    target: str = field(converter=identifier)
    by: timedelta = field(default=timedelta(0), converter=not_negative)
    working_days: int = 0

    def __attrs_post_init__(self) -> None:
        if self.working_days < 0 or (self.by and self.working_days):
            raise InvalidValueError(
                what="one distance", value=self.working_days, path="working_days", hint="give `by` or `working_days`"
            )

    @property
    def distance(self) -> str:
        """The distance in words."""
        return f"{self.working_days} working days" if self.working_days else format_duration(self.by)


@frozen(kw_only=True)
class BeforeDue(_Offset):
    """A target will be due so soon; the offset moves with its due instant."""

    def __str__(self) -> str:
        return f"{self.distance} before {self.target} is due"


@frozen(kw_only=True)
class AfterDue(_Offset):
    """A target was due so long ago; the offset moves with its due instant."""

    def __str__(self) -> str:
        return f"{self.distance} after {self.target} was due"


@frozen(kw_only=True)
class Breached:
    """A target is breached: its due instant has passed."""

    target: str = field(converter=identifier)

    def __str__(self) -> str:
        return f"{self.target} breached"


@frozen
class Unacknowledged:
    """Nobody has taken the work on for so long, since it came in, was reopened or was let go of."""

    wait: Wait = Wait()

    def __str__(self) -> str:
        return f"unacknowledged for {self.wait}"


@frozen
class NoPublicUpdate:
    """The requester was told nothing for so long; it counts on until the work is closed, not only done."""

    wait: Wait = Wait()

    def __str__(self) -> str:
        return f"no public update for {self.wait}"


@frozen
class Unassigned:
    """Nobody was assigned for so long."""

    wait: Wait = Wait()

    def __str__(self) -> str:
        return f"unassigned for {self.wait}"


def _positive(value: int) -> int:
    if type(value) is not int or value < 1:
        raise InvalidValueError(what="a count", value=value, hint="1 or more")
    return value


@frozen
class ReassignedOften:
    """The work went on to somebody else so often, or once more than that; the first assignment does not count."""

    times: int = field(default=1, converter=_positive)

    def __str__(self) -> str:
        return f"reassigned {self.times} times or more"


@frozen
class ReopenedOften:
    """The work was reopened so often, or once more than that."""

    times: int = field(default=1, converter=_positive)

    def __str__(self) -> str:
        return f"reopened {self.times} times or more"


@frozen
class PriorityRaised:
    """The work became more pressing, by the rank of the agreement's priorities."""

    def __str__(self) -> str:
        return "priority raised"


@frozen
class RatedAtMost:
    """The requester answered the survey with such a score or a lower one."""

    score: int = field(converter=_positive)

    def __str__(self) -> str:
        return f"rated {self.score} or lower"


Occasion = (
    Elapsed
    | BeforeDue
    | AfterDue
    | Breached
    | Unacknowledged
    | NoPublicUpdate
    | Unassigned
    | ReassignedOften
    | ReopenedOften
    | PriorityRaised
    | RatedAtMost
)
"""What may begin an escalation, or what a level of it may wait for."""
