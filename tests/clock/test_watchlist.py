"""The watchlist answers as a plain sorted list would, whatever is put, moved and removed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from svcdelivery.clock import read_clocks
from svcdelivery.clock.watchlist import Watched, Watchlist, due_times
from svcdelivery.errors import InvalidValueError, NaiveTimeError, WrongTypeError
from svcdelivery.timeline import to_instant
from svcdelivery.work import Assigned, PutOnHold, Resolved, Resumed
from tests.clock.worlds import agreement, incident, local, target

START = datetime(2026, 1, 1, tzinfo=UTC)

# Few instants and few keys, so that ties, moves and returns are common.
keys = st.sampled_from([f"INC-{number}" for number in range(12)])
instants = st.integers(0, 8).map(lambda micros: START + timedelta(microseconds=micros))
dues = st.none() | instants


def as_list(model: dict[str, datetime]) -> list[Watched[str]]:
    return [Watched(key, to_instant(due)) for key, due in sorted(model.items(), key=lambda pair: (pair[1], pair[0]))]


class TestAgainstASortedList:
    @given(st.lists(st.tuples(keys, dues)), instants, st.integers(0, 20))
    def test_bulk_load_and_single_puts_answer_alike(
        self, clocks: list[tuple[str, datetime | None]], at: datetime, count: int
    ) -> None:
        loaded, grown = Watchlist(clocks), Watchlist[str]()
        model: dict[str, datetime] = {}
        for key, due in clocks:
            grown.put(key, due)
            model.pop(key, None)
            if due is not None:
                model[key] = due
        expected = as_list(model)
        for watchlist in (loaded, grown):
            assert list(watchlist) == expected
            assert list(watchlist.next(count)) == expected[:count]
            assert list(watchlist.before(at)) == [clock for clock in expected if clock.due_at < at]
            assert watchlist.count_before(at) == len(watchlist.before(at))
            assert len(watchlist) == len(expected)

    def test_many_blocks_split_join_and_empty(self) -> None:
        """Twenty thousand clocks, moved, thinned out to nothing, and looked at on the way."""
        draw = random.Random(7)
        watchlist, model = Watchlist[str](), {}
        for number in range(20_000):
            key, due = f"INC-{number % 9_000}", START + timedelta(seconds=draw.randrange(40_000))
            watchlist.put(key, due)
            model[key] = due
        assert list(watchlist) == as_list(model)
        for looked, key in enumerate(draw.sample(sorted(model), len(model))):
            watchlist.remove(key)
            del model[key]
            if looked % 1_500 == 0:
                at = START + timedelta(seconds=draw.randrange(40_000))
                expected = as_list(model)
                assert list(watchlist) == expected
                assert list(watchlist.before(at)) == [clock for clock in expected if clock.due_at < at]
        assert list(watchlist) == []
        assert watchlist._blocks == []

    def test_memory_follows_the_number_of_clocks(self) -> None:
        """A queue that keeps what is outdated would hold 100,000 entries here."""
        watchlist = Watchlist[str]()
        for number in range(100_000):
            watchlist.put(f"INC-{number % 100}", START + timedelta(seconds=number))
        assert sum(map(len, watchlist._blocks)) == 100
        thinned = Watchlist((number, START + timedelta(seconds=number)) for number in range(100_000))
        for number in range(100_000):
            if number % 500:
                thinned.remove(number)
        assert len(thinned) == 200
        assert len(thinned._blocks) <= 4


class WatchlistMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.watchlist = Watchlist[str]()
        self.model: dict[str, datetime] = {}

    @rule(key=keys, due=instants)
    def put(self, key: str, due: datetime) -> None:
        self.watchlist.put(key, due)
        self.model[key] = due

    @rule(key=keys)
    def remove(self, key: str) -> None:
        self.watchlist.remove(key)
        self.model.pop(key, None)

    @rule(at=instants)
    def before(self, at: datetime) -> None:
        assert list(self.watchlist.before(at)) == [clock for clock in as_list(self.model) if clock.due_at < at]

    @rule(key=keys)
    def due(self, key: str) -> None:
        assert self.watchlist.due_at(key) == self.model.get(key)
        assert (key in self.watchlist) == (key in self.model)

    @invariant()
    def order(self) -> None:
        assert list(self.watchlist) == as_list(self.model)


TestAsAMachine = WatchlistMachine.TestCase
TestAsAMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


class TestReadings:
    def test_a_clock_enters_leaves_while_held_and_leaves_when_stopped(self) -> None:
        promise = agreement(target(hours=4, pause_on={"customer"}))
        happened: list[tuple[str, Assigned | PutOnHold | Resumed | Resolved]] = [
            ("2024-03-11T09:10", Assigned(team="desk")),
            ("2024-03-11T10:00", PutOnHold(reason="customer")),
            ("2024-03-11T11:00", Resumed()),
            ("2024-03-11T12:00", Resolved()),
        ]
        watchlist = Watchlist[tuple[str, str, int]]()
        seen = []
        for count, (at, _) in enumerate(happened, 1):
            readings = read_clocks(promise, incident("2024-03-11T09:00", *happened[:count]), now=local(at))
            for key, due_at in due_times("INC-1", readings):
                watchlist.put(key, due_at)
            seen.append([(clock.key[0], clock.due_at) for clock in watchlist])
        # An hour of lunch lies within the goal.
        before, after = local("2024-03-11T14:00"), local("2024-03-11T15:00")
        assert seen == [[("INC-1", before)], [], [("INC-1", after)], []]


class TestValues:
    def test_a_clock_due_at_the_very_instant_is_not_breached_yet(self) -> None:
        watchlist = Watchlist([("INC-1", START)])
        assert watchlist.before(START) == ()
        assert [clock.key for clock in watchlist.before(START + timedelta(microseconds=1))] == ["INC-1"]

    def test_equal_instants_go_by_key(self) -> None:
        watchlist = Watchlist(
            [(("INC-2", "response"), START), (("INC-10", "response"), START), (("INC-2", "fix"), START)]
        )
        assert [clock.key for clock in watchlist] == [("INC-10", "response"), ("INC-2", "fix"), ("INC-2", "response")]

    def test_a_due_time_of_any_zone_is_answered_in_utc(self) -> None:
        east = datetime.fromisoformat("2026-01-01T02:00:00+02:00")
        assert Watchlist([("INC-1", east)]).due_at("INC-1") == START

    def test_what_cannot_be_meant_is_refused_and_changes_nothing(self) -> None:
        watchlist = Watchlist([("INC-1", START)])
        with pytest.raises(NaiveTimeError):
            watchlist.put("INC-1", datetime(2026, 1, 1))
        with pytest.raises(InvalidValueError):
            watchlist.next(-1)
        with pytest.raises(WrongTypeError):
            watchlist.next(True)
        with pytest.raises(NaiveTimeError):
            watchlist.before(datetime(2026, 1, 1))
        assert [clock.key for clock in watchlist] == ["INC-1"]
