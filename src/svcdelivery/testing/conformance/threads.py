"""Work on threads that are waited for, but not for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.testing.conformance.complaints import NotKeptError, said

__all__ = ["PATIENCE_SECONDS", "all_at_once", "begun", "held", "within"]

T = TypeVar("T")

PATIENCE_SECONDS = 30.0
"""How long a store may take over anything, unless told otherwise."""


def within(seconds: float, work: Callable[[], object], what: str) -> None:
    """Do the work on a thread of its own; what it raises is raised here.

    Raises:
        NotKeptError: It did not end in time. The thread is left behind.
    """
    for error in _begin([work])(seconds, what):
        raise error


def all_at_once(works: Sequence[Callable[[], object]], seconds: float) -> None:
    """Do all of them at the same time, each on a thread of its own.

    Raises:
        NotKeptError: One of them did not end in time, or was refused by the store.
    """
    barrier = threading.Barrier(len(works))

    def together(work: Callable[[], object]) -> Callable[[], object]:
        def begin() -> None:
            barrier.wait(seconds)
            work()

        return begin

    begun([together(work) for work in works], seconds)()


def begun(works: Sequence[Callable[[], object]], seconds: float) -> Callable[[], None]:
    """Begin all of them, each on a thread of its own, and answer how to wait for their end.

    The answer, called, raises a NotKeptError when one of them did not end in time, or was refused by the store.
    """
    end = _begin(works)

    def wait() -> None:
        for error in end(seconds, "a thread"):
            if isinstance(error, NotKeptError | ServiceDeliveryError):
                raise NotKeptError(f"in a thread: {type(error).__name__}: {error}") from error
            raise error

    return wait


@contextmanager
def held(
    opened: Callable[[], AbstractContextManager[T]], work: Callable[[T], object], seconds: float, what: str
) -> Iterator[None]:
    """Open something on another thread and do the work in it; it stays open while the block runs, and ends with it.

    Raises:
        NotKeptError: It did not come that far in time, or was refused. By then it is over, or left behind.
    """
    ready, release = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def hold() -> None:
        try:
            with opened() as lent:
                work(lent)
                ready.set()
                # Whoever holds it open for longer has been left behind.
                release.wait(seconds * 4)
        except BaseException as error:  # noqa: BLE001  it is told by who waits
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        if not ready.wait(seconds):
            raise NotKeptError(f"{what} did not come through within {seconds:g} seconds")
        _complain_of(failed, what)
        yield
    finally:
        release.set()
        thread.join(seconds)
    if thread.is_alive():
        raise NotKeptError(f"{what} did not end within {seconds:g} seconds")
    _complain_of(failed, what)


def _complain_of(failed: Sequence[BaseException], what: str) -> None:
    for error in failed:
        raise NotKeptError(f"{what}: {said(error)}") from error


def _begin(works: Sequence[Callable[[], object]]) -> Callable[[float, str], list[BaseException]]:
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  it is raised again in the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()

    def end(seconds: float, what: str) -> list[BaseException]:
        for thread in threads:
            thread.join(seconds)
        if any(thread.is_alive() for thread in threads):
            raise NotKeptError(f"{what} did not end within {seconds:g} seconds")
        return errors

    return end
