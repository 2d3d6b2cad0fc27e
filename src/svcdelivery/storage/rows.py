"""Records and timers as engines keep them: flat rows of texts and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from attrs import frozen

from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.identity import identifier
from svcdelivery.storage.codec import Row, decode_plain, encode_plain
from svcdelivery.storage.journal import StoredFeed, StoredJournal, Tail, checked_stream
from svcdelivery.storage.protocol import (
    RECORD_COLUMNS,
    Archive,
    ArchiveRow,
    Due,
    Marks,
    Message,
    Outbox,
    Record,
    Records,
    Timers,
)
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = [
    "MessageRow",
    "RecordRow",
    "TimerRow",
    "UnitOf",
    "checked_follower",
    "checked_lease",
    "checked_mark",
    "due_of",
    "facts_to_take",
    "message_of_row",
    "record_of_row",
    "row_of_due",
    "row_of_message",
    "row_of_record",
]

RecordRow = tuple[str | int | None, ...]
"""kind, id, stream, version, one value per RECORD_COLUMNS, data as canonical JSON text"""

TimerRow = tuple[str, str, int | None]
"""stream, name, due_us; without the last it is to be disarmed"""

MessageRow = tuple[str, str, str, int, str]
"""id, topic, stream, due_us, data as canonical JSON text"""

_COLUMNS = frozenset(RECORD_COLUMNS)
_FIRST = 4
_DATA = _FIRST + len(RECORD_COLUMNS)


@frozen(kw_only=True)
class UnitOf:
    """The parts of one transaction."""

    journal: StoredJournal
    feed: StoredFeed
    records: Records
    timers: Timers
    marks: Marks
    outbox: Outbox
    archive: Archive


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
    values = tuple(map(columns.get, RECORD_COLUMNS))
    _check_texts(values)
    return (
        identifier(record.kind, "a kind of record"),
        identifier(record.id, "the id of a record"),
        checked_stream(record.stream),
        record.version,
        *values,
        _encoded(record.data),
    )


def _check_texts(values: Sequence[str | None]) -> None:
    # Not every database can hold a text with a null character; half a surrogate pair has no form in UTF-8 at all.
    joined = "".join(value for value in values if value is not None)
    if (not joined.isascii() and any("\ud800" <= letter <= "\udfff" for letter in joined)) or "\0" in joined:
        raise InvalidValueError(what="a text of characters", value=joined, path="columns")


def _encoded(data: object) -> str:
    try:
        return encode_plain(data)
    except UnicodeEncodeError as error:
        raise InvalidValueError(what="Unicode text", value=error.object, path="data", problem=error.reason) from error


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


def row_of_message(message: Message) -> MessageRow:
    """Answer the row of a message, its names checked."""
    return (
        identifier(message.id, "the id of a message"),
        identifier(message.topic, "the topic of a message"),
        checked_stream(message.stream),
        to_micros(message.due_at),
        _encoded(message.data),
    )


def message_of_row(row: MessageRow) -> Message:
    """Answer the message of a row."""
    id, topic, stream, due_us, data = row
    return Message(id=id, topic=topic, stream=stream, due_at=from_micros(due_us), data=decode_plain(data))


def checked_follower(name: str) -> str:
    """Answer the name of a follower of the feed as it is."""
    return identifier(name, "a follower")


def checked_mark(position: int, end: int) -> int:
    """Answer the position of a mark, which lies in the journal or before its first fact.

    Raises:
        InvalidValueError: Below 0, or past the end.
    """
    if type(position) is not int:
        raise WrongTypeError(expected="a position", value=position, path="position")
    if not 0 <= position <= end:
        raise InvalidValueError(what="a position", value=position, path="position", hint=f"0 to {end}")
    return position


def facts_to_take(rows: Sequence[ArchiveRow], tail: Tail) -> tuple[Sequence[Row], Tail]:
    """Answer the facts of an archive as the journal's rows, and where the journal ends with them.

    Raises:
        InvalidValueError: They do not begin where it ends, or have a gap.
    """
    facts = cast("Sequence[Row]", rows)
    first, last = tail.position + 1, tail.position + len(facts)
    if facts[0][0] != first or facts[-1][0] != last:
        raise InvalidValueError(what="a fact to go on with", value=facts[0][0], path="position", hint=f"{first}")
    return facts, Tail(last, facts[-1][5], facts[-1][8])
