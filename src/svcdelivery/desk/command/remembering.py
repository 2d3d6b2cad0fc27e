"""The streams a desk has read: what is read of one again is what has come since."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from svcdelivery.facts import Fact
from svcdelivery.storage.protocol import Capability, Store, Unit

__all__ = ["RememberedStreams"]

_STREAMS_MOST = 400
_FACTS_MOST = 1000
"""Of one stream; a longer one is read from the store every time."""


class RememberedStreams:
    """Facts by stream, those asked for last.

    Streams only grow, so what was once committed stays. Where people can be erased nothing is remembered: what is read
    must be what can still be read. Threads may share one; at worst something is read once more.
    """

    def __init__(self, store: Store) -> None:
        self._is_kept = Capability.ERASURE not in store.capabilities
        self._known: OrderedDict[str, tuple[Fact[Any], ...]] = OrderedDict()

    def load(self, unit: Unit, stream: str) -> tuple[Fact[Any], ...]:
        """Answer all facts of a stream that are committed, in order.

        Args:
            unit: One for reading, so that nothing is taken in that may still be undone.
        """
        known = self._known.get(stream, ())
        new = tuple(unit.journal.load(stream, after=known[-1].version if known else 0))
        facts = (*known, *new) if new else known
        self._keep(stream, facts)
        return facts

    def committed(self, facts: Iterable[Fact[Any]]) -> None:
        """Take in facts that were appended, once their unit has ended well."""
        grown: dict[str, list[Fact[Any]]] = {}
        for fact in facts:
            grown.setdefault(fact.stream, []).append(fact)
        for stream, new in grown.items():
            known = self._known.get(stream)
            if known is not None and known[-1].version == new[0].version - 1:
                self._keep(stream, (*known, *new))

    def forget(self) -> None:
        """Read everything anew, for when the store turns out not to be as it was, such as after a restore."""
        self._known.clear()

    def _keep(self, stream: str, facts: tuple[Fact[Any], ...]) -> None:
        self._known.pop(stream, None)
        if facts and self._is_kept and len(facts) <= _FACTS_MOST:
            self._known[stream] = facts
            while len(self._known) > _STREAMS_MOST:
                # Another thread may have taken the last one out in between.
                self._known.popitem(last=False)
