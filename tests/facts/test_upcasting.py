from __future__ import annotations

import pytest
from attrs import frozen

from svcdelivery.errors import IntegrityError, InvalidValueError, NotFoundError
from svcdelivery.facts import NewFact, check_upcasts, earlier_names, fact_type, registry, upcast, upcasted, upcasting
from svcdelivery.identity import Actor
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.codec import decode_body
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Write
from svcdelivery.testing.conformance.kit import START


@fact_type("test.upcast/3")
@frozen(kw_only=True)
class Today:
    text: str
    length: int


@pytest.fixture(autouse=True)
def steps():
    """Steps of a test are those of the test alone."""
    kept = dict(upcasting._steps)
    yield upcasting._steps
    upcasting._steps.clear()
    upcasting._steps.update(kept)


def _chain():
    @upcast("test.upcast/1", to="test.upcast/2")
    def _(data):
        data["text"] = data.pop("note")
        return data

    @upcast("test.upcast/2", to="test.upcast/3")
    def _(data):
        return {**data, "length": len(data["text"])}


class TestReading:
    def test_steps_follow_one_another(self):
        """What was written under the first name is read as today's type."""
        _chain()
        check_upcasts()
        assert decode_body("test.upcast/1", b'{"note":"abc"}') == Today(text="abc", length=3)
        assert decode_body("test.upcast/2", b'{"text":"ab"}') == Today(text="ab", length=2)
        assert decode_body("test.upcast/3", b'{"length":1,"text":"a"}') == Today(text="a", length=1)
        assert upcasted("test.upcast/3", {"text": "a"}) == ("test.upcast/3", {"text": "a"})

    def test_what_was_stored_stays_as_it_is(self):
        """A feed asked for today's type answers earlier ones too; the bytes and their chain are untouched."""
        store = MemoryStore()
        earlier = _registered("test.upcast/1", "note")
        with store.unit("main") as unit:
            old = NewFact(body=earlier(note="abc"), actor=Actor.system("t"))
            new = NewFact(body=Today(text="d", length=1), actor=Actor.system("t"))
            unit.journal.append([Write(stream="a", expected=0, facts=(old, new))], key="k", intent="i", now=START)
        _forget("test.upcast/1")
        _chain()
        with store.unit("main", write=False) as unit:
            assert [fact.body.text for fact in unit.journal.load("a")] == ["abc", "d"]
            assert [fact.body.text for fact in unit.feed.read(types=["test.upcast/3"])] == ["abc", "d"]
            entries = unit.feed.entries()
            assert (entries[0].type, entries[0].payload) == ("test.upcast/1", b'{"note":"abc"}')
            assert verify(entries_of(unit.feed), "main", head=unit.feed.head()).sound

    def test_a_form_no_step_can_read_is_damage(self):
        _chain()
        for payload in (b"{}", b"[]", b'{"note":5}'):
            with pytest.raises(IntegrityError, match=r"payload of `test.upcast/1`"):
                decode_body("test.upcast/1", payload)

    def test_without_steps_an_unknown_type_is_unknown(self):
        with pytest.raises(NotFoundError, match=r"test.upcast/1"):
            decode_body("test.upcast/1", b"{}")
        assert earlier_names(["test.upcast/3"]) == ["test.upcast/3"]


class TestChecking:
    """A chain that could not be followed is found before a fact is read."""

    def test_a_name_has_one_step(self):
        _chain()
        with pytest.raises(InvalidValueError, match=r"it is read as `test.upcast/2` already"):
            upcast("test.upcast/1", to="test.upcast/3")(dict)

    def test_names_have_a_form(self):
        with pytest.raises(InvalidValueError, match="the name of a fact type"):
            upcast("Test", to="test.upcast/3")(dict)
        with pytest.raises(InvalidValueError, match="the name of a fact type"):
            upcast("test.upcast/1", to="3")(dict)

    def test_a_hole_is_found(self):
        upcast("test.upcast/1", to="test.upcast/2")(dict)
        with pytest.raises(InvalidValueError, match=r"`test.upcast/1`.*end at `test.upcast/2`, which no class"):
            check_upcasts()

    def test_a_circle_is_found(self):
        upcast("test.round/1", to="test.round/2")(dict)
        upcast("test.round/2", to="test.round/1")(dict)
        with pytest.raises(InvalidValueError, match="go in a circle at"):
            check_upcasts()
        assert upcasted("test.round/1", {})[0].startswith("test.round/")

    def test_a_step_that_would_never_be_taken_is_found(self):
        upcast("test.upcast/3", to="test.upcast/4")(dict)
        with pytest.raises(InvalidValueError, match="a class is registered under it"):
            check_upcasts()


def _registered(name, field):
    body = frozen(kw_only=True)(type("Earlier", (), {"__annotations__": {field: str}}))
    return fact_type(name)(body)


def _forget(name):
    registry._names.pop(registry._bodies.pop(name))
