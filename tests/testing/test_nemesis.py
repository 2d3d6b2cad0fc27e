"""The nemesis has teeth: its checker finds every kind of flaw, and a run catches stores that only seem to commit."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from itertools import count

import pytest
from attrs import evolve

from svcdelivery.errors import Conflict
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Due, Message, Write
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.kit import START, later, note
from svcdelivery.testing.conformance.nemesis import RunHistory, check_store, command_of, perform, run_nemesis
from svcdelivery.testing.conformance.nemesis.work import DELIVERED, FIRED, KIND, TENANT

SEED = 20_261_122
KEYS = [f"writer{writer}-{number}" for number in range(40) for writer in range(3)]
COMMANDS = [command_of(SEED, key) for key in KEYS]
WAKING = next(command for command in COMMANDS if command.wakes_at is not None)
TELLING = next(command for command in COMMANDS if command.tells)
MARKING = next(command for command in COMMANDS if command.marks)
LONG = next(command for command in COMMANDS if command.size > 1)


@pytest.fixture
def told():
    """A store after a run in which nothing went wrong, and what its writers were told."""
    store, history = MemoryStore(), RunHistory()
    for number, command in enumerate(COMMANDS):
        receipt = perform(store, command, later(number))
        history.done[command.key] = (receipt.facts[0].position, len(receipt.facts))
    return store, history


def append(store, stream, *facts, key):
    with store.unit(TENANT) as unit:
        unit.journal.append([Write(stream=stream, expected=None, facts=facts)], key=key, intent=key, now=START)


def kinds(told):
    store, history = told
    return {flaw.kind for flaw in check_store(store, SEED, history).flaws}


def said(told):
    store, history = told
    return " ".join(map(str, check_store(store, SEED, history).flaws))


class TestTheCheckerFinds:
    def test_nothing_after_a_good_run(self, told):
        verdict = check_store(told[0], SEED, told[1])
        assert verdict.flaws == ()
        assert verdict.commands == len(KEYS)
        assert verdict.facts == sum(len(command.streams) for command in COMMANDS)

    def test_nothing_when_a_whole_command_was_not_acknowledged(self, told):
        del told[1].done[KEYS[-1]]
        assert kinds(told) == set()

    def test_nothing_when_what_was_due_was_taken_out(self, told):
        with told[0].unit(TENANT) as unit:
            unit.timers.arm([Due(stream=WAKING.stream, name=WAKING.key, due_at=None)])
        append(told[0], FIRED, note(WAKING.key), key="worker")
        assert kinds(told) == set()

    def test_an_acknowledged_command_that_is_not_there(self, told):
        told[1].done["writer9-1"] = (1, 1)
        assert kinds(told) == {"lost"}

    def test_an_acknowledged_delivery_that_is_not_there(self, told):
        told[1].taken.add(f"{DELIVERED} {TELLING.key}")
        assert kinds(told) == {"lost"}

    def test_a_command_that_was_done_twice(self, told):
        again = [note(LONG.key), evolve(note(LONG.key), body=evolve(note(LONG.key).body, number=1))]
        append(told[0], LONG.stream, *again, key="another")
        assert "doubled" in kinds(told)

    def test_a_command_that_is_elsewhere_than_was_said(self, told):
        first, size = told[1].done[KEYS[5]]
        told[1].done[KEYS[5]] = (first + 1, size)
        assert kinds(told) == {"doubled"}

    def test_half_a_command(self, told):
        half = next(one for one in (command_of(SEED, f"writer7-{n}") for n in count()) if one.size > 1)
        append(told[0], half.stream, note(half.key), key=half.key)
        assert "torn" in kinds(told)

    def test_a_wake_up_that_was_taken_out_twice(self, told):
        with told[0].unit(TENANT) as unit:
            unit.timers.arm([Due(stream=WAKING.stream, name=WAKING.key, due_at=None)])
        for key in ("one", "two"):
            append(told[0], FIRED, note(WAKING.key), key=key)
        assert kinds(told) == {"doubled"}

    def test_a_wake_up_that_went_missing(self, told):
        with told[0].unit(TENANT) as unit:
            unit.timers.arm([Due(stream=WAKING.stream, name=WAKING.key, due_at=None)])
        assert kinds(told) == {"disagreement"}

    def test_a_message_that_went_missing(self, told):
        with told[0].unit(TENANT) as unit:
            for parcel in unit.outbox.claim(START, now=START, until=later(1), owner="w", limit=1):
                assert unit.outbox.settle(parcel)
        assert "message" in said(told)

    def test_a_message_nobody_put(self, told):
        with told[0].unit(TENANT) as unit:
            unit.outbox.put([Message(id="more", topic="word", stream="s", due_at=START)])
        assert kinds(told) == {"disagreement"}

    def test_a_record_of_another_version(self, told):
        with told[0].unit(TENANT) as unit:
            record = unit.records.get(KIND, LONG.stream)
            unit.records.put([evolve(record, version=record.version - 1)])
        assert "record" in said(told)

    def test_a_mark_elsewhere(self, told):
        with told[0].unit(TENANT) as unit:
            unit.marks.put(MARKING.stream, 1)
        assert "mark" in said(told)

    def test_an_entry_that_was_edited_and_one_that_is_gone(self, tmp_path):
        import sqlite3

        with SqliteStore(tmp_path / "s.db") as store:
            perform(store, LONG, START)
            with sqlite3.connect(tmp_path / "s.db") as raw:
                raw.execute("DELETE FROM facts WHERE position = 1")
            raw.close()
            assert {"gap", "torn"} <= kinds((store, RunHistory()))

    def test_a_store_that_cannot_be_read(self, told):
        class Closed(MemoryStore):
            def unit(self, tenant, *, write=True):
                raise Conflict(stream="s", expected=0, actual=1)

        assert kinds((Closed(), told[1])) == {"failed"}


DAWDLE_SECONDS = 0.01
"""How long a defective store takes over its weak moment, so that kills fall there.

It waits for no disk (`normal`), so that it is in that moment for most of the time: with many kills, chance has no say.
"""


class Later(SqliteStore):
    """Answers at once, and commits a few units later, as what is written behind does."""

    _lent = None
    _answered = 0

    @contextmanager
    def unit(self, tenant, *, write=True):
        if self._lent is None:
            lent = super().unit(tenant, write=write)
            if not write:
                with lent as unit:
                    yield unit
                return
            self._inner, self._lent = lent.__enter__(), lent
        yield self._inner
        self._answered += write
        if self._answered >= 4:
            lent, self._lent, self._answered = self._lent, None, 0
            time.sleep(DAWDLE_SECONDS)
            lent.__exit__(None, None, None)


class Piecemeal(SqliteStore):
    """Commits the facts, and after them the rest of the unit; it dawdles in between, so that a kill falls there."""

    @contextmanager
    def unit(self, tenant, *, write=True):
        with super().unit(tenant, write=write) as unit:
            yield _Piecemeal(unit) if write else unit


class _Piecemeal:
    def __init__(self, unit):
        self._unit = unit
        self.journal = self

    def append(self, writes, **rest):
        receipt = self._unit.journal.append(writes, **rest)
        self._unit.rows.flush()
        self._unit._made[0].send("COMMIT")
        time.sleep(DAWDLE_SECONDS)
        self._unit._made[0].send("BEGIN IMMEDIATE")
        return receipt

    def __getattr__(self, name):
        return getattr(self._unit, name)


class TestARunCatches:
    def test_a_store_that_answers_before_it_commits(self, tmp_path):
        make = partial(Later, tmp_path / "s.db", durability="normal")
        report = run_nemesis(make, seed=SEED, commands=120, kills=25, writers=1, workers=0)
        assert not report.ok
        assert {flaw.kind for flaw in report.flaws} & {"lost", "doubled"}
        assert str(report).startswith(str(report.flaws[0]))

    def test_a_store_that_commits_piece_by_piece(self, tmp_path):
        make = partial(Piecemeal, tmp_path / "s.db", durability="normal")
        report = run_nemesis(make, seed=SEED, commands=400, kills=40, writers=2, workers=0)
        assert {flaw.kind for flaw in report.flaws} & {"disagreement"}


def test_a_report_ends_with_its_figures_and_begins_with_what_is_wrong(tmp_path):
    """A run that sees less than it wanted to see is no good run."""
    make = partial(SqliteStore, tmp_path / "s.db")
    report = run_nemesis(make, seed=SEED, commands=10_000_000, kills=1, writers=1, workers=1, seconds_most=1.0)
    assert not report.ok
    assert report.flaws == ()
    assert str(report).splitlines()[0] == "the run ended before as much had happened as was wanted"
    assert str(report).endswith("0 lost, 0 doubled, 0 torn, 0 gaps, 0 disagreements, 0 failed")
