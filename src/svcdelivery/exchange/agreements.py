"""Agreement files: the one place that opens them."""

from __future__ import annotations

import os
from datetime import date

from svcdelivery.agreement.document import parse_agreement, read_agreement
from svcdelivery.agreement.service_agreement import ServiceAgreement
from svcdelivery.desk.check import check
from svcdelivery.documents import Document, parse_document
from svcdelivery.errors import DocumentError, Problem
from svcdelivery.exchange.text_file import read_text

__all__ = ["check_agreement", "load_agreement", "warnings_of"]


def load_agreement(path: str | os.PathLike[str]) -> ServiceAgreement:
    """Answer the agreement of a YAML or JSON file.

    Raises:
        UnusableInputError: No regular file, larger than 1 MB, not UTF-8, or not to be opened.
        DocumentError: Every problem as `file:line:column: CODE path: message (hint)`, in the order of the file.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    return parse_agreement(read_text(path), source=os.fspath(path))


def check_agreement(path: str | os.PathLike[str], *, today: date | None = None) -> tuple[Problem, ...]:
    """Answer every problem of an agreement file, or, when it has none, every warning; both with their positions.

    Args:
        path: A YAML or JSON file.
        today: With a day, closed dates that run out within 90 days of it are told as well.

    Raises:
        UnusableInputError: No regular file, larger than 1 MB, not UTF-8, or not to be opened.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    try:
        document = parse_document(read_text(path), os.fspath(path), keep_going=True)
        agreement = read_agreement(document)
    except DocumentError as error:
        return error.problems
    return warnings_of(document, agreement, today)


def warnings_of(document: Document, agreement: ServiceAgreement, today: date | None) -> tuple[Problem, ...]:
    """Answer what is worth a second look in an agreement, with its positions in the document it was read from."""
    warnings = [document.located(problem) for problem in check(agreement, at=today)]
    return tuple(sorted(warnings, key=lambda problem: (problem.line or 0, problem.column or 0)))
