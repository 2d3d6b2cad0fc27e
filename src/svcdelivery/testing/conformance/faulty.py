"""A store around any other whose calls fail when they are told to: before they take effect, or after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Lock
from typing import Any, cast

from attrs import define, frozen

from svcdelivery.errors import Busy, Unknown
from svcdelivery.storage.protocol import Capability, Store, Unit

__all__ = ["Fault", "Faulty", "busy", "lost_acknowledgement"]


@frozen(kw_only=True)
class Fault:
    """One call that fails.

    Attributes:
        call: `begin` or `commit` of a writing unit, or a part and its method as in `journal.append`; empty for any.
        nth: The how-manieth such call since the faults were planned, from 1.
        after: Whether the call has taken effect when it fails. A commit that fails after it took effect is a lost
            acknowledgement.
        error: Makes what is raised.
    """

    call: str = ""
    nth: int = 1
    after: bool = False
    error: Callable[[], BaseException] = Busy


def busy(nth: int = 1) -> Fault:
    """Answer a fault by which the nth writing unit cannot begin."""
    return Fault(call="begin", nth=nth, error=Busy)


def lost_acknowledgement(nth: int = 1) -> Fault:
    """Answer a fault by which the nth writing unit commits and its caller is not told."""
    return Fault(call="commit", nth=nth, after=True, error=Unknown)


@define
class _Planned:
    fault: Fault
    seen: int = 0


class Faulty:
    """A store whose calls fail as planned; without faults it is the store it stands around.

    `Faulty(SqliteStore(path), lost_acknowledgement(nth=3))` is all it takes. Units opened for reading never fail.

    Attributes:
        calls: What was called since the faults were planned, in order: names as faults have them.
    """

    def __init__(self, store: Store, *faults: Fault) -> None:
        self._store = store
        self._lock = Lock()
        self.plan(*faults)

    def plan(self, *faults: Fault) -> None:
        """Forget what was planned and called so far, and plan these."""
        with self._lock:
            self.calls: list[str] = []
            self._plan: list[_Planned] = [_Planned(fault) for fault in faults]

    @property
    def protocol(self) -> tuple[int, int]:
        """As of the store around which it stands."""
        return self._store.protocol

    @property
    def capabilities(self) -> frozenset[Capability]:
        """As of the store around which it stands."""
        return self._store.capabilities

    def unit(self, tenant: str, *, write: bool = True) -> AbstractContextManager[Unit]:
        """Open a transaction whose calls may fail."""
        return self._writing(tenant) if write else self._store.unit(tenant, write=False)

    @contextmanager
    def _writing(self, tenant: str) -> Iterator[Unit]:
        self._count("begin")
        self._reach("begin")
        with self._store.unit(tenant) as unit:
            self._reach("begin", after=True)
            yield cast("Unit", _Watched(unit, self))
            self._count("commit")
            self._reach("commit")
        self._reach("commit", after=True)

    def tenants(self) -> Sequence[str]:
        """Answer the tenants that have facts."""
        return self._store.tenants()

    def close(self) -> None:
        """Release what the store holds open."""
        self._store.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _count(self, call: str) -> None:
        with self._lock:
            self.calls.append(call)
            for planned in self._plan:
                if planned.fault.call in ("", call):
                    planned.seen += 1

    def _reach(self, call: str, *, after: bool = False) -> None:
        with self._lock:
            due = [
                planned
                for planned in self._plan
                if planned.fault.call in ("", call)
                and planned.fault.after is after
                and planned.seen == planned.fault.nth
            ]
            self._plan = [planned for planned in self._plan if planned not in due]
        for planned in due:
            raise planned.fault.error()

    def _called(self, call: str, method: Callable[..., object], *values: object, **named: object) -> object:
        self._count(call)
        self._reach(call)
        answer = method(*values, **named)
        self._reach(call, after=True)
        return answer


class _Watched:
    def __init__(self, unit: Unit, faulty: Faulty) -> None:
        self._unit = unit
        self._faulty = faulty

    def __getattr__(self, name: str) -> Any:
        return _WatchedPart(name, getattr(self._unit, name), self._faulty)


class _WatchedPart:
    def __init__(self, name: str, part: object, faulty: Faulty) -> None:
        self._name = name
        self._part = part
        self._faulty = faulty

    def __getattr__(self, name: str) -> Any:
        return partial(self._faulty._called, f"{self._name}.{name}", getattr(self._part, name))
