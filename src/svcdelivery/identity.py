"""Who and what: typed ids, and the actor that stands on every fact."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NewType

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError, WrongTypeError

__all__ = [
    "Actor",
    "ActorKind",
    "AgreementId",
    "CustomerId",
    "EndUserId",
    "ServiceId",
    "StaffId",
    "TeamId",
    "WorkId",
    "identifier",
    "names",
]

AgreementId = NewType("AgreementId", str)
CustomerId = NewType("CustomerId", str)
EndUserId = NewType("EndUserId", str)
ServiceId = NewType("ServiceId", str)
StaffId = NewType("StaffId", str)
TeamId = NewType("TeamId", str)
WorkId = NewType("WorkId", str)

_LENGTH_MOST = 200


def identifier(value: str, what: str = "an id") -> str:
    """Answer the id as it is: ids are compared code point by code point, never folded or trimmed.

    Raises:
        InvalidValueError: Blank, longer than 200 characters, blank at an end, or with control characters.
    """
    if not isinstance(value, str):
        raise WrongTypeError(expected=f"the text of {what}", value=value)
    if not 0 < len(value) <= _LENGTH_MOST or value != value.strip():
        raise InvalidValueError(what=what, value=value, hint="1 to 200 characters, not blank at an end")
    if not value.isprintable():
        raise InvalidValueError(what=what, value=value, problem="it has unprintable characters")
    return value


def names(values: Iterable[str]) -> frozenset[str]:
    """Answer the set of ids, each checked; a lone text is refused, since its letters are hardly meant."""
    if isinstance(values, str):
        raise WrongTypeError(expected="a collection of names", value=values)
    return frozenset(identifier(value, "a name") for value in values)


class ActorKind(Enum):
    """The part an actor plays: the customer agrees and pays, the end user is served, staff serve."""

    STAFF = "staff"
    END_USER = "end_user"
    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    SYSTEM = "system"


@frozen
class Actor:
    """Who did something. Its text form is `kind:id`, for instance `staff:bob`."""

    kind: ActorKind
    id: str = field(converter=identifier)

    @classmethod
    def staff(cls, id: StaffId | str) -> Actor:
        """Answer a member of the provider's staff."""
        return cls(ActorKind.STAFF, id)

    @classmethod
    def end_user(cls, id: EndUserId | str) -> Actor:
        """Answer an end user of a service."""
        return cls(ActorKind.END_USER, id)

    @classmethod
    def customer(cls, id: CustomerId | str) -> Actor:
        """Answer somebody who speaks for the customer."""
        return cls(ActorKind.CUSTOMER, id)

    @classmethod
    def supplier(cls, id: str) -> Actor:
        """Answer a supplier of the provider."""
        return cls(ActorKind.SUPPLIER, id)

    @classmethod
    def system(cls, id: str) -> Actor:
        """Answer a program that acts on its own."""
        return cls(ActorKind.SYSTEM, id)

    @classmethod
    def from_text(cls, text: str) -> Actor:
        """Answer the actor of a `kind:id` text."""
        kind, colon, id = text.partition(":")
        if not colon or kind not in _KINDS:
            raise InvalidValueError(what="an actor", value=text, hint="`kind:id` with " + ", ".join(_KINDS))
        return cls(_KINDS[kind], id)

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"


_KINDS = {kind.value: kind for kind in ActorKind}
