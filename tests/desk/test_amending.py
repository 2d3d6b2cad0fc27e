"""Amendments and suspensions at the desk: open work follows them, and nothing fires twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import (
    AgreementRevision,
    AppliesToOpen,
    OnAmendment,
    OpenClocks,
    ServiceAgreement,
    ServiceLevelTarget,
    Within,
)
from svcdelivery.clock import BreachNoticed, ClockPhase, ClockReading, Verdict
from svcdelivery.errors import NotPermittedError
from svcdelivery.timeline import Instant
from tests.desk.world import BOB, MONDAY, OLGA, World, keys, revision


def after(**parts: float) -> Instant:
    return datetime.__add__(MONDAY, timedelta(**parts))


def shorter(hours: float, *, since: Instant, rule: OnAmendment | None = OnAmendment.CARRY) -> AgreementRevision:
    """The second revision: other goals for resolutions, from an instant on."""
    first = revision()
    targets: tuple[ServiceLevelTarget, ...] = tuple(
        evolve(target, goal=Within(timedelta(hours=hours))) if target.measure == "resolution" else target
        for target in first.targets
    )
    applies = None if rule is None else AppliesToOpen(rule, since)
    return evolve(first, number=2, effective_at=min(since, after()), targets=targets, applies_to_open=applies)


def register(world: World, terms: AgreementRevision) -> None:
    world.desk.agreements.register(ServiceAgreement.of(terms), by=OLGA, key=next(keys))


def resolution(world: World, id: str, **rest: Any) -> ClockReading:
    return next(r for r in world.desk.incidents.readings(id, **rest) if r.measure == "resolution")


def noticed(world: World, id: str) -> list[str]:
    return [fact.body.target for fact in world.desk.incidents.facts(id) if isinstance(fact.body, BreachNoticed)]


def watch(world: World) -> tuple[int, int]:
    """Run the watch until nothing is left: how many breaches, and how many items read again."""
    breaches = reread = 0
    for _ in range(50):
        report = world.desk.watch.run()
        breaches, reread = breaches + report.breaches, reread + report.reread
        if not report.timers:
            return breaches, reread
    raise AssertionError("the watch never ends")


class TestAmendments:
    def test_work_that_new_terms_make_late_is_noticed_once(self, world: World) -> None:
        """Nobody touches it: the watch reads it again when the terms come to hold."""
        ids = [world.started_incident() for _ in range(3)]
        register(world, shorter(1, since=after(hours=2)))
        world.time.advance(hours=1, minutes=59)
        assert watch(world) == (0, 0)
        world.time.advance(minutes=2)
        assert watch(world) == (3, 3)
        for id in ids:
            assert noticed(world, id) == ["resolution"]
            assert resolution(world, id).breached_at == after(hours=2)
            world.check(f"incident:{id}")
        world.time.advance(days=3)
        assert watch(world) == (3, 0), "their responses"
        assert all(noticed(world, id) == ["resolution", "response"] for id in ids)

    def test_a_breach_that_longer_terms_undo_stays_on_record(self, world: World) -> None:
        """The count changes, the fact does not; late again, nobody is told twice."""
        id = world.started_incident()
        world.time.advance(hours=6)
        assert watch(world)[0] == 2
        register(world, shorter(40, since=after(hours=6)))
        assert watch(world) == (0, 1)
        assert resolution(world, id).verdict is Verdict.OPEN
        assert "resolution" in noticed(world, id)
        world.time.advance(days=14)
        assert watch(world) == (0, 0)
        assert resolution(world, id).verdict is Verdict.BREACHED
        assert noticed(world, id).count("resolution") == 1

    def test_without_a_word_nothing_open_is_touched(self, world: World) -> None:
        """New work follows the new terms, open work its own."""
        id = world.started_incident()
        due = resolution(world, id).due_at
        register(world, shorter(1, since=after(), rule=None))
        world.time.advance(hours=1)
        assert watch(world) == (0, 0)
        assert resolution(world, id).due_at == due
        fresh = world.started_incident()
        assert resolution(world, fresh).due_at == after(hours=2)

    def test_many_items_are_read_again_page_by_page(self, world: World) -> None:
        """Each once, closed work not at all."""
        ids = [world.incident() for _ in range(205)]
        for id in ids[:2]:
            world.desk.incidents.cancel(id, by=BOB, key=next(keys))
        register(world, shorter(1, since=after(), rule=OnAmendment.RESTART))
        assert watch(world) == (0, 203)
        for id in ids[2:8]:
            world.check(f"incident:{id}")

    def test_hold_reasons_of_terms_that_hold_for_open_work_can_be_used(self, world: World) -> None:
        """Commands follow the terms the item follows."""
        id = world.started_incident()
        second = evolve(
            shorter(4, since=after(hours=1)), hold_reasons=("customer", "weather"),
        )  # fmt: skip
        register(world, second)
        with pytest.raises(ValueError, match="weather"):
            world.desk.incidents.put_on_hold(id, reason="weather", by=BOB, key=next(keys))
        world.time.advance(hours=1)
        world.desk.incidents.put_on_hold(id, reason="weather", by=BOB, key=next(keys))
        assert resolution(world, id).phase is ClockPhase.RUNNING


class TestSuspension:
    def test_new_work_is_refused_and_clocks_do_as_it_says(self, world: World) -> None:
        """Paused until reinstated, then they go on, and their wake-ups with them."""
        id = world.started_incident()
        world.time.advance(hours=1)
        world.desk.agreements.suspend("acme-1", ground="unpaid", open_clocks=OpenClocks.PAUSE, by=OLGA, key=next(keys))
        assert watch(world) == (0, 1)
        with pytest.raises(NotPermittedError):
            world.incident()
        world.time.advance(days=2)
        assert watch(world)[0] == 0
        paused = resolution(world, id)
        assert (paused.phase, paused.elapsed) == (ClockPhase.PAUSED, timedelta(hours=1))
        assert "agreement suspended: unpaid" in str(paused.explanation)
        world.desk.agreements.reinstate("acme-1", by=OLGA, key=next(keys))
        assert watch(world) == (0, 1)
        world.check(f"incident:{id}")
        assert resolution(world, id).due_at == after(days=2, hours=5)
        world.time.advance(hours=5)
        assert watch(world)[0] == 2

    def test_without_a_word_open_clocks_run_on(self, world: World) -> None:
        """And are late while nobody may work."""
        id = world.started_incident()
        world.desk.agreements.suspend("acme-1", ground="unpaid", by=OLGA, key=next(keys))
        world.time.advance(hours=6)
        assert watch(world) == (2, 0)
        assert resolution(world, id).verdict is Verdict.BREACHED


class TestAsKnown:
    def test_terms_recorded_later_do_not_leak_in(self, world: World) -> None:
        """Registered on Tuesday with effect from Monday: Monday's reading stays Monday's."""
        id = world.started_incident()
        world.time.advance(hours=2)
        then, before = world.time.now(), resolution(world, id)
        text = str(before.explanation)
        world.time.advance(days=1)
        register(world, shorter(1, since=after(hours=1)))
        assert resolution(world, id, now=then).due_at != before.due_at
        again = resolution(world, id, now=then, known_at=then)
        assert (again, str(again.explanation)) == (before, text)
        record = world.desk.agreements.get("acme-1").agreement
        known = record.known_at(then)
        assert known is not None
        assert [terms.number for terms in known.revisions] == [1]
        assert record.known_at(datetime.__sub__(MONDAY, timedelta(days=1))) is None

    def test_a_suspension_recorded_later_does_not_leak_in(self, world: World) -> None:
        """Nor does its end."""
        id = world.started_incident()
        world.time.advance(hours=1)
        world.desk.agreements.suspend("acme-1", ground="x", open_clocks=OpenClocks.PAUSE, by=OLGA, key=next(keys))
        world.time.advance(hours=1)
        then, before = world.time.now(), resolution(world, id)
        world.desk.agreements.get("acme-1")
        world.time.advance(hours=1)
        world.desk.agreements.reinstate("acme-1", by=OLGA, key=next(keys))
        again = resolution(world, id, now=then, known_at=then)
        assert (again, again.explanation) == (before, before.explanation)


class TestWhenThingsHappen:
    def test_a_clock_that_was_set_back_makes_nothing_happen_earlier(self, world: World) -> None:
        """Recorded no earlier than what is on record, and said to happen no earlier than what came before it."""
        world.time.advance(hours=2)
        id = world.started_incident()
        world.time.advance(hours=-1)
        world.desk.incidents.put_on_hold(id, reason="customer", by=BOB, key=next(keys))
        facts = world.desk.incidents.facts(id)
        assert [f.recorded_at for f in facts] == sorted(f.recorded_at for f in facts)
        assert [f.occurred_at for f in facts] == sorted(f.occurred_at for f in facts)
        assert facts[-1].occurred_at == after(hours=2)
