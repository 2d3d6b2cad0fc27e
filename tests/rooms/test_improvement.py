"""Corrective actions: raised, done, proved, or waived by somebody who answers for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.errors import IntegrityError, InvalidValueError, TransitionRefusedError
from svcdelivery.facts import NewFact, from_plain, history, to_plain
from svcdelivery.identity import identifier
from svcdelivery.improvement import (
    ActionStatus,
    CorrectiveAction,
    CorrectiveActionRaised,
    Recurrence,
    action_id,
    action_stream,
    fold_action,
    implement,
    raise_action,
    recurrences,
    verify,
    waive,
)
from svcdelivery.timeline import Instant, from_micros
from tests.clock.worlds import BOB

LATER = from_micros(10**9)
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
    with pytest.raises(TransitionRefusedError, match="it is raised; possible from there: plan, implement, waive"):
        verify(folded(), effective=True, evidence="none", now=LATER)
    bodies.append(verify(folded(*bodies), effective=False, evidence="again late", now=LATER))
    assert folded(*bodies).status is ActionStatus.RAISED
    bodies.append(implement(folded(*bodies), steps="even more"))
    bodies.append(verify(folded(*bodies), effective=True, evidence="on time", now=LATER))
    action = folded(*bodies)
    assert (action.status, action.found_ineffective, action.evidence) == (ActionStatus.EFFECTIVE, 1, "on time")
    with pytest.raises(TransitionRefusedError, match="possible from there: none"):
        waive(action, ground="x", now=at(1))


def test_a_waiver_names_who_answers_for_it() -> None:
    """And why."""
    action = folded(waive(folded(), ground="too dear", now=at(1)))
    assert (action.status, action.ground, action.waived_by) == (ActionStatus.WAIVED, "too dear", "staff:bob")


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_done_without_words(text: str) -> None:
    """Steps, evidence and ground are said."""
    done = folded(implement(folded(), steps="x"))
    for said in (
        lambda: implement(folded(), steps=text),
        lambda: waive(folded(), ground=text, now=at(1)),
        lambda: verify(done, effective=True, evidence=text, now=LATER),
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


def at(number: int) -> Instant:
    return from_micros(number)


class TestTimes:
    DUE = evolve(RAISED, due_at=from_micros(10), verify_after=timedelta(microseconds=5))

    def told(self, *bodies: Any) -> CorrectiveAction:
        entries = [NewFact(body=b, actor=BOB, occurred_at=from_micros(n)) for n, b in enumerate((self.DUE, *bodies))]
        action = fold_action(history(action_stream("a1"), entries))
        assert action is not None
        return action

    def test_it_is_overdue_once_its_time_has_passed_and_nothing_was_done(self) -> None:
        assert not self.told().is_overdue(at(10))
        assert self.told().is_overdue(at(11))
        done = implement(self.told(), steps="more staff")
        assert not self.told(done).is_overdue(at(11))
        failed = verify(self.told(done), effective=False, evidence="again late", now=LATER)
        assert self.told(done, failed).is_overdue(at(11))
        assert not folded().is_overdue(at(11))

    def test_it_must_have_shown_itself_before_it_is_verified(self) -> None:
        done = implement(self.told(), steps="more staff")
        assert self.told(done).verify_from() == at(1 + 5)
        assert self.told().verify_from() is None

    def test_a_waiver_that_has_ended_no_longer_counts(self) -> None:
        waived = folded(waive(folded(), ground="too dear", until=at(50), now=at(1)))
        assert (waived.is_waived(at(49)), waived.is_waived(at(50))) == (True, False)
        assert folded(waive(folded(), ground="too dear", now=at(1))).is_waived(at(10**9))
        assert not folded().is_waived(at(1))


class TestRaising:
    def test_by_hand_from_a_finding_or_a_survey(self) -> None:
        said = {"item": "request:1", "target": "satisfaction", "owner": "olga", "summary": "rated 1 of 5"}
        assert raise_action(trigger="survey", **said, due_at=at(5)).due_at == at(5)
        with pytest.raises(InvalidValueError, match="breach, finding, survey, hand"):
            raise_action(trigger="mood", **said)
        with pytest.raises(InvalidValueError, match="say it in words"):
            raise_action(trigger="hand", **{**said, "summary": " "})


class TestRecurrence:
    def action(self, id: str, raised: int, **rest: Any) -> CorrectiveAction:
        given = {
            "id": id, "version": 1, "status": ActionStatus.RAISED, "trigger": "breach", "item": f"incident:{id}",
            "target": "resolution", "owner": "desk", "summary": "late", "raised_at": at(raised), **rest,
        }  # fmt: skip
        return CorrectiveAction(**given)

    def test_what_came_again_after_it_was_found_to_help_is_told(self) -> None:
        helped = self.action("a", 1, status=ActionStatus.EFFECTIVE, verified_at=at(10))
        again = [self.action("b", 11), self.action("c", 12)]
        others = [self.action("d", 10), self.action("e", 13, target="response"), self.action("f", 14, trigger="hand")]
        assert recurrences([*others, *again, helped]) == (Recurrence(helped, tuple(again)),)

    def test_one_that_is_not_proved_tells_of_none(self) -> None:
        assert recurrences([self.action("a", 1), self.action("b", 2)]) == ()
        assert recurrences([self.action("a", 1, status=ActionStatus.EFFECTIVE, verified_at=at(10))]) == ()
