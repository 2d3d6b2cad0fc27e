"""Documents of every kind checked together: each by itself, and approaches against what is checked with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.agreement.document import read_agreement
from svcdelivery.documents import Document, parse_document
from svcdelivery.errors import DocumentError, Problem
from svcdelivery.exchange.agreements import warnings_of
from svcdelivery.exchange.text_file import read_text
from svcdelivery.system import DeliveryApproach, Procedure
from svcdelivery.system.document import read_approach, read_procedure

__all__ = ["check_documents"]

_READERS: dict[str, Callable[[Document], Any]] = {"procedure": read_procedure, "approach": read_approach}
"""By the key of the heading; whatever has neither is read as an agreement."""


def check_documents(paths: Iterable[str | os.PathLike[str]], *, today: date | None = None) -> tuple[Problem, ...]:
    """Answer every problem of documents, agreements, procedures and approaches, file by file, with its position.

    An approach whose agreement is among them is held against it, and against the procedures among them.

    Args:
        paths: YAML or JSON files.
        today: With a day, closed dates that run out within 90 days of it are told as well.

    Raises:
        UnusableInputError: No regular file, larger than 1 MB, not UTF-8, or not to be opened.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    read = [_read(path) for path in paths]
    agreements = [value for _, value, _ in read if isinstance(value, ServiceAgreement)]
    procedures = [value for _, value, _ in read if isinstance(value, Procedure)]
    found: list[Problem] = []
    for document, value, problems in read:
        found += problems
        if isinstance(value, ServiceAgreement) and document is not None:
            found += warnings_of(document, value, today)
        elif isinstance(value, DeliveryApproach) and document is not None:
            told = _against(value, agreements, procedures)
            found += sorted(map(document.located, told), key=lambda one: (one.line or 0, one.column or 0))
    return tuple(found)


def _read(path: str | os.PathLike[str]) -> tuple[Document | None, Any, tuple[Problem, ...]]:
    text, document = read_text(path), None
    try:
        document = parse_document(text, os.fspath(path), keep_going=True)
        keys = document.data if isinstance(document.data, dict) else {}
        reader = next((_READERS[key] for key in _READERS if key in keys), read_agreement)
        return document, reader(document), ()
    except DocumentError as error:
        return document, None, error.problems


def _against(
    approach: DeliveryApproach, agreements: Iterable[ServiceAgreement], procedures: list[Procedure]
) -> tuple[Problem, ...]:
    revisions = [one for found in agreements if found.id == approach.agreement for one in found.revisions]
    if not revisions:
        return ()
    return approach.validate(max(revisions, key=lambda one: one.number), procedures)
