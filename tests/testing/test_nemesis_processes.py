"""What the processes of a nemesis do and say, run here in one process, without anybody killing them."""

from __future__ import annotations

import time
from functools import partial
from itertools import count

import pytest

from svcdelivery.errors import Busy, Conflict, IntegrityError, StoreError, StoreFull, Unknown
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.testing.conformance.nemesis import RunHistory, check_store, command_of, perform
from svcdelivery.testing.conformance.nemesis.processes import Conditions, read, take_out, write
from svcdelivery.timeline import from_micros

SEED = 7
NOW = from_micros(1_767_225_600_000_000)


class EndedError(Exception):
    """Somebody has heard enough."""


class Ear:
    """The end of a pipe that hears so many messages."""

    def __init__(self, most):
        self.heard = []
        self._most = most

    def send_bytes(self, data):
        self.heard.append(data.decode())
        if len(self.heard) >= self._most:
            raise EndedError


class Kept(MemoryStore):
    """Opened and closed as often as one likes."""

    def close(self):
        pass


class Failing(Kept):
    """Fails with the errors it was given, one a unit, and then no more."""

    def __init__(self, *errors):
        super().__init__()
        self.errors = list(errors)

    def unit(self, tenant, *, write=True):
        if self.errors:
            raise self.errors.pop(0)
        return super().unit(tenant, write=write)


def heard(errand, store, most, **conditions):
    ear = Ear(most)
    usual = {"seed": SEED, "began": time.monotonic(), "lease_seconds": 0.005, "clocks_step": True, "room_bytes": None}
    with pytest.raises(EndedError):
        errand(partial(_same, store), ear, Conditions(**{**usual, **conditions}), "writer0", 0)
    return ear.heard


def _same(store):
    return store


def test_a_writer_says_what_is_committed_and_asks_again_for_some():
    store = Kept()
    said = heard(write, store, 300)
    done = [one.split() for one in said if one.startswith("done ")]
    told = RunHistory(done={key: (int(first), int(size)) for _, key, first, size in done})
    assert [key for _, key, *_ in done] == [f"writer0-{n}" for n in range(len(done))]
    assert set(said) - {" ".join(one) for one in done} == {"asked again"}
    assert check_store(store, SEED, told).flaws == ()


def test_what_may_pass_is_tried_again_under_the_same_key():
    errors = [Busy(), Unknown(), StoreFull(), StoreError(), Conflict(stream="s", expected=0, actual=1)]
    said = heard(write, Failing(*errors), 6)
    assert said == ["busy", "unknown", "full", "failed", "conflict", said[-1]]
    assert said[-1].startswith("done writer0-0 1 ")


@pytest.mark.parametrize("error", [IntegrityError(problem="damaged"), ZeroDivisionError("odd")])
def test_what_cannot_pass_ends_the_process_with_a_word(error):
    ear = Ear(9)
    with pytest.raises(type(error)):
        write(
            partial(_same, Failing(error)), ear,
            Conditions(seed=SEED, began=0.0, lease_seconds=1.0, clocks_step=False, room_bytes=None), "w", 0,
        )  # fmt: skip
    assert ear.heard[0].startswith(f"wrong, {type(error).__name__}")


def test_a_store_that_forgets_its_keys_is_told_on():
    class Forgetting(Kept):
        def unit(self, tenant, *, write=True):
            return _Changed(super().unit(tenant, write=write), journal=_Forgetful)

    said = heard(write, Forgetting(), 150)
    assert "asked again" not in said
    assert any(one.startswith("wrong writer0-") for one in said)


def test_workers_take_out_everything_once():
    store = Kept()
    for number in range(60):
        perform(store, command_of(SEED, f"writer0-{number}"), NOW)
    commands = [command_of(SEED, f"writer0-{number}") for number in range(60)]
    due = sum(one.wakes_at is not None for one in commands) + sum(one.tells for one in commands)

    class Enough(Ear):
        def send_bytes(self, data):
            super().send_bytes(data)
            if sum(one.startswith(("fired", "delivered")) for one in self.heard) == due:
                raise EndedError

    ear = Enough(10_000)
    conditions = Conditions(seed=SEED, began=time.monotonic(), lease_seconds=0.005, clocks_step=False, room_bytes=None)
    with pytest.raises(EndedError):
        take_out(partial(_same, store), ear, conditions, "worker0", 0)
    taken = {one for one in ear.heard if one.startswith(("fired", "delivered"))}
    assert len(taken) == due
    assert set(ear.heard) - taken <= {"late", "deferred"}
    assert check_store(store, SEED, RunHistory(taken=taken)).flaws == ()


def test_a_worker_does_not_try_again_what_failed():
    store = Failing()
    for number in range(40):
        perform(store, command_of(SEED, f"writer0-{number}"), NOW)

    class Once(Ear):
        def send_bytes(self, data):
            if not self.heard:
                store.errors.append(Unknown())
            super().send_bytes(data)

    ear = Once(4)
    conditions = Conditions(seed=SEED, began=time.monotonic(), lease_seconds=5.0, clocks_step=False, room_bytes=None)
    with pytest.raises(EndedError):
        take_out(partial(_same, store), ear, conditions, "worker0", 0)
    assert ear.heard.count("unknown") == 1


def test_a_reader_tells_of_gaps():
    class Skipping(Kept):
        def unit(self, tenant, *, write=True):
            return _Changed(super().unit(tenant, write=write), feed=_Skipping)

    store = Skipping()
    for number in range(5):
        perform(store, command_of(SEED, f"writer0-{number}"), NOW)
    said = heard(read, store, 2)
    assert said[0].startswith("gap 3")
    sound = Kept()
    perform(sound, command_of(SEED, "writer0-0"), NOW)
    assert heard(read, sound, 1) == [f"read {len(command_of(SEED, 'writer0-0').streams)}"]


class _Changed:
    """A unit with some of its parts done another way."""

    def __init__(self, lent, **parts):
        self._lent = lent
        self._parts = parts

    def __enter__(self):
        self._unit = self._lent.__enter__()
        return self

    def __exit__(self, *error):
        return self._lent.__exit__(*error)

    def __getattr__(self, name):
        part = getattr(self._unit, name)
        return self._parts[name](part) if name in self._parts else part


class _Skipping:
    def __init__(self, feed):
        self._feed = feed

    def read(self, after, *, limit):
        return [fact for fact in self._feed.read(after, limit=limit) if fact.position != 3]


class _Forgetful:
    numbers = count()

    def __init__(self, journal):
        self.load = journal.load
        self._journal = journal

    def receipt(self, key, intent):
        return None

    def append(self, writes, *, key, **rest):
        return self._journal.append(writes, key=f"{key}-{next(self.numbers)}", **rest)
