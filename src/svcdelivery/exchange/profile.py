"""Profiles by name or file: those that are built in, and those that people write as YAML."""

from __future__ import annotations

import os
from typing import Any

from svcdelivery.documents import SIZE_MOST, Code, Cursor, Document, Fields, Reader, parse_document
from svcdelivery.errors import UnusableInputError, quoted
from svcdelivery.exchange.log_profile import FIELDS, LogProfile, SourceStatus
from svcdelivery.exchange.log_times import ISO, time_reader
from svcdelivery.exchange.servicenow import SERVICENOW
from svcdelivery.exchange.source_file import SourceFile
from svcdelivery.exchange.table import ENCODINGS
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import to_zone
from svcdelivery.work import INCIDENT, REQUEST, WorkKind, kind_named

__all__ = ["PROFILES", "SERVICENOW", "LogProfile", "SourceStatus", "load_profile", "parse_profile"]

PROFILES = {SERVICENOW.name: SERVICENOW}
"""The profiles that are built in, by name."""

_KINDS = (INCIDENT.name, REQUEST.name)
_ROLES = ("received_at", "actor", "counter")


def load_profile(name_or_path: str | os.PathLike[str]) -> LogProfile:
    """Answer the built-in profile of that name, else the one in the YAML or JSON file of that path.

    Raises:
        UnusableInputError: No such name and no such file, or one that cannot be read.
        DocumentError: Every problem of the file, each with line and column.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    path = os.fspath(name_or_path)
    if path in PROFILES:
        return PROFILES[path]
    try:
        text = _read_text(path)
    except UnusableInputError as error:
        error.hint = error.hint or "built in: " + ", ".join(quoted(name) for name in PROFILES)
        raise
    return parse_profile(text, source=path)


def _read_text(path: str) -> str:
    file = SourceFile(path)
    with file.bytes() as data:
        content = data.read(SIZE_MOST + 1)
        if len(content) > SIZE_MOST:
            raise UnusableInputError(source=path, problem=f"it is larger than {SIZE_MOST} bytes")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UnusableInputError(source=path, problem=f"byte {error.start + 1} is not UTF-8") from error


def parse_profile(text: str, *, source: str = "<text>") -> LogProfile:
    """Answer the profile a YAML or JSON text describes.

    Raises:
        DocumentError: Every problem, each with line and column.
    """
    document = parse_document(text, source, keep_going=True)
    return _read(document)


def _read(document: Document) -> LogProfile:
    reader = Reader(document)
    with reader.root.mapping() as fields:
        values: dict[str, Any] = {"name": fields["name"].identifier("a name")}
        kind = kind_named(_known(fields["kind"].choice(_KINDS, "kind of work", default=INCIDENT.name)))
        values |= {"kind": kind.name, **_format(fields), **_columns(fields["columns"])}
        values["statuses"] = _statuses(fields["statuses"], kind)
        values["irregular"] = _texts(fields["irregular"])
        values["look_ahead"] = _look_ahead(fields["look_ahead"], kind)
        values["constants"] = _constants(fields["constants"])
        values["required"] = _texts(fields["required"])
    profile = reader.root.made(lambda: LogProfile(**values))
    reader.finish()
    assert profile is not None
    return profile


def _known(kind: str) -> str:
    return kind if kind in _KINDS else INCIDENT.name


def _format(fields: Fields) -> dict[str, Any]:
    fields["times"].converted(_times, "the form of times", default=ISO)
    fields["zone"].converted(to_zone, "the name of a zone", default=None)
    return {
        "times": fields["times"].text(default=ISO),
        "zone": fields["zone"].text(default=None),
        "encoding": fields["encoding"].choice(tuple(ENCODINGS), "encoding", default="utf-8"),
        "delimiter": fields["delimiter"].text(default=","),
        "missing": _texts(fields["missing"]) if "missing" in fields else ("",),
    }


def _times(form: str) -> str:
    time_reader(form, None)
    return form


def _texts(cursor: Cursor) -> tuple[str, ...]:
    return tuple(item.text() for item in cursor.each(optional=True))


def _columns(cursor: Cursor) -> dict[str, Any]:
    with cursor.mapping() as columns:
        roles: dict[str, Any] = {name: columns[name].text() for name in ("id", "updated_at", "status")}
        roles |= {name: columns[name].text(default=None) for name in _ROLES}
        given = [(name, columns[name].text(default=None)) for name in FIELDS]
    return {**roles, "fields": tuple((name, column) for name, column in given if column is not None)}


def _statuses(cursor: Cursor, kind: WorkKind) -> tuple[SourceStatus, ...]:
    entries = cursor.entries()
    if not entries and isinstance(cursor.value, dict):
        cursor.refuse(Code.INVALID_VALUE, "no status is named", "name each status of the source")
    return tuple(_status(source, entry, kind) for source, entry in entries)


def _status(source: str, entry: Cursor, kind: WorkKind) -> SourceStatus:
    accepted = [status.value for status in kind.table.statuses]
    if not isinstance(entry.value, dict):
        return SourceStatus(source, entry.choice(accepted, f"status of {kind.name}s"))
    with entry.mapping() as fields:
        status = fields["status"].choice(accepted, f"status of {kind.name}s")
        reason = fields["reason"].text(default=None)
        held = [s.value for s in kind.table.statuses if kind.table.phase(s) is Phase.HELD]
        if reason is not None and status in accepted and status not in held:
            message = f"`{status}` has no reason"
            fields["reason"].refuse(Code.CONTRADICTION, message, "only `on_hold` has one", at_key=True)
    return SourceStatus(source, status, reason)


def _look_ahead(cursor: Cursor, kind: WorkKind) -> tuple[tuple[str, str], ...]:
    accepted = [status.value for status in kind.table.statuses]
    entries = cursor.entries(optional=True)
    return tuple((column, entry.choice(accepted, f"status of {kind.name}s")) for column, entry in entries)


def _constants(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    with cursor.mapping(optional=True) as fields:
        given = [(name, fields[name].text(default=None)) for name in FIELDS]
    return tuple((name, value) for name, value in given if value is not None)
