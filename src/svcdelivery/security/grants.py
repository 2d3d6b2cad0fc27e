"""Grants: who may do what for which service under which agreement, until when, and who answers for that."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.agreement import Term
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import fact_type
from svcdelivery.identity import identifier, names
from svcdelivery.timeline import Instant, to_instant

__all__ = ["BreakGlass", "BreakGlassOpened", "BreakGlassReviewed", "Grant", "Granted", "Revoked"]


@frozen(kw_only=True)
class Grant:
    """An entitlement of one member of staff.

    Attributes:
        window: From when until when; one without an end is for the access review to report.
        granted_by: Who answers for it, somebody else than its holder.
        ground: Why.
        revoked_at: From when on it no longer holds, whatever its window says.
        source: The grant it was delegated from; empty for one that stands by itself.

    Raises:
        InvalidValueError: No action, granted by its own holder, or delegated from itself.
    """

    id: str = field(converter=identifier)
    holder: str = field(converter=identifier)
    agreement: str = field(converter=identifier)
    service: str = field(converter=identifier)
    actions: frozenset[str] = field(converter=names)
    window: Term
    granted_by: str = ""
    ground: str = ""
    revoked_at: Instant | None = field(default=None, converter=optional(to_instant))
    source: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.actions:
            raise InvalidValueError(what="a grant", value=self.id, path="actions", problem="it permits nothing")
        if self.granted_by == self.holder:
            hint = "somebody else answers for a grant"
            raise InvalidValueError(what="who may grant this", value=self.holder, path="granted_by", hint=hint)
        if self.source == self.id:
            raise InvalidValueError(what="another grant", value=self.id, path="source")

    def failing(self, at: datetime) -> str | None:
        """Answer why it does not hold at the instant, None when it does; `at` is in UTC.

        The window holds its start, not its end; from the instant of its revocation on a grant holds no longer.
        """
        if self.revoked_at is not None and self.revoked_at <= at:
            return "entitlement_revoked"
        window = self.window
        if window.until is not None and window.until <= at:
            return "entitlement_expired"
        return "entitlement_not_started" if at < window.start else None


@frozen(kw_only=True)
class BreakGlass:
    """Leave to act without role or grant for a while, in an emergency. It lifts no other rule.

    Attributes:
        incident: What made it necessary.
        ground: Why; a blank one makes it void.
        authorized_by: Who let it happen; the holder cannot.
    """

    id: str = field(converter=identifier)
    holder: str = field(converter=identifier)
    incident: str
    ground: str
    authorized_by: str
    window: Term

    def holds(self, at: datetime) -> bool:
        """Answer whether it may be used at the instant."""
        return bool(self.ground.strip()) and self.authorized_by not in {"", self.holder} and at in self.window


@fact_type("access.granted/1")
@frozen
class Granted:
    """Somebody was entitled."""

    grant: Grant


@fact_type("access.revoked/1")
@frozen(kw_only=True)
class Revoked:
    """A grant was taken back; it holds no longer from the instant this happened on."""

    grant: str
    ground: str = ""


@fact_type("access.break_glass_opened/1")
@frozen
class BreakGlassOpened:
    """Somebody was let act without entitlement for a while."""

    opening: BreakGlass


@fact_type("access.break_glass_reviewed/1")
@frozen(kw_only=True)
class BreakGlassReviewed:
    """Somebody looked at what was done behind broken glass."""

    opening: str
    conclusion: str
