"""The watch: what became due is noticed once, however often and in whatever order one looks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from svcdelivery.agreement import DueWhilePaused, ServiceLevelTarget, Within
from svcdelivery.clock import BreachNoticed
from svcdelivery.communication import StatusUpdateMissed
from svcdelivery.desk import WatchReport
from svcdelivery.errors import Unknown
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import format_instant
from tests.desk.world import ANN, BOB, LosingAcknowledgements, World, keys, revision, snapshot


def noticed(world: World, id: str) -> list[str]:
    return [f.body.target for f in world.desk.incidents.facts(id) if isinstance(f.body, BreachNoticed)]


def test_nothing_is_noticed_at_the_due_instant_and_a_breach_one_microsecond_later(world: World) -> None:
    """Due at one o'clock sharp: until then nothing, just after that one breach and its corrective action."""
    id = world.started_incident()
    due = next(r.due_at for r in world.desk.incidents.readings(id) if r.target == "resolution")
    world.time.at = due
    assert world.desk.watch.run() == WatchReport()
    world.time.advance(microseconds=1)
    report = world.desk.watch.run()
    assert report.breaches == 2
    assert sorted(noticed(world, id)) == ["resolution", "response"]
    actions = world.desk.actions.find().items
    assert [a.target for a in actions] == ["resolution", "response"]
    assert {a.breached_at for a in actions} == {due}
    assert {a.owner for a in actions} == {"desk"}
    assert format_instant(due) in actions[0].summary
    world.check(f"incident:{id}")


def test_each_breach_is_noticed_once_however_often_the_watch_runs(world: World) -> None:
    """One at a time, all at once, again and again."""
    ids = [world.incident() for _ in range(4)]
    world.time.advance(days=3)
    for limit in (1, 1, 2, 3, 100, 100, 100):
        world.desk.watch.run(limit=limit)
    assert world.desk.watch.run() == WatchReport()
    for id in ids:
        assert sorted(noticed(world, id)) == ["resolution", "response"]
        world.check(f"incident:{id}")
    assert len(world.desk.actions.find().items) == 8


def test_a_breach_that_stopped_before_the_watch_ran_is_still_noticed(world: World) -> None:
    """Late is late, even when it was done before anybody looked."""
    id = world.started_incident()
    world.time.advance(days=1)
    world.desk.incidents.resolve(id, by=BOB, key=next(keys))
    world.desk.incidents.close(id, by=BOB, key=next(keys))
    assert noticed(world, id) == []
    world.desk.watch.run()
    assert "resolution" in noticed(world, id)
    world.check(f"incident:{id}")


def test_what_was_done_in_time_is_never_noticed(world: World) -> None:
    """Its wake-up goes with the clock."""
    id = world.started_incident()
    world.time.advance(hours=1)
    world.desk.incidents.post(id, text="there", by=BOB, key=next(keys))
    world.desk.incidents.resolve(id, by=BOB, key=next(keys))
    world.desk.incidents.close(id, by=BOB, key=next(keys))
    assert snapshot(world.store, f"incident:{id}").timers == ()
    world.time.advance(days=9)
    assert world.desk.watch.run() == WatchReport()


def test_a_held_clock_wakes_nobody_until_it_runs_on(world: World) -> None:
    """On hold for the customer nothing is due; afterwards due lies later by the hold."""
    id = world.started_incident()
    world.desk.incidents.post(id, text="which one?", by=BOB, key=next(keys))
    world.desk.incidents.put_on_hold(id, reason="customer", by=BOB, key=next(keys))
    world.time.advance(days=30)
    world.desk.watch.run()
    assert noticed(world, id) == []
    world.desk.incidents.resume(id, by=BOB, key=next(keys))
    world.time.advance(days=30)
    world.desk.watch.run()
    assert noticed(world, id) == ["resolution"]


def test_an_update_that_did_not_come_is_missed_once(world: World) -> None:
    """The owner is told; with the next message the duty begins anew."""
    id = world.started_incident()
    world.time.advance(days=1)
    assert world.desk.watch.run().updates_missed == 1
    assert world.desk.watch.run().updates_missed == 0
    world.desk.incidents.post(id, text="sorry", by=BOB, key=next(keys))
    world.time.advance(days=1)
    assert world.desk.watch.run().updates_missed == 1
    missed = [f for f in world.desk.incidents.facts(id) if isinstance(f.body, StatusUpdateMissed)]
    assert len(missed) == 2
    world.check(f"incident:{id}")


@pytest.mark.parametrize("after", [0, 1])
def test_a_lost_acknowledgement_of_the_watch_does_no_harm(world: World, store: Store, after: int) -> None:
    """Of the claim or of what it wrote: that stands, and the next run goes on from there when the claim has lapsed."""
    id = world.incident()
    world.time.advance(days=3)
    desk = world.again(LosingAcknowledgements(store, times=1, after=after))
    with pytest.raises(Unknown):
        desk.watch.run()
    assert sorted(noticed(world, id)) == ["resolution", "response"][: 2 * after]
    world.time.advance(minutes=1)
    while desk.watch.run().timers:
        pass
    assert sorted(noticed(world, id)) == ["resolution", "response"]
    world.check(f"incident:{id}")


def test_items_whose_names_are_as_long_as_names_may_be_are_noticed_each(world: World) -> None:
    """No item hides behind another, and none keeps the watch from the rest."""
    names = ["x" * 199 + digit for digit in "12"] + ["y" + "x" * 199]
    for name in names:
        world.incident(id=name)
    world.time.advance(days=3)
    report = world.desk.watch.run()
    assert report.breaches == 6
    for name in names:
        assert sorted(noticed(world, name)) == ["resolution", "response"]
    assert len(world.desk.actions.find().items) == 6


def test_after_a_reopening_a_breach_that_was_noticed_is_not_noticed_again(world: World) -> None:
    """At most once a target and cycle."""
    id = world.started_incident()
    world.time.advance(days=1)
    world.desk.watch.run()
    world.desk.incidents.resolve(id, by=BOB, key=next(keys))
    world.desk.incidents.reopen(id, ground="again", by=ANN, key=next(keys))
    world.time.at = datetime.__add__(world.time.at, timedelta(days=5))
    world.desk.watch.run()
    assert sorted(noticed(world, id)) == ["resolution", "response"]
    world.check(f"incident:{id}")


def test_an_update_missed_before_and_owed_again_for_the_same_instant_is_handled_once_more(world: World) -> None:
    """Row and timers follow what is on record, whatever key the watch used before."""
    id = world.started_incident()
    world.time.advance(days=1)
    world.desk.watch.run()
    for priority in ("P1", "P2", "P3"):
        world.desk.incidents.change_priority(id, priority=priority, by=BOB, key=next(keys))
        world.desk.watch.run()
        world.check(f"incident:{id}")


def test_each_cycle_of_a_measure_is_noticed_for_itself(store: Store) -> None:
    """Two questions, both answered too late before anybody looked: two breaches, two corrective actions."""
    answer = ServiceLevelTarget(
        name="answers", measure="next_response", goal=Within(timedelta(hours=1)), hours="office"
    )
    world = World(store, terms=evolve(revision(), targets=(answer,)))
    id = world.started_incident()
    for _ in range(2):
        world.desk.incidents.post(id, text="well?", by=ANN, key=next(keys))
        world.time.advance(hours=3)
        world.desk.incidents.post(id, text="so it is", by=BOB, key=next(keys))
    assert [r.cycle for r in world.desk.incidents.readings(id)] == [1, 2]
    world.desk.watch.run()
    world.desk.watch.run()
    breaches = [f.body for f in world.desk.incidents.facts(id) if isinstance(f.body, BreachNoticed)]
    assert sorted(breach.cycle for breach in breaches) == [1, 2]
    assert len(world.desk.actions.find().items) == 2
    world.check(f"incident:{id}")


def test_a_due_instant_that_is_only_shown_wakes_nobody(store: Store) -> None:
    """On hold, the frozen due instant passes: no breach, and no wake-up that comes back again and again."""
    frozen = tuple(evolve(t, due_while_paused=DueWhilePaused.FROZEN) for t in revision().targets)
    world = World(store, terms=evolve(revision(), targets=frozen))
    id = world.started_incident()
    world.desk.incidents.put_on_hold(id, reason="customer", by=BOB, key=next(keys))
    world.time.advance(days=30)
    world.desk.watch.run()
    assert world.desk.watch.run() == WatchReport()
    assert noticed(world, id) == []
    world.check(f"incident:{id}")
