"""What is due in an escalation of five levels with twenty facts, against making frozen attrs values.

The value made is the envelope of a fact: seven fields, one of them another value. Both sides are given instants.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from benchmarks.harness import Row, compare
from svcdelivery.agreement import EscalationPolicy, IfEmpty, Level, Wait
from svcdelivery.escalation import EscalationState, FrozenPolicy, What, next_actions, timeline
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant, to_instant, to_micros

__all__ = ["rows"]

_CALLS = 4_000
_VALUES = 40
_START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def rows() -> list[Row]:
    """Measure a look that finds nothing new, and one that finds a level due."""
    policy, state = _policy(), _state()
    looked_at = _minute(60)
    taken = [firing.key for firing in timeline(state, policy, looked_at)]
    known, behind = state.with_fired(taken, looked_at), state.with_fired(taken[:-1], looked_at)
    assert len(state.happenings) == 20
    assert len(next_actions(behind, policy, looked_at).firings) == 1
    values = compare(lambda: _look(known, policy, looked_at), lambda: _make(looked_at))
    one_due = compare(lambda: _look(behind, policy, looked_at), lambda: _make(looked_at))
    # The baseline makes one value where ours takes one look.
    return [
        Row.at_most("escalation, 5 levels and 20 facts, nothing due / making a fact", *values, _VALUES),
        Row.at_most("escalation, 5 levels and 20 facts, one due / making a fact", *one_due, _VALUES),
    ]


def _minute(number: float) -> Instant:
    return to_instant(_START + timedelta(minutes=number))


def _policy() -> FrozenPolicy:
    levels = [
        Level(targets=[f"rotation:line-{n}"], wait=Wait(timedelta(minutes=15)), if_empty=IfEmpty.WAIT) for n in range(5)
    ]
    return FrozenPolicy(policy=EscalationPolicy(name="page", levels=levels))


def _state() -> EscalationState:
    told = [
        (0, What.OPENED, "P1"),
        *((minute, What.UPDATED, None) for minute in (1, 3, 7, 19, 35, 52)),
        *((minute, What.ASSIGNED, "network") for minute in (2, 9, 27)),
        (12, What.ACKNOWLEDGED, Actor.staff("ann")),
        (13, What.CONFIRMED, Actor.staff("ann")),
        (14, What.UNACKNOWLEDGED, None),
        (16, What.SNOOZED, to_micros(_minute(18))),
        (28, What.PRIORITY, "P2"),
        (30, What.MAINTENANCE_BEGAN, None),
        (31, What.MAINTENANCE_ENDED, None),
        (33, What.PRIORITY, "P1"),
        (41, What.PRIORITY, "P2"),
        (58, What.PRIORITY, "P1"),
    ]
    return EscalationState.told("incident:4711", [(_minute(at), what, tells) for at, what, tells in told])


def _look(state: EscalationState, policy: FrozenPolicy, now: Instant) -> None:
    for _ in range(_CALLS):
        next_actions(state, policy, now)


def _make(now: Instant) -> None:
    actor = Actor.staff("ann")
    for number in range(_CALLS):
        Fact(
            stream="incident:4711",
            version=number,
            position=number,
            occurred_at=now,
            recorded_at=now,
            actor=actor,
            body=None,
        )
