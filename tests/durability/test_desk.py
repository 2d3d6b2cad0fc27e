"""The desk loses nothing wherever it is killed; one that would is found out. `make durability` does it at length."""

from __future__ import annotations

import signal
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from attrs import evolve

from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Due, Message, Query, Write
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance import Fault, Faulty
from svcdelivery.testing.conformance.kit import START, later
from svcdelivery.testing.conformance.nemesis import RunHistory, run_nemesis
from svcdelivery.testing.time import HeldTime
from svcdelivery.work import REQUEST, Audience, MessagePosted
from tests.desk.world import EVE
from tests.durability.desk import DESK, check_desk, command_of, open_desk
from tests.durability.desk.defects import Apart, Uncommitted, Undecided, Unkeyed, dying
from tests.durability.desk.play import Asked, set_up
from tests.durability.desk.writer import again, told

SEED = 20_261_122
TENANT = "main"
KEYS = [f"writer{writer}-{number}" for number in range(14) for writer in range(2)]
EPISODE = [f"writer0-{number}" for number in range(14)]
_CALLS_MOST = 60


class KilledError(BaseException):
    """The process is gone."""


def same(store):
    return store


def killed_everywhere(around=same, keys=EPISODE):
    """Give each command again and again, killed before and after one call of the store after another.

    Answers the store, and what the one who asked was told when it came through.
    """
    store, time, history = MemoryStore(), HeldTime(START), RunHistory()
    for each in set_up(open_desk(store, time)):
        assert each.facts
    for key in keys:
        _hear(_come_through(store, time, command_of(SEED, key), around), history)
    return store, history


def _come_through(store, time, command, around):
    for call in range(_CALLS_MOST):
        time.advance(timedelta(seconds=7))
        fault = Fault(nth=call // 2 + 1, after=bool(call % 2), error=KilledError)
        # Whoever comes after a kill is a process of its own, and knows nothing.
        with suppress(KilledError):
            return told(command, open_desk(around(Faulty(store, fault)), time))
    raise AssertionError("it has fewer calls than that")


def _hear(said, history):
    match said.split():
        case ["done", key, first, size]:
            history.done[key] = (int(first), int(size))
        case ["denied", key]:
            history.denied.add(key)
        case _:
            history.counts[said.split()[0]] += 1


def kinds(told_):
    store, history = told_
    return {flaw.kind for flaw in check_desk(store, SEED, history).flaws}


def said(told_):
    store, history = told_
    return "\n".join(map(str, check_desk(store, SEED, history).flaws))


class TestWhereverItIsKilled:
    def test_every_command_is_there_once_with_all_that_follows(self):
        """Before and after each call of the store, of each command; also of those that are denied."""
        store, history = killed_everywhere(keys=KEYS)
        verdict = check_desk(store, SEED, history)
        assert verdict.flaws == ()
        assert verdict.commands == len(history.done) + len(history.denied)
        assert min(len(history.done), len(history.denied), history.counts["refused"]) >= 2
        with store.unit(TENANT, write=False) as unit:
            assert len(unit.outbox.waiting(later(10**15))) >= 2
            assert unit.timers.due(later(10**15))
            assert unit.records.find(Query(kind="invitation")).items

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
    def test_processes_that_are_killed_lose_nothing_they_told(self, tmp_path):
        """A slice of `make durability PARTS=desk`: writers, all of them at once and one by one, and a reader."""
        make = partial(SqliteStore, tmp_path / "s.db")
        report = run_nemesis(make, seed=SEED, commands=120, kills=6, workers=0, cast=DESK)
        assert report.ok, str(report)
        assert report.acknowledged >= 120
        assert report.kills >= 6


class TestAskingAgain:
    """What writers do now and then, and tell of as it was or as wrong."""

    def first(self, action, desk, **fields):
        """Answer a command of that name and what was told of it."""
        command = Asked(key=f"x-{action}", kind=REQUEST, action=action, id="shared-0", **fields)
        return command, told(command, desk)

    def test_what_was_done_and_what_was_denied_stay_so(self):
        desk = set_up_desk()
        assert again(*self.first("assign", desk, said={"team": "desk"}), desk=desk) == "asked again"
        denied = self.first("post", desk, by=EVE, said={"text": "?"})
        assert denied[1] == "denied x-post"
        assert again(*denied, desk=desk) == "asked again"

    def test_what_was_refused_may_be_possible_by_now(self):
        """Another writer has put the request on hold meanwhile."""
        desk = set_up_desk()
        refused = self.first("resume", desk)
        assert refused[1] == "refused x-resume"
        assert again(*refused, desk=desk) == "asked again"
        assert self.first("put_on_hold", desk, said={"reason": "customer"})[1].startswith("done ")
        assert again(*refused, desk=desk) == "asked again"
        # It was tried once more in between, as when its acknowledgement got lost.
        assert again(*refused, desk=desk) == "asked again"

    def test_a_desk_that_does_it_twice_is_told_on(self):
        numbers = count()
        desk = set_up_desk(lambda store: Unkeyed(store, numbers))
        assert again(*self.first("post", desk, said={"text": "!"}), desk=desk).startswith("wrong x-post, asked again")


def set_up_desk(around=same):
    desk = open_desk(around(MemoryStore()), HeldTime(START))
    assert all(each.facts for each in set_up(desk))
    return desk


class TestADeskIsFoundOut:
    """By where it is killed, and not by when: every run of these is the same."""

    def test_that_writes_records_in_a_second_transaction(self):
        found = said(killed_everywhere(partial(Apart, part="records", method="put")))
        assert "disagreement: record incident:writer0-0 is None" in found
        assert "disagreement: invitation ann is None" in found

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
    def test_that_does_so_in_a_process_that_is_killed_in_between(self, tmp_path):
        """By the run as a whole: the one writer there is dies at that very place."""
        make = partial(dying, tmp_path / "s.db")
        report = run_nemesis(make, seed=SEED, commands=1000, kills=0, writers=1, workers=0, cast=DESK, seconds_most=240)
        assert not report.ok
        assert "failed: writer0 ended by itself" in str(report)
        assert "disagreement: record " in str(report)

    def test_that_arms_wake_ups_in_a_second_transaction(self):
        assert "disagreement: wake-up" in said(killed_everywhere(partial(Apart, part="timers", method="arm")))

    def test_that_puts_messages_in_a_second_transaction(self):
        assert "disagreement: message" in said(killed_everywhere(partial(Apart, part="outbox", method="put")))

    def test_that_gives_each_try_a_key_of_its_own(self):
        numbers = count()
        found = kinds(killed_everywhere(lambda store: Unkeyed(store, numbers)))
        assert {"lost", "torn"} <= found

    def test_that_puts_no_decision_on_record(self):
        assert "was decided on as []" in said(killed_everywhere(Undecided))

    def test_that_tells_of_a_denial_that_is_not_on_record(self):
        assert "which was told to be denied" in said(killed_everywhere(Uncommitted))


@pytest.fixture
def good():
    """A store after a run in which nothing went wrong, and what was told."""
    store, time, history = MemoryStore(), HeldTime(START), RunHistory()
    desk = open_desk(store, time)
    assert all(each.facts for each in set_up(desk))
    for key in KEYS:
        time.advance(timedelta(minutes=1))
        _hear(told(command_of(SEED, key), desk), history)
    return store, history


class TestTheCheckerFinds:
    def test_nothing_after_a_good_run(self, good):
        assert said(good) == ""

    def test_nothing_when_commands_were_not_acknowledged(self, good):
        good[1].done.clear()
        good[1].denied.clear()
        good[1].counts["writers killed"] = len(KEYS)
        assert said(good) == ""

    def test_an_acknowledged_command_that_is_not_there(self, good):
        refused = next(key for key in KEYS if key not in good[1].done and key not in good[1].denied)
        good[1].done[refused] = (1, 1)
        assert kinds(good) == {"lost"}

    def test_a_denial_that_is_not_there(self, good):
        good[1].denied.add(next(iter(good[1].done)))
        assert kinds(good) == {"lost"}

    def test_a_command_that_is_elsewhere_than_was_said(self, good):
        key, (first, size) = next(iter(good[1].done.items()))
        good[1].done[key] = (first + 1, size)
        assert kinds(good) == {"doubled"}

    def test_a_fact_no_command_put_on_record(self, good):
        body = MessagePosted(audience=Audience.INTERNAL, text="by nobody")
        fact = NewFact(body=body, actor=Actor.staff("bob"))
        with good[0].unit(TENANT) as unit:
            unit.journal.append(
                [Write(stream="request:shared-0", expected=None, facts=(fact,))], key="x", intent="x", now=START
            )
        assert "message_posted/1 at" in said(good)
        assert "belongs to no command" in said(good)

    def test_a_record_of_another_status(self, good):
        with good[0].unit(TENANT) as unit:
            row = unit.records.get("request", "shared-0")
            unit.records.put([evolve(row, columns=(("status", "closed"),))])
        assert said(good).startswith("disagreement: record request:shared-0")

    def test_a_wake_up_more_and_a_wake_up_less(self, good):
        with good[0].unit(TENANT) as unit:
            armed = unit.timers.of("request:shared-0")[0]
            unit.timers.arm([evolve(armed, due_at=None), Due(stream="request:shared-0", name="x", due_at=START)])
        assert len(said(good).splitlines()) == 2
        assert kinds(good) == {"disagreement"}

    def test_a_message_more_and_a_message_less(self, good):
        with good[0].unit(TENANT) as unit:
            (parcel,) = unit.outbox.claim(later(10**12), now=START, until=later(1), owner="w", limit=1)
            assert unit.outbox.settle(parcel)
            data = {"recipient": "ann"}
            unit.outbox.put([Message(id="x", topic="mail", stream="request:1", due_at=START, data=data)])
        assert len(said(good).splitlines()) == 2
        assert kinds(good) == {"disagreement"}

    def test_a_store_that_cannot_be_read(self, good):
        good[0].close()
        assert kinds(good) == {"failed"}
