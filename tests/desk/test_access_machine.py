"""Looking for a path to a delivered service that no recorded decision allowed, with access changing all the time."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from svcdelivery.agreement import CoveredService, Term
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, NotFoundError, NotPermittedError, TransitionRefusedError
from svcdelivery.identity import Actor
from svcdelivery.security import (
    AccessRules,
    CatalogueService,
    Decided,
    DecisionReplay,
    Person,
    RoleActions,
    SeparationOfDuties,
)
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.work import Observed
from tests.desk.world import MONDAY, OLGA, World, keys, revision

PEOPLE = {
    person.id: person
    for person in (
        Person(id="ann", customer="acme", roles=("employee",)),
        Person(id="bob", roles=("agent",)),
        Person(id="cy", roles=("agent", "chief"), clearances=("secret",)),
        Person(id="dan"),
        Person(id="olga", roles=("owner",)),
        Person(id="gone", roles=("agent",), active=False),
    )
}
BOB, CY, ANN = Actor.staff("bob"), Actor.staff("cy"), Actor.end_user("ann")
OTHERS = [Actor.staff("dan"), Actor.staff("gone"), Actor.staff("stranger"), ANN]
WORKERS = st.sampled_from([BOB, BOB, BOB, CY, CY, CY, *OTHERS])
MANAGERS = st.sampled_from([OLGA, OLGA, OLGA, BOB])
HOLDERS = st.sampled_from(["bob", "cy", "dan"])
MOVES = ("accept", "start", "fulfill", "fulfill", "close", "resolve", "resume", "cancel")
DUTIES = (SeparationOfDuties("fulfill", ("accept",)), SeparationOfDuties("accept", ("requester",)))
REFUSED = (NotPermittedError, TransitionRefusedError, InvalidValueError, NotFoundError)


class Shifting:
    """A directory in which people come, go and change."""

    def __init__(self) -> None:
        self.people = dict(PEOPLE)

    def person(self, id: str) -> Person | None:
        return self.people.get(id)


class AccessMachine(RuleBasedStateMachine):
    """Anybody tries anything, while rules, grants, people and the agreement change."""

    @initialize()
    def open(self) -> None:
        services = (
            CoveredService(id="email", approved=Term(MONDAY), entitled=("everybody",), delivered_by=("role:agent",)),
            CoveredService(id="vpn", approved=Term(MONDAY), entitled=("everybody",)),
        )
        self.world = World(MemoryStore(), terms=revision(services=services))
        self.directory = Shifting()
        self.desk = ServiceDesk(self.world.store, time=self.world.time, directory=self.directory)
        self.made = 0
        self.receive("email", "ann")
        self.receive("vpn", "bob")

    def _try(self, command: Any, *args: Any, **said: Any) -> None:
        with suppress(*REFUSED):
            command(*args, **said, key=next(keys))

    def _new(self, kind: str) -> str:
        self.made += 1
        return f"{kind}{self.made}"

    @rule(service=st.sampled_from(["email", "vpn"]), requester=st.sampled_from(["ann", "bob"]))
    def receive(self, service: str, requester: str) -> None:
        by = ANN if requester == "ann" else BOB
        self._try(
            self.desk.requests.receive, customer="acme", service=service, requester=requester, by=by, id=self._new("r")
        )

    @rule(number=st.integers(1, 4), move=st.sampled_from(MOVES), by=WORKERS)
    def move(self, number: int, move: str, by: Actor) -> None:
        command = getattr(self.desk.requests, move, None)
        if command is not None:
            self._try(command, f"r{number}", by=by)

    @rule(number=st.integers(1, 4), first=WORKERS, then=WORKERS)
    def serve(self, number: int, first: Actor, then: Actor) -> None:
        for move, by in (("accept", first), ("start", first), ("fulfill", then)):
            self._try(getattr(self.desk.requests, move), f"r{number}", by=by)

    @rule(number=st.integers(1, 4), by=WORKERS)
    def reopen(self, number: int, by: Actor) -> None:
        self._try(self.desk.requests.reopen, f"r{number}", ground="again", by=by)

    @rule(holder=HOLDERS, by=MANAGERS, hours=st.sampled_from([1, 48]), to=HOLDERS)
    def grant(self, holder: str, by: Actor, hours: int, to: str) -> None:
        id, now = self._new("g"), self.world.time.now()
        said = {"actions": ("accept", "start", "fulfill"), "ground": "shift"}
        self._try(
            self.desk.access.grant, id, holder=holder, agreement="acme-1", service="vpn", until=now.add(hours=hours),
            by=by, **said,
        )  # fmt: skip
        self._try(
            self.desk.access.delegate, id, id=self._new("g"), to=to, until=now.add(minutes=30), by=Actor.staff(holder),
            **said,
        )  # fmt: skip

    @rule(holder=HOLDERS, by=MANAGERS, service=st.sampled_from(["r1", "r2"]))
    def break_glass(self, holder: str, by: Actor, service: str) -> None:
        until = self.world.time.now().add(hours=2)
        id = self._new("b")
        self._try(self.desk.access.break_glass, id, holder=holder, incident="i", ground="outage", until=until, by=by)
        self.serve(int(service[1]), Actor.staff(holder), Actor.staff(holder))
        self._try(self.desk.access.review_break_glass, id, conclusion="in order", by=by)

    @rule(what=st.sampled_from(["revoke", "rules", "agreement", "person"]), draw=st.data())
    def administer(self, what: str, draw: st.DataObject) -> None:
        getattr(self, f"_change_{what}")(draw.draw)

    def _change_revoke(self, draw: Any) -> None:
        self._try(self.desk.access.revoke, f"g{draw(st.integers(1, 12))}", ground="no longer", by=OLGA)

    def _change_rules(self, draw: Any) -> None:
        services = draw(st.sampled_from([(), (), ("email",), ("email", "vpn")]))
        rules = AccessRules(
            roles=(RoleActions("chief", ("accept",)),),
            break_glass_roles=("chief", "agent") if draw(st.booleans()) else (),
            duties=DUTIES if draw(st.booleans()) else (),
            access_roles=("owner",) if draw(st.booleans()) else (),
            catalogue=tuple(
                CatalogueService(id=id, approved=(Term(MONDAY),), clearance="secret" if id == "vpn" else None)
                for id in services
            ),
        )
        self._try(self.desk.access.set_rules, rules, by=OLGA)

    def _change_agreement(self, draw: Any) -> None:
        if draw(st.booleans()):
            self._try(self.desk.agreements.suspend, "acme-1", ground="unpaid", by=OLGA)
        self._try(self.desk.agreements.reinstate, "acme-1", by=OLGA)

    def _change_person(self, draw: Any) -> None:
        id = draw(st.sampled_from(["ann", "bob", "cy", "dan"]))
        roles = draw(st.sampled_from([("agent",), ("agent", "chief"), ()]))
        self.directory.people[id] = evolve(PEOPLE[id], active=draw(st.integers(0, 3)) > 0, roles=roles)

    @rule(minutes=st.sampled_from([1, 61, 60 * 49, -5]))
    def wait(self, minutes: int) -> None:
        self.world.time.advance(minutes=minutes)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.store.unit("main", write=False) as unit:
            facts = unit.feed.read(0, limit=100_000)
        replay, allowed = DecisionReplay(), None
        for fact in facts:
            found = replay.follow(fact)
            if found is not None:
                # Yesterday's decision, made again from the log alone, is yesterday's answer.
                assert found.again is not None
                assert found.again == found.logged
                allowed = found.logged if found.logged.allowed else None
            elif fact.stream.startswith("request:") and isinstance(getattr(fact.body, "action", None), str):
                assert not isinstance(fact.body, Observed)
                # Nothing happens to an item but right behind the decision that allowed this very thing.
                assert allowed is not None
                assert (allowed.item, allowed.action, allowed.actor) == (fact.stream, fact.body.action, fact.actor)
                allowed = None
            assert found is None or isinstance(fact.body, Decided)


TestAccessMachine = AccessMachine.TestCase
TestAccessMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
