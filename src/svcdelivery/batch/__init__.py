"""Columns of a million rows: service time, due instants and clocks, with the answers of the scalar functions."""

from __future__ import annotations

from svcdelivery.errors import ExtraMissingError

try:
    import numpy  # noqa: F401, ICN001
    import pyarrow  # noqa: F401, ICN001
except ImportError:
    raise ExtraMissingError(extra="batch", feature="working on columns") from None

from svcdelivery.batch.clocks import read_clocks_table
from svcdelivery.batch.coverage import read_singly
from svcdelivery.batch.duck import read_clocks_query
from svcdelivery.batch.hours import add, elapsed, is_open, next_open, subtract
from svcdelivery.batch.running import running_due, running_time
from svcdelivery.batch.samples import SampleTable, project_samples
from svcdelivery.batch.spark import read_clocks_frame

__all__ = [
    "SampleTable",
    "add",
    "elapsed",
    "is_open",
    "next_open",
    "project_samples",
    "read_clocks_frame",
    "read_clocks_query",
    "read_clocks_table",
    "read_singly",
    "running_due",
    "running_time",
    "subtract",
]
