"""From the events of a parser to a tree, with the caps kept and every mistake of form noted."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from attrs import define, field

from svcdelivery.documents.codes import Code
from svcdelivery.documents.tree import (
    DEPTH_MOST,
    NODES_MOST,
    Document,
    Place,
    Plain,
    Position,
    Steps,
    is_too_long,
    path_text,
)
from svcdelivery.errors import DocumentError, Problem, quoted

__all__ = ["TreeBuilder", "refusal"]

_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NUMBER_TEXT_MOST = 40
_HINTS = (
    ("'\\t'", "indent with spaces"),
    ("mapping values are not allowed", "put a text that holds a colon in quotes, and line keys up"),
    ("cannot start any token", "put the text in quotes"),
    ("stream end", "the end is missing"),
    ("escape", "backslashes stay as they are in single quotes"),
    ("document start", "nothing may follow the document"),
    ("but got ':'", "a key stands on one line, in at most 1000 characters, its colon beside it"),
    ("could not find expected ':'", "a key is followed by a colon and a blank"),
)


def refusal(code: Code, source: str, at: Position, message: str, hint: str = "") -> DocumentError:
    """Answer the error of one mistake that leaves no tree to be read."""
    return DocumentError(problems=(_problem(code, source, (), at, message, hint=hint),))


def _problem(code: Code, source: str, steps: Steps, at: Position, message: str, *, hint: str = "") -> Problem:
    return Problem(
        code=code.value,
        path=path_text(steps),
        message=message,
        hint=hint,
        source=source,
        line=at.line,
        column=at.column,
    )


@define
class _Frame:
    """A list or mapping that is being read.

    Attributes:
        container: What it becomes.
        steps: Where it stands.
        is_lost: Whether it belongs to a key that is not kept; its own mistakes are told all the same.
        key: The key whose value comes next, in a mapping.
        key_at: Where that key stands.
        loses: Whether the value that comes next is not kept.
    """

    container: list[Plain] | dict[str, Plain]
    steps: Steps
    is_lost: bool = False
    key: str | None = None
    key_at: Position | None = None
    loses: bool = False


@define
class TreeBuilder:
    """Puts the events of the parser together, without recursion, and keeps the caps."""

    source: str
    last: Position = Position(1, 1)
    root: Plain = None
    documents: int = 0
    nodes: int = 0
    frames: list[_Frame] = field(factory=list)
    problems: list[Problem] = field(factory=list)
    broken: set[Steps] = field(factory=set)
    places: dict[Steps, Place] = field(factory=dict)

    def take(self, event: Any) -> None:
        """Put in what the parser has come upon."""
        mark = event.start_mark
        self.last = Position(mark.line + 1, mark.column + 1)
        match type(event).__name__:
            case "DocumentStartEvent":
                self._start_document(event)
            case "MappingStartEvent":
                self._open({}, event)
            case "SequenceStartEvent":
                self._open([], event)
            case "MappingEndEvent" | "SequenceEndEvent":
                self.frames.pop()
            case "ScalarEvent" | "AliasEvent":
                self._scalar(event)
            case _:  # the ends of documents and of the stream
                pass

    def finished(self) -> Document:
        """Answer the tree."""
        if not self.places:
            raise refusal(Code.SYNTAX, self.source, Position(1, 1), "the document is empty")
        return Document(
            data=self.root,
            source=self.source,
            problems=tuple(self.problems),
            broken=frozenset(self.broken),
            places=self.places,
        )

    def syntax(self, problem: str, at: Position) -> DocumentError:
        """Answer the error of a text that is read no further, with all that was wrong before."""
        hint = next((hint for words, hint in _HINTS if words in problem), "")
        message = f"neither YAML nor JSON: {quoted(problem)[1:-1]}"
        return DocumentError(problems=(*self.problems, _problem(Code.SYNTAX, self.source, (), at, message, hint=hint)))

    def _start_document(self, event: Any) -> None:
        self.documents += 1
        if event.version is not None or event.tags:
            self._report(Code.UNSAFE, (), "directives are not read", "leave out the lines that start with `%`")
        if self.documents > 1:
            self._report(Code.UNSAFE, (), "a second document", "one document a file")
            raise DocumentError(problems=tuple(self.problems))

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def _open(self, container: list[Plain] | dict[str, Plain], event: Any) -> None:
        frame = self.frames[-1] if self.frames else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            raise self.syntax("a list or mapping as a key", self.last)
        steps, is_lost = self._place(container)
        self._check_properties(event, steps)
        self.frames.append(_Frame(container, steps, is_lost))
        if len(self.frames) > DEPTH_MOST:
            self._report(Code.TOO_LARGE, (), f"lists and mappings stand deeper than {DEPTH_MOST} in one another")
            raise DocumentError(problems=tuple(self.problems))

    def _scalar(self, event: Any) -> None:
        frame = self.frames[-1] if self.frames else None
        is_alias = type(event).__name__ == "AliasEvent"
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            if is_alias:
                raise self.syntax("an alias as a key", self.last)
            self._key(frame, frame.container, event)
            return
        if is_alias:
            steps, _ = self._place(None)
            self._spoil(Code.UNSAFE, steps, f"the alias {quoted('*' + event.anchor)}", "write the value out")
            return
        text = self._joined(event.value)
        value = _resolved(text) if event.style is None and event.tag is None else text
        steps, _ = self._place(value)
        self._check_properties(event, steps)
        if isinstance(value, int | Decimal) and is_too_long(value):
            self._spoil(Code.TOO_LARGE, steps, f"the number {quoted(text)} has too many digits", "at most 30")

    def _key(self, frame: _Frame, mapping: dict[str, Plain], event: Any) -> None:
        key = self._joined(event.value)
        frame.key, frame.key_at, frame.loses = key, self.last, True
        steps = (*frame.steps, key)
        self._count()
        self._check_properties(event, steps)
        if key == "<<" and event.style is None:
            self._report(Code.UNSAFE, steps, "merge keys are not read", "write the keys out")
        elif key in mapping:
            first = None if frame.is_lost else self.places[steps].key
            since = f" since line {first.line}" if first else ""
            self._report(Code.DUPLICATE_KEY, steps, f"the key {quoted(key)} stands{since} already")
        else:
            frame.loses = False

    def _place(self, value: Plain) -> tuple[Steps, bool]:
        """Put a value where it belongs; answer its steps, and whether it is not kept."""
        self._count()
        if not self.frames:
            self.root = value
            self.places[()] = Place(0, self.last)
            return (), False
        frame = self.frames[-1]
        if isinstance(frame.container, list):
            steps: Steps = (*frame.steps, len(frame.container))
            frame.container.append(value)
            key_at, is_lost = None, frame.is_lost
        else:
            assert frame.key is not None
            steps = (*frame.steps, frame.key)
            key_at, is_lost = frame.key_at, frame.is_lost or frame.loses
            if not frame.loses:
                frame.container[frame.key] = value
            frame.key = None
        if not is_lost:
            self.places[steps] = Place(len(self.places), self.last, key_at)
        return steps, is_lost

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > NODES_MOST:
            self._report(Code.TOO_LARGE, (), f"the document has more than {NODES_MOST} keys and values")
            raise DocumentError(problems=tuple(self.problems))

    # -- what is refused -----------------------------------------------------------------------------------------------

    def _check_properties(self, event: Any, steps: Steps) -> None:
        if event.anchor is not None:
            self._report(Code.UNSAFE, steps, f"the anchor {quoted('&' + event.anchor)}", "leave it out")
        if event.tag is not None:
            self._spoil(Code.UNSAFE, steps, f"the tag {quoted(str(event.tag))}", "leave it out")

    def _joined(self, text: str) -> str:
        # JSON escapes characters past U+FFFF as two halves.
        if text.isascii():
            return text
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            problem = _problem(Code.BAD_CHARACTER, self.source, (), self.last, "half of a surrogate pair")
            raise DocumentError(problems=(*self.problems, problem)) from None

    def _spoil(self, code: Code, steps: Steps, message: str, hint: str = "") -> None:
        self.broken.add(steps)
        self._report(code, steps, message, hint)

    def _report(self, code: Code, steps: Steps, message: str, hint: str = "") -> None:
        self.problems.append(_problem(code, self.source, steps, self.last, message, hint=hint))


def _resolved(text: str) -> Plain:
    """Answer what a scalar without quotes means in the core schema of YAML 1.2."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if len(text) > _NUMBER_TEXT_MOST:
        # Python turns long texts into numbers slowly, or not at all; this one is too long whatever its digits are.
        return 1 << 200 if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text) else text
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
