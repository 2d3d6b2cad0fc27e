"""A store beside a plain model of dicts and lists: Hypothesis looks for a story in which they differ."""

from __future__ import annotations

import sys
from typing import Any

from attrs import define, field
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from svcdelivery.errors import Conflict, KeyReused
from svcdelivery.storage.chain import verify
from svcdelivery.storage.protocol import Claim, Due, Message, Parcel, Query, Record, Store
from svcdelivery.testing.conformance.kit import START, NotKeptError, Places, expect, later, texts, write
from svcdelivery.timeline import to_micros

__all__ = ["store_machine", "tell_stories"]

_STREAMS = st.sampled_from(["a", "b", "é", "e\u0301"])
_KEYS = st.sampled_from([f"k{number}" for number in range(3)])
_INTENTS = st.sampled_from(["one", "two"])
_MOMENTS = st.integers(0, 20)
_STEPS_BETWEEN = 3


class _MadeToFailError(Exception):
    pass


def _fail() -> None:
    raise _MadeToFailError


@define
class _Letter:
    id: str
    due: int
    attempts: int = 0
    fence: int = 0
    until: int = -1


@define
class _Model:
    """What the store must hold: as little as tells a right answer from a wrong one."""

    feed: list[tuple[str, int, str, int, int]] = field(factory=list)
    keys: dict[str, tuple[str, list[str]]] = field(factory=dict)
    records: dict[str, str] = field(factory=dict)
    timers: dict[tuple[str, str], int] = field(factory=dict)
    held: dict[tuple[str, str], tuple[int, int]] = field(factory=dict)
    fence: int = 0
    letters: list[_Letter] = field(factory=list)
    mark: int = 0

    def stream(self, name: str) -> list[str]:
        return [text for stream, _, text, _, _ in self.feed if stream == name]


class _StoreMachine(RuleBasedStateMachine):
    places: Places

    def __init__(self) -> None:
        super().__init__()
        self.store: Store = type(self).places()()
        self.model = _Model()
        self.claims: list[Claim] = []
        self.parcels: list[Parcel] = []
        self.steps = 0

    def teardown(self) -> None:
        try:
            # After a step that failed, what the store holds is not the complaint.
            if sys.exc_info()[0] is None:
                self.compare()
        finally:
            self.store.close()

    @rule(
        streams=st.lists(
            st.tuples(_STREAMS, st.sampled_from(["any", "right", "wrong"]), st.integers(0, 3)), max_size=3
        ),
        key=_KEYS,
        intent=_INTENTS,
        now=_MOMENTS,
        fails=st.sampled_from([False, False, True]),
    )
    def append(self, streams: list[tuple[str, str, int]], key: str, intent: str, now: int, *, fails: bool) -> None:
        model = self.model
        texts_of = [[f"{key} {intent} {now} {number}" for number in range(count)] for _, _, count in streams]
        ends = {name: len(model.stream(name)) for name, _, _ in streams}
        writes, stale = [], False
        for (name, kind, count), lines in zip(streams, texts_of, strict=True):
            expected = {"any": None, "right": ends[name], "wrong": ends[name] + 1}[kind]
            stale = stale or kind == "wrong"
            ends[name] += count
            writes.append(write(name, *lines, expected=expected))
        wrote = [line for lines in texts_of for line in lines]
        try:
            with self.store.unit("main") as unit:
                receipt = unit.journal.append(writes, key=key, intent=intent, now=later(now))
                if fails:
                    _fail()
        except _MadeToFailError:
            return
        except KeyReused:
            expect(key in model.keys and model.keys[key][0] != intent, True, "that the key has another intent")
            return
        except Conflict:
            expect(key not in model.keys and stale, True, "that a version is stale and the key is new")
            return
        if key in model.keys:
            expect((intent, texts(receipt.facts), receipt.replayed), (*model.keys[key], True), "the replayed receipt")
            return
        expect((stale, receipt.replayed, texts(receipt.facts)), (False, False, wrote), "the first receipt")
        model.keys[key] = (intent, wrote)
        recorded = max([now, *(at for *_, at in model.feed[-1:])])
        for (name, _, _), lines in zip(streams, texts_of, strict=True):
            for line in lines:
                model.feed.append((name, len(model.stream(name)) + 1, line, recorded, recorded))

    @rule(ids=st.lists(st.sampled_from(["1", "2", "10", "é", "Z"])), status=st.sampled_from(["new", "done"]))
    def put(self, ids: list[str], status: str) -> None:
        with self.store.unit("main") as unit:
            unit.records.put(
                [Record(kind="request", id=id, stream=id, version=1, columns=(("status", status),)) for id in ids]
            )
        self.model.records.update(dict.fromkeys(ids, status))

    @rule(stream=_STREAMS, name=st.sampled_from(["t", "u"]), at=st.none() | _MOMENTS)
    def arm(self, stream: str, name: str, at: int | None) -> None:
        with self.store.unit("main") as unit:
            unit.timers.arm([Due(stream=stream, name=name, due_at=None if at is None else later(at))])
        key = (stream, name)
        if self.model.timers.get(key) != at:
            self.model.held.pop(key, None)
        if at is None:
            self.model.timers.pop(key, None)
        else:
            self.model.timers[key] = at

    @rule(now=_MOMENTS, length=st.integers(1, 5), limit=st.integers(1, 3))
    def claim(self, now: int, length: int, limit: int) -> None:
        with self.store.unit("main") as unit:
            claims = unit.timers.claim(later(now), now=later(now), until=later(now + length), owner="w", limit=limit)
        model = self.model
        due = sorted((at, *key) for key, at in model.timers.items() if at <= now)
        free = [(s, n) for _, s, n in due if (s, n) not in model.held or model.held[s, n][1] <= now]
        expect([(c.due.stream, c.due.name) for c in claims], free[:limit], "what was claimed")
        for claim in claims:
            expect(claim.fence > model.fence, True, "that fences grow")
            model.fence = claim.fence
            model.held[claim.due.stream, claim.due.name] = (claim.fence, now + length)
        self.claims += claims

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.claims))
        with self.store.unit("main") as unit:
            settled = unit.timers.settle(claim)
        key = (claim.due.stream, claim.due.name)
        holds = key in self.model.held and self.model.held[key][0] == claim.fence
        expect(settled, holds, "whether the claim settles")
        if holds:
            del self.model.held[key], self.model.timers[key]

    @rule(ids=st.lists(st.sampled_from(["m", "n", "é"]), max_size=3), due=_MOMENTS)
    def send(self, ids: list[str], due: int) -> None:
        with self.store.unit("main") as unit:
            unit.outbox.put([Message(id=id, topic="mail", stream="a", due_at=later(due)) for id in ids])
        for id in dict.fromkeys(ids):
            if all(letter.id != id for letter in self.model.letters):
                self.model.letters.append(_Letter(id, due))

    @rule(now=_MOMENTS, length=st.integers(1, 5), limit=st.integers(1, 3))
    def fetch(self, now: int, length: int, limit: int) -> None:
        with self.store.unit("main") as unit:
            lend = unit.outbox.claim
            parcels = lend(later(now), now=later(now), until=later(now + length), owner="w", limit=limit)
        due = sorted((one for one in self.model.letters if one.due <= now), key=lambda one: one.due)
        free = [one for one in due if one.until <= now][:limit]
        expect([parcel.message.id for parcel in parcels], [one.id for one in free], "what was lent for delivery")
        for one, parcel in zip(free, parcels, strict=True):
            one.attempts, one.until, one.fence = one.attempts + 1, now + length, parcel.fence
            expect(
                (parcel.attempts, parcel.fence > self.model.fence), (one.attempts, True), "attempts, and a new fence"
            )
            self.model.fence = parcel.fence
        self.parcels += parcels

    @precondition(lambda self: self.parcels)
    @rule(data=st.data(), again=st.none() | _MOMENTS)
    def deliver(self, data: st.DataObject, again: int | None) -> None:
        parcel = data.draw(st.sampled_from(self.parcels))
        with self.store.unit("main") as unit:
            done = unit.outbox.settle(parcel) if again is None else unit.outbox.defer(parcel, later(again))
        held = [one for one in self.model.letters if (one.id, one.fence) == (parcel.message.id, parcel.fence)]
        expect(done, bool(held), "whether the parcel is still the worker's")
        for one in held:
            if again is None:
                self.model.letters.remove(one)
            else:
                one.due, one.fence, one.until = again, 0, -1

    @rule(share=st.integers(0, 4))
    def follow(self, share: int) -> None:
        self.model.mark = len(self.model.feed) * share // 4
        with self.store.unit("main") as unit:
            unit.marks.put("follower", self.model.mark)

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        # Asking for everything takes longer than most steps do, so it is done now and then, and at the end.
        self.steps += 1
        if self.steps % _STEPS_BETWEEN == 0:
            self.compare()

    def compare(self) -> None:
        """Complain when the store holds something else than the model."""
        model = self.model
        with self.store.unit("main", write=False) as unit:
            feed = unit.feed.read(0, limit=10_000)
            expect([_told(fact) for fact in feed], model.feed, "the feed")
            expect([fact.position for fact in feed], list(range(1, len(model.feed) + 1)), "positions")
            for name in ("a", "é"):
                expect(texts(unit.journal.load(name)), model.stream(name), "a stream")
            records = unit.records.find(Query(kind="request", where=(("status", "new"),))).items
            wanted = sorted(id for id, status in model.records.items() if status == "new")
            expect([record.id for record in records], wanted, "records")
            expect(
                [due.name for due in unit.timers.of("a")], sorted(n for s, n in model.timers if s == "a"), "wake-ups"
            )
            letters = sorted(model.letters, key=lambda one: one.due)
            expect([m.id for m in unit.outbox.waiting(later(99))], [one.id for one in letters], "waiting messages")
            expect(unit.marks.get("follower"), model.mark, "the mark")
            report = verify(unit.feed.entries(0, limit=10_000), "main", head=unit.feed.head())
        if not report.sound:
            raise NotKeptError(f"the chain is damaged: {report.finding}")


def _told(fact: Any) -> tuple[str, int, str, int, int]:
    start = to_micros(START)
    occurred, recorded = to_micros(fact.occurred_at) - start, to_micros(fact.recorded_at) - start
    return fact.stream, fact.version, fact.body.text, occurred, recorded


def store_machine(places: Places) -> type[RuleBasedStateMachine]:
    """Answer the machine for a store; `hypothesis.stateful.run_state_machine_as_test` runs it.

    Args:
        places: Called once a story; answers a factory of stores in a new, empty place.
    """
    return type("StoreMachine", (_StoreMachine,), {"places": staticmethod(places)})


def tell_stories(places: Places, *, stories: int, steps: int) -> None:
    """Let Hypothesis look for a story that tells the store from the model.

    Raises:
        NotKeptError: There is one; Hypothesis adds the shortest it found.
    """
    run_state_machine_as_test(
        store_machine(places),
        settings=settings(
            max_examples=stories,
            stateful_step_count=steps,
            deadline=None,
            # To say which lines ran only when it failed takes many more runs, and the lines are the kit's own.
            phases=set(Phase) - {Phase.explain},
            suppress_health_check=list(HealthCheck),
        ),
    )
