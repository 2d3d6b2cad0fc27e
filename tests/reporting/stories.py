"""Small stores with a known story, driven through the desk."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from fractions import Fraction

from svcdelivery.agreement import (
    AgreementRevision,
    CoveredService,
    NamedHours,
    PriorityScheme,
    Scope,
    ServiceAgreement,
    ServiceLevelTarget,
    SurveyTerms,
    Term,
    UpdateDuty,
    Within,
)
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import NotPermittedError
from svcdelivery.identity import Actor
from svcdelivery.satisfaction import SurveyInvited
from svcdelivery.service_hours import ServiceHours
from svcdelivery.storage.protocol import Store
from svcdelivery.timeline import Instant, from_micros, parse_instant, to_micros

__all__ = ["ANN", "BOB", "OLGA", "PORTAL", "Clock", "agreement", "desk_on", "tell_the_story"]

ANN, BOB, OLGA, PORTAL = Actor.end_user("ann"), Actor.staff("bob"), Actor.staff("olga"), Actor.system("portal")
_START = parse_instant("2026-01-01T00:00:00Z")
_OFFICE = ServiceHours.weekly("Europe/Paris", {"mon-fri": ["08:30-12:30", "13:30-17:30"]})


class Clock:
    """A time source that stands still until it is moved."""

    def __init__(self, at: str = "2026-03-23T08:00:00Z") -> None:
        self._at = parse_instant(at)

    def now(self) -> Instant:
        return self._at

    def pass_(self, **span: float) -> None:
        self._at = from_micros(to_micros(self._at) + round(timedelta(**span).total_seconds()) * 1_000_000)


def agreement(id: str = "acme", *, services: tuple[str, ...] = ("email", "printing")) -> ServiceAgreement:
    """Answer an agreement with two targets, one of them promised for 90 % of the work."""
    return ServiceAgreement.of(
        AgreementRevision(
            agreement=id,
            customer=id,
            effective_at=_START,
            term=Term(_START),
            services=tuple(
                CoveredService(id=service, approved=Term(_START), entitled=("everybody",), delivered_by=("everybody",))
                for service in services
            ),
            hours=(NamedHours("office", _OFFICE),),
            priorities=PriorityScheme(ranked=("high", "low")),
            targets=(
                ServiceLevelTarget(
                    name="repair",
                    measure="resolution",
                    goal=Within(timedelta(hours=8)),
                    hours="office",
                    pause_on=frozenset({"customer"}),
                    share_promised=Fraction(9, 10),
                    clause="4.2",
                ),
                ServiceLevelTarget(
                    name="answer",
                    measure="first_response",
                    goal=Within(timedelta(hours=1)),
                    hours="office",
                    scope=Scope(priorities=frozenset({"high"})),
                    clause="4.1",
                ),
            ),
            updates=(UpdateDuty(every=timedelta(hours=2), hours="office"),),
            survey=SurveyTerms(),
        )
    )


def desk_on(store: Store, clock: Clock | None = None) -> tuple[ServiceDesk, Clock]:
    """Answer a desk with the agreement `acme` in force."""
    time = clock or Clock()
    desk = ServiceDesk(store, time=time)
    desk.agreements.register(agreement(), by=OLGA, key="register")
    return desk, time


def tell_the_story(store: Store) -> ServiceDesk:
    """Drive the desk through a week: five items, a refusal, a reopening, late repairs, a waiver, an answer.

    - `inc-1`: answered and resolved in time, closed, survey answered with 5.
    - `inc-2`: resolved a week late and reopened once; its survey was withdrawn; the action for it is waived.
    - `req-1`: fulfilled in time, printing.
    - `inc-3`: open, and late by the end.
    - `inc-4`: cancelled. A request for `vpn` is refused.
    """
    desk, time = desk_on(store)
    _receive_all(desk)
    time.pass_(minutes=30)
    desk.incidents.post("inc-1", text="we are on it", by=BOB, key="post-1")
    _work(desk, "inc-1", "inc-2")
    desk.requests.accept("req-1", by=BOB, key="accept-req-1")
    desk.requests.start("req-1", by=BOB, key="start-req-1")
    time.pass_(hours=1)
    _answer(desk, desk.incidents.resolve("inc-1", outcome="restarted", by=BOB, key="resolve-1").facts, 5)
    desk.requests.fulfill("req-1", by=BOB, key="fulfill-1")
    desk.incidents.cancel("inc-4", by=ANN, key="cancel-4")
    desk.incidents.close("inc-1", by=BOB, key="close-1")
    with suppress(NotPermittedError):
        desk.requests.receive(customer="acme", service="vpn", requester="ann", by=PORTAL, key="vpn")
    time.pass_(days=7)
    desk.watch.run()
    desk.incidents.resolve("inc-2", by=BOB, key="resolve-2a")
    desk.incidents.reopen("inc-2", ground="still broken", by=ANN, key="reopen-2")
    time.pass_(hours=2)
    desk.incidents.resolve("inc-2", by=BOB, key="resolve-2b")
    desk.actions.waive("incident:inc-2/repair/1", ground="moved to another building", by=OLGA, key="waive-2")
    return desk


def _receive_all(desk: ServiceDesk) -> None:
    for number, summary in enumerate(("no mail", "=cmd|' /C calc'!A0", "slow\n=1+1", "noise"), start=1):
        priority = "high" if number < 3 else "low"
        desk.incidents.receive(
            customer="acme", service="email", requester="ann", id=f"inc-{number}", priority=priority, summary=summary,
            by=PORTAL, key=f"receive-{number}",
        )  # fmt: skip
    desk.requests.receive(
        customer="acme", service="printing", requester="ann", id="req-1", priority="low", by=PORTAL, key="receive-req-1"
    )


def _work(desk: ServiceDesk, *ids: str) -> None:
    for id in ids:
        desk.incidents.assign(id, team="desk", by=BOB, key=f"assign-{id}")
        desk.incidents.start(id, by=BOB, key=f"start-{id}")


def _answer(desk: ServiceDesk, facts: tuple, score: int) -> None:
    token = next(fact.body.token for fact in facts if isinstance(fact.body, SurveyInvited))
    desk.incidents.answer_survey("inc-1", token=token, score=score, comment="quick", by=ANN, key="answer-1")
