"""Escalations as facts tell them: when a policy began, out of scope and in again, and ties with what was taken up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from svcdelivery.agreement import EscalationPolicy, IfEmpty, Level, RatedAtMost, Unacknowledged, Wait
from svcdelivery.escalation import EscalationState, FrozenPolicy, What, next_actions
from svcdelivery.timeline import Instant, to_instant

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
ITEM = "incident:1"


def at(minutes: float) -> Instant:
    return to_instant(START + timedelta(minutes=minutes))


def frozen(**rest: object) -> FrozenPolicy:
    levels = [Level(targets=("person:ann",), wait=Wait(timedelta(minutes=10)), if_empty=IfEmpty.WAIT) for _ in range(2)]
    rest.setdefault("when", Unacknowledged(Wait(timedelta(minutes=5))))
    return FrozenPolicy(policy=EscalationPolicy(name="page", levels=levels, **rest))  # type: ignore[arg-type]


def told(*happenings: tuple[float, What, object]) -> EscalationState:
    return EscalationState.told(ITEM, [(at(minutes), what, tells) for minutes, what, tells in happenings])


def keys(state: EscalationState, minutes: float) -> list[str]:
    return [firing.key for firing in next_actions(state, frozen(), at(minutes)).firings]


def test_what_was_taken_up_at_an_instant_stays_taken_up_whatever_else_happened_then() -> None:
    """A page sent at 8:05 and an acknowledgement of 8:05: letting go later begins a run of its own."""
    opened = told((0, What.OPENED, None))
    (first,) = keys(opened, 5)
    taken = told((0, What.OPENED, None), (5, What.ACKNOWLEDGED, None), (9, What.UNACKNOWLEDGED, None))
    sent = taken.with_fired([first], at(5))
    (again,) = keys(sent, 14)
    assert again != first
    # Nobody had looked: then the acknowledgement came first, and the run that begins is the first one.
    assert keys(taken, 14) == [first]


def test_out_of_scope_nothing_falls_due_and_coming_back_begins_anew() -> None:
    """The wait runs from the return, under keys of its own."""
    away = told((0, What.OPENED, None), (7, What.LEFT, None))
    assert next_actions(away, frozen(), at(600)).next_wakeup is None
    (first,) = next_actions(away, frozen(), at(6)).firings
    back = told((0, What.OPENED, None), (7, What.LEFT, None), (60, What.RETURNED, None)).with_fired([first.key], at(5))
    assert next_actions(back, frozen(), at(64)).firings == ()
    (second,) = next_actions(back, frozen(), at(65)).firings
    assert second.due_at == at(65)
    assert second.key != first.key


def test_what_fell_due_and_nobody_looked_at_is_stale_once_out_of_scope() -> None:
    """It is put on record, and not sent."""
    away = told((0, What.OPENED, None), (7, What.LEFT, None))
    (firing,) = next_actions(away, frozen(), at(8)).firings
    assert not firing.is_sent
    assert firing.reason.endswith("out of scope meanwhile")


def test_a_policy_of_an_edge_waits_for_its_edge_when_it_comes_back() -> None:
    """Coming back is no occasion by itself."""
    policy = frozen(when=RatedAtMost(2))
    story = ((0, What.OPENED, None), (7, What.LEFT, None), (60, What.RETURNED, None))
    assert next_actions(told(*story), policy, at(600)).firings == ()
    (firing,) = next_actions(told(*story, (90, What.RATED, 1)), policy, at(90)).firings
    assert firing.due_at == at(90)
