"""Links at the desk: told on both sides in one transaction, and seen by the clocks, rows and timers of both."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import OnDuplicate, OnMerge, ServiceAgreement
from svcdelivery.clock import ClockPhase, Verdict
from svcdelivery.errors import InvalidValueError, NotFoundError, NotPermittedError
from svcdelivery.work import Absorbed, Linked, LinkKind, Mistaken, SurvivorMoved
from tests.desk.world import ANN, BOB, OLGA, World, keys, revision


def rules(world: World, **rest: Any) -> None:
    """Register terms whose targets have these rules."""
    terms = revision()
    second = evolve(terms, number=2, targets=tuple(evolve(target, **rest) for target in terms.targets))
    world.desk.agreements.register(ServiceAgreement.of(terms, second), by=OLGA, key=next(keys))


def reading(world: World, id: str) -> Any:
    return next(r for r in world.desk.incidents.readings(id) if r.target == "resolution")


def link(world: World, id: str, to: str, kind: LinkKind = LinkKind.DUPLICATE_OF, **rest: Any) -> Any:
    rest = {"by": BOB, "key": next(keys), **rest}
    return world.desk.incidents.link(id, kind=kind, to=f"incident:{to}", ground="same cable", **rest)


def pair(world: World) -> tuple[str, str]:
    first = world.started_incident()
    world.time.advance(hours=1)
    return first, world.started_incident()


class TestDuplicates:
    def test_both_sides_are_told_and_the_clocks_of_the_duplicate_are_cancelled(self, world: World) -> None:
        """In one transaction, with rows and timers of both."""
        first, second = pair(world)
        outcome = link(world, second, first)
        assert outcome.record.id == second
        assert {type(fact.body) for fact in outcome.facts} >= {Linked, Absorbed}
        assert reading(world, second).phase is ClockPhase.CANCELLED
        assert reading(world, first).phase is ClockPhase.RUNNING
        for id in (first, second):
            world.check(f"incident:{id}")

    def test_one_that_follows_stops_with_the_other_and_runs_on_with_it(self, world: World) -> None:
        """Nobody has to touch it; its timers follow too."""
        rules(world, on_duplicate=OnDuplicate.FOLLOW)
        first, second = pair(world)
        link(world, second, first)
        world.desk.incidents.resolve(first, by=BOB, key=next(keys))
        stopped = reading(world, second)
        assert (stopped.phase, stopped.verdict) == (ClockPhase.STOPPED, Verdict.MET)
        world.check(f"incident:{second}")
        world.desk.incidents.reopen(first, ground="again", by=ANN, key=next(keys))
        assert reading(world, second).phase is ClockPhase.RUNNING
        world.check(f"incident:{second}")
        moves = [f.body.is_done for f in world.desk.incidents.facts(second) if isinstance(f.body, SurvivorMoved)]
        assert moves == [True, False]

    def test_asking_again_tells_nobody_twice(self, world: World) -> None:
        """Same key, same outcome, whoever was told."""
        first, second = pair(world)
        key = next(keys)
        once, again = link(world, second, first, key=key), link(world, second, first, key=key)
        assert (again.replayed, again.record, again.facts) == (True, once.record, once.facts)
        assert sum(isinstance(fact.body, Absorbed) for fact in world.desk.incidents.facts(first)) == 1

    def test_a_link_made_by_mistake_can_be_corrected(self, world: World) -> None:
        """Then the clocks are as if it had never been."""
        first, second = pair(world)
        link(world, second, first)
        (fact,) = [f for f in world.desk.incidents.facts(second) if isinstance(f.body, Linked)]
        world.desk.incidents.correct(second, Mistaken(fact.version), ground="another cable", by=BOB, key=next(keys))
        assert reading(world, second).phase is ClockPhase.RUNNING

    def test_the_survivor_of_a_merge_may_count_from_the_earliest_receipt(self, world: World) -> None:
        """The older one is merged into the younger."""
        rules(world, on_merge=OnMerge.EARLIEST)
        first, second = pair(world)
        due = reading(world, first).due_at
        link(world, first, second, LinkKind.MERGED_INTO)
        assert reading(world, second).due_at == due
        world.check(f"incident:{second}")


class TestRefused:
    def test_to_itself_to_nothing_and_twice(self, world: World) -> None:
        """An item has one survivor, and a survivor stands for itself."""
        first, second = pair(world)
        third = world.started_incident()
        with pytest.raises(InvalidValueError, match="another item"):
            link(world, first, first)
        with pytest.raises(NotFoundError):
            link(world, first, "nothing")
        with pytest.raises(NotFoundError):
            world.desk.incidents.link(first, kind=LinkKind.CAUSED_BY, to="weather", by=BOB, key=next(keys))
        link(world, second, first)
        with pytest.raises(InvalidValueError, match="a part of"):
            link(world, second, third)
        with pytest.raises(InvalidValueError, match="a part of"):
            link(world, third, second)
        link(world, third, second, LinkKind.CAUSED_BY)

    def test_only_staff_link(self, world: World) -> None:
        """The requester may say it in a message."""
        first, second = pair(world)
        with pytest.raises(NotPermittedError):
            link(world, second, first, by=ANN)
