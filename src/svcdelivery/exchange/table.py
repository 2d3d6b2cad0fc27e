"""Tables as text: rows of a CSV file with their lines, and a header that says what is missing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import BinaryIO, NamedTuple, cast

from svcdelivery.errors import UnusableInputError, quoted
from svcdelivery.exchange.source_file import SourceFile

__all__ = ["COLUMNS_MOST", "ENCODINGS", "Rows", "table_rows"]

COLUMNS_MOST = 1000
"""Columns a table may have."""
# A byte order mark, as spreadsheets write it, is no part of the first column's name.
ENCODINGS = {
    "utf-8": "utf-8-sig", "utf-16": "utf-16", "latin-1": "latin-1", "iso-8859-15": "iso-8859-15", "cp1252": "cp1252",
}  # fmt: skip
"""Encodings by the names profiles use."""

# A line without end would be read into memory whole; what is cut here fails by its number of cells.
_LINE_MOST = 1 << 23
# A longer line may hold a cell that the csv module refuses.
_SPLIT_MOST = 1 << 17
# Characters read at once: many lines, which together with their cells stay in the processor's cache.
_BLOCK = 1 << 15
_DELIMITERS = ",;\t|"

Rows = Iterator[tuple[Sequence[int], list[list[str]]]]
"""Rows, some at a time, with the line each begins on, the header being line 1."""


@contextmanager
def table_rows(
    file: SourceFile,
    required: Iterable[str],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    wanted: Iterable[str] | None = None,
) -> Iterator[tuple[tuple[str, ...], Rows]]:
    """Open a table for one reading: the names of its columns, and its rows; blank lines come as empty rows.

    Args:
        wanted: The columns that will be looked at; cells past the last of them may come as one, or all as usual.

    Raises:
        UnusableInputError: A file that cannot be read, a header without the required columns, or, while rows are
            read, one that has another number of cells.
    """
    with file.bytes() as data:
        text = io.TextIOWrapper(cast(BinaryIO, data), encoding=ENCODINGS[encoding], newline="")
        lines = iter(partial(text.readline, _LINE_MOST), "")
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        columns = _header(file.path, reader, tuple(required), delimiter)
        splits = -1 if wanted is None else 1 + max(map(columns.index, wanted))
        form = _Form(path=file.path, delimiter=delimiter, width=len(columns), splits=splits)
        yield columns, _rows(text, form, reader.line_num + 1)
        text.detach()


def _header(path: str, reader: Iterator[list[str]], required: tuple[str, ...], delimiter: str) -> tuple[str, ...]:
    def refuse(problem: str, hint: str = "") -> UnusableInputError:
        return UnusableInputError(source=path, problem=problem, hint=hint)

    try:
        columns = tuple(next(reader, ()))
    except csv.Error as error:
        raise refuse(f"line 1: {error}") from error
    if not columns:
        raise refuse("the file is empty")
    missing = [name for name in required if name not in columns]
    if missing:
        named = ", ".join(quoted(name) for name in missing)
        raise refuse(f"missing columns: {named}", _other_delimiter(columns, delimiter))
    if len(columns) > COLUMNS_MOST:
        raise refuse(f"{len(columns)} columns", f"at most {COLUMNS_MOST}")
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise refuse("doubled columns: " + ", ".join(quoted(name) for name in doubled))
    if "" in columns:
        raise refuse(f"column {columns.index('') + 1} has no name")
    return columns


def _other_delimiter(columns: tuple[str, ...], delimiter: str) -> str:
    found = [mark for mark in _DELIMITERS if mark != delimiter and len(columns) == 1 and mark in columns[0]]
    return f"the cells seem to be separated by {quoted(found[0])}, not {quoted(delimiter)}" if found else ""


class _Form(NamedTuple):
    """How the rows of a table look: `width` cells, of which the first `splits` are told apart, or all (-1)."""

    path: str
    delimiter: str
    width: int
    splits: int


def _rows(text: io.TextIOWrapper, form: _Form, line: int) -> Rows:
    while block := text.read(_BLOCK):
        # The last line is made whole.
        block += text.readline(_LINE_MOST)
        rows = _split(block, form)
        lines: Sequence[int]
        if rows is None:
            further = iter(partial(text.readline, _LINE_MOST), "")
            lines, rows, line = _read(io.StringIO(block, newline=""), further, form, line)
        else:
            lines = range(line, line + len(rows))
            line = lines.stop
        yield lines, rows


def _split(block: str, form: _Form) -> list[list[str]] | None:
    """Answer the rows of a block of lines as most are: with nothing in quotes, and as many cells as are due; else None.

    Then a plain split is enough.
    """
    delimiter, width, splits = form.delimiter, form.width, form.splits
    plain = block.replace("\r\n", "\n")
    if '"' in plain or "\r" in plain or len(plain) > _SPLIT_MOST:
        return None
    lines = plain.split("\n")
    if not lines[-1]:
        lines.pop()
    if "" in lines:
        return None
    rows = [line.split(delimiter, splits) for line in lines]
    cells = map(len, rows) if splits < 0 else [line.count(delimiter) + 1 for line in lines]
    return rows if {width}.issuperset(cells) else None


def _read(block: io.StringIO, further: Iterator[str], form: _Form, line: int) -> tuple[list[int], list[list[str]], int]:
    """Answer the rows of a block of lines, whatever they hold, and the line after; the last may need further lines."""
    reader = csv.reader(chain(block, further), delimiter=form.delimiter, strict=True)
    size, starts, rows = len(block.getvalue()), list[int](), list[list[str]]()
    while block.tell() < size:
        start = line + reader.line_num
        try:
            row = next(reader)
        except csv.Error as error:
            raise UnusableInputError(source=form.path, problem=f"line {start}: {error}") from error
        if row and len(row) != form.width:
            problem = f"line {start}: {len(row)} cells, where {form.width} are due"
            raise UnusableInputError(source=form.path, problem=problem)
        starts.append(start)
        rows.append(row)
    return starts, rows, line + reader.line_num
