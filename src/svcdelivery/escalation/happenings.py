"""What an escalation looks at: the happenings of one item in their order, and the firings already taken up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from svcdelivery.escalation.clock_views import ClockView
from svcdelivery.escalation.facts import (
    Acknowledged,
    AcknowledgementConfirmed,
    EscalatedByHand,
    EscalationEnded,
    EscalationFired,
    EscalationStarted,
    LetGo,
    LevelChosen,
    MaintenanceBegan,
    MaintenanceEnded,
    PolicyReplaced,
    Snoozed,
    TargetsResolved,
)
from svcdelivery.escalation.plan import FrozenPolicy
from svcdelivery.escalation.what import What
from svcdelivery.facts import Fact
from svcdelivery.timeline import to_micros
from svcdelivery.work import Assigned, trace_of

__all__ = ["EscalationState", "Happening"]


Happening = tuple[int, int, Any]
"""When it counts, in epoch microseconds; a `What`; and what it tells."""


@frozen(kw_only=True)
class EscalationState:
    """Everything `next_actions` looks at, for one item and one policy. Growing it leaves the old one as it was.

    Attributes:
        item: The stream of the work.
        happenings: In the order they count; those of one instant in the order they became known.
        fired: When each firing that was taken up was, by its key, in epoch microseconds.
    """

    item: str
    happenings: tuple[Happening, ...] = field(default=())
    fired: Mapping[str, int] = field(factory=dict)
    is_replaced: bool = field(init=False, eq=False, repr=False)

    @is_replaced.default
    def _is_replaced(self) -> bool:
        return any(what == What.REPLACED for _, what, _ in self.happenings)

    @classmethod
    def of(
        cls,
        item: str,
        facts: Iterable[Fact[Any]],
        *,
        policy: str,
        clocks: Iterable[ClockView] = (),
        replacements: Callable[[PolicyReplaced], FrozenPolicy] | None = None,
    ) -> EscalationState:
        """Answer the state that facts of an item tell.

        What happened before it was recorded counts from when it was recorded: what was sent meanwhile was sent. What
        happened before the policy began to watch over the item counts from then, if facts say when it did.

        Args:
            item: The stream of the work.
            facts: All of the item's facts.
            policy: The name of the policy; facts of other policies are left aside.
            clocks: How the item's clocks stood, and since when that was known; see `clock_views`.
            replacements: Answers the terms a `PolicyReplaced` speaks of; needed where the facts have one.
        """
        known = tuple(facts)
        return cls._of_found(item, known, policy, _found(known, policy, replacements), clocks)

    @classmethod
    def read(
        cls,
        item: str,
        facts: Iterable[Fact[Any]],
        *,
        policy: str,
        told: Callable[[Fact[Any]], Iterable[tuple[What, Any]]],
        clocks: Iterable[ClockView] = (),
    ) -> EscalationState:
        """Answer the state that facts of something other than a request or an incident tell.

        Args:
            item: Its stream.
            facts: All of it, in the order of record.
            policy: As for `of`; `clocks` likewise.
            told: Answers what one of them tells beside what every escalation knows, in order.
        """
        known = tuple(facts)
        found: list[Happening] = []
        for fact in known:
            said = list(told(fact))
            if getattr(fact.body, "policy", policy) == policy:
                said += _spoken(fact)
            found += [(_at(fact), what, tells) for what, tells in said]
        return cls._of_found(item, known, policy, found, clocks)

    @classmethod
    def _of_found(
        cls,
        item: str,
        known: Sequence[Fact[Any]],
        policy: str,
        found: list[Happening],
        clocks: Iterable[ClockView],
    ) -> EscalationState:
        found = [*found, *((to_micros(view.known_at), What.CLOCK, view) for view in clocks)]
        began = _began(known, policy)
        if began is not None:
            found = [(max(at, began), what, tells) for at, what, tells in found]
        # Stable: a clock's view of an instant comes after the facts it was read from.
        found.sort(key=_when)
        fired = {fact.body.key: to_micros(fact.recorded_at) for fact in known if isinstance(fact.body, EscalationFired)}
        return cls(item=item, happenings=tuple(found), fired=fired)

    @classmethod
    def told(cls, item: str, happenings: Iterable[tuple[datetime, What, Any]]) -> EscalationState:
        """Answer the state of happenings told one by one, for callers whose facts are not ours."""
        found = sorted(((to_micros(at), what, data) for at, what, data in happenings), key=_when)
        return cls(item=item, happenings=tuple(found))

    def with_fired(self, keys: Iterable[str], at: datetime) -> EscalationState:
        """Answer the state in which those firings were taken up as well."""
        micros = to_micros(at)
        return evolve(self, fired={**self.fired, **{key: micros for key in keys if key not in self.fired}})


def _when(happening: Happening) -> int:
    return happening[0]


def _began(facts: Iterable[Fact[Any]], policy: str) -> int | None:
    starts = (fact for fact in facts if isinstance(fact.body, EscalationStarted) and fact.body.policy == policy)
    return min((_at(fact) for fact in starts), default=None)


def _at(fact: Fact[Any]) -> int:
    return to_micros(max(fact.occurred_at, fact.recorded_at))


def _found(
    facts: Sequence[Fact[Any]], policy: str, replacements: Callable[[PolicyReplaced], FrozenPolicy] | None
) -> list[Happening]:
    trace = trace_of(facts)
    if trace is None:
        return []
    signals: dict[int, tuple[str, ...]] = {}
    for step in trace.steps:
        signals[step.fact.position] = (*signals.get(step.fact.position, ()), *step.signals)
    found: list[Happening] = []
    names = {policy}
    started = False
    for fact in sorted(facts, key=lambda fact: fact.position):
        at = _at(fact)
        body = fact.body
        for signal in signals.get(fact.position, ()):
            what = _SIGNALS.get(signal)
            if what is not None:
                found.append((at, what, _of_signal(what, fact)))
        if isinstance(body, PolicyReplaced) and body.policy in names and replacements is not None:
            names.add(body.replacement)
            found.append((at, What.REPLACED, (replacements(body), body.how)))
        elif isinstance(body, EscalationStarted) and body.policy == policy:
            found += [(at, What.RETURNED, None)] if started else []
            started = True
        elif isinstance(body, EscalationEnded) and body.policy == policy:
            found.append((at, What.LEFT, None))
        elif getattr(body, "policy", policy) in names:
            found += [(at, *happened) for happened in _spoken(fact)]
    return found


def _spoken(fact: Fact[Any]) -> Iterator[tuple[What, Any]]:
    """Answer what a fact of an escalation itself tells."""
    read = _BODIES.get(type(fact.body))
    happened = None if read is None else read(fact)
    if happened is not None:
        yield happened


_SIGNALS = {
    "received": What.OPENED, "accepted": What.ACKNOWLEDGED, "started": What.ACKNOWLEDGED, "staff_message": What.UPDATED,
    "assigned": What.ASSIGNED, "priority_changed": What.PRIORITY, "reopened": What.REOPENED, "rated": What.RATED,
    "fulfilled": What.DONE, "resolved": What.DONE, "closed": What.CLOSED, "cancelled": What.CLOSED,
    "rejected": What.CLOSED,
}  # fmt: skip


def _of_signal(what: What, fact: Fact[Any]) -> Any:
    match what:
        case What.OPENED | What.PRIORITY:
            return getattr(fact.body, "priority", None)
        case What.ACKNOWLEDGED:
            return fact.actor
        case What.RATED:
            return fact.body.score
        case What.ASSIGNED:
            return fact.body.assignee or fact.body.team if isinstance(fact.body, Assigned) else None
        case _:
            return None


_BODIES: dict[type, Callable[[Fact[Any]], tuple[What, Any] | None]] = {
    Acknowledged: lambda fact: (What.ACKNOWLEDGED, fact.actor),
    AcknowledgementConfirmed: lambda fact: (What.CONFIRMED, fact.actor),
    LetGo: lambda _: (What.UNACKNOWLEDGED, None),
    Snoozed: lambda fact: (What.SNOOZED, to_micros(fact.body.until)),
    MaintenanceBegan: lambda fact: (
        What.MAINTENANCE_BEGAN,
        None if fact.body.until is None else to_micros(fact.body.until),
    ),
    MaintenanceEnded: lambda _: (What.MAINTENANCE_ENDED, None),
    EscalatedByHand: lambda _: (What.ESCALATED, None),
    LevelChosen: lambda fact: (What.JUMPED, fact.body.level),
    TargetsResolved: lambda fact: None if fact.body.recipients else (What.NOBODY, fact.body.key),
}
