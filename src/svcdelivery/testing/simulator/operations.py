"""The service system in the simulation: components, thresholds, training, probes, troubles and what is done then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count, pairwise
from random import Random
from typing import Any

from attrs import define

from svcdelivery.identity import Actor
from svcdelivery.schedule import DeliverySchedule, Dependency, Link, Occurrence, Task
from svcdelivery.system import (
    Audience,
    Component,
    Course,
    DeliveryApproach,
    Procedure,
    ProcedureStep,
    ServiceApproach,
    Threshold,
)
from svcdelivery.system.monitoring import KnownAlert, MonitoringRule, PastThreshold, Sample
from svcdelivery.testing.simulator.aftermath import aftermath
from svcdelivery.testing.simulator.people import OWNER, PROBE, QUALITY, SERVICES, people
from svcdelivery.testing.simulator.world import Item, Story, World
from svcdelivery.timeline import Instant, to_instant

__all__ = ["operation_rounds", "standing_story"]

_ADA, _BEN, _GIL = Actor.staff("ada"), Actor.staff("ben"), Actor.staff("gil")
_ROUND, _HOUR = timedelta(hours=6), timedelta(hours=1)
_EMAIL = SERVICES[0]
_METRIC = "mail/queue"
_USUAL, _TROUBLED = (100, 300), (600, 900)
_TROUBLES, _NOT_ENOUGH = 0.02, 0.25
_PROPOSED_AT = 180
"""The round at which the threshold is worked out anew."""
_LEARNED = {12: "acme.agnes", 60: "cleo"}
"""Who completes what they were told to learn, and in which round; the others are late."""

_COMPONENTS = (
    Component(id="directory", name="Directory", owner="workplace"),
    Component(id="mail", name="Mail server", depends_on=["directory"], services=["email"], owner="workplace"),
    Component(id="print-queue", name="Print queue", depends_on=["directory"], services=["print"], owner="workplace"),
    Component(id="stock", name="Stock of laptops", services=["laptop"], owner="field"),
)
_RESTART = Procedure(
    id="restart-mail",
    title="Restart the mail server",
    qualification="mail-operations",
    owner="workplace",
    resolves=True,
    steps=[
        ProcedureStep(id="stop", instruction="Stop taking mail in, then stop the server"),
        ProcedureStep(id="start", instruction="Start it, and watch the queue become shorter"),
        ProcedureStep(id="check", instruction="Send a mail to yourself, and have it seen", four_eyes=True),
    ],
)
_MAIL_COURSE = Course(
    id="mail-operations", title="Operating mail", qualifies_for=["mail-operations"], valid_for=timedelta(days=365)
)
_WELCOME = Course(id="welcome", title="Welcome to the service desk", audience=Audience.END_USER, on_joining=True)
_NEWCOMERS = ("acme.agnes", "acme.jules")
_RULE = MonitoringRule(
    id="mail-queue",
    probe=_METRIC,
    detection=PastThreshold(metric=_METRIC, samples_least=3),
    agreement="acme-2026",
    service="email",
    requester="acme.agnes",
    priority="P2",
    component="mail",
    lookback=timedelta(days=2),
    procedure="restart-mail",
)
_ROLLOUT = (
    Task(id="order", duration=16 * _HOUR, owner="gil"),
    Task(id="image", duration=24 * _HOUR, owner="fatou"),
    Task(id="pilot", duration=80 * _HOUR, owner="fatou"),
    Task(id="rollout", duration=240 * _HOUR, owner="gil"),
    Task(id="all-replaced", owner="gil"),
)
_ROLLED: dict[int, tuple[str, str]] = {
    3: ("start", "order"), 9: ("finish", "order"), 10: ("start", "image"), 40: ("finish", "image"),
    100: ("arrive", "laptops"), 101: ("start", "pilot"), 140: ("finish", "pilot"), 141: ("start", "rollout"),
    300: ("finish", "rollout"), 301: ("finish", "all-replaced"),
}  # fmt: skip
"""What becomes of the schedule in which round; the laptops come days after they were promised."""
_APPROACH = DeliveryApproach(
    agreement="acme-2026",
    roles={"agent", "field_technician"},
    services=[
        ServiceApproach(service="email", role="agent", procedures=["restart-mail"]),
        ServiceApproach(service="laptop", role="field_technician"),
        ServiceApproach(service="print", role="agent"),
    ],
)


@define(eq=False)
class _Round:
    """The rounds of whoever operates the service system, with the keys of their commands."""

    world: World
    random: Random
    done: list[Item]
    keys: int = 0

    @property
    def desk(self) -> Any:
        return self.world.desk

    def ask(self, command: Callable[..., Any], *arguments: Any, by: Actor = OWNER, **said: Any) -> Any:
        self.keys += 1
        self.world.counts["commands"] += 1
        return command(*arguments, **said, by=by, key=f"operations/{self.keys}")

    def count(self, what: str) -> None:
        self.world.counts[what] += 1


def operation_rounds(world: World, random: Random) -> Story:
    """Answer the rounds: everything is set up at once, then probes are read four times a day."""
    rounds = _Round(world, random, [])
    _set_up(rounds)
    start = world.now
    for number in count(1):
        yield to_instant(max(datetime.__add__(start, number * _ROUND), world.now))
        _close(rounds)
        troubled = random.random() < _TROUBLES
        _measure(rounds, start, number, _TROUBLED if troubled else _USUAL)
        if number == _PROPOSED_AT:
            _revise(rounds)
        if number in _LEARNED:
            _complete(rounds, _LEARNED[number])
        if number in _ROLLED:
            move, name = _ROLLED[number]
            rounds.ask(getattr(rounds.desk.schedules, move), "laptop-rollout", name, by=_GIL)
        if troubled:
            yield from _in_trouble(rounds)


def _set_up(rounds: _Round) -> None:
    desk, ask = rounds.desk, rounds.ask
    ask(desk.approaches.register, _APPROACH)
    ask(desk.readiness.judge, "acme-2026", people=people(), metrics=[_METRIC])
    for component in _COMPONENTS:
        ask(desk.components.register, component)
        for move in ("start", "come_up"):
            ask(desk.components.note, component.id, move)
    ask(desk.thresholds.revise, Threshold(metric=_METRIC, value=500, clear=400), reason="as agreed with Acme")
    for course in (_MAIL_COURSE, _WELCOME):
        ask(desk.training.offer, course)
    for agent in ("ada", "ben"):
        ask(desk.training.complete, agent, _MAIL_COURSE.id, evidence="exam of last year", by=QUALITY)
    ask(desk.training.need, "cleo", _MAIL_COURSE.id, ground="stands in for ada", by=QUALITY)
    for user in _NEWCOMERS:
        ask(desk.training.welcome, user, audience=Audience.END_USER, services=["email"], by=QUALITY)
    ask(desk.procedures.register, _RESTART)
    ask(desk.monitoring.set_rule, _RULE)
    laptops = Dependency(
        id="laptops", task="pilot", owner="supplier", promised_at=datetime.__add__(rounds.world.now, timedelta(days=20))
    )
    schedule = DeliverySchedule(
        start=rounds.world.now,
        tasks=_ROLLOUT,
        links=[Link(before=one.id, after=other.id) for one, other in pairwise(_ROLLOUT)],
        dependencies=[laptops],
    )
    ask(desk.schedules.plan, "laptop-rollout", schedule, by=_GIL)
    rounds.count("schedules planned")
    ready = ask(desk.readiness.judge, "acme-2026", people=people(), metrics=[_METRIC]).record
    rounds.count("readiness: go" if ready.go else "readiness: no go")


def _measure(rounds: _Round, start: Instant, number: int, between: tuple[int, int]) -> None:
    """Tell the six hourly samples since the last round."""
    last = datetime.__add__(start, number * _ROUND)
    told = []
    for hour in range(6):
        at = to_instant(datetime.__sub__(last, (5 - hour) * _HOUR))
        value = rounds.random.randint(*between)
        told.append(Sample(id=f"{number}/{hour}", probe=_METRIC, at=at, value=value))
    rounds.ask(rounds.desk.monitoring.record, told, by=PROBE)


def _revise(rounds: _Round) -> None:
    """Work the threshold out from the last month, and accept it."""
    now = rounds.world.now
    series = rounds.desk.monitoring.series(_METRIC, datetime.__sub__(now, timedelta(days=30)), now)
    values = [sample.value for sample in series]
    propose = rounds.desk.thresholds.propose
    proposed = rounds.ask(propose, _METRIC, values, percent=95, clear_share=Fraction(9, 10), by=QUALITY).record
    proposal = proposed.open_proposals[-1].proposal
    rounds.ask(rounds.desk.thresholds.accept, _METRIC, proposal, reason="a month without false alarms")
    rounds.count("thresholds revised")


def _complete(rounds: _Round, person: str) -> None:
    course = _WELCOME if person in _NEWCOMERS else _MAIL_COURSE
    rounds.ask(rounds.desk.training.complete, person, course.id, evidence="was there", by=QUALITY)
    rounds.count("training completed")


def _in_trouble(rounds: _Round) -> Story:
    """Answer what staff do once the watch has found it: the procedure, or maintenance where that is not enough."""
    world = rounds.world
    yield world.later(minutes=20)
    for _, alert in rounds.desk.monitoring.proposals():
        item = Item(
            kind="incident", id=alert.incident, service=_EMAIL, requester=_RULE.requester, random=rounds.random,
            assignee="ada", priority="P2",
        )  # fmt: skip
        world.act(item, "assign", team="workplace", assignee="ada", by=_ADA)
        world.act(item, "start", by=_ADA)
        world.act(item, "post", text="We saw it and restart the server now.", by=_ADA)
        rounds.ask(rounds.desk.components.note, "mail", "fail", detail=alert.detail, by=_ADA)
        if rounds.random.random() < _NOT_ENOUGH:
            yield from _maintained(rounds, item, alert)
        else:
            yield from _restarted(rounds, item, alert)
        for move in ("start", "come_up"):
            rounds.ask(rounds.desk.components.note, "mail", move, by=_ADA)
        rounds.done.append(item)


def _begun(rounds: _Round, alert: KnownAlert) -> str:
    monitor = rounds.ask(rounds.desk.monitoring.accept, _RULE.id, alert.key, by=_ADA).record
    rounds.count("procedures run")
    run: str = monitor.alert(alert.key).run
    return run


def _restarted(rounds: _Round, item: Item, alert: KnownAlert) -> Story:
    run, procedures = _begun(rounds, alert), rounds.desk.procedures
    for step in _RESTART.steps:
        yield rounds.world.later(minutes=rounds.random.uniform(2, 12))
        rounds.ask(procedures.take, run, step.id, result="done", by=_ADA)
    rounds.ask(procedures.confirm, run, by=_BEN)
    rounds.world.act(item, "resolve", outcome="restarted by the procedure", run=run, by=_ADA)


def _maintained(rounds: _Round, item: Item, alert: KnownAlert) -> Story:
    run, desk, ask = _begun(rounds, alert), rounds.desk, rounds.ask
    yield rounds.world.later(minutes=8)
    ask(desk.procedures.take, run, "stop", result="done", by=_ADA)
    ask(desk.procedures.abort, run, ground="it does not start: the disk is full", by=_ADA)
    now = rounds.world.now
    window = {"start": now, "until": datetime.__add__(now, 2 * _HOUR)}
    ask(desk.maintenance.plan, run, owner="ben", plan="move the archive to another disk", **window, by=_ADA)
    ask(desk.maintenance.start, run, by=_BEN)
    yield rounds.world.later(minutes=rounds.random.uniform(40, 110))
    ask(desk.maintenance.complete, run, result="half of the disk is free", by=_BEN)
    rounds.count("maintenance completed")
    rounds.world.act(item, "resolve", outcome="the archive was moved", maintenance=run, by=_ADA)
    ask(desk.maintenance.verify, run, effective=True, evidence="the queue is empty", by=QUALITY)


def _close(rounds: _Round) -> None:
    """Close what was resolved since the last round; the requester sees it on the page of the status."""
    for item in rounds.done:
        rounds.world.act(item, "close", note="nobody objected", by=_ADA)
    rounds.done.clear()


def standing_story(world: World, occurrence: Occurrence, random: Random) -> Story:
    """Answer what becomes of a request the agreement makes by itself: it is done within hours."""
    service = next(one for one in SERVICES if one.id == occurrence.request.service)
    item = Item(
        kind="request", id=occurrence.id, service=service, requester=occurrence.request.requester, random=random,
        assignee="ben", priority=occurrence.request.priority or "P4",
        goals=dict.fromkeys(("resolution", "fulfillment"), 8 * _HOUR),
    )  # fmt: skip
    yield world.later(minutes=random.uniform(20, 60))
    world.act(item, "accept", by=_BEN)
    world.act(item, "assign", team=service.team, assignee="ben", by=_BEN)
    world.act(item, "post", text="We see to it today.", by=_BEN)
    world.act(item, "start", by=_BEN)
    yield world.later(hours=random.uniform(0.5, 2))
    world.act(item, "fulfill", outcome="done as agreed", by=_BEN)
    yield from aftermath(world, item)
