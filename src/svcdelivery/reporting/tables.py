"""Tables as CSV files that are safe to open: quoted by RFC 4180, and no cell is taken for a formula."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from svcdelivery.timeline import Instant, format_duration, format_instant

__all__ = ["TableWriter", "safe_cell", "table_file"]

_KEPT_MOST = 4096
# A spreadsheet takes a cell, or a line within one, for a formula when it begins so; blanks before it do not help.
# The full-width forms count too where the input method writes them.
_FORMULA = re.compile(r"(^|[\r\n])(?=[\t\r\n]|\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])")


@lru_cache(maxsize=_KEPT_MOST)
def safe_cell(text: str) -> str:
    """Answer the text with an apostrophe before whatever would be read as a formula, and unprintable signs escaped.

    Line ends and tabs within a cell stay.
    """
    if not text or (text.isprintable() and text[:1] not in "=+-@\uff1d\uff0b\uff0d\uff20 "):
        return text
    shown = "".join(c if c.isprintable() or c in "\t\r\n" else c.encode("unicode_escape").decode("ascii") for c in text)
    return _FORMULA.sub(r"\1'", shown)


class TableWriter(Protocol):
    """Takes the rows of one table."""

    def __call__(self, row: Iterable[Any], /) -> None:
        """Write one row; instants as RFC 3339, durations as ISO 8601, None as nothing."""
        ...


@contextmanager
def table_file(path: Path, columns: Sequence[str]) -> Iterator[TableWriter]:
    """Open a CSV file, UTF-8 with a header row, for writing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(columns))

        def write(row: Iterable[Any], /) -> None:
            file.write(_line([_SHOWN[type(value)](value) for value in row]))

        yield write


def _line(cells: Sequence[str]) -> str:
    """Answer a row as RFC 4180 has it, each cell in quotes; a report has very many, and few hold a quote."""
    text = '","'.join(cells)
    if text.count('"') > 2 * (len(cells) - 1):
        text = '","'.join([cell.replace('"', '""') for cell in cells])
    return f'"{text}"\r\n'


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, timedelta):
        return format_duration(value)
    return str(value)


# What most cells are; the others are asked one by one.
_SHOWN: dict[type, Callable[[Any], str]] = defaultdict(
    lambda: _cell,
    {str: safe_cell, int: str, type(None): lambda _: "", Instant: format_instant, timedelta: format_duration},
)
