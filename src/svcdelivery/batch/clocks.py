"""The kernel of clocks: a table of observations in, a table of readings out, whatever engine the tables come from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen

from svcdelivery.agreement import AgreementRevision, ServiceAgreement
from svcdelivery.batch.arrays import Flags, Ints
from svcdelivery.batch.coverage import measure_obstacles, target_obstacles, terms_obstacles
from svcdelivery.batch.judging import judge
from svcdelivery.batch.observations import Observations, Words, read_observations
from svcdelivery.batch.readings import Readings
from svcdelivery.batch.singly import facts_of
from svcdelivery.batch.walk import Walk, walk
from svcdelivery.clock import read_clocks
from svcdelivery.timeline import Instant, to_instant, to_micros
from svcdelivery.work import kind_named

__all__ = ["read_clocks_table"]


def read_clocks_table(
    agreement: ServiceAgreement, observations: Any, now: datetime, *, kind: str = "incident"
) -> pa.Table:
    """Answer what every clock of every item shows: the readings of `read_clocks`, a row each.

    Rows are what `Observed` facts say, in any order; those of one instant count in the order of the table. Targets that
    `read_singly` names are read item by item, at the cost of single readings; the answers are the same.

    Args:
        agreement: The terms; each item follows the revision in force at its receipt.
        observations: A table, or what has the Arrow interface, with the columns

            - `item`: its id, of any type;
            - `at`: when it was observed, with a zone;
            - `status`: how it stood from then on, in our words (`in_progress`, `on_hold`);
            - `received_at`: when it came in, where that was before its first row;
            - `hold_reason`: why it was on hold;
            - `service`, `priority`: from then on; null where they stay.

            Any other column is an attribute of the source, for goals that name one. The first three are required.
        now: The instant of the readings. What happened after it is left aside.
        kind: `incident` or `request`; a table holds items of one kind.

    Returns:
        A row a reading, items in the order of their first rows, with `item` and the columns of `READINGS`.

    Raises:
        InvalidValueError: A column is missing, a row lacks its item, instant or status, or a status is not known.
        NaiveTimeError: Times without a zone.
    """
    at = to_instant(now)
    upto = to_micros(at)
    seen = read_observations(observations, kind_named(kind))
    seen = seen.some(seen.at <= upto)
    found = Readings()
    for revision, numbers, theirs in _by_revision(agreement, seen):
        measures = tuple(dict.fromkeys(target.measure for target in revision.targets))
        asked = _Asked(theirs, numbers, measures, upto)
        left = [_settle(agreement, revision, rank, asked, found) for rank in range(len(measures))]
        _read_rest(agreement, asked, left, at, found)
    return found.table(seen.items)


@frozen(eq=False)
class _Asked:
    """The items of one revision.

    Attributes:
        numbers: What number each has among all items.
        measures: The measures in the order of readings.
    """

    seen: Observations
    numbers: Ints
    measures: tuple[str, ...]
    now: int

    @cached_property
    def lasting(self) -> tuple[Words, Words]:
        """Service and priority as they stood after each row."""
        seen = self.seen
        return seen.service.lasting(seen.first, seen.owner), seen.priority.lasting(seen.first, seen.owner)


def _read_rest(agreement: ServiceAgreement, asked: _Asked, left: list[Flags], now: Instant, found: Readings) -> None:
    """Add the readings of items and measures that were left, as `read_clocks` has them."""
    some = np.flatnonzero(np.logical_or.reduce(left)) if left else np.zeros(0, np.int64)
    items, ranks, readings = [], [], []
    for item, facts in facts_of(asked.seen, some):
        for reading in read_clocks(agreement, facts, now):
            rank = asked.measures.index(reading.measure)
            if left[rank][item]:
                items.append(int(asked.numbers[item]))
                ranks.append(rank)
                readings.append(reading)
    found.add_read(items, ranks, readings)


def _by_revision(
    agreement: ServiceAgreement, seen: Observations
) -> Iterator[tuple[AgreementRevision, Ints, Observations]]:
    """Answer the items received under each revision while it was in force: their numbers, and their observations."""
    received = seen.at[seen.first]
    effective = np.searchsorted([to_micros(r.effective_at) for r in agreement.revisions], received, side="right") - 1
    for number, revision in enumerate(agreement.revisions):
        term = revision.term
        items = (effective == number) & (received >= to_micros(term.start))
        if term.until is not None:
            items &= received < to_micros(term.until)
        if items.any():
            yield revision, np.flatnonzero(items), seen.some(items[seen.owner])


def _settle(
    agreement: ServiceAgreement, revision: AgreementRevision, rank: int, asked: _Asked, found: Readings
) -> Flags:
    """Add the readings of one measure that can be worked out at once; answer the items to be read one by one."""
    seen, name = asked.seen, asked.measures[rank]
    left = np.ones(len(seen.first), bool)
    if terms_obstacles(agreement) or measure_obstacles(revision, name):
        return left
    course = walk(revision.measure(name), seen)
    chosen = _chosen(revision, name, asked, course)
    for number, target in enumerate(revision.targets):
        items = np.flatnonzero(chosen == number)
        if not len(items) or target_obstacles(target):
            continue
        for judged in judge(revision, target, seen, course, items=items, now=asked.now):
            found.add(asked.numbers[judged.items], rank, target=target.name, measure=name, cycle=1, **judged.columns)
            left[judged.items] = False
    return left


def _chosen(revision: AgreementRevision, measure: str, asked: _Asked, course: Walk) -> Ints:
    """Answer the place of the target for each item as it stood at its stop, or last; -1 where none speaks of it."""
    seen = asked.seen
    row = np.minimum(np.minimum(course.stopped, course.cancelled), seen.last)
    service, priority = asked.lasting
    many = len(priority.words) + 1
    kinds, which = np.unique((service.numbers[row] + 1) * many + priority.numbers[row] + 1, return_inverse=True)
    places = []
    for of_service, of_priority in (divmod(int(kind), many) for kind in kinds):
        targets = revision.targets_for(
            kind=seen.kind.name,
            service=service.words[of_service - 1] if of_service else "",
            priority=priority.words[of_priority - 1] if of_priority else None,
        )
        places.append(next((revision.targets.index(target) for target in targets if target.measure == measure), -1))
    return np.array(places, np.int64)[which]
