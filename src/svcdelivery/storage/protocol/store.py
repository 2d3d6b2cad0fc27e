"""A store, and what some stores offer besides."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from svcdelivery.storage.protocol.parts import Archive, Unit
from svcdelivery.storage.protocol.values import Capability

__all__ = ["ArchivedUnit", "Bell", "Erasing", "KeyRing", "Listening", "Sharing", "Store"]


class Store(Protocol):
    """A database. Units of several threads may be open at once; one unit belongs to one thread at a time."""

    @property
    def protocol(self) -> tuple[int, int]:
        """The version of the protocol it was written for, as `PROTOCOL` said then."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it offers beyond the protocol's demands."""
        ...

    def unit(self, tenant: str, *, write: bool = True) -> AbstractContextManager[Unit]:
        """Open a transaction; it commits when the block ends and rolls back when the block raises.

        With `write=False` it sees the store as it is when it begins, and refuses changes with a StoreError.

        Raises:
            Busy: It could not begin in time; nothing was written.
            StoreFull: No room; nothing was written.
            Unknown: Whether the commit took place is not known.
        """
        ...

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts."""
        ...

    def close(self) -> None:
        """Release what the store holds open."""
        ...


class ArchivedUnit(Unit, Protocol):
    """A unit of a store with the capability EXPORT."""

    @property
    def archive(self) -> Archive:
        """Everything as rows."""
        ...


class Bell(Protocol):
    """Rings when somebody has committed."""

    def wait(self, seconds: float) -> bool:
        """Answer whether something was committed since the bell was taken, or last rang; at the latest after a time.

        It may ring for nothing; whoever hears it looks into the store.
        """
        ...


class Listening(Protocol):
    """A store with the capability NOTIFY."""

    def listen(self, tenant: str) -> AbstractContextManager[Bell]:
        """Lend a bell for the commits of one tenant, by whichever process."""
        ...


class Sharing(Protocol):
    """A store with the capability SHARED_TRANSACTION."""

    def transaction(self) -> AbstractContextManager[Any]:
        """Lend a connection in a transaction of the caller's own, begun as that of a unit for writing is.

        It commits when the block ends, and rolls back when the block raises.
        """
        ...

    def joined(self, connection: Any) -> Store:
        """Answer the store within the transaction of a connection, however that was begun.

        What its units write counts when the caller commits; one that raises is undone by itself, and the caller can
        go on.
        """
        ...


class Erasing(Protocol):
    """A store with the capability ERASURE."""

    def erase(self, tenant: str, person: str) -> object:
        """Make what was written about a person, and about the items that were theirs, unreadable for good."""
        ...


class KeyRing(Protocol):
    """The keys of the people that personal texts are about. It is kept apart from the store and from its backups."""

    def key(self, tenant: str, subject: str, *, create: bool = False) -> bytes | None:
        """Answer the subject's key of 32 bytes; None when there is none, or it was destroyed.

        Args:
            create: Whether a subject without a key gets one. One whose key was destroyed gets a new one, which opens
                nothing written before.
        """
        ...

    def forget(self, tenant: str, subject: str) -> bool:
        """Destroy the key for good; False when there was none."""
        ...
