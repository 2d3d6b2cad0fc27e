"""Corrective actions: raised, done, proved, or waived by somebody who answers for it."""

from __future__ import annotations

from typing import Any

import pytest

from svcdelivery.errors import IntegrityError, InvalidValueError, TransitionRefusedError
from svcdelivery.facts import NewFact, from_plain, history, to_plain
from svcdelivery.identity import identifier
from svcdelivery.improvement import (
    ActionStatus,
    CorrectiveAction,
    CorrectiveActionRaised,
    action_id,
    action_stream,
    fold_action,
    implement,
    verify,
    waive,
)
from svcdelivery.timeline import from_micros
from tests.clock.worlds import BOB

RAISED = CorrectiveActionRaised(trigger="breach", item="incident:1", target="resolution", owner="desk", summary="late")


def folded(*bodies: Any) -> CorrectiveAction:
    entries = [NewFact(body=b, actor=BOB, occurred_at=from_micros(n)) for n, b in enumerate((RAISED, *bodies))]
    action = fold_action(history(action_stream("a1"), entries))
    assert action is not None
    assert from_plain(CorrectiveAction, to_plain(action)) == action
    return action


def test_it_is_closed_by_proof_alone() -> None:
    """One that proves ineffective is open again, and that is counted."""
    bodies: list[Any] = [implement(folded(), steps="more staff")]
    with pytest.raises(TransitionRefusedError, match="it is raised; possible from there: implement, waive"):
        verify(folded(), effective=True, evidence="none")
    bodies.append(verify(folded(*bodies), effective=False, evidence="again late"))
    assert folded(*bodies).status is ActionStatus.RAISED
    bodies.append(implement(folded(*bodies), steps="even more"))
    bodies.append(verify(folded(*bodies), effective=True, evidence="on time"))
    action = folded(*bodies)
    assert (action.status, action.found_ineffective, action.evidence) == (ActionStatus.EFFECTIVE, 1, "on time")
    with pytest.raises(TransitionRefusedError, match="possible from there: none"):
        waive(action, ground="x")


def test_a_waiver_names_who_answers_for_it() -> None:
    """And why."""
    action = folded(waive(folded(), ground="too dear"))
    assert (action.status, action.ground, action.waived_by) == (ActionStatus.WAIVED, "too dear", "staff:bob")


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_done_without_words(text: str) -> None:
    """Steps, evidence and ground are said."""
    done = folded(implement(folded(), steps="x"))
    for said in (
        lambda: implement(folded(), steps=text),
        lambda: waive(folded(), ground=text),
        lambda: verify(done, effective=True, evidence=text),
    ):
        with pytest.raises(InvalidValueError):
            said()


def test_one_breach_has_one_action_whatever_it_is_called() -> None:
    """Its id is that of the breach, and an id however long the names are."""
    assert action_id("incident:1", "resolution") == "incident:1/resolution/1"
    long = {action_id("incident:" + "x" * 199 + last, "t" * 200, 2) for last in "12"}
    assert len(long) == 2
    assert all(identifier(id) for id in long)


def test_damage_is_told() -> None:
    """A stream that begins otherwise, or a move there is not."""
    begun = history("action:a1", [NewFact(body=implement(folded(), steps="x"), actor=BOB, occurred_at=from_micros(0))])
    with pytest.raises(IntegrityError, match="does not begin with its raising"):
        fold_action(begun)
    with pytest.raises(IntegrityError, match="cannot implement while implemented"):
        folded(implement(folded(), steps="x"), implement(folded(), steps="x"))
    assert fold_action(()) is None
