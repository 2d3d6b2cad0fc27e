"""What the forms of all documents have in common: their version, and that they are read whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from svcdelivery.documents.codes import Code
from svcdelivery.documents.reader import Cursor, Fields, Reader
from svcdelivery.documents.tree import Document

__all__ = ["FORM_VERSION", "read_form"]

T = TypeVar("T")

FORM_VERSION = 1
"""The version of the forms this library reads, the value of the key `svcdelivery`."""


def read_form(document: Document, read: Callable[[Cursor, Fields], T | None]) -> T:
    """Answer what `read` makes of a document and its keys, the version of its form checked before.

    Raises:
        DocumentError: Every problem, in the order of the document.
    """
    reader = Reader(document)
    with reader.root.mapping() as fields:
        _check_version(fields["svcdelivery"])
        made = read(reader.root, fields)
    reader.finish()
    assert made is not None, "a document without problems makes something"
    return made


def _check_version(at: Cursor) -> None:
    given = at.value
    if at.is_given and type(given) is int and given != FORM_VERSION:
        at.refuse(Code.INVALID_VALUE, f"version {given} of the form is not known", f"this library reads {FORM_VERSION}")
    else:
        at.whole(FORM_VERSION, FORM_VERSION)
