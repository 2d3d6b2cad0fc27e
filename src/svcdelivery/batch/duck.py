"""Clocks of logs larger than memory: DuckDB hands the items over in buckets, and the kernel reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.batch.clocks import read_clocks_table
from svcdelivery.errors import InvalidValueError

__all__ = ["read_clocks_query"]


def read_clocks_query(
    connection: Any,
    query: str,
    agreement: ServiceAgreement,
    now: datetime,
    *,
    kind: str = "incident",
    buckets: int = 16,
) -> Iterator[pa.Table]:
    """Answer the readings of a query's observations, a table for each bucket of items.

    An item falls into one bucket by the hash of its id, so that no more than a bucket's rows are in memory at a time.

    Args:
        connection: An open DuckDB connection.
        query: Gives observations, with the columns that `read_clocks_table` tells; it is run once a bucket. Rows of one
            item and one instant count in the order in which it gives them.
        agreement: As for `read_clocks_table`, which `now` and `kind` are for too.
        buckets: How many; more of them take less memory.

    Raises:
        InvalidValueError: Not a positive number of buckets; and what `read_clocks_table` raises.
    """
    if type(buckets) is not int or buckets < 1:
        raise InvalidValueError(what="a number of buckets", value=buckets, hint="1 or more")
    for bucket in range(buckets):
        rows = connection.sql(f"SELECT * FROM ({query}) WHERE hash(item) % {buckets} = {bucket}")  # noqa: S608
        yield read_clocks_table(agreement, rows, now, kind=kind)
