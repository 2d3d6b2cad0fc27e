"""Samples as columns: a million of them in any order and any batches, each once, by probe and instant.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from svcdelivery.batch.arrays import Ints
from svcdelivery.batch.sample_columns import SCHEMA, sample_columns
from svcdelivery.errors import InvalidValueError
from svcdelivery.system.monitoring import Sample, Samples, Series
from svcdelivery.timeline import format_instant, from_micros, to_instant, to_micros

__all__ = ["SampleTable", "project_samples"]


@frozen(eq=False)
class SampleTable:
    """Everything that was measured, as columns: the same samples in any order and any batches make an equal table.

    Attributes:
        columns: `id`, `probe`, `at` and `value`, an Arrow table in the order of probe, instant and id.
    """

    columns: pa.Table

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes there are samples of, by name."""
        return tuple(sorted(pc.unique(self.columns["probe"]).to_pylist()))

    def between(self, probe: str, start: datetime, end: datetime) -> pa.Table:
        """Answer the rows of a probe in `[start, end)`, without copying them."""
        names = self.columns["probe"]
        low, high = (_bisect(lambda n: names[n].as_py(), len(self), probe, after=after) for after in (False, True))
        micros = self.columns["at"].cast(pa.int64()).slice(low, high - low).to_numpy()
        first, last = np.searchsorted(micros, [to_micros(to_instant(at)) for at in (start, end)])
        return self.columns.slice(low + int(first), max(0, int(last - first)))

    def series(self, probe: str) -> Series:
        """Answer the samples of a probe as the detectors read them; none for one nobody has heard of."""
        return Series(_samples(self.columns.filter(pc.equal(self.columns["probe"], probe))))

    def samples(self) -> Samples:
        """Answer the same as values."""
        return Samples(_samples(self.columns))

    def with_samples(self, *batches: Any) -> SampleTable:
        """Answer the table with more batches taken in; see `project_samples`."""
        return project_samples(self, *batches)

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    def __eq__(self, other: object) -> bool:
        return self.columns.equals(other.columns) if isinstance(other, SampleTable) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


def project_samples(*batches: Any) -> SampleTable:
    """Answer all samples of some batches, each once, in the order of probe, instant and id.

    It holds what `Samples` would hold of the same, value for value, and takes about as long as a few sorts.

    Args:
        batches: Arrow tables or record batches, Polars frames, mappings of columns with `id`, `probe`, `at` (as
            `read_clocks_table` reads instants) and `value` (whole or floating, exact as a 64-bit float), tables made
            before, or values of type `Sample`.

    Raises:
        InvalidValueError: A sample of a known id that says something else, an id or a value that cannot be one; nothing
            is answered then.
        NaiveTimeError: Instants without a zone.
        WrongTypeError: A batch of another form, or without one of the columns.
    """
    tables = [
        batch.columns if isinstance(batch, SampleTable) else sample_columns(batch, f"batches[{number}]")
        for number, batch in enumerate(batches)
    ]
    found = pa.concat_tables([SCHEMA.empty_table(), *tables])
    ids = found["id"].combine_chunks()
    probes = found["probe"].combine_chunks().dictionary_encode()
    at: Ints = found["at"].cast(pa.int64()).to_numpy()
    values: Any = found["value"].to_numpy()
    kept = _once(ids, probes, at, values)
    ranks = _ranks(probes)
    if kept is not None:
        ids, ranks, at, values = ids.take(pa.array(kept)), ranks[kept], at[kept], values[kept]
    order = _ordered(ids, ranks, at)
    names = pa.array(sorted(probes.dictionary.to_pylist()), pa.string())
    columns = [
        ids.take(pa.array(order)),
        names.take(pa.array(ranks[order])),
        pa.array(at[order]).cast(SCHEMA.field("at").type),
        pa.array(values[order]),
    ]
    return SampleTable(pa.table(columns, schema=SCHEMA))


# -- each once, in order -----------------------------------------------------------------------------------------------


def _once(ids: Any, probes: Any, at: Ints, values: Any) -> Ints | None:
    """Answer the rows to keep, the first of each id; None where every row is."""
    encoded = ids.dictionary_encode()
    codes = encoded.indices.to_numpy()
    if len(encoded.dictionary) == len(codes):
        return None
    first = np.empty(len(encoded.dictionary), np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    known = first[codes]
    probe = probes.indices.to_numpy()
    other = (at != at[known]) | (values != values[known]) | (probe != probe[known])
    if other.any():
        row = int(np.argmax(other))
        was = int(known[row])
        problem = f"{probes[was].as_py()} at {format_instant(from_micros(int(at[was])))} was {values[was]:g}"
        raise InvalidValueError(what="the sample it was", value=ids[row].as_py(), path="id", problem=problem)
    return np.sort(first)


def _ranks(probes: Any) -> Ints:
    """Answer the place of each row's probe among all by name."""
    names = probes.dictionary.to_pylist()
    places = {name: place for place, name in enumerate(sorted(names))}
    ranks = np.array([places[name] for name in names], np.int64)
    found: Ints = ranks[probes.indices.to_numpy()]
    return found


def _ordered(ids: Any, ranks: Ints, at: Ints) -> Ints:
    """Answer the rows by probe, instant and id."""
    if not len(at):
        return np.empty(0, np.int64)
    low = int(at.min())
    bits = (int(at.max()) - low).bit_length()
    if bits + int(ranks.max()).bit_length() < 64:
        # One key of both is sorted faster than two.
        keys = (ranks << bits) | (at - low)
        order = np.argsort(keys)
        ordered = keys[order]
        same = ordered[1:] == ordered[:-1]
    else:
        order = np.lexsort((at, ranks))
        same = (at[order][1:] == at[order][:-1]) & (ranks[order][1:] == ranks[order][:-1])
    if same.any():
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = order[tied]
        table = pa.table([ranks[rows], at[rows], ids.take(pa.array(rows))], names=["probe", "at", "id"])
        keys_of = [(name, "ascending") for name in table.column_names]
        order[tied] = rows[pc.sort_indices(table, sort_keys=keys_of).to_numpy()]
    return order


def _samples(table: pa.Table) -> Iterator[Sample]:
    micros = table["at"].cast(pa.int64()).to_pylist()
    for id, probe, at, value in zip(
        table["id"].to_pylist(), table["probe"].to_pylist(), micros, table["value"].to_pylist(), strict=True
    ):
        yield Sample(id=id, probe=probe, at=from_micros(at), value=value)


def _bisect(name: Any, number: int, wanted: str, *, after: bool) -> int:
    low, high = 0, number
    while low < high:
        middle = (low + high) // 2
        if name(middle) < wanted or (after and name(middle) == wanted):
            low = middle + 1
        else:
            high = middle
    return low
