"""Commands on one item: a fact or a refusal, and nothing changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.agreement import STANDARD_HOLD_REASONS
from svcdelivery.errors import InvalidValueError, TransitionRefusedError
from svcdelivery.facts import NewFact, history
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.work import Closed, Fulfilled, Reopened, commands, fold_work
from tests.clock.worlds import BOB

WINDOW = timedelta(days=14)


def command(name: str, work: Any, now: datetime) -> Any:
    options: dict[str, dict[str, Any]] = {
        "reject": {"ground": "no"}, "assign": {"team": "t"}, "change_priority": {"priority": "P1"},
        "put_on_hold": {"reason": "customer", "known": STANDARD_HOLD_REASONS},
        "reopen": {"ground": "again", "window": WINDOW, "now": now},
        "declare_major": {"ground": "everybody is cut off"}, "stand_down": {"ground": "it works"},
    }  # fmt: skip
    return getattr(commands, name)(work, **options.get(name, {}))


@given(stories(), st.timedeltas(timedelta(0), timedelta(days=20)))
def test_a_command_answers_a_fact_exactly_when_the_lifecycle_allows_it(story: Story, later: timedelta) -> None:
    """Otherwise it names what is possible; a fact it answers can be folded."""
    work = fold_work(story.facts)
    assert work is not None
    now = datetime.__add__(story.facts[-1].recorded_at, later)
    in_window = commands.reopening_window_open(work, window=WINDOW, now=now)
    guards = {"reopening_window_open": in_window, "major": getattr(work, "is_major", False)}
    possible = story.kind.table.possible(work.status, guards.__getitem__)
    for action in story.kind.table.actions:
        if action not in possible:
            with pytest.raises(TransitionRefusedError) as caught:
                command(action, work, now)
            # What hangs on a condition that was not asked about is not promised.
            assert caught.value.possible == story.kind.table.possible(work.status, lambda _: False)
            assert caught.value.action == action.replace("_", " ")
            continue
        body = command(action, work, now)
        assert body.action == action
        entries = [NewFact(body=f.body, actor=f.actor, occurred_at=f.occurred_at) for f in story.facts]
        grown = fold_work(history("x:1", [*entries, NewFact(body=body, actor=BOB, occurred_at=now)]))
        assert grown is not None
        assert grown.status is story.kind.table.target(work.status, action, guards.__getitem__)


@given(stories(), st.sampled_from([-1, 0, 1]))
def test_the_edge_of_the_reopening_window_is_exact(story: Story, micros: int) -> None:
    """Its last microsecond belongs to it; it runs from when the work was done, not from when it was closed."""
    work = fold_work(story.facts)
    assert work is not None
    since = work.done_at or work.closed_at
    if since is None:
        return
    now = datetime.__add__(since, WINDOW + timedelta(microseconds=micros))
    assert commands.reopening_window_open(work, window=WINDOW, now=now) == (micros <= 0)
    if micros <= 0:
        assert isinstance(command("reopen", work, now), Reopened)
    else:
        with pytest.raises(TransitionRefusedError, match="needs reopening window open"):
            command("reopen", work, now)


def test_cancelled_work_cannot_be_reopened_and_new_work_not_closed() -> None:
    """B053: both refusals list the moves that are possible."""
    from svcdelivery.work import Cancelled
    from tests.clock.worlds import request

    cancelled = fold_work(request("2024-03-11T08:00", ("2024-03-11T09:00", Cancelled())))
    fresh = fold_work(request("2024-03-11T08:00"))
    assert cancelled is not None
    assert fresh is not None
    with pytest.raises(
        TransitionRefusedError, match=r"cannot reopen `request R1`: it is cancelled.*possible from there: none"
    ):
        command("reopen", cancelled, cancelled.updated_at)
    with pytest.raises(TransitionRefusedError, match="it is received; possible from there: accept, reject"):
        command("close", fresh, fresh.updated_at)


def test_a_hold_reason_the_agreement_does_not_know_is_refused_before_the_status_is_asked() -> None:
    """A bad value is told first."""
    from tests.clock.worlds import request

    work = fold_work(request("2024-03-11T08:00"))
    assert work is not None
    with pytest.raises(InvalidValueError, match="one of `customer`"):
        commands.put_on_hold(work, reason="weather", known=STANDARD_HOLD_REASONS)
    assert Fulfilled().action == "fulfill"
    assert Closed().signals == ("closed",)
