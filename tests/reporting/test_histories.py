from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.reporting.histories import histories
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Write
from svcdelivery.timeline import parse_instant
from svcdelivery.work import Started

NOW = parse_instant("2026-01-01T00:00:00Z")
FACT = NewFact(body=Started(), actor=Actor.system("test"), occurred_at=NOW)


def _store(streams: list[str]) -> tuple[MemoryStore, dict[str, int]]:
    store, versions = MemoryStore(), {}
    with store.unit("main") as unit:
        writes = [Write(stream=stream, expected=None, facts=(FACT,)) for stream in streams]
        unit.journal.append(writes, key="k", intent="i", now=NOW)
    for stream in streams:
        versions[stream] = versions.get(stream, 0) + 1
    return store, versions


@given(
    st.lists(st.sampled_from(["incident:1", "incident:2", "request:1", "security", "action:x"]), min_size=1),
    st.integers(0, 5),
)
def test_every_item_comes_once_and_whole_however_few_facts_are_held(streams: list[str], held_most: int) -> None:
    """Bounded memory changes how an item is read, never what is read; facts of other streams come one by one."""
    store, versions = _store(streams)
    with store.unit("main", write=False) as unit:
        found = list(histories(unit, versions, held_most=held_most))
        for stream, facts in found:
            if stream.startswith(("incident", "request")):
                assert facts == tuple(unit.journal.load(stream))
    items = [stream for stream, _ in found if stream.startswith(("incident", "request"))]
    assert sorted(items) == sorted({stream for stream in streams if stream.startswith(("incident", "request"))})
    alone = [facts for stream, facts in found if stream in ("security", "action:x")]
    assert len(alone) == sum(stream in ("security", "action:x") for stream in streams)
    assert all(len(facts) == 1 for facts in alone)


def test_an_interleaved_journal_longer_than_a_page_is_read_with_few_facts_held() -> None:
    """Items let go are loaded again when complete, also ones that began after the first were let go."""
    store, versions = _store([f"incident:{number % 700}" for number in range(2100)])
    passed: list[int] = []
    with store.unit("main", write=False) as unit:
        found = dict(histories(unit, versions, held_most=10, passed=passed.append))
        assert found == {stream: tuple(unit.journal.load(stream)) for stream in versions}
    assert passed == [1000, 2000, 2100]
