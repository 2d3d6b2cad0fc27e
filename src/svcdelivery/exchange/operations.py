"""Files of operations: procedures and delivery approaches."""

from __future__ import annotations

import os

from svcdelivery.exchange.text_file import read_text
from svcdelivery.system import DeliveryApproach, Procedure
from svcdelivery.system.document import parse_approach, parse_procedure

__all__ = ["load_approach", "load_procedure"]


def load_procedure(path: str | os.PathLike[str]) -> Procedure:
    """Answer the procedure of a YAML or JSON file.

    Raises:
        UnusableInputError: No regular file, larger than 1 MB, not UTF-8, or not to be opened.
        DocumentError: Every problem as `file:line:column: CODE path: message (hint)`, in the order of the file.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    return parse_procedure(read_text(path), source=os.fspath(path))


def load_approach(path: str | os.PathLike[str]) -> DeliveryApproach:
    """Answer the delivery approach of a YAML or JSON file; raises as `load_procedure` does."""
    return parse_approach(read_text(path), source=os.fspath(path))
