"""Major incidents: declared and stood down, with a communication plan of the agreement in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from svcdelivery.agreement import UpdateDuty
from svcdelivery.communication import StatusTold, next_update_due, obligations
from svcdelivery.errors import InvalidValueError, NotPermittedError, TransitionRefusedError
from svcdelivery.facts import NewFact
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Write
from svcdelivery.work import MajorIncidentDeclared, Mistaken
from tests.desk.world import ANN, BOB, World, keys, revision

MINUTES = timedelta(minutes=1)
USUAL = UpdateDuty(every=timedelta(hours=4))
CRISIS = (
    UpdateDuty(every=30 * MINUTES, first=10 * MINUTES, plan="crisis"),
    UpdateDuty(every=60 * MINUTES, first=15 * MINUTES, audience="executives", plan="crisis"),
)


def planned(*updates: UpdateDuty) -> World:
    return World(MemoryStore(), terms=revision(updates=updates or (USUAL, *CRISIS)))


def declare(world: World, id: str, **rest: Any) -> Any:
    rest = {"ground": "everybody is cut off", "by": BOB, "key": next(keys), **rest}
    return world.desk.incidents.declare_major(id, **rest)


def stand_down(world: World, id: str, **rest: Any) -> Any:
    return world.desk.incidents.stand_down(id, **{"ground": "it works", "by": BOB, "key": next(keys), **rest})


def due(world: World, id: str, audience: str = "requester") -> timedelta | None:
    """Answer how long from now an audience is next owed the status."""
    terms = world.desk.agreements.get("acme-1").agreement.revisions[0]
    at = next_update_due(terms, world.desk.incidents.facts(id), audience=audience)
    return None if at is None else datetime.__sub__(at, world.time.now())


class TestFlag:
    def test_it_is_declared_with_a_ground_and_stood_down_again(self, world: World) -> None:
        """A fact each; the record says since when, and that it once was one."""
        id = world.started_incident()
        declared = declare(world, id)
        assert (declared.record.is_major, declared.record.major_since) == (True, world.time.now())
        world.check(f"incident:{id}")
        down = stand_down(world, id).record
        assert (down.is_major, down.was_major) == (False, True)
        world.check(f"incident:{id}")

    def test_status_and_clocks_stay_as_they_are(self, world: World) -> None:
        """How it is handled is no part of where it stands."""
        id = world.started_incident()
        before = world.desk.incidents.get(id), world.desk.incidents.readings(id)
        after = declare(world, id)
        assert (after.record.status, after.record.priority) == (before[0].status, before[0].priority)
        assert after.readings == before[1]

    def test_it_is_declared_once_and_only_while_it_is_open(self, world: World) -> None:
        """It may be stood down until it is closed."""
        id = world.started_incident()
        with pytest.raises(TransitionRefusedError, match="needs major"):
            stand_down(world, id)
        declare(world, id)
        with pytest.raises(TransitionRefusedError, match="needs not major"):
            declare(world, id)
        world.desk.incidents.resolve(id, by=BOB, key=next(keys))
        stand_down(world, id)
        with pytest.raises(TransitionRefusedError, match="it is resolved"):
            declare(world, id)

    def test_only_staff_declare_and_only_with_words(self, world: World) -> None:
        """The requester may say how bad it is in a message."""
        id = world.started_incident()
        with pytest.raises(NotPermittedError):
            declare(world, id, by=ANN)
        with pytest.raises(InvalidValueError, match="a ground"):
            declare(world, id, ground=" ")
        key = next(keys)
        once, again = declare(world, id, key=key), declare(world, id, key=key)
        assert (again.replayed, again.record) == (True, once.record)

    def test_one_declared_by_mistake_never_was(self, world: World) -> None:
        """Unless what followed from it stands in the way."""
        id = world.started_incident()
        (fact,) = [fact for fact in declare(world, id).facts if isinstance(fact.body, MajorIncidentDeclared)]
        world.desk.incidents.correct(id, Mistaken(fact.version), ground="wrong one", by=BOB, key=next(keys))
        assert not world.desk.incidents.get(id).was_major


class TestPlan:
    def test_the_only_plan_is_taken_several_must_be_chosen_from(self) -> None:
        """And one the agreement does not have is refused with those it has."""
        world = planned()
        assert declare(world, world.started_incident()).record.major_plan == "crisis"
        id = world.started_incident()
        with pytest.raises(InvalidValueError, match="`crisis`"):
            declare(world, id, plan="panic")
        several = planned(USUAL, *CRISIS, UpdateDuty(every=5 * MINUTES, plan="panic"))
        id = several.started_incident()
        with pytest.raises(InvalidValueError, match="`crisis`, `panic`"):
            declare(several, id)
        assert declare(several, several.started_incident(), plan="panic").record.major_plan == "panic"
        other = planned(USUAL)
        id = other.started_incident()
        with pytest.raises(InvalidValueError, match="the agreement has none"):
            declare(other, id, plan="crisis")

    def test_while_it_holds_its_duties_come_before_the_usual_ones(self) -> None:
        """From the declaration on; after standing down it is as it was."""
        world = planned()
        id = world.started_incident()
        assert (due(world, id), due(world, id, "executives")) == (timedelta(hours=4), None)
        world.time.advance(minutes=50)
        declare(world, id)
        assert (due(world, id), due(world, id, "executives")) == (10 * MINUTES, 15 * MINUTES)
        world.check(f"incident:{id}")
        world.time.advance(minutes=5)
        world.desk.incidents.post(id, text="We are on it.", by=BOB, key=next(keys))
        assert (due(world, id), due(world, id, "executives")) == (30 * MINUTES, 10 * MINUTES)
        stand_down(world, id)
        assert (due(world, id), due(world, id, "executives")) == (timedelta(hours=4), None)
        world.check(f"incident:{id}")

    def test_what_was_told_before_the_declaration_does_not_put_the_first_word_off(self) -> None:
        """The news is the declaration."""
        world = planned()
        id = world.started_incident()
        with world.store.unit("main") as unit:
            told = NewFact(body=StatusTold(audience="executives", text="a disturbance"), actor=BOB)
            write = Write(stream=f"incident:{id}", expected=None, facts=(told,))
            unit.journal.append([write], key=next(keys), intent="told", now=world.time.now())
        world.time.advance(minutes=1)
        declare(world, id)
        assert due(world, id, "executives") == 15 * MINUTES
        terms = world.desk.agreements.get("acme-1").agreement.revisions[0]
        owed = obligations(terms, world.desk.incidents.facts(id))
        assert [(each.audience, each.duty.plan) for each in owed] == [("requester", "crisis"), ("executives", "crisis")]
