"""Exclusions and exemptions at the desk: authorized, on record, and seen by clocks, timers and the watch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import Exclusion, ServiceAgreement
from svcdelivery.clock import BreachExempted, TimeExcluded, Verdict
from svcdelivery.errors import InvalidValueError, KeyReused, NotFoundError, NotPermittedError
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant
from svcdelivery.work import Mistaken
from tests.desk.world import ANN, BOB, EVE, MONDAY, OLGA, World, keys, revision

ACME = Actor.customer("acme")


def after(**parts: float) -> Instant:
    """So long after nine on Monday."""
    return datetime.__add__(MONDAY, timedelta(**parts))


def leaving_out(world: World) -> None:
    """Register terms whose targets leave out what the customer caused."""
    terms = revision()
    targets = tuple(evolve(target, excludes={"customer", "force_majeure"}) for target in terms.targets)
    second = evolve(terms, number=2, targets=targets)
    world.desk.agreements.register(ServiceAgreement.of(terms, second), by=OLGA, key=next(keys))


def reading(world: World, id: str) -> Any:
    return next(r for r in world.desk.incidents.readings(id) if r.target == "resolution")


CALLED = Exclusion(cause="customer", start=MONDAY, until=after(hours=2), ground="nobody at home")


class TestExclude:
    def test_time_of_an_item_is_taken_out_and_its_timer_moves(self, world: World) -> None:
        """By whoever speaks for the customer; the outcome shows the new due time."""
        leaving_out(world)
        id = world.started_incident()
        before = reading(world, id)
        outcome = world.desk.incidents.exclude(id, CALLED, by=ACME, key=next(keys))
        (found,) = [r for r in outcome.readings if r.target == "resolution"]
        assert found.due_at > before.due_at
        assert [type(fact.body) for fact in outcome.facts if fact.stream == f"incident:{id}"] == [TimeExcluded]
        world.check(f"incident:{id}")

    def test_asking_again_answers_the_same_and_another_intent_is_refused(self, world: World) -> None:
        """Like every command."""
        leaving_out(world)
        id = world.started_incident()
        key = next(keys)
        first = world.desk.incidents.exclude(id, CALLED, by=BOB, key=key)
        again = world.desk.incidents.exclude(id, CALLED, by=BOB, key=key)
        assert (again.replayed, again.facts) == (True, first.facts)
        with pytest.raises(KeyReused):
            world.desk.incidents.exclude(id, evolve(CALLED, ground="another"), by=BOB, key=key)

    @pytest.mark.parametrize("actor", [ANN, EVE, Actor.supplier("telco")], ids=str)
    def test_nobody_else_may(self, world: World, actor: Actor) -> None:
        """Neither the end user, nor a stranger, nor a supplier."""
        leaving_out(world)
        id = world.started_incident()
        for command in (
            lambda: world.desk.incidents.exclude(id, CALLED, by=actor, key=next(keys)),
            lambda: world.desk.incidents.exempt(id, target="resolution", ground="please", by=actor, key=next(keys)),
            lambda: world.desk.agreements.exclude("acme-1", CALLED, by=actor, key=next(keys)),
        ):
            with pytest.raises(NotPermittedError):
                command()

    def test_time_of_all_work_is_taken_out_at_once(self, world: World) -> None:
        """Every open item reads it; the watch wakes at the old due time, and notices nothing."""
        leaving_out(world)
        id = world.started_incident()
        due = reading(world, id).due_at
        storm = Exclusion(cause="force_majeure", start=MONDAY, until=after(hours=3), ground="storm")
        outcome = world.desk.agreements.exclude("acme-1", storm, by=OLGA, key=next(keys))
        assert outcome.record.agreement.exclusions[0].actor == str(OLGA)
        moved = reading(world, id).due_at
        assert moved > due
        world.time.at = datetime.__add__(due, timedelta(seconds=1))
        assert world.desk.watch.run().breaches == 0
        world.time.at = datetime.__add__(moved, timedelta(seconds=1))
        assert world.desk.watch.run().breaches == len(["response", "resolution"])

    def test_an_exclusion_made_by_mistake_can_be_corrected(self, world: World) -> None:
        """Then the time counts again."""
        leaving_out(world)
        id = world.started_incident()
        due = reading(world, id).due_at
        world.desk.incidents.exclude(id, CALLED, by=BOB, key=next(keys))
        (fact,) = [f for f in world.desk.incidents.facts(id) if isinstance(f.body, TimeExcluded)]
        world.desk.incidents.correct(id, Mistaken(fact.version), ground="somebody was", by=BOB, key=next(keys))
        assert reading(world, id).due_at == due

    def test_an_agreement_or_a_service_that_is_not_there_is_refused(self, world: World) -> None:
        """Nothing is put on record."""
        with pytest.raises(NotFoundError):
            world.desk.agreements.exclude("nothing", CALLED, by=OLGA, key=next(keys))
        with pytest.raises(InvalidValueError, match="hovercraft"):
            world.desk.agreements.exclude("acme-1", evolve(CALLED, services={"hovercraft"}), by=OLGA, key=next(keys))


class TestExempt:
    def test_a_breach_is_excused_and_stays_one(self, world: World) -> None:
        """With who and why; what was noticed stays noticed."""
        id = world.started_incident()
        world.time.advance(days=2)
        outcome = world.desk.incidents.exempt(
            id, target="resolution", ground="the building was closed", by=ACME, key=next(keys)
        )
        found = reading(world, id)
        assert (found.verdict, found.exempted_by) == (Verdict.BREACHED, "customer:acme: the building was closed")
        assert any(isinstance(fact.body, BreachExempted) for fact in outcome.facts)
        assert world.desk.watch.run().breaches == 2

    @pytest.mark.parametrize(
        ("said", "named"),
        [
            ({"target": "resolution", "ground": "early"}, "none is breached"),
            ({"target": "resolution", "ground": " "}, "ground"),
        ],
        ids=["not breached", "no ground"],
    )
    def test_what_is_not_breached_cannot_be_excused_nor_without_a_ground(
        self, world: World, said: dict[str, str], named: str
    ) -> None:
        """The message names what is breached."""
        id = world.started_incident()
        with pytest.raises(InvalidValueError, match=named):
            world.desk.incidents.exempt(id, **said, by=BOB, key=next(keys))
