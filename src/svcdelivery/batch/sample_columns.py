"""Batches of samples as Arrow columns: checked as the values are, in one form whatever they came in.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 6
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from svcdelivery.batch.columns import read_instants
from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.identity import identifier
from svcdelivery.system.monitoring import Sample
from svcdelivery.timeline import to_micros

__all__ = ["SCHEMA", "sample_columns"]

SCHEMA = pa.schema(
    [("id", pa.string()), ("probe", pa.string()), ("at", pa.timestamp("us", "UTC")), ("value", pa.float64())]
)
"""The columns of samples."""

_WHOLE_MOST = 2**53
_LENGTH_MOST, _BLANK, _DELETE = 200, 0x20, 0x7F


def sample_columns(batch: Any, path: str) -> pa.Table:
    """Answer a batch as a table of `SCHEMA`, in its own order.

    Raises:
        InvalidValueError: An id or a value that cannot be one, or a row without one.
        NaiveTimeError: Instants without a zone.
        WrongTypeError: A batch of another form, or without one of the columns.
    """
    if isinstance(batch, pa.RecordBatch | pa.Table | Mapping):
        given: Any = batch
    elif hasattr(batch, "__arrow_c_stream__"):
        given = pa.table(batch)
    elif isinstance(batch, Iterable) and not isinstance(batch, str | bytes):
        given = _of_values(batch, path)
    else:
        raise WrongTypeError(expected="a table of samples", value=type(batch), path=path)
    names = list(given) if isinstance(given, Mapping) else given.schema.names
    missing = [name for name in SCHEMA.names if name not in names]
    if missing:
        raise WrongTypeError(expected="a column", value=missing[0], path=path)
    made = [
        _names(given["id"], f"{path}.id"),
        _names(given["probe"], f"{path}.probe"),
        _instants(given["at"], f"{path}.at"),
        _values(given["value"], f"{path}.value"),
    ]
    return pa.table(made, schema=SCHEMA)


def _of_values(batch: Iterable[Any], path: str) -> Mapping[str, Any]:
    rows = list(batch)
    for row in rows:
        if not isinstance(row, Sample):
            raise WrongTypeError(expected="a sample", value=row, path=path)
    odd = next((row for row in rows if float(row.value) != row.value), None)
    if odd is not None:
        raise InvalidValueError(what="a value that a 64-bit float holds", value=odd.value, path=f"{path}.value")
    return {
        "id": pa.array([row.id for row in rows], pa.string()),
        "probe": pa.array([row.probe for row in rows], pa.string()),
        "at": np.array([to_micros(row.at) for row in rows], np.int64),
        "value": np.array([float(row.value) for row in rows]),
    }


def _array(given: Any, path: str) -> Any:
    made = given if isinstance(given, pa.Array | pa.ChunkedArray) else pa.array(given)
    array = made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
    if array.null_count:
        row = int(np.argmax(array.is_null().to_numpy(zero_copy_only=False)))
        raise InvalidValueError(what="a column without gaps", value=f"row {row}", path=path)
    return array


def _names(given: Any, path: str) -> Any:
    array = _array(given, path)
    if pa.types.is_null(array.type) or len(array) == 0:
        return pa.array([], pa.string())
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise WrongTypeError(expected="a column of text", value=str(array.type), path=path)
    # Of few distinct names each is looked at once.
    distinct = array.dictionary if pa.types.is_dictionary(array.type) else array
    _check_names(distinct.cast(pa.string()), path)
    return array.cast(pa.string())


def _check_names(array: Any, path: str) -> None:
    """Make sure each is an id, as `identifier` has it: plain ASCII by its bytes, anything else one by one."""
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    signs = np.frombuffer(data or b"", np.uint8)
    lengths = np.diff(bounds)
    if len(lengths) and lengths.min() > 0 and lengths.max() <= _LENGTH_MOST:
        own = signs[bounds[0] : bounds[-1]]
        edges = min(signs[bounds[:-1]].min(), signs[bounds[1:] - 1].min())
        if own.min() >= _BLANK and own.max() < _DELETE and edges > _BLANK:
            return
    for name in array.to_pylist():
        try:
            identifier(name)
        except InvalidValueError as error:
            raise error.at(path) from None


def _instants(given: Any, path: str) -> Any:
    column = read_instants(_array(given, path) if isinstance(given, pa.ChunkedArray) else given, path)
    if isinstance(column, int):
        raise WrongTypeError(expected="a column of instants", value=type(given), path=path)
    if column.missing is not None:
        raise InvalidValueError(what="a column without gaps", value=f"row {int(np.argmax(column.missing))}", path=path)
    return pa.array(column.values).cast(SCHEMA.field("at").type)


def _values(given: Any, path: str) -> Any:
    array = _array(given, path)
    if not len(array):
        return pa.array([], pa.float64())
    if pa.types.is_integer(array.type):
        numbers = array.to_numpy(zero_copy_only=False)
        if max(abs(int(numbers.min())), abs(int(numbers.max()))) > _WHOLE_MOST:
            hint = "whole numbers up to 2**53"
            raise InvalidValueError(what="a value that a 64-bit float holds", value="a row", path=path, hint=hint)
        return pa.array(numbers.astype(np.float64))
    if not pa.types.is_floating(array.type):
        raise WrongTypeError(expected="a column of numbers", value=str(array.type), path=path)
    numbers = array.cast(pa.float64()).to_numpy()
    finite = np.isfinite(numbers)
    if not finite.all():
        value = float(numbers[int(np.argmin(finite))])
        raise InvalidValueError(what="a number", value=value, path=path)
    # Two zeros are one value.
    return pa.array(numbers + 0.0)
