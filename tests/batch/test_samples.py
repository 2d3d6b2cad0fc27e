"""Samples as columns hold what samples as values hold, whatever the order and the batches they come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.batch import SampleTable, project_samples
from svcdelivery.errors import InvalidValueError, NaiveTimeError, ServiceDeliveryError, WrongTypeError
from svcdelivery.system.monitoring import Sample, Samples

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def sample(id: str, second: int, value: float, probe: str = "web") -> Sample:
    return Sample(id=id, probe=probe, at=START + second * SECOND, value=value)


def table(samples: list[Sample]) -> pa.Table:
    """Samples as another system would hand them over."""
    return pa.table(
        {
            "id": pa.array([one.id for one in samples], pa.string()),
            "probe": pa.array([one.probe for one in samples], pa.string()).dictionary_encode(),
            "at": pa.array([one.at for one in samples], pa.timestamp("us", "UTC")),
            "value": pa.array([float(one.value) for one in samples], pa.float64()),
        }
    )


def taken(take: Callable[[], Samples]) -> Samples | None:
    """What was taken in, None where it was refused."""
    try:
        return take()
    except InvalidValueError:
        return None


values = st.one_of(st.integers(-100, 100), st.floats(allow_nan=False, allow_infinity=False))
told = st.lists(
    st.builds(
        sample,
        st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=4),
        st.integers(0, 5) | st.integers(-(10**9), 10**9),
        values,
        st.sampled_from(["web", "db", "w", "ä", "\U0001f4a1"]),
    ),
    max_size=25,
)


class TestProjection:
    @settings(max_examples=150)
    @given(told, st.data())
    def test_it_is_that_of_the_values_in_any_order_and_any_batches(
        self, some: list[Sample], data: st.DataObject
    ) -> None:
        """Each told twice, shuffled, cut anywhere: the same table, and the same samples as values, probe by probe."""
        once = list({one.id: one for one in some}.values())
        shuffled = data.draw(st.permutations(once + once))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
        batches = [table(shuffled[a:b]) for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
        found, known = project_samples(*batches), Samples(once)
        assert found == project_samples(once)
        assert found == project_samples(batches[0]).with_samples(*batches[1:])
        assert (len(found), found.probes, found.samples()) == (len(known), known.probes, known)
        for probe in known.probes:
            assert found.series(probe) == known.series(probe)
            rows = found.between(probe, START, START + 3 * SECOND)
            assert rows["id"].to_pylist() == [one.id for one in known.series(probe).between(START, START + 3 * SECOND)]

    @settings(max_examples=100)
    @given(told, told)
    def test_what_contradicts_itself_is_refused_by_both_or_by_none(
        self, one: list[Sample], other: list[Sample]
    ) -> None:
        """An id that says something else, within a batch or between two."""
        expected = taken(lambda: Samples([*one, *other]))
        assert taken(lambda: project_samples(table(one), table(other)).samples()) == expected

    def test_nothing_is_a_table_too(self) -> None:
        empty = project_samples()
        assert (len(empty), empty.probes) == (0, ())
        assert empty == project_samples([]) == project_samples(empty, table([]))
        assert len(empty.between("web", START, START + SECOND)) == 0

    def test_instants_far_apart_and_many_probes_are_in_order_too(self) -> None:
        """So far apart that probe and instant do not fit into one number."""
        far = [-(2**61), 2**61, 0, 2**61]
        given = {"id": ["d", "c", "b", "a"], "probe": ["b", "a", "a", "a"], "at": np.array(far), "value": [1, 2, 3, 2]}
        found = project_samples(given).columns
        assert found["id"].to_pylist() == ["b", "a", "c", "d"]


class TestBatches:
    def test_columns_of_any_kind_say_the_same(self) -> None:
        """Arrow, Polars, NumPy and values."""
        rows = [sample("a", 2, 1.5), sample("b", 1, 2, "db")]
        arrow = table(rows)
        columns: dict[str, Any] = {name: arrow[name] for name in arrow.schema.names}
        numpy = {
            "id": np.array(["a", "b"]),
            "probe": np.array(["web", "db"]),
            "at": arrow["at"].cast(pa.int64()).to_numpy(),
            "value": np.array([1.5, 2], np.float32),
        }
        for batch in (arrow, columns, pl.DataFrame(arrow.set_column(1, "probe", pa.array(["web", "db"]))), numpy, rows):
            assert project_samples(batch) == project_samples(arrow)
        assert isinstance(project_samples(arrow), SampleTable)

    @pytest.mark.parametrize(
        ("column", "given", "error"),
        [
            ("id", pa.array(["a", ""]), InvalidValueError),
            ("id", pa.array(["a", " b"]), InvalidValueError),
            ("id", pa.array(["a", "b\x07"]), InvalidValueError),
            ("id", pa.array(["a", "b" * 201]), InvalidValueError),
            ("id", pa.array(["a", "b\u202e"]), InvalidValueError),
            ("id", pa.array(["a", None]), InvalidValueError),
            ("id", pa.array([1, 2]), WrongTypeError),
            ("value", pa.array([1.0, float("nan")]), InvalidValueError),
            ("value", pa.array([1, 2**53 + 1]), InvalidValueError),
            ("value", pa.array(["1", "2"]), WrongTypeError),
            ("at", pa.array([START.replace(tzinfo=None)] * 2), NaiveTimeError),
            ("at", np.array(["2026-01-01", "NaT"], "M8[us]"), InvalidValueError),
            ("at", START, WrongTypeError),
        ],
    )
    def test_what_cannot_be_meant_is_refused_where_it_stands(
        self, column: str, given: Any, error: type[ServiceDeliveryError]
    ) -> None:
        good = table([sample("a", 1, 1), sample("b", 2, 2)])
        batch = {name: good[name] for name in good.schema.names} | {column: given}
        with pytest.raises(error) as found:
            project_samples(good, batch)
        assert f"batches[1].{column}" in str(found.value)

    def test_what_is_no_table_of_samples_is_refused(self) -> None:
        for batch in (7, "samples", {"id": ["a"]}, [sample("a", 1, 1), 7]):
            with pytest.raises(WrongTypeError):
                project_samples(batch)
        with pytest.raises(InvalidValueError):
            project_samples([Sample(id="a", probe="web", at=START, value=2**53 + 1)])


def test_a_hundred_thousand_in_any_order_and_any_batches_are_one_table() -> None:
    """More than examples draw: shuffled twice, cut at odd places, a tenth told again."""
    draw = np.random.default_rng(11)
    order = draw.permutation(100_000)
    whole = pa.table(
        {
            "id": pa.array([f"s{n}" for n in order]),
            "probe": pa.array([f"p{n % 13}" for n in order]),
            "at": pa.array(order // 3 * 1_000_000 + 10**15).cast(pa.timestamp("us", "UTC")),
            "value": pa.array(order % 101),
        }
    )
    found = project_samples(whole)
    other = whole.take(pa.array(draw.permutation(100_000)))
    cuts = sorted(draw.integers(0, 100_000, 7).tolist())
    batches = [
        other.slice(max(0, a - 1000), b - max(0, a - 1000)) for a, b in zip([0, *cuts], [*cuts, 100_000], strict=True)
    ]
    assert project_samples(*batches) == found
    micros = found.columns["at"].cast(pa.int64()).to_numpy()
    probes = found.columns["probe"].to_pylist()
    assert probes == sorted(probes)
    assert all((np.diff(micros[np.array(probes) == probe]) >= 0).all() for probe in found.probes)
