"""A store in memory: the same bytes, hashes and refusals as on disk, gone with the process."""

from __future__ import annotations

from svcdelivery.storage.memory.keyring import MemoryKeyRing
from svcdelivery.storage.memory.store import MemoryStore

__all__ = ["MemoryKeyRing", "MemoryStore"]
