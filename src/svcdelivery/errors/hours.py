"""Service hours that hold no answer."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from svcdelivery.errors.base import ServiceDeliveryError, quoted

__all__ = ["NeverOpenError", "NotCoveredError"]


@define(kw_only=True, slots=False)
class NeverOpenError(ServiceDeliveryError, ValueError):
    """Service hours that hold no open time where some is needed."""

    code: ClassVar[str] = "SVC-E300"

    after: object = None

    @property
    def message(self) -> str:
        """Since when nothing opens."""
        return "the service is never open" + (f" after {quoted(self.after)}" if self.after is not None else "")


@define(kw_only=True, slots=False)
class NotCoveredError(ServiceDeliveryError, ValueError):
    """A date outside the years the holiday list covers; it is not taken for a working day."""

    code: ClassVar[str] = "SVC-E301"

    date: object
    first_year: int
    last_year: int

    @property
    def message(self) -> str:
        """Which date, and which years are covered."""
        covered = f"the years {self.first_year} to {self.last_year} that the closed dates cover"
        return f"{quoted(self.date)} lies outside {covered}"
