"""What a desk remembers of streams: the same facts as on record, read once each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.communication import StatusUpdateDue, StatusUpdatesEnded
from svcdelivery.desk.command.remembering import RememberedStreams
from svcdelivery.facts import Fact, NewFact
from svcdelivery.storage.erasure import ErasableStore
from svcdelivery.storage.memory import MemoryKeyRing, MemoryStore
from svcdelivery.storage.protocol import Store, Write
from tests.desk.world import BOB, MONDAY, LosingAcknowledgements, World, keys

TENANT = "main"


def put(store: Store, stream: str, *, key: str, count: int = 1) -> tuple[Fact[Any], ...]:
    bodies = [StatusUpdateDue(MONDAY), StatusUpdatesEnded()]
    facts = tuple(NewFact(body=bodies[n % 2], actor=BOB, occurred_at=MONDAY) for n in range(count))
    with store.unit(TENANT) as unit:
        return unit.journal.append(
            [Write(stream=stream, expected=None, facts=facts)], key=key, intent="", now=MONDAY
        ).facts


def stored(store: Store, stream: str) -> tuple[Fact[Any], ...]:
    with store.unit(TENANT, write=False) as unit:
        return tuple(unit.journal.load(stream))


def read(memory: RememberedStreams, store: Store, stream: str) -> tuple[Fact[Any], ...]:
    with store.unit(TENANT, write=False) as unit:
        return memory.load(unit, stream)


class Counting:
    """The journal of a unit, and how many facts were read from it."""

    def __init__(self, unit: Any) -> None:
        self.unit, self.read = unit, 0

    @property
    def journal(self) -> Counting:
        return self

    def load(self, stream: str, *, after: int = 0) -> Sequence[Fact[Any]]:
        found: Sequence[Fact[Any]] = self.unit.journal.load(stream, after=after)
        self.read += len(found)
        return found


steps = st.lists(st.tuples(st.sampled_from(["told", "not told", "read", "forget"]), st.integers(0, 2)), max_size=30)


@given(steps)
def test_whoever_wrote_what_is_remembered_is_what_is_on_record(taken: list[tuple[str, int]]) -> None:
    """Facts of one's own that one is told of, facts of others, and a memory that is lost in between."""
    store = MemoryStore()
    memory = RememberedStreams(store)
    for number, (step, which) in enumerate(taken):
        stream = f"request:{which}"
        if step == "forget":
            memory.forget()
        elif step == "read":
            assert read(memory, store, stream) == stored(store, stream)
        else:
            facts = put(store, stream, key=str(number), count=1 + which)
            memory.committed(facts if step == "told" else ())
    for stream in ("request:0", "request:1", "request:2"):
        assert read(memory, store, stream) == stored(store, stream)


def test_a_fact_is_read_once() -> None:
    """Then only what has come since; what one wrote oneself not at all."""
    store = MemoryStore()
    memory = RememberedStreams(store)
    put(store, "request:1", key="a", count=40)
    with store.unit(TENANT, write=False) as unit:
        counting: Any = Counting(unit)
        assert len(memory.load(counting, "request:1")) == 40
        assert len(memory.load(counting, "request:1")) == 40
    assert counting.read == 40
    memory.committed(put(store, "request:1", key="b", count=2))
    put(store, "request:1", key="c")
    with store.unit(TENANT, write=False) as unit:
        counting = Counting(unit)
        assert len(memory.load(counting, "request:1")) == 43
    assert counting.read == 1


def test_where_people_can_be_erased_nothing_is_remembered() -> None:
    """What is read is what can still be read."""
    store = ErasableStore(MemoryStore(), MemoryKeyRing())
    memory = RememberedStreams(store)
    put(store, "request:1", key="a", count=3)
    for _ in range(2):
        with store.unit(TENANT, write=False) as unit:
            counting: Any = Counting(unit)
            assert len(memory.load(counting, "request:1")) == 3
        assert counting.read == 3


def test_the_streams_asked_for_last_stay_and_long_ones_do_not() -> None:
    """So that what is remembered does not grow without end."""
    store = MemoryStore()
    memory = RememberedStreams(store)
    put(store, "long", key="long", count=1001)
    for number in range(401):
        put(store, f"request:{number}", key=f"request {number}")
    for stream in ("long", *(f"request:{number}" for number in range(401))):
        read(memory, store, stream)
    for stream, again in (("request:400", 0), ("request:1", 0), ("request:0", 1), ("long", 1001)):
        with store.unit(TENANT, write=False) as unit:
            counting: Any = Counting(unit)
            memory.load(counting, stream)
        assert counting.read == again, stream


def test_a_desk_goes_on_when_its_store_was_put_back_to_how_it_was() -> None:
    """What it remembers is longer than what is on record: it conflicts once, and reads anew."""
    now, before = World(MemoryStore()), World(MemoryStore())
    for each in (now, before):
        each.incident(id="1")
    now.desk.incidents.assign("1", team="desk", by=BOB, key=next(keys))
    store = LosingAcknowledgements(now.store, times=0)
    desk = now.again(store)
    desk.incidents.start("1", by=BOB, key=next(keys))
    store.restore(before.store)
    done = desk.incidents.assign("1", team="network", by=BOB, key=next(keys))
    assert done.facts[-1].version == len(before.desk.incidents.facts("1"))
    assert (done.record.team, done.record.status.value) == ("network", "assigned")
    before.check("incident:1")
