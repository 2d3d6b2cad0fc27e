"""A tenant drawn from one store, batch by batch, and taken into another with its chain verified."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from attrs import frozen

from svcdelivery.errors import IntegrityError, UnusableInputError
from svcdelivery.storage.chain import follow, genesis, verify
from svcdelivery.storage.codec import Row, entry_of_row
from svcdelivery.storage.protocol import (
    Archive,
    ArchivedUnit,
    ArchiveRow,
    ArchiveTable,
    Capability,
    Head,
    Store,
    tenant_id,
)

__all__ = ["BATCH", "FORMAT", "Batch", "Moved", "archived", "draw", "rows_of", "take_in"]

FORMAT = 1
"""The number of the layout of exports."""

BATCH = 2000
"""How many rows move at a time, at most."""

Batch = tuple[ArchiveTable, Sequence[ArchiveRow]]


@frozen(kw_only=True)
class Moved:
    """What was moved.

    Attributes:
        rows: How many of each table.
        position: Where the journal ends.
        hash: The last link of its chain, in hexadecimal digits.
    """

    tenant: str
    rows: tuple[tuple[str, int], ...]
    position: int
    hash: str

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {table}" for table, count in self.rows if count and table != "fence")
        return f"{self.tenant}: {counted or 'nothing'}; head {self.hash}"


@contextmanager
def archived(store: Store, tenant: str, *, write: bool = False) -> Iterator[ArchivedUnit]:
    """Open a unit that has an archive.

    Raises:
        UnusableInputError: The store offers none.
    """
    if Capability.EXPORT not in store.capabilities:
        raise UnusableInputError(source=type(store).__name__, problem="it does not give out its rows")
    with store.unit(tenant_id(tenant), write=write) as unit:
        yield cast("ArchivedUnit", unit)


def rows_of(archive: Archive, table: ArchiveTable) -> Iterator[Sequence[ArchiveRow]]:
    """Answer all rows of a table, a batch at a time."""
    last: ArchiveRow | None = None
    while rows := archive.read(table, after=last, limit=BATCH):
        yield rows
        last = rows[-1]


def draw(unit: ArchivedUnit, tenant: str) -> Generator[Batch, None, Moved]:
    """Answer everything of a tenant, facts first with their chain verified, and at the end what it was.

    Raises:
        IntegrityError: The store is damaged; what was drawn until then must not be used.
    """
    counts = dict.fromkeys(ArchiveTable, 0)
    chain = _Chain(tenant)
    for table in ArchiveTable:
        for rows in rows_of(unit.archive, table):
            if table is ArchiveTable.FACTS:
                chain.follow(cast("Sequence[Row]", rows))
            counts[table] += len(rows)
            yield table, rows
    head = unit.feed.head()
    chain.end(head.position, head.hash)
    return _moved(tenant, counts, chain)


def take_in(
    store: Store, tenant: str, batches: Iterable[Batch], check: Callable[[ArchivedUnit, Moved], None] | None = None
) -> Moved:
    """Write everything of a tenant in one transaction, into a store that has nothing of it.

    Args:
        check: Called with the unit before it commits; whatever it raises undoes all.

    Raises:
        UnusableInputError: The store has something of the tenant already.
        IntegrityError: A fact does not match its hash or its neighbor.
    """
    counts = dict.fromkeys(ArchiveTable, 0)
    chain = _Chain(tenant)
    with archived(store, tenant, write=True) as unit:
        for table in ArchiveTable:
            if table is not ArchiveTable.FENCE and unit.archive.read(table, limit=1):
                problem = f"it has {table.name.lower()} of the tenant already"
                raise UnusableInputError(source=tenant, problem=problem, hint="a store without the tenant")
        for table, rows in batches:
            if table is ArchiveTable.FACTS:
                chain.follow(cast("Sequence[Row]", rows))
            unit.archive.write(table, rows)
            counts[table] += len(rows)
        moved = _moved(tenant, counts, chain)
        if check is not None:
            check(unit, moved)
    return moved


class _Chain:
    """The links of facts that come in batches."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self.position = 0
        self.hash = genesis(tenant)

    def follow(self, rows: Sequence[Row]) -> None:
        """Check rows that come next.

        Raises:
            IntegrityError: One that does not match; it is named.
        """
        last = follow(rows, self._tenant, self.position, self.hash)
        if last is None:
            raise self._damage(rows)
        self.position, self.hash = self.position + len(rows), last

    def end(self, position: int, hash: bytes) -> None:
        """Check that it ends where it must.

        Raises:
            IntegrityError: It does not.
        """
        if (self.position, self.hash) != (position, hash):
            problem = f"the chain of `{self._tenant}` ends at {self.position}, the head says {position}"
            raise IntegrityError(problem=problem, position=min(self.position, position) + 1)

    def _damage(self, rows: Sequence[Row]) -> IntegrityError:
        before = Head(position=self.position, recorded_at=None, hash=self.hash)
        report = verify(map(entry_of_row, rows), self._tenant, start=before)
        assert report.finding is not None, "what did not match is found again"
        position = report.finding.position
        return IntegrityError(problem=report.finding.message.removeprefix(f"entry {position} "), position=position)


def _moved(tenant: str, counts: dict[ArchiveTable, int], chain: _Chain) -> Moved:
    rows = tuple((table.name.lower(), count) for table, count in counts.items())
    return Moved(tenant=tenant, rows=rows, position=chain.position, hash=chain.hash.hex())
