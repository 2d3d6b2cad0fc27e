"""Statements: what people have to say in words for the record, such as why they turned something down."""

from __future__ import annotations

from svcdelivery.errors import InvalidValueError

__all__ = ["in_words"]


def in_words(text: str, path: str, *, what: str = "a statement") -> str:
    """Answer the text as it is.

    Raises:
        InvalidValueError: It says nothing.
    """
    if not text.strip():
        raise InvalidValueError(what=what, value=text, path=path, hint="say it in words")
    return text
