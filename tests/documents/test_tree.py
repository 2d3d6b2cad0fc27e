"""Trees made of data, and the text of paths."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from svcdelivery.documents import DEPTH_MOST, Code, Document, path_text
from svcdelivery.errors import DocumentError


class TestPathText:
    @pytest.mark.parametrize(
        ("steps", "text"),
        [
            ((), ""),
            (("targets", 0, "within"), "targets[0].within"),
            (("services", "e.mail", "name"), 'services["e.mail"].name'),
            (("a", "2026-05-01"), "a.2026-05-01"),
            (("a b\n",), '["a b\\n"]'),
        ],
    )
    def test_a_path_reads_as_people_write_it(self, steps, text):
        """Words are joined by dots, other keys and indexes stand in brackets, on one line always."""
        assert text == path_text(steps)


class TestFromData:
    def test_data_become_a_tree_without_positions(self):
        """Tuples are lists, dates their text; nothing else changes."""
        document = Document.from_data({"a": (1, Decimal("2.5")), date(2026, 1, 1): date(2026, 5, 1)})
        assert {"a": [1, Decimal("2.5")], "2026-01-01": "2026-05-01"} == document.data
        assert document.position("a") is None
        assert document.holds(("a", 1))

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (0.1 + 0.2, Code.WRONG_TYPE),
            (datetime(2026, 1, 1, tzinfo=UTC), Code.WRONG_TYPE),
            (b"x", Code.WRONG_TYPE),
            ({1: "a"}, Code.WRONG_TYPE),
            ({date(2026, 1, 1): 1, "2026-01-01": 2}, Code.DUPLICATE_KEY),
            (10**400, Code.TOO_LARGE),
            (Decimal("1e999999"), Code.TOO_LARGE),
            (Decimal("NaN"), Code.TOO_LARGE),
        ],
    )
    def test_other_values_are_refused_with_their_path(self, value, code):
        """B031, B033: floats, endless numbers and foreign objects never get in."""
        with pytest.raises(DocumentError) as caught:
            Document.from_data({"a": [value]}, "here")
        (problem,) = caught.value.problems
        assert (code, "here", None) == (problem.code, problem.source, problem.line)
        assert problem.path.startswith("a[0]")

    def test_data_that_contain_themselves_are_refused(self):
        """The cap on depth ends what would never end."""
        loop: dict[str, object] = {}
        loop["again"] = loop
        with pytest.raises(DocumentError) as caught:
            Document.from_data(loop)
        assert caught.value.problems[0].code == Code.TOO_LARGE
        assert str(DEPTH_MOST) in caught.value.problems[0].message

    def test_data_that_share_themselves_out_are_refused(self):
        """The cap on values ends what would become a billion of them."""
        wide: list[object] = ["x"] * 10
        for _ in range(12):
            wide = [wide] * 10
        with pytest.raises(DocumentError):
            Document.from_data({"wide": wide})
