"""A desk under any sequence of commands: rules drawn by Hypothesis, the promises checked after each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from svcdelivery.errors import NotPermittedError, TransitionRefusedError
from svcdelivery.identity import Actor
from svcdelivery.lifecycle import Phase
from svcdelivery.security import SECURITY_STREAM, Decided
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.work import fold_work, kind_of_stream
from tests.desk.world import ANN, BOB, EVE, OLGA, World, keys, snapshot

BY = st.sampled_from([BOB, BOB, BOB, ANN, EVE, OLGA, Actor.system("portal")])
PLAIN = ("accept", "start", "resume", "fulfill", "resolve", "close", "cancel")
DENIED_OR_WRONG = (NotPermittedError, TransitionRefusedError)


class DeskMachine(RuleBasedStateMachine):
    """Requests and incidents under commands of anybody, at any time."""

    streams = Bundle("streams")

    @initialize()
    def open(self) -> None:
        self.world = World(MemoryStore())
        self.touched: set[str] = set()
        self.calls: list[tuple[Any, Any]] = []

    def _desk(self, stream: str) -> Any:
        return self.world.desk.requests if stream.startswith("request:") else self.world.desk.incidents

    def _try(self, stream: str, command: Any) -> None:
        key = next(keys)
        before = snapshot(self.world.store, stream)
        try:
            outcome = command(key)
        except DENIED_OR_WRONG:
            assert snapshot(self.world.store, stream) == before
        else:
            assert command(key).replayed
            self.calls.append((lambda: command(key), outcome))
        self.touched.add(stream)

    @rule(target=streams, kind=st.sampled_from(["request", "incident"]), priority=st.sampled_from([None, "P1", "P2"]))
    def receive(self, kind: str, priority: str | None) -> Any:
        make = self.world.request if kind == "request" else self.world.incident
        stream = f"{kind}:{make(priority=priority)}"
        self.touched.add(stream)
        return stream

    @rule(target=streams, by=st.sampled_from([EVE, Actor.supplier("bob")]))
    def receive_without_right(self, by: Actor) -> Any:
        with pytest.raises(NotPermittedError):
            self.world.request(by=by)
        return multiple()

    @rule(stream=streams, action=st.sampled_from(PLAIN), by=BY)
    def move(self, stream: str, action: str, by: Actor) -> None:
        command = getattr(self._desk(stream), action, None)
        if command is not None:
            self._try(stream, lambda key: command(stream.partition(":")[2], by=by, key=key))

    @rule(stream=streams)
    def go_on(self, stream: str) -> None:
        desk, id = self._desk(stream), stream.partition(":")[2]
        possible = [a for a in kind_of_stream(stream).table.possible(desk.get(id).status) if a in PLAIN]  # type: ignore[union-attr]
        if possible:
            self._try(stream, lambda key: getattr(desk, possible[0])(id, by=BOB, key=key))

    @rule(stream=streams, by=BY)
    def assign(self, stream: str, by: Actor) -> None:
        desk, id = self._desk(stream), stream.partition(":")[2]
        self._try(stream, lambda key: desk.assign(id, team="field", by=by, key=key))

    @rule(stream=streams, reason=st.sampled_from(["customer", "supplier"]), by=BY)
    def hold(self, stream: str, reason: str, by: Actor) -> None:
        desk, id = self._desk(stream), stream.partition(":")[2]
        self._try(stream, lambda key: desk.put_on_hold(id, reason=reason, by=by, key=key))

    @rule(stream=streams, by=BY)
    def reopen(self, stream: str, by: Actor) -> None:
        desk, id = self._desk(stream), stream.partition(":")[2]
        self._try(stream, lambda key: desk.reopen(id, ground="again", by=by, key=key))

    @rule(stream=streams, priority=st.sampled_from(["P1", "P2", "P3"]))
    def change_priority(self, stream: str, priority: str) -> None:
        desk, id = self._desk(stream), stream.partition(":")[2]
        self._try(stream, lambda key: desk.change_priority(id, priority=priority, by=BOB, key=key))

    @rule(stream=streams, by=BY)
    def post(self, stream: str, by: Actor) -> None:
        desk, id = self._desk(stream), stream.partition(":")[2]
        self._try(stream, lambda key: desk.post(id, text="hello", by=by, key=key))

    @rule(minutes=st.sampled_from([1, 60, 241, 24 * 60, 20 * 24 * 60, -30]))
    def wait(self, minutes: int) -> None:
        self.world.time.at = datetime.__add__(self.world.time.at, timedelta(minutes=minutes))

    @rule(limit=st.sampled_from([1, 100]))
    def watch(self, limit: int) -> None:
        self.world.desk.watch.run(limit=limit)
        with self.world.store.unit("main", write=False) as unit:
            self.touched |= {fact.stream for fact in unit.feed.read(0, types=("clock.breach_noticed/1",))}

    @invariant()
    def row_and_timers_are_what_the_facts_say(self) -> None:
        for stream in self.touched:
            self.world.check(stream)
        self.touched = set()

    @invariant()
    def done_work_was_allowed_before_it_was_done(self) -> None:
        """No path leads to a fulfilled or resolved record without an allowing decision on record before it."""
        with self.world.store.unit("main", write=False) as unit:
            facts = unit.feed.read(0, limit=10_000)
        allowed: set[tuple[str, str]] = set()
        for fact in facts:
            if fact.stream == SECURITY_STREAM:
                assert isinstance(fact.body, Decided)
                if fact.body.allowed:
                    allowed.add((fact.body.item, fact.body.action))
            elif getattr(fact.body, "action", None) in ("receive", "fulfill", "resolve"):
                assert (fact.stream, fact.body.action) in allowed

    def teardown(self) -> None:
        for again, outcome in self.calls[-10:]:
            repeated = again()
            assert (repeated.record, repeated.facts, repeated.readings) == (
                outcome.record, outcome.facts, outcome.readings,
            )  # fmt: skip
        with self.world.store.unit("main", write=False) as unit:
            facts = unit.feed.read(0, limit=10_000)
            streams = {fact.stream for fact in facts if kind_of_stream(fact.stream)}
            for stream in streams:
                own = tuple(unit.journal.load(stream))
                for upto in range(1, len(own) + 1):
                    assert fold_work(own[:upto]).phase in Phase  # type: ignore[union-attr]
                noticed = [f.body for f in own if type(f.body).__name__ == "BreachNoticed"]
                assert len({(b.target, b.cycle) for b in noticed}) == len(noticed)


TestDeskMachine = DeskMachine.TestCase
TestDeskMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
