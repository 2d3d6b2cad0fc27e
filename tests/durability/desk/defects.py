"""Desks that do not keep their word, each by what it asks of its store."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import contextmanager, suppress
from itertools import count

from attrs import frozen

from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.security import SECURITY_STREAM
from svcdelivery.storage.sqlite import SqliteStore

__all__ = ["Apart", "Uncommitted", "Undecided", "Unkeyed", "dying"]


@frozen
class Around:
    """A store that does one thing another way."""

    store: object

    @property
    def capabilities(self):
        return self.store.capabilities

    def close(self):
        self.store.close()


@frozen
class Apart(Around):
    """A desk that writes a part of what follows in a second transaction."""

    part: str
    method: str
    between: Callable[[], object] = lambda: None

    @contextmanager
    def unit(self, tenant, *, write=True):
        kept = []
        with self.store.unit(tenant, write=write) as unit:
            yield Changed(unit, self.part, {self.method: kept.append}) if write else unit
        if kept:
            self.between()
            with self.store.unit(tenant) as unit:
                for values in kept:
                    getattr(getattr(unit, self.part), self.method)(values)


def dying(path):
    """Open such a desk's store, in a process that is killed between the two transactions of one command."""
    numbers = count(1)

    def between():
        # What is set up takes thirteen, so it is a command of the writer's own.
        if next(numbers) == 20:
            os.kill(os.getpid(), signal.SIGKILL)

    return Apart(SqliteStore(path, durability="normal"), "records", "put", between)


class Changed:
    def __init__(self, unit, part, methods):
        self._unit = unit
        self.__dict__[part] = ChangedPart(getattr(unit, part), methods)

    def __getattr__(self, name):
        return getattr(self._unit, name)


class ChangedPart:
    def __init__(self, part, methods):
        self._part = part
        self.__dict__.update(methods)

    def __getattr__(self, name):
        return getattr(self._part, name)


@frozen
class Unkeyed(Around):
    """A desk that gives each try a key of its own."""

    numbers: object

    @contextmanager
    def unit(self, tenant, *, write=True):
        def append(writes, *, key, intent, now):
            return unit.journal.append(writes, key=f"{key}/{next(self.numbers)}", intent=intent, now=now)

        with self.store.unit(tenant, write=write) as unit:
            yield Changed(unit, "journal", {"append": append, "receipt": lambda _key, _intent: None})


class Undecided(Around):
    """A desk that puts on record what it allowed, and not that it did."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        def append(writes, *, key, intent, now):
            # Denials are: without them there would be nothing to tell.
            said_ = [one for one in writes if one.facts and one.stream != SECURITY_STREAM]
            return unit.journal.append(said_ or writes, key=key, intent=intent, now=now)

        with self.store.unit(tenant, write=write) as unit:
            yield Changed(unit, "journal", {"append": append})


class Uncommitted(Around):
    """A desk that tells of a denial without its being on record."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        denials = []

        def append(writes, *, key, intent, now):
            denials.extend([key] if {one.stream for one in writes if one.facts} == {SECURITY_STREAM} else [])
            return unit.journal.append(writes, key=key, intent=intent, now=now)

        with suppress(_UndoneError), self.store.unit(tenant, write=write) as unit:
            yield Changed(unit, "journal", {"append": append})
            if denials:
                raise _UndoneError


class _UndoneError(ServiceDeliveryError):
    pass
