"""Histories: the facts of every item in one pass over the journal, each item complete, few of them held at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from svcdelivery.facts import Fact
from svcdelivery.storage.protocol import Unit
from svcdelivery.work import kind_of_stream

__all__ = ["Progress", "histories"]

Progress = Callable[[int, int], None]
"""Told now and then how much is done, of how much."""

_PAGE = 1000
_HELD_MOST = 20_000


def histories(
    unit: Unit,
    versions: Mapping[str, int],
    *,
    passed: Callable[[int], None] | None = None,
    held_most: int = _HELD_MOST,
) -> Iterator[tuple[str, tuple[Fact[Any], ...]]]:
    """Answer each item's stream with all its facts once the last of them has come by; every other fact alone.

    Facts wait in memory for the last of their item. When more than `held_most` wait, all of them are let go, and their
    items are loaded one by one when complete: slower, and never more memory.

    Args:
        versions: The last version of every stream.
        passed: Told the journal position reached, once a page.
    """
    waiting: dict[str, list[Fact[Any]]] = {}
    let_go: set[str] = set()
    held = after = 0
    while page := unit.feed.read(after, limit=_PAGE):
        for fact in page:
            stream = fact.stream
            if kind_of_stream(stream) is None:
                yield stream, (fact,)
            elif stream in let_go:
                if fact.version == versions[stream]:
                    let_go.remove(stream)
                    yield stream, tuple(unit.journal.load(stream))
            else:
                facts = waiting.setdefault(stream, [])
                facts.append(fact)
                held += 1
                if fact.version == versions[stream]:
                    held -= len(facts)
                    del waiting[stream]
                    yield stream, tuple(facts)
        if held > held_most:
            let_go.update(waiting)
            waiting.clear()
            held = 0
        after = page[-1].position
        if passed is not None:
            passed(after)
