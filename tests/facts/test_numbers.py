"""Exact numbers: whatever says one gives the same fraction, and what says none is refused in words of ours."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError, WrongTypeError
from svcdelivery.facts import to_fraction
from svcdelivery.quality import Demand
from svcdelivery.system import Threshold
from svcdelivery.system.monitoring import Sample

AT = datetime(2026, 6, 1, tzinfo=UTC)


@given(st.fractions())
def test_a_fraction_and_its_text_are_the_same_number(value: Fraction) -> None:
    assert to_fraction(value) == to_fraction(str(value)) == value


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-(10**9), 10**9, places=6))
def test_numbers_of_other_kinds_are_taken_exactly(value: float | Decimal) -> None:
    """As the class of fractions itself takes them."""
    assert to_fraction(value) == Fraction(value)


@pytest.mark.parametrize(
    "value",
    ["", "x", "1/0", "1e999999999", "1_0", " 1", "nan", "9" * 5000, float("nan"), float("inf"), Decimal("NaN"),
     Decimal("1e999999999"), Decimal("1e-999999999")],
    ids=repr,
)  # fmt: skip
def test_what_is_no_number_or_takes_ages_to_write_out_is_refused(value: Any) -> None:
    """At once, in one line; a probe may well measure what is no number."""
    with pytest.raises(InvalidValueError) as refused:
        to_fraction(value)
    assert len(str(refused.value)) < 500
    for make in (
        lambda: Sample(id="s", probe="p", at=AT, value=value),
        lambda: Demand(AT, value),
        lambda: Threshold(metric="m", value=value, clear=0),
    ):
        with pytest.raises(ServiceDeliveryError):
            make()


@pytest.mark.parametrize("value", [None, b"1", [1], 1j])
def test_what_is_of_another_kind_is_refused_as_such(value: Any) -> None:
    with pytest.raises(WrongTypeError):
        to_fraction(value)
