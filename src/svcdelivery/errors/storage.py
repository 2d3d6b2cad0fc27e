"""What a store can fail with."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from svcdelivery.errors.base import ServiceDeliveryError, quoted

__all__ = ["Busy", "Conflict", "IntegrityError", "KeyReused", "StoreError", "StoreFull", "Unknown"]


@define(kw_only=True, slots=False)
class StoreError(ServiceDeliveryError):
    """The base of what a store can fail with."""

    code: ClassVar[str] = "SVC-E600"

    problem: str = "the store failed"

    @property
    def message(self) -> str:
        """What failed."""
        return self.problem


@define(kw_only=True, slots=False)
class Conflict(StoreError):
    """Somebody else wrote the stream first; read again and judge again."""

    code: ClassVar[str] = "SVC-E601"

    stream: str
    expected: int
    actual: int

    @property
    def message(self) -> str:
        """Both versions."""
        return f"{quoted(self.stream)}: expected version {self.expected}, found {self.actual}"


@define(kw_only=True, slots=False)
class KeyReused(StoreError, ValueError):
    """A command key that was used before, for another intent."""

    code: ClassVar[str] = "SVC-E602"

    key: str

    @property
    def message(self) -> str:
        """Which key."""
        return f"the key {quoted(self.key)} was used for another command or other arguments"


@define(kw_only=True, slots=False)
class Busy(StoreError):
    """The store could not be had in time; nothing was written, and the same call may be tried again."""

    code: ClassVar[str] = "SVC-E603"

    problem: str = "the store is busy; nothing was written"


@define(kw_only=True, slots=False)
class Unknown(StoreError):
    """Whether the commit took place is not known; the same call with the same key finds out."""

    code: ClassVar[str] = "SVC-E604"

    problem: str = "the outcome of the commit is not known; call again with the same key"


@define(kw_only=True, slots=False)
class StoreFull(StoreError):
    """There is no room to write; nothing was written."""

    code: ClassVar[str] = "SVC-E605"

    problem: str = "the store is full; nothing was written"


@define(kw_only=True, slots=False)
class IntegrityError(StoreError, ValueError):
    """Stored bytes that do not match their hash, their neighbors or their form."""

    code: ClassVar[str] = "SVC-E606"

    position: int | None = None

    @property
    def message(self) -> str:
        """What is damaged, and the first bad entry."""
        return self.problem if self.position is None else f"entry {self.position}: {self.problem}"
