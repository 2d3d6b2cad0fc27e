"""Ids and actors: compared letter by letter, never folded, never cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.identity import Actor, ActorKind, identifier, names
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
