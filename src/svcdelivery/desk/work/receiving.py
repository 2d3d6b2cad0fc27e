"""Work that nobody hands in: what an agreement asks for by itself, and what monitoring finds.

It is decided on like any other, by the watch itself, and recorded with the decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRecord, AgreementRevision
from svcdelivery.clock import read_clocks
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import foreseen, new_facts
from svcdelivery.desk.command.rows import work_row
from svcdelivery.desk.command.waking import WATCH
from svcdelivery.desk.work.duties import duties_of, timers_of
from svcdelivery.facts import Fact, NewFact
from svcdelivery.security import SECURITY_STREAM, AccessRequest, Decided, Person, authorize
from svcdelivery.storage.protocol import Due, Record, Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import IncidentRecorded, RequestReceived, WorkKind, fold_work

__all__ = ["Received", "kept_of_work", "received_by_watch"]


@frozen
class Received:
    """What new work comes to: the decision, and unless it is a denial, the item."""

    writes: tuple[Write, ...]
    allowed: bool


def received_by_watch(  # noqa: PLR0917
    engine: Engine,
    unit: Unit,
    record: AgreementRecord,
    terms: AgreementRevision,
    kind: WorkKind,
    id: str,
    body: RequestReceived | IncidentRecorded,
    at: Instant,
) -> Received:
    """Answer what to record of new work of that id under the terms, as of an instant."""
    stream = kind.stream(id)
    request = AccessRequest(
        actor=WATCH,
        action="receive",
        at=at,
        service=body.service,
        agreement=record,
        # The desk itself asks; nobody has to know the program that sees to it.
        person=Person(id=WATCH.id),
        requester=engine.directory.person(body.requester),
        item=stream,
    )
    decision = authorize(request, engine.access(unit), engine.authorizer)
    decided = NewFact(body=Decided.of(decision), actor=WATCH, occurred_at=at)
    told = Write(stream=SECURITY_STREAM, expected=None, facts=(decided,))
    if not decision.allowed:
        return Received((told,), allowed=False)
    ahead = foreseen(stream, (), (body,), by=WATCH, now=at)
    work = fold_work(ahead)
    assert work is not None, "a foreseen fact folds"
    bodies = [body, *duties_of(terms, ahead, work, body, by=WATCH, now=at, token="")]
    write = Write(stream=stream, expected=0, facts=new_facts(bodies, by=WATCH, now=at))
    return Received((told, write), allowed=True)


def kept_of_work(
    unit: Unit, record: AgreementRecord, kind: WorkKind, recorded: Sequence[Fact[Any]], now: Instant
) -> tuple[list[Record], list[Due]]:
    """Answer rows and wake-ups of all the new work of a kind among recorded facts."""
    rows: list[Record] = []
    timers: list[Due] = []
    for stream in dict.fromkeys(fact.stream for fact in recorded if fact.stream.startswith(kind.stream(""))):
        facts = tuple(fact for fact in recorded if fact.stream == stream)
        work = fold_work(facts)
        assert work is not None, "recorded facts fold"
        rows.append(work_row(kind, work))
        readings = read_clocks(record.agreement, facts, now)
        timers += timers_of(record.agreement, facts, readings, unit.timers.of(stream), now=now)
    return rows, timers
