"""The directory port: who an actor is. The host's own user base answers; the core only asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from svcdelivery.agreement import Term
from svcdelivery.facts import LEFT_OUT
from svcdelivery.identity import identifier, names

__all__ = ["Directory", "OpenDirectory", "Person", "StaticDirectory"]


@frozen(kw_only=True)
class Person:
    """Somebody, or a program, as the directory knows them.

    Attributes:
        customer: The customer an end user belongs to; None where that is not known.
        active: False once they have left.
        active_during: When they belong here, for a directory that knows dates; empty without bounds.
        clearances: What they have been cleared for; a service may ask for one.
    """

    id: str = field(converter=identifier)
    roles: frozenset[str] = field(default=frozenset(), converter=names)
    customer: str | None = None
    active: bool = field(default=True, metadata=LEFT_OUT)
    active_during: tuple[Term, ...] = ()
    clearances: frozenset[str] = field(default=frozenset(), converter=names)

    def is_active(self, at: datetime) -> bool:
        """Answer whether they belong here at the instant."""
        if not self.active_during:
            return self.active
        return self.active and any(at in term for term in self.active_during)


class Directory(Protocol):
    """Who is who."""

    def person(self, id: str) -> Person | None:
        """Answer the person of that id, None for a stranger."""
        ...


class OpenDirectory:
    """Takes every id for an active person without roles: entitlements by role then entitle nobody."""

    def person(self, id: str) -> Person | None:
        """Answer a person without roles or customer."""
        return Person(id=id)


class StaticDirectory:
    """A directory that is a plain list of people."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._people = {person.id: person for person in people}

    def everybody(self) -> tuple[Person, ...]:
        """Answer everybody listed, in the order of ids."""
        return tuple(person for _, person in sorted(self._people.items()))

    def person(self, id: str) -> Person | None:
        """Answer the listed person of exactly that id."""
        return self._people.get(id)
