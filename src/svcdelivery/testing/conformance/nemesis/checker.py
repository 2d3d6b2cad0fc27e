"""What a store holds after a run, held against what was acknowledged: nothing lost, doubled, torn or left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import Factory, define, frozen

from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.storage.chain import entries_of, verify
from svcdelivery.storage.codec import fact_of_entry
from svcdelivery.storage.protocol import Entry, Query, Store, Unit
from svcdelivery.testing.conformance.kit import Noted, later
from svcdelivery.testing.conformance.nemesis.work import DELIVERED, FIRED, KIND, NEXT, TENANT, DrawnCommand, command_of

__all__ = ["KINDS", "Flaw", "RunHistory", "StoreVerdict", "check_store"]

KINDS = ("lost", "doubled", "torn", "gap", "disagreement", "failed")
"""Of flaws."""
_ALL = 100_000_000
_ALWAYS = later(400 * 86_400_000_000)


@frozen(kw_only=True)
class Flaw:
    """Something that must not be.

    Attributes:
        kind: `lost`, `doubled`, `torn`, `gap`, `disagreement` (of records, wake-ups, messages or marks with facts), or
            `failed`, when a process or the store itself could not go on.
    """

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


@define
class RunHistory:
    """What writers and workers were told.

    Attributes:
        done: The first position and the number of facts, by the key of the command.
        taken: What was taken out, as `fired KEY` and `delivered KEY`.
        denied: The keys of commands that were denied, which is on record too.
        counts: What else happened, counted.
        flaws: What processes saw themselves.
    """

    done: dict[str, tuple[int, int]] = Factory(dict)
    taken: set[str] = Factory(set)
    denied: set[str] = Factory(set)
    counts: Counter[str] = Factory(Counter)
    flaws: list[Flaw] = Factory(list)


@frozen(kw_only=True)
class StoreVerdict:
    """What a store was found to hold.

    Attributes:
        commands: How many are there, acknowledged or not.
        lost: Acknowledged commands that are not there.
    """

    commands: int
    facts: int
    lost: frozenset[str]
    flaws: tuple[Flaw, ...]


def check_store(store: Store, seed: int, history: RunHistory) -> StoreVerdict:
    """Read all a store holds and hold it against the history and against itself.

    A command that was not acknowledged may be there or not, but whole. A store that cannot be read is a flaw.
    """
    found = _Found(seed)
    lost: set[str] = set()
    try:
        with store.unit(TENANT, write=False) as unit:
            _journal(unit, found)
            lost = _acknowledged(unit, found, history)
            _derived(unit, found)
    except ServiceDeliveryError as error:
        found.flaw("failed", f"the store cannot be read: {error}")
    return StoreVerdict(commands=len(found.commands), facts=found.facts, lost=frozenset(lost), flaws=tuple(found.flaws))


class _Found:
    """What the journal says, command by command, and what follows from it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.facts = 0
        self.flaws: list[Flaw] = []
        self.commands: dict[str, int] = {}
        self.taken: Counter[str] = Counter()
        self.records: dict[str, tuple[int, str]] = {}
        self.wakeups: dict[tuple[str, str], object] = {}
        self.messages: dict[str, str] = {}
        self.marks: dict[str, int] = {}
        self._open: DrawnCommand | None = None
        self._next = 0
        self._versions: Counter[str] = Counter()

    def flaw(self, kind: str, what: str) -> None:
        self.flaws.append(Flaw(kind=kind, what=what))

    def take(self, entry: Entry) -> None:
        """Take in the next entry."""
        self.facts += 1
        if entry.position != self.facts:
            self.flaw("gap", f"position {entry.position} where {self.facts} is due")
        self._versions[entry.stream] += 1
        if entry.version != self._versions[entry.stream]:
            self.flaw("gap", f"version {entry.version} of {entry.stream} where {self._versions[entry.stream]} is due")
        body = fact_of_entry(entry).body
        if not isinstance(body, Noted):
            self.flaw("disagreement", f"position {entry.position} holds a fact nobody wrote")
        elif entry.stream in {FIRED, DELIVERED}:
            self.end()
            self._take_out(entry.stream, body.text)
        else:
            self._go_on(entry, body)

    def end(self) -> None:
        """Make sure that the command whose facts came last is whole, and note what follows from it."""
        command, self._open = self._open, None
        if command is None:
            return
        if self._next < len(command.streams):
            self.flaw("torn", f"{command.key} has {self._next} of {len(command.streams)} facts")
        self._follow(command)

    def _go_on(self, entry: Entry, body: Noted) -> None:
        if self._open is None or self._open.key != body.text or body.number == 0:
            self.end()
            self._begin(body.text, entry.position)
        command = self._open
        assert command is not None, "it has just begun"
        streams = command.streams
        if body.number != self._next or self._next >= len(streams) or streams[self._next] != entry.stream:
            self.flaw("torn", f"fact {body.number} of {command.key} at {entry.position} where {self._next} is due")
        self._next = body.number + 1

    def _begin(self, key: str, position: int) -> None:
        if key in self.commands:
            self.flaw("doubled", f"{key} is at {self.commands[key]} and again at {position}")
        self.commands[key] = position
        self._open, self._next = command_of(self.seed, key), 0

    def _follow(self, command: DrawnCommand) -> None:
        stream, key = command.stream, command.key
        self.records[stream] = (self._versions[stream], key)
        self.wakeups[stream, NEXT] = command.next_at
        if command.wakes_at is not None:
            self.wakeups[stream, key] = command.wakes_at
        if command.tells:
            self.messages[key] = stream
        if command.marks:
            self.marks[stream] = self.commands[key] + len(command.streams) - 1

    def _take_out(self, kind: str, key: str) -> None:
        self.taken[f"{kind} {key}"] += 1
        if self.taken[f"{kind} {key}"] > 1:
            self.flaw("doubled", f"{kind} {key}, once more")
            return
        stream = command_of(self.seed, key).stream
        gone = self.wakeups.pop((stream, key), None) if kind == FIRED else self.messages.pop(key, None)
        if gone is None:
            self.flaw("disagreement", f"{kind} {key}, which was not there to be taken out")


def _journal(unit: Unit, found: _Found) -> None:
    def taken() -> Iterator[Entry]:
        for entry in entries_of(unit.feed, page=2000):
            found.take(entry)
            yield entry

    entries = taken()
    report = verify(entries, TENANT, head=unit.feed.head())
    if report.finding is not None:
        found.flaw("gap", f"the chain: {report.finding.message}")
    # What comes behind the first bad place is looked at too.
    for _ in entries:
        pass
    found.end()


def _acknowledged(unit: Unit, found: _Found, history: RunHistory) -> set[str]:
    lost = set()
    for key, (first, size) in history.done.items():
        receipt = unit.journal.receipt(key, key)
        if key not in found.commands or receipt is None:
            lost.add(key)
        elif [fact.position for fact in receipt.facts] != list(range(first, first + size)):
            found.flaw("doubled", f"{key} was acknowledged at {first} and is at {found.commands[key]}")
    for key in sorted(lost):
        found.flaw("lost", f"{key}, acknowledged at {history.done[key][0]}")
    for one in sorted(history.taken - found.taken.keys()):
        found.flaw("lost", f"{one}, acknowledged")
    return lost


def _derived(unit: Unit, found: _Found) -> None:
    records = unit.records.find(Query(kind=KIND), limit=_ALL).items
    _compare(found, "record", {one.id: (one.version, one.data["key"]) for one in records}, found.records)
    armed = unit.timers.due(_ALWAYS, limit=_ALL)
    _compare(found, "wake-up", {(one.stream, one.name): one.due_at for one in armed}, found.wakeups)
    waiting = unit.outbox.waiting(_ALWAYS, limit=_ALL)
    _compare(found, "message", {one.id: one.stream for one in waiting}, found.messages)
    _compare(
        found,
        "mark",
        {name: unit.marks.get(name) for name in found.records},
        {name: found.marks.get(name, 0) for name in found.records},
    )


def _compare(found: _Found, what: str, is_there: Mapping[Any, Any], follows: Mapping[Any, Any]) -> None:
    for key in _unequal(is_there, follows):
        found.flaw("disagreement", f"{what} {key} is {is_there.get(key)}, by the facts {follows.get(key)}")


def _unequal(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> Iterable[Any]:
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]
