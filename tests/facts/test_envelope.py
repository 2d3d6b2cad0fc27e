"""Envelopes: order of record, order of time, and what was known when."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, NaiveTimeError, WrongTypeError
from svcdelivery.facts import Fact, NewFact, history, in_time_order, known_at, recorded_fact
from svcdelivery.identity import Actor
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Write
from svcdelivery.timeline import from_micros
from svcdelivery.work import Closed

BOB = Actor.staff("bob")


def new(minute: int) -> NewFact[Closed]:
    return NewFact(body=Closed(note=str(minute)), actor=BOB, occurred_at=from_micros(minute * 60_000_000))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_what_is_recorded_never_falls_whatever_is_said_to_have_occurred(minutes: list[int]) -> None:
    """Versions and positions count up, and what was known at an instant is a prefix."""
    facts = history("request:1", [new(m) for m in minutes], first_position=7)
    recorded = [fact.recorded_at for fact in facts]
    assert recorded == sorted(recorded)
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))
    assert [fact.position for fact in facts] == list(range(7, 7 + len(facts)))
    for fact in facts:
        known = known_at(facts, fact.recorded_at)
        assert known == facts[: len(known)]
        assert fact in known


@given(st.lists(st.integers(0, 8), max_size=20))
def test_in_time_order_equal_instants_keep_the_order_of_record(minutes: list[int]) -> None:
    """And nothing is lost."""
    facts = history("request:1", [new(m) for m in minutes])
    ordered = in_time_order(reversed(facts))
    assert ordered == sorted(facts, key=lambda f: (f.occurred_at, f.position))
    assert in_time_order(ordered) == ordered


def test_a_fact_needs_an_instant_to_be_told_without_a_store() -> None:
    """The place is named."""
    with pytest.raises(InvalidValueError) as caught:
        history("request:1", [NewFact(body=Closed(), actor=BOB)])
    assert caught.value.path == "entries[0].occurred_at"


def test_naive_times_are_refused_at_the_door() -> None:
    """Where facts are made and where they are asked for."""
    with pytest.raises(NaiveTimeError):
        NewFact(body=Closed(), actor=BOB, occurred_at=datetime(2026, 1, 1))
    with pytest.raises(NaiveTimeError):
        known_at((), datetime(2026, 1, 1))


def test_facts_are_values() -> None:
    """Equal ones are equal, hash alike and cannot be changed."""
    one, two = (history("request:1", [new(1)])[0] for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert isinstance(one, Fact)
    with pytest.raises(AttributeError):
        one.version = 2  # type: ignore[misc]
    assert NewFact(body=1, actor=BOB, occurred_at=datetime(2026, 1, 1, 1, tzinfo=UTC)).occurred_at == datetime(
        2026, 1, 1, tzinfo=UTC
    ) + timedelta(hours=1)


def test_facts_made_quickly_are_facts() -> None:
    """What stores make without the constructor is what the constructor makes, for it checks and converts nothing."""
    (made,) = history("request:1", [new(1)])
    values = [getattr(made, slot.name) for slot in fields(Fact)]
    quick = recorded_fact(*values)
    assert quick == made
    assert (hash(quick), repr(quick)) == (hash(made), repr(made))
    assert pickle.loads(pickle.dumps(quick)) == made
    assert evolve(quick, version=2) == evolve(made, version=2)
    assert all(slot.validator is None and slot.converter is None for slot in fields(Fact))
    assert not hasattr(Fact, "__attrs_post_init__")


def test_nothing_comes_on_record_without_an_actor() -> None:
    """Row 3.2b: who did it is neither left out, nor something that is no actor."""
    with pytest.raises(TypeError):
        NewFact(body=Closed())  # type: ignore[call-arg]
    nobody: Any = NewFact(body=Closed(), actor="bob", occurred_at=from_micros(0))  # type: ignore[arg-type]
    write = Write(stream="request:1", expected=0, facts=(nobody,))
    with MemoryStore().unit("main") as unit, pytest.raises(WrongTypeError, match="an actor"):
        unit.journal.append([write], key="1", intent="x", now=from_micros(0))
