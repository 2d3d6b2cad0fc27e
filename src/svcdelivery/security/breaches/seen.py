"""What every rule of the breach watch is shown of an entry, and memory that does not grow."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from attrs import define

from svcdelivery.facts import Fact
from svcdelivery.security.breaches.finding import BreachFinding, BreachRule
from svcdelivery.security.decision import Decision
from svcdelivery.security.replay import DecisionReplay, Recomputed
from svcdelivery.security.request import Involvement
from svcdelivery.timeline import Instant

__all__ = ["Bounded", "Seen"]

K = TypeVar("K")
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """A mapping that forgets the entry longest untouched when it holds too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Answer the value, None for one unknown or forgotten."""
        return self._entries.get(key)

    def put(self, key: K, value: V) -> V:
        """Set a value, and answer it."""
        entries = self._entries
        entries[key] = value
        entries.move_to_end(key)
        if len(entries) > self._most:
            entries.popitem(last=False)
        return value

    def pop(self, key: K) -> V | None:
        """Take a value out."""
        return self._entries.pop(key, None)

    def items(self) -> Iterable[tuple[K, V]]:
        """Answer what it holds, the longest untouched first."""
        return self._entries.items()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries


@define
class Seen:
    """One entry, and what is known when it comes.

    Attributes:
        at: When it was recorded; along the log this never falls.
        decided: For a decision, the one logged beside the one made again.
        action: For a fact of work, the action it records; empty otherwise, and for what was only observed.
        behind: For a fact of work, the decision that allowed it, with the one made again; None where there is none.
        item: For a fact of work, what was known of the item before it.
        replay: The log so far: access, agreements, items.
    """

    fact: Fact[Any]
    at: Instant
    decided: Recomputed | None
    action: str
    behind: Recomputed | None
    item: Involvement | None
    replay: DecisionReplay

    @property
    def logged(self) -> Decision | None:
        """The decision on record, for a decision."""
        return self.decided.logged if self.decided is not None else None

    def finding(
        self, rule: BreachRule, subject: str, explanation: str, *, since: tuple[Instant, int] | None = None
    ) -> BreachFinding:
        """Answer a finding that rests on this entry, and on an earlier one if there is one."""
        here = (self.at, self.fact.position)
        first = since or here
        return BreachFinding(
            rule=rule,
            subject=subject,
            entries=tuple(dict.fromkeys((first[1], here[1]))),
            first=first[0],
            last=here[0],
            explanation=explanation,
        )
