"""A scenario: one promise of the protocol, and how to see whether a store keeps it."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

from svcdelivery.storage.protocol import Capability
from svcdelivery.testing.conformance.lab import Lab

__all__ = ["Scenario", "scenario"]


@frozen(kw_only=True)
class Scenario:
    """One promise, and how to see whether a store keeps it.

    Attributes:
        topic: What it is about, one word.
        name: A sentence with underscores, unique within the kit.
        promise: The sentence in the protocol's words.
        needs: Behaviors without which it cannot be asked of a store.
    """

    topic: str
    name: str
    promise: str
    run: Callable[[Lab], None] = field(repr=False)
    needs: frozenset[Capability] = frozenset()


def scenario(collection: list[Scenario], topic: str, *needs: Capability) -> Callable[[Callable[[Lab], None]], None]:
    """Put the function into the collection; its docstring's first line is the promise."""

    def register(run: Callable[[Lab], None]) -> None:
        promise = (run.__doc__ or "").strip().partition("\n")[0]
        collection.append(Scenario(topic=topic, name=run.__name__, promise=promise, run=run, needs=frozenset(needs)))

    return register
