"""Erasing a person: personal texts are kept under a key of their subject, and the key can be destroyed.

Nothing that was stored is rewritten, so the log, its chain of hashes, backups and copies all stay valid.
"""

from __future__ import annotations

from svcdelivery.storage.erasure.sealing import ERASED, is_sealed
from svcdelivery.storage.erasure.store import ErasableStore, Erasure

__all__ = ["ERASED", "ErasableStore", "Erasure", "is_sealed"]
