"""Logs of a small provider, clean or with breaches put in; as a module, a million clean entries watched."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from attrs import evolve

from svcdelivery.agreement import (
    AgreementRevision,
    AgreementStatus,
    AgreementStatusChanged,
    CoveredService,
    RevisionRegistered,
    Term,
)
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.security import (
    SECURITY_STREAM,
    AccessRequest,
    AccessRules,
    BreakGlass,
    BreakGlassOpened,
    BreakGlassReviewed,
    Decided,
    Decision,
    DecisionReplay,
    Grant,
    Granted,
    Person,
    Revoked,
    SeparationOfDuties,
    authorize,
    decide_internal,
)
from svcdelivery.security.breaches import BreachRule, BreachSettings, BreachWatch, SignedIn
from svcdelivery.security.vulnerability import (
    Assessment,
    KevListing,
    Severity,
    VulnerabilityAssessed,
    VulnerabilityDetected,
    VulnerabilityFixed,
    VulnerabilityFixStarted,
    VulnerabilityPlanned,
    VulnerabilityVerified,
)
from svcdelivery.timeline import Instant, from_micros, to_instant, to_micros
from svcdelivery.work import Accepted, Closed, Fulfilled, MessagePosted, RequestReceived, Started
from svcdelivery.work.facts import Audience

__all__ = ["INJECTIONS", "Injected", "Log", "clean_entries"]

START = to_instant(datetime(2026, 7, 1, tzinfo=UTC))
_AGENTS = tuple(f"agent{n}" for n in range(12))
_MANAGER, _OLGA, _PORTAL = "max", "olga", "portal"
_PEOPLE = {
    **{id: Person(id=id, roles=("agent",)) for id in _AGENTS},
    **{id: Person(id=id, roles=("specialist",)) for id in ("net0", "net1", "net2")},
    _MANAGER: Person(id=_MANAGER, roles=("manager",)),
    _OLGA: Person(id=_OLGA, roles=("owner",)),
    _PORTAL: Person(id=_PORTAL),
    "ann": Person(id="ann", customer="acme"),
}
_SERVICES = ("email", "laptop", "vpn")
_MOVES = (("accept", Accepted), ("start", Started), ("fulfill", Fulfilled), ("close", Closed))
_VPN_ACTIONS = frozenset({"accept", "start", "fulfill", "close"})


class Log:
    """Writes entries as the desk would: each fact of work right behind the decision that allowed it."""

    def __init__(self, seed: int, *, pace: timedelta) -> None:
        self.random, self.pace = Random(seed), pace
        self.now: Instant = START
        self.position = 0
        self.versions: dict[str, int] = {}
        self.replay = DecisionReplay(items_kept_most=2_000)
        self.out: list[Fact[Any]] = []
        self.live: list[tuple[str, str, int, str]] = []
        self.people = dict(_PEOPLE)
        self.numbers = 0
        self.grants: dict[str, Grant] = {}
        self._begin()

    # -- writing -------------------------------------------------------------------------------------------------------

    def new(self, kind: str) -> str:
        self.numbers += 1
        return f"{kind}{self.numbers}"

    def say(self, stream: str, body: Any, actor: Actor, *, occurred_at: Instant | None = None) -> Fact[Any]:
        self.position += 1
        self.versions[stream] = version = self.versions.get(stream, 0) + 1
        fact = Fact(
            stream=stream,
            version=version,
            position=self.position,
            occurred_at=occurred_at or self.now,
            recorded_at=self.now,
            actor=actor,
            body=body,
        )
        self.replay.follow(fact)
        self.out.append(fact)
        return fact

    def decide(self, stream: str, action: str, actor: Actor, **said: Any) -> Decision:
        item = self.replay.item(stream)
        known = item is not None or action == "receive"
        request = AccessRequest(
            actor=actor,
            action=action,
            at=self.now,
            service=said.get("service", item.service if item is not None else None),
            agreement=self.replay.agreement(said.get("agreement", item.agreement if item is not None else "")),
            person=self.people.get(actor.id),
            requester=self.people["ann"],
            item=stream,
            item_known=known,
            involvement=item,
        )
        return self.record(authorize(request, self.replay.access))

    def record(self, decision: Decision) -> Decision:
        # When it turns is not asked: it would cost more than all the rest.
        body = Decided(
            **{name: getattr(decision, name) for name in (
                "allowed", "reason", "reasons", "action", "service", "agreement", "revision", "item", "grants",
                "obligations", "person", "requester",
            )}
        )  # fmt: skip
        self.say(SECURITY_STREAM, body, decision.actor)
        return decision

    def act(self, stream: str, action: str, body: Any, actor: Actor, **said: Any) -> bool:
        allowed = self.decide(stream, action, actor, **said).allowed
        if allowed:
            self.say(stream, body, actor)
        return allowed

    def internal(self, action: str, item: str, body: Any) -> None:
        actor, person = Actor.staff(_OLGA), self.people[_OLGA]
        self.record(decide_internal(actor=actor, action=action, item=item, person=person, at=self.now))
        self.say(item, body, actor)

    def wait(self, **time: float) -> None:
        self.now = from_micros(to_micros(self.now) + int(timedelta(**time).total_seconds() * 1_000_000))

    # -- a clean provider ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        services = tuple(
            CoveredService(
                id=id, approved=Term(START), entitled=("everybody",),
                delivered_by=() if id == "vpn" else ("role:agent",),
            )
            for id in _SERVICES
        )  # fmt: skip
        for id in (f"acme-{n}" for n in range(1, 9)):
            terms = AgreementRevision(
                agreement=id, customer="acme", effective_at=START, term=Term(START), services=services
            )
            self.internal("register_agreement", f"agreement:{id}", RevisionRegistered(terms, terms.digest))
            self.say(
                f"agreement:{id}",
                AgreementStatusChanged(action="agree", status=AgreementStatus.AGREED),
                Actor.staff(_OLGA),
            )
        rules = AccessRules(break_glass_roles=("manager",), duties=(SeparationOfDuties("fulfill", ("accept",)),))
        self.internal("set_access_rules", "access", rules)
        for holder in ("net0", "net1", "net2"):
            self.grant(holder)
        self.wait(hours=1)

    def grant(self, holder: str, *, id: str = "", days: float = 30, service: str = "vpn") -> Grant:
        grant = Grant(
            id=id or self.new("g"), holder=holder, agreement="acme-1", service=service, actions=_VPN_ACTIONS,
            window=Term(self.now, from_micros(to_micros(self.now) + int(days * 86_400_000_000))), granted_by=_OLGA,
            ground="shift",
        )  # fmt: skip
        self.internal("grant_access", "access", Granted(grant))
        if grant.service == "vpn":
            self.grants[holder] = grant
        return grant

    def receive(self, service: str, *, agreement: str = "acme-1", id: str = "") -> str:
        stream = f"request:{id or self.new('r')}"
        body = RequestReceived(customer="acme", service=service, requester="ann", agreement=agreement, revision=1)
        self.act(stream, "receive", body, Actor.system(_PORTAL), service=service, agreement=agreement)
        return stream

    def step(self) -> None:
        """Do one of the things a clean provider does."""
        self.wait(seconds=self.random.expovariate(1 / self.pace.total_seconds()))
        draw = self.random.random()
        if draw < 0.6 and self.live:
            self._work()
        elif draw < 0.96 and len(self.live) < 200:
            service = self.random.choice(_SERVICES)
            self.live.append((self.receive(service), service, 0, ""))
        elif draw < 0.97:
            self.say("security", SignedIn("paris"), Actor.staff(self.random.choice(_AGENTS)))
        elif draw < 0.975 and self.live:
            # Somebody tries what is for others, and is denied.
            self.decide(self.live[0][0], "start", Actor.staff(_OLGA))
        elif draw < 0.976:
            self._glass()
        elif draw < 0.9765:
            self._vulnerability()
        self._renew()

    def _work(self) -> None:
        index = self.random.randrange(len(self.live))
        stream, service, stage, accepted_by = self.live[index]
        able = [id for id in (("net0", "net1", "net2") if service == "vpn" else _AGENTS) if id != accepted_by]
        who = self.random.choice(able)
        action, body = _MOVES[stage]
        assert self.act(stream, action, body(), Actor.staff(who))
        if stage + 1 == len(_MOVES):
            self.live[index] = self.live[-1]
            self.live.pop()
        else:
            self.live[index] = (stream, service, stage + 1, who if action == "accept" else accepted_by)

    def _renew(self) -> None:
        for holder, grant in list(self.grants.items()):
            assert grant.window.until is not None
            if datetime.__sub__(grant.window.until, self.now) < timedelta(days=2):
                self.grant(holder)
                self.wait(minutes=20)

    def open_glass(self, id: str, *, hours: float = 2) -> None:
        until = from_micros(to_micros(self.now) + int(hours * 3_600_000_000))
        opening = BreakGlass(
            id=id, holder=_MANAGER, incident="incident:7", ground="nobody there", authorized_by=_OLGA,
            window=Term(self.now, until),
        )  # fmt: skip
        self.internal("break_glass", "access", BreakGlassOpened(opening))

    def _glass(self) -> None:
        id, stream = self.new("b"), self.receive("vpn")
        self.open_glass(id)
        self.wait(minutes=5)
        assert self.act(stream, "accept", Accepted(), Actor.staff(_MANAGER))
        self.wait(minutes=30)
        self.internal("review_break_glass", "access", BreakGlassReviewed(opening=id, conclusion="in order"))

    def detect(self, id: str, service: str) -> str:
        stream = f"vulnerability:{id}"
        self.say(stream, VulnerabilityDetected(title="overflow", services={service}), Actor.system("scanner"))
        listed = KevListing(id="CVE-1", added_on="2026-07-01")
        self.say(stream, VulnerabilityAssessed(Assessment(severity=Severity.CRITICAL, kev=listed)), Actor.staff(_OLGA))
        return stream

    def _vulnerability(self) -> None:
        stream = self.detect(self.new("v"), self.random.choice(_SERVICES))
        fixer, other = Actor.staff("agent1"), Actor.staff("agent2")
        self.say(stream, VulnerabilityPlanned(owner="agent1", plan="update"), fixer)
        self.say(stream, VulnerabilityFixStarted(), fixer)
        self.wait(hours=3)
        self.say(stream, VulnerabilityFixed(evidence="version 2"), fixer)
        self.say(stream, VulnerabilityVerified(corrected=True, evidence="scan"), other)

    def run(self, entries: int) -> None:
        """Go on for about so many entries."""
        upto = self.position + entries
        while self.position < upto:
            self.step()

    def drain(self) -> list[Fact[Any]]:
        """Answer what was written since, and let go of it."""
        out, self.out = self.out, []
        return out


def clean_entries(entries: int, *, seed: int, pace: timedelta = timedelta(minutes=1)) -> Iterator[Fact[Any]]:
    """Answer at least so many entries of a provider at which nothing goes wrong, a few at a time."""
    log = Log(seed, pace=pace)
    while log.position < entries:
        yield from log.drain()
        log.step()
        # What is closed long ago is not worked on again: its version need not be kept.
        if len(log.versions) > 20_000:
            live = {stream for stream, *_ in log.live}
            log.versions = {s: v for s, v in log.versions.items() if s in live or not s.startswith("request:")}
    yield from log.drain()


# -- breaches ----------------------------------------------------------------------------------------------------------

Injected = tuple[BreachRule, str]
"""What must be found: the rule, and a name that stands in the finding."""


def _denials(log: Log, name: str) -> None:
    log.people[name] = Person(id=name)
    stream = log.receive("email")
    for _ in range(10):
        log.wait(seconds=20)
        log.decide(stream, "start", Actor.staff(name))


def _probing(log: Log, name: str) -> None:
    log.people[name] = Person(id=name)
    for number in range(1, 6):
        stream = log.receive("email", agreement=f"acme-{number}")
        log.wait(minutes=9)
        log.decide(stream, "start", Actor.staff(name))


def _outside(log: Log, name: str) -> None:
    log.people[name] = Person(id=name)
    stream = log.receive("vpn")
    log.grant(name, days=1)
    del log.grants[name]
    log.wait(hours=2)
    assert log.act(stream, "accept", Accepted(), Actor.staff(name))
    log.wait(days=2)
    log.say(stream, Started(), Actor.staff(name))


def _revoked(log: Log, name: str) -> None:
    log.people[name] = Person(id=name)
    stream = log.receive("vpn")
    grant = log.grant(name)
    del log.grants[name]
    log.wait(hours=2)
    log.internal("revoke_access", "access", Revoked(grant=grant.id))
    log.wait(hours=2)
    log.say(stream, Accepted(), Actor.staff(name))


def _left(log: Log, name: str) -> None:
    log.people[name] = Person(id=name, roles=("agent",), active=False)
    stream = log.receive("email")
    log.decide(stream, "accept", Actor.staff(name))
    log.wait(minutes=2)
    log.say(stream, Accepted(), Actor.staff(name))


def _bypass(log: Log, name: str) -> None:
    stream = log.receive("email", id=name)
    assert log.act(stream, "accept", Accepted(), Actor.staff("agent1"))
    log.say(stream, Fulfilled(), Actor.staff("agent2"))


def _forged(log: Log, stream: str, action: str, actor: Actor) -> None:
    """Put an allowance on record that no rule gave."""
    decision = log.decide(stream, action, actor)
    fact = log.out.pop()
    log.position -= 1
    log.versions[fact.stream] -= 1
    log.record(evolve(decision, allowed=True, reason="entitled", reasons=(), basis=None))


def _not_agreed(log: Log, name: str) -> None:
    stream = f"request:{name}"
    received = RequestReceived(customer="acme", service="coffee", requester="ann", agreement="acme-1", revision=1)
    log.say(stream, received, Actor.system(_PORTAL))
    _forged(log, stream, "fulfill", Actor.staff("agent1"))
    log.say(stream, Fulfilled(), Actor.staff("agent1"))


def _same_hands(log: Log, name: str) -> None:
    stream = log.receive("email", id=name)
    assert log.act(stream, "accept", Accepted(), Actor.staff("agent1"))
    log.wait(hours=1)
    _forged(log, stream, "fulfill", Actor.staff("agent1"))
    log.say(stream, Fulfilled(), Actor.staff("agent1"))


def _not_reviewed(log: Log, name: str) -> None:
    stream = log.receive("vpn")
    log.open_glass(name)
    log.wait(minutes=10)
    assert log.act(stream, "accept", Accepted(), Actor.staff(_MANAGER))


def _hasty(log: Log, name: str) -> None:
    log.people[name] = Person(id=name)
    stream = log.receive("vpn")
    log.grant(name)
    del log.grants[name]
    log.wait(minutes=2)
    assert log.act(stream, "accept", Accepted(), Actor.staff(name))


def _dormant(log: Log, name: str) -> None:
    stream, grant = log.receive("vpn"), log.replay.access.by_id[name]
    assert log.act(stream, "accept", Accepted(), Actor.staff(grant.holder))


def _sites(log: Log, name: str) -> None:
    log.say("security", SignedIn("paris"), Actor.staff(name))
    log.wait(minutes=3)
    log.say("security", SignedIn("lima"), Actor.staff(name))


def _volume(log: Log, name: str) -> None:
    log.people[name] = Person(id=name, roles=("agent",))
    stream = log.receive("email")
    for _ in range(12):
        log.wait(minutes=61)
        assert log.act(stream, "post", MessagePosted(audience=Audience.INTERNAL, text="x"), Actor.staff(name))
    log.wait(minutes=60 - log.now.minute)
    for _ in range(70):
        log.wait(seconds=20)
        assert log.act(stream, "post", MessagePosted(audience=Audience.INTERNAL, text="x"), Actor.staff(name))


def _gap(log: Log, _name: str) -> None:
    log.position += 1


def _overdue(log: Log, name: str) -> None:
    stream = log.detect(name, "email")
    log.wait(days=4)
    item = log.receive("email")
    for (action, body), who in zip(_MOVES[:3], ("agent1", "agent1", "agent2"), strict=True):
        assert log.act(item, action, body(), Actor.staff(who))
    log.say(stream, VulnerabilityPlanned(owner="agent1", plan="update"), Actor.staff("agent1"))
    log.say(stream, VulnerabilityFixStarted(), Actor.staff("agent1"))
    log.say(stream, VulnerabilityFixed(evidence="version 2"), Actor.staff("agent1"))
    log.say(stream, VulnerabilityVerified(corrected=True, evidence="scan"), Actor.staff("agent2"))


def _differs(log: Log, name: str) -> None:
    log.people[name] = Person(id=name)
    _forged(log, log.receive("email"), "start", Actor.staff(name))


INJECTIONS: tuple[tuple[BreachRule, Callable[[Log, str], None]], ...] = (
    (BreachRule.MANY_DENIALS, _denials),
    (BreachRule.PROBING, _probing),
    (BreachRule.OUTSIDE_WINDOW, _outside),
    (BreachRule.AFTER_REVOCATION, _revoked),
    (BreachRule.AFTER_REVOCATION, _left),
    (BreachRule.DELIVERY_WITHOUT_DECISION, _bypass),
    (BreachRule.SERVICE_NOT_AGREED, _not_agreed),
    (BreachRule.DUTIES_NOT_SEPARATE, _same_hands),
    (BreachRule.GLASS_NOT_REVIEWED, _not_reviewed),
    (BreachRule.HASTY_GRANT, _hasty),
    (BreachRule.DORMANT_GRANT, _dormant),
    (BreachRule.TWO_SITES, _sites),
    (BreachRule.UNUSUAL_VOLUME, _volume),
    (BreachRule.LOG_GAP, _gap),
    (BreachRule.OVERDUE_VULNERABILITY, _overdue),
    (BreachRule.DECISION_DIFFERS, _differs),
)


# -- a million entries -------------------------------------------------------------------------------------------------


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Watch a million clean entries, or as many as said, in one pass; print findings, memory and time."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    watch, found, seen, spent = BreachWatch(BreachSettings(kept_most=2_000)), 0, 0, 0.0
    early = 0.0
    for fact in clean_entries(wanted, seed=1):
        start = time.process_time()
        findings = watch.follow(fact)
        spent += time.process_time() - start
        found += len(findings)
        for finding in findings[:5]:
            print(f"entry {fact.position}: {finding.key}: {finding.explanation}")
        seen += 1
        if seen == max(wanted // 10, 1):
            early = _megabytes()
    grown = _megabytes() - early
    print(
        f"{seen} clean entries, {found} findings, {spent:.1f} s of watching; peak memory {_megabytes():.0f} MB, "
        f"{grown:.1f} MB more than after a tenth"
    )
    return int(found > seen / 10_000 or grown > 20)


if __name__ == "__main__":
    sys.exit(main())
