"""The officer of security: grants reviewed, vulnerabilities corrected, the breach watch, and security incidents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from attrs import define

from svcdelivery.identity import Actor
from svcdelivery.security.incident import SecurityIncident
from svcdelivery.security.vulnerability import Assessment, Severity
from svcdelivery.testing.simulator.people import OFFICER, OWNER, directory, team_of
from svcdelivery.testing.simulator.world import Story, World
from svcdelivery.timeline import Instant

__all__ = ["security_rounds"]

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_NEXT = {
    "reported": "analyze", "analyzing": "declare", "declared": "contain", "contained": "eradicate",
    "eradicated": "recover", "recovered": "review", "reviewed": "close",
}  # fmt: skip
_FOUND = (
    ("a library of the mail gateway reads past its end", "email", "workplace", True),
    ("the printers accept firmware from anybody", "print", "workplace", False),
    ("the tunnel's key exchange can be forced to a weak form", "vpn", "network", True),
)
_ODD = ("mail is forwarded to an address abroad", "a sign-in from two countries within an hour", "a lost laptop")


@define(eq=False)
class _Office:
    """What the officer has to hand."""

    world: World
    random: Random
    vulnerabilities: int = 0
    incidents: int = 0
    commands: int = 0

    def ask(self, command: Callable[..., Any], *args: Any, by: Actor = OFFICER, **said: Any) -> Any:
        """Run a command under the next key."""
        self.commands += 1
        key = f"security/{self.commands}"
        return self.world.ask(lambda: command(*args, **said, by=by, key=key)).record


def security_rounds(world: World, first: Instant, random: Random) -> Story:
    """Answer the rounds; they begin at an instant and come again each day."""
    office, at, days = _Office(world, random), first, 0
    while True:
        yield at
        _watch(office)
        _go_on(office)
        if days % 30 == 0:
            _cover(office, days // 30)
        if days % 28 == 3:
            _find(office)
        if days % 35 == 9:
            _report(office)
        if days % 14 == 12:
            _review(office)
        days, at = days + 1, datetime.__add__(at, _DAY)


def _watch(office: _Office) -> None:
    """Judge what came on record, and count what was found."""
    for finding in office.world.desk.breaches.run().findings:
        office.world.counts[f"findings: {finding.rule.name.lower().replace('_', ' ')}"] += 1


def _cover(office: _Office, month: int) -> None:
    """Let somebody of another team stand in for a month."""
    access, until = office.world.desk.access, datetime.__add__(office.world.now, 30 * _DAY)
    said = {"agreement": "globex-2026", "service": "vpn", "actions": ("assign", "start", "post", "resolve")}
    office.ask(access.grant, f"cover-{month}", holder="dmitri", until=until, ground="holidays", by=OWNER, **said)
    office.world.counts["grants given"] += 1


def _review(office: _Office) -> None:
    """Look at who has leave to do what; a grant nobody used is taken back."""
    desk = office.world.desk
    for finding in desk.access.review(people=directory().everybody(), idle=_WEEK):
        office.world.counts[f"access reviewed: {finding.kind.value.replace('_', ' ')}"] += 1
        if finding.kind.value == "unused_grant":
            office.ask(desk.access.revoke, finding.subject, ground="nobody needed it", by=OWNER)
            office.world.counts["grants revoked"] += 1


def _find(office: _Office) -> None:
    title, service, team, exposed = _FOUND[office.vulnerabilities % len(_FOUND)]
    office.vulnerabilities += 1
    id, side = f"VUL-{office.vulnerabilities:03d}", office.world.desk.vulnerabilities
    office.ask(side.detect, id, title=title, services=[service])
    grave = Assessment(severity=Severity.HIGH, exposed=exposed, automatable=True, total_impact=False)
    office.ask(side.assess, id, grave)
    office.ask(side.plan, id, owner=team_of(team)[0], plan="take in the maker's correction")
    office.world.counts["vulnerabilities found"] += 1


def _report(office: _Office) -> None:
    office.incidents += 1
    odd = office.random.choice(_ODD)
    id, side = f"SEC-{office.incidents:03d}", office.world.desk.security_incidents
    office.ask(side.report, summary=odd, agreements=["acme-2026"], id=id, by=Actor.staff(team_of("workplace")[0]))
    office.world.counts["security incidents reported"] += 1


def _go_on(office: _Office) -> None:
    desk = office.world.desk
    for status, step in (("planned", "start_fix"), ("fixing", "fix"), ("fixed", "verify"), ("verified", "close")):
        for known in desk.vulnerabilities.find(status=status).items:
            _correct(office, known.id, known.owner, step)
    for incident in (
        desk.security_incidents.find(phase="new").items + desk.security_incidents.find(phase="active").items
    ):
        _see_to(office, incident)
    for incident in desk.security_incidents.find(phase="done").items:
        _see_to(office, incident)


def _correct(office: _Office, id: str, owner: str, step: str) -> None:
    side, by = office.world.desk.vulnerabilities, Actor.staff(owner)
    if step == "fix":
        office.ask(side.fix, id, evidence="the corrected version is in", by=by)
    elif step == "verify":
        corrected = office.random.random() < 0.8
        office.ask(side.verify, id, corrected=corrected, evidence="scanned once more")
        office.world.counts["corrections verified" if corrected else "corrections that did not hold"] += 1
    else:
        office.ask(getattr(side, step), id, by=by if step == "start_fix" else OFFICER)


def _see_to(office: _Office, incident: SecurityIncident) -> None:
    side, step = office.world.desk.security_incidents, _NEXT[incident.status.value]
    if incident.findings:
        step = "dismiss" if step == "declare" else step
    said: dict[str, Any] = {
        "review": {"lessons": "tell staff what to look for"},
        "dismiss": {"ground": "explained"},
    }.get(step, {})
    office.ask(getattr(side, step), incident.id, **said)
    office.world.counts["security incidents dismissed"] += step == "dismiss"
    if step == "analyze" and not incident.findings:
        office.ask(
            side.notify, incident.id, agreement="acme-2026", party="acme", text=f"we look into it: {incident.summary}"
        )
        office.world.counts["customers told of security incidents"] += 1
