"""Agreement files: the one place that opens them."""

from __future__ import annotations

import os
import stat
from datetime import date
from pathlib import Path

from svcdelivery.agreement.document import parse_agreement, read_agreement
from svcdelivery.agreement.service_agreement import ServiceAgreement
from svcdelivery.desk.check import check
from svcdelivery.documents import SIZE_MOST, parse_document
from svcdelivery.errors import DocumentError, Problem, UnusableInputError

__all__ = ["check_agreement", "load_agreement"]


def load_agreement(path: str | os.PathLike[str]) -> ServiceAgreement:
    """Answer the agreement of a YAML or JSON file.

    Raises:
        UnusableInputError: No regular file, larger than 1 MB, not UTF-8, or not to be opened.
        DocumentError: Every problem as `file:line:column: CODE path: message (hint)`, in the order of the file.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    return parse_agreement(_read_text(path), source=os.fspath(path))


def check_agreement(path: str | os.PathLike[str], *, today: date | None = None) -> tuple[Problem, ...]:
    """Answer every problem of an agreement file, or, when it has none, every warning; both with their positions.

    Args:
        path: A YAML or JSON file.
        today: With a day, closed dates that run out within 90 days of it are told as well.

    Raises:
        UnusableInputError: No regular file, larger than 1 MB, not UTF-8, or not to be opened.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    text = _read_text(path)
    try:
        document = parse_document(text, os.fspath(path), keep_going=True)
        agreement = read_agreement(document)
    except DocumentError as error:
        return error.problems
    warnings = [document.located(problem) for problem in check(agreement, at=today)]
    return tuple(sorted(warnings, key=lambda problem: (problem.line or 0, problem.column or 0)))


def _read_text(path: str | os.PathLike[str]) -> str:
    source = os.fspath(path)
    try:
        # Asked before opening: to open a FIFO waits for a writer, and to open a device may set it going.
        mode = Path(source).stat().st_mode
        if not stat.S_ISREG(mode):
            raise UnusableInputError(
                source=source, problem="it is a folder" if stat.S_ISDIR(mode) else "it is no regular file"
            )
        with Path(source).open("rb") as file:
            data = file.read(SIZE_MOST + 1)
    except FileNotFoundError as error:
        raise UnusableInputError(source=source, problem="there is no such file") from error
    except OSError as error:
        raise UnusableInputError(
            source=source, problem=f"it cannot be read: {(error.strerror or 'unknown').lower()}"
        ) from error
    except ValueError as error:
        if isinstance(error, UnusableInputError):
            raise
        raise UnusableInputError(source=source, problem="it is not the name of a file") from error
    if len(data) > SIZE_MOST:
        raise UnusableInputError(source=source, problem=f"it is larger than {SIZE_MOST} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableInputError(
            source=source, problem=f"line {line} is not UTF-8 text", hint="save it as UTF-8"
        ) from error
