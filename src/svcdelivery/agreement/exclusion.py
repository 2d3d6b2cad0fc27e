"""Exclusions: time that was agreed not to count, for the targets that leave its cause out."""

from __future__ import annotations

from attrs import field, frozen

from svcdelivery.errors import EmptyIntervalError
from svcdelivery.facts import fact_type
from svcdelivery.identity import identifier, names
from svcdelivery.timeline import Instant, to_instant

__all__ = ["STANDARD_CAUSES", "AuthorizedExclusion", "Exclusion", "ExclusionAuthorized"]

STANDARD_CAUSES = ("maintenance", "force_majeure", "customer")
"""Agreed maintenance, force majeure, and what the customer caused; an agreement may name others."""


@frozen(kw_only=True)
class Exclusion:
    """Time `[start, until)` that does not count.

    Attributes:
        cause: Why, in a word; a target says which causes it leaves out.
        services: The services it speaks of; empty for all.
        ground: Why, in the words of whoever authorized it.
        authorized_by: Who answers for it; empty where the fact that put it on record tells.

    Raises:
        EmptyIntervalError: It ends before it starts.
    """

    cause: str = field(converter=identifier)
    start: Instant = field(converter=to_instant)
    until: Instant = field(converter=to_instant)
    services: frozenset[str] = field(default=frozenset(), converter=names)
    ground: str = ""
    clause: str = ""
    authorized_by: str = ""

    def __attrs_post_init__(self) -> None:
        # An exclusion of no length is one: it was authorized, and changes nothing.
        if self.until < self.start:
            raise EmptyIntervalError(start=self.start, end=self.until)

    def speaks_of(self, service: str) -> bool:
        """Answer whether work for the service is meant."""
        return not self.services or service in self.services


@fact_type("agreement.exclusion_authorized/1")
@frozen
class ExclusionAuthorized:
    """Time was taken out for all work under the agreement, such as a day of force majeure."""

    exclusion: Exclusion


@frozen(kw_only=True)
class AuthorizedExclusion:
    """An exclusion on an agreement's record: when it became known, and by whom."""

    exclusion: Exclusion
    since: Instant
    known_since: Instant
    actor: str
