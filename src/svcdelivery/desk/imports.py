"""Imports at the desk: another system's log taken in whole, in one transaction, with nothing decided or invented."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from attrs import frozen

from svcdelivery.desk.duties import new_facts
from svcdelivery.desk.engine import Engine, decision_in
from svcdelivery.desk.rows import work_row
from svcdelivery.errors import InvalidValueError, NotPermittedError
from svcdelivery.facts import Fact, NewFact
from svcdelivery.identity import Actor, identifier
from svcdelivery.security import SECURITY_STREAM, Decided, Decision, decide_internal
from svcdelivery.storage.protocol import Record, Unit, Write
from svcdelivery.timeline import Instant, to_instant
from svcdelivery.work import Imported, ImportedItem, Observed, fold_work, import_stream, kind_named

__all__ = ["ImportDesk", "ImportOutcome"]

_ITEMS_A_WRITE = 500


@frozen
class ImportOutcome:
    """What an import put on record."""

    items: int
    facts: int
    replayed: bool


class ImportDesk:
    """Logs of other systems."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(
        self,
        items: Iterable[ImportedItem],
        *,
        source: str,
        describe: Callable[[int, int], Imported],
        by: Actor,
        key: str,
    ) -> ImportOutcome:
        """Take in items, all or none.

        Args:
            items: Drawn one after another within the transaction.
            source: Names the import in every observation.
            describe: Answers the import's own fact once all items are drawn, with the numbers of items and rows.
        """
        identifier(key, "a command key")
        with self._engine.store.unit(self._engine.tenant) as unit:
            now = to_instant(self._engine.time.now())
            earlier = unit.journal.receipt(key, f"import {source}")
            decision = decision_in(earlier) if earlier is not None else self._decide(source, by, now)
            assert decision is not None, "an import records its decision"
            if earlier is not None and decision.allowed:
                done = next(fact.body for fact in earlier.facts if isinstance(fact.body, Imported))
                return ImportOutcome(items=done.items, facts=done.rows, replayed=True)
            bodies: dict[str, object] = {SECURITY_STREAM: Decided.of(decision)}
            counted = rows = 0
            if decision.allowed:
                counted, rows = self._put_all(unit, items, key, now)
                bodies[import_stream(source)] = describe(counted, rows)
            writes = [
                Write(stream=stream, expected=None, facts=new_facts((body,), by=by, now=now))
                for stream, body in bodies.items()
            ]
            unit.journal.append(writes, key=key, intent=f"import {source}", now=now)
        if not decision.allowed:
            raise NotPermittedError(reasons=decision.reasons)
        return ImportOutcome(items=counted, facts=rows, replayed=False)

    def _put_all(self, unit: Unit, items: Iterable[ImportedItem], key: str, now: Instant) -> tuple[int, int]:
        counted = rows = 0
        for number, batch in enumerate(_batches(iter(items))):
            rows += self._put(unit, batch, f"{key}:{number}"[-200:], now)
            counted += len(batch)
        return counted, rows

    def _decide(self, source: str, by: Actor, now: Instant) -> Decision:
        person = self._engine.directory.person(by.id)
        return decide_internal(actor=by, action="import", item=import_stream(source), person=person, at=now)

    def _put(self, unit: Unit, batch: list[ImportedItem], key: str, now: Instant) -> int:
        writes: list[Write] = []
        records: list[Record] = []
        for item in batch:
            kind = kind_named(item.kind)
            stream = kind.stream(item.id)
            if not item.facts:
                raise InvalidValueError(what="an item with observations", value=item.id, path="items")
            writes.append(Write(stream=stream, expected=0, facts=item.facts))
            work = fold_work(_as_recorded(stream, item.facts, now))
            assert work is not None, "an item with observations folds"
            records.append(work_row(kind, work))
        receipt = unit.journal.append(writes, key=key, intent="import", now=now)
        unit.records.put(records)
        return len(receipt.facts)


def _batches(items: Iterator[ImportedItem]) -> Iterator[list[ImportedItem]]:
    while batch := list(islice(items, _ITEMS_A_WRITE)):
        yield batch


def _as_recorded(stream: str, facts: tuple[NewFact[Observed], ...], now: Instant) -> Iterator[Fact[Any]]:
    for version, fact in enumerate(facts, start=1):
        yield Fact(
            stream=stream,
            version=version,
            position=version,
            occurred_at=fact.occurred_at or now,
            recorded_at=now,
            actor=fact.actor,
            body=fact.body,
        )
