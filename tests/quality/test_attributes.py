"""Attributes held against objectives, and attributes that users bring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from svcdelivery.errors import InvalidValueError
from svcdelivery.quality import (
    Measurement,
    Objective,
    QualityAttribute,
    Standing,
    attributes_of,
    evaluate,
)
from svcdelivery.timeline import Interval

WINDOW = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


def measured(value: Fraction | timedelta | None) -> Measurement:
    return Measurement(name="x", value=value, unit="share", inputs=(), convention="by hand")


def attribute(name: str = "paper used") -> QualityAttribute:
    return QualityAttribute(name=name, family="sustainability", measure=lambda data, _window: measured(data))


@pytest.mark.parametrize(
    ("value", "standing"),
    [
        (Fraction("0.95"), Standing.MISSED),
        (Fraction("0.99"), Standing.NEAR),
        (Fraction("0.9949"), Standing.NEAR),
        (Fraction("0.995"), Standing.MET),
        (None, Standing.UNKNOWN),
    ],
)
def test_a_value_stands_to_its_objective(value: Fraction | None, standing: Standing) -> None:
    """At the target it is met; within half a per cent of it, it is near."""
    objective = Objective(target=Fraction("0.99"), near=Fraction("0.005"))
    assert evaluate(attribute(), value, WINDOW, objective).standing is standing


def test_less_may_be_better() -> None:
    objective = Objective(target=timedelta(hours=4), higher_is_better=False, near=timedelta(minutes=30))
    found = [objective.judge(timedelta(minutes=m)) for m in (241, 240, 211, 210)]
    assert found == [Standing.MISSED, Standing.NEAR, Standing.NEAR, Standing.MET]


def test_without_an_objective_nothing_is_judged() -> None:
    assert evaluate(attribute(), Fraction(1), WINDOW).standing is Standing.UNKNOWN


def test_a_duration_is_no_share() -> None:
    with pytest.raises(InvalidValueError):
        Objective(target=Fraction(1)).judge(timedelta(hours=1))


def test_attributes_come_by_name_and_each_once() -> None:
    assert [one.name for one in attributes_of([attribute("b"), attribute("a")])] == ["a", "b"]
    with pytest.raises(InvalidValueError):
        attributes_of([attribute(), attribute()])
    with pytest.raises(InvalidValueError):
        attributes_of([object()])


def test_a_measurement_goes_to_json_with_all_it_was_made_of() -> None:
    assert measured(Fraction(1, 3)).to_data() == {
        "name": "x", "value": "1/3", "unit": "share", "inputs": {}, "excluded": {}, "convention": "by hand",
    }  # fmt: skip
