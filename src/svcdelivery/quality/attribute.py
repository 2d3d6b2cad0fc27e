"""Quality attributes: what is measured of a service, held against its objective; users bring their own.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import Enum
from fractions import Fraction
from typing import Any

from attrs import frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import identifier
from svcdelivery.quality.definition import MeasureDefinition
from svcdelivery.quality.measurement import Measurement
from svcdelivery.timeline import Interval

__all__ = ["ENTRY_POINTS", "Evaluation", "Objective", "QualityAttribute", "Standing", "attributes_of", "evaluate"]

ENTRY_POINTS = "svcdelivery.quality"
"""The entry-point group under which other packages offer their attributes."""


class Standing(Enum):
    """How a measurement stands to its objective; unknown where there is no value."""

    MET = "met"
    NEAR = "near"
    MISSED = "missed"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Objective:
    """What is asked of an attribute.

    Attributes:
        target: The value to reach: a share or number, or a duration.
        higher_is_better: Whether more is better; a time to restore is better when it is less.
        near: How close to the target counts as a near breach, in the unit of the target.
        definition: The operational definition: what is measured, how, and where it comes from.
    """

    target: Fraction | timedelta
    higher_is_better: bool = True
    near: Fraction | timedelta | None = None
    definition: str = ""

    def judge(self, value: object) -> Standing:
        """Answer how a value stands to the target.

        Raises:
            InvalidValueError: A duration where a number is asked for, or the other way round.
        """
        if value is None:
            return Standing.UNKNOWN
        target: Any = self.target
        given: Any = value
        if isinstance(given, timedelta) != isinstance(target, timedelta):
            raise InvalidValueError(what="of the unit of its objective", value=value, path="target")
        margin = given - target if self.higher_is_better else target - given
        nothing = target - target
        if margin < nothing:
            return Standing.MISSED
        return Standing.NEAR if self.near is not None and margin < self.near else Standing.MET


@frozen(kw_only=True)
class QualityAttribute:
    """One quality of a service: its name, what family it belongs to, and how it is measured.

    Attributes:
        family: One of the six the practice names, such as `availability`, or a word of the user's.
        measure: Answers the measurement from whatever data it knows how to read, and a window. In a report the data are
            a `ServiceRecord`, and the window is the record's.
        objective: What is asked of it where nobody asks for something else.
        definition: Its operational definition, for those who read its values.
    """

    name: str
    family: str
    measure: Callable[[Any, Interval], Measurement]
    objective: Objective | None = None
    definition: MeasureDefinition | None = None

    def __attrs_post_init__(self) -> None:
        identifier(self.name, "the name of an attribute")
        identifier(self.family, "the family of an attribute")


@frozen(kw_only=True)
class Evaluation:
    """An attribute measured and held against its objective, if it has one."""

    attribute: QualityAttribute
    window: Interval
    measurement: Measurement
    objective: Objective | None
    standing: Standing


def evaluate(
    attribute: QualityAttribute, data: Any, window: Interval, objective: Objective | None = None
) -> Evaluation:
    """Answer the attribute's measurement over a window, and how it stands to an objective, else to its own."""
    measurement = attribute.measure(data, window)
    asked = attribute.objective if objective is None else objective
    standing = Standing.UNKNOWN if asked is None else asked.judge(measurement.value)
    return Evaluation(attribute=attribute, window=window, measurement=measurement, objective=asked, standing=standing)


def attributes_of(loaded: Iterable[object]) -> tuple[QualityAttribute, ...]:
    """Answer attributes by name, as entry points offered them.

    Raises:
        InvalidValueError: Something that is no attribute, or two of one name.
    """
    known: dict[str, QualityAttribute] = {}
    for one in loaded:
        if not isinstance(one, QualityAttribute):
            raise InvalidValueError(what="a quality attribute", value=repr(one), path=ENTRY_POINTS)
        if one.name in known:
            raise InvalidValueError(what="a name of its own", value=one.name, path=ENTRY_POINTS)
        known[one.name] = one
    return tuple(known[name] for name in sorted(known))
