"""Documents that people write: YAML or JSON read with positions kept, and every problem told at once."""

from __future__ import annotations

from svcdelivery.documents.codes import CODE_MEANINGS, Code
from svcdelivery.documents.form import FORM_VERSION, read_form
from svcdelivery.documents.parsing import parse_document
from svcdelivery.documents.reader import REQUIRED, Cursor, Fields, Reader
from svcdelivery.documents.tree import (
    DEPTH_MOST,
    NODES_MOST,
    SIZE_MOST,
    Document,
    Plain,
    Position,
    Step,
    Steps,
    path_text,
)

__all__ = [
    "CODE_MEANINGS",
    "DEPTH_MOST",
    "FORM_VERSION",
    "NODES_MOST",
    "REQUIRED",
    "SIZE_MOST",
    "Code",
    "Cursor",
    "Document",
    "Fields",
    "Plain",
    "Position",
    "Reader",
    "Step",
    "Steps",
    "parse_document",
    "path_text",
    "read_form",
]
