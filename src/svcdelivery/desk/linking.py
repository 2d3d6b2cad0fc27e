"""What a command on one item tells the items linked to it, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from svcdelivery.clock import read_clocks
from svcdelivery.desk.duties import new_facts, timers_of
from svcdelivery.desk.engine import Engine
from svcdelivery.desk.rows import work_row
from svcdelivery.errors import InvalidValueError, NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Phase
from svcdelivery.storage.protocol import Due, Record, Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import Absorbed, Linked, LinkKind, SurvivorMoved, Work, fold_work, kind_of_stream, still_valid

__all__ = ["Told", "link_to", "told_others"]


@frozen
class Told:
    """A linked item and what it is told."""

    stream: str
    facts: tuple[Fact[Any], ...]
    body: Any

    def write(self, *, by: Actor, now: Instant) -> Write:
        """Answer the write that tells it; not before what is on record of it."""
        last = self.facts[-1]
        at = max(now, last.occurred_at)
        return Write(stream=self.stream, expected=last.version, facts=new_facts((self.body,), by=by, now=at))

    def written(
        self, engine: Engine, unit: Unit, recorded: Sequence[Fact[Any]], now: Instant
    ) -> tuple[Record, list[Due]]:
        """Answer the item's row and timers once the fact is recorded."""
        facts = (*self.facts, *(fact for fact in recorded if fact.stream == self.stream))
        kind, work = kind_of_stream(self.stream), fold_work(facts)
        assert kind is not None, "only items are linked"
        assert work is not None, "recorded facts fold"
        record = engine.agreement(unit, work.agreement) if work.agreement else None
        readings = () if record is None else read_clocks(record.agreement, facts, max(now, facts[-1].occurred_at))
        return work_row(kind, work), timers_of(self.stream, facts, readings, unit.timers.of(self.stream))


def link_to(unit: Unit, stream: str, facts: Sequence[Fact[Any]], *, kind: LinkKind, to: str, ground: str) -> Linked:
    """Answer the fact that links an item to another one.

    Raises:
        InvalidValueError: To itself, or where one of the two has another item that stands for it already.
        NotFoundError: There is no such item.
    """
    if to == stream:
        raise InvalidValueError(what="another item", value=to, path="to")
    other = tuple(unit.journal.load(to)) if kind_of_stream(to) is not None else ()
    work = fold_work(other)
    if work is None:
        raise NotFoundError(what="item", id=to)
    if kind.absorbs:
        for item, known in ((stream, facts), (to, other)):
            survivor = _survivor(known)
            if survivor is not None:
                hint = f"it is a part of `{survivor}` already"
                raise InvalidValueError(what="an item that stands for itself", value=item, path="to", hint=hint)
    return Linked(kind=kind, item=to, received_at=work.received_at, ground=ground)


def told_others(
    unit: Unit, stream: str, before: Sequence[Fact[Any]], *, work: Work, was: Work, body: Any
) -> list[Told]:
    """Answer what other items are told of a command: the survivor of its link, those absorbed of its end.

    Args:
        before: The item's facts without the command's; `was` is the record they tell, `work` the one with it.
    """
    if isinstance(body, Linked):
        absorbed = Absorbed(item=stream, received_at=work.received_at)
        return [Told(body.item, tuple(unit.journal.load(body.item)), absorbed)] if body.kind.absorbs else []
    is_done = was.phase.is_open and work.phase in (Phase.DONE, Phase.CLOSED)
    if not is_done and not (work.phase.is_open and not was.phase.is_open):
        return []
    moved = SurvivorMoved(item=stream, is_done=is_done)
    return [Told(item, tuple(unit.journal.load(item)), moved) for item in _absorbed(before)]


def _absorbed(facts: Sequence[Fact[Any]]) -> Iterator[str]:
    valid = (fact.body for fact in still_valid(facts))
    yield from dict.fromkeys(body.item for body in valid if isinstance(body, Absorbed))


def _survivor(facts: Sequence[Fact[Any]]) -> str | None:
    bodies = [fact.body for fact in still_valid(facts) if isinstance(fact.body, Linked)]
    return next((body.item for body in bodies if body.kind.absorbs), None)
