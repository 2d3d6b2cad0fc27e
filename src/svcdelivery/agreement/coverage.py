"""What is covered: the term, the services approved for delivery, and who may ask for and deliver them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen
from attrs.converters import optional
from pendulum import UTC

from svcdelivery.errors import EmptyIntervalError, InvalidValueError
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant, to_instant

__all__ = ["CoveredService", "Term", "Who"]


@frozen
class Who:
    """Somebody entitled: one person, everybody with a role, or everybody of the customer.

    Its text form is `person:ann`, `role:employee` or `everybody`. A `*` is a letter like any other.
    """

    kind: str
    id: str = ""

    def __attrs_post_init__(self) -> None:
        if self.kind == "everybody" and not self.id:
            return
        if self.kind not in ("person", "role"):
            raise InvalidValueError(what="an entitlement", value=str(self), hint=_WHO)
        identifier(self.id, f"a {self.kind}")

    @classmethod
    def from_text(cls, text: str) -> Who:
        """Answer the entitled of a text.

        Raises:
            InvalidValueError: Another form.
        """
        kind, _, id = text.partition(":")
        return cls(kind, id)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


_WHO = "`person:ID`, `role:NAME` or `everybody`"


def _whos(values: Iterable[Who | str]) -> tuple[Who, ...]:
    return tuple(Who.from_text(value) if isinstance(value, str) else value for value in values)


@frozen
class Term:
    """How long the agreement runs: from an instant until just before another, None while open-ended."""

    start: Instant = field(converter=to_instant)
    until: Instant | None = field(default=None, converter=optional(to_instant))

    def __attrs_post_init__(self) -> None:
        if self.until is not None and self.until <= self.start:
            raise EmptyIntervalError(start=self.start, end=self.until)

    def __contains__(self, instant: datetime) -> bool:
        at = instant if type(instant) is Instant and instant.tzinfo is UTC else to_instant(instant)
        until = self.until
        return self.start <= at and (until is None or at < until)


@frozen(kw_only=True)
class CoveredService:
    """A service the agreement names.

    Attributes:
        approved: When it may be delivered; None while it is named but not approved.
        entitled: Who may ask for it.
        delivered_by: Who of the provider may work on it.
    """

    id: str = field(converter=identifier)
    name: str = ""
    approved: Term | None = None
    entitled: tuple[Who, ...] = field(default=(), converter=_whos)
    delivered_by: tuple[Who, ...] = field(default=(), converter=_whos)

    def is_approved(self, at: datetime) -> bool:
        """Answer whether the service may be delivered at the instant."""
        return self.approved is not None and at in self.approved
