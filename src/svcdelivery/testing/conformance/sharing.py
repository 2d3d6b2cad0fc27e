"""Scenarios of transactions: rollback, snapshots, threads, reopening."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from svcdelivery.errors import Conflict, InvalidValueError, ServiceDeliveryError, StoreError
from svcdelivery.storage.chain import verify
from svcdelivery.storage.protocol import Capability, Due, Query, Record
from svcdelivery.testing.conformance.kit import (
    START,
    Lab,
    NotKeptError,
    Scenario,
    expect,
    later,
    refused,
    scenario,
    texts,
    write,
)

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []
_PATIENCE_SECONDS = 30


@scenario(SCENARIOS, "rollback")
def a_unit_that_raises_leaves_nothing(lab: Lab) -> None:
    """When the block raises, facts, key, records and wake-ups are as they were, and the error comes through."""
    lab.append(write("a", "1"))
    with lab.unit() as unit:
        unit.records.put([Record(kind="request", id="1", stream="a", version=1, data={"n": 1})])
        unit.timers.arm([Due(stream="a", name="t", due_at=later(5))])
    before = (lab.head(), _state(lab))

    def fail() -> None:
        with lab.unit() as unit:
            unit.journal.append([write("a", "2"), write("b", "1")], key="k", intent="i", now=later(9))
            unit.records.put([Record(kind="request", id=id, stream="a", version=2) for id in ("1", "2")])
            unit.timers.arm([Due(stream="a", name="t", due_at=None), Due(stream="b", name="t", due_at=START)])
            raise InvalidValueError(what="a value", value="the unit is made to fail")

    refused(InvalidValueError, fail, "a unit that raises")
    expect((lab.head(), _state(lab)), before, "the store after a unit that raised")
    lab.append(write("a", "2", expected=1), key="k", intent="other")


def _state(lab: Lab) -> object:
    with lab.unit(write=False) as unit:
        return (
            [entry.hash for entry in unit.feed.entries()],
            unit.records.find(Query(kind="request")),
            list(unit.timers.of("a")),
            list(unit.timers.of("b")),
        )


@scenario(SCENARIOS, "rollback")
def claims_are_undone_with_their_unit(lab: Lab) -> None:
    """A claim that was rolled back holds nobody up."""
    with lab.unit() as unit:
        unit.timers.arm([Due(stream="a", name="t", due_at=START)])

    def fail() -> None:
        with lab.unit() as unit:
            expect(len(unit.timers.claim(START, now=START, until=later(10), owner="w")), 1, "claims")
            raise InvalidValueError(what="a value", value="the unit is made to fail")

    refused(InvalidValueError, fail, "a unit that raises")
    with lab.unit() as unit:
        expect(len(unit.timers.claim(START, now=START, until=later(10), owner="v")), 1, "claims after the rollback")


@scenario(SCENARIOS, "units")
def units_opened_for_reading_do_not_write(lab: Lab) -> None:
    """A unit opened with `write=False` refuses every change."""
    with lab.unit(write=False) as unit:
        append = unit.journal.append
        refused(StoreError, lambda: append([write("a", "1")], key="k", intent="i", now=START), "an append")
        record = Record(kind="request", id="1", stream="a", version=1)
        refused(StoreError, lambda: unit.records.put([record]), "a record")
        refused(StoreError, lambda: unit.timers.arm([Due(stream="a", name="t", due_at=START)]), "a wake-up")
        refused(StoreError, lambda: unit.timers.claim(START, now=START, until=later(1), owner="w"), "a claim")
    expect(lab.feed(), [], "facts")


@scenario(SCENARIOS, "units")
def a_unit_that_ended_is_of_no_use(lab: Lab) -> None:
    """What is kept of a unit past its block refuses to read and to write."""
    with lab.unit() as unit:
        pass
    append = unit.journal.append
    refused(StoreError, lambda: append([write("a", "1")], key="k", intent="i", now=START), "an append after the end")
    refused(StoreError, lambda: unit.journal.load("a"), "reading after the end")
    expect(lab.feed(), [], "facts")


@scenario(SCENARIOS, "units")
def a_closed_store_opens_no_units(lab: Lab) -> None:
    """After `close`, which may be called twice, units are refused."""
    lab.store.close()
    lab.store.close()
    refused(StoreError, lab.feed, "a unit of a closed store")


@scenario(SCENARIOS, "units")
def tenants_have_names(lab: Lab) -> None:
    """The name of a tenant is an identifier."""
    for name in ("", " a", "a\n"):
        refused(InvalidValueError, partial(lab.append, write("a", "1"), tenant=name), f"the tenant {name!r}")


@scenario(SCENARIOS, "snapshots")
def a_reading_unit_sees_one_moment(lab: Lab) -> None:
    """A reading unit sees the store as it was when it began, whatever is committed meanwhile."""
    lab.append(write("a", "1"))
    with lab.unit() as unit:
        unit.records.put([Record(kind="request", id="1", stream="a", version=1)])
        unit.timers.arm([Due(stream="a", name="t", due_at=later(5))])

    def change() -> None:
        with lab.unit() as other:
            other.journal.append([write("a", "2"), write("b", "1")], key="meanwhile", intent="i", now=START)
            other.records.put([Record(kind="request", id=id, stream="a", version=2) for id in ("0", "1", "2")])
            other.timers.arm([Due(stream="a", name="t", due_at=None), Due(stream="a", name="u", due_at=START)])

    with lab.unit(write=False) as unit:
        _elsewhere(change)
        expect(texts(unit.journal.load("a")), ["1"], "facts of the stream")
        expect(list(unit.journal.load("b")), [], "facts of a stream begun meanwhile")
        expect(unit.journal.receipt("meanwhile", "i"), None, "a key used meanwhile")
        expect(len(unit.feed.read()), 1, "facts of the feed")
        expect(unit.feed.head().position, 1, "the head")
        expect([record.id for record in unit.records.find(Query(kind="request")).items], ["1"], "ids of records")
        record = unit.records.get("request", "1")
        expect(record is not None and record.version, 1, "the version of the record")
        expect([due.name for due in unit.timers.of("a")], ["t"], "wake-ups")
        expect(unit.timers.next_due(), later(5), "the next wake-up")
    expect(texts(lab.load("a")), ["1", "2"], "facts seen by the next unit")


@scenario(SCENARIOS, "snapshots")
def nothing_is_seen_before_its_commit(lab: Lab) -> None:
    """Others do not see what an open unit has written."""
    seen: list[int] = []
    with lab.unit() as unit:
        unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
        unit.timers.arm([Due(stream="a", name="t", due_at=START)])
        expect(len(unit.journal.load("a")), 1, "facts the unit itself sees")
        _elsewhere(lambda: seen.extend([len(lab.load("a")), lab.head().position]))
    expect(seen, [0, 0], "facts and head seen by another unit")


@scenario(SCENARIOS, "threads")
def writers_take_turns(lab: Lab) -> None:
    """Several threads that append at once lose nothing, double nothing, and leave no gap."""
    writers, each = 4, 15

    def work(number: int) -> None:
        for turn in range(each):
            _until_no_conflict(lab, number, turn)

    _all_at_once([partial(work, number) for number in range(writers)])
    facts = lab.feed()
    expect([fact.position for fact in facts], list(range(1, writers * each * 2 + 1)), "positions")
    expect([fact.version for fact in lab.load("shared")], list(range(1, writers * each + 1)), "versions of the stream")
    wanted = {f"{number}:{turn}" for number in range(writers) for turn in range(each)}
    expect(sorted(texts(lab.load("shared"))), sorted(wanted), "facts of the stream all write")
    expect(verify(lab.entries(), "main", head=lab.head()).sound, True, "that the chain is sound")


def _until_no_conflict(lab: Lab, number: int, turn: int) -> None:
    text = f"{number}:{turn}"
    while True:
        version = len(lab.load("shared"))
        try:
            with lab.unit() as unit:
                writes = [write("shared", text, expected=version), write(f"own-{number}", text)]
                unit.journal.append(writes, key=text, intent="i", now=later(turn))
        except Conflict:
            continue
        return


@scenario(SCENARIOS, "threads")
def one_key_raced_for_applies_once(lab: Lab) -> None:
    """Threads that send the same command at once all get the receipt of one of them."""
    receipts: list[bool] = []

    def send() -> None:
        with lab.unit() as unit:
            receipt = unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
        receipts.append(receipt.replayed)

    _all_at_once([send] * 4)
    expect(sorted(receipts), [False, True, True, True], "which receipts are replayed")
    expect(texts(lab.feed()), ["1"], "facts")


@scenario(SCENARIOS, "durable", Capability.DURABLE)
def what_was_committed_is_there_after_reopening(lab: Lab) -> None:
    """A store opened again holds the same bytes, keys, records, wake-ups and fences."""
    first = lab.append(write("a", "1", "2"), write("b", "3"), key="k", intent="i", now=later(7))
    with lab.unit() as unit:
        unit.records.put([Record(kind="request", id="1", stream="a", version=2, data={"é": [1, None]})])
        unit.timers.arm([Due(stream="a", name=name, due_at=START) for name in ("t", "u")])
        (claim,) = unit.timers.claim(START, now=START, until=later(5), owner="w", limit=1)
    before = (lab.entries(), lab.head(), _state(lab))
    lab.reopen()
    expect((lab.entries(), lab.head(), _state(lab)), before, "the store after reopening")
    again = lab.append(write("a", "x"), key="k", intent="i")
    expect((again.replayed, again.facts), (True, first.facts), "the receipt of a key from before")
    lab.append(write("a", "4", expected=2), now=START)
    expect(lab.head().recorded_at, later(7), "the recorded time after reopening with an earlier clock")
    with lab.unit() as unit:
        (other,) = unit.timers.claim(START, now=later(5), until=later(9), owner="v", limit=1)
        expect(other.due.name, claim.due.name, "the wake-up claimed again")
        expect(other.fence > claim.fence, True, "that fences grow past reopening")
        expect(unit.timers.settle(claim), False, "settling the claim from before")


def _elsewhere(work: Callable[[], object]) -> None:
    _all_at_once([work])


def _all_at_once(works: list[Callable[[], object]]) -> None:
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait(_PATIENCE_SECONDS)
            work()
        except BaseException as error:  # noqa: BLE001  it is raised again in the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE_SECONDS)
    if any(thread.is_alive() for thread in threads):
        raise NotKeptError(f"a thread did not end within {_PATIENCE_SECONDS} seconds")
    for error in errors:
        if isinstance(error, NotKeptError | ServiceDeliveryError):
            raise NotKeptError(f"in a thread: {type(error).__name__}: {error}") from error
        raise error
