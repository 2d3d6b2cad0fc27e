"""How a room reads a document: values by key, problems all at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from svcdelivery.documents import CODE_MEANINGS, Code, Reader, parse_document
from svcdelivery.errors import DocumentError, InvalidValueError
from svcdelivery.timeline import parse_instant


def reader_of(text: str) -> Reader:
    return Reader(parse_document(text, "t.yaml", keep_going=True))


def told(reader: Reader) -> list[tuple[str, str, int | None, int | None]]:
    return [(p.code, p.path, p.line, p.column) for p in reader.problems]


class TestReading:
    def test_values_are_answered_by_their_kind(self):
        """Each kind has a method, and each method its typed answer."""
        reader = reader_of(
            "text: x\nid: acme\nword: b\nname: n\nyes: true\nwhole: 3\nshare: 99.90\nwritten: '1.5'\nlong: PT8H\n"
            "at: 2026-01-01T00:00:00Z\nlist: [a, b]\none: a\nnames: {n: 1}\n"
        )
        with reader.root.mapping() as fields:
            assert fields["text"].text() == "x"
            assert fields["id"].identifier() == "acme"
            assert fields["word"].choice(("a", "b"), "word") == "b"
            assert fields["name"].known(("n",), "name") == "n"
            assert fields["yes"].truth() is True
            assert fields["whole"].whole(1, 5) == 3
            assert Decimal("99.90") == fields["share"].decimal()
            assert Decimal("1.5") == fields["written"].decimal()
            assert timedelta(hours=8) == fields["long"].duration(positive=True)
            assert parse_instant("2026-01-01T00:00:00Z") == fields["at"].instant()
            assert [item.text() for item in fields["list"].each()] == ["a", "b"]
            assert [item.text() for item in fields["list"].one_or_each()] == ["a", "b"]
            assert [item.text() for item in fields["one"].one_or_each()] == ["a"]
            assert [(key, at.whole(0, 1)) for key, at in fields["names"].entries()] == [("n", 1)]
        reader.finish()

    def test_what_is_not_given_has_the_default(self):
        """With a default nothing is missing."""
        reader = reader_of("{}")
        with reader.root.mapping() as fields:
            assert fields["a"].text(default="d") == "d"
            assert fields["b"].duration(default=None) is None
            assert fields["c"].converted(int, "x", default=None) is None
            assert fields["d"].each(optional=True) == []
            assert fields["e"].one_or_each(optional=True) == []
            assert fields["f"].entries(optional=True) == []
            assert "g" not in fields
            with fields["h"].mapping(optional=True) as inner:
                assert inner["i"].text(default="") == ""
        reader.finish()

    def test_all_missing_keys_are_told_at_the_key_they_belong_to(self):
        """A missing key has no place of its own, so the key around it has it."""
        reader = reader_of("x: 1\nouter:\n  inner: {}\n")
        with reader.root.mapping() as fields:
            fields["x"].whole(0, 9)
            with fields["outer"].mapping() as outer, outer["inner"].mapping() as inner:
                inner["a"].text()
                inner["b"].each()
                inner["c"].entries()
                with inner["d"].mapping() as nothing:
                    nothing["e"].text()
        assert told(reader) == [(Code.MISSING_KEY, "outer.inner", 3, 3)] * 4

    def test_unknown_keys_are_told_with_the_nearest_known_one(self):
        """B045: a misspelled key is no key, and the one that was meant is named."""
        reader = reader_of("respone_time: 1\nzebra: 2\n")
        with reader.root.mapping() as fields:
            fields["response_time"].whole(0, 9, default=0)
        assert told(reader) == [(Code.UNKNOWN_KEY, "respone_time", 1, 1), (Code.UNKNOWN_KEY, "zebra", 2, 1)]
        assert reader.problems[0].hint == "did you mean `response_time`?"
        assert reader.problems[1].hint == "known: `response_time`"

    @pytest.mark.parametrize(
        ("value", "message", "hint"),
        [
            ("true", "expected text, got bool `true`", 'put it in quotes: "true"'),
            ("4.2", "expected text, got number `4.2`", 'put it in quotes: "4.2"'),
            ("7", "expected text, got integer `7`", 'put it in quotes: "7"'),
            ("", "expected text, got nothing", "give a value, or leave the key out"),
            ("[a]", "expected text, got a list", ""),
            ("{a: b}", "expected text, got a mapping", ""),
        ],
    )
    def test_a_wrong_type_says_what_was_expected_and_what_was_read(self, value, message, hint):
        """B093: what looked like text and was not is told with the quotes it needs."""
        reader = reader_of(f"a: {value}")
        with reader.root.mapping() as fields:
            fields["a"].text(default="")
        assert [(message, hint)] == [(p.message, p.hint) for p in reader.problems]

    def test_true_is_no_number(self):
        """B029: a bool is never taken for the integer Python makes of it."""
        reader = reader_of("a: true\nb: false\n")
        with reader.root.mapping() as fields:
            fields["a"].whole(0, 1)
            fields["b"].decimal()
        assert [p.code for p in reader.problems] == [Code.WRONG_TYPE, Code.WRONG_TYPE]

    @pytest.mark.parametrize(
        ("value", "read", "hint"),
        [
            ("'99,9'", lambda at: at.decimal(), "write a decimal point"),
            ("'1e5'", lambda at: at.decimal(), "such as 95 or 99.9"),
            ("'NaN'", lambda at: at.decimal(), "such as 95 or 99.9"),
            ("6", lambda at: at.whole(1, 5), "1 to 5"),
            ("PT0S", lambda at: at.duration(positive=True), "longer than nothing"),
            ("p1", lambda at: at.choice(("P1", "P2"), "priority"), "one of `P1`, `P2`"),
            ("' x'", lambda at: at.identifier(), "1 to 200 characters, not blank at an end"),
        ],
    )
    def test_a_value_that_cannot_be_meant_says_what_would_be(self, value, read, hint):
        """Every refusal of a value has its place and tells what is accepted."""
        reader = reader_of(f"a: {value}")
        with reader.root.mapping() as fields:
            read(fields["a"])
        assert told(reader) == [(Code.INVALID_VALUE, "a", 1, 4)]
        assert hint == reader.problems[0].hint

    def test_text_with_control_characters_is_refused(self):
        """B041: an escape cannot smuggle in what may not stand in the text."""
        reader = reader_of('a: "x\\e[2J"\nb: "two\\nlines"\n')
        with reader.root.mapping() as fields:
            fields["a"].text()
            fields["b"].text()
        assert told(reader) == [(Code.BAD_CHARACTER, "a", 1, 4)]

    def test_an_unknown_name_is_told_with_the_nearest_one(self):
        """A reference is compared exactly; letter case is worth a suggestion."""
        reader = reader_of("a: OFFICE\nb: x\nc: y\n")
        with reader.root.mapping() as fields:
            fields["a"].known(("office",), "service hours")
            fields["b"].known((), "service")
            fields["c"].known(None, "service")
        assert told(reader) == [(Code.UNKNOWN_REFERENCE, "a", 1, 4), (Code.UNKNOWN_REFERENCE, "b", 2, 4)]
        assert [p.hint for p in reader.problems] == ["did you mean `office`?", "none are defined"]

    def test_very_many_mistakes_are_told_in_bounded_time(self):
        """Suggestions cost time, so they end after a while; the mistakes are told all the same."""
        reader = reader_of("\n".join(f"key_number_{n}: 1" for n in range(5000)))
        with reader.root.mapping() as fields:
            for n in range(50):
                fields[f"kex_{n}"].whole(0, 9, default=0)
        assert len(reader.problems) == 5000


class TestBuilding:
    def test_nothing_is_built_of_what_is_wrong(self):
        """A problem inside a value keeps its object from being made."""
        reader = reader_of("good: {a: 1}\nbad: {a: x}\n")
        with reader.root.mapping() as fields:
            made = []
            for key in ("good", "bad"):
                with fields[key].mapping() as inner:
                    number = inner["a"].whole(0, 9)
                made.append(fields[key].made(lambda number=number: number))
        assert made == [1, None]
        with pytest.raises(DocumentError):
            reader.finish()

    def test_a_refusal_of_the_model_is_placed_as_well_as_it_can(self):
        """What a constructor still refuses is told at the part its error names."""
        reader = reader_of("a:\n  b: [x, y]\n")

        def refuse() -> None:
            raise InvalidValueError(what="a thing", value="y", path="b[1].c", hint="z")

        with reader.root.mapping() as fields:
            assert fields["a"].made(refuse) is None
            fields["a"].entries()
        assert told(reader) == [(Code.INVALID_VALUE, "a.b[1]", 2, 10)]

    def test_a_spoiled_value_is_told_once(self):
        """What a mistake of form has spoiled is not called of a wrong type on top."""
        reader = reader_of("a: !x 1\nb: *y\n")
        with reader.root.mapping() as fields:
            fields["a"].whole(0, 9)
            fields["b"].each()
            assert fields["a"].made(lambda: 1) is None
        assert [p.code for p in reader.problems] == [Code.UNSAFE, Code.UNSAFE]

    def test_problems_come_in_the_order_of_the_document(self):
        """However a room reads, the writer is told from top to bottom."""
        reader = reader_of("a: 1\nb: 2\nc: 3\nc: 4\n")
        with reader.root.mapping() as fields:
            for key in ("c", "b", "a"):
                fields[key].text()
        assert [p.line for p in reader.problems] == [1, 2, 3, 4]

    def test_an_error_of_ours_is_not_hidden_by_unknown_keys(self):
        """Leaving the block by an exception judges no keys."""
        reader = reader_of("a: 1")
        with pytest.raises(ZeroDivisionError), reader.root.mapping():
            raise ZeroDivisionError
        reader.finish()


def test_every_code_has_a_meaning_and_no_two_are_the_same():
    """The table of codes is complete, and warnings can be told from mistakes."""
    assert set(Code) == set(CODE_MEANINGS)
    assert len(Code) == len({code.value for code in Code})
    assert all(code.value.startswith(("SVC-D", "SVC-W")) for code in Code)
