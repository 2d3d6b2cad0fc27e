"""Clocks of one item against single questions to its service hours, and clocks of a table against item by item."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.harness import Row, compare
from svcdelivery.agreement import (
    AgreementRevision,
    NamedHours,
    ServiceAgreement,
    ServiceLevelTarget,
    Term,
    Within,
)
from svcdelivery.clock import read_clocks
from svcdelivery.facts import Fact
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.histories import incident_history
from svcdelivery.timeline import from_micros, to_instant, to_micros

__all__ = ["rows"]

_MEASURES = ("acknowledgement", "first_response", "resolution", "closure")
_BEGIN = datetime(2024, 3, 4, 8, tzinfo=UTC)
_HOUR = 3_600_000_000
_READS = 200
_ITEMS = 20_000


def _agreement() -> ServiceAgreement:
    hours = ServiceHours.weekly("Europe/Berlin", {"mon-fri": ["09:00-17:00"]}, closed_yearly=["12-25"])
    return ServiceAgreement.of(
        AgreementRevision(
            agreement="bench",
            customer="acme",
            effective_at=datetime(2020, 1, 1, tzinfo=UTC),
            term=Term(datetime(2020, 1, 1, tzinfo=UTC)),
            hours=(NamedHours("office", hours),),
            targets=tuple(
                ServiceLevelTarget(
                    name=measure,
                    measure=measure,
                    goal=Within(timedelta(hours=8 * number)),
                    hours="office",
                    pause_on={"customer"},
                )
                for number, measure in enumerate(_MEASURES, 1)
            ),
        )
    )


def _facts(agreement: ServiceAgreement, count: int) -> tuple[Fact[Any], ...]:
    """An incident that is held and resumed until it has so many facts, and is resolved by the last one."""
    words: list[tuple[str, ...]] = [("received",), ("assigned",), ("started",)]
    while len(words) < count - 1:
        words += [("held", "customer"), ("resumed",)]
    told = [
        (from_micros(to_micros(_BEGIN) + 5 * number * _HOUR).isoformat(), *word)
        for number, word in enumerate([*words[: count - 1], ("resolved",)])
    ]
    return incident_history(agreement, service="email", happened=told)


def rows() -> list[Row]:
    """Measure one item of 20 facts, ten times as many facts, and a table of items."""
    agreement = _agreement()
    hours = agreement.revisions[0].hours[0].hours
    few, many = _facts(agreement, 20), _facts(agreement, 200)
    later = to_instant(datetime(2024, 9, 2, 12, tzinfo=UTC))
    pairs = [(fact.occurred_at, later) for fact in few] * 50
    assert len(read_clocks(agreement, few, later)) == len(_MEASURES)

    def asked() -> None:
        for start, end in pairs:
            hours.elapsed(start, end)

    ours, one = compare(_reading(agreement, few, later, _READS), asked, passes=7)
    longer, short = compare(
        _reading(agreement, many, later, _READS // 10), _reading(agreement, few, later, _READS // 10)
    )
    return [
        Row.at_most("read_clocks, 20 facts x 4 targets / one elapsed", ours / _READS, one / len(pairs), 60),
        Row.at_most("read_clocks, 200 facts / 20 facts", longer, short, 12),
        *_tables(agreement, later),
    ]


def _reading(
    agreement: ServiceAgreement, facts: tuple[Fact[Any], ...], now: datetime, times: int
) -> Callable[[], None]:
    def work() -> None:
        for _ in range(times):
            read_clocks(agreement, facts, now)

    return work


def _tables(agreement: ServiceAgreement, now: datetime) -> list[Row]:
    try:
        import numpy as np
        import pyarrow as pa

        from svcdelivery.batch import read_clocks_table
    except ImportError:
        print("tables left out: the extra `batch` is not installed", file=sys.stderr)
        return []
    from svcdelivery.batch.observations import read_observations
    from svcdelivery.batch.singly import facts_of
    from svcdelivery.work import INCIDENT

    moves = ["assigned", "in_progress", "on_hold", "in_progress", "resolved", "closed"]
    at = [to_micros(_BEGIN) + (item % 5000 + 7 * move) * _HOUR for item in range(_ITEMS) for move in range(len(moves))]
    table = pa.table(
        {
            "item": [item for item in range(_ITEMS) for _ in moves],
            "at": pa.array(at).cast(pa.timestamp("us", "UTC")),
            "status": moves * _ITEMS,
            "hold_reason": [None, None, "customer", None, None, None] * _ITEMS,
        }
    )
    some = read_observations(table.slice(0, 500 * len(moves)), INCIDENT)
    singly = dict(facts_of(some, np.arange(500)))

    def one_by_one() -> None:
        for facts in singly.values():
            read_clocks(agreement, facts, now)

    ours, theirs = compare(lambda: read_clocks_table(agreement, table, now), one_by_one)
    return [Row.at_least("read_clocks_table, an item / read_clocks", ours / _ITEMS, theirs / len(singly), 20)]
