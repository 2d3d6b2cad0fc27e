"""Duties beside the clocks: how often to tell the requester the status, and how to ask for satisfaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from fractions import Fraction

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.agreement.occasion import not_negative
from svcdelivery.agreement.target import Scope
from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.facts import LEFT_OUT
from svcdelivery.identity import identifier
from svcdelivery.timeline import format_duration

__all__ = ["REQUESTER", "SurveyKind", "SurveyTerms", "UpdateDuty"]

REQUESTER = "requester"
"""The audience that is told by messages."""

NPS_STEPS = 10


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise InvalidDurationError(value=format_duration(value), problem="it must be longer than nothing")
    return value


@frozen(kw_only=True)
class UpdateDuty:
    """Tell an audience the status at least every so often until the work is closed.

    Attributes:
        every: Time between two updates, counted in the open time of `hours`; of the clock where `hours` is None.
        first: Time to the first one, if it is another.
        audience: Whom; the requester is told by messages, others by what is put out for them.
        plan: The communication plan it is part of, which holds while a major incident is declared under it; None for a
            duty that holds always.
    """

    every: timedelta = field(converter=_positive)
    scope: Scope = Scope()
    hours: str | None = None
    clause: str = ""
    first: timedelta | None = field(default=None, converter=optional(_positive), metadata=LEFT_OUT)
    audience: str = field(default=REQUESTER, converter=identifier, metadata=LEFT_OUT)
    plan: str | None = field(default=None, converter=optional(identifier), metadata=LEFT_OUT)


class SurveyKind(Enum):
    """What a survey asks: how satisfied (CSAT), whether one would recommend it (NPS), or how easy it was (CES)."""

    CSAT = "csat"
    NPS = "nps"
    CES = "ces"


def _rising(values: Iterable[timedelta]) -> tuple[timedelta, ...]:
    given = tuple(_positive(value) for value in values)
    if list(given) != sorted(set(given)):
        raise InvalidValueError(what="a list of rising times", value=", ".join(map(format_duration, given)))
    return given


@frozen(kw_only=True)
class SurveyTerms:
    """How satisfaction is asked for: answers from 1 (worst) to `scale`, accepted until `expires` has passed.

    Attributes:
        reminders: How long after the invitation one who has not answered is reminded; before it expires.
        cool_down: For so long after an invitation the same requester is not asked again.
        sample: The share of deliveries that are asked about.
        low: Scores up to this one call for action.
        kind: What is asked; NPS asks for ten steps.
    """

    scale: int = 5
    expires: timedelta = field(default=timedelta(days=14), converter=_positive)
    reminders: tuple[timedelta, ...] = field(default=(), converter=_rising, metadata=LEFT_OUT)
    cool_down: timedelta = field(default=timedelta(0), converter=not_negative, metadata=LEFT_OUT)
    sample: Fraction = field(default=Fraction(1), metadata=LEFT_OUT)
    low: int | None = field(default=None, metadata=LEFT_OUT)
    kind: SurveyKind = field(default=SurveyKind.CSAT, metadata=LEFT_OUT)

    def __attrs_post_init__(self) -> None:
        if not 2 <= self.scale <= 10:
            raise InvalidValueError(what="a scale", value=self.scale, path="scale", hint="2 to 10")
        if self.reminders and self.reminders[-1] >= self.expires:
            hint = f"before {format_duration(self.expires)}"
            value = format_duration(self.reminders[-1])
            raise InvalidValueError(what="a reminder in time", value=value, path="reminders", hint=hint)
        if not 0 < self.sample <= 1:
            raise InvalidValueError(what="a share", value=self.sample, path="sample", hint="over 0 and at most 1")
        if self.low is not None and not 1 <= self.low <= self.scale:
            raise InvalidValueError(what="a score", value=self.low, path="low", hint=f"1 to {self.scale}")
        if self.kind is SurveyKind.NPS and self.scale != NPS_STEPS:
            raise InvalidValueError(what="a scale for NPS", value=self.scale, path="scale", hint=f"{NPS_STEPS}")
