"""Columns in and out: NumPy, Arrow and Polars, read as epoch microseconds and given back as the kind that came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from attrs import frozen

from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.errors import InvalidValueError, NaiveTimeError, ServiceDeliveryError, WrongTypeError
from svcdelivery.timeline import to_instant, to_micros
from svcdelivery.timeline.instant import duration_micros

__all__ = ["Column", "Give", "read_durations", "read_instants"]

Give: TypeAlias = Callable[[np.ndarray[Any, Any], Flags | None], Any]
"""Makes a column out of values and the rows without one."""

_MICROS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000}
_NAT = np.iinfo(np.int64).min
_COLUMN = "an int64 or datetime64 array, an Arrow array or a Polars series"


@frozen(eq=False)
class Column:
    """A column as numbers.

    Attributes:
        values: Microseconds; what stands in a row without a value means nothing.
        missing: The rows without a value; None where every row has one.
        instants: Gives instants back in the kind that came.
        durations: The same for durations.
        flags: The same for yes and no.
    """

    values: Ints
    missing: Flags | None
    instants: Give
    durations: Give
    flags: Give


def read_instants(given: Any, path: str) -> Column | int:
    """Answer a column of instants, or the one instant meant for every row, in epoch microseconds.

    Whole numbers are epoch microseconds; `datetime64` is UTC, as NumPy has it; Arrow and Polars name their zone.

    Raises:
        NaiveTimeError: An Arrow or Polars column without a zone.
        InvalidValueError: Times finer than a microsecond, or beyond what 64 bits hold.
        WrongTypeError: No column of instants.
    """
    try:
        return to_micros(to_instant(given)) if isinstance(given, datetime) else _read(given, "M", _COLUMN)
    except ServiceDeliveryError as error:
        raise error.at(path) from None


def read_durations(given: Any, path: str) -> Column | int:
    """Answer a column of exact durations, or the one duration meant for every row, in microseconds."""
    try:
        if isinstance(given, timedelta):
            if type(given) is not timedelta:
                raise WrongTypeError(expected="an exact duration (timedelta)", value=given)
            return duration_micros(given)
        return _read(given, "m", _COLUMN.replace("datetime64", "timedelta64"))
    except ServiceDeliveryError as error:
        raise error.at(path) from None


def _read(given: Any, kind: str, expected: str) -> Column:
    if isinstance(given, np.ndarray) and given.ndim == 1:
        if given.dtype.kind in "iu" and np.can_cast(given.dtype, np.int64):
            return Column(np.ascontiguousarray(given, np.int64), None, _integers, _integers, _integers)
        if given.dtype.kind == kind:
            return _of_numpy(given, kind)
    elif isinstance(given, pa.Array | pa.ChunkedArray):
        return _of_arrow(given, kind, expected, _arrow_like(given))
    elif hasattr(given, "__arrow_c_stream__"):
        return _of_arrow(pa.chunked_array(given), kind, expected, _maker(given))
    elif hasattr(given, "__arrow_c_array__"):
        return _of_arrow(pa.array(given), kind, expected, _same)
    if isinstance(given, np.ndarray):
        expected, given = f"{expected}, all of one dimension", given.dtype if given.ndim == 1 else given.shape
    # A list may hold a million values: its type says enough.
    raise WrongTypeError(expected=expected, value=given if isinstance(given, np.dtype | tuple | str) else type(given))


# -- NumPy -------------------------------------------------------------------------------------------------------------


def _of_numpy(given: np.ndarray[Any, Any], kind: str) -> Column:
    unit, step = np.datetime_data(given.dtype)
    values = np.ascontiguousarray(given).astype(given.dtype.newbyteorder("="), copy=False).view(np.int64)
    missing = values == _NAT if len(values) and values.min() == _NAT else None
    if unit in _MICROS:
        values = _times(values, _MICROS[unit] * step, missing)
    elif unit == "ns":
        values = _through(values * step if step > 1 else values, missing)
    elif unit != "us":
        what = "a time to the microsecond" if kind == "M" else "an exact duration"
        raise InvalidValueError(what=what, value=str(given.dtype), hint=f"such as {kind}8[us]")
    elif step > 1:
        values = _times(values, step, missing)
    return Column(values, missing, _numpy("M8[us]"), _numpy("m8[us]"), _flags)


def _times(values: Ints, factor: int, missing: Flags | None) -> Ints:
    most = np.iinfo(np.int64).max // factor
    beyond = np.abs(values) > most
    if (beyond if missing is None else beyond & ~missing).any():
        raise InvalidValueError(what="a time that 64 bits hold in microseconds", value="a row of the column")
    return values * factor


def _through(values: Ints, missing: Flags | None) -> Ints:
    micros, rest = np.divmod(values, 1000)
    if (rest if missing is None else rest[~missing]).any():
        raise InvalidValueError(what="a time to the microsecond", value="a row of nanoseconds", hint="round it first")
    return micros


def _integers(values: np.ndarray[Any, Any], missing: Flags | None) -> Any:
    if missing is not None:
        problem = "a row has no answer, and whole numbers have no sign for that"
        raise InvalidValueError(what="a column for it", value="int64", problem=problem, hint="give datetime64 or Arrow")
    return values


def _flags(values: np.ndarray[Any, Any], missing: Flags | None) -> Any:
    # As NumPy has it: what compares with NaT is false.
    return values if missing is None else values & ~missing


def _numpy(dtype: str) -> Give:
    def give(values: np.ndarray[Any, Any], missing: Flags | None) -> Any:
        made = values.view(dtype)
        if missing is not None:
            made[missing] = "NaT"
        return made

    return give


# -- Arrow -------------------------------------------------------------------------------------------------------------


def _of_arrow(given: Any, kind: str, expected: str, like: Callable[[Any], Any]) -> Column:
    array = given.combine_chunks() if isinstance(given, pa.ChunkedArray) else given
    stamps = pa.types.is_timestamp(array.type) if kind == "M" else pa.types.is_duration(array.type)
    if not stamps and not pa.types.is_int64(array.type):
        raise WrongTypeError(expected=expected, value=str(array.type))
    if stamps and kind == "M" and array.type.tz is None:
        raise NaiveTimeError(value=str(array.type), hint="give the column its zone, such as timestamp[us, tz=UTC]")
    zone = array.type.tz if stamps and kind == "M" else "UTC"
    instants, durations = (pa.timestamp("us", zone), pa.duration("us")) if stamps else (pa.int64(), pa.int64())
    try:
        exact = array.cast(instants if kind == "M" else durations)
    except pa.ArrowInvalid:
        raise InvalidValueError(
            what="a column of whole microseconds", value=str(array.type), hint="round it first"
        ) from None
    missing = exact.is_null().to_numpy(zero_copy_only=False) if exact.null_count else None
    values = exact.cast(pa.int64())
    filled = values if missing is None else values.fill_null(0)
    return Column(filled.to_numpy(), missing, _given(instants, like), _given(durations, like), _given(None, like))


def _given(type: pa.DataType | None, like: Callable[[Any], Any]) -> Give:
    def give(values: np.ndarray[Any, Any], missing: Flags | None) -> Any:
        made = pa.array(values, mask=missing)
        return like(made if type is None else made.cast(type))

    return give


def _same(array: Any) -> Any:
    return array


def _arrow_like(given: Any) -> Callable[[Any], Any]:
    return (lambda array: pa.chunked_array([array])) if isinstance(given, pa.ChunkedArray) else _same


def _maker(given: Any) -> Callable[[Any], Any]:
    """Answer what makes a series of the library that the given one belongs to; Arrow where it is not known how."""
    kind = type(given)
    if kind.__module__.partition(".")[0] == "polars":
        return lambda array: kind(given.name, array)
    return _same
