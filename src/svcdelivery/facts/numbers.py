"""Exact numbers: a fraction of whatever says one, in words of ours where it says none."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from math import isfinite

from svcdelivery.errors import InvalidValueError, WrongTypeError

__all__ = ["to_fraction"]

_DIGITS_MOST = 1000
_TEXT = re.compile(r"[-+]?\d+(?:/\d+|\.\d+)?", re.ASCII)
_HINT = f"finite, such as 3/4 or 0.75, of at most {_DIGITS_MOST} digits"


def to_fraction(value: Fraction | Decimal | float | str) -> Fraction:
    """Answer the number exactly; a float is the binary fraction it holds.

    Raises:
        InvalidValueError: A text of another form, an infinity, what is no number, or more than 1000 digits.
        WrongTypeError: Neither a number nor a text.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, str):
        known = len(value) <= _DIGITS_MOST and _TEXT.fullmatch(value) is not None
    elif isinstance(value, float):
        known = isfinite(value)
    elif isinstance(value, Decimal):
        # Its digits and those its exponent stands for; a text of few may stand for very many.
        known = value.is_finite() and abs(value.adjusted()) + len(value.as_tuple().digits) <= _DIGITS_MOST
    else:
        raise WrongTypeError(expected="a number", value=value)
    if not known:
        raise InvalidValueError(what="a number", value=value, hint=_HINT)
    try:
        return Fraction(value)
    except ZeroDivisionError as error:
        raise InvalidValueError(what="a number", value=value, problem="nothing is divided by zero") from error
