"""Values without parts as plain data, such as texts, numbers and instants, and what reading plain data shares."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from pendulum import DateTime

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.facts.numbers import to_fraction
from svcdelivery.identity import Actor
from svcdelivery.timeline import format_duration, format_instant, parse_instant, parse_signed_duration

__all__ = ["LEAVES", "Decode", "Encode", "Form", "at", "exactly", "same", "words"]

Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]
Form = tuple[Encode, Decode]
"""How values of a type become plain data, and how these become values again."""


def same(value: Any) -> Any:
    """Answer the value: it is plain already."""
    return value


def exactly(kind: type, named: str) -> Decode:
    """Answer what takes data of that type as they are, and refuses others."""

    def decode(data: Any) -> Any:
        if type(data) is not kind:
            raise WrongTypeError(expected=named, value=data)
        return data

    return decode


def _text(value: Any) -> Any:
    # A text of a class of its own, as other libraries have them, is written as the text it is.
    if not isinstance(value, str):
        raise WrongTypeError(expected="text", value=value)
    return value


def _from_text(named: str, read: Callable[[str], Any]) -> Decode:
    def decode(data: Any) -> Any:
        if not isinstance(data, str):
            raise WrongTypeError(expected=f"the text of {named}", value=data)
        try:
            return read(data)
        except ServiceDeliveryError:
            raise
        except (ValueError, ArithmeticError, InvalidOperation) as error:
            raise InvalidValueError(what=named, value=data) from error

    return decode


LEAVES: dict[Any, Form] = {
    type(None): (same, exactly(type(None), "nothing")),
    bool: (exactly(bool, "true or false"), exactly(bool, "true or false")),
    int: (exactly(int, "a whole number"), exactly(int, "a whole number")),
    str: (_text, exactly(str, "text")),
    Decimal: (str, _from_text("a decimal number", Decimal)),
    Fraction: (str, _from_text("a fraction", to_fraction)),
    DateTime: (format_instant, _from_text("an instant", parse_instant)),
    datetime: (format_instant, _from_text("an instant", parse_instant)),
    timedelta: (format_duration, _from_text("a duration", parse_signed_duration)),
    date: (date.isoformat, _from_text("a date", date.fromisoformat)),
    time: (time.isoformat, _from_text("a time of day", time.fromisoformat)),
    Actor: (str, _from_text("an actor", Actor.from_text)),
}
"""Types whose values have no parts."""


def words(kind: type) -> str:
    """Answer the name of a class as messages say it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind.__name__).lower()


def at(path: str, decode: Decode, data: Any) -> Any:
    """Answer what is decoded; an error tells that it is at the path."""
    try:
        return decode(data)
    except ServiceDeliveryError as error:
        raise error.at(path) from None
