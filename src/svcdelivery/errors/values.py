"""Values that cannot be meant: of the wrong type, without a zone, out of range."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from svcdelivery.errors.base import ServiceDeliveryError, quoted

__all__ = [
    "EmptyIntervalError",
    "InvalidDurationError",
    "InvalidInstantError",
    "InvalidValueError",
    "LimitExceededError",
    "NaiveTimeError",
    "UnknownZoneError",
    "WrongTypeError",
]


@define(kw_only=True, slots=False)
class InvalidValueError(ServiceDeliveryError, ValueError):
    """A value of the right type that cannot be meant."""

    code: ClassVar[str] = "SVC-E100"

    what: str
    value: object
    problem: str = ""

    @property
    def message(self) -> str:
        """What was refused and why."""
        return f"{quoted(self.value)} is not {self.what}" + (f": {self.problem}" if self.problem else "")


@define(kw_only=True, slots=False)
class WrongTypeError(ServiceDeliveryError, TypeError):
    """A value of a type that is never guessed at, such as a bool where a number is due."""

    code: ClassVar[str] = "SVC-E101"

    expected: str
    value: object

    @property
    def message(self) -> str:
        """What was expected and what was given."""
        return f"expected {self.expected}, got {type(self.value).__name__} {quoted(self.value)}"


@define(kw_only=True, slots=False)
class NaiveTimeError(ServiceDeliveryError, ValueError):
    """A time without a zone: nothing is ever assumed."""

    code: ClassVar[str] = "SVC-E102"

    value: object

    @property
    def message(self) -> str:
        """Which time has no zone."""
        return f"no zone given for {quoted(self.value)}"


@define(kw_only=True, slots=False)
class InvalidInstantError(InvalidValueError):
    """A text that is no RFC 3339 or RFC 9557 instant."""

    code: ClassVar[str] = "SVC-E103"

    what: str = "an instant"


@define(kw_only=True, slots=False)
class InvalidDurationError(InvalidValueError):
    """A text that is no exact ISO 8601 duration."""

    code: ClassVar[str] = "SVC-E104"

    what: str = "a duration"


@define(kw_only=True, slots=False)
class UnknownZoneError(InvalidValueError):
    """A name that the IANA time zone data do not have."""

    code: ClassVar[str] = "SVC-E105"

    what: str = "a known zone"
    hint: str = "an IANA name such as `Europe/Paris`"


@define(kw_only=True, slots=False)
class EmptyIntervalError(ServiceDeliveryError, ValueError):
    """An interval that ends when or before it starts."""

    code: ClassVar[str] = "SVC-E106"

    start: object
    end: object

    @property
    def message(self) -> str:
        """Both ends."""
        return f"empty or negative interval from {quoted(self.start)} to {quoted(self.end)}"


@define(kw_only=True, slots=False)
class LimitExceededError(ServiceDeliveryError, ValueError):
    """A stated cap is passed."""

    code: ClassVar[str] = "SVC-E107"

    what: str
    limit: int

    @property
    def message(self) -> str:
        """Which cap."""
        return f"too many {self.what}: at most {self.limit}"
