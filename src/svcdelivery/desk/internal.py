"""Commands of the provider's own: one stream of facts, decided by who may manage what is internal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen

from svcdelivery.desk.ask import Ask
from svcdelivery.desk.duties import foreseen, new_facts
from svcdelivery.desk.engine import Engine, Judged, Written
from svcdelivery.desk.outcome import Outcome
from svcdelivery.errors import NotFoundError
from svcdelivery.facts import Fact
from svcdelivery.security import Decision, decide_internal
from svcdelivery.storage.protocol import Receipt, Record, Unit, Write
from svcdelivery.timeline import Instant

__all__ = ["Aggregate", "Said", "act", "part_key"]

R = TypeVar("R")


@frozen
class Aggregate(Generic[R]):
    """What is kept in one stream each.

    Attributes:
        what: Its name in messages, such as `corrective action`.
        command: The first part of the names of its commands, such as `action`.
        stream: Answers the stream of an id.
        fold: Answers the record its facts tell, None for no facts.
        row: Answers the row it is found by, None where it needs none.
    """

    what: str
    command: str
    stream: Callable[[str], str]
    fold: Callable[[Iterable[Fact[Any]]], R | None]
    row: Callable[[R], Record | None]


@frozen
class Said(Generic[R]):
    """What a command comes to.

    Attributes:
        bodies: Facts of the stream.
        others: Facts of other streams, with the versions they rely on.
        rows: Rows of what the others changed.
    """

    bodies: Sequence[Any]
    others: Sequence[tuple[str, int, Sequence[Any]]] = ()
    rows: Sequence[Record] = ()


def act(
    engine: Engine,
    aggregate: Aggregate[R],
    ask: Ask,
    make: Callable[[R | None, Unit, Instant], Said[R]],
    *,
    creates: bool = False,
) -> Outcome[R]:
    """Run a command on one stream.

    Args:
        make: Answers what is said, from the record as it stands; it may refuse. Asked again on a conflict.
        creates: Whether the stream may be empty before. What is asked for without an id then gets one.

    Raises:
        NotFoundError: Nothing of that id, unless the command makes it.
        NotPermittedError: `ask.by` is neither active staff nor a program of the host; the denial is on record.
    """
    every = aggregate.stream("")

    def judge(unit: Unit, now: Instant) -> Judged:
        # The id is no part of what was asked: asked again, the first one is found by the key.
        seed = f"{engine.tenant}/{aggregate.command}/{ask.key}"
        id = ask.id if ask.id or not creates else engine.ids.new(seed=seed, now=now)
        stream = aggregate.stream(id)
        person = engine.directory.person(ask.by.id)
        action = f"{ask.action}_{aggregate.command}"
        decision = decide_internal(actor=ask.by, action=action, item=stream, person=person, at=now)
        if not decision.allowed:
            return Judged(decision=decision)
        facts = tuple(unit.journal.load(stream))
        record = aggregate.fold(facts)
        if record is None and not creates:
            raise NotFoundError(what=aggregate.what, id=id)
        said = make(record, unit, now)
        grown = aggregate.fold(foreseen(stream, facts, said.bodies, by=ask.by, now=now))
        assert grown is not None, "a foreseen fact folds"
        row = aggregate.row(grown)
        version = facts[-1].version if facts else 0
        writes = [
            Write(stream=name, expected=expected, facts=new_facts(bodies, by=ask.by, now=now))
            for name, expected, bodies in ((stream, version, said.bodies), *said.others)
            if bodies
        ]
        rows = (*said.rows, *(() if row is None else (evolve(row, version=version + len(said.bodies)),)))
        written = Written(answer=(grown, ()), records=rows)
        return Judged(decision=decision, writes=tuple(writes), after=lambda _recorded, _unit: written)

    def outcome(unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[R]:
        named = aggregate.stream(ask.id)
        own = [f for f in receipt.facts if (f.stream == named if ask.id else f.stream.startswith(every))]
        stream, upto = (own[-1].stream, own[-1].version) if own else (named, None)
        record = aggregate.fold(unit.journal.load(stream, upto=upto))
        assert record is not None, "a receipt names recorded facts"
        return Outcome(record=record, facts=receipt.facts, decision=decision, replayed=receipt.replayed)

    return engine.run(f"{aggregate.command}.{ask.action}", ask, judge=judge, outcome=outcome)


def part_key(key: str, part: str) -> str:
    """Answer the key of a part of a command: no caller gives it, and no other part gets it."""
    return f"part {sha256(f'{key}/{part}'.encode()).hexdigest()}"
