"""Loading an item, and looking for what is due, against the bare queries."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks.harness import Row, compare, cpu_seconds
from benchmarks.storage.workload import START_US, at, by_hand
from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.storage.codec import encode_body
from svcdelivery.storage.protocol import ArchiveRow, ArchiveTable
from svcdelivery.storage.sqlite import SqliteStore, build_sqlite
from svcdelivery.storage.sqlite.schema import SQL
from svcdelivery.storage.transfer.tenant import archived
from svcdelivery.work import Accepted, Assigned, Audience, MessagePosted, RequestReceived, Started, fold_work

__all__ = ["rows"]

_ITEMS = 50_000
_FACTS = 20
_LOADS = 300
_FEW, _MANY = 1_000, 1_000_000
_ASKED = 300
_SEED = 20_261_122


def rows(folder: Path) -> list[Row]:
    """Measure a load with its fold, and the question whether anything is due."""
    return [_load(folder), *_due(folder)]


def _history(number: int) -> tuple[NewFact[object], ...]:
    ann, bob = Actor.end_user("ann"), Actor.staff("bob")
    received = RequestReceived(
        customer="acme", service="email", requester="ann", agreement="acme-1", revision=1, summary=f"mailbox {number}"
    )
    bodies: list[tuple[object, Actor]] = [
        (received, ann), (Accepted(), bob), (Assigned(team="desk", assignee="bob"), bob), (Started(), bob)
    ]  # fmt: skip
    for turn in range(_FACTS - len(bodies)):
        said = MessagePosted(audience=Audience.REQUESTER, text=f"message {turn} about the mailbox, as people write")
        bodies.append((said, bob if turn % 2 else ann))
    return tuple(
        NewFact(body=body, actor=actor, occurred_at=at(number * 100 + n)) for n, (body, actor) in enumerate(bodies)
    )


def _load(folder: Path) -> Row:
    path = folder / "load.db"
    _scatter(path)
    drawn = random.Random(_SEED)
    chosen = [f"request:{drawn.randrange(_ITEMS)}" for _ in range(_LOADS)]
    with SqliteStore(path) as store, closing(by_hand(path)) as raw:

        def ours() -> None:
            for stream in chosen:
                with store.unit("main", write=False) as unit:
                    fold_work(unit.journal.load(stream))

        def baseline() -> None:
            for stream in chosen:
                raw.execute(SQL.of_stream, ("main", stream, 0, 2**63 - 1)).fetchall()

        name = f"load and fold of {_FACTS} facts among {_ITEMS * _FACTS:,}, bare SELECT"
        return Row.at_most(name, *compare(ours, baseline, passes=7), 2)


def _scatter(path: Path) -> None:
    """Write one fact of each item after another: what belongs together lies apart, as it does in a log."""
    history = _history(0)
    encoded = [(str(new.actor), *encode_body(new.body)) for new in history]
    with build_sqlite(path) as store, archived(store, "main", write=True) as unit:
        position = 0
        for turn, (actor, type, payload) in enumerate(encoded):
            for first in range(0, _ITEMS, 10_000):
                rows: list[ArchiveRow] = []
                for number in range(first, min(first + 10_000, _ITEMS)):
                    position += 1
                    when = START_US + number * 100 + turn
                    stream = f"request:{number * 7919 % _ITEMS}"
                    rows.append((position, stream, turn + 1, type, when, when, actor, payload, bytes(32)))
                unit.archive.write(ArchiveTable.FACTS, rows)


def _due(folder: Path) -> list[Row]:
    few, many = folder / "few.db", folder / "many.db"
    measured = {}
    rows = []
    for path, size in ((few, _FEW), (many, _MANY)):
        _arm(path, size)
        with SqliteStore(path) as store, closing(by_hand(path)) as raw:

            def baseline(raw=raw) -> None:  # type: ignore[no-untyped-def]
                for _ in range(_ASKED):
                    raw.execute("BEGIN")
                    raw.execute(SQL.due, ("main", START_US - 1, 100)).fetchall()
                    raw.execute("COMMIT")

            ours = _asking(store)
            name = f"anything due? among {size:,} clocks, bare query"
            rows.append(Row.at_most(name, *compare(ours, baseline, passes=9), 2))
            measured[size] = cpu_seconds(ours, passes=9)
    flat = Row.at_most(f"anything due? {_MANY:,} against {_FEW:,} clocks", measured[_MANY], measured[_FEW], 1.3)
    return [*rows, flat]


def _asking(store: SqliteStore) -> Callable[[], None]:
    upto = at(-1)

    def ours() -> None:
        for _ in range(_ASKED):
            with store.unit("main", write=False) as unit:
                unit.timers.due(upto)

    return ours


def _arm(path: Path, size: int) -> None:
    with build_sqlite(path) as store, archived(store, "main", write=True) as unit:
        for first in range(0, size, 10_000):
            numbers = range(first, min(first + 10_000, size))
            rows: list[ArchiveRow] = [(f"incident:{n}", "due", START_US + n * 7919 % size) for n in numbers]
            unit.archive.write(ArchiveTable.TIMERS, rows)
