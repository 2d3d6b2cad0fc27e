"""Which texts are about a person, and whom: a store with keys of people can make these unreadable for good."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["ACTOR", "STREAM", "personal", "personal_fields", "subject_of"]

ACTOR = "<actor>"
"""The subject is whoever did it."""

STREAM = "<stream>"
"""The subject is the item itself: what was written about whoever it concerns."""

_MARK = "personal_subject"
_declared: dict[type, tuple[tuple[str, str], ...]] = {}


def personal(*, subject: str) -> Mapping[str, Any]:
    """Answer the metadata of a text field that is about a person.

    Only the text is made unreadable by an erasure. Ids, of people too, stay: they hold the log together, and are names
    that say nothing to whoever has lost the list of them.

    Args:
        subject: Whose key it is kept under: the field of the same class that holds the person's id, ACTOR or STREAM.
    """
    return types.MappingProxyType({_MARK: subject})


def personal_fields(kind: type) -> tuple[tuple[str, str], ...]:
    """Answer the personal fields of a class, and the subject of each."""
    known = _declared.get(kind)
    if known is None:
        fields = attrs.fields(kind) if attrs.has(kind) else ()
        known = _declared[kind] = tuple((a.name, str(a.metadata[_MARK])) for a in fields if _MARK in a.metadata)
    return known


def subject_of(value: object, declared: str, *, stream: str, actor: str = "") -> str:
    """Answer the subject of a value's personal field; the stream where the field that names it is empty."""
    if declared == STREAM:
        return stream
    named = actor if declared == ACTOR else getattr(value, declared)
    return str(named) if named else stream
