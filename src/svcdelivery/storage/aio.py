"""Any store, awaited: the same methods, each unit on a worker thread of its own.

A thread that is at work cannot be stopped. Who is cancelled while it works goes on when the call under way has ended;
then the unit rolls back, so that nothing is left half done or locked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from functools import partial, wraps
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast

from svcdelivery.storage.protocol import (
    Bell,
    Capability,
    Feed,
    Journal,
    Listening,
    Marks,
    Outbox,
    Records,
    Store,
    Timers,
    Unit,
)

__all__ = [
    "AsyncBell",
    "AsyncFeed",
    "AsyncJournal",
    "AsyncMarks",
    "AsyncOutbox",
    "AsyncRecords",
    "AsyncStore",
    "AsyncTimers",
    "AsyncUnit",
]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class _Part(Generic[T]):
    def __init__(self, part: T, worker: Executor) -> None:
        self._part = part
        self._worker = worker


def _awaited(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[_Part[Any], P], Awaitable[R]]:
    """Answer the method of a part, run on the part's worker."""
    name = method.__name__

    @wraps(method)
    async def call(self: _Part[Any], /, *args: P.args, **named: P.kwargs) -> R:
        answer: R = await _on(self._worker, partial(getattr(self._part, name), *args, **named))
        return answer

    return call


class AsyncJournal(_Part[Journal]):
    """The facts of a tenant."""

    load = _awaited(Journal.load)
    receipt = _awaited(Journal.receipt)
    append = _awaited(Journal.append)


class AsyncFeed(_Part[Feed]):
    """All facts by position."""

    read = _awaited(Feed.read)
    entries = _awaited(Feed.entries)
    head = _awaited(Feed.head)


class AsyncRecords(_Part[Records]):
    """Rows derived from facts."""

    put = _awaited(Records.put)
    get = _awaited(Records.get)
    find = _awaited(Records.find)


class AsyncTimers(_Part[Timers]):
    """Wake-ups."""

    arm = _awaited(Timers.arm)
    of = _awaited(Timers.of)
    due = _awaited(Timers.due)
    next_due = _awaited(Timers.next_due)
    claim = _awaited(Timers.claim)
    settle = _awaited(Timers.settle)


class AsyncMarks(_Part[Marks]):
    """How far followers of the feed have come."""

    get = _awaited(Marks.get)
    put = _awaited(Marks.put)


class AsyncOutbox(_Part[Outbox]):
    """Messages to be delivered."""

    put = _awaited(Outbox.put)
    waiting = _awaited(Outbox.waiting)
    next_due = _awaited(Outbox.next_due)
    claim = _awaited(Outbox.claim)
    settle = _awaited(Outbox.settle)
    defer = _awaited(Outbox.defer)


class AsyncBell(_Part[Bell]):
    """Rings when somebody has committed. Who is cancelled while waiting goes on when the time has passed."""

    wait = _awaited(Bell.wait)


class AsyncUnit(_Part[Unit]):
    """One transaction of one tenant."""

    @property
    def journal(self) -> AsyncJournal:
        """Streams and keys."""
        return AsyncJournal(self._part.journal, self._worker)

    @property
    def feed(self) -> AsyncFeed:
        """All facts by position."""
        return AsyncFeed(self._part.feed, self._worker)

    @property
    def records(self) -> AsyncRecords:
        """Rows derived from facts."""
        return AsyncRecords(self._part.records, self._worker)

    @property
    def timers(self) -> AsyncTimers:
        """Wake-ups."""
        return AsyncTimers(self._part.timers, self._worker)

    @property
    def marks(self) -> AsyncMarks:
        """How far followers of the feed have come."""
        return AsyncMarks(self._part.marks, self._worker)

    @property
    def outbox(self) -> AsyncOutbox:
        """Messages to be delivered."""
        return AsyncOutbox(self._part.outbox, self._worker)


class AsyncStore:
    """A store whose units are awaited.

    Args:
        store: Any; closing this one closes it.
        units_most: How many units may be open at once, each on a thread of its own; a further one waits.
    """

    def __init__(self, store: Store, *, units_most: int = 32) -> None:
        self.store = store
        self._places = asyncio.Semaphore(units_most)
        self._idle: list[ThreadPoolExecutor] = []

    @property
    def protocol(self) -> tuple[int, int]:
        """The version of the protocol the store keeps."""
        return self.store.protocol

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the store offers beyond the protocol's demands."""
        return self.store.capabilities

    @asynccontextmanager
    async def unit(self, tenant: str, *, write: bool = True) -> AsyncIterator[AsyncUnit]:
        """Open a transaction; it commits when the block ends and rolls back when the block raises or is cancelled."""
        async with self._working() as worker, _entered(self.store.unit(tenant, write=write), worker) as unit:
            yield AsyncUnit(unit, worker)

    async def run(self, tenant: str, work: Callable[[Unit], R], *, write: bool = True) -> R:
        """Answer what a function makes of a unit, all of it on the worker: one change of threads instead of many."""

        def whole() -> R:
            with self.store.unit(tenant, write=write) as unit:
                return work(unit)

        async with self._working() as worker:
            return await _on(worker, whole)

    @asynccontextmanager
    async def listen(self, tenant: str) -> AsyncIterator[AsyncBell]:
        """Lend a bell for the commits of one tenant, of a store with the capability NOTIFY."""
        listening = cast("Listening", self.store)
        async with self._working() as worker, _entered(listening.listen(tenant), worker) as bell:
            yield AsyncBell(bell, worker)

    async def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts."""
        async with self._working() as worker:
            return await _on(worker, self.store.tenants)

    async def close(self) -> None:
        """Release what the store holds open."""
        async with self._working() as worker:
            await _on(worker, self.store.close)
        while self._idle:
            self._idle.pop().shutdown(wait=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[ThreadPoolExecutor]:
        # A unit that waits for another's end must not take away the thread on which that one could end.
        async with self._places:
            worker = self._idle.pop() if self._idle else ThreadPoolExecutor(1, thread_name_prefix="svcdelivery-unit")
            try:
                yield worker
            finally:
                self._idle.append(worker)


@asynccontextmanager
async def _entered(block: AbstractContextManager[T], worker: Executor) -> AsyncIterator[T]:
    """Enter and leave a block on the worker."""
    entering = asyncio.get_running_loop().run_in_executor(worker, block.__enter__)
    try:
        entered = await _ended(entering)
    except asyncio.CancelledError as error:
        if entering.exception() is None:
            await _on(worker, partial(block.__exit__, type(error), error, error.__traceback__))
        raise
    try:
        yield entered
    except BaseException as error:
        with suppress(type(error)):
            # A block that raises the same error anew is no further failure.
            await _on(worker, partial(block.__exit__, type(error), error, error.__traceback__))
        raise
    await _on(worker, partial(block.__exit__, None, None, None))


async def _on(worker: Executor, call: Callable[[], R]) -> R:
    return await _ended(asyncio.get_running_loop().run_in_executor(worker, call))


async def _ended(future: asyncio.Future[R]) -> R:
    """Answer what a thread came to; who is cancelled meanwhile is told so once it has ended."""
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        # Looked at, so that nobody complains of an error that was never seen.
        future.exception()
        raise
