"""What the forms of all documents have in common: their version, and what a document is about."""

from __future__ import annotations

from svcdelivery.documents.codes import Code
from svcdelivery.documents.reader import Cursor

__all__ = ["FORM_VERSION", "check_form_version"]

FORM_VERSION = 1
"""The version of the forms this library reads, the value of the key `svcdelivery`."""


def check_form_version(at: Cursor) -> None:
    """Note a problem unless the value is the version of the form."""
    given = at.value
    if at.is_given and type(given) is int and given != FORM_VERSION:
        at.refuse(Code.INVALID_VALUE, f"version {given} of the form is not known", f"this library reads {FORM_VERSION}")
    else:
        at.whole(FORM_VERSION, FORM_VERSION)
