"""Ids and actors: compared letter by letter, never folded, never cut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from svcdelivery import identity
from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.identity import Actor, ActorKind, identifier, names
from svcdelivery.storage.chain import entries_of
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.testing.simulator import provider_desk, simulate
from svcdelivery.testing.strategies import actors, identifiers


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "\t", " a", "a ", "a\n", "a\x00b", "\x1b[2J", "a\r\n[ERROR] forged", "\u200b", "\ud800",
        pytest.param("x" * 201, id="long"), pytest.param("x" * 10_000_000, id="ten megabytes"),
    ],
)  # fmt: skip
def test_what_is_no_id_is_refused_in_one_short_line(value: str) -> None:
    """B037, B041: empty, blank, too long, or with letters nobody sees."""
    with pytest.raises(InvalidValueError) as caught:
        identifier(value)
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 1500


@pytest.mark.parametrize("value", [None, 5, True, b"a", ["a"]])
def test_only_text_is_an_id(value: Any) -> None:
    """Numbers are not written out."""
    with pytest.raises(WrongTypeError):
        identifier(value)


@given(identifiers())
def test_an_id_is_kept_as_it_is(id: str) -> None:
    """Case, composition and look-alikes included."""
    assert identifier(id) == id
    assert names([id, id]) == {id}


def test_a_lone_text_is_no_collection_of_names() -> None:
    """Its letters are hardly meant."""
    with pytest.raises(WrongTypeError):
        names("abc")
    with pytest.raises(InvalidValueError):
        names(["a", ""])


@given(actors())
def test_an_actor_reads_back_from_its_text(actor: Actor) -> None:
    """Also where the id has a colon."""
    assert Actor.from_text(str(actor)) == actor
    assert hash(Actor.from_text(str(actor))) == hash(actor)


@pytest.mark.parametrize("text", ["bob", "boss:bob", ":bob", "staff:", "staff: bob", "STAFF:bob", ""])
def test_other_texts_are_no_actors(text: str) -> None:
    """Kinds are named exactly."""
    with pytest.raises(ServiceDeliveryError):
        Actor.from_text(text)


def test_every_kind_of_actor_has_a_name_and_a_maker() -> None:
    """The same id as staff and as end user is two actors."""
    made = {kind: getattr(Actor, kind.value)("ann") for kind in ActorKind}
    assert {kind: actor.kind for kind, actor in made.items()} == {kind: kind for kind in ActorKind}
    assert len(set(made.values())) == len(ActorKind)


_MIXED_UP = """
from svcdelivery.identity import EndUserId, StaffId

def page(on_call: StaffId) -> None: ...

page(StaffId("bob"))
page(EndUserId("ann"))
page("bob")
"""


def test_a_type_checker_tells_end_users_from_staff(tmp_path: Path) -> None:
    """An id of an end user, or one nobody said whose it is, where one of staff is due."""
    snippet = tmp_path / "mixed_up.py"
    snippet.write_text(_MIXED_UP, encoding="utf-8")
    source = Path(identity.__file__).parent.parent
    # What others ship is no part of the question, and takes longest to read.
    options = ("--strict", "--follow-imports=silent", "--no-site-packages", "--config-file=")
    command = [sys.executable, "-m", "mypy", *options, str(snippet)]
    apart = {**os.environ, "MYPYPATH": str(source), "MYPY_CACHE_DIR": str(tmp_path / "cache")}
    run = subprocess.run(command, cwd=tmp_path, env=apart, capture_output=True, text=True, check=False)
    lines = [line.partition(":")[2] for line in run.stdout.splitlines() if ": error:" in line]
    told = 'error: Argument 1 to "page" has incompatible type'
    assert lines == [
        f'7: {told} "EndUserId"; expected "StaffId"  [arg-type]',
        f'8: {told} "str"; expected "StaffId"  [arg-type]',
    ]


class TestEachActHasItsActor:
    def test_every_fact_says_who_did_it(self) -> None:
        """People of the provider, end users and programs, in a week of a simulated provider's work."""
        store = MemoryStore()
        desk, time = provider_desk(store)
        simulate(desk, time, seed=3, days=7, items=25)
        with store.unit("main", write=False) as unit:
            actors = [Actor.from_text(entry.actor) for entry in entries_of(unit.feed)]
        assert len(actors) > 100
        assert {ActorKind.STAFF, ActorKind.END_USER, ActorKind.SYSTEM} <= {actor.kind for actor in actors}

    @pytest.mark.parametrize("by", ["bob", "staff:bob", None])
    def test_a_command_of_nobody_is_refused_and_nothing_is_recorded(self, by: Any) -> None:
        """The text of an actor is none."""
        store = MemoryStore()
        desk, _ = provider_desk(store)
        with pytest.raises(WrongTypeError):
            desk.incidents.receive(customer="acme", service="email", requester="ann", by=by, key="k")
        with store.unit("main", write=False) as unit:
            assert unit.feed.head().position == 0
