"""Items of a table of observations as facts, for those that have to be read one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from svcdelivery.batch.arrays import Ints
from svcdelivery.batch.observations import COLUMNS, Observations
from svcdelivery.facts import Fact, NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.timeline import Instant, format_instant, from_micros, to_instant
from svcdelivery.work import Observed

__all__ = ["facts_of"]

_ACTOR = Actor.system("table")


def facts_of(seen: Observations, items: Ints) -> Iterator[tuple[int, tuple[Fact[Any], ...]]]:
    """Answer the facts of some items, each with its number."""
    names = [name for name in seen.table.column_names if name not in COLUMNS]
    others = seen.table.select(names)
    for item in items.tolist():
        rows = np.arange(seen.first[item], seen.last[item] + 1)
        is_receipt = bool(seen.row[rows[0]] < 0)
        received = from_micros(int(seen.at[rows[0]])) if is_receipt else None
        rows = rows[1:] if is_receipt else rows
        attributes = others.take(pa.array(seen.row[rows])).to_pylist() if names else [{}] * len(rows)
        entries = [
            NewFact(body=body, actor=_ACTOR, occurred_at=from_micros(int(seen.at[row])))
            for row, body in zip(rows, _bodies(seen, rows, attributes, received), strict=True)
        ]
        yield item, history(seen.kind.stream(str(item)), entries)


def _bodies(
    seen: Observations, rows: Ints, attributes: list[dict[str, Any]], received: Instant | None
) -> Iterator[Observed]:
    statuses = seen.kind.table.statuses
    for row, others in zip(rows.tolist(), attributes, strict=True):
        fields = (("service", seen.service.word(row)), ("priority", seen.priority.word(row)))
        yield Observed(
            kind=seen.kind.name,
            status=statuses[seen.status[row]].value,
            hold_reason=seen.hold_reason.word(row),
            fields=tuple((name, word) for name, word in fields if word is not None),
            attributes=tuple((name, _text(value)) for name, value in sorted(others.items()) if value is not None),
            received_at=received,
        )
        received = None


def _text(value: Any) -> str:
    return format_instant(to_instant(value)) if isinstance(value, datetime) else str(value)
