from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import IntegrityError, InvalidValueError, NotFoundError
from svcdelivery.facts import Fact, fact_type
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.storage.codec import (
    decode_body,
    decode_plain,
    encode_body,
    encode_plain,
    entry_of_row,
    fact_of_entry,
    fact_of_row,
    row_of_entry,
    row_of_fact,
)
from svcdelivery.timeline import Instant, from_micros

MICROS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)
INSTANTS = MICROS.map(from_micros)
TEXTS = st.text(max_size=30)
ACTORS = st.builds(Actor, st.sampled_from(ActorKind), st.text("aé日e\u0301:- ", min_size=1).map(lambda t: f"x{t}x"))


@fact_type("test.coded/1")
@frozen(kw_only=True)
class Coded:
    text: str
    number: int
    flag: bool
    share: Decimal
    at: Instant | None = None
    took: timedelta | None = None
    names: tuple[str, ...] = ()


BODIES = st.builds(
    Coded,
    text=TEXTS,
    number=st.integers(-(2**63), 2**63 - 1),
    flag=st.booleans(),
    share=st.decimals(allow_nan=False, allow_infinity=False),
    at=st.none() | INSTANTS,
    took=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
    names=st.lists(TEXTS, max_size=3).map(tuple),
)
FACTS = st.builds(
    Fact,
    stream=st.text("abcé:", min_size=1),
    version=st.integers(1, 2**40),
    position=st.integers(1, 2**40),
    occurred_at=INSTANTS,
    recorded_at=INSTANTS,
    actor=ACTORS,
    body=BODIES,
)


class TestBodies:
    @given(BODIES)
    def test_decoding_an_encoding_gives_the_value(self, body):
        """A body comes back equal, and encodes to the same bytes again."""
        name, payload = encode_body(body)
        assert decode_body(name, payload) == body
        assert encode_body(decode_body(name, payload)) == ("test.coded/1", payload)

    @given(FACTS)
    def test_envelopes_come_back_equal(self, fact):
        """Fact to row to entry and back is the same fact."""
        row = row_of_fact(fact, b"h" * 32)
        assert fact_of_row(row) == fact
        assert row_of_entry(entry_of_row(row)) == row
        assert fact_of_entry(entry_of_row(row)) == fact

    def test_unregistered_bodies_are_refused(self):
        """A class without a name of ours cannot be stored."""

        @frozen
        class Nameless:
            pass

        with pytest.raises(NotFoundError, match="Nameless"):
            encode_body(Nameless())

    def test_texts_without_a_utf8_form_are_refused(self):
        """Half a surrogate pair is no text."""
        with pytest.raises(InvalidValueError, match="surrogates"):
            encode_body(Coded(text="\ud800", number=0, flag=False, share=Decimal(1)))

    @pytest.mark.parametrize(
        ("payload", "said"),
        [
            (b"", "truncated"),
            (b"{", "truncated"),
            (b"[]", "expected the fields of a coded"),
            (b'{"text":"t","number":1,"flag":1,"share":"1"}', "flag: expected true or false, got int"),
            (b'{"text":"t","number":1,"flag":true}', "share"),
            (b'{"text":"t","number":1,"flag":true,"share":"1","more":1}', "`more` is not a field"),
            (b'{"text":"\xff","number":1,"flag":true,"share":"1"}', "utf-8"),
        ],
    )
    def test_payloads_of_another_form_are_damage(self, payload, said):
        """Constructors run on what is read back, and the error says what is wrong and where."""
        with pytest.raises(IntegrityError, match=r"payload of `test.coded/1`") as caught:
            decode_body("test.coded/1", payload)
        assert said in str(caught.value)


class TestRows:
    ROW = row_of_fact(
        Fact(
            stream="a", version=1, position=7, occurred_at=from_micros(0), recorded_at=from_micros(0),
            actor=Actor.staff("bob"), body=Coded(text="", number=0, flag=False, share=Decimal(1)),
        ),
        b"h",
    )  # fmt: skip

    def test_unknown_types_name_their_place(self):
        """A fact of a type this program does not know says which entry, and what to do."""
        row = (*self.ROW[:3], "newer.kind/3", *self.ROW[4:])
        with pytest.raises(NotFoundError, match=r"entry 7: unknown fact type `newer.kind/3` .import the module"):
            fact_of_row(row)

    def test_damaged_rows_name_their_place(self):
        """Whatever part of a row is of no use, the error says which entry."""
        for place, value in [(6, "nobody"), (6, ""), (4, 10**20), (4, "x"), (7, b"{")]:
            row = (*self.ROW[:place], value, *self.ROW[place + 1 :])
            with pytest.raises(IntegrityError, match="entry 7: "):
                fact_of_row(row)

    def test_an_entry_can_change_its_hash(self):
        """Entries are values."""
        assert entry_of_row(self.ROW)._replace(hash=b"x").hash == b"x"


class TestPlainData:
    def test_keys_are_sorted(self):
        """Equal data give equal texts."""
        assert encode_plain({"b": 1, "a": {"d": None, "c": "é"}}) == '{"a":{"c":"é","d":null},"b":1}'
        assert decode_plain(encode_plain({"b": 1})) == {"b": 1}

    def test_what_is_no_json_is_damage(self):
        """Stored data that are no JSON are refused in our words."""
        with pytest.raises(IntegrityError, match="stored data are no JSON"):
            decode_plain("{")
