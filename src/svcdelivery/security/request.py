"""What is asked: who wants to do what, for which service, under which agreement, to which item, when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import Attribute, field, frozen

from svcdelivery.agreement import AgreementRecord
from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.security.directory import Person
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import Work

__all__ = ["AccessRequest", "Involvement", "parts_in"]

_NO_PART = frozenset({"receive", "post", "observe"})


@frozen(kw_only=True)
class Involvement:
    """What an item itself says: what it falls under, whom it is for, and who did what to it so far.

    Attributes:
        parts: Pairs of an action and who did it; the requester is `("requester", id)`.
    """

    agreement: str
    service: str
    parts: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, work: Work, facts: Iterable[Fact[Any]]) -> Involvement:
        """Answer what a record and the facts behind it say."""
        parts = {part for fact in facts for part in parts_in(fact)}
        return cls(
            agreement=work.agreement, service=work.service, parts=frozenset({("requester", work.requester), *parts})
        )

    def had_part(self, person: str, parts: Iterable[str]) -> bool:
        """Answer whether the person had one of the parts."""
        had = self.parts
        # A plain loop: asked for every decision, and a generator or a list would cost more than all of it.
        for part in parts:  # noqa: SIM110
            if (part, person) in had:
                return True
        return False


def parts_in(fact: Fact[Any]) -> tuple[tuple[str, str], ...]:
    """Answer the part somebody took in an item by one fact; receiving, watching and talking are none."""
    action = getattr(fact.body, "action", None)
    return ((action, fact.actor.id),) if isinstance(action, str) and action not in _NO_PART else ()


def _actor(_request: AccessRequest, attribute: Attribute[Actor], value: object) -> None:
    if not isinstance(value, Actor):
        raise WrongTypeError(expected="an actor", value=value, path=attribute.name)


@frozen(kw_only=True)
class AccessRequest:
    """What is asked.

    Attributes:
        action: A command's name.
        service: The service the work is for; None where the item is not known.
        agreement: The agreement it falls under, None where none does.
        person: The actor as the directory knows them, None for a stranger.
        requester: Whom the work is for, as the directory knows them.
        item: The work the action is on; empty for work that is still to be received.
        item_known: False when the action names work that does not exist.
        involvement: What the item itself says, for duties that must be separate; None where there is no item yet.

    Raises:
        InvalidValueError: The item falls under another agreement, or is for another service, than the request says.
        NaiveTimeError: An instant without a zone.
    """

    actor: Actor = field(validator=_actor)
    action: str
    at: Instant = field(converter=to_instant)
    service: str | None
    agreement: AgreementRecord | None
    person: Person | None
    requester: Person | None = None
    item: str = ""
    item_known: bool = True
    involvement: Involvement | None = None

    def __attrs_post_init__(self) -> None:
        said = self.involvement
        if said is None:
            return
        agreement = self.agreement.id if self.agreement is not None else said.agreement
        for name, of_request, of_item in (
            ("agreement", agreement, said.agreement),
            ("service", self.service, said.service),
        ):
            if of_request != of_item:
                raise InvalidValueError(
                    what=f"the {name} of the item", value=of_request, path=name, hint=f"the item says `{of_item}`"
                )

    @property
    def is_own(self) -> bool:
        """Whether the actor is whom the work is for."""
        return self.requester is not None and self.actor.id == self.requester.id
