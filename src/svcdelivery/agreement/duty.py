"""Duties beside the clocks: how often to tell the requester the status, and how to ask for satisfaction."""

from __future__ import annotations

from datetime import timedelta

from attrs import field, frozen

from svcdelivery.agreement.target import Scope
from svcdelivery.errors import InvalidDurationError, InvalidValueError
from svcdelivery.timeline import format_duration

__all__ = ["SurveyTerms", "UpdateDuty"]


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise InvalidDurationError(value=format_duration(value), problem="it must be longer than nothing")
    return value


@frozen(kw_only=True)
class UpdateDuty:
    """Tell the requester the status at least every so often until the work is closed.

    Attributes:
        every: Time between two updates, counted in the open time of `hours`; of the clock where `hours` is None.
    """

    every: timedelta = field(converter=_positive)
    scope: Scope = Scope()
    hours: str | None = None
    clause: str = ""


@frozen(kw_only=True)
class SurveyTerms:
    """How satisfaction is asked for: answers from 1 (worst) to `scale`, accepted until `expires` has passed."""

    scale: int = 5
    expires: timedelta = field(default=timedelta(days=14), converter=_positive)

    def __attrs_post_init__(self) -> None:
        if not 2 <= self.scale <= 10:
            raise InvalidValueError(what="a scale", value=self.scale, path="scale", hint="2 to 10")
