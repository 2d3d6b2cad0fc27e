"""Work of another system's log in one pass: its record, and its outline where what was observed is ordinary.

A log has very many items, and most are ordinary: what `trace_of` tells of each step they need not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, repeat
from operator import le, lt
from typing import Any

from pendulum import UTC, DateTime

from svcdelivery.facts import Fact
from svcdelivery.lifecycle import Phase
from svcdelivery.work.facts import Observed
from svcdelivery.work.kinds import Work
from svcdelivery.work.outline import Outline
from svcdelivery.work.replay import begin, observe, observed_signals, work_of

__all__ = ["observed_work"]

_EPOCH = DateTime(1970, 1, 1, tzinfo=UTC)
_HELD = Phase.HELD
_minus = datetime.__sub__


def observed_work(facts: Sequence[Fact[Any]], until: datetime) -> tuple[Work, Outline] | None:
    """Answer the record of an imported item, and its outline: what `trace_of` and `outline_of_steps` make of it.

    None where these have to tell: something else than observations, some that are not told as they happened, one of
    before the receipt it tells of or of after `until`, and work that goes on after it was over.

    Args:
        facts: All of one item, in the order of record.
    """
    if {type(fact.body) for fact in facts} != {Observed}:
        return None
    kind, fields = begin(facts[0])
    instants = [fields["received_at"], *[fact.occurred_at for fact in facts]]
    since, last = list(map(_minus, instants, repeat(_EPOCH))), _minus(until, _EPOCH)
    positions = [fact.position for fact in facts]
    is_in_order = all(map(le, since, islice(since, 1, None))) and all(map(lt, positions, islice(positions, 1, None)))
    if since[-1] > last or not is_in_order:
        return None
    # The receipt comes first, as a happening of its own.
    outline = Outline(kind, instants, since, {"received": 0})
    outline.is_for(0, ("", None))
    first, phases = outline.first, kind.table.phases
    standing: list[tuple[int, str | None]] = []
    for number, fact in enumerate(facts, 1):
        before = fields["status"]
        if not observe(kind, fields, fact):
            continue
        status = fields["status"]
        phase = phases[status]
        outline.is_for(number, (fields["service"], fields["priority"]))
        if not (outline.goes_on() if phase.is_open else outline.end(number, phase)):
            return None
        standing.append((number, fields["hold_reason"] if phase is _HELD else None))
        for signal in observed_signals(kind, before, status):
            if signal not in first:
                first[signal] = number
    outline.hold(standing)
    return work_of(kind, fields, facts[-1].version), outline
