"""What is due in an escalation, when to ask again, what lies ahead, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import EscalationKind, EscalationTarget, LatePolicy
from svcdelivery.errors import NotFoundError
from svcdelivery.escalation.facts import Disposition, EscalationFired
from svcdelivery.escalation.happenings import EscalationState
from svcdelivery.escalation.pending import Pending
from svcdelivery.escalation.plan import FrozenPolicy
from svcdelivery.escalation.walk import Walk
from svcdelivery.timeline import Instant, format_instant, from_micros, to_instant, to_micros

__all__ = ["Decision", "Explained", "Firing", "explain", "next_actions", "timeline"]


@frozen
class Firing:
    """One thing to do, once: its key is the same whoever finds it due, whenever, and however often.

    Attributes:
        target: Who is told; found out when it is sent. None where a level has nobody.
        kind: Functional or hierarchical; None for a question put to whoever acknowledged.
        level: The place in the policy, from 0; -1 for such a question.
        run: From 1; each time the policy begins anew is one. For a question, the number of the acknowledgement.
        round: 0, and more in the extra rounds.
        due_at: When it fell due, by the policy alone.
        forced: Whether somebody asked for it by hand.
    """

    key: str
    target: EscalationTarget | None
    kind: EscalationKind | None
    level: int
    run: int
    round: int
    due_at: Instant
    reason: str
    disposition: Disposition
    forced: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether somebody is told; else it is put aside."""
        return self.disposition in (Disposition.ON_TIME, Disposition.LATE)

    def fact(self, policy: str) -> EscalationFired:
        """Answer the fact that it was taken up."""
        return EscalationFired(
            key=self.key, policy=policy, due_at=self.due_at, disposition=self.disposition, reason=self.reason
        )


@frozen
class Decision:
    """What is due, and when to ask again.

    Attributes:
        firings: In due order; empty while nothing is due.
        next_wakeup: Nothing falls due before it; None when nothing can become due without a new fact.
        acknowledged: Whether the work counts as taken on.
    """

    firings: tuple[Firing, ...]
    next_wakeup: Instant | None
    acknowledged: bool = False
    _trail: tuple[tuple[Any, ...], ...] = field(default=(), eq=False, repr=False)

    @property
    def explanations(self) -> tuple[str, ...]:
        """What happened in the escalation so far, a sentence each, in the order of time."""
        return tuple(_sentence(entry) for entry in self._trail)


def next_actions(state: EscalationState, policy: FrozenPolicy, now: datetime) -> Decision:
    """Answer what is due by `now` and when to ask again.

    To ask early, late, often or twice does no harm: the same keys fall due at the same instants, and what is recorded
    as fired is not answered again.

    Args:
        state: Happenings and clocks of one item. What lies after `now` is left aside.
        policy: As frozen when it began to watch over the item.
        now: Any aware instant.

    Source:
        CMMI-SVC 1.3 SD SP 3.2 subpractice 7
    """
    micros = to_micros(now)
    walk = Walk(state, policy, micros).run()
    wakeup = None if walk.due is None else from_micros(walk.due)
    return Decision(_firings(walk, micros), wakeup, walk.acknowledged, tuple(walk.trail))


def _firings(walk: Walk, now: int) -> tuple[Firing, ...]:
    if not walk.pending:
        return ()
    late = now - walk.plan.grace
    highest = max((each.due for each in walk.pending if each.stale is None and each.place[0] >= 0), default=now)
    coalesces = walk.plan.late is LatePolicy.COALESCE_TO_HIGHEST
    return tuple(_firing(each, late, highest if coalesces else None) for each in walk.pending)


def _firing(each: Pending, late: int, highest: int | None) -> Firing:
    level, run, round_ = each.place
    is_late = each.due < late
    if each.stale is not None:
        disposition = Disposition.STALE
    elif is_late and highest is not None and level >= 0 and each.due < highest:
        disposition = Disposition.COALESCED
    else:
        disposition = Disposition.LATE if is_late else Disposition.ON_TIME
    reason = f"{each.reason}; {each.stale}" if each.stale else each.reason
    due = from_micros(each.due)
    return Firing(each.key, each.target, each.kind, level, run, round_, due, reason, disposition, each.forced)


def timeline(state: EscalationState, policy: FrozenPolicy, until: datetime) -> tuple[Firing, ...]:
    """Answer all that will fall due by `until` if nothing else happens, each looked at the moment it is due.

    It asks `next_actions` and nothing else, so what it shows is what will be done.

    Args:
        state: As for `next_actions`; what was taken up already is left out.
        policy: As for `next_actions`.
        until: That instant included.
    """
    return _look_ahead(state, policy, to_instant(until))[0]


def _look_ahead(
    state: EscalationState, policy: FrozenPolicy, until: Instant
) -> tuple[tuple[Firing, ...], EscalationState]:
    found: list[Firing] = []
    # Before the first happening nothing is due; from there on, each happening and each wake-up is asked about.
    instants = sorted({at for at, _, _ in state.happenings}, reverse=True)
    at = instants.pop() if instants else None
    while at is not None and from_micros(at) <= until:
        decision = next_actions(state, policy, from_micros(at))
        if decision.firings:
            found += decision.firings
            state = state.with_fired([firing.key for firing in decision.firings], from_micros(at))
        wakeup = None if decision.next_wakeup is None else to_micros(decision.next_wakeup)
        at = instants.pop() if instants and (wakeup is None or instants[-1] <= wakeup) else wakeup
    return tuple(found), state


@frozen
class Explained:
    """Why one firing fell due, or will.

    Attributes:
        story: What led to it, a sentence each, in the order of time; it comes last.
    """

    key: str
    due_at: Instant
    reason: str
    story: tuple[str, ...]


def explain(state: EscalationState, policy: FrozenPolicy, key: str, *, until: datetime) -> Explained:
    """Answer why the firing with that key fell due, or will by `until` if nothing else happens.

    Raises:
        NotFoundError: The policy has no such firing by then.
    """
    walk = Walk(_look_ahead(state, policy, to_instant(until))[1], policy, to_micros(until)).run()
    if key not in walk.keys:
        raise NotFoundError(what="firing", id=key)
    due, reason = walk.keys[key]
    story = next_actions(state, policy, from_micros(due)).explanations
    return Explained(key, from_micros(due), reason, story)


def _sentence(entry: tuple[Any, ...]) -> str:
    at, template, *said = entry
    return f"{format_instant(from_micros(at))}: {template.format(*said)}"
