"""The envelope of a fact: who, when, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

from attrs import field, fields, frozen
from attrs.converters import optional

from svcdelivery.errors import IntegrityError, InvalidValueError
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant, to_instant

__all__ = ["Fact", "NewFact", "history", "in_time_order", "known_at", "opening", "recorded_fact"]

B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)


@frozen(kw_only=True)
class NewFact(Generic[B_co]):
    """A fact that is not recorded yet; without `occurred_at` it happens when it is recorded."""

    body: B_co
    actor: Actor
    occurred_at: Instant | None = field(default=None, converter=optional(to_instant))


@frozen(kw_only=True)
class Fact(Generic[B_co]):
    """A recorded fact.

    Attributes:
        stream: The history it belongs to, such as `request:4711`.
        version: Its number in the stream, from 1.
        position: Its number in the tenant's journal, from 1. The order of truth.
        occurred_at: When it happened; clocks go by it.
        recorded_at: When it became known; it never falls along the positions.
    """

    stream: str
    version: int
    position: int
    occurred_at: Instant
    recorded_at: Instant
    actor: Actor
    body: B_co

    @property
    def stream_id(self) -> str:
        """The id in the name of its stream, such as `4711`."""
        return self.stream.partition(":")[2]


_new = object.__new__
_set_stream, _set_version, _set_position, _set_occurred_at, _set_recorded_at, _set_actor, _set_body = (
    getattr(Fact, slot.name).__set__ for slot in fields(Fact)
)


# Positional, for it runs once a fact that is read.
def recorded_fact(  # noqa: PLR0917
    stream: str, version: int, position: int, occurred_at: Instant, recorded_at: Instant, actor: Actor, body: B
) -> Fact[B]:
    """Answer a fact of values that are known to be right, as stores read and write it: in half the time.

    A fact checks and converts nothing, so filling its slots is all there is to making one.
    """
    fact = _new(Fact)
    _set_stream(fact, stream)
    _set_version(fact, version)
    _set_position(fact, position)
    _set_occurred_at(fact, occurred_at)
    _set_recorded_at(fact, recorded_at)
    _set_actor(fact, actor)
    _set_body(fact, body)
    return fact


def opening(fact: Fact[Any], kind: type[B], what: str) -> B:
    """Answer what the first fact of a stream says.

    Args:
        what: What such a stream begins with, such as `its receipt`.

    Raises:
        IntegrityError: It begins with something else.
    """
    if not isinstance(fact.body, kind):
        raise IntegrityError(problem=f"`{fact.stream}` does not begin with {what}", position=fact.position)
    return fact.body


def known_at(facts: Iterable[Fact[Any]], at: datetime) -> tuple[Fact[Any], ...]:
    """Answer the facts that were recorded by the instant, that one included, in their order."""
    upto = to_instant(at)
    return tuple(fact for fact in facts if fact.recorded_at <= upto)


def in_time_order(facts: Iterable[Fact[Any]]) -> list[Fact[Any]]:
    """Answer the facts as they happened; those of one instant in the order they were recorded."""
    return sorted(facts, key=attrgetter("occurred_at", "position"))


def history(stream: str, entries: Sequence[NewFact[Any]], *, first_position: int = 1) -> tuple[Fact[Any], ...]:
    """Answer recorded facts of one stream without a store; each is recorded when it occurred, none before another.

    Every entry needs its `occurred_at`.
    """
    facts: list[Fact[Any]] = []
    for index, entry in enumerate(entries):
        if entry.occurred_at is None:
            raise InvalidValueError(what="an instant", value=None, path=f"entries[{index}].occurred_at")
        recorded_at = max(entry.occurred_at, facts[-1].recorded_at) if facts else entry.occurred_at
        facts.append(
            Fact(
                stream=stream,
                version=index + 1,
                position=first_position + index,
                occurred_at=entry.occurred_at,
                recorded_at=recorded_at,
                actor=entry.actor,
                body=entry.body,
            )
        )
    return tuple(facts)
