"""From text to tree: what is read, where it stands, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.documents import NODES_MOST, SIZE_MOST, Code, Document, Position, parse_document
from svcdelivery.errors import DocumentError, Problem, WrongTypeError
from tests.effort import calls_at_most


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        parse_document(text, "a.yaml")
    return caught.value.problems


def problem_of(text: str) -> tuple[str, int | None, int | None]:
    (problem,) = problems_of(text)
    return problem.code, problem.line, problem.column


class TestValues:
    @pytest.mark.parametrize(
        "text", ["no", "on", "y", "1:30", "17:30", "2026-04-01", "NaN", ".inf", "1_000", "0b1", "="]
    )
    def test_what_yaml_1_1_would_have_guessed_stays_text(self, text):
        """B093: only the core schema of YAML 1.2 gives scalars another type than text."""
        assert {"a": text} == parse_document(f"a: {text}").data

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("~", None), ("null", None), ("", None), ("true", True), ("False", False), ("7", 7), ("-7", -7),
            ("010", 10), ("0o10", 8),
            ("0x1f", 31), ("99.90", Decimal("99.90")), (".5", Decimal("0.5")), ("1e3", Decimal(1000)),
            ("'7'", "7"), ('"true"', "true"), ("''", ""),
        ],
    )  # fmt: skip
    def test_scalars_follow_the_core_schema(self, text, value):
        """Numbers are exact, and quotes make text."""
        data = parse_document(f"a: {text}").data
        assert isinstance(data, dict)
        assert (type(value), value) == (type(data["a"]), data["a"])

    def test_keys_are_text_always(self):
        """A key is compared as it is written."""
        assert parse_document("1: {no: P1}\ntrue:").data == {"1": {"no": "P1"}, "true": None}

    def test_json_gives_the_same_tree(self):
        """JSON is a part of YAML 1.2: tabs, escapes and surrogate pairs are read."""
        text = '{\n\t"a": [1, 2.50, "x\\/y", "\\ud83d\\ude00"],\n\t"b": {"c": null}\n}'
        assert {"a": [1, Decimal("2.50"), "x/y", "😀"], "b": {"c": None}} == parse_document(text).data


class TestPositions:
    def test_every_key_and_value_has_its_line_and_column(self):
        """Lines and columns count from one, and columns count characters."""
        document = parse_document('services:\n  é: {name: "x", to: [a, bc]}\n')
        assert Position(2, 3) == document.position("services")
        assert Position(1, 1) == document.key_position("services")
        assert Position(2, 6) == document.position("services", "é")
        assert Position(2, 13) == document.position("services", "é", "name")
        assert Position(2, 18) == document.key_position("services", "é", "to")
        assert Position(2, 26) == document.position("services", "é", "to", 1)
        assert document.key_position("services", "é", "to", 1) is None
        assert document.position("nowhere") is None

    def test_a_warning_that_knows_its_path_is_placed(self):
        """A problem found later is told where its path, or what is left of it, stands."""
        document = parse_document("a:\n  b: [1, 2]\n", "a.yaml")
        for path, place in [("a.b[1]", (2, 10)), ("a.b[7].c", (2, 3)), ("a.x", (1, 1)), ("", (1, 1))]:
            found = document.located(Problem(code="SVC-W001", path=path, message="m"))
            assert (found.source, found.line, found.column) == ("a.yaml", *place)


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "line", "column"),
        [
            ("a: b: c", 1, 5),
            ("a:\n\tb: 1", 2, 1),
            ('{"a": 1', 1, 8),
            ("[1,,2]", 1, 4),
            ("a: 1\nb: @c", 2, 4),
            ('a: "\\q"', 1, 6),
            ("{} x", 1, 4),
            ('{"a": 1} {"b": 2}', 1, 10),
            ("", 1, 1),
            ("# nothing\n", 1, 1),
            ("? [a]\n: b", 1, 3),
            ("a: &x b\n*x : c", 2, 1),
            ('a: "\\UFFFFFFFF"', 1, 1),
            ('a: "\\U00110000"', 1, 1),
            ("%YAML 1.3\n---\na", 1, 1),
            ("%YAML " + "9" * 5000 + ".1\n---\na", 1, 1),
        ],
    )
    def test_a_mistake_of_syntax_has_its_place(self, text, line, column):
        """B083: trailing text and everything else that is neither YAML nor JSON is refused where it stands."""
        found = problems_of(text)[-1]
        assert (found.code, found.line, found.column) == (Code.SYNTAX, line, column)

    def test_every_key_that_stands_twice_is_told(self):
        """Neither the first nor the last wins silently; what stands under the second key is still looked at."""
        found = problems_of("a: 1\nb: {c: 1, c: 2}\na: {d: 1, d: &x 2}\n")
        assert [(p.code, p.line, p.column, p.path) for p in found] == [
            (Code.DUPLICATE_KEY, 2, 11, "b.c"),
            (Code.DUPLICATE_KEY, 3, 1, "a"),
            (Code.DUPLICATE_KEY, 3, 11, "a.d"),
            (Code.UNSAFE, 3, 14, "a.d"),
        ]
        assert "line 1" in found[1].message

    @pytest.mark.parametrize(
        ("text", "places"),
        [
            ("a: &x 1", [(1, 4)]),
            ("a: &x {b: 1}", [(1, 4)]),
            ("a: &x 1\nb: *x", [(1, 4), (2, 4)]),
            ("a: !!python/object/apply:os.system [ls]", [(1, 4)]),
            ("a: !x 1", [(1, 4)]),
            ("<<: {b: 1}", [(1, 1)]),
            ("%YAML 1.1\n---\na: no", [(2, 1)]),
            ("a: 1\n---\nb: 2", [(2, 1)]),
        ],
    )
    def test_what_could_do_harm_is_not_read(self, text, places):
        """Anchors, aliases, tags, merge keys, directives and second documents are refused, all of them at once."""
        found = problems_of(text)
        assert {Code.UNSAFE} == {p.code for p in found}
        assert places == [(p.line, p.column) for p in found]

    @pytest.mark.parametrize(
        ("text", "line", "column"),
        [
            ("\ufeffa: 1", 1, 1),
            ("a: 1\nb: \x00", 2, 4),
            ("a: 1\r\nb: x\x1b[2J", 2, 5),
            ("a: \x85", 1, 4),
            ("a: \ud800", 1, 4),
            ('a: "\\ud83d"', 1, 4),
            ("a: 1".encode("utf-16-le").decode("utf-8"), 1, 2),
        ],
    )
    def test_a_character_that_may_not_stand_here_has_its_place(self, text, line, column):
        """B083: byte order marks, UTF-16 taken for UTF-8, and control characters are told by line and column."""
        assert problem_of(text) == (Code.BAD_CHARACTER, line, column)

    @pytest.mark.parametrize("number", ["9" * 5000, "1" * 31, "0x" + "f" * 30, "1e999999999", "0." + "1" * 31])
    def test_a_number_with_too_many_digits_is_refused(self, number):
        """B031: nobody waits for a number no agreement needs."""
        assert problem_of(f"a: {number}") == (Code.TOO_LARGE, 1, 4)

    @pytest.mark.parametrize(
        "text",
        [
            "x" * (SIZE_MOST + 1),
            "é" * (SIZE_MOST // 2 + 1),
            "[" * 5000,
            "- " * 5000,
            "{a: " * 70,
            "[" + "1," * NODES_MOST + "]",
            "closed: [" + "2026-01-01, " * 1_000_000 + "]",
            "closed: [" + "2026-01-01, " * 80_000 + "]",
        ],
        ids=[
            "size",
            "bytes",
            "depth",
            "depth of a block",
            "depth of mappings",
            "nodes",
            "B023",
            "B023 within the size",
        ],
    )
    def test_caps_end_the_reading_at_once(self, text):
        """Size, depth and number of values are bounded, and so is the work of finding out."""
        with calls_at_most(15_000_000):
            (problem,) = problems_of(text)
        assert problem.code == Code.TOO_LARGE

    def test_several_mistakes_of_form_can_be_left_to_a_reader(self):
        """With `keep_going` the tree is answered, with what was wrong and what it spoiled."""
        document = parse_document("a: 1\na: 2\nb: !x 3\n", keep_going=True)
        assert document.data == {"a": 1, "b": "3"}
        assert len(document.problems) == 2
        assert frozenset({("b",)}) == document.broken

    def test_only_text_is_parsed(self):
        """Bytes have an encoding somebody else must know."""
        with pytest.raises(WrongTypeError):
            parse_document(b"a: 1")  # type: ignore[arg-type]

    def test_a_source_with_line_ends_stays_on_one_line(self):
        """B041: the name of a file cannot forge a second problem."""
        with pytest.raises(DocumentError) as caught:
            parse_document("a: 1\na: 2", "x\r\nb.yaml:1:1: SVC-D001")
        assert len(str(caught.value).splitlines()) == 1

    def test_without_the_extra_the_extra_is_named(self):
        """A missing optional dependency is one typed error that says what to install."""
        script = (
            "import sys\n"
            "sys.modules['ruamel.yaml'] = None\n"
            "from svcdelivery.documents import parse_document\n"
            "from svcdelivery.errors import ExtraMissingError\n"
            "try:\n    parse_document('a: 1')\nexcept ExtraMissingError as error:\n    print(error.extra, error)\n"
        )
        shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert shown.startswith("yaml ")
        assert "svcdelivery[yaml]" in shown

    def test_reading_the_core_loads_no_yaml(self):
        """YAML is loaded when the first text is parsed."""
        script = "import sys, svcdelivery.agreement.document\nprint('ruamel.yaml' in sys.modules)\n"
        shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        assert shown.strip() == "False"


_PIECES = st.sampled_from(
    ["a", "b", ": ", ":", "- ", "\n", "\n  ", " ", "{", "}", "[", "]", ",", '"', "'", "&x ", "*x", "!", "!!str ", "<<",
     "|", ">",
     "|2-", "%", "%YAML 1.2\n", "%TAG ! x\n", "---", "...", "#", "?", "? ", "\t", "\\", "\\u12", '"\\UFFFFFFFF"',
     '"\\ud800"', "1", "1.5", "~", "null", "é", "\U0001f600", "\u2028", "\x00", "@", "`", "0x", "1e9", "-", "+"]
)  # fmt: skip
_JSON_LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text("abc: é\"\\'\n", max_size=8)
_JSON = st.recursive(
    _JSON_LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc <", max_size=5), inner, max_size=4),
)


class TestGarbage:
    @given(st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=40).map("".join)))
    def test_any_text_gives_a_tree_or_problems_with_places(self, text):
        """No text leads to another error than ours, and every problem has a place in it."""
        problems: tuple[Problem, ...] = ()
        try:
            assert isinstance(parse_document(text), Document)
        except DocumentError as error:
            problems = error.problems
        for problem in problems:
            assert problem.line is not None
            assert 1 <= problem.line <= text.count("\n") + text.count("\r") + 1
            assert problem.column is not None
            assert problem.column >= 1
            assert len(str(problem).splitlines()) == 1

    @given(_JSON)
    def test_json_and_data_give_the_same_tree(self, value):
        """What a JSON writer writes is read as what it had."""
        for text in (json.dumps({"v": value}), json.dumps({"v": value}, indent=2, ensure_ascii=False)):
            assert Document.from_data({"v": value}).data == parse_document(text).data
