"""Scenarios of transactions: rollback, snapshots, threads, reopening."""

from __future__ import annotations

import threading
from functools import partial

from svcdelivery.errors import Conflict, InvalidValueError, StoreError
from svcdelivery.storage.chain import verify
from svcdelivery.storage.protocol import Capability, Due, Message, Query, Record, Store
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
_MOMENT_SECONDS = 0.005
_MOMENTS = 30
_TURNS_MOST = 1000


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
        message = Message(id="m", topic="mail", stream="a", due_at=START)
        refused(StoreError, lambda: unit.outbox.put([message]), "a message")
        refused(StoreError, lambda: unit.outbox.claim(START, now=START, until=later(1), owner="w"), "a parcel")
        refused(StoreError, lambda: unit.marks.put("f", 0), "a mark")
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
        unit.outbox.put([Message(id="m", topic="mail", stream="a", due_at=START)])

    def change() -> None:
        with lab.unit() as other:
            other.journal.append([write("a", "2"), write("b", "1")], key="meanwhile", intent="i", now=START)
            other.records.put([Record(kind="request", id=id, stream="a", version=2) for id in ("0", "1", "2")])
            other.timers.arm([Due(stream="a", name="t", due_at=None), Due(stream="a", name="u", due_at=START)])
            other.outbox.put([Message(id="n", topic="mail", stream="a", due_at=later(-1))])
            other.marks.put("f", 2)

    with lab.unit(write=False) as unit:
        lab.elsewhere(change)
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
        expect([message.id for message in unit.outbox.waiting(START)], ["m"], "messages")
        expect(unit.marks.get("f"), 0, "the mark")
    expect(texts(lab.load("a")), ["1", "2"], "facts seen by the next unit")


@scenario(SCENARIOS, "snapshots")
def nothing_is_seen_before_its_commit(lab: Lab) -> None:
    """Others do not see what an open unit has written."""
    seen: list[int] = []
    with lab.unit() as unit:
        unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
        unit.timers.arm([Due(stream="a", name="t", due_at=START)])
        expect(len(unit.journal.load("a")), 1, "facts the unit itself sees")
        lab.elsewhere(lambda: seen.extend([len(lab.load("a")), lab.head().position]))
    expect(seen, [0, 0], "facts and head seen by another unit")


@scenario(SCENARIOS, "threads")
def writers_take_turns(lab: Lab) -> None:
    """Several threads that append at once lose nothing, double nothing, and leave no gap."""
    writers, each = 4, 15

    def work(number: int) -> None:
        for turn in range(each):
            _until_no_conflict(lab.store, number, turn)

    lab.at_once([partial(work, number) for number in range(writers)])
    _expect_turns(lab, writers, each)


@scenario(SCENARIOS, "threads")
def a_writer_who_waited_sees_what_was_written_meanwhile(lab: Lab) -> None:
    """Keys, versions and times are looked up once the writer before is done, not while waiting for it."""
    _let_one_wait(lab, lab.store)


@scenario(SCENARIOS, "threads", Capability.MULTI_WRITER)
def a_store_that_waited_sees_what_another_wrote_meanwhile(lab: Lab) -> None:
    """The same holds between stores of one place; and who reads first and writes then does not find the place taken."""
    _let_one_wait(lab, lab.another())


def _let_one_wait(lab: Lab, other: Store) -> None:
    answers: list[object] = []
    begun, done = threading.Event(), threading.Event()

    def send() -> None:
        begun.set()
        with other.unit("main") as unit:
            # With an expected version, so that it would be a conflict if the key were not asked first.
            writes = [write("a", "2", expected=0)]
            receipt = unit.journal.append(writes, key="k", intent="i", now=START)
            more = unit.journal.append([write("a", "3", expected=1)], key="l", intent="i", now=START).facts[0]
            answers.extend([receipt.replayed, texts(receipt.facts), more.position, more.recorded_at])
        done.set()

    with lab.unit() as unit:
        unit.feed.head()
        wait = lab.begun(send)
        begun.wait(lab.patience_seconds)
        # Whoever has to wait is not done until this unit ends; a while too short asks less, and is no false alarm. In
        # many short moments instead of a long one, since a busy machine may pass over both threads for a long one.
        any(done.wait(_MOMENT_SECONDS) for _ in range(_MOMENTS))
        unit.journal.append([write("a", "1", expected=0)], key="k", intent="i", now=later(5))
    wait()
    expect(answers, [True, ["1"], 2, later(5)], "replayed, its facts, position and recorded time of who waited")
    expect(texts(lab.feed()), ["1", "3"], "facts")


@scenario(SCENARIOS, "threads", Capability.MULTI_WRITER)
def stores_of_one_place_take_turns(lab: Lab) -> None:
    """Several stores that were opened in one place, as by several processes, write at once and none is in the way."""
    writers, each = 3, 8
    stores = [lab.store, *(lab.another() for _ in range(writers - 1))]

    def work(number: int) -> None:
        for turn in range(each):
            _until_no_conflict(stores[number], number, turn)
            # A writer that reads before it writes must not find the place taken when it comes to write.
            with stores[number].unit("main") as unit:
                position = unit.feed.head().position
                unit.marks.put(f"f{number}", position)
                unit.outbox.put([Message(id=f"{number}:{turn}", topic="mail", stream="a", due_at=START)])

    lab.at_once([partial(work, number) for number in range(writers)])
    _expect_turns(lab, writers, each)
    with lab.unit(write=False) as unit:
        expect(len(unit.outbox.waiting(START)), writers * each, "messages of all")


@scenario(SCENARIOS, "threads", Capability.MULTI_WRITER)
def what_one_store_commits_another_sees(lab: Lab) -> None:
    """A store keeps nothing to itself: what another store of its place commits is there for its next unit."""
    other = lab.another()
    first = lab.append(write("a", "1", expected=0), key="k1", intent="i", now=later(9))
    with other.unit("main") as unit:
        again = unit.journal.append([write("a", "x", expected=0)], key="k1", intent="i", now=START)
        expect((again.replayed, again.facts), (True, first.facts), "the receipt of a key another store took")
        second = unit.journal.append([write("a", "2", expected=1)], key="k2", intent="i", now=START).facts[0]
        expect((second.position, second.recorded_at), (2, later(9)), "position and recorded time")
        unit.timers.arm([Due(stream="a", name="t", due_at=START)])
        (claim,) = unit.timers.claim(START, now=START, until=later(5), owner="w")
    with lab.unit() as unit:
        expect(texts(unit.journal.load("a")), ["1", "2"], "facts of both")
        unit.journal.append([write("a", "3", expected=2)], key="k3", intent="i", now=START)
        (later_claim,) = unit.timers.claim(START, now=later(5), until=later(9), owner="v")
        expect(later_claim.fence > claim.fence, True, "that fences grow across stores")
    with other.unit("main") as unit:
        expect(unit.timers.settle(claim), False, "settling a claim that another store took over")
    expect([fact.position for fact in lab.feed()], [1, 2, 3], "positions")
    expect(verify(lab.entries(), "main", head=lab.head()).finding, None, "what is wrong with the chain")


def _expect_turns(lab: Lab, writers: int, each: int) -> None:
    facts = lab.feed()
    expect([fact.position for fact in facts], list(range(1, writers * each * 2 + 1)), "positions")
    expect([fact.version for fact in lab.load("shared")], list(range(1, writers * each + 1)), "versions of the stream")
    wanted = {f"{number}:{turn}" for number in range(writers) for turn in range(each)}
    expect(sorted(texts(lab.load("shared"))), sorted(wanted), "facts of the stream all write")
    expect(verify(lab.entries(), "main", head=lab.head()).sound, True, "that the chain is sound")


def _until_no_conflict(store: Store, number: int, turn: int) -> None:
    text = f"{number}:{turn}"
    for _ in range(_TURNS_MOST):
        with store.unit("main", write=False) as unit:
            version = len(unit.journal.load("shared"))
        try:
            with store.unit("main") as unit:
                writes = [write("shared", text, expected=version), write(f"own-{number}", text)]
                unit.journal.append(writes, key=text, intent="i", now=later(turn))
        except Conflict:
            continue
        return
    raise NotKeptError(f"{_TURNS_MOST} times in a row another writer came before")


@scenario(SCENARIOS, "threads")
def one_key_raced_for_applies_once(lab: Lab) -> None:
    """Threads that send the same command at once all get the receipt of one of them."""
    receipts: list[bool] = []

    def send() -> None:
        with lab.unit() as unit:
            receipt = unit.journal.append([write("a", "1")], key="k", intent="i", now=START)
        receipts.append(receipt.replayed)

    lab.at_once([send] * 4)
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
