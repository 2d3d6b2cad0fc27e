"""What backs a promise to the customer: what a team has agreed to inside, and what a supplier has signed."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.identity import identifier, names

__all__ = ["Backing", "PartyKind"]


class PartyKind(Enum):
    """Who owes a target that backs others: a team, by an operational level agreement; a supplier, by a contract."""

    TEAM = "team"
    SUPPLIER = "supplier"


@frozen(kw_only=True)
class Backing:
    """That a target is owed to the provider by one of its own, so that it can keep what it owes the customer.

    Attributes:
        name: The team or the supplier.
        supports: The targets it is meant to make possible, by their names.
        hold_reasons: Of a supplier, the reasons of hold during which it has the work.
    """

    party: PartyKind
    name: str = field(converter=identifier)
    supports: frozenset[str] = field(default=frozenset(), converter=names)
    hold_reasons: frozenset[str] = field(default=frozenset(), converter=names)

    def __attrs_post_init__(self) -> None:
        if self.party is PartyKind.TEAM and self.hold_reasons:
            raise InvalidValueError(
                what="a team that work is on hold for",
                value=self.name,
                path="hold_reasons",
                hint="a team has the work while it is assigned to it: leave the reasons out",
            )

    @property
    def called(self) -> str:
        """What such an agreement is called."""
        return "operational level agreement" if self.party is PartyKind.TEAM else "underpinning contract"
