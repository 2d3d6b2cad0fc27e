"""The store in memory: its tenants, and the transactions over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Condition, Lock
from types import TracebackType
from typing import Self

from svcdelivery.errors import Busy, StoreError
from svcdelivery.storage.chain import genesis
from svcdelivery.storage.journal import Gate, StoredFeed, StoredJournal, Tail
from svcdelivery.storage.memory.parts import MemoryArchive, MemoryMarks, MemoryOutbox, MemoryRecords, MemoryTimers
from svcdelivery.storage.memory.state import Home, State, Work
from svcdelivery.storage.protocol import PROTOCOL, ArchivedUnit, Bell, Capability, tenant_id
from svcdelivery.storage.rows import UnitOf

__all__ = ["MemoryStore"]

_CAPABILITIES = frozenset({Capability.NOTIFY, Capability.EXPORT})


class MemoryStore:
    """A store that lives in this process: for tests, for trying things out, for work that needs no disk.

    Args:
        busy_timeout_seconds: How long a unit waits for the writer before it.
    """

    def __init__(self, *, busy_timeout_seconds: float = 5.0) -> None:
        self._tenants: dict[str, Home] = {}
        self._writer = Lock()
        self._timeout = busy_timeout_seconds
        self._closed = False
        self._committed = Condition()
        self._commits: dict[str, int] = {}

    @property
    def protocol(self) -> tuple[int, int]:
        """The version of the protocol it keeps."""
        return PROTOCOL

    @property
    def capabilities(self) -> frozenset[Capability]:
        """It can be listened to, and exported."""
        return _CAPABILITIES

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[ArchivedUnit]:
        """Open a transaction. One writes at a time; reading units see the state they began with."""
        if self._closed:
            raise StoreError(problem="the store is closed")
        name = tenant_id(tenant)
        if write and not self._writer.acquire(timeout=self._timeout):
            raise Busy
        try:
            gate = Gate(writable=write)
            home = self._tenants.get(name) or Home(State(tail=Tail(0, None, genesis(name))))
            work = Work(home)
            try:
                yield UnitOf(
                    journal=StoredJournal(work, name, gate),
                    feed=StoredFeed(work, gate),
                    records=MemoryRecords(work, gate),
                    timers=MemoryTimers(work, gate),
                    marks=MemoryMarks(work, gate),
                    outbox=MemoryOutbox(work, gate),
                    archive=MemoryArchive(work, gate),
                )
            finally:
                gate.shut()
            if write:
                work.commit()
                self._tenants[name] = home
                self._ring(name)
        finally:
            if write:
                self._writer.release()

    @contextmanager
    def listen(self, tenant: str) -> Iterator[Bell]:
        """Lend a bell for the commits of one tenant."""
        yield _MemoryBell(self._committed, self._commits, tenant_id(tenant))

    def _ring(self, tenant: str) -> None:
        with self._committed:
            self._commits[tenant] = self._commits.get(tenant, 0) + 1
            self._committed.notify_all()

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts, in order."""
        return sorted(name for name, home in list(self._tenants.items()) if home.state.tail.position)

    def close(self) -> None:
        """Forget everything."""
        self._closed = True
        self._tenants = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _MemoryBell:
    def __init__(self, committed: Condition, commits: dict[str, int], tenant: str) -> None:
        self._committed = committed
        self._commits = commits
        self._tenant = tenant
        self._heard = commits.get(tenant, 0)

    def wait(self, seconds: float) -> bool:
        with self._committed:
            rang = self._committed.wait_for(lambda: self._commits.get(self._tenant, 0) != self._heard, seconds)
            self._heard = self._commits.get(self._tenant, 0)
        return rang
