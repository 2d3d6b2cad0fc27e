"""A tenant as JSON Lines: a header, then for each table a line that names its columns and a line a row, then the end.

Facts stand as they are stored: the payload is the text its hash is taken over. The last line says how many rows there
are, how the chain ends, and the SHA-256 of all lines before it but those of facts, which the chain looks after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec

from svcdelivery.errors import IntegrityError, UnusableInputError
from svcdelivery.storage.protocol import RECORD_COLUMNS, ArchivedUnit, ArchiveRow, ArchiveTable, Store
from svcdelivery.storage.transfer.tenant import FORMAT, Batch, Moved, archived, draw, take_in

__all__ = ["export_json_lines", "import_json_lines"]

_KIND = "svcdelivery tenant"
# As many as a processor keeps at hand while they are decoded, checked and written.
_LINES = 200

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_Text = str | None
_ROWS: dict[ArchiveTable, Any] = {
    ArchiveTable.FACTS: tuple[int, str, int, str, int, int, str, str, str],
    ArchiveTable.KEYS: tuple[str, str, int, int],
    ArchiveTable.RECORDS: tuple[(str, str, str, int, *[_Text] * len(RECORD_COLUMNS), str)],  # type: ignore[misc]
    ArchiveTable.TIMERS: tuple[str, str, int],
    ArchiveTable.MESSAGES: tuple[str, int, str, str, int, str, int],
    ArchiveTable.MARKS: tuple[str, int],
    ArchiveTable.FENCE: tuple[int],
}
_DECODE = {
    table: msgspec.json.Decoder(list[kind]).decode  # type: ignore[valid-type]
    for table, kind in _ROWS.items()
}
_TABLES = {table.name.lower(): table for table in ArchiveTable}


def export_json_lines(store: Store, tenant: str) -> Iterator[bytes]:
    """Answer the lines of everything a tenant has, as of one moment; many lines at a time.

    Raises:
        IntegrityError: The store is damaged; the lines then lack their end, and cannot be imported.
        UnusableInputError: The store does not give out its rows.
    """
    digest = sha256()
    with archived(store, tenant) as unit:
        for table, lines in _lines(unit, tenant):
            if isinstance(lines, Moved):
                end = {"end": dict(lines.rows), "position": lines.position, "hash": lines.hash}
                yield _encode({**end, "sha256": digest.hexdigest()}) + b"\n"
            else:
                if table is not ArchiveTable.FACTS:
                    digest.update(lines)
                yield lines


def _lines(unit: ArchivedUnit, tenant: str) -> Iterator[tuple[ArchiveTable | None, bytes | Moved]]:
    yield None, _encode({"kind": _KIND, "format": FORMAT, "tenant": tenant}) + b"\n"
    drawn = draw(unit, tenant)
    named: ArchiveTable | None = None
    while True:
        try:
            table, rows = next(drawn)
        except StopIteration as end:
            yield None, end.value
            return
        if table is not named:
            named = table
            yield None, _encode({"table": table.name.lower(), "columns": table.columns}) + b"\n"
        yield table, b"".join(_encode(row) + b"\n" for row in _plain(table, rows))


def _plain(table: ArchiveTable, rows: Sequence[ArchiveRow]) -> Iterator[Sequence[Any]]:
    if table is not ArchiveTable.FACTS:
        return iter(rows)
    return ((*row[:7], row[7].decode(), row[8].hex()) for row in rows)  # type: ignore[union-attr]


def import_json_lines(store: Store, lines: Iterable[bytes], *, source: str = "the export") -> Moved:
    """Take in what `export_json_lines` answered, in one transaction, with the chain verified.

    Args:
        lines: One line each, as files give them.
        source: What errors call it.

    Raises:
        UnusableInputError: Lines of another kind, cut off, or of a tenant the store has something of.
        IntegrityError: A line that was changed.
    """
    reader = _Reader(iter(lines), source)
    return take_in(store, reader.tenant, reader.batches(), reader.check)


class _Reader:
    """Reads lines, and knows at the end whether they were all there."""

    def __init__(self, lines: Iterator[bytes], source: str) -> None:
        self._lines = lines
        self._source = source
        self._digest = sha256()
        self._end: dict[str, Any] = {}
        first = next(lines, b"")
        header = self._object(first, 1)
        if header.get("kind") != _KIND or header.get("format") != FORMAT or not isinstance(header.get("tenant"), str):
            raise self._unusable("it is no export of a tenant, or of a later format")
        self._digest.update(first)
        self.tenant: str = header["tenant"]

    def batches(self) -> Iterator[Batch]:
        """Answer the rows, many at a time."""
        number, table = 2, None
        ahead: list[bytes] = []
        while True:
            lines = [*ahead, *islice(self._lines, _LINES - len(ahead))]
            ahead = []
            if not lines:
                raise self._unusable("it is cut off: it has no end")
            if lines[0][:1] == b"{":
                said = self._object(lines[0], number)
                ahead = lines[1:]
                if "end" in said:
                    self._end = said
                    if ahead or next(self._lines, None) is not None:
                        raise self._unusable(f"line {number + 1}: something follows the end")
                    return
                table = _TABLES.get(str(said.get("table")))
                if table is None or said.get("columns") != list(table.columns):
                    raise self._unusable(f"line {number}: a table that is not known")
                self._digest.update(lines[0])
                number += 1
                continue
            # A row begins with a bracket; what begins with another sign belongs to the next table.
            text = b",".join(lines)
            if b"\n,{" in text:
                count = next(place for place, line in enumerate(lines) if line[:1] == b"{")
                lines, ahead = lines[:count], lines[count:]
                text = b",".join(lines)
            if table is None:
                raise self._unusable(f"line {number}: a row before its table is named")
            if table is not ArchiveTable.FACTS:
                self._digest.update(b"".join(lines))
            yield table, self._rows(table, text, number, number + len(lines) - 1)
            number += len(lines)

    def check(self, _unit: ArchivedUnit, moved: Moved) -> None:
        """Make sure that all lines were there as they were written."""
        if self._end.get("sha256") != self._digest.hexdigest():
            raise IntegrityError(problem=f"{self._source} was changed: its SHA-256 is another")
        if (self._end.get("end"), self._end.get("position"), self._end.get("hash")) != (
            dict(moved.rows),
            moved.position,
            moved.hash,
        ):
            raise IntegrityError(problem=f"{self._source} does not hold what its end says")

    def _rows(self, table: ArchiveTable, text: bytes, first: int, last: int) -> Sequence[ArchiveRow]:
        try:
            rows: Sequence[Any] = _DECODE[table](b"[%b]" % text)
            if table is ArchiveTable.FACTS:
                unhex = bytes.fromhex
                rows = [(a, b, c, d, e, f, g, h.encode(), unhex(i)) for a, b, c, d, e, f, g, h, i in rows]
        except (msgspec.DecodeError, UnicodeError, ValueError) as error:
            problem = f"lines {first} to {last}: not rows of {table.name.lower()}: {error}"
            raise self._unusable(problem) from error
        return rows

    def _object(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = _decode(line)
        except msgspec.DecodeError as error:
            raise self._unusable(f"line {number}: {error}") from error
        if not isinstance(found, dict):
            raise self._unusable(f"line {number}: neither a header nor an end")
        return found

    def _unusable(self, problem: str) -> UnusableInputError:
        return UnusableInputError(source=self._source, problem=problem)
