"""Histories told in a few words, for tests and examples that need facts without a desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.timeline import parse_instant
from svcdelivery.work import (
    Accepted,
    Assigned,
    Audience,
    Cancelled,
    Closed,
    Fulfilled,
    IncidentRecorded,
    MessagePosted,
    PriorityChanged,
    PutOnHold,
    Rejected,
    Reopened,
    RequestReceived,
    Resolved,
    Resumed,
    Started,
)

__all__ = ["incident_history", "request_history"]

_AGENT = Actor.staff("agent")
_REQUESTER = Actor.end_user("requester")

# What each word records, made of the words that follow it.
_WORDS: dict[str, Callable[..., Any]] = {
    "accepted": Accepted,
    "rejected": lambda ground="": Rejected(ground=ground),
    "assigned": lambda team="desk": Assigned(team=team),
    "started": Started,
    "held": lambda reason: PutOnHold(reason=reason),
    "resumed": Resumed,
    "fulfilled": Fulfilled,
    "resolved": Resolved,
    "closed": Closed,
    "reopened": lambda ground="": Reopened(ground=ground),
    "cancelled": lambda ground="": Cancelled(ground=ground),
    "priority": lambda priority: PriorityChanged(priority=priority),
    "staff_message": lambda text="": MessagePosted(audience=Audience.REQUESTER, text=text),
    "requester_message": lambda text="": MessagePosted(audience=Audience.REQUESTER, text=text),
    "internal_note": lambda text="": MessagePosted(audience=Audience.INTERNAL, text=text),
}
_BY_REQUESTER = ("received", "requester_message", "reopened")

Told = Sequence[tuple[str, ...]]
"""An RFC 3339 instant, what happened, and what that needs: `("2026-03-27T16:00:00+01:00", "held", "customer")`."""


def incident_history(
    agreement: ServiceAgreement, *, service: str, happened: Told, id: str = "INC-1", priority: str | None = None
) -> tuple[Fact[Any], ...]:
    """Answer the facts of an incident.

    Only the receipt is required to come first: moves a lifecycle does not have are recorded as told, so that a clock
    can be asked about them.

    Args:
        agreement: The terms; the revision in force at the receipt is pinned.
        happened: What happened, in order, beginning with `received`.

    Raises:
        InvalidValueError: A word that is none of those known, or another beginning.
    """
    return _history("incident", IncidentRecorded, agreement, service, happened, id=id, priority=priority)


def request_history(
    agreement: ServiceAgreement, *, service: str, happened: Told, id: str = "REQ-1", priority: str | None = None
) -> tuple[Fact[Any], ...]:
    """Answer the facts of a service request, told in the same words.

    Raises:
        InvalidValueError: A word that is none of those known, or another beginning.
    """
    return _history("request", RequestReceived, agreement, service, happened, id=id, priority=priority)


def _history(
    kind: str,
    receipt: type[RequestReceived | IncidentRecorded],
    agreement: ServiceAgreement,
    service: str,
    happened: Told,
    *,
    id: str,
    priority: str | None,
) -> tuple[Fact[Any], ...]:
    if not happened or happened[0][1] != "received":
        raise InvalidValueError(what="a history", value=happened, path="happened", hint="it begins with `received`")
    revision = agreement.at(parse_instant(happened[0][0])) or agreement.revisions[-1]
    first = receipt(
        customer=revision.customer,
        service=service,
        requester=_REQUESTER.id,
        agreement=agreement.id,
        revision=revision.number,
        priority=priority,
    )
    entries = []
    for at, word, *rest in happened:
        body = first if word == "received" else _body(word, rest)
        actor = _REQUESTER if word in _BY_REQUESTER else _AGENT
        entries.append(NewFact(body=body, actor=actor, occurred_at=parse_instant(at)))
    return history(f"{kind}:{id}", entries)


def _body(word: str, rest: Sequence[str]) -> Any:
    if word not in _WORDS:
        known = ", ".join(f"`{name}`" for name in ("received", *_WORDS))
        raise InvalidValueError(what="a word for what happened", value=word, path="happened", hint=f"one of {known}")
    return _WORDS[word](*rest)
