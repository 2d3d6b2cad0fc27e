"""What a run of vectors came to, and how that is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from attrs import frozen

__all__ = ["Checked", "Outcome", "VectorReport"]

_SHOWN_MOST = 400


class Outcome(Enum):
    """What became of one vector."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    QUIRK = "quirk"


@frozen(kw_only=True)
class Checked:
    """One vector and what became of it.

    Attributes:
        file: The file it stands in.
        expected: What it must give; beside a quirk the obvious answer, None where none is told.
        got: What was answered; a refusal reads `{"error": true, "why": ...}`; None where nothing was asked.
        agrees: Whether the answer is the expected one.
        quirk: Why a product's own answer departs from the obvious one.
    """

    file: str
    id: str
    operation: str
    outcome: Outcome
    expected: Mapping[str, Any] | None = None
    got: Mapping[str, Any] | None = None
    agrees: bool = False
    quirk: str = ""

    def plain(self) -> dict[str, Any]:
        """Answer it for JSON."""
        told = {"file": self.file, "id": self.id, "operation": self.operation}
        return {**told, "agrees": self.agrees, "expected": self.expected, "got": self.got, "quirk": self.quirk}

    def __str__(self) -> str:
        name = f"{_line(self.id)} ({_line(self.operation)})"
        asked = f"expected {_short(self.expected)}, got {_short(self.got)}"
        match self.outcome:
            case Outcome.FAILED:
                return f"failed {name}: {asked}"
            case Outcome.QUIRK if self.got is None:
                return f"quirk {name}: not asked, {'no obvious answer told' if self.expected is None else 'not built'}"
            case Outcome.QUIRK:
                return f"quirk {name}: {'the obvious answer' if self.agrees else f'not the obvious answer: {asked}'}"
            case _:
                return f"{self.outcome.value} {name}"


@frozen(kw_only=True)
class VectorReport:
    """What became of every vector, in the order of the files.

    Attributes:
        passed: How many gave the expected answer.
        failures: Those that did not.
        skipped: How many were left out, by the name of the operation that is not built.
        quirks: Those that rest on a product's quirk; they neither pass nor fail.
    """

    passed: int
    failures: tuple[Checked, ...]
    skipped: tuple[tuple[str, int], ...]
    quirks: tuple[Checked, ...]

    @property
    def failed(self) -> int:
        """How many did not give the expected answer."""
        return len(self.failures)

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    @property
    def summary(self) -> str:
        """The counts in one line."""
        left_out = sum(count for _, count in self.skipped)
        return f"{self.passed} passed, {self.failed} failed, {left_out} skipped"

    def plain(self) -> dict[str, Any]:
        """Answer the report for JSON."""
        return {
            "passed": self.passed,
            "failed": [failure.plain() for failure in self.failures],
            "skipped": dict(self.skipped),
            "quirks": [quirk.plain() for quirk in self.quirks],
        }

    def lines(self) -> Iterator[str]:
        """Answer the report line by line: failures, quirks, operations not built, and last the counts."""
        yield from map(str, self.failures)
        yield from map(str, self.quirks)
        for operation, count in self.skipped:
            yield f"skipped {_line(operation)}: {count} {'vector' if count == 1 else 'vectors'}, operation not built"
        yield self.summary

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _short(value: Mapping[str, Any] | None) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN_MOST else f"{text[:_SHOWN_MOST]}…"
