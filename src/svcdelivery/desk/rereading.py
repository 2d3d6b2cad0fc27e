"""New terms reach open work: when they come to hold, its wake-ups are set by them, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from attrs import evolve

from svcdelivery.agreement import (
    AgreementRecord,
    AgreementStatus,
    AgreementStatusChanged,
    OpenClocks,
    RevisionRegistered,
    agreement_stream,
)
from svcdelivery.clock import read_clocks
from svcdelivery.desk.duties import timers_of
from svcdelivery.facts import Fact
from svcdelivery.lifecycle import Phase
from svcdelivery.storage.protocol import Due, Query, Record, Unit
from svcdelivery.timeline import Instant
from svcdelivery.work import INCIDENT, REQUEST

__all__ = ["is_rereading", "reread", "rereading_timers"]

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


def is_rereading(timer: Due) -> bool:
    """Answer whether a wake-up is one at which open work is read again."""
    return timer.stream.startswith(agreement_stream("")) and timer.name.startswith(_TERMS)


def reread(unit: Unit, record: AgreementRecord, timer: Due, now: Instant) -> int:
    """Set the wake-ups of one page of the agreement's open work anew, and answer how much that was.

    The wake-up stays armed until the last page is done; how far it came stands in a row of its own.
    """
    id = f"{record.id}/{timer.name}"
    row = unit.records.get(_KIND, id)
    stage, after = (row.data["stage"], row.data["after"]) if row is not None else (0, None)
    kind, phase = _STAGES[stage]
    query = Query(kind=kind.name, where=(("agreement", record.id), ("phase", phase.value)))
    page = unit.records.find(query, after=after, limit=_PAGE)
    for item in page.items:
        facts = tuple(unit.journal.load(item.stream))
        readings = read_clocks(record.agreement, facts, now)
        unit.timers.arm(timers_of(item.stream, facts, readings, unit.timers.of(item.stream)))
    stage = stage if page.next is not None else stage + 1
    if stage == len(_STAGES):
        unit.timers.arm([evolve(timer, due_at=None)])
        return len(page.items)
    reached = {"stage": stage, "after": page.next}
    unit.records.put([Record(kind=_KIND, id=id, stream=timer.stream, version=record.version, data=reached)])
    return len(page.items)
