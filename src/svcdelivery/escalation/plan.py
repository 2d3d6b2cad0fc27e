"""A policy as frozen when it began to watch over an item, and compiled for the engine."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from svcdelivery.agreement import (
    AgreementRevision,
    EscalationPolicy,
    EscalationTarget,
    IfEmpty,
    LatePolicy,
    Level,
    NamedHours,
    OnUnacknowledged,
    StopOn,
    Unassigned,
    Wait,
    WhileHeld,
)
from svcdelivery.errors import InvalidValueError
from svcdelivery.escalation.counting import Named
from svcdelivery.escalation.occasions import EDGES, OF_CLOCKS, Test, compiled, passed_over
from svcdelivery.facts import digest
from svcdelivery.service_hours import Hours
from svcdelivery.timeline.instant import duration_micros

__all__ = ["FrozenPolicy", "Plan", "PlannedLevel"]

Counted = tuple[int, Hours | None]
"""A wait in microseconds, and the hours whose open time it counts."""

_STOPS = {StopOn.ACKNOWLEDGED: 0, StopOn.CLOSED: 1, StopOn.NONE: 2}


@frozen(kw_only=True)
class FrozenPolicy:
    """The terms an escalation runs under. What is agreed later changes nothing in it.

    Attributes:
        version: Which terms these are, such as `acme-2026/2`; part of the key of every firing.
        hours: The service hours its waits and offsets name.
        ranked: The agreement's priorities, most pressing first.

    Raises:
        InvalidValueError: A wait names hours that are not given.
    """

    policy: EscalationPolicy
    version: str = "1"
    hours: tuple[NamedHours, ...] = ()
    ranked: tuple[str, ...] = ()
    plan: Plan = field(init=False, eq=False, repr=False)

    @classmethod
    def of(cls, revision: AgreementRevision, name: str) -> FrozenPolicy:
        """Answer the policy of that name as the revision has it.

        Raises:
            NotFoundError: It has none.
        """
        return cls(
            policy=revision.escalation_policy(name),
            version=f"{revision.agreement}/{revision.number}",
            hours=revision.hours,
            ranked=revision.priorities.ranked,
        )

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.policy.name

    @property
    def digest(self) -> str:
        """The SHA-256 of the policy's terms."""
        return digest(self.policy)

    @plan.default
    def _compile(self) -> Plan:
        named: dict[str, Hours] = {each.name: each.hours for each in self.hours}
        for path, wait in self.policy.waits:
            if wait.hours is not None and wait.hours not in named:
                known = ", ".join(f"`{name}`" for name in named) or "none"
                raise InvalidValueError(
                    what="the name of given hours", value=wait.hours, path=path, hint=f"given: {known}"
                )
        return Plan(self.policy, named, self.ranked)


class Plan:
    """What the engine reads of a policy, looked up once."""

    __slots__ = (
        "clock", "continues", "give", "grace", "late", "levels", "maintenance_stops", "name",
        "outlives_acknowledgement", "outlives_end", "passes_over", "ranks", "release", "remind", "repeat",
        "snooze_stops", "start", "starts_on_edge", "starts_unassigned", "until_closed",
    )  # fmt: skip

    def __init__(self, policy: EscalationPolicy, named: Named, ranked: tuple[str, ...]) -> None:
        terms = policy.acknowledgement
        self.name = policy.name
        self.levels = [PlannedLevel(index, policy, named) for index in range(len(policy.levels))]
        self.start, self.until_closed = compiled(policy.when, named)
        self.starts_on_edge = isinstance(policy.when, EDGES)
        self.starts_unassigned = isinstance(policy.when, Unassigned)
        self.clock = policy.when.target if isinstance(policy.when, OF_CLOCKS) else None
        self.repeat = policy.repeat
        self.outlives_acknowledgement = any(level.stop for level in self.levels)
        self.outlives_end = any(level.stop == 2 for level in self.levels)
        self.continues = policy.on_unacknowledged is OnUnacknowledged.CONTINUE
        self.remind = None if terms is None else _counted(terms.remind_after, named)
        self.release = None if terms is None or terms.release_after is None else _counted(terms.release_after, named)
        self.snooze_stops = policy.snooze is WhileHeld.STOPS
        self.maintenance_stops = policy.maintenance is WhileHeld.STOPS
        self.late = policy.late
        self.give = duration_micros(policy.give_time) if policy.late is LatePolicy.GIVE_TIME else 0
        self.grace = duration_micros(policy.grace)
        self.ranks: Mapping[str | None, int] = {name: rank for rank, name in enumerate(ranked)}
        self.passes_over = passed_over([occasion for _, occasion in policy.occasions])


class PlannedLevel:
    """What the engine reads of a level."""

    __slots__ = ("empty", "fallback", "index", "kind", "reason", "stop", "targets", "wait", "when")

    def __init__(self, index: int, policy: EscalationPolicy, named: Named) -> None:
        level: Level = policy.levels[index]
        self.index = index
        self.kind = level.kind
        self.stop = _STOPS[policy.stop_of(level)]
        self.when: Test | None = None if level.when is None else compiled(level.when, named)[0]
        self.wait = _counted(level.wait, named)
        self.empty = level.if_empty
        self.targets = _texts(level.targets)
        self.fallback = _texts(level.fallback)
        if not self.targets and level.if_empty is IfEmpty.FALLBACK:
            self.targets = self.fallback
        self.reason = _reason(index, policy)


def _texts(targets: tuple[EscalationTarget, ...]) -> tuple[tuple[EscalationTarget | None, str], ...]:
    return tuple((target, str(target)) for target in targets)


def _counted(wait: Wait, named: Named) -> Counted:
    return duration_micros(wait.duration), None if wait.hours is None else named[wait.hours]


def _reason(index: int, policy: EscalationPolicy) -> str:
    level = policy.levels[index]
    named = f" ({level.name})" if level.name else ""
    first = f"level {index + 1} of {len(policy.levels)}{named}"
    because = f"{policy.when}" if index == 0 else f"{policy.levels[index - 1].wait} after level {index}"
    return f"{first}: {because}" + (f", and {level.when}" if level.when is not None else "")
