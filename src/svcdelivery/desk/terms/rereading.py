"""New terms reach open work: when they come to hold, its wake-ups are set by them, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from svcdelivery.agreement import (
    AgreementRecord,
    AgreementStatus,
    AgreementStatusChanged,
    OpenClocks,
    RevisionRegistered,
    agreement_stream,
)
from svcdelivery.clock import read_clocks
from svcdelivery.desk.command.judged import Consequences
from svcdelivery.desk.command.waking import Waking, Woken
from svcdelivery.desk.work.duties import timers_of
from svcdelivery.facts import Fact
from svcdelivery.lifecycle import Phase
from svcdelivery.storage.protocol import Due, Query, Record, Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import INCIDENT, REQUEST

__all__ = ["rereading_timers", "wake_terms"]

_TERMS = "terms:"
_PAGE = 200
_KIND = "rereading"
# Work that is closed or cancelled has no clock that runs or stands still.
_STAGES = tuple(product((REQUEST, INCIDENT), (Phase.NEW, Phase.ACTIVE, Phase.HELD, Phase.DONE)))


def rereading_timers(agreement: str, recorded: Iterable[Fact[Any]], now: Instant) -> Iterator[Due]:
    """Answer the wake-ups at which what was recorded of an agreement begins to hold for open work."""
    for fact in recorded:
        since = _holds_since(fact, now)
        if since is not None and fact.stream == agreement_stream(agreement):
            yield Due(stream=fact.stream, name=f"{_TERMS}{fact.version}", due_at=max(since, now))


def _holds_since(fact: Fact[Any], now: Instant) -> Instant | None:
    body = fact.body
    if isinstance(body, RevisionRegistered) and body.revision.applies_to_open is not None:
        return body.revision.applies_to_open.since or body.revision.effective_at
    if isinstance(body, AgreementStatusChanged):
        paused = body.status is AgreementStatus.SUSPENDED and body.open_clocks is OpenClocks.PAUSE
        return now if paused or body.action == "reinstate" else None
    return None


def wake_terms(waking: Waking) -> Woken:
    """Answer that the wake-ups of one page of the agreement's open work are set anew.

    The wake-up stays armed until the last page is done; how far it came stands in a row of its own.
    """
    record = waking.engine.agreement(waking.unit, waking.timer.stream.partition(":")[2])
    assert record is not None, "an agreement's wake-up was set when it was recorded"

    def after(_recorded: tuple[Fact[Any], ...], unit: Unit) -> Consequences:
        return _reread(unit, record, waking.timer, waking.now)

    relied = Write(stream=waking.timer.stream, expected=record.version, facts=())
    return Woken(writes=(relied,), after=after)


def _reread(unit: Unit, record: AgreementRecord, timer: Due, now: Instant) -> Consequences:
    id = f"{record.id}/{timer.name}"
    row = unit.records.get(_KIND, id)
    stage, after = (row.data["stage"], row.data["after"]) if row is not None else (0, None)
    kind, phase = _STAGES[stage]
    query = Query(kind=kind.name, where=(("agreement", record.id), ("phase", phase.value)))
    page = unit.records.find(query, after=after, limit=_PAGE)
    timers: list[Due] = []
    for item in page.items:
        facts = tuple(unit.journal.load(item.stream))
        readings = read_clocks(record.agreement, facts, now)
        timers += timers_of(record.agreement, facts, readings, unit.timers.of(item.stream), now=now)
    counts = [("items reread", len(page.items))]
    stage = stage if page.next is not None else stage + 1
    if stage == len(_STAGES):
        return Consequences(timers=timers, counts=counts)
    reached = {"stage": stage, "after": page.next}
    row = Record(kind=_KIND, id=id, stream=timer.stream, version=record.version, data=reached)
    return Consequences(records=[row], timers=[*timers, timer], counts=counts)
