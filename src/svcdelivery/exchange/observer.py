"""The observer: one fact a row, holding what changed since the item's row before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from svcdelivery.exchange.findings import FindingCollector
from svcdelivery.exchange.irregularities import History, Irregularities
from svcdelivery.exchange.log_profile import LogProfile
from svcdelivery.exchange.log_times import TimeReader
from svcdelivery.facts import Attributes
from svcdelivery.identity import Actor
from svcdelivery.work import ImportedItem, observation

__all__ = ["Observer"]

# Our own records know these as texts that may be empty, the others as values that may be None.
_TEXT_FIELDS = frozenset({"customer", "service", "requester", "agreement", "summary", "channel"})


class Observer:
    """Turns rows into observations, item by item.

    Args:
        source: What the facts name as their source.
        counts: How many rows each item has: with the last of them it is complete.
    """

    def __init__(
        self,
        profile: LogProfile,
        columns: tuple[str, ...],
        times: TimeReader,
        *,
        source: str,
        counts: Mapping[str, int],
        found: FindingCollector,
    ) -> None:
        self._columns, self._times, self._source, self._counts = columns, times, source, counts
        self._kind, self._constants = profile.kind, profile.constants
        self._irregular = Irregularities(profile, columns, times, found)
        self._meanings = {entry.source: (entry.status, entry.hold_reason) for entry in profile.statuses}
        self._initial = (str(profile.work_kind.table.initial.value), None)
        self._missing = frozenset(profile.missing)
        self._fields: dict[str, list[str]] = {}
        for name, column in profile.fields:
            self._fields.setdefault(column, []).append(name)
        self._meant = [(columns.index(column), column) for column in self._fields]
        self._id, self._status = columns.index(profile.id), columns.index(profile.status)
        self._time = columns.index(profile.updated_at)
        self._actor_of = _actors(profile, columns)
        self._open: dict[str, History] = {}

    def take(self, line: int, row: list[str]) -> ImportedItem | None:
        """Take one row; answer the item when this was its last."""
        id = row[self._id]
        time = self._times(row[self._time])
        item = self._open.get(id)
        received_at = None
        if item is None:
            meaning = self._meanings.get(row[self._status], self._initial)
            item = self._open[id] = History(id, line, row, time, meaning)
            attributes, fields = self._first(row)
            self._irregular.begin(item)
            received_at = item.received.instant if item.received else None
        else:
            meaning = self._meanings.get(row[self._status], item.meaning)
            attributes, fields = self._changes(row, item.row)
            self._irregular.go_on(item, line, row, time, meaning)
        fact = observation(
            self._kind,
            meaning[0],
            row[self._status],
            meaning[1],
            fields,
            attributes,
            received_at,
            self._source,
            line,
            self._actor_of(row),
            time.instant,
        )
        item.facts.append(fact)
        return self._finished(item) if len(item.facts) == self._counts[id] else None

    def _finished(self, item: History) -> ImportedItem:
        del self._open[item.id]
        self._irregular.finish(item)
        return ImportedItem(kind=self._kind, id=item.id, facts=tuple(item.facts))

    def _first(self, row: list[str]) -> tuple[Attributes, Attributes]:
        missing = self._missing
        attributes = [(name, None if cell in missing else cell) for name, cell in zip(self._columns, row, strict=True)]
        # The cells with a meaning are few; a missing one leaves the field as it is anyway.
        cells = [(name, row[index]) for index, name in self._meant]
        given = [field for name, cell in cells if cell and cell not in missing for field in self._named(name, cell)]
        return tuple(attributes), (*self._constants, *given)

    def _changes(self, row: list[str], before: list[str]) -> tuple[Attributes, Attributes]:
        missing, known = self._missing, self._fields
        cells = zip(self._columns, row, before, strict=True)
        attributes = [(name, None if cell in missing else cell) for name, cell, old in cells if cell != old]
        fields = [field for name, value in attributes if name in known for field in self._named(name, value)]
        return tuple(attributes), tuple(fields)

    def _named(self, column: str, value: str | None) -> list[tuple[str, str | None]]:
        return [(name, value or ("" if name in _TEXT_FIELDS else None)) for name in self._fields[column]]


def _actors(profile: LogProfile, columns: tuple[str, ...]) -> Callable[[list[str]], Actor]:
    importer = Actor.system("import")
    if profile.actor is None:
        return lambda _: importer
    index = columns.index(profile.actor)
    known = dict.fromkeys(profile.missing, importer)

    def actor_of(row: list[str]) -> Actor:
        actor = known.get(row[index])
        if actor is None:
            actor = known[row[index]] = Actor.staff(row[index])
        return actor

    return actor_of
