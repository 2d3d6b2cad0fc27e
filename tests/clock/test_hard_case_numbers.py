"""Every hard case has a decision on the page and tests under its number."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent.parent
PAGE = TESTS.parent / "docs" / "explanation" / "how-time-is-counted.md"
CASES = range(1, 26)


def test_every_case_has_a_section_that_decides_it() -> None:
    """In order, each once, none empty."""
    parts = re.split(r"^### Case (\d+): .+$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [int(number) for number in parts[1::2]] == list(CASES)
    assert all(len(text.split()) >= 10 for text in parts[2::2])


def test_every_case_has_a_test() -> None:
    """Functions that pytest runs, not names in comments."""
    named: Counter[int] = Counter()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = re.match(r"test_case_(\d\d)_", node.name) if isinstance(node, ast.FunctionDef) else None
            if found:
                named[int(found[1])] += 1
    assert sorted(named) == list(CASES)
