"""Corrective actions at the desk: raised for a cause, planned, done, and closed by proof alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import (
    InvalidDurationError,
    InvalidValueError,
    NotFoundError,
    NotPermittedError,
    TransitionRefusedError,
)
from svcdelivery.escalation.notices import OneChannel
from svcdelivery.improvement import ActionStatus, CorrectiveActionOverdue, WaiverEnded, fold_action
from svcdelivery.storage.memory import MemoryStore
from tests.desk.world import ANN, BOB, DIRECTORY, OLGA, World, keys

A = ActionStatus
DAY = timedelta(days=1)


def raised(world: World, **rest: Any) -> str:
    rest = {"summary": "answers are late each Monday", "owner": "bob", "by": BOB, "key": next(keys), **rest}
    return world.desk.actions.raise_action(**rest).record.id


def later(world: World, **by: float) -> datetime:
    return datetime.__add__(world.time.now(), timedelta(**by))


def bodies(world: World, id: str, kind: type) -> list[Any]:
    return [fact.body for fact in world.desk.actions.facts(id) if isinstance(fact.body, kind)]


class TestRaising:
    def test_by_hand_for_an_item_with_owner_and_time(self, world: World) -> None:
        """Everything said is on record."""
        incident = world.incident()
        id = raised(
            world, item=f"incident:{incident}", target="response", due_at=later(world, days=7), verify_after=DAY
        )
        action = world.desk.actions.get(id)
        assert (action.trigger, action.item, action.owner) == ("hand", f"incident:{incident}", "bob")
        assert (action.due_at, action.verify_after) == (later(world, days=7), DAY)

    def test_for_nothing_there_is_or_without_words_none_is_raised(self, world: World) -> None:
        """Nor for a mood, nor with an id that is taken."""
        with pytest.raises(NotFoundError):
            raised(world, item="incident:nothing")
        for rest in ({"summary": " "}, {"trigger": "mood"}, {"owner": ""}):
            with pytest.raises(InvalidValueError):
                raised(world, **rest)
        with pytest.raises(InvalidDurationError):
            raised(world, verify_after=-DAY)
        known = raised(world)
        with pytest.raises(InvalidValueError, match="a free id"):
            raised(world, id=known)
        with pytest.raises(NotPermittedError):
            raised(world, by=ANN)

    def test_asked_again_the_first_answer_stands(self, world: World) -> None:
        """Also later, with the id the desk gave."""
        said = {"summary": "late", "owner": "bob", "by": BOB, "key": next(keys)}
        first = world.desk.actions.raise_action(**said)
        world.time.advance(hours=3)
        again = world.desk.actions.raise_action(**said)
        assert (again.replayed, again.record) == (True, first.record)


class TestCourse:
    def test_it_is_open_again_when_it_proves_ineffective(self, world: World) -> None:
        """With the evidence, and counted."""
        id, desk = raised(world), world.desk.actions
        desk.plan(id, owner="olga", due_at=later(world, days=5), note="a second shift", by=OLGA, key=next(keys))
        assert (desk.get(id).owner, desk.get(id).plan) == ("olga", "a second shift")
        desk.implement(id, steps="a second shift on Mondays", by=OLGA, key=next(keys))
        found = desk.verify(id, effective=False, evidence="late again", by=BOB, key=next(keys)).record
        assert (found.status, found.found_ineffective, found.evidence) == (A.RAISED, 1, "late again")

    def test_nothing_closes_without_an_effectiveness_result(self, world: World) -> None:
        """What was done is not what helped."""
        id, desk = raised(world), world.desk.actions
        for effective in (True, False):
            with pytest.raises(TransitionRefusedError, match="it is raised"):
                desk.verify(id, effective=effective, evidence="none", by=BOB, key=next(keys))
        desk.implement(id, steps="x", by=BOB, key=next(keys))
        with pytest.raises(TransitionRefusedError, match="it is implemented"):
            desk.waive(id, ground="x", by=BOB, key=next(keys))

    def test_it_must_show_itself_before_it_is_found_effective(self, world: World) -> None:
        """That it did not help may show at once."""
        id, desk = raised(world, verify_after=30 * DAY), world.desk.actions
        desk.implement(id, steps="x", by=BOB, key=next(keys))
        world.time.advance(days=29)
        with pytest.raises(TransitionRefusedError, match="needs shown long enough"):
            desk.verify(id, effective=True, evidence="so far", by=BOB, key=next(keys))
        world.time.advance(days=1)
        found = desk.verify(id, effective=True, evidence="a month on time", by=BOB, key=next(keys))
        assert found.record.status is A.EFFECTIVE
        early = raised(world, verify_after=30 * DAY)
        desk.implement(early, steps="x", by=BOB, key=next(keys))
        assert desk.verify(early, effective=False, evidence="late", by=BOB, key=next(keys)).record.status is A.RAISED


class TestOverdue:
    def test_it_is_noticed_once_just_after_its_time(self, world: World) -> None:
        """By the watch, however often it runs."""
        due = later(world, days=2)
        id = raised(world, due_at=due)
        world.time.advance(days=2)
        assert world.desk.watch.run().count("actions overdue") == 0
        world.time.advance(microseconds=1)
        assert world.desk.watch.run().count("actions overdue") == 1
        assert world.desk.watch.run().timers == 0
        assert bodies(world, id, CorrectiveActionOverdue) == [CorrectiveActionOverdue(due_at=due)]
        assert world.desk.actions.get(id).overdue_since == due

    def test_its_owner_is_told_once_of_either(self, world: World) -> None:
        """In the transaction of the fact, as pages are."""
        world.desk = ServiceDesk(
            world.store, time=world.time, directory=DIRECTORY, contacts=OneChannel("pager"), notifiers=()
        )
        late = raised(world, due_at=later(world, days=2))
        waived = raised(world, owner="olga")
        world.desk.actions.waive(waived, ground="not now", until=later(world, days=5), by=BOB, key=next(keys))
        world.time.advance(days=6)
        for _ in range(3):
            world.desk.watch.run()
        with world.store.unit("main", write=False) as unit:
            waiting = unit.outbox.waiting(world.time.now(), limit=10)
        told = sorted((message.stream, message.data["recipient"], message.data["subject"][-12:]) for message in waiting)
        assert told == sorted([
            (f"action:{late}", "bob", later(world, days=-4).strftime("%H:%M:%S.%fZ")[-12:]),
            (f"action:{waived}", "olga", "er has ended"),
        ])  # fmt: skip

    def test_a_new_time_puts_it_off_and_is_watched_in_turn(self, world: World) -> None:
        """What was overdue is not, until the new time has passed."""
        id = raised(world, due_at=later(world, days=2))
        world.time.advance(days=3)
        world.desk.watch.run()
        planned = world.desk.actions.plan(id, due_at=later(world, days=2), by=BOB, key=next(keys)).record
        assert planned.overdue_since is None
        world.time.advance(days=3)
        assert world.desk.watch.run().count("actions overdue") == 1
        assert len(bodies(world, id, CorrectiveActionOverdue)) == 2
        with pytest.raises(InvalidValueError, match="an instant to come"):
            world.desk.actions.plan(id, due_at=later(world, days=-1), by=BOB, key=next(keys))

    def test_one_that_was_implemented_in_time_is_not(self, world: World) -> None:
        """And one found ineffective after its time is at once."""
        id = raised(world, due_at=later(world, days=2))
        world.desk.actions.implement(id, steps="x", by=BOB, key=next(keys))
        world.time.advance(days=3)
        assert world.desk.watch.run().timers == 0
        world.desk.actions.verify(id, effective=False, evidence="late", by=BOB, key=next(keys))
        assert world.desk.watch.run().count("actions overdue") == 1


class TestWaivers:
    def test_somebody_answers_for_it_until_it_ends(self, world: World) -> None:
        """Then it is open again, by the watch."""
        id = raised(world)
        waived = world.desk.actions.waive(id, ground="too dear", until=later(world, days=30), by=BOB, key=next(keys))
        assert (waived.record.status, waived.record.waived_by) == (A.WAIVED, "staff:bob")
        world.time.advance(days=29)
        world.desk.watch.run()
        assert world.desk.actions.get(id).status is A.WAIVED
        world.time.advance(days=1)
        assert world.desk.watch.run().count("waivers ended") == 1
        assert (world.desk.actions.get(id).status, len(bodies(world, id, WaiverEnded))) == (A.RAISED, 1)

    def test_one_for_good_stays_and_one_that_is_over_is_refused(self, world: World) -> None:
        """An end in the past would be none."""
        id = raised(world)
        with pytest.raises(InvalidValueError, match="an instant to come"):
            world.desk.actions.waive(id, ground="x", until=world.time.now(), by=BOB, key=next(keys))
        world.desk.actions.waive(id, ground="too dear", by=BOB, key=next(keys))
        world.time.advance(days=1000)
        assert world.desk.watch.run().timers == 0
        assert world.desk.actions.get(id).status is A.WAIVED

    def test_what_was_overdue_before_its_waiver_is_so_again_after_it(self, world: World) -> None:
        """One look does both."""
        id = raised(world, due_at=later(world, days=2))
        world.desk.actions.waive(id, ground="not now", until=later(world, days=5), by=BOB, key=next(keys))
        world.time.advance(days=6)
        world.desk.watch.run()
        world.desk.watch.run()
        assert world.desk.actions.get(id).overdue_since is not None


def test_what_came_again_after_it_was_found_to_help_is_told(world: World) -> None:
    """Over everything on record."""
    desk = world.desk.actions
    helped = raised(world, target="response", trigger="finding")
    desk.implement(helped, steps="x", by=BOB, key=next(keys))
    desk.verify(helped, effective=True, evidence="quiet", by=BOB, key=next(keys))
    assert desk.recurrences() == ()
    world.time.advance(days=1)
    again = raised(world, target="response", trigger="finding")
    raised(world, target="resolution", trigger="finding")
    (found,) = desk.recurrences()
    assert (found.action.id, [each.id for each in found.again]) == (helped, [again])


class ActionMachine(RuleBasedStateMachine):
    """One action in any order of commands, time and watch: row, timers and facts tell the same."""

    @initialize()
    def begin(self) -> None:
        self.world = World(MemoryStore())
        self.id = raised(self.world, due_at=later(self.world, days=2))

    @rule(
        action=st.sampled_from(["plan", "implement", "effective", "ineffective", "waive", "waive for good"]),
        days=st.integers(1, 5),
    )
    def command(self, action: str, days: int) -> None:
        desk, until = self.world.desk.actions, later(self.world, days=days)
        said: dict[str, tuple[Any, dict[str, Any]]] = {
            "plan": (desk.plan, {"due_at": until, "verify_after": DAY}),
            "implement": (desk.implement, {"steps": "x"}),
            "effective": (desk.verify, {"effective": True, "evidence": "x"}),
            "ineffective": (desk.verify, {"effective": False, "evidence": "x"}),
            "waive": (desk.waive, {"ground": "x", "until": until}),
            "waive for good": (desk.waive, {"ground": "x"}),
        }
        command, rest = said[action]
        before = desk.facts(self.id)
        try:
            command(self.id, **rest, by=BOB, key=next(keys))
        except TransitionRefusedError:
            assert desk.facts(self.id) == before

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.world.time.advance(hours=hours)
        self.world.desk.watch.run()

    @invariant()
    def everything_tells_the_same(self) -> None:
        if not hasattr(self, "world"):
            return
        action, now = self.world.desk.actions.get(self.id), self.world.time.now()
        facts = self.world.desk.actions.facts(self.id)
        assert action == fold_action(facts)
        effective = [body for body in bodies(self.world, self.id, object) if getattr(body, "effective", False)]
        assert (action.status is A.EFFECTIVE) == bool(effective)
        with self.world.store.unit("main", write=False) as unit:
            armed = {timer.name: timer.due_at for timer in unit.timers.of(f"action:{self.id}")}
        assert len(armed) <= 1
        if not any(at is not None and at <= now for at in armed.values()):
            # What is due by now was looked at: a waiver that is over is ended, and what is late is known to be.
            assert action.status is not A.WAIVED or action.is_waived(now)
            assert not action.is_overdue(now) or action.overdue_since == action.due_at


TestActionMachine = ActionMachine.TestCase
TestActionMachine.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
