"""Scenarios of failure: whatever fails, nothing is half written, nothing stays locked, and the key finds out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import cycle
from random import Random

from attrs import evolve

from svcdelivery.errors import Busy, Conflict, InvalidValueError, KeyReused, StoreError, Unknown
from svcdelivery.storage.chain import verify
from svcdelivery.storage.protocol import Capability, Due, Message, Query, Record, Store, Unit
from svcdelivery.testing.conformance.complaints import said
from svcdelivery.testing.conformance.faulty import Fault, Faulty, lost_acknowledgement
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

_TRIES_MOST = 20


class _PulledOutError(Exception):
    """What no adapter can know of."""


class _StoppedError(BaseException):
    """As when somebody presses Ctrl-C, or a task is cancelled."""


@scenario(SCENARIOS, "faults")
def a_fault_at_any_call_leaves_nothing(lab: Lab) -> None:
    """Whichever call of a unit fails, and however, nothing of the unit is there, and the next unit does all of it."""
    _prepare(lab)
    store = Faulty(lab.store)
    before = _everything(lab)
    errors = cycle([_PulledOutError, Busy, _StoppedError])
    for fault in _each_fault(store):
        made = next(errors)()
        store.plan(evolve(fault, error=partial(_itself, made)))
        what = f"after a failure {'after' if fault.after else 'before'} `{fault.call}`"
        _fails(made, partial(_story, store), what)
        expect(_everything(lab), before, f"the store {what}")
    store.plan()
    _story(store)
    expect(texts(lab.feed()), ["0", "1", "2", "3"], "facts of the unit that did not fail")
    expect(_everything(lab) == before, False, "that the unit which did not fail changed nothing")
    expect(verify(lab.entries(), "main", head=lab.head()).finding, None, "what is wrong with the chain")


@scenario(SCENARIOS, "faults")
def nothing_stays_locked_after_a_fault(lab: Lab) -> None:
    """After a failed unit, of whichever kind, another thread writes and reads at once, as often as it happens."""
    made = _StoppedError()
    store = Faulty(lab.store)
    for turn in range(24):
        call, after = (("begin", True), ("journal.append", False), ("journal.append", True), ("commit", False))[
            turn % 4
        ]
        store.plan(Fault(call=call, after=after, error=partial(_itself, made)))
        _fails(made, lambda: _add(store, "lost", "lost"), "a unit that fails")
        _fails(made, partial(_raise_in, lab, made, writes=False), "a unit for reading that fails")
        if turn % 8 == 0:
            lab.elsewhere(partial(_add, lab.store, f"k{turn}", str(turn)))
    expect(texts(lab.feed()), ["0", "8", "16"], "facts")


@scenario(SCENARIOS, "faults")
def an_error_comes_through_as_it_is(lab: Lab) -> None:
    """What the block of a unit raises leaves it as it is: neither swallowed nor made into something else."""
    for made in (_PulledOutError("x"), InvalidValueError(what="a value", value="x"), _StoppedError(), Busy()):
        for writes in (True, False):
            _fails(made, partial(_raise_in, lab, made, writes=writes), f"{made.__class__.__name__} in a unit")


@scenario(SCENARIOS, "faults")
def a_lost_acknowledgement_is_healed_by_the_key(lab: Lab) -> None:
    """Who was not told of a commit calls again with the same key and gets the first outcome; nothing is there twice."""
    _prepare(lab)
    _fails(Unknown, partial(_story, Faulty(lab.store, lost_acknowledgement())), "a commit nobody is told of")
    after = _everything(lab)
    with lab.unit() as unit:
        receipt = unit.journal.receipt("story", "i")
        again = unit.journal.append([write("a", "1")], key="story", intent="i", now=later(50))
    expect(receipt is not None and texts(receipt.facts), ["1", "2"], "facts of the receipt asked for")
    expect((again.replayed, texts(again.facts)), (True, ["1", "2"]), "the receipt of the second call")
    expect(_everything(lab), after, "the store after the second call")


@scenario(SCENARIOS, "faults", Capability.DURABLE)
def a_lost_acknowledgement_is_healed_after_reopening(lab: Lab) -> None:
    """The same holds when the store was opened anew between the calls."""
    store = Faulty(lab.store, lost_acknowledgement())
    _fails(Unknown, partial(_add, store, "k", "1"), "a commit nobody is told of")
    lab.reopen()
    expect(_add(lab.store, "k", "1"), True, "`replayed` of the second call")
    expect(texts(lab.feed()), ["1"], "facts")


@scenario(SCENARIOS, "faults")
def a_unit_goes_on_after_refusals(lab: Lab) -> None:
    """What a unit wrote before and after calls that were refused is committed; of those calls there is nothing."""
    lab.append(write("a", "1"), key="used", intent="one")
    with lab.unit() as unit:
        append = partial(unit.journal.append, now=START)
        append([write("a", "2", expected=1)], key="k1", intent="i")
        unit.records.put([_record(version=2)])
        stale = [write("b", "x"), write("a", "x", expected=1)]
        refused(Conflict, lambda: append(stale, key="k2", intent="i"), "a stale append")
        refused(KeyReused, lambda: append([write("a", "x")], key="used", intent="two"), "a reused key")
        refused(InvalidValueError, lambda: append([write("b", "x"), write("", "x")], key="k3", intent="i"), "no name")
        bad = [_record(version=9), _record(id="2", columns=(("color", "red"),))]
        refused(InvalidValueError, lambda: unit.records.put(bad), "an unknown column")
        refused(InvalidValueError, lambda: unit.marks.put("f", 99), "a mark past the end")
        messages = [Message(id=id, topic="mail", stream="a", due_at=START) for id in ("x", "")]
        refused(InvalidValueError, lambda: unit.outbox.put(messages), "a message without an id")
        dues = [Due(stream="a", name=name, due_at=START) for name in ("x", "")]
        refused(InvalidValueError, lambda: unit.timers.arm(dues), "a wake-up without a name")
        append([write("a", "3", expected=2)], key="k2", intent="i")
    expect(texts(lab.feed()), ["1", "2", "3"], "facts")
    with lab.unit(write=False) as unit:
        record = unit.records.get("request", "1")
        expect(record is not None and record.version, 2, "the version of the record")
        expect([m.id for m in unit.outbox.waiting(START)], [], "messages")
        expect([due.name for due in unit.timers.of("a")], [], "wake-ups")
        expect(unit.journal.receipt("k3", "i"), None, "the receipt of a refused call")


@scenario(SCENARIOS, "faults")
def commands_retried_through_faults_apply_once(lab: Lab) -> None:
    """Whatever fails around them, commands that are repeated until they are acknowledged each apply once, in order."""
    random = Random(20_260_101)
    store = Faulty(lab.store)
    calls = ("begin", "journal.append", "records.put", "timers.arm", "outbox.put", "marks.put", "commit")
    for number in range(30):
        for _ in range(_TRIES_MOST):
            if random.random() < 0.5:
                after = random.random() < 0.5
                error = random.choice([Busy, Unknown, _PulledOutError])
                store.plan(Fault(call=random.choice(calls), after=after, error=error))
            else:
                store.plan()
            try:
                _command(store, number)
            except (StoreError, _PulledOutError):
                continue
            break
    expect(texts(lab.feed()), [str(number) for number in range(30)], "facts")
    expect([fact.position for fact in lab.feed()], list(range(1, 31)), "positions")
    with lab.unit(write=False) as unit:
        wanted = [(f"s{number}", [f.version for f in unit.journal.load(f"s{number}")][-1]) for number in range(3)]
        records = unit.records.find(Query(kind="request")).items
        expect([(record.id, record.version) for record in records], wanted, "records, and the versions they stand for")
        expect([m.id for m in unit.outbox.waiting(later(99))], [f"m{number}" for number in range(30)], "messages")
        expect([due.due_at for due in unit.timers.of("s0")], [later(27)], "the wake-up of a stream")
        expect(unit.marks.get("f"), 30, "the mark")
    expect(verify(lab.entries(), "main", head=lab.head()).finding, None, "what is wrong with the chain")


def _command(store: Faulty, number: int) -> None:
    stream = f"s{number % 3}"
    with store.unit("main") as unit:
        receipt = unit.journal.append([write(stream, str(number))], key=f"k{number}", intent="i", now=later(number))
        if receipt.replayed:
            return
        version = receipt.facts[0].version
        unit.records.put([Record(kind="request", id=stream, stream=stream, version=version)])
        unit.timers.arm([Due(stream=stream, name="t", due_at=later(number))])
        unit.outbox.put([Message(id=f"m{number}", topic="mail", stream=stream, due_at=START)])
        unit.marks.put("f", receipt.facts[0].position)


def _prepare(lab: Lab) -> None:
    with lab.unit() as unit:
        unit.journal.append([write("a", "0", expected=0)], key="prepared", intent="i", now=later(9))
        unit.records.put([_record(version=1)])
        unit.timers.arm([Due(stream="a", name=name, due_at=later(at)) for at, name in enumerate("tuv")])
        unit.outbox.put([Message(id=id, topic="mail", stream="a", due_at=START, data=id) for id in ("m", "n", "o")])
        unit.marks.put("f", 1)


def _story(store: Faulty) -> None:
    # Every call that changes something, most of them upon what was there before.
    with store.unit("main") as unit:
        writes = [write("a", "1", expected=1), write("b", "2", expected=0)]
        unit.journal.append(writes, key="story", intent="i", now=later(20))
        unit.records.put([_record(version=2), _record(id="2")])
        unit.timers.arm([Due(stream="a", name="t", due_at=later(5)), Due(stream="b", name="t", due_at=START)])
        (claim, _) = unit.timers.claim(later(1), now=later(1), until=later(30), owner="w", limit=2)
        unit.timers.settle(claim)
        (first, second) = unit.outbox.claim(START, now=START, until=later(30), owner="w", limit=2)
        unit.outbox.settle(first)
        unit.outbox.defer(second, later(7))
        unit.outbox.put([Message(id="p", topic="mail", stream="b", due_at=START)])
        unit.journal.append([write("a", "3", expected=2)], key="story again", intent="i", now=later(21))
        unit.marks.put("f", 4)


def _each_fault(store: Faulty) -> list[Fault]:
    store.plan(Fault(call="commit", error=_PulledOutError))
    _fails(_PulledOutError, partial(_story, store), "a unit that fails before it commits")
    faults = [
        Fault(call=call, nth=store.calls[: index + 1].count(call), after=after)
        for index, call in enumerate(store.calls)
        for after in (False, True)
    ]
    # What fails after the commit is there: that is a lost acknowledgement.
    return faults[:-1]


def _itself(error: BaseException) -> BaseException:
    return error


def _fails(wanted: BaseException | type[BaseException], call: Callable[[], object], what: str) -> None:
    """Complain when the call does not raise the very error that was made for it, or one of the kind."""
    try:
        call()
    except BaseException as error:
        if error is not wanted and not (isinstance(wanted, type) and isinstance(error, wanted)):
            if isinstance(error, NotKeptError):
                raise
            raise NotKeptError(f"{what}: expected {_named(wanted)} to come through, got {said(error)}") from error
        return
    raise NotKeptError(f"{what}: expected {_named(wanted)} to come through, and nothing came")


def _named(wanted: BaseException | type[BaseException]) -> str:
    kind = wanted if isinstance(wanted, type) else type(wanted)
    return f"the {kind.__name__.strip('_')} that was raised"


def _add(store: Store, key: str, text: str) -> bool:
    with store.unit("main") as unit:
        return unit.journal.append([write("a", text)], key=key, intent="i", now=START).replayed


def _raise_in(lab: Lab, error: BaseException, *, writes: bool) -> None:
    with lab.unit(write=writes) as unit:
        unit.feed.head()
        raise error


def _everything(lab: Lab) -> object:
    # Seen by a writer on another thread, which a lock that was not released keeps out. It takes its claims back.
    seen: list[object] = []
    made = _PulledOutError()

    def look() -> None:
        with lab.unit() as unit:
            seen.append(_state(unit))
            raise made

    lab.elsewhere(lambda: _fails(made, look, "a unit that raises"))
    return seen[0]


def _state(unit: Unit) -> object:
    journal = [entry.hash for entry in unit.feed.entries()], unit.feed.head()
    keys = [unit.journal.receipt(key, "i") is None for key in ("story", "story again")]
    records = unit.records.find(Query(kind="request")).items
    wake_ups = [(due.stream, due.name, due.due_at) for due in unit.timers.due(later(99))]
    messages = [(message.id, message.due_at, message.data) for message in unit.outbox.waiting(later(99))]
    claims = unit.timers.claim(later(99), now=later(10), until=later(40), owner="v")
    parcels = unit.outbox.claim(later(99), now=later(10), until=later(40), owner="v")
    free = [claim.due.name for claim in claims], [(parcel.message.id, parcel.attempts) for parcel in parcels]
    return journal, keys, records, wake_ups, messages, free, unit.marks.get("f")


def _record(*, id: str = "1", version: int = 1, columns: tuple[tuple[str, str], ...] = ()) -> Record:
    return Record(kind="request", id=id, stream="a", version=version, columns=columns, data={"version": version})
