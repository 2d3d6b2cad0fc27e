"""Conditions of an agreement as questions to the steps of an item, put together once a revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

from svcdelivery.agreement import AllOf, AnyOf, AttributeIs, Condition, Not, PartIs, Signaled
from svcdelivery.lifecycle import Phase
from svcdelivery.work import IncidentRecorded, MessagePosted, Observed, PriorityChanged, RequestReceived, Step

__all__ = ["Attributes", "Question", "attributes_along", "question_of", "signals_of"]

Attributes = Mapping[Step, Mapping[str, Any]]
"""For each step what the item's columns and fields hold after it; empty where no condition asks for any."""

Question = Callable[[Step, Attributes], bool]
"""Does it hold right after the step?"""

_RECORDED = ("channel", "customer", "requester", "summary", "impact", "urgency")


def question_of(condition: Condition, kind: str) -> Question:
    """Answer what a condition asks of the steps of one kind of work."""
    match condition:
        case Signaled(signals):
            return partial(_signaled, signals)
        case PartIs("kind", values):
            return _always if kind in values else _never
        case PartIs("phase", values):
            return partial(_phase_is, frozenset(map(Phase, values)))
        case PartIs(part, values):
            return partial(_part_is, _PARTS.get(part) or attrgetter(part), values)
        case AttributeIs(name, values):
            return partial(_attribute_is, name, values)
        case AllOf(of):
            return partial(_all, [question_of(part, kind) for part in of])
        case AnyOf(of):
            return partial(_any, [question_of(part, kind) for part in of])
        case Not(of):
            return partial(_not, question_of(of, kind))
        case _:
            raise AssertionError(f"no question for {condition!r}")


def signals_of(condition: Condition) -> frozenset[str] | None:
    """Answer the signals without which it cannot hold; None where it has to be asked after every fact."""
    return condition.signals if isinstance(condition, Signaled) else None


def attributes_along(steps: Sequence[Step]) -> Attributes:
    """Answer for each step the item's columns, and fields of its record that no step tells."""
    found: dict[Step, Mapping[str, Any]] = {}
    current: dict[str, Any] = {}
    for step in steps:
        body = step.fact.body
        if isinstance(body, Observed):
            current = {**current, **dict(body.fields), **dict(body.attributes)}
        elif isinstance(body, RequestReceived | IncidentRecorded):
            current = {name: getattr(body, name) for name in _RECORDED}
        elif isinstance(body, PriorityChanged):
            current = {**current, "impact": body.impact, "urgency": body.urgency}
        found[step] = current
    return found


def _signaled(signals: frozenset[str], step: Step, _attributes: Attributes) -> bool:
    return not signals.isdisjoint(step.signals)


def _always(_step: Step, _attributes: Attributes) -> bool:
    return True


def _never(_step: Step, _attributes: Attributes) -> bool:
    return False


def _phase_is(phases: frozenset[Phase], step: Step, _attributes: Attributes) -> bool:
    return step.stands.phase in phases


def _part_is(part: Callable[[Step], str | None], values: frozenset[str], step: Step, _attributes: Attributes) -> bool:
    return part(step) in values


def _attribute_is(name: str, values: frozenset[str], step: Step, attributes: Attributes) -> bool:
    return attributes[step].get(name) in values


def _all(questions: Sequence[Question], step: Step, attributes: Attributes) -> bool:
    return all(question(step, attributes) for question in questions)


def _any(questions: Sequence[Question], step: Step, attributes: Attributes) -> bool:
    return any(question(step, attributes) for question in questions)


def _not(question: Question, step: Step, attributes: Attributes) -> bool:
    return not question(step, attributes)


def _message_to(step: Step) -> str | None:
    body = step.fact.body
    return body.audience.value if isinstance(body, MessagePosted) else None


def _message_from(step: Step) -> str | None:
    return step.fact.actor.kind.value if isinstance(step.fact.body, MessagePosted) else None


_PARTS: dict[str, Callable[[Step], str | None]] = {"message_to": _message_to, "message_from": _message_from}
