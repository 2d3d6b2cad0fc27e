"""Text files: the one place that opens documents, and refuses what is none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from svcdelivery.documents import SIZE_MOST
from svcdelivery.errors import UnusableInputError

__all__ = ["read_text"]


def read_text(path: str | os.PathLike[str]) -> str:
    """Answer the text of a document's file.

    Raises:
        UnusableInputError: No regular file, larger than 1 MB, not UTF-8, or not to be opened.
    """
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
