"""Work product 2, the service log: every entry of the journal as stored, one JSON object a line.

Source:
    CMMI-SVC 1.3 SD SP 3.2 work product 2
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from svcdelivery.errors import IntegrityError
from svcdelivery.storage.protocol import Entry, Feed, Head
from svcdelivery.timeline import format_instant
from svcdelivery.timeline.text import format_micros

__all__ = ["head_data", "write_service_log"]

_PAGE = 4000
_encoder = msgspec.json.Encoder()


class _Line(msgspec.Struct, gc=False):
    """One line, in the order of its keys; the payload goes through as it is."""

    position: int
    stream: str
    version: int
    type: str
    occurred_at: str
    recorded_at: str
    actor: str
    payload: msgspec.Raw
    hash: str


def write_service_log(feed: Feed, path: Path, *, passed: Callable[[int], None] | None = None) -> dict[str, int]:
    """Write the log, payloads byte for byte as the chain's hashes cover them; answer the last version of each stream.

    Nothing is decoded, so that the log also tells of facts whose classes are gone.

    Raises:
        IntegrityError: A payload with a line end in it, which no stored fact has.
    """
    versions: dict[str, int] = {}
    after = 0
    with path.open("wb") as file:
        while page := feed.entries(after, limit=_PAGE):
            file.write(_encoder.encode_lines([_line(entry) for entry in page]))
            for entry in page:
                versions[entry.stream] = entry.version
            after = page[-1].position
            if passed is not None:
                passed(after)
    return versions


def _line(entry: Entry) -> _Line:
    position, stream, version, type, occurred_us, recorded_us, actor, payload, hash = entry
    if b"\n" in payload:
        raise IntegrityError(position=position, problem="a payload with a line end")
    occurred_at, recorded_at = format_micros(occurred_us), format_micros(recorded_us)
    return _Line(position, stream, version, type, occurred_at, recorded_at, actor, msgspec.Raw(payload), hash.hex())


def head_data(head: Head, *, tenant: str) -> dict[str, object]:
    """Answer where the journal ends: kept elsewhere, it shows later whether the log was cut or rewritten."""
    return {
        "format": "svcdelivery.head/1",
        "tenant": tenant,
        "position": head.position,
        "recorded_at": None if head.recorded_at is None else format_instant(head.recorded_at),
        "hash": head.hash.hex(),
    }
