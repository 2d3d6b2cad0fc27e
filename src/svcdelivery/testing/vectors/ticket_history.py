"""The events of a ticket vector as the facts of an incident, and the policy as it stands after them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.testing.vectors.ticket_policy import SERVICE, stopped_states
from svcdelivery.testing.vectors.vector import instant
from svcdelivery.work import Assigned, Audience, IncidentRecorded, MessagePosted, Observed, PriorityChanged

__all__ = ["facts_of", "policy_after", "state_after", "states_of"]

_STAFF, _USER = Actor.staff("agent"), Actor.end_user("user")
_MESSAGES = {
    "customer_message": (Audience.REQUESTER, _USER),
    "agent_message": (Audience.REQUESTER, _STAFF),
    "agent_note": (Audience.INTERNAL, _STAFF),
}
_OPEN = "open"

Event = Mapping[str, Any]


def policy_after(asked: Mapping[str, Any], events: Sequence[Event]) -> dict[str, Any]:
    """Answer the policy with its changes among the events."""
    policy = dict(asked["policy"])
    for event in events:
        if event["event"] == "policy_change":
            policy.update({key: value for key, value in event.items() if key not in ("at", "event")})
    return policy


def states_of(asked: Mapping[str, Any]) -> frozenset[str]:
    """Answer every state the ticket is ever in."""
    later = (event["to"] for event in asked.get("events", ()) if event["event"] == "state")
    return frozenset((asked.get("initial_state", _OPEN), *later))


def state_after(asked: Mapping[str, Any], events: Sequence[Event]) -> str:
    """Answer the state the events leave the ticket in."""
    states = [event["to"] for event in events if event["event"] == "state"]
    return str(states[-1] if states else asked.get("initial_state", _OPEN))


def facts_of(asked: Mapping[str, Any], events: Sequence[Event], policy: Mapping[str, Any]) -> tuple[Fact[Any], ...]:
    """Answer the incident's facts, states as another system's log would tell them: any may follow any."""
    return history("incident:vector", list(_entries(asked, events, stopped_states(policy))))


def _entries(asked: Mapping[str, Any], events: Sequence[Event], stopped: frozenset[str]) -> Iterator[NewFact[Any]]:
    created = instant(asked["created_at"])
    received = IncidentRecorded(customer="customer", service=SERVICE, requester="user", agreement="vector", revision=1)
    yield NewFact(body=received, actor=_USER, occurred_at=created)
    initial = asked.get("initial_state", _OPEN)
    if initial != _OPEN:
        yield NewFact(body=_observed(initial, stopped), actor=_STAFF, occurred_at=created)
    for event in events:
        body, actor = _told(event, stopped)
        if body is not None:
            yield NewFact(body=body, actor=actor, occurred_at=instant(event["at"]))


def _told(event: Event, stopped: frozenset[str]) -> tuple[Any, Actor]:
    match event["event"]:
        case "state":
            return _observed(event["to"], stopped), _STAFF
        case "priority":
            return PriorityChanged(priority=event["to"]), _STAFF
        case "attach":
            return Assigned(team="desk"), _STAFF
        case "policy_change":
            return None, _STAFF
        case said:
            audience, actor = _MESSAGES[said]
            return MessagePosted(audience=audience), actor


def _observed(state: str, stopped: frozenset[str]) -> Observed:
    if state in stopped:
        return Observed(kind="incident", status="resolved", source_status=state)
    if state == _OPEN:
        return Observed(kind="incident", status="in_progress", source_status=state)
    return Observed(kind="incident", status="on_hold", source_status=state, hold_reason=state)
