"""Errors: one base, one line, a code each, and nothing of a value that could fool a reader."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

from svcdelivery import errors
from svcdelivery.errors import (
    DocumentError,
    InvalidValueError,
    NotPermittedError,
    Problem,
    ServiceDeliveryError,
    TransitionRefusedError,
    WrongTypeError,
    quoted,
)

KINDS = [
    kind for name in errors.__all__ if isinstance(kind := getattr(errors, name), type) and issubclass(kind, Exception)
]
VALUES: dict[str, Any] = {
    "problems": (Problem(code="SVC-E1", path="a", message="m"),), "limit": 3, "expected": 1, "actual": 2,
    "first_year": 2024, "last_year": 2025, "revision": 2, "position": 7, "possible": ("a", "b"), "reasons": ("r",),
    "candidates": ("x", "y"),
}  # fmt: skip


def example(kind: type[Any]) -> Any:
    needed = [a for a in attrs.fields(kind) if a.default is attrs.NOTHING]
    return kind(**{a.alias: VALUES.get(a.name, f"the {a.name}") for a in needed}, path="here", hint="try that")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
class TestEveryError:
    def test_it_is_one_of_ours_with_a_place_a_hint_and_one_line(self, kind: type[Any]) -> None:
        """What, where, and what would be accepted."""
        error = example(kind)
        assert isinstance(error, ServiceDeliveryError)
        assert str(error).startswith("here: ")
        assert str(error).endswith("(try that)")
        assert "\n" not in str(error)
        assert error.code.startswith("SVC-E")
        assert error.doc == f"reference/errors.html#{error.code.lower()}"

    def test_it_survives_pickling_and_copying(self, kind: type[Any]) -> None:
        """So it may cross processes."""
        error = example(kind)
        for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert type(other) is kind
            assert str(other) == str(error)

    def test_it_can_be_told_where_it_happened(self, kind: type[Any]) -> None:
        """The outer place is put before the inner one."""
        assert example(kind).at("outer").path == "outer.here"
        assert example(kind).at("").path == "here"


def test_codes_are_given_once() -> None:
    """A code names one kind of failure."""
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)


def test_errors_stand_beside_the_built_in_ones() -> None:
    """Callers who know only Python catch them too."""
    assert issubclass(InvalidValueError, ValueError)
    assert issubclass(WrongTypeError, TypeError)
    assert issubclass(NotPermittedError, PermissionError)
    assert issubclass(DocumentError, ValueError)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "`plain`"),
        ("\x1b[2J", "`\\x1b[2J`"),
        ("a\r\n[ERROR] forged", "`a\\r\\n[ERROR] forged`"),
        ("\u202egnp.exe", "`\\u202egnp.exe`"),
        ("x" * 300, "`" + "x" * 200 + "…`"),
        (None, "`None`"),
        (True, "`True`"),
        pytest.param(10**5000, "`an integer of 16610 bits`", id="a long number"),
        pytest.param(-(10**5000), "`an integer of 16610 bits`", id="a long negative number"),
    ],
)
def test_a_value_in_a_message_is_escaped_and_cut(value: object, shown: str) -> None:
    """B031, B041: one record stays one line, and no number is too long to be named."""
    assert quoted(value) == shown


def test_a_problem_reads_like_a_compiler_s() -> None:
    """File, line, column, code, path, message and hint; those not known are left out."""
    full = Problem(code="SVC-E210", path="a.b", message="no", hint="yes", source="f.yaml", line=3, column=7)
    assert str(full) == "f.yaml:3:7: SVC-E210 a.b: no (yes)"
    bare = Problem(code="SVC-W1", path="", message="no")
    assert str(bare) == "SVC-W1 no"
    assert (full.is_warning, bare.is_warning) == (False, True)
    assert DocumentError(problems=(full, bare)).message == f"{full}\n{bare}"


def test_a_refused_transition_can_be_asserted_on() -> None:
    """Its fields are data, its text is for people."""
    error = TransitionRefusedError(subject="request 1", status="closed", action="start", possible=("reopen",))
    assert str(error) == "cannot start `request 1`: it is closed; possible from there: reopen"
    assert (error.subject, error.possible) == ("request 1", ("reopen",))
