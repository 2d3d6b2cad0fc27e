"""Which tests prove the rows of the traceability table, and whether a run has all of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

__all__ = ["PROVES", "TABLE", "named_tests", "names", "proofs_of", "table_rows"]

TABLE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "traceability.yaml"

PROVES = pytest.StashKey[frozenset[str]]()
"""The tests of this run that prove a row; none where the run lacks one of them."""


def table_rows() -> list[dict[str, Any]]:
    """Answer the rows of the table."""
    table: dict[str, list[dict[str, Any]]] = YAML(typ="safe").load(TABLE.read_text(encoding="utf-8"))
    return table["rows"]


def named_tests(rows: Iterable[dict[str, Any]]) -> set[str]:
    """Answer what proved rows name: tests, classes and files."""
    return {test for row in rows if row["status"] == "proved" for test in row["tests"]}


def names(test: str, ran: str) -> bool:
    """Answer whether a name of the table means a test that ran: itself, one of its cases, or one inside it.

    Tests that must not run side by side have the name of their group behind an `@`.
    """
    return ran == test or ran.startswith((f"{test}[", f"{test}::", f"{test}@"))


def proofs_of(collected: Iterable[str]) -> frozenset[str]:
    """Answer the collected tests that prove a row; none, unless all that the table names are among them."""
    ran = list(collected)
    found: set[str] = set()
    for test in named_tests(table_rows()):
        own = {each for each in ran if names(test, each)}
        if not own:
            return frozenset()
        found |= own
    return frozenset(found)
