"""Lending due rows to workers, each under a fence that is higher than any before."""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import itemgetter
from typing import Any

from attrs import frozen

from svcdelivery.storage.chain import genesis
from svcdelivery.storage.sql.journal import Connection, narrowed
from svcdelivery.storage.sql.statements import Lendable, Statements

__all__ = ["Lease", "lent"]


@frozen(kw_only=True)
class Lease:
    """Who wants what: rows due by `upto_us` that nobody holds at `now_us`, until `until_us`."""

    tenant: str
    upto_us: int
    now_us: int
    until_us: int
    owner: str
    limit: int
    topics: Collection[str] = ()


def lent(
    connection: Connection, sql: Statements, table: Lendable, lease: Lease, key: Callable[[Any], tuple[str, ...]]
) -> list[tuple[int, Any]]:
    """Answer the fences and rows that are lent from now on, earliest due first.

    Args:
        key: Answers what tells a row from others.
    """
    if sql.dialect.skips_locked:
        return _at_once(connection, sql, table, lease)
    free, topics = narrowed(table.free, sql, "topic", lease.topics)
    rows = connection.rows(free, (lease.tenant, lease.upto_us, lease.now_us, *topics, lease.limit))
    if not rows:
        return []
    connection.send(sql.next_fence, (lease.tenant, genesis(lease.tenant), len(rows)))
    (last,) = connection.row(sql.fence, (lease.tenant,))
    numbered = list(enumerate(rows, last - len(rows) + 1))
    lends = [(fence, lease.owner, lease.until_us, lease.tenant, *key(row)) for fence, row in numbered]
    connection.send_each(table.lend, lends)
    return numbered


def _at_once(connection: Connection, sql: Statements, table: Lendable, lease: Lease) -> list[tuple[int, Any]]:
    claim, topics = narrowed(table.claim, sql, "topic", lease.topics)
    who = (lease.limit, lease.owner, lease.until_us, lease.tenant)
    rows = connection.rows(claim, (lease.tenant, lease.upto_us, lease.now_us, *topics, *who))
    return sorted(((row[-1], row[:-1]) for row in rows), key=itemgetter(0))
