"""Notices that did not get away."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from svcdelivery.errors.base import ServiceDeliveryError, quoted

__all__ = ["NotDeliveredError"]


@define(kw_only=True, slots=False)
class NotDeliveredError(ServiceDeliveryError):
    """A provider did not take a notice.

    Attributes:
        again: Whether trying again, with the same key, can help.
    """

    code: ClassVar[str] = "SVC-E700"

    channel: str
    address: str
    problem: str
    again: bool = True

    @property
    def message(self) -> str:
        """By which channel, to whom, and why."""
        return f"not delivered to {quoted(self.address)} by {self.channel}: {self.problem}"
