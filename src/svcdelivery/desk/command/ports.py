"""The desk's own ports: where new ids come from."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Protocol

from svcdelivery.timeline import Instant, to_micros

__all__ = ["DerivedIds", "IdSource"]


class IdSource(Protocol):
    """Where ids come from when the caller gives none."""

    def new(self, *, seed: str, now: Instant) -> str:
        """Answer an id that no other seed gets. The same seed may be asked again when a command is retried."""
        ...


class DerivedIds:
    """UUIDv7 ids whose time is the command's and whose remaining bits are a digest of its key.

    They sort by time like any UUIDv7, need no randomness, and a retried command asks for the same one. They are names,
    not secrets: who knows tenant, command and key can compute them.
    """

    def new(self, *, seed: str, now: datetime) -> str:
        """Answer the id of the seed at that instant."""
        millis = to_micros(now) // 1000 & ((1 << 48) - 1)
        bits = int.from_bytes(sha256(seed.encode("utf-8", "surrogatepass")).digest()[:10], "big")
        number = millis << 80 | 0x7 << 76 | (bits >> 62 & 0xFFF) << 64 | 0b10 << 62 | bits & ((1 << 62) - 1)
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
