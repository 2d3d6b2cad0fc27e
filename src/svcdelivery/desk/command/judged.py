"""What a command came to: the decision, what is recorded, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from svcdelivery.clock import ClockReading
from svcdelivery.facts import Fact
from svcdelivery.security import Decided, Decision
from svcdelivery.storage.protocol import Due, Message, Receipt, Record, Unit, Write

__all__ = ["Consequences", "Judged", "Written", "decision_in"]


@frozen(kw_only=True)
class Consequences:
    """What follows from facts once they are recorded, written in the same transaction.

    Attributes:
        messages: What goes out to people or programs; the dispatch delivers it.
        counts: What came about, by name, for the report of whoever asked.
    """

    records: Sequence[Record] = ()
    timers: Sequence[Due] = ()
    messages: Sequence[Message] = ()
    counts: Sequence[tuple[str, int]] = ()

    def put(self, unit: Unit) -> None:
        """Write it."""
        unit.records.put(self.records)
        unit.timers.arm(self.timers)
        if self.messages:
            unit.outbox.put(self.messages)


@frozen(kw_only=True)
class Written(Consequences):
    """What follows from the facts of a command.

    Attributes:
        answer: The record and the readings to answer with. A repeated call reads them from the journal instead; both
            ways give the same.
    """

    answer: tuple[Any, tuple[ClockReading, ...]]


@frozen(kw_only=True)
class Judged:
    """What a command came to.

    Attributes:
        decision: Recorded with the facts; a denial is recorded alone and then raised.
        further: Decisions beside an allowance, all of which allow; recorded with it.
        writes: Facts by stream, with the versions they rely on.
        relies: Streams the decision was made from, with their versions, so that it can be made again from the record.
        after: Answers records, timers and answer from the recorded facts; not asked when denied.
    """

    decision: Decision | None
    further: tuple[Decision, ...] = ()
    writes: tuple[Write, ...] = ()
    relies: tuple[Write, ...] = ()
    after: Callable[[tuple[Fact[Any], ...], Unit], Written] | None = None


def decision_in(receipt: Receipt) -> Decision | None:
    """Answer the decision a command recorded, None for a command that needs none."""
    for fact in receipt.facts:
        if isinstance(fact.body, Decided):
            return fact.body.decision(fact.actor, fact.occurred_at)
    return None
