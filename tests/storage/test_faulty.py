"""A store whose calls fail at will is, without faults, the store it stands around; and a desk lives with its faults."""

from __future__ import annotations

import pytest

from svcdelivery.errors import Busy, Conflict, StoreError, Unknown
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Due
from svcdelivery.testing.conformance import Fault, Faulty, check
from svcdelivery.testing.conformance.faulty import busy, lost_acknowledgement
from svcdelivery.testing.conformance.kit import START, write
from tests.desk.world import ANN, World, keys


def append(store, text, *, key):
    with store.unit("main") as unit:
        return unit.journal.append([write("a", text)], key=key, intent="i", now=START)


def facts(store):
    with store.unit("main", write=False) as unit:
        return [fact.body.text for fact in unit.feed.read()]


class TestFaulty:
    def test_without_faults_it_is_the_store_it_stands_around(self):
        """The kit cannot tell, and what a store offers besides is offered still."""
        report = check(lambda: lambda: Faulty(MemoryStore()))
        assert report.ok, str(report)
        assert Faulty(MemoryStore()).capabilities == MemoryStore().capabilities

    def test_a_busy_store_has_written_nothing(self):
        """The unit does not begin; the next one does."""
        store = Faulty(MemoryStore(), busy(nth=2))
        append(store, "1", key="k1")
        with pytest.raises(Busy):
            append(store, "2", key="k2")
        append(store, "2", key="k2")
        assert facts(store) == ["1", "2"]

    def test_a_lost_acknowledgement_has_committed(self):
        """The caller is told that nothing is known, and the key finds out."""
        store = Faulty(MemoryStore(), lost_acknowledgement())
        with pytest.raises(Unknown):
            append(store, "1", key="k")
        assert append(store, "1", key="k").replayed
        assert facts(store) == ["1"]

    @pytest.mark.parametrize("after", [False, True])
    def test_a_call_fails_before_or_after_it_took_effect(self, after):
        """Either way the unit rolls back, when its caller lets the error through."""
        store = Faulty(MemoryStore(), Fault(call="timers.arm", nth=2, after=after, error=StoreError))
        seen = []

        def fail():
            with store.unit("main") as unit:
                unit.timers.arm([Due(stream="a", name="t", due_at=START)])
                try:
                    unit.timers.arm([Due(stream="a", name="u", due_at=START)])
                finally:
                    seen.extend(due.name for due in unit.timers.of("a"))

        with pytest.raises(StoreError):
            fail()
        assert seen == (["t", "u"] if after else ["t"])
        assert store.calls == ["begin", "timers.arm", "timers.arm", "timers.of"]
        with store.unit("main") as unit:
            assert not unit.timers.of("a")

    def test_each_fault_happens_once(self):
        """Planning again forgets what was planned and counted."""
        store = Faulty(MemoryStore(), Fault(call="commit", error=stale), busy(nth=3))
        with pytest.raises(Conflict):
            append(store, "1", key="k1")
        append(store, "1", key="k1")
        with pytest.raises(Busy):
            append(store, "2", key="k2")
        store.plan(busy())
        with pytest.raises(Busy):
            append(store, "2", key="k2")
        append(store, "2", key="k2")
        assert facts(store) == ["1", "2"]


class TestDeskOverFaults:
    def test_a_command_repeated_until_it_is_acknowledged_applies_once(self):
        """Whichever call of its unit fails, before or after it took effect."""
        store = Faulty(MemoryStore())
        world = World(store)

        def receive(key):
            return world.desk.requests.receive(customer="acme", service="email", requester="ann", by=ANN, key=key)

        store.plan()
        receive(next(keys))
        calls = list(dict.fromkeys(store.calls))
        assert {"begin", "journal.append", "records.put", "timers.arm", "commit"} <= set(calls)
        for call in calls:
            for after in (False, True):
                key, before = next(keys), position(store)
                store.plan(Fault(call=call, after=after, error=Unknown))
                with pytest.raises(Unknown):
                    receive(key)
                outcome = receive(key)
                assert receive(key).record == outcome.record
                assert position(store) == before + len(outcome.facts)
                world.check(f"request:{outcome.record.id}")


def position(store):
    with store.unit("main", write=False) as unit:
        return unit.feed.head().position


def stale():
    return Conflict(stream="a", expected=0, actual=1)
