"""From text to tree: YAML 1.2 with the core schema, and JSON as the part of it that it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from svcdelivery.documents.building import TreeBuilder, refusal
from svcdelivery.documents.codes import Code
from svcdelivery.documents.tree import (
    SIZE_MOST,
    Document,
    Position,
)
from svcdelivery.errors import DocumentError, ExtraMissingError, WrongTypeError, quoted

__all__ = ["parse_document"]

# What YAML calls unprintable, the second half of Latin-1's controls included: nobody sees them in an editor.
_BAD_CHARACTER = re.compile("[^\t\n\r -~\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n|\r|\n")


def parse_document(text: str, source: str = "<text>", *, keep_going: bool = False) -> Document:
    """Answer the tree of a YAML or JSON text, with the position of every key and value.

    Scalars follow the core schema of YAML 1.2: `no`, `on`, `1:30` and `2026-04-01` stay text, decimals are exact, keys
    are text always.

    Args:
        text: At most 1 MB, 64 levels and 20,000 keys and values.
        source: What problems call the document, such as the name of its file.
        keep_going: Leave mistakes that still let the tree be read, such as keys that stand twice, in
            `Document.problems`, so that a `Reader` tells them together with its own.

    Raises:
        DocumentError: Every mistake of form, with its position.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    if not isinstance(text, str):
        raise WrongTypeError(expected="the text of a document", value=text)
    source = quoted(source)[1:-1]
    _check_text(text, source)
    builder = TreeBuilder(source)
    for event in _events(text, builder):
        builder.take(event)
    document = builder.finished()
    if document.problems and not keep_going:
        raise DocumentError(problems=document.problems)
    return document


def _check_text(text: str, source: str) -> None:
    first = Position(1, 1)
    # The length in bytes is asked for only when the length in characters leaves it open; lone halves count three.
    if len(text) > SIZE_MOST or len(text.encode("utf-8", "surrogatepass")) > SIZE_MOST:
        raise refusal(Code.TOO_LARGE, source, first, f"the document is larger than {SIZE_MOST} bytes")
    if text.startswith("\ufeff"):
        raise refusal(Code.BAD_CHARACTER, source, first, "a byte order mark", "save it as UTF-8 without one")
    bad = _BAD_CHARACTER.search(text)
    if bad is not None:
        hint = "save it as UTF-8" if bad[0] == "\0" else "in double quotes, write it as an escape"
        message = f"a character that may not stand here: U+{ord(bad[0]):04X}"
        raise refusal(Code.BAD_CHARACTER, source, _position_of(text, bad.start()), message, hint)


def _position_of(text: str, index: int) -> Position:
    line, start = 1, 0
    for end in _LINE_END.finditer(text, 0, index):
        line, start = line + 1, end.end()
    return Position(line, index - start + 1)


def _events(text: str, builder: TreeBuilder) -> Iterator[Any]:
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
    except ImportError as error:
        raise ExtraMissingError(extra="yaml", feature="reading a document") from error
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Position(mark.line + 1, mark.column + 1) if mark else builder.last
        raise builder.syntax(" ".join(str(error.problem or error.context).split()), at) from error
    except (YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # The scanner meets a few malformed texts, such as escapes past Unicode, with errors of its own making.
        raise builder.syntax("it cannot be read further than this", builder.last) from error
