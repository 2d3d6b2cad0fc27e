"""The tree of a document: plain data, and where each key and value stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from attrs import evolve, field, frozen

from svcdelivery.documents.codes import Code
from svcdelivery.errors import DocumentError, Problem, quoted

__all__ = [
    "DEPTH_MOST",
    "NODES_MOST",
    "SIZE_MOST",
    "Document",
    "Place",
    "Plain",
    "Position",
    "Step",
    "Steps",
    "is_too_long",
    "path_text",
]

SIZE_MOST = 1_000_000
"""Bytes of UTF-8 a document may have."""
DEPTH_MOST = 64
"""Lists and mappings that may stand in one another."""
NODES_MOST = 20_000
"""Keys and values a document may have."""
_DIGITS_MOST = 30
_LARGE = 10**30

Plain: TypeAlias = "bool | int | Decimal | str | list[Plain] | dict[str, Plain] | None"
"""What a document is made of; never a float."""
Step: TypeAlias = str | int
Steps: TypeAlias = tuple[Step, ...]
"""The keys and list indexes that lead from the root to a value."""

_SIMPLE_KEY = re.compile(r"\w[\w\-]{0,79}")


def path_text(steps: Steps) -> str:
    """Answer the steps as people write them: `targets[0].within`; keys that are no plain words as `["e.mail"].name`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _SIMPLE_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            shown = quoted(step)[1:-1].replace('"', '\\"')
            text += f'["{shown}"]'
    return text


def is_too_long(number: int | Decimal) -> bool:
    """Answer whether a number has more digits than any agreement needs."""
    if isinstance(number, int):
        return abs(number) >= _LARGE
    _, digits, exponent = number.as_tuple()
    return not isinstance(exponent, int) or len(digits) > _DIGITS_MOST or abs(exponent) > _DIGITS_MOST


@frozen(order=True)
class Position:
    """A place in the text: line and column, both counted from 1, columns in characters."""

    line: int
    column: int


@frozen
class Place:
    """Where a value and its key stand; `order` numbers the values of a document, also where there is no text."""

    order: int
    value: Position | None = None
    key: Position | None = None


@frozen(kw_only=True, eq=False)
class Document:
    """A document as read: plain data, and the position of every key and value, found by path.

    Attributes:
        data: The root value.
        source: What problems call the document, such as the name of its file.
        problems: Mistakes of form found while reading on, such as keys that stand twice; `data` has the first of them.
        broken: Paths whose values a problem of form has spoiled; nothing more is to be said of them.
    """

    data: Plain
    source: str = ""
    problems: tuple[Problem, ...] = ()
    broken: frozenset[Steps] = frozenset()
    _places: Mapping[Steps, Place] = field(factory=dict, alias="places", repr=False)

    @classmethod
    def from_data(cls, data: Mapping[str, object], source: str = "") -> Document:
        """Answer the document of data at hand: the same tree, without positions.

        Dates become their ISO texts; tuples become lists. Floats are refused, since they seldom are what was written.

        Raises:
            DocumentError: Values or keys of other types, a tree too deep (also one that contains itself) or too large.
        """
        build = _FromData(source)
        root = build.copied(data, ())
        if build.problems:
            raise DocumentError(problems=tuple(build.problems))
        return cls(data=root, source=source, places=build.places)

    def position(self, *steps: Step) -> Position | None:
        """Answer where the value at those steps starts, None when it is not there or was read from data."""
        place = self._places.get(steps)
        return place.value if place else None

    def key_position(self, *steps: Step) -> Position | None:
        """Answer where the key of the value at those steps stands; list items and the root have none."""
        place = self._places.get(steps)
        return place.key if place else None

    def holds(self, steps: Steps) -> bool:
        """Answer whether there is a value at those steps."""
        return steps in self._places

    def order(self, steps: Steps) -> int:
        """Answer the number of the value, or of the nearest one around it, in the order of the document."""
        while steps and steps not in self._places:
            steps = steps[:-1]
        place = self._places.get(steps)
        return place.order if place else 0

    def problem(self, code: Code, steps: Steps, message: str, hint: str = "", *, at_key: bool = False) -> Problem:
        """Answer a problem of the value at those steps, placed at it, at its key, or at the nearest place around it."""
        near = steps
        while near and near not in self._places:
            near = near[:-1]
        place = self._places.get(near, Place(0))
        where = (place.key if at_key else None) or place.value
        return Problem(
            code=code.value,
            path=path_text(steps),
            message=message,
            hint=hint,
            source=self.source,
            line=where.line if where else None,
            column=where.column if where else None,
        )

    def located(self, problem: Problem) -> Problem:
        """Answer a problem that knows its path alone, with the source and the position its path has here.

        A path that leads further than the document goes is placed at the nearest value around it.
        """
        by_path = {path_text(steps): place for steps, place in self._places.items()}
        path = problem.path
        while path and path not in by_path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        place = by_path.get(path, Place(0))
        where = place.key or place.value
        return evolve(
            problem,
            source=self.source,
            line=where.line if where else None,
            column=where.column if where else None,
        )


class _FromData:
    """Copies data into a tree of plain data and numbers its values."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.places: dict[Steps, Place] = {}
        self.problems: list[Problem] = []

    def copied(self, value: object, steps: Steps) -> Plain:
        self.places[steps] = Place(len(self.places))
        if len(self.places) > NODES_MOST or len(steps) > DEPTH_MOST:
            what = f"more than {NODES_MOST} values" if len(self.places) > NODES_MOST else f"deeper than {DEPTH_MOST}"
            self._refuse(Code.TOO_LARGE, steps, f"the document is too large: {what}")
            raise DocumentError(problems=tuple(self.problems))
        if isinstance(value, Mapping):
            return self._mapping(value, steps)
        if isinstance(value, list | tuple):
            return [self.copied(item, (*steps, index)) for index, item in enumerate(value)]
        return self._leaf(value, steps)

    def _mapping(self, value: Mapping[object, object], steps: Steps) -> Plain:
        copy: dict[str, Plain] = {}
        for given, item in value.items():
            key = given.isoformat() if isinstance(given, date) and not isinstance(given, datetime) else given
            if not isinstance(key, str):
                self._refuse(
                    Code.WRONG_TYPE, steps, f"expected text as a key, got {type(given).__name__} {quoted(given)}"
                )
            elif key in copy:
                self._refuse(Code.DUPLICATE_KEY, (*steps, key), f"the key {quoted(key)} stands twice")
            else:
                copy[key] = self.copied(item, (*steps, key))
        return copy

    def _leaf(self, value: object, steps: Steps) -> Plain:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, float):
            self._refuse(Code.WRONG_TYPE, steps, f"floats are not exact: {quoted(value)}", "give a Decimal, or text")
        elif isinstance(value, int | Decimal) and is_too_long(value):
            self._refuse(Code.TOO_LARGE, steps, f"{quoted(value)} is not a number of at most {_DIGITS_MOST} digits")
        elif value is None or isinstance(value, bool | int | Decimal | str):
            return value
        else:
            self._refuse(
                Code.WRONG_TYPE,
                steps,
                f"expected plain data, got {type(value).__name__}",
                "text for instants and durations",
            )
        return None

    def _refuse(self, code: Code, steps: Steps, message: str, hint: str = "") -> None:
        self.problems.append(
            Problem(code=code.value, path=path_text(steps), message=message, hint=hint, source=self.source)
        )
