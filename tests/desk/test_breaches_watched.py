"""The breach watch as a duty of the watch: as often as the policy says, once, whoever runs it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.desk import ServiceDesk
from svcdelivery.desk.security.breach_watch import FOLLOWER
from svcdelivery.errors import Busy, InvalidDurationError
from svcdelivery.facts import from_plain, to_plain
from svcdelivery.security.breaches import BREACHES_STREAM, BreachPolicy, BreachRule, FindingRaised, watch_log
from svcdelivery.storage.protocol import Store, Unit
from tests.desk.test_breaches import Room
from tests.desk.world import BOB, DIRECTORY, OLGA, keys, stores

QUARTER = timedelta(minutes=15)


class Refusing:
    """A store that has no time for writers, as often as it is told."""

    def __init__(self, store: Store) -> None:
        self._store, self.times = store, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
        """Open a unit, or refuse to."""
        if write and self.times:
            self.times -= 1
            raise Busy
        with self._store.unit(tenant, write=write) as unit:
            yield unit


def armed(room: Room) -> list[tuple[str, Any]]:
    with room.store.unit("main", write=False) as unit:
        return [(due.name, due.due_at) for due in unit.timers.of(BREACHES_STREAM)]


def recorded(room: Room) -> list[Any]:
    with room.store.unit("main", write=False) as unit:
        return [f.body.finding for f in unit.journal.load(BREACHES_STREAM) if isinstance(f.body, FindingRaised)]


def head(room: Room) -> int:
    with room.store.unit("main", write=False) as unit:
        return unit.feed.head().position


def mark(room: Room) -> int:
    with room.store.unit("main", write=False) as unit:
        return unit.marks.get(FOLLOWER)


@pytest.fixture(params=list(stores))
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    return Room(stores[request.param](tmp_path))


def test_nobody_is_watched_before_somebody_says_so(room: Room) -> None:
    """The wake-up is armed by the command of the watch, or by a policy on record."""
    room.bypass()
    room.desk.watch.run()
    assert (recorded(room), armed(room)) == ([], [])


def test_the_watch_judges_the_log_as_often_as_the_policy_says(room: Room) -> None:
    """At once, and then every quarter of an hour; what is found is seen to as ever."""
    room.bypass()
    entries = head(room)
    room.desk.breaches.arm()
    room.desk.breaches.arm()
    assert armed(room) == [("judge", room.time.now())]
    report = room.desk.watch.run()
    assert report.count("log entries judged") == entries
    assert (report.count("breach findings"), report.count("raised by breach findings")) == (1, 1)
    assert [finding.rule for finding in recorded(room)] == [BreachRule.DELIVERY_WITHOUT_DECISION]
    assert len(room.incidents()) == 1
    assert armed(room) == [("judge", room.time.now() + QUARTER)]
    room.time.advance(minutes=14)
    assert room.desk.watch.run().count("log entries judged") == 0
    room.time.advance(minutes=1)
    # What it has put on record itself is judged as well, and nothing is found in it.
    report = room.desk.watch.run()
    assert (report.count("log entries judged"), report.count("breach findings")) == (2, 0)
    assert room.breaches().entries == 0


def test_a_policy_arms_it_and_says_how_often(room: Room) -> None:
    """A shorter interval holds at once, a longer one from the next time on, and none ends it."""
    hour = timedelta(hours=1)
    room.desk.breaches.set_policy(BreachPolicy(every=hour), by=OLGA, key="1")
    assert armed(room) == [("judge", room.time.now() + hour)]
    room.desk.breaches.set_policy(BreachPolicy(), by=OLGA, key="2")
    assert armed(room) == [("judge", room.time.now() + QUARTER)]
    room.desk.breaches.set_policy(BreachPolicy(every=4 * hour), by=OLGA, key="3")
    assert armed(room) == [("judge", room.time.now() + QUARTER)]
    room.time.advance(minutes=20)
    assert room.desk.watch.run().count("log entries judged") == head(room)
    assert armed(room) == [("judge", room.time.now() + 4 * hour)]
    silence = {"until": room.time.now() + hour, "ground": "an exercise", "by": OLGA}
    room.desk.breaches.suppress(BreachRule.PROBING, **silence, key="4")
    assert armed(room) == [("judge", room.time.now() + 4 * hour)]
    room.desk.breaches.set_policy(BreachPolicy(every=None), by=OLGA, key="5")
    room.desk.breaches.arm()
    assert armed(room) == []
    room.bypass()
    room.desk.watch.run()
    assert recorded(room) == []
    assert len(room.breaches().findings) == 1


def test_silencing_a_rule_starts_no_watch(room: Room) -> None:
    """Only a policy does."""
    silence = {"until": room.time.now() + QUARTER, "ground": "an exercise", "by": OLGA}
    room.desk.breaches.suppress(BreachRule.PROBING, **silence, key="s")
    assert armed(room) == []


def test_one_that_is_armed_while_the_policy_says_never_is_disarmed(room: Room) -> None:
    """By a process that read the record before the policy came."""
    room.desk.breaches.arm()
    with room.store.unit("main") as unit:
        timers = list(unit.timers.of(BREACHES_STREAM))
    room.desk.breaches.set_policy(BreachPolicy(every=None), by=OLGA, key="p")
    with room.store.unit("main") as unit:
        unit.timers.arm(timers)
    assert room.desk.watch.run().timers == 1
    assert armed(room) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["watch", "other", "new", "hand", "refused", "bypass"]), st.integers(0, 20))))
def test_however_many_watch_and_whatever_befalls_them_the_findings_are_those_of_one_pass(
    steps: list[tuple[str, int]],
) -> None:
    """In turn, anew, beside somebody who runs it by hand, with a store that refuses: each entry is judged once."""
    room = Room()
    store = Refusing(room.store)
    desks = [ServiceDesk(store, time=room.time, directory=DIRECTORY) for _ in range(2)]
    desks[0].breaches.arm()
    judged = 0
    for step, minutes in [*steps, ("hand", 1), ("watch", 20), ("other", 20)]:
        room.time.advance(minutes=minutes)
        if step == "bypass":
            room.bypass()
            room.time.advance(hours=25)
        elif step == "new":
            desks[0] = ServiceDesk(store, time=room.time, directory=DIRECTORY)
        elif step == "refused":
            store.times = 1
            with suppress(Busy):
                judged += desks[0].breaches.run().entries
            store.times = 0
        elif step == "hand":
            judged += desks[0].breaches.run().entries
        else:
            judged += desks[step == "other"].watch.run().count("log entries judged")
    with room.store.unit("main", write=False) as unit:
        facts = unit.feed.read(0, limit=10_000)
    assert [finding.key for finding in recorded(room)] == [finding.key for finding in watch_log(facts)]
    assert judged == mark(room)
    assert len(armed(room)) == 1


def test_what_was_found_while_the_store_was_away_is_recorded_later() -> None:
    """A process that has read on, but could not write what it found, has not forgotten it."""
    room = Room()
    store = Refusing(room.store)
    desk = ServiceDesk(store, time=room.time, directory=DIRECTORY)
    room.bypass()
    store.times = 1
    with pytest.raises(Busy):
        desk.breaches.run()
    room.desk.requests.post(room.item, text="more", by=BOB, key=next(keys))
    assert [one.rule.value for one in desk.breaches.run().findings] == ["R5"]


def test_who_lost_the_wake_up_to_another_has_done_nothing() -> None:
    """It stalled past its lease between reading and writing; the other one has judged the log meanwhile."""
    room = Room()
    room.bypass()
    other = ServiceDesk(room.store, time=room.time, directory=DIRECTORY)
    reports = []

    class Stalling(Refusing):
        """Lets the other one take over before it settles: the second time it writes."""

        writes = 0

        @contextmanager
        def unit(self, tenant: str, *, write: bool = True) -> Iterator[Unit]:
            self.writes += write
            if write and self.writes == 3:
                room.time.advance(minutes=2)
                reports.append(other.watch.run())
            with super().unit(tenant, write=write) as unit:
                yield unit

    desk = ServiceDesk(Stalling(room.store), time=room.time, directory=DIRECTORY)
    desk.breaches.arm()
    report = desk.watch.run()
    assert [one.count("breach findings") for one in reports] == [1]
    assert (report.count("breach findings"), report.failures) == (0, ())
    assert len(recorded(room)) == 1


def test_an_interval_is_a_second_or_longer_and_old_records_have_the_usual_one() -> None:
    """Nobody wants to judge without end."""
    with pytest.raises(InvalidDurationError):
        BreachPolicy(every=timedelta(0))
    assert "every" not in to_plain(BreachPolicy())
    assert from_plain(BreachPolicy, to_plain(BreachPolicy(every=None))) == BreachPolicy(every=None)
    assert from_plain(BreachPolicy, {}).every == QUARTER
