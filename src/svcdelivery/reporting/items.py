"""What a report reads of each item: its record, its facts, its terms and its clocks, each worked out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from svcdelivery.agreement import AgreementRecord, AgreementRevision, agreement_stream, fold_agreement
from svcdelivery.clock import ClockReading, read_trace
from svcdelivery.desk import TakenIn
from svcdelivery.facts import Fact
from svcdelivery.lifecycle import Phase
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant
from svcdelivery.work import Observed, Trace, Work, WorkKind, kind_of_stream, trace_of

__all__ = ["Agreements", "ReportItem", "delivered_by", "read_item", "taken_item"]

_DELIVERING = ("fulfill", "resolve")


@frozen
class ReportItem:
    """One request or incident at the instant of the report.

    Attributes:
        facts: Those that had happened by then.
        terms: The revision its promises follow, None where there is none.
        unjudged: Why it has no clock, empty where it has one.
        is_only_observed: Whether nothing was ever done about it here: then nobody was told or asked anything.
        delivered_at: When it was last done and stayed so; an observed item that went straight to closed was done then.
    """

    kind: WorkKind
    stream: str
    work: Work
    facts: tuple[Fact[Any], ...]
    terms: AgreementRevision | None
    readings: tuple[ClockReading, ...]
    unjudged: str = ""

    # Every table and tally asks for these.
    is_only_observed: bool = field(init=False)
    delivered_at: Instant | None = field(init=False)

    @is_only_observed.default
    def _is_only_observed(self) -> bool:
        return {type(fact.body) for fact in self.facts} == {Observed}

    @delivered_at.default
    def _delivered_at(self) -> Instant | None:
        if self.work.phase not in (Phase.DONE, Phase.CLOSED):
            return None
        return self.work.done_at or self.work.closed_at


class Agreements:
    """The agreements of a store as they were known at the instant of the report; each is read once."""

    def __init__(self, unit: Unit, now: Instant) -> None:
        self._unit, self._now = unit, now
        self._known: dict[str, AgreementRecord | None] = {}

    def get(self, id: str) -> AgreementRecord | None:
        """Answer the agreement on record, None where there is none."""
        if id not in self._known:
            facts = self._unit.journal.load(agreement_stream(id)) if id else ()
            self._known[id] = fold_agreement(fact for fact in facts if fact.occurred_at <= self._now)
        return self._known[id]

    def note(self, stream: str) -> None:
        """Ask for the agreement of a stream, if it is one's."""
        if stream.startswith(first := agreement_stream("")):
            self.get(stream.removeprefix(first))

    def all(self) -> tuple[AgreementRecord, ...]:
        """Answer those asked for so far, by id."""
        return tuple(record for _, record in sorted(self._known.items()) if record is not None)


def read_item(stream: str, facts: tuple[Fact[Any], ...], agreements: Agreements, now: Instant) -> ReportItem | None:
    """Answer an item as of the instant, None where it had not been received yet, or is no work."""
    kind = kind_of_stream(stream)
    if kind is None:
        return None
    happened = facts if all(fact.occurred_at <= now for fact in facts) else _happened(facts, now)
    trace = trace_of(happened)
    if trace is None or (work := trace.record).received_at > now:
        return None
    return _traced_item(trace, work, agreements.get(work.agreement), now)


def taken_item(taken: TakenIn, now: Instant) -> ReportItem | None:
    """Answer an item as an import has it at hand, None where it came in after the instant."""
    if taken.work.received_at > now:
        return None
    # The facts are told as they happened.
    if taken.facts[-1].occurred_at > now:
        happened = trace_of(_happened(taken.facts, now))
        return None if happened is None else _traced_item(happened, happened.record, taken.agreement, now)
    return _item(taken.kind, taken.facts, taken.work, taken.agreement, now, lambda _: taken.readings)


def _traced_item(trace: Trace, work: Work, record: AgreementRecord | None, now: Instant) -> ReportItem:
    return _item(trace.kind, trace.facts, work, record, now, lambda known: read_trace(known.agreement, trace, now))


def _item(  # noqa: PLR0917
    kind: WorkKind,
    facts: tuple[Fact[Any], ...],
    work: Work,
    record: AgreementRecord | None,
    now: Instant,
    read: Callable[[AgreementRecord], tuple[ClockReading, ...]],
) -> ReportItem:
    stream = kind.stream(work.id)
    if record is None:
        return ReportItem(kind, stream, work, facts, None, (), "no agreement on record")
    # Work that is closed follows the terms it was closed under, whatever came since.
    at = work.closed_at or now
    terms = record.agreement.terms_for(received_at=work.received_at, at=at, pinned=work.revision)
    if terms is None:
        return ReportItem(kind, stream, work, facts, None, (), "no revision in force at receipt")
    readings = read(record)
    return ReportItem(kind, stream, work, facts, terms, readings, "" if readings else "no target applies")


def _happened(facts: tuple[Fact[Any], ...], now: Instant) -> tuple[Fact[Any], ...]:
    return tuple(fact for fact in facts if fact.occurred_at <= now)


def delivered_by(item: ReportItem) -> str:
    """Answer who delivered it last, as `kind:id`; empty where it is not delivered."""
    at = item.delivered_at
    if at is None:
        return ""
    for fact in reversed(item.facts):
        if fact.occurred_at != at:
            continue
        if getattr(fact.body, "action", None) in _DELIVERING or isinstance(fact.body, Observed):
            return str(fact.actor)
    return ""
