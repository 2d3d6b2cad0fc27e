"""The years for which closed dates are complete, as a first and a last one."""

from __future__ import annotations

from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.service_hours.local_time import FIRST_YEAR, LAST_YEAR

__all__ = ["to_years"]


def to_years(given: object) -> tuple[int, int]:
    """Answer the first and the last year, both included, from a pair or from a range without gaps.

    Raises:
        WrongTypeError: Neither of the two.
        InvalidValueError: The first lies after the last, or one of them outside the years 1800 to 2299.
    """
    years = tuple(given) if isinstance(given, tuple | list) else ()
    if isinstance(given, range) and given.step == 1 and given:
        years = (given[0], given[-1])
    if len(years) != 2 or any(type(year) is not int for year in years):
        raise WrongTypeError(expected="the first and the last covered year", value=given)
    first, last = years
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        raise InvalidValueError(
            what="a pair of covered years", value=given, hint=f"first and last, within {FIRST_YEAR} to {LAST_YEAR}"
        )
    return first, last
