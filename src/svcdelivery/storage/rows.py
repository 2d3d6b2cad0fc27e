"""Records and timers as engines keep them: flat rows of texts and numbers."""

from __future__ import annotations

from attrs import frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import identifier
from svcdelivery.storage.codec import decode_plain, encode_plain
from svcdelivery.storage.journal import StoredFeed, StoredJournal, checked_stream
from svcdelivery.storage.protocol import RECORD_COLUMNS, Due, Record, Records, Timers
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = [
    "RecordRow",
    "TimerRow",
    "UnitOf",
    "checked_lease",
    "due_of",
    "record_of_row",
    "row_of_due",
    "row_of_record",
]

RecordRow = tuple[str | int | None, ...]
"""kind, id, stream, version, one value per RECORD_COLUMNS, data as canonical JSON text"""

TimerRow = tuple[str, str, int | None]
"""stream, name, due_us; without the last it is to be disarmed"""

_COLUMNS = frozenset(RECORD_COLUMNS)
_FIRST = 4
_DATA = _FIRST + len(RECORD_COLUMNS)


@frozen(kw_only=True)
class UnitOf:
    """The four parts of one transaction."""

    journal: StoredJournal
    feed: StoredFeed
    records: Records
    timers: Timers


def row_of_record(record: Record) -> RecordRow:
    """Answer the record's row.

    Raises:
        InvalidValueError: A column that records cannot be found by, or an id that is none.
    """
    columns = dict(record.columns)
    if not columns.keys() <= _COLUMNS:
        accepted = ", ".join(f"`{name}`" for name in RECORD_COLUMNS)
        unknown = min(columns.keys() - _COLUMNS)
        raise InvalidValueError(what="a known column", value=unknown, path="columns", hint=f"one of {accepted}")
    return (
        identifier(record.kind, "a kind of record"),
        identifier(record.id, "the id of a record"),
        checked_stream(record.stream),
        record.version,
        *map(columns.get, RECORD_COLUMNS),
        encode_plain(record.data),
    )


def record_of_row(row: RecordRow) -> Record:
    """Answer the record of a row: its columns in the order of RECORD_COLUMNS, those without a value left out."""
    kind, id, stream, version = row[:_FIRST]
    named = zip(RECORD_COLUMNS, row[_FIRST:_DATA], strict=True)
    return Record(
        kind=str(kind),
        id=str(id),
        stream=str(stream),
        version=int(version or 0),
        columns=tuple((name, str(value)) for name, value in named if value is not None),
        data=decode_plain(str(row[_DATA])),
    )


def row_of_due(due: Due) -> TimerRow:
    """Answer the row of a wake-up, its names checked."""
    due_us = None if due.due_at is None else to_micros(due.due_at)
    return checked_stream(due.stream), identifier(due.name, "the name of a wake-up"), due_us


def due_of(stream: str, name: str, due_us: int) -> Due:
    """Answer the wake-up of a row."""
    return Due(stream=stream, name=name, due_at=from_micros(due_us))


def checked_lease(now: Instant, until: Instant, owner: str) -> tuple[int, int, str]:
    """Answer both ends of a lease in microseconds, and who takes it.

    Raises:
        InvalidValueError: It ends when or before it begins, or the owner is none.
    """
    now_us, until_us = to_micros(now), to_micros(until)
    if until_us <= now_us:
        raise InvalidValueError(what="the end of a lease", value=until, path="until", hint="an instant after now")
    return now_us, until_us, identifier(owner, "the owner of a claim")
