"""Whatever the desk can be asked, in any order, by anybody: nothing comes on record that no decision allowed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from svcdelivery.agreement import CoveredService, Term
from svcdelivery.desk import ServiceDesk
from svcdelivery.desk.work.incidents import IncidentDesk
from svcdelivery.desk.work.requests import RequestDesk
from svcdelivery.errors import ServiceDeliveryError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor, ActorKind
from svcdelivery.security import Decided, DecisionReplay
from svcdelivery.security.breaches import BreachRule, watch_log
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.system import Component, Procedure, ProcedureStep
from svcdelivery.testing.driver import FakeDriver
from svcdelivery.work import Observed, kind_of_stream
from tests.desk.commands import Command, arguments, commands_of, queries_of
from tests.desk.world import ANN, BOB, DIRECTORY, EVE, MONDAY, OLGA, HeldTime, World, keys, revision

ACTORS = st.sampled_from([
    *[BOB] * 12, *[OLGA] * 6, ANN, ANN, EVE, Actor.staff("carl"), Actor.staff("stranger"), Actor.system("portal"),
    Actor.customer("acme"),
])  # fmt: skip

NOBODY = st.sampled_from([EVE, Actor.staff("carl"), Actor.staff("stranger"), Actor.customer("globex")])


class Recording:
    """A store that keeps what each transaction wrote."""

    def __init__(self) -> None:
        self._store = MemoryStore()
        self.transactions: list[list[Fact[Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def unit(self, tenant: str, *, write: bool = True) -> Iterator[Any]:
        """Open a unit whose writes are kept once they are committed."""
        with self._store.unit(tenant, write=write) as unit:
            kept = _Unit(unit)
            yield kept
        if kept.facts:
            self.transactions.append(kept.facts)


class _Unit:
    def __init__(self, unit: Any) -> None:
        self._unit, self.facts = unit, list[Fact[Any]]()
        self.journal = _Journal(unit.journal, self.facts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)


class _Journal:
    def __init__(self, journal: Any, facts: list[Fact[Any]]) -> None:
        self._journal, self._facts = journal, facts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def append(self, *args: Any, **said: Any) -> Any:
        receipt = self._journal.append(*args, **said)
        if not receipt.replayed:
            self._facts += receipt.facts
        return receipt


def a_desk() -> ServiceDesk:
    return ServiceDesk(MemoryStore(), time=HeldTime(), directory=DIRECTORY)


COMMANDS = commands_of(a_desk())
# Told more often, so that work goes through its whole life and not only at its edges.
OFTEN = [name for name in COMMANDS if name.startswith(("requests.", "incidents.", "orders."))]


def test_every_command_says_who_asks_and_under_which_key() -> None:
    """A command with only one of them could be neither decided nor repeated."""
    assert len(COMMANDS) > 100
    named = {name: {"by", "key"} - set(command.call.__annotations__) for name, command in COMMANDS.items()}
    assert {name: missing for name, missing in named.items() if missing} == {}


def test_there_is_something_to_give_to_every_command() -> None:
    """One that was added since is asked as well; where its arguments are of no known kind, this test says so."""
    for command in COMMANDS.values():
        arguments(command)


def test_queries_write_nothing() -> None:
    """What takes no actor is asked of everything that can be asked without arguments, and the log stays as it was.

    The watch, which acts on what time brings about, and the dispatch, which tells it, are asked for by nobody.
    """
    desk = World(MemoryStore()).desk
    with desk.store.unit("main", write=False) as unit:
        before = unit.feed.head()
    for name, query in queries_of(desk).items():
        if all(one.default is not one.empty for one in query.parameters.values()):
            query.call()
            with desk.store.unit("main", write=False) as unit:
                assert unit.feed.head() == before, name


def _hall() -> tuple[Recording, ServiceDesk, HeldTime]:
    """Answer a desk with something in each of its rooms."""
    services = (
        CoveredService(id="email", approved=Term(MONDAY), entitled=("everybody",), delivered_by=("role:agent",)),
        CoveredService(id="laptop", approved=Term(MONDAY), entitled=("role:employee",)),
    )
    store: Any = Recording()
    time = World(store, terms=revision(services=services)).time
    desk = ServiceDesk(store, time=time, directory=DIRECTORY, drivers={"fake": FakeDriver()})
    desk.components.register(Component(id="web", driver="fake"), by=OLGA, key=next(keys))
    rooms: list[RequestDesk | IncidentDesk] = [desk.requests, desk.incidents]
    for room, ids in zip(rooms, (("r1", "r2"), ("i1", "i2")), strict=True):
        for id in ids:
            room.receive(customer="acme", service="email", requester="ann", id=id, by=ANN, key=next(keys))
    desk.vulnerabilities.detect("V1", title="a parser", services=["email"], by=BOB, key=next(keys))
    desk.problems.record(id="p1", summary="it fails on Mondays", services=["email"], by=BOB, key=next(keys))
    desk.security_incidents.report(id="S1", summary="odd downloads", by=BOB, key=next(keys))
    steps = [ProcedureStep(id="s1", instruction="look"), ProcedureStep(id="s2", instruction="write it down")]
    desk.procedures.register(Procedure(id="check", title="Check", steps=steps), by=BOB, key=next(keys))
    desk.procedures.begin("check", id="run1", by=BOB, key=next(keys))
    return store, desk, time


def _ask(command: Command, by: Actor, data: st.DataObject) -> None:
    # What is drawn by its type alone may already be refused as a value.
    with suppress(ServiceDeliveryError):
        said = data.draw(arguments(command), label=command.name)
        positional = [said.pop(name) for name, one in command.parameters.items() if one.kind is one.VAR_POSITIONAL]
        command.call(*positional, **said, by=by, key=next(keys))


@settings(max_examples=120, deadline=None)
@given(name=st.sampled_from(sorted(COMMANDS)), by=NOBODY, data=st.data())
def test_who_does_not_belong_here_gets_nothing_done(name: str, by: Actor, data: st.DataObject) -> None:
    """Strangers, those who left, people of another customer: at most the denial is on record."""
    store, desk, _ = _hall()
    command = commands_of(desk)[name]
    written = len(store.transactions)
    _ask(command, by, data)
    assert all(not fact.body.allowed for facts in store.transactions[written:] for fact in facts)


class EveryCommand(RuleBasedStateMachine):
    """Anybody asks for anything there is to ask for, with arguments of the right kind."""

    @initialize()
    def open(self) -> None:
        self.store, self.desk, self.time = _hall()
        self.commands = commands_of(self.desk)

    @rule(names=st.lists(st.sampled_from(sorted(COMMANDS)), min_size=1, max_size=8), data=st.data())
    def ask(self, names: list[str], data: st.DataObject) -> None:
        for name in names:
            _ask(self.commands[name], data.draw(ACTORS), data)

    @rule(names=st.lists(st.sampled_from(sorted(OFTEN)), min_size=1, max_size=8), data=st.data())
    def ask_of_work(self, names: list[str], data: st.DataObject) -> None:
        for name in names:
            _ask(self.commands[name], data.draw(ACTORS), data)

    @rule(id=st.sampled_from(["r1", "r2"]), by=ACTORS, then=ACTORS)
    def serve(self, id: str, by: Actor, then: Actor) -> None:
        for move, who in (("accept", by), ("start", by), ("fulfill", then)):
            try:
                getattr(self.desk.requests, move)(id, by=who, key=next(keys))
            except ServiceDeliveryError:
                return

    @rule(hours=st.sampled_from([1, 30, 24 * 20]))
    def wait(self, hours: int) -> None:
        self.time.advance(hours=hours)
        self.desk.watch.run()
        self.desk.breaches.run()

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        for facts in self.store.transactions:
            _check(facts)
        with self.store.unit("main", write=False) as unit:
            log = unit.feed.read(0, limit=100_000)
        replay = DecisionReplay()
        assert all(found.agrees for fact in log if (found := replay.follow(fact)) is not None)
        unlawful = {BreachRule.DELIVERY_WITHOUT_DECISION, BreachRule.SERVICE_NOT_AGREED, BreachRule.DECISION_DIFFERS}
        assert not [finding for finding in watch_log(log) if finding.rule in unlawful]


def _check(facts: list[Fact[Any]]) -> None:
    """Insist that a transaction is what its decisions allow, or what a program does by itself."""
    decided = [fact for fact in facts if isinstance(fact.body, Decided)]
    others = [fact for fact in facts if not isinstance(fact.body, Decided)]
    if not all(fact.body.allowed for fact in decided):
        assert not others, "a denial alone is on record"
    if not decided:
        assert {fact.actor.kind for fact in others} == {ActorKind.SYSTEM}, others[0]
    allowed = {(fact.body.item, fact.body.action, fact.actor) for fact in decided}
    for fact in others:
        action = getattr(fact.body, "action", None)
        if kind_of_stream(fact.stream) is not None and isinstance(action, str) and not isinstance(fact.body, Observed):
            # Of work, also a program needs a decision that allows this very thing on this very item.
            assert (fact.stream, action, fact.actor) in allowed, fact


TestEveryCommand = EveryCommand.TestCase
TestEveryCommand.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
