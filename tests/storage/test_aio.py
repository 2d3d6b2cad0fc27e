from __future__ import annotations

import asyncio
import inspect
import threading
import time

import pytest

from svcdelivery.errors import Busy, Conflict, InvalidValueError
from svcdelivery.storage import aio
from svcdelivery.storage.aio import AsyncStore
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import (
    Capability,
    Due,
    Feed,
    Journal,
    Marks,
    Message,
    Outbox,
    Query,
    Record,
    Records,
    Timers,
)
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.conformance.kit import START, later, texts, write

PATIENCE_SECONDS = 60
"""Longer than anything takes here, however busy the machine."""


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    if request.param == "memory":
        return MemoryStore(busy_timeout_seconds=PATIENCE_SECONDS)
    return SqliteStore(tmp_path / "s.db", busy_timeout_seconds=PATIENCE_SECONDS)


async def _append(store, key, expected=None):
    async with store.unit("main") as unit:
        return await unit.journal.append([write("a", key, expected=expected)], key=key, intent="i", now=START)


async def _feed(store):
    async with store.unit("main", write=False) as unit:
        return texts(await unit.feed.read())


class TestMethods:
    def test_every_part_does_what_it_does_otherwise(self, store):
        async def story():
            async with AsyncStore(store) as awaited:
                await _append(awaited, "k")
                async with awaited.unit("main") as unit:
                    await unit.records.put([Record(kind="request", id="1", stream="a", version=1)])
                    await unit.timers.arm([Due(stream="a", name="t", due_at=START)])
                    await unit.outbox.put([Message(id="m", topic="mail", stream="a", due_at=START)])
                    await unit.marks.put("f", 1)
                async with awaited.unit("main") as unit:
                    assert (await unit.journal.receipt("k", "i")).replayed
                    assert len(await unit.journal.load("a")) == 1
                    assert (await unit.feed.head()).position == 1
                    assert len(await unit.feed.entries()) == 1
                    assert (await unit.records.get("request", "1")).version == 1
                    assert len((await unit.records.find(Query(kind="request"))).items) == 1
                    assert await unit.timers.next_due() == START
                    assert len(await unit.timers.of("a")) == len(await unit.timers.due(START)) == 1
                    (claim,) = await unit.timers.claim(START, now=START, until=later(5), owner="w")
                    assert await unit.timers.settle(claim)
                    assert len(await unit.outbox.waiting(START)) == 1
                    (parcel,) = await unit.outbox.claim(START, now=START, until=later(5), owner="w")
                    assert await unit.outbox.defer(parcel, later(1))
                    assert await unit.outbox.next_due() == later(1)
                    assert await unit.marks.get("f") == 1
                assert await awaited.tenants() == ["main"]
                assert await awaited.run("main", lambda unit: unit.feed.head().position, write=False) == 1
                assert (awaited.protocol, awaited.capabilities) == (store.protocol, store.capabilities)

        asyncio.run(story())

    @pytest.mark.parametrize("part", [Journal, Feed, Records, Timers, Marks, Outbox])
    def test_no_method_is_left_out(self, part):
        """A method the protocol gains must be awaitable too."""
        awaited = getattr(aio, f"Async{part.__name__}")
        wanted = {name for name, _ in inspect.getmembers(part, inspect.isfunction) if not name.startswith("_")}
        assert {name for name in wanted if inspect.iscoroutinefunction(getattr(awaited, name, None))} == wanted

    def test_errors_come_through(self, store):
        async def story():
            awaited = AsyncStore(store)
            await _append(awaited, "1")
            with pytest.raises(Conflict):
                await _append(awaited, "2", expected=0)

            async def fail():
                async with awaited.unit("main") as unit:
                    await unit.journal.append([write("a", "lost")], key="lost", intent="i", now=START)
                    raise InvalidValueError(what="a value", value="the unit is made to fail")

            with pytest.raises(InvalidValueError):
                await fail()
            assert await _feed(awaited) == ["1"]
            await awaited.close()

        asyncio.run(story())

    def test_a_bell_can_be_awaited(self):
        async def story():
            awaited = AsyncStore(MemoryStore())
            assert Capability.NOTIFY in awaited.capabilities
            async with awaited.listen("main") as bell:
                waiting = asyncio.create_task(bell.wait(PATIENCE_SECONDS))
                await _append(awaited, "k")
                assert await waiting
            await awaited.close()

        asyncio.run(story())


class TestTogether:
    def test_many_writers_do_not_stand_in_each_others_way(self, store):
        """Those who wait for the writer do not keep the writer from ending."""

        async def story():
            awaited = AsyncStore(store, units_most=40)

            async def slow(key):
                async with awaited.unit("main") as unit:
                    await unit.journal.append([write("a", key)], key=key, intent="i", now=START)
                    await asyncio.sleep(0.002)

            await asyncio.gather(*(slow(str(number)) for number in range(40)))
            assert sorted(map(int, await _feed(awaited))) == list(range(40))
            await awaited.close()

        asyncio.run(story())

    def test_the_loop_is_not_held_up(self, store):
        """While a unit waits for its turn, others go on."""

        async def story():
            awaited = AsyncStore(store)
            turns = 0
            async with awaited.unit("main"):
                second = asyncio.create_task(_append(awaited, "k"))
                for _ in range(19):
                    await asyncio.sleep(0.001)
                    turns += 1
            await second
            assert turns == 19
            await awaited.close()

        asyncio.run(story())

    def test_no_more_units_are_open_than_allowed(self, store):
        async def story():
            awaited, open_now, most, three = AsyncStore(store, units_most=3), 0, 0, asyncio.Event()

            async def look():
                nonlocal open_now, most
                async with awaited.unit("main", write=False):
                    open_now += 1
                    most = max(most, open_now)
                    if open_now == 3:
                        three.set()
                    # Nobody ends before there are as many as may be; a fourth would come in meanwhile.
                    await asyncio.wait_for(three.wait(), PATIENCE_SECONDS)
                    await asyncio.sleep(0.005)
                    open_now -= 1

            await asyncio.gather(*(look() for _ in range(12)))
            assert most == 3
            await awaited.close()

        before = threading.active_count()
        asyncio.run(story())
        give_up = time.monotonic() + PATIENCE_SECONDS
        while threading.active_count() > before and time.monotonic() < give_up:
            time.sleep(0.01)
        assert threading.active_count() <= before


class TestCancelling:
    """Who is cancelled leaves nothing half done, and nothing locked."""

    def test_within_a_unit(self, store):
        async def story():
            awaited, appended = AsyncStore(store), asyncio.Event()

            async def long():
                async with awaited.unit("main") as unit:
                    await unit.journal.append([write("a", "lost")], key="k", intent="i", now=START)
                    appended.set()
                    await asyncio.Event().wait()

            task = asyncio.create_task(long())
            await asyncio.wait_for(appended.wait(), PATIENCE_SECONDS)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await _append(awaited, "k")
            assert await _feed(awaited) == ["k"]
            await awaited.close()

        asyncio.run(story())

    def test_within_a_call(self, store):
        """The call under way ends first."""

        async def story():
            awaited, began = AsyncStore(store), threading.Event()

            def slow(unit):
                began.set()
                time.sleep(0.05)
                return unit.journal.append([write("a", "whole")], key="k", intent="i", now=START)

            task = asyncio.create_task(awaited.run("main", slow))
            while not began.is_set():
                await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await _feed(awaited) == ["whole"]
            await awaited.close()

        asyncio.run(story())

    def test_while_waiting_for_the_turn(self, store):
        """The turn that comes nevertheless is given back."""

        async def story():
            awaited = AsyncStore(store)
            async with awaited.unit("main"):
                task = asyncio.create_task(_append(awaited, "lost"))
                await asyncio.sleep(0.02)
                task.cancel()
                await asyncio.sleep(0.02)
            with pytest.raises((asyncio.CancelledError, Busy)):
                await task
            await _append(awaited, "k")
            assert await _feed(awaited) == ["k"]
            await awaited.close()

        asyncio.run(story())
