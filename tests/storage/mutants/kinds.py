"""What a mutant is: a sound store, one thing of which is done another way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from attrs import frozen

from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.sqlalchemy import SqlAlchemyStore
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.storage.sqlite.schema import SQL
from svcdelivery.testing.conformance import Places, in_folders

BUSY_SECONDS = 8.0
"""How long a unit waits for its turn: longer than any of them takes, however busy the machine."""

IN_VAIN_SECONDS = 3.0
"""The same where it waits in vain, which is what its mutant is about."""


@frozen(kw_only=True)
class Mutant:
    """A store with a defect; its docstring is what it does wrong.

    Attributes:
        caught_by: The scenarios that must complain: the promises the defect breaks.
        also: Topics, besides their own, of those that may complain too, since what they look at rests on that promise.
    """

    store: type
    caught_by: frozenset[str]
    also: frozenset[str]

    @property
    def name(self) -> str:
        return self.store.__name__

    @property
    def defect(self) -> str:
        return (self.store.__doc__ or "").strip().partition("\n")[0]

    def places(self, folder: Path) -> Places:
        return in_folders(self.store, folder)


def mutant(collection: list[Mutant], *caught_by: str, also: str = "") -> Callable[[type], type]:
    """Put the class into the collection."""

    def register(store: type) -> type:
        collection.append(Mutant(store=store, caught_by=frozenset(caught_by), also=frozenset(also.split())))
        return store

    return register


class Changed:
    """Something with some of its members done another way."""

    def __init__(self, inner, **members):
        self.__dict__.update(members)
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)


def changed(unit, **parts):
    """Answer the unit with members of its parts done another way: `changed(unit, marks={"put": put})`."""
    return Changed(unit, **{name: Changed(getattr(unit, name), **members) for name, members in parts.items()})


def swap(statement, old, new):
    """Answer the statement with a piece put another way; the piece must be there."""
    assert old in statement, f"{old!r} is not in {statement!r}"
    return statement.replace(old, new)


class MemoryMutant(MemoryStore):
    """A sound store in memory whose units come out changed."""

    busy_seconds = BUSY_SECONDS

    def __init__(self, folder=None):
        super().__init__(busy_timeout_seconds=self.busy_seconds)

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            yield self.changed(unit, tenant)

    def changed(self, unit, tenant):
        return unit


class SqliteMutant(SqliteStore):
    """A sound store in a file with some statements, or units, changed."""

    sql = SQL

    def __init__(self, folder):
        super().__init__(folder / "store.db", durability="normal", busy_timeout_seconds=BUSY_SECONDS)

    def _settle(self, connection):
        super()._settle(connection)
        # No mutant is about what a crash of the machine leaves, so none waits for the disk.
        connection.raw.execute("PRAGMA synchronous = OFF")

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            connection, name, gate, _, rows = unit._made
            unit._made = (connection, name, gate, self.sql, rows)
            rows._sql = self.sql
            yield self.changed(unit, tenant)

    def changed(self, unit, tenant):
        return unit


class SqlAlchemyMutant(SqlAlchemyStore):
    """A sound store over an engine of a file of its own."""

    busy_seconds = BUSY_SECONDS

    def __init__(self, folder):
        engine = sa.create_engine(f"sqlite:///{folder / 'store.db'}", connect_args={"timeout": self.busy_seconds})
        sa.event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        super().__init__(engine)

    def close(self):
        super().close()
        if self._shared is None:
            self._engine.dispose()
