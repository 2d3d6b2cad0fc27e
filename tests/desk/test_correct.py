"""Corrections at the desk: authorized, on record beside what they correct, and without anything happening twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from svcdelivery.clock import BreachNoticed, ClockPhase, Verdict
from svcdelivery.errors import (
    CorrectionRefusedError,
    EmptyIntervalError,
    InvalidValueError,
    KeyReused,
    NotFoundError,
    NotPermittedError,
)
from svcdelivery.facts import known_at
from svcdelivery.timeline import Instant
from svcdelivery.work import Corrected, HappenedAt, IncidentStatus, Mistaken, WasOnHold
from tests.desk.world import ANN, BOB, EVE, MONDAY, World, keys


def after(**parts: float) -> Instant:
    """So long after nine on Monday."""
    return datetime.__add__(MONDAY, timedelta(**parts))


def reading(world: World, id: str, target: str = "resolution", **rest: Any) -> Any:
    return next(r for r in world.desk.incidents.readings(id, **rest) if r.target == target)


def noticed(world: World, id: str) -> list[str]:
    return [fact.body.target for fact in world.desk.incidents.facts(id) if isinstance(fact.body, BreachNoticed)]


def correct(world: World, id: str, correction: Any, ground: str = "the phone log says so", by: Any = BOB) -> Any:
    outcome = world.desk.correct(f"incident:{id}", correction, ground=ground, by=by, key=next(keys))
    world.check(f"incident:{id}")
    return outcome


class TestWhatACorrectionChanges:
    def test_a_retroactive_start_makes_every_clock_start_then(self, world: World) -> None:
        """Received an hour before it was recorded; the fact keeps what was said of it at first."""
        world.time.advance(hours=1)
        id = world.started_incident()
        before = reading(world, id)
        outcome = correct(world, id, HappenedAt(1, MONDAY))
        assert outcome.decision.allowed
        assert outcome.record.received_at == MONDAY
        now = reading(world, id)
        assert (now.started_at, now.elapsed - before.elapsed) == (MONDAY, timedelta(hours=1))
        facts = world.desk.incidents.facts(id)
        assert facts[0].occurred_at == after(hours=1)
        (said,) = [fact for fact in facts if isinstance(fact.body, Corrected)]
        assert (said.actor, said.body.ground, said.occurred_at) == (BOB, "the phone log says so", after(hours=1))

    def test_a_retroactive_pause_counts_as_a_pause_and_names_who_told_of_it(self, world: World) -> None:
        """The work goes on, as it did; the time nobody worked on it no longer counts."""
        id = world.started_incident()
        world.time.advance(hours=3)
        outcome = correct(world, id, WasOnHold("customer", after(minutes=30), after(minutes=90)), "asked for a log")
        assert outcome.record.status is IncidentStatus.IN_PROGRESS
        found = reading(world, id)
        assert (found.elapsed, found.phase) == (timedelta(hours=2), ClockPhase.RUNNING)
        (pause,) = [span for span in found.explanation.spans if span.kind.value == "paused"]
        assert (pause.start, pause.end, pause.actor) == (after(minutes=30), after(minutes=90), "staff:bob")

    def test_a_fact_happened_at_another_instant(self, world: World) -> None:
        """Put on hold late: the hold began when the customer was asked."""
        id = world.started_incident()
        world.time.advance(hours=2)
        world.desk.incidents.put_on_hold(id, reason="customer", by=BOB, key=next(keys))
        version = world.desk.incidents.facts(id)[-1].version
        assert reading(world, id).elapsed == timedelta(hours=2)
        hold = next(f.version for f in world.desk.incidents.facts(id) if getattr(f.body, "action", "") == "put_on_hold")
        assert hold <= version
        correct(world, id, HappenedAt(hold, after(hours=1)))
        assert reading(world, id).elapsed == timedelta(hours=1)
        correct(world, id, HappenedAt(hold, after(minutes=30)), "even earlier")
        assert reading(world, id).elapsed == timedelta(minutes=30)

    def test_a_fact_that_never_was_and_a_correction_that_was_wrong(self, world: World) -> None:
        """A resolution is taken back, and then the taking back."""
        id = world.started_incident()
        world.time.advance(hours=1)
        world.desk.incidents.resolve(id, by=BOB, key=next(keys))
        resolved = next(f.version for f in world.desk.incidents.facts(id) if getattr(f.body, "action", "") == "resolve")
        world.time.advance(hours=1)
        assert correct(world, id, Mistaken(resolved)).record.status is IncidentStatus.IN_PROGRESS
        assert reading(world, id).phase is ClockPhase.RUNNING
        mistaken = next(f.version for f in world.desk.incidents.facts(id) if isinstance(f.body, Corrected))
        again = correct(world, id, Mistaken(mistaken))
        assert (again.record.status, again.record.done_at) == (IncidentStatus.RESOLVED, after(hours=1))
        assert reading(world, id).elapsed == timedelta(hours=1)

    def test_what_was_known_before_it_stays_what_it_was(self, world: World) -> None:
        """The reading of the facts known an hour ago is that of an hour ago, explanation included."""
        id = world.started_incident()
        world.time.advance(hours=2)
        then = world.time.now()
        before = reading(world, id)
        text = str(before.explanation)
        world.time.advance(hours=1)
        correct(world, id, WasOnHold("customer", after(minutes=30), after(minutes=90)))
        assert reading(world, id).elapsed == timedelta(hours=2)
        again = reading(world, id, now=then, known_at=then)
        assert (again, str(again.explanation)) == (before, text)
        assert known_at(world.desk.incidents.facts(id), then)


class TestNothingFiresTwice:
    def test_a_breach_that_a_correction_undoes_stays_on_record_and_counts_no_more(self, world: World) -> None:
        """And when the clock is late again after all, nobody is told a second time."""
        id = world.started_incident()
        world.time.advance(hours=6)
        assert world.desk.watch.run().breaches == 2
        assert reading(world, id).verdict is Verdict.BREACHED
        correct(world, id, WasOnHold("customer", after(minutes=30), after(hours=3, minutes=30)))
        assert reading(world, id).verdict is Verdict.OPEN
        assert sorted(noticed(world, id)) == ["resolution", "response"]
        world.time.advance(days=2)
        assert world.desk.watch.run().breaches == 0
        assert reading(world, id).verdict is Verdict.BREACHED
        assert sorted(noticed(world, id)) == ["resolution", "response"]
        world.check(f"incident:{id}")

    def test_a_breach_that_a_correction_brings_to_light_is_noticed_once(self, world: World) -> None:
        """By the next run of the watch, also when the clock has stopped meanwhile."""
        world.time.advance(hours=4)
        id = world.started_incident()
        world.time.advance(hours=2)
        world.desk.incidents.resolve(id, by=BOB, key=next(keys))
        assert reading(world, id).verdict is Verdict.MET
        assert world.desk.watch.run().breaches == 0
        correct(world, id, HappenedAt(1, MONDAY))
        assert reading(world, id).verdict is Verdict.BREACHED
        assert world.desk.watch.run().breaches == 2
        assert world.desk.watch.run().breaches == 0
        assert sorted(noticed(world, id)) == ["resolution", "response"]

    def test_the_same_key_corrects_once(self, world: World) -> None:
        """A repeated call answers the first outcome; another correction under its key is refused."""
        id = world.started_incident()
        world.time.advance(hours=1)
        first = world.desk.incidents.correct(id, HappenedAt(1, MONDAY), ground="log", by=BOB, key="c-1")
        world.time.advance(hours=1)
        again = world.desk.incidents.correct(id, HappenedAt(1, MONDAY), ground="log", by=BOB, key="c-1")
        assert again.replayed
        assert (again.record, again.facts, again.readings) == (first.record, first.facts, first.readings)
        with pytest.raises(KeyReused):
            world.desk.incidents.correct(id, HappenedAt(1, after(minutes=1)), ground="log", by=BOB, key="c-1")


class TestRefusals:
    def test_only_staff_who_deliver_the_service_correct(self, world: World) -> None:
        """The requester may not move the clock, nor a stranger, and the denial is on record."""
        id = world.started_incident()
        before = world.desk.incidents.facts(id)
        for actor in (ANN, EVE):
            with pytest.raises(NotPermittedError):
                correct(world, id, HappenedAt(1, MONDAY), by=actor)
        assert world.desk.incidents.facts(id) == before

    def test_a_correction_that_cannot_be_meant_is_refused(self, world: World) -> None:
        """An instant to come, a fact the item does not have, no ground, a reason nobody knows, no item."""
        id = world.started_incident()
        world.time.advance(hours=1)
        facts = world.desk.incidents.facts(id)
        of_the_desk = next(f.version for f in facts if not hasattr(f.body, "action"))
        for wrong in (
            HappenedAt(1, after(hours=2)), HappenedAt(99, MONDAY), HappenedAt(of_the_desk, MONDAY), Mistaken(1),
            WasOnHold("customer", MONDAY, after(hours=2)), WasOnHold("weather", MONDAY, after(minutes=5)),
        ):  # fmt: skip
            with pytest.raises(InvalidValueError):
                correct(world, id, wrong)
        with pytest.raises(InvalidValueError, match="say it in words"):
            correct(world, id, HappenedAt(1, MONDAY), ground=" ")
        with pytest.raises(NotFoundError):
            world.desk.correct("incident:nobody", HappenedAt(1, MONDAY), ground="log", by=BOB, key=next(keys))
        with pytest.raises(InvalidValueError, match="request or an incident"):
            world.desk.correct("agreement:acme-1", HappenedAt(1, MONDAY), ground="log", by=BOB, key=next(keys))
        with pytest.raises(EmptyIntervalError):
            WasOnHold("customer", MONDAY, MONDAY)
        assert world.desk.incidents.facts(id) == facts

    def test_what_is_left_must_be_a_course_the_work_could_have_taken(self, world: World) -> None:
        """No resolution before the start, no hold of what was not begun, nothing before the receipt."""
        world.time.advance(hours=1)
        id = world.incident()
        world.time.advance(hours=1)
        world.desk.incidents.assign(id, team="desk", by=BOB, key=next(keys))
        world.desk.incidents.start(id, by=BOB, key=next(keys))
        world.time.advance(hours=1)
        world.desk.incidents.resolve(id, by=BOB, key=next(keys))
        facts = {getattr(f.body, "action", ""): f.version for f in world.desk.incidents.facts(id)}
        for wrong in (
            Mistaken(facts["start"]), HappenedAt(facts["resolve"], after(hours=1, minutes=30)),
            HappenedAt(facts["assign"], MONDAY), HappenedAt(1, after(hours=3)),
            WasOnHold("customer", after(hours=1, minutes=10), after(hours=1, minutes=20)),
        ):  # fmt: skip
            with pytest.raises(CorrectionRefusedError, match="cannot correct"):
                correct(world, id, wrong)
        until_done = WasOnHold("customer", after(hours=2, minutes=10), after(hours=3))
        assert correct(world, id, until_done).record.status is IncidentStatus.RESOLVED
