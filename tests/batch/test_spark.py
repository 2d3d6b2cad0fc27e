"""A Spark frame of observations against the kernel's own table. Needs the extra `spark` and Java: `make spark`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from svcdelivery.agreement import OnReopening, WithinWorkingDays
from svcdelivery.batch import read_clocks_frame, read_clocks_table
from svcdelivery.errors import InvalidValueError, NaiveTimeError
from tests.clock.worlds import agreement, target

pytest.importorskip("pyspark", reason="needs the extra `spark`")
pytestmark = [
    pytest.mark.xdist_group("spark"),
    # It says so of every pandas from 3 on; no pandas takes part here.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

MONDAY = datetime(2024, 3, 11, 9, tzinfo=UTC)
NOW = MONDAY + timedelta(days=9)
PROMISE = agreement(
    target(hours=4, on_reopening=OnReopening.RESTART), target("first_response", goal=WithinWorkingDays(2))
)
COURSE = ("recorded", "in_progress", "on_hold", "in_progress", "resolved", "in_progress", "resolved")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A session of one worker that speaks to loopback alone, in a zone of its own."""
    from pyspark.sql import SparkSession

    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "Europe/Paris",
    }
    session = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    yield session
    session.stop()


def log(items: int) -> pa.Table:
    """Items of up to seven rows each, which stand in pairs at one instant."""
    rows = [
        {"item": item, "at": MONDAY + timedelta(minutes=item * 97 + n // 2 * 131), "status": status, "row": n}
        for item in range(items)
        for n, status in enumerate(COURSE[: 2 + item % 6])
    ]
    return pa.Table.from_pylist(rows)


def test_a_frame_gives_the_readings_of_the_table_whatever_the_order_of_its_rows(spark: Any) -> None:
    """Of every item, to the microsecond."""
    table = log(60)
    frame = spark.createDataFrame(table).orderBy("status", "item")
    found = read_clocks_frame(frame, PROMISE, NOW, order="row", buckets=7).toArrow()
    expected = read_clocks_table(PROMISE, table.drop_columns("row"), NOW)
    assert found.column_names == expected.column_names
    assert sorted(map(str, found.to_pylist())) == sorted(str(row) for row in expected.cast(found.schema).to_pylist())


def test_no_rows_give_no_readings(spark: Any) -> None:
    """With the columns there would be."""
    frame = spark.createDataFrame(log(1)).limit(0)
    found = read_clocks_frame(frame, PROMISE, NOW).toArrow()
    assert found.num_rows == 0
    assert found.column_names == read_clocks_table(PROMISE, log(1), NOW).column_names


def test_what_is_wrong_with_the_columns_is_said_at_once(spark: Any) -> None:
    """Before any worker has begun."""
    frame = spark.createDataFrame(log(1))
    with pytest.raises(InvalidValueError, match="item"):
        read_clocks_frame(frame.drop("item"), PROMISE, NOW)
    with pytest.raises(InvalidValueError, match="status"):
        read_clocks_frame(frame.drop("status"), PROMISE, NOW)
    with pytest.raises(NaiveTimeError):
        read_clocks_frame(frame.withColumn("at", frame["at"].cast("timestamp_ntz")), PROMISE, NOW)
    with pytest.raises(InvalidValueError, match="line"):
        read_clocks_frame(frame, PROMISE, NOW, order="line")
    with pytest.raises(InvalidValueError, match="buckets"):
        read_clocks_frame(frame, PROMISE, NOW, buckets=0)
