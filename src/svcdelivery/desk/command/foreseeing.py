"""Facts that are about to be recorded: as they will be, and as the store takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from svcdelivery.facts import Fact, NewFact
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant

__all__ = ["WATCH", "foreseen", "new_facts"]

WATCH = Actor.system("watch")
"""Who stands on what the watch records."""


def foreseen(
    stream: str, facts: Sequence[Fact[Any]], bodies: Iterable[Any], *, by: Actor, now: Instant
) -> tuple[Fact[Any], ...]:
    """Answer the facts of a stream as they will be once the bodies are recorded; positions are not yet real."""
    version = facts[-1].version if facts else 0
    position = facts[-1].position if facts else 0
    new = (
        Fact(
            stream=stream,
            version=version + index,
            position=position + index,
            occurred_at=now,
            recorded_at=now,
            actor=by,
            body=body,
        )
        for index, body in enumerate(bodies, start=1)
    )
    return (*facts, *new)


def new_facts(bodies: Iterable[Any], *, by: Actor, now: Instant) -> tuple[NewFact[Any], ...]:
    """Answer the bodies as facts to record, all of the same instant."""
    return tuple(NewFact(body=body, actor=by, occurred_at=now) for body in bodies)
