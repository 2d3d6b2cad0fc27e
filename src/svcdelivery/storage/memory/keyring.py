"""A key ring in memory: with the process all keys are gone, and all that was written under them."""

from __future__ import annotations

import secrets

__all__ = ["MemoryKeyRing"]

_KEY_BYTES = 32


class MemoryKeyRing:
    """Keys of people, for tests and for trying things out."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], bytes] = {}

    def key(self, tenant: str, subject: str, *, create: bool = False) -> bytes | None:
        """Answer the subject's key, made if wanted."""
        if create:
            return self._keys.setdefault((tenant, subject), secrets.token_bytes(_KEY_BYTES))
        return self._keys.get((tenant, subject))

    def forget(self, tenant: str, subject: str) -> bool:
        """Destroy the subject's key."""
        return self._keys.pop((tenant, subject), None) is not None
