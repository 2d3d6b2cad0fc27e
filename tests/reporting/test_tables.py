from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.reporting.tables import _line, safe_cell, table_file
from svcdelivery.timeline import parse_instant


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "one\n=cmd|' /C calc'!A0", "one\r\n  @x", "\n-1", "＝1"],
)
def test_no_line_of_a_cell_is_taken_for_a_formula(text: str) -> None:
    """B101: an apostrophe stands before each line that would begin a formula, blanks or not."""
    for line in safe_cell(text).replace("\r", "\n").split("\n"):
        assert line.lstrip(" \t")[:1] not in tuple("=+-@＝")


@given(st.text())
def test_whatever_the_text_no_line_begins_a_formula(text: str) -> None:
    """The law behind the examples."""
    for line in safe_cell(text).replace("\r", "\n").split("\n"):
        assert not line.lstrip().startswith(tuple("=+-@＝＋－＠"))


@given(st.text(alphabet=st.characters(categories=["L", "Nd"])))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    """Letters and digits are nobody's formula."""
    assert safe_cell(text) == text


def test_unprintable_signs_are_escaped() -> None:
    """B041: no terminal or viewer is steered by what somebody typed."""
    assert safe_cell("a\x1b[2Jb\u202ec") == r"a\x1b[2Jb\u202ec"


def test_cells_come_back_through_any_csv_reader(tmp_path: Path) -> None:
    """RFC 4180: quotes, separators and line ends within cells are kept."""
    cells = ['say "hi"', "a,b;c", "two\nlines", ""]
    with table_file(tmp_path / "t.csv", ["w", "x", "y", "z"]) as write:
        write(cells)
        write([None, 3, parse_instant("2026-01-01T00:00:00Z"), timedelta(hours=1)])
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert rows[1] == cells
    assert rows[2] == ["", "3", "2026-01-01T00:00:00.000000Z", "PT1H"]
    assert (tmp_path / "t.csv").read_bytes().count(b"\r\n") == 3


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, max_size=4))
def test_rows_are_written_as_the_csv_module_writes_them(cells: list[str]) -> None:
    """Quotes doubled, every cell quoted, rows ended by both signs."""
    expected = io.StringIO(newline="")
    csv.writer(expected, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    assert _line(cells) == expected.getvalue()
