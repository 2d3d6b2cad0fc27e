"""Clocks of logs larger than a machine: Spark hands the items over in buckets, and the kernel reads them there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.batch.clocks import read_clocks_table
from svcdelivery.errors import ExtraMissingError, InvalidValueError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["read_clocks_frame"]

_BUCKET = "__bucket"


def read_clocks_frame(
    frame: DataFrame,
    agreement: ServiceAgreement,
    now: datetime,
    *,
    kind: str = "incident",
    order: str | None = None,
    buckets: int = 200,
) -> DataFrame:
    """Answer the readings of a Spark frame of observations, worked out where the rows are.

    An item falls into one bucket by the hash of its id; a worker holds one bucket's rows at a time.

    Args:
        frame: Observations, with the columns that `read_clocks_table` tells.
        agreement: As for `read_clocks_table`, which `now` and `kind` are for too.
        order: The column by which rows of one item and instant count; Spark keeps no order of its own, so without one
            an item must not have two rows of one instant.
        buckets: How many; more of them take less memory each.

    Returns:
        The columns of `read_clocks_table`, in no order.

    Raises:
        ExtraMissingError: Without the extra `spark`.
        InvalidValueError: Not a positive number of buckets, or a column is missing; what is wrong with single rows is
            raised by the workers, in Spark's own error.
        NaiveTimeError: Times without a zone.
    """
    try:
        from pyspark.sql import functions as f
    except ImportError:
        raise ExtraMissingError(extra="spark", feature="clocks of a Spark frame") from None
    if type(buckets) is not int or buckets < 1:
        raise InvalidValueError(what="a number of buckets", value=buckets, hint="1 or more")
    if order is not None and order not in frame.columns:
        raise InvalidValueError(what="a column to order by", value=order, hint=", ".join(frame.columns))

    def read(bucket: pa.Table) -> pa.Table:
        rows = bucket if order is None else bucket.sort_by(order)
        return read_clocks_table(agreement, rows.drop_columns(_BUCKET), now, kind=kind)

    # What a table of no rows gives tells what is wrong with the columns here already, and what the readings look like.
    given = frame.withColumn(
        _BUCKET, f.pmod(f.xxhash64("item"), f.lit(buckets)) if "item" in frame.columns else f.lit(0)
    )
    schema = frame.sparkSession.createDataFrame(read(given.limit(0).toArrow())).schema
    return given.groupBy(_BUCKET).applyInArrow(read, schema)
