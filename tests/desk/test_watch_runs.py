"""Runs of the watch: claims, stalled workers, others on the same store, and wake-ups that cannot be handled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcdelivery.clock import BreachNoticed
from svcdelivery.desk import WatchReport
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.waking import Waking, WatchHandler, Woken
from svcdelivery.desk.watch import Watch
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Due, Store, Unit, Write
from tests.desk.around import Around
from tests.desk.world import BOB, Interfering, World, keys


def noticed(world: World, id: str) -> list[str]:
    return sorted(f.body.target for f in world.desk.incidents.facts(id) if isinstance(f.body, BreachNoticed))


def arm(world: World, stream: str, name: str) -> None:
    with world.store.unit("main") as unit:
        unit.timers.arm([Due(stream=stream, name=name, due_at=world.time.now())])


def watch(world: World, wake: Callable[[Waking], Woken]) -> Watch:
    return Watch(Engine(world.store, tenant="main", time=world.time), [WatchHandler("thing", "", wake)])


class Meanwhile(Around):
    """Lets something else happen before a writing unit, each in its turn."""

    def __init__(self, store: Store, *acts: Callable[[], Any]) -> None:
        super().__init__(store)
        self.acts = list(acts)

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a unit."""
        if write and self.acts:
            self.acts.pop(0)()
        with self._store.unit(tenant, write=write) as unit:
            yield unit


def test_a_worker_that_stalls_past_its_lease_settles_nothing(world: World, store: Store) -> None:
    """Another one takes the wake-up meanwhile; what the first has judged is thrown away."""
    id = world.incident()
    world.time.advance(days=3)

    def stall() -> None:
        world.time.advance(minutes=2)
        assert world.desk.watch.run(owner="second").breaches == 2

    stalled = world.again(Meanwhile(store, lambda: None, stall))
    assert stalled.watch.run(owner="first").breaches == 0
    assert noticed(world, id) == ["resolution", "response"]
    assert len(world.desk.actions.find().items) == 2
    world.check(f"incident:{id}")


def test_what_is_claimed_by_one_is_left_alone_by_others(world: World, store: Store) -> None:
    """Two at once: together they do what one would have done."""
    ids = [world.incident() for _ in range(3)]
    world.time.advance(days=3)
    with store.unit("main") as unit:
        now = world.time.now()
        until = now.add(minutes=1)
        assert len(unit.timers.claim(now, now=now, until=until, owner="first", limit=4)) == 4
    left = world.desk.watch.run(owner="second")
    world.time.advance(minutes=1)
    later = world.desk.watch.run(owner="second")
    assert left.breaches + later.breaches == 6
    for id in ids:
        assert noticed(world, id) == ["resolution", "response"]
        world.check(f"incident:{id}")


def test_a_change_in_between_is_read_again(world: World, store: Store) -> None:
    """Somebody writes the item after it was judged: the watch judges anew, on top of that."""
    id = world.incident()
    world.time.advance(days=3)
    between = Interfering(store, f"incident:{id}", times=3)
    assert world.again(between).watch.run().breaches == 2
    assert noticed(world, id) == ["resolution", "response"]


def test_a_wake_up_that_fails_is_reported_and_does_not_stop_the_others(world: World) -> None:
    """It comes again after a minute, then two, then four, and never in between."""
    world.time.advance(hours=1)
    arm(world, "thing:bad", "tick")
    arm(world, "thing:good", "tick")
    tried: list[str] = []

    def wake(waking: Waking) -> Woken:
        tried.append(waking.timer.stream)
        assert waking.timer.name == "tick"
        if waking.timer.stream == "thing:bad":
            raise LookupError("no such shelf")
        return Woken(after=lambda _recorded, _unit: Consequences(counts=[("ticks", 1)]))

    seen = watch(world, wake)
    report = seen.run()
    assert (report.timers, report.counts) == (2, (("ticks", 1),))
    (failure,) = report.failures
    assert (failure.stream, failure.name, failure.attempts) == ("thing:bad", "tick", 1)
    assert failure.problem == "LookupError: no such shelf"
    for wait, attempts in ((1, 2), (2, 3), (4, 4), (8, 5), (16, 6), (32, 7), (60, 8), (60, 9)):
        world.time.advance(minutes=wait, microseconds=-1)
        assert seen.run() == WatchReport()
        world.time.advance(microseconds=1)
        assert [failed.attempts for failed in seen.run().failures] == [attempts]
    assert tried.count("thing:good") == 1


def test_a_wake_up_that_fails_is_done_once_it_can_be(world: World) -> None:
    """Nothing of it stays armed."""
    arm(world, "thing:bad", "tick")
    problems = [LookupError("not yet"), LookupError("nor now")]

    def wake(_waking: Waking) -> Woken:
        if problems:
            raise problems.pop()
        return Woken()

    seen = watch(world, wake)
    for _ in range(3):
        seen.run()
        world.time.advance(minutes=5)
    with world.store.unit("main", write=False) as unit:
        assert unit.timers.of("thing:bad") == ()


def test_what_a_failing_wake_up_was_about_to_write_is_not_written(world: World, store: Store) -> None:
    """Also what fails after the facts were appended leaves nothing behind."""
    id = world.incident()
    with store.unit("main", write=False) as unit:
        facts = unit.journal.load(f"incident:{id}")
    arm(world, "thing:1", "tick")

    def fail(_recorded: tuple[Any, ...], _unit: Unit) -> Consequences:
        raise LookupError("too late")

    def wake(_waking: Waking) -> Woken:
        note = Write(stream="thing:1", expected=0, facts=(_note(),))
        return Woken(writes=(note,), after=fail)

    assert len(watch(world, wake).run().failures) == 1
    with store.unit("main", write=False) as unit:
        assert unit.journal.load("thing:1") == ()
        assert unit.journal.load(f"incident:{id}") == facts


def _note() -> Any:
    from svcdelivery.facts import NewFact
    from svcdelivery.work import Audience, MessagePosted

    return NewFact(body=MessagePosted(audience=Audience.INTERNAL, text="tick"), actor=BOB)


def test_wake_ups_nobody_knows_stay_armed(world: World) -> None:
    """A newer release may have armed them."""
    arm(world, "comet:1", "perihelion")
    report = world.desk.watch.run()
    assert [failure.problem for failure in report.failures] == ["unknown wake-up `perihelion`"]
    with world.store.unit("main", write=False) as unit:
        assert [timer.name for timer in unit.timers.of("comet:1")] == ["again#1:perihelion"]


def test_next_due_is_the_earliest_wake_up(world: World) -> None:
    """Whoever runs the watch may sleep until then."""
    assert world.desk.watch.next_due() is None
    id = world.incident()
    due = {timer.due_at for timer in _timers(world, id)}
    assert world.desk.watch.next_due() == min(at for at in due if at is not None)


def _timers(world: World, id: str) -> tuple[Due, ...]:
    with world.store.unit("main", write=False) as unit:
        return tuple(unit.timers.of(f"incident:{id}"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.integers(0, 400)), max_size=12),
    items=st.integers(1, 4),
)
def test_workers_in_any_order_notice_what_one_look_at_the_end_notices(
    steps: list[tuple[str, int, int]], items: int
) -> None:
    """Who looks, how much and when makes no difference to what comes about, nor to the instants it was due."""
    told = []
    for looks in (steps, []):
        world = World(MemoryStore())
        ids = [world.incident(id=f"i{number}", key=next(keys)) for number in range(items)]
        end = world.time.now().add(days=4)
        for owner, limit, minutes in looks:
            world.time.at = min(world.time.now() + timedelta(minutes=minutes), end)
            world.desk.watch.run(owner=owner, limit=limit)
        world.time.at = end
        while world.desk.watch.run().timers:
            pass
        told.append(
            [
                sorted(
                    (f.body.target, f.body.due_at)
                    for f in world.desk.incidents.facts(id)
                    if type(f.body) is BreachNoticed
                )
                for id in ids
            ]
        )
    assert told[0] == told[1]


def test_limits_are_kept(world: World) -> None:
    """At most so many wake-ups a run, however many are due."""
    for _ in range(3):
        world.incident()
    world.time.advance(days=3)
    assert world.desk.watch.run(limit=1).timers == 1
    assert world.desk.watch.run(limit=0) == WatchReport()


@pytest.mark.parametrize("name", ["x" * 195, "tick"])
def test_names_of_any_length_come_again(world: World, name: str) -> None:
    """One that would get too long keeps its name."""
    arm(world, "thing:1", name)

    def wake(waking: Waking) -> Woken:
        raise LookupError(waking.timer.name)

    seen = watch(world, wake)
    for _ in range(3):
        (failure,) = seen.run().failures
        assert failure.name == name
        world.time.advance(hours=1)
