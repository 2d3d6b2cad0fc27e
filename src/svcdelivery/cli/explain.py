"""`svcdelivery explain`: why an item's clocks stand as they do."""

from __future__ import annotations

from contextlib import closing

import click

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.cli.output import json_option, say, say_json
from svcdelivery.clock import ClockReading, read_clocks
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import NotFoundError
from svcdelivery.facts import known_at
from svcdelivery.storage.open import open_store
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import Instant, parse_instant
from svcdelivery.work import fold_work

__all__ = ["command", "readings_of"]


@click.command("explain")
@click.argument("store", metavar="STORE")
@click.argument("id", metavar="ID")
@click.option("--at", help="The instant, such as 2026-03-31T17:00:00Z; by default that of the last record.")
@click.option("--as-known", is_flag=True, help="Leave aside what was recorded after --at.")
@click.option("--target", help="Only the clock of this target.")
@click.option("--tenant", default="main", show_default=True)
@json_option
def command(
    store: str, id: str, *, at: str | None, as_known: bool, target: str | None, tenant: str, as_json: bool
) -> int:
    """Say why each clock of the request or incident ID in STORE stands as it does, span by span."""
    instant = None if at is None else parse_instant(at)
    with closing(open_store(store, create=False)) as opened:
        readings = readings_of(opened, tenant, id, at=instant, as_known=as_known)
    shown = [reading for reading in readings if target in (None, reading.target)]
    if target is not None and not shown:
        known = ", ".join(f"`{reading.target}`" for reading in readings)
        raise NotFoundError(what="target", id=target, hint=f"one of {known}" if known else "")
    if as_json:
        say_json([_plain(reading) for reading in shown])
    elif not shown:
        say("no clock: no agreement on record covers this item")
    else:
        for reading in shown:
            say(f"{reading.explanation}\n")
    return 0


class _At:
    """The instant of the reading, for a desk that only answers."""

    def __init__(self, instant: Instant) -> None:
        self._instant = instant

    def now(self) -> Instant:
        return self._instant


def readings_of(
    store: Store, tenant: str, id: str, *, at: Instant | None = None, as_known: bool = False
) -> tuple[ClockReading, ...]:
    """Answer the clocks of a request or incident, by default as of the store's last record.

    Raises:
        NotFoundError: The store has neither a request nor an incident of that id.
    """
    with store.unit(tenant, write=False) as unit:
        head = unit.feed.head().recorded_at
    instant = at or head
    if instant is None:
        raise NotFoundError(what="request or incident", id=id)
    desk = ServiceDesk(store, tenant=tenant, time=_At(instant))
    for work in (desk.incidents, desk.requests):
        facts = work.facts(id)
        if facts:
            if as_known:
                facts = known_at(facts, instant)
            record = fold_work(facts)
            if record is None or not record.agreement:
                return ()
            agreement: ServiceAgreement | None = desk.agreements.get(record.agreement).agreement
            if as_known and agreement is not None:
                agreement = agreement.known_at(instant)
            return () if agreement is None else read_clocks(agreement, facts, instant)
    raise NotFoundError(what="request or incident", id=id)


def _plain(reading: ClockReading) -> dict[str, object]:
    return {
        "measure": reading.measure,
        "target": reading.target,
        "phase": reading.phase.value,
        "verdict": reading.verdict.value,
        "at": reading.at,
        "started_at": reading.started_at,
        "stopped_at": reading.stopped_at,
        "due_at": reading.due_at,
        "goal": reading.goal,
        "elapsed": reading.elapsed,
        "remaining": reading.remaining,
        "overdue": reading.overdue,
        "terms": reading.explanation.terms,
        "spans": [
            {
                "start": span.start,
                "end": span.end,
                "kind": span.kind.value,
                "reason": span.reason,
                "rule": span.rule,
                "actor": span.actor,
            }
            for span in reading.explanation.spans
        ],
    }
