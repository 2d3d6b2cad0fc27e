"""Escalation policies: who is told in which order, how long each has, what stops it, and what if it is late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from enum import Enum
from typing import ClassVar

from attrs import field, frozen

from svcdelivery.agreement.occasion import Occasion, Unacknowledged, Wait, not_negative
from svcdelivery.agreement.target import Scope
from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import identifier

__all__ = [
    "REPEAT_MOST",
    "AcknowledgementTerms",
    "EscalationKind",
    "EscalationPolicy",
    "EscalationTarget",
    "IfEmpty",
    "LatePolicy",
    "Level",
    "OnUnacknowledged",
    "StopOn",
    "WhileHeld",
]

LEVELS_MOST = 50
REPEAT_MOST = 100
"""The most extra rounds a policy may make."""

_FORMS = (
    "`person:ID`, `role:NAME`, `team:NAME`, `rotation:NAME`, `next:NAME`, `previous:NAME`, `manager:N`, `webhook:URL`, "
    "`owner` or `acknowledger`"
)


@frozen
class EscalationTarget:
    """Who is told. Whom that means is found out when it is sent, and put on record then.

    Its text form is one of `person:ann`; `role:duty_manager`, everybody with the role; `team:network`, one of the team
    in turn; `rotation:primary`, whoever is on call; `next:primary` and `previous:primary`, who will be and who was;
    `manager:2`, the manager of the manager of whom the work is assigned to; `webhook:URL`; `owner` and `acknowledger`,
    whom the work is assigned to and who has taken it on.
    """

    KINDS: ClassVar[tuple[str, ...]] = (
        "person", "role", "team", "rotation", "next", "previous", "manager", "webhook", "owner", "acknowledger",
    )  # fmt: skip

    kind: str
    id: str = ""

    def __attrs_post_init__(self) -> None:
        if self.kind in ("owner", "acknowledger") and not self.id:
            return
        if self.kind not in self.KINDS[:-2]:
            raise InvalidValueError(what="a target of an escalation", value=str(self), hint=_FORMS)
        identifier(self.id, f"a {self.kind}")
        if self.kind == "manager" and not (self.id.isascii() and self.id.isdigit() and 1 <= int(self.id) <= 20):
            raise InvalidValueError(what="a step of the manager line", value=self.id, hint="1 to 20")

    @classmethod
    def from_text(cls, text: str) -> EscalationTarget:
        """Answer the target of a text.

        Raises:
            InvalidValueError: Another form.
        """
        kind, _, id = text.partition(":")
        return cls(kind, id)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


def _targets(values: Iterable[EscalationTarget | str]) -> tuple[EscalationTarget, ...]:
    return tuple(EscalationTarget.from_text(value) if isinstance(value, str) else value for value in values)


class EscalationKind(Enum):
    """Functional: to others who can do it. Hierarchical: to those who answer for it."""

    FUNCTIONAL = "functional"
    HIERARCHICAL = "hierarchical"


class IfEmpty(Enum):
    """What happens when a level turns out to reach nobody: the next at once, its wait all the same, or a fallback."""

    SKIP_NOW = "skip_now"
    WAIT = "wait"
    FALLBACK = "fallback"


class StopOn(Enum):
    """What keeps a level from firing.

    An acknowledgement; the end of the work or of the occasion; or nothing. What stops a later one stops an earlier one
    too.
    """

    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    NONE = "none"


class LatePolicy(Enum):
    """What is made of levels that fell due while nobody looked.

    Every one fires; only the highest is sent; or each next one has at least the time granted since the one before was
    really sent.
    """

    FIRE_ALL = "fire_all"
    COALESCE_TO_HIGHEST = "coalesce_to_highest"
    GIVE_TIME = "give_time"


class WhileHeld(Enum):
    """Whether waits go on under a snooze or in a maintenance window; what falls due in it is due at its end."""

    RUNS = "runs"
    STOPS = "stops"


class OnUnacknowledged(Enum):
    """Where an escalation goes on when whoever took the work on lets go of it."""

    RESTART = "restart"
    CONTINUE = "continue"


@frozen(kw_only=True)
class Level:
    """One step of an escalation.

    Attributes:
        wait: The time until the level after it.
        if_empty: What happens when it reaches nobody; must be said.
        fallback: Who is told instead; given exactly with `IfEmpty.FALLBACK`.
        stop_on: What keeps it from firing; None for what the policy's occasion suggests.
        when: What must have come about besides; the level waits for it.
    """

    targets: tuple[EscalationTarget, ...] = field(converter=_targets)
    wait: Wait = Wait()
    if_empty: IfEmpty
    fallback: tuple[EscalationTarget, ...] = field(default=(), converter=_targets)
    kind: EscalationKind = EscalationKind.FUNCTIONAL
    stop_on: StopOn | None = None
    when: Occasion | None = None
    name: str = ""

    def __attrs_post_init__(self) -> None:
        if (self.if_empty is IfEmpty.FALLBACK) != bool(self.fallback):
            raise InvalidValueError(
                what="a rule that goes with the fallback given",
                value=self.if_empty.value,
                path="if_empty",
                hint="give `fallback` exactly where `if_empty` is `fallback`",
            )
        for named in (self.targets, self.fallback):
            if len(set(named)) != len(named):
                raise InvalidValueError(
                    what="a list of different targets", value=", ".join(map(str, named)), path="targets"
                )


@frozen(kw_only=True)
class AcknowledgementTerms:
    """What is asked of whoever took the work on.

    Attributes:
        remind_after: After so long, and after each confirmation, they are asked whether they are still on it.
        release_after: So long after that, without a confirmation, the work counts as not acknowledged; None never, and
            they are asked again and again.
    """

    remind_after: Wait
    release_after: Wait | None = None

    def __attrs_post_init__(self) -> None:
        if not self.remind_after.duration:
            raise InvalidValueError(
                what="a time", value=str(self.remind_after), path="remind_after", hint="longer than nothing"
            )


def _levels(values: Iterable[Level]) -> tuple[Level, ...]:
    levels = tuple(values)
    if len(levels) > LEVELS_MOST:
        raise InvalidValueError(
            what="a number of levels", value=len(levels), path="levels", hint=f"at most {LEVELS_MOST}"
        )
    return levels


@frozen(kw_only=True)
class EscalationPolicy:
    """What is done when work that matters is not seen to.

    Attributes:
        when: What begins a run; each time it comes about anew begins another.
        levels: In their order; the first is due when the run begins.
        repeat: Extra rounds through the levels, the wait of the last one between.
        late: What is made of levels that are found late, by more than `grace`.
        give_time: The least time between two levels under `LatePolicy.GIVE_TIME`, on the wall clock.
        acknowledgement: Reminder and release; None for an acknowledgement that lasts.
    """

    name: str = field(converter=identifier)
    when: Occasion = Unacknowledged()
    levels: tuple[Level, ...] = field(converter=_levels)
    scope: Scope = Scope()
    repeat: int = 0
    late: LatePolicy = LatePolicy.COALESCE_TO_HIGHEST
    give_time: timedelta = field(default=timedelta(0), converter=not_negative)
    grace: timedelta = field(default=timedelta(minutes=1), converter=not_negative)
    acknowledgement: AcknowledgementTerms | None = None
    on_unacknowledged: OnUnacknowledged = OnUnacknowledged.RESTART
    snooze: WhileHeld = WhileHeld.RUNS
    maintenance: WhileHeld = WhileHeld.RUNS
    clause: str = ""

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.repeat <= REPEAT_MOST:
            raise InvalidValueError(
                what="a number of extra rounds", value=self.repeat, path="repeat", hint=f"0 to {REPEAT_MOST}"
            )
        if (self.late is LatePolicy.GIVE_TIME) != bool(self.give_time):
            raise InvalidValueError(
                what="a time to give", value=str(self.give_time), path="give_time", hint="with `late: give_time` alone"
            )

    def stop_of(self, level: Level) -> StopOn:
        """Answer what keeps a level from firing.

        Where it does not say so: an acknowledgement if the occasion is a lack of one, else the end of the occasion.
        """
        if level.stop_on is not None:
            return level.stop_on
        return StopOn.ACKNOWLEDGED if isinstance(self.when, Unacknowledged) else StopOn.CLOSED

    @property
    def waits(self) -> Iterator[tuple[str, Wait]]:
        """Every wait of the policy with the place it stands at."""
        for path, occasion in self.occasions:
            wait = getattr(occasion, "wait", None)
            if isinstance(wait, Wait):
                yield path, wait
        for index, level in enumerate(self.levels):
            yield f"levels[{index}].wait", level.wait
        if self.acknowledgement is not None:
            yield "acknowledgement.remind_after", self.acknowledgement.remind_after
            if self.acknowledgement.release_after is not None:
                yield "acknowledgement.release_after", self.acknowledgement.release_after

    @property
    def occasions(self) -> Iterator[tuple[str, Occasion]]:
        """Every occasion of the policy with the place it stands at."""
        yield "when", self.when
        for index, level in enumerate(self.levels):
            if level.when is not None:
                yield f"levels[{index}].when", level.when
