"""A tenant copied from one store into another, whatever engines they are, and the copy proved equal."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from svcdelivery.errors import IntegrityError
from svcdelivery.storage.protocol import Archive, ArchivedUnit, ArchiveTable, Store
from svcdelivery.storage.transfer.tenant import Moved, archived, draw, rows_of, take_in

__all__ = ["copy_tenant", "tenant_digests"]

_encode = msgspec.msgpack.Encoder().encode


def copy_tenant(source: Store, target: Store, tenant: str) -> Moved:
    """Copy everything of a tenant in one transaction, and commit it only when every row reads back equal.

    Claims are not copied: what is lent at the source can be claimed from the copy, under a higher fence.

    Raises:
        UnusableInputError: The target has something of the tenant already, or one of them does not give out its rows.
        IntegrityError: The source is damaged, or the target does not answer what was written.
    """
    with archived(source, tenant) as unit:
        wanted = _digests(unit.archive)

        def check(copy: ArchivedUnit, _moved: Moved) -> None:
            found = _digests(copy.archive)
            unequal = [table for table, digest in wanted.items() if found[table] != digest]
            if unequal:
                raise IntegrityError(problem=f"the copy of `{tenant}` differs in its {', '.join(unequal)}")

        return take_in(target, tenant, draw(unit, tenant), check)


def tenant_digests(store: Store, tenant: str) -> dict[str, str]:
    """Answer the SHA-256 of every table of a tenant: equal ones hold equal rows, whatever engine holds them."""
    with archived(store, tenant) as unit:
        return _digests(unit.archive)


def _digests(archive: Archive) -> dict[str, str]:
    # The fence is a counter that may run ahead in a store that others use too.
    return {table.name.lower(): _digest(archive, table) for table in ArchiveTable if table is not ArchiveTable.FENCE}


def _digest(archive: Archive, table: ArchiveTable) -> str:
    digest = sha256()
    for rows in rows_of(archive, table):
        for row in rows:
            digest.update(_encode(row))
    return digest.hexdigest()
