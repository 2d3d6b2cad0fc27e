"""A store around another one, for stores that behave otherwise in some way."""

from __future__ import annotations

from collections.abc import Sequence

from svcdelivery.storage.protocol import Capability, Store

__all__ = ["Around"]


class Around:
    """A store around another one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the inner one offers."""
        return self._store.capabilities

    def tenants(self) -> Sequence[str]:
        """Answer the inner one's tenants."""
        return self._store.tenants()

    def close(self) -> None:
        """Close the inner one."""
        self._store.close()

    def restore(self, store: Store) -> None:
        """Stand around another one from now on, as if a backup had been brought back."""
        self._store = store
