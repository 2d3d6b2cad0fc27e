"""A night at the desk: one P1 incident from the page nobody answers to the corrective action that does not help.

Every step has its instant and a key of its own, so that a night that was cut off can be told again from the beginning:
what was done is answered, what was not is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from svcdelivery.agreement import (
    AcknowledgementTerms,
    AgreementRevision,
    EscalationKind,
    EscalationPolicy,
    IfEmpty,
    Level,
    Scope,
    ServiceAgreement,
    SurveyTerms,
    Unacknowledged,
    UpdateDuty,
    Wait,
)
from svcdelivery.desk import ServiceDesk
from svcdelivery.escalation.notices import Notifier, OneChannel, StaticRoster
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import SurveyInvited
from svcdelivery.security import Person, StaticDirectory
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import Instant, to_instant
from tests.desk.world import HeldTime, revision

__all__ = ["INCIDENT", "PROBLEM", "START", "STEPS", "Night"]

START = to_instant(datetime(2024, 3, 12, 1, tzinfo=UTC))
"""Two o'clock at night in Berlin."""
INCIDENT, PROBLEM = "INC-1", "PRB-1"

ANN, OLGA = Actor.end_user("ann"), Actor.staff("olga")
BOB, DAN = Actor.staff("bob"), Actor.staff("dan")
MONITOR = Actor.system("monitor")

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_PEOPLE = StaticDirectory([
    Person(id="ann", customer="acme", roles={"employee"}), Person(id="monitor"),
    Person(id="bob", roles={"agent"}), Person(id="dan", roles={"agent"}), Person(id="olga", roles={"owner"}),
])  # fmt: skip
_ROSTER = StaticRoster(roles={"on_call": ["bob"], "duty_manager": ["dan"], "director": ["dora"]})
_LENT = timedelta(minutes=1)


def _level(target: str, kind: EscalationKind) -> Level:
    return Level(targets=(target,), wait=Wait(10 * _MINUTE), if_empty=IfEmpty.SKIP_NOW, kind=kind)


_PAGE = EscalationPolicy(
    name="page",
    when=Unacknowledged(Wait(5 * _MINUTE)),
    levels=(
        _level("role:on_call", EscalationKind.FUNCTIONAL),
        _level("role:duty_manager", EscalationKind.HIERARCHICAL),
        _level("role:director", EscalationKind.HIERARCHICAL),
    ),
    scope=Scope(kinds={"incident"}, priorities={"P1"}),
    acknowledgement=AcknowledgementTerms(remind_after=Wait(30 * _MINUTE), release_after=Wait(10 * _MINUTE)),
)


def _terms() -> AgreementRevision:
    crisis = {"plan": "crisis", "every": 30 * _MINUTE, "first": 15 * _MINUTE}
    return revision(
        updates=(
            UpdateDuty(every=4 * _HOUR, hours="office"),
            UpdateDuty(**crisis),
            UpdateDuty(**crisis, audience="customers"),
        ),
        escalation=(_PAGE,),
        survey=SurveyTerms(low=2, reminders=(4 * _HOUR,)),
    )


class Night:
    """The desk of that night, over a store, told up to an instant.

    Args:
        notifier: The provider that pages, writes and asks; its channel is `pager`.
    """

    def __init__(self, store: Store, notifier: Notifier) -> None:
        self.store = store
        self.time = HeldTime(START)
        self.desk = ServiceDesk(
            store, time=self.time, directory=_PEOPLE, roster=_ROSTER, contacts=OneChannel("pager"),
            notifiers=(notifier,),
        )  # fmt: skip

    def tell(self, *, steps: Iterable[Step] | None = None) -> None:
        """Let everything happen, from the beginning or from where it was cut off."""
        with self.store.unit("main", write=False) as unit:
            recorded_at = unit.feed.head().recorded_at
        self.time.at = max(START, recorded_at or START)
        for at, step in STEPS if steps is None else steps:
            self.until(datetime.__add__(START, at))
            step(self)
        self.until(datetime.__add__(self.time.now(), _DAY))

    def until(self, end: datetime) -> None:
        """Let time pass, and watch and dispatch look when something is due."""
        end = to_instant(end)
        self.look()
        while self.time.now() < end:
            due = [at for at in (self.desk.watch.next_due(), self.desk.dispatch.next_due()) if at is not None]
            # What is due and was not had is lent to a worker that is no more; its time will be over.
            soon = datetime.__add__(self.time.now(), _LENT)
            self.time.at = min([end, *(at if at > self.time.now() else soon for at in due)])
            self.look()

    def look(self) -> None:
        """Let watch and dispatch do what is due."""
        report = self.desk.watch.run()
        assert report.failures == ()
        assert self.desk.dispatch.run().failures == ()

    def facts(self, *kinds: type) -> list[Any]:
        """Answer the bodies of the incident's facts of some kinds."""
        return [fact.body for fact in self.desk.incidents.facts(INCIDENT) if isinstance(fact.body, kinds)]

    @property
    def action(self) -> Any:
        """The corrective action that the low rating called for."""
        page = self.desk.actions.find(limit=100)
        return next(action for action in page.items if action.trigger == "survey")

    def after(self, length: timedelta) -> Instant:
        """Answer an instant of the night."""
        return datetime.__add__(START, length)


Step = tuple[timedelta, Callable[[Night], object]]


def _agree(night: Night) -> None:
    night.desk.agreements.register(ServiceAgreement.of(_terms()), by=OLGA, key="agree")
    night.desk.subscriptions.subscribe("acme-news", audience="customers", by=OLGA, key="subscribe")


def _record(night: Night) -> None:
    night.desk.incidents.receive(
        customer="acme", service="email", requester="ann", priority="P1", summary="no mail at all",
        channel="monitoring", id=INCIDENT, by=MONITOR, key="record",
    )  # fmt: skip


def _command(name: str, key: str, by: Actor, **said: Any) -> Callable[[Night], object]:
    return lambda night: getattr(night.desk.incidents, name)(INCIDENT, by=by, key=key, **said)


def _update(number: int) -> Callable[[Night], object]:
    def step(night: Night) -> None:
        incidents = night.desk.incidents
        text = f"We are working on it ({number})."
        incidents.post(INCIDENT, text=text, by=BOB, key=f"post {number}")
        incidents.tell(INCIDENT, audience="customers", text=text, by=BOB, key=f"tell {number}")

    return step


def _know(night: Night) -> None:
    problems = night.desk.problems
    problems.record(summary="the queue fills at night", services=["email"], id=PROBLEM, by=DAN, key="problem")
    problems.declare_known_error(PROBLEM, cause="logs", workaround="drop the logs", by=DAN, key="known")


def _rate(night: Night) -> None:
    (invited,) = night.facts(SurveyInvited)
    night.desk.incidents.answer_survey(
        INCIDENT, token=invited.token, score=1, comment="a whole night", by=ANN, key="rate"
    )


def _plan(night: Night) -> None:
    night.desk.actions.plan(
        night.action.id, owner="dan", due_at=night.after(4 * _DAY), verify_after=_DAY, note="watch the disk", by=OLGA,
        key="plan",
    )  # fmt: skip


def _implement(night: Night) -> None:
    night.desk.actions.implement(night.action.id, steps="an alert at 80 %", by=DAN, key="implement")


def _verify(night: Night) -> None:
    evidence = "full again on Thursday, and no alert"
    night.desk.actions.verify(night.action.id, effective=False, evidence=evidence, by=OLGA, key="verify")


STEPS: tuple[Step, ...] = (
    (timedelta(0), _agree),
    (timedelta(0), _record),
    # Paged at 5, 15 and 25 minutes.
    (30 * _MINUTE, _command("acknowledge", "ack 1", BOB, note="on my way")),
    (31 * _MINUTE, _command("assign", "assign", BOB, team="mail", assignee="bob")),
    (32 * _MINUTE, _command("start", "start", BOB)),
    (33 * _MINUTE, _command("declare_major", "major", BOB, ground="nobody at acme gets mail")),
    (43 * _MINUTE, _update(1)),
    # Bob goes quiet: asked at 62 whether he is on it, let go of at 72, the status missed at 73, paged again from 77 on.
    (92 * _MINUTE, _command("acknowledge", "ack 2", DAN, note="bob fell asleep")),
    (94 * _MINUTE, _update(2)),
    (115 * _MINUTE, _command("confirm_acknowledgement", "confirm", DAN)),
    (118 * _MINUTE, _update(3)),
    (120 * _MINUTE, _know),
    (128 * _MINUTE, _command("resolve", "resolve", DAN, outcome="logs dropped", workaround_of=PROBLEM)),
    (130 * _MINUTE, _command("stand_down", "stand down", DAN, ground="mail flows")),
    (131 * _MINUTE, _update(4)),
    # Ann is asked at once, reminded after four hours, and answers in the morning.
    (8 * _HOUR, _rate),
    (9 * _HOUR, _plan),
    (26 * _HOUR, _command("close", "close", DAN, note="ann confirmed")),
    (2 * _DAY, _implement),
    (4 * _DAY, _verify),
)
"""What people do, and when after two o'clock."""
