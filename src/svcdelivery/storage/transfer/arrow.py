"""A tenant as Arrow: one stream for each table, one after another in a file; whoever wants facts reads the first.

The last stream has no rows. Its metadata say how many rows there are, how the chain ends, and the SHA-256 of all rows
but those of facts, which the chain looks after.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import IO, Any

import msgspec

from svcdelivery.errors import ExtraMissingError, IntegrityError, UnusableInputError
from svcdelivery.storage.protocol import ArchivedUnit, ArchiveRow, ArchiveTable, Store
from svcdelivery.storage.transfer.tenant import FORMAT, Batch, Moved, archived, draw, take_in

__all__ = ["export_arrow", "import_arrow"]

_META = b"svcdelivery"
_NUMBERS = frozenset(
    {"position", "version", "occurred_us", "recorded_us", "first", "size", "due_us", "number", "attempts", "fence"}
)
_END = "end"
_encode = msgspec.msgpack.Encoder().encode


def export_arrow(store: Store, tenant: str, sink: IO[bytes]) -> Moved:
    """Write everything a tenant has, as of one moment, as Arrow streams.

    Raises:
        IntegrityError: The store is damaged; what was written then lacks its end, and cannot be imported.
        UnusableInputError: The store does not give out its rows.
        ExtraMissingError: What Arrow needs is not installed.
    """
    pa = _arrow()
    with archived(store, tenant) as unit:
        streams = _Streams(pa, sink, tenant)
        drawn = draw(unit, tenant)
        while True:
            try:
                streams.write(*next(drawn))
            except StopIteration as end:
                moved: Moved = end.value
                streams.end(moved)
                return moved


class _Streams:
    """Writes one stream a table, in the order of the tables, those without rows included."""

    def __init__(self, pa: Any, sink: IO[bytes], tenant: str) -> None:
        self._pa = pa
        self._sink = sink
        self._tenant = tenant
        self._left = iter(ArchiveTable)
        self._table: ArchiveTable | None = None
        self._writer: Any = None
        self._digest = sha256()

    def write(self, table: ArchiveTable, rows: Sequence[ArchiveRow]) -> None:
        """Write rows into the stream of their table."""
        self._open(table)
        if table is not ArchiveTable.FACTS:
            self._digest.update(_encode(rows))
        columns = list(zip(*rows, strict=True))
        schema = self._writer_schema(table)
        arrays = [self._pa.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)]
        self._writer.write_batch(self._pa.record_batch(arrays, schema=schema))

    def end(self, moved: Moved) -> None:
        """Close the last stream, and write the one that says what there was."""
        for table in self._left:
            self._open_one(table)
        self._close()
        schema = self._pa.schema(
            [], metadata=self._meta(_END, rows=dict(moved.rows), hash=moved.hash, sha256=self._digest.hexdigest())
        )
        self._pa.ipc.new_stream(self._sink, schema).close()

    def _open(self, table: ArchiveTable) -> None:
        while self._table is not table:
            self._open_one(next(self._left))

    def _open_one(self, table: ArchiveTable) -> None:
        self._close()
        self._table = table
        self._writer = self._pa.ipc.new_stream(self._sink, self._writer_schema(table))

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _writer_schema(self, table: ArchiveTable) -> Any:
        pa = self._pa
        fields = [(name, _kind(pa, name)) for name in table.columns]
        return pa.schema(fields, metadata=self._meta(table.name.lower()))

    def _meta(self, name: str, **more: object) -> dict[bytes, bytes]:
        said = {"format": FORMAT, "tenant": self._tenant, "table": name, **more}
        return {_META: json.dumps(said, sort_keys=True).encode()}


def _kind(pa: Any, name: str) -> Any:
    if name in _NUMBERS:
        return pa.int64()
    return pa.binary() if name in {"payload", "hash"} else pa.string()


def import_arrow(store: Store, source: IO[bytes], *, name: str = "the export") -> Moved:
    """Take in what `export_arrow` wrote, in one transaction, with the chain verified.

    Args:
        name: What errors call it.

    Raises:
        UnusableInputError: Another kind of file, one cut off, or a tenant the store has something of.
        IntegrityError: A fact that was changed, or rows that are missing.
        ExtraMissingError: What Arrow needs is not installed.
    """
    reader = _Reader(_arrow(), source, name)
    return take_in(store, reader.tenant, reader.batches(), reader.check)


class _Reader:
    def __init__(self, pa: Any, source: IO[bytes], name: str) -> None:
        self._pa = pa
        self._source = source
        self._name = name
        self._end: dict[str, Any] = {}
        self._digest = sha256()
        self._stream, self._said = self._open()
        self.tenant: str = self._said["tenant"]

    def batches(self) -> Iterator[Batch]:
        """Answer the rows, as they were written."""
        for table in ArchiveTable:
            if (self._said["table"], self._stream.schema.names) != (table.name.lower(), list(table.columns)):
                raise self._unusable(f"a stream of `{self._said['table']}` where {table.name.lower()} are due")
            for batch in self._drawn():
                rows = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
                if table is not ArchiveTable.FACTS:
                    self._digest.update(_encode(rows))
                if rows:
                    yield table, rows
            self._stream, self._said = self._open()
        if self._said["table"] != _END:
            raise self._unusable("it has no end")
        self._end = self._said

    def check(self, _unit: ArchivedUnit, moved: Moved) -> None:
        """Make sure that all rows were there."""
        if self._end.get("sha256") != self._digest.hexdigest():
            raise IntegrityError(problem=f"{self._name} was changed: its SHA-256 is another")
        if (self._end.get("rows"), self._end.get("hash")) != (dict(moved.rows), moved.hash):
            raise IntegrityError(problem=f"{self._name} does not hold what its end says")

    def _drawn(self) -> Iterator[Any]:
        try:
            yield from self._stream
        except (self._pa.ArrowInvalid, OSError) as error:
            raise self._unusable(" ".join(str(error).split())) from error

    def _open(self) -> tuple[Any, dict[str, Any]]:
        try:
            stream = self._pa.ipc.open_stream(self._source)
            said = json.loads((stream.schema.metadata or {})[_META])
        except (self._pa.ArrowInvalid, KeyError, ValueError, OSError) as error:
            raise self._unusable("it is no export of a tenant, or is cut off") from error
        if said.get("format") != FORMAT or not isinstance(said.get("tenant"), str):
            raise self._unusable("it is of a later format")
        return stream, said

    def _unusable(self, problem: str) -> UnusableInputError:
        return UnusableInputError(source=self._name, problem=problem)


def _arrow() -> Any:
    try:
        import pyarrow as pa
        import pyarrow.ipc
    except ImportError as missing:
        raise ExtraMissingError(extra="batch", feature="an export as Arrow") from missing
    return pa
