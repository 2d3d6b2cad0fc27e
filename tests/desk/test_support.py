"""Operations support at the desk: thresholds people decide on, training that newcomers need, readiness with reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError, KeyReused, NotFoundError, NotPermittedError, ProcedureRefusedError
from svcdelivery.identity import Actor
from svcdelivery.security import Decided, Person, StaticDirectory
from svcdelivery.system import (
    Audience,
    Component,
    Course,
    DeliveryApproach,
    NeedRaised,
    Procedure,
    ProcedureStep,
    RunStatus,
    ServiceApproach,
    Side,
    Threshold,
)
from svcdelivery.timeline import Interval
from tests.desk.world import BOB, EVE, MONDAY, OLGA, HeldTime, revision, stores

DAY = timedelta(days=1)
PEOPLE = [
    Person(id="ann", customer="acme", roles={"employee"}),
    Person(id="bob", roles={"agent"}),
    Person(id="olga", roles={"owner"}),
    Person(id="acme"),
    Person(id="nina", roles={"agent"}),
]
LOAD = Threshold(metric="web/load", value=80, clear=70)
MAIL = Course(id="mail-101", qualifies_for=["mail"], on_joining=True, valid_for=365 * DAY, services=["email"])
HELLO = Course(id="hello", audience=Audience.END_USER, on_joining=True, due_within=14 * DAY)
SERVICE_TALK = Course(id="service-talk", audience=Audience.CUSTOMER, on_joining=True)
RESTART = Procedure(
    id="restart", title="Restart", qualification="mail", steps=[ProcedureStep(id="do", instruction="Restart it")]
)


@pytest.fixture
def time() -> HeldTime:
    return HeldTime()


@pytest.fixture(params=stores)
def desk(request: pytest.FixtureRequest, tmp_path: Path, time: HeldTime) -> ServiceDesk:
    made = ServiceDesk(stores[request.param](tmp_path), time=time, directory=StaticDirectory(PEOPLE))
    made.agreements.register(ServiceAgreement.of(revision()), by=OLGA, key="agreement")
    return made


class TestThresholds:
    def test_one_holds_from_when_it_was_set_and_says_why(self, desk: ServiceDesk) -> None:
        with pytest.raises(NotFoundError, match="threshold of metric `web/load`"):
            desk.thresholds.get("web/load")
        desk.thresholds.revise(LOAD, reason="as agreed with hosting", by=OLGA, key="set")
        higher = evolve(LOAD, value=90)
        later = MONDAY + 7 * DAY
        outcome = desk.thresholds.revise(higher, reason="bigger machine", effective_at=later, by=BOB, key="raise")
        known = desk.thresholds.get("web/load")
        assert outcome.record == known
        assert [known.at(at) for at in (MONDAY - DAY, MONDAY, later - DAY, later)] == [None, LOAD, LOAD, higher]
        assert desk.thresholds.all() == (known,)
        (body,) = [fact.body for fact in outcome.facts if not isinstance(fact.body, Decided)]
        assert body.reason == "bigger machine"
        assert str(outcome.facts[-1].actor) == "staff:bob"

    def test_what_was_judged_by_one_is_not_judged_anew(self, desk: ServiceDesk) -> None:
        """The first may hold for what was measured before; another one never."""
        desk.thresholds.revise(LOAD, reason="history", effective_at=MONDAY - 30 * DAY, by=OLGA, key="first")
        with pytest.raises(InvalidValueError, match="judged by another one"):
            desk.thresholds.revise(LOAD, reason="late", effective_at=MONDAY - DAY, by=OLGA, key="second")

    def test_a_proposal_from_history_holds_once_a_person_accepts_it(self, desk: ServiceDesk, time: HeldTime) -> None:
        told: dict[str, Any] = {
            "metric": "web/load",
            "values": range(1, 101),
            "percent": 90,
            "clear_share": Fraction(4, 5),
        }
        proposed = desk.thresholds.propose(**told, by=BOB, key="propose").record
        (proposal,) = proposed.open_proposals
        assert proposal.value == 90
        assert proposal.clear == 72
        assert proposal.samples == 100
        assert proposed.at(MONDAY) is None
        time.advance(days=1)
        accepted = desk.thresholds.accept("web/load", proposal.proposal, reason="fits", by=OLGA, key="accept").record
        assert accepted.at(MONDAY + DAY) == Threshold(metric="web/load", value=90, clear=72)
        assert accepted.at(MONDAY) is None
        with pytest.raises(NotFoundError, match="open proposal"):
            desk.thresholds.refuse("web/load", proposal.proposal, reason="no", by=OLGA, key="late")

    def test_one_that_is_turned_down_never_holds(self, desk: ServiceDesk) -> None:
        free: dict[str, Any] = {"side": Side.BELOW, "clear_share": Fraction(2)}
        proposed = desk.thresholds.propose("disk", [5, 6], **free, by=BOB, key="propose").record
        (proposal,) = proposed.open_proposals
        refused = desk.thresholds.refuse("disk", proposal.proposal, reason="too few", by=OLGA, key="refuse").record
        assert (refused.open_proposals, refused.at(MONDAY)) == ((), None)

    def test_customers_set_none(self, desk: ServiceDesk) -> None:
        with pytest.raises(NotPermittedError):
            desk.thresholds.revise(LOAD, reason="mine", by=EVE, key="eve")
        assert desk.thresholds.all() == ()


class TestTraining:
    def offer(self, desk: ServiceDesk, courses: Iterable[Course] = (MAIL, HELLO, SERVICE_TALK)) -> None:
        for course in courses:
            desk.training.offer(course, by=OLGA, key=f"offer {course.id}")

    def grant(self, desk: ServiceDesk, holder: str, service: str = "email") -> list[NeedRaised]:
        outcome = desk.access.grant(
            f"{holder} {service}",
            holder=holder,
            agreement="acme-1",
            service=service,
            actions=["receive"],
            until=MONDAY + 90 * DAY,
            ground="joined",
            by=OLGA,
            key=f"grant {holder} {service}",
        )
        return [fact.body for fact in outcome.facts if isinstance(fact.body, NeedRaised)]

    def test_whoever_is_newly_authorized_needs_what_newcomers_of_their_kind_need(self, desk: ServiceDesk) -> None:
        """Staff are trained, end users and customers given orientation, in the transaction of the grant itself."""
        self.offer(desk)
        for holder, course, days in (("nina", "mail-101", 30), ("ann", "hello", 14), ("acme", "service-talk", 30)):
            (need,) = self.grant(desk, holder)
            assert (need.person, need.course, need.due_at) == (holder, course, MONDAY + days * DAY)
            assert need.ground == "newly authorized: email"
        assert [need.person for need in desk.training.due()] == ["ann", "acme", "nina"]
        assert self.grant(desk, "nina", "laptop") == []
        assert self.grant(desk, "ann", "laptop") == []

    def test_a_need_is_met_by_completing_the_course_until_that_expires(self, desk: ServiceDesk, time: HeldTime) -> None:
        self.offer(desk)
        self.grant(desk, "nina")
        assert not desk.training.qualified("nina", "mail")
        time.advance(days=31)
        assert [need.is_overdue for need in desk.training.due()] == [True]
        desk.training.complete("nina", "mail-101", evidence="exam 7", by=OLGA, key="done")
        assert desk.training.qualified("nina", "mail")
        assert desk.training.due() == ()
        (soon,) = desk.training.due(at=MONDAY + 380 * DAY, warn=30 * DAY)
        assert (soon.person, soon.is_overdue) == ("nina", False)
        assert not desk.training.qualified("nina", "mail", at=MONDAY + 396 * DAY)

    def test_training_that_expired_blocks_the_first_step(self, desk: ServiceDesk, time: HeldTime) -> None:
        """Row 2a: the gate of a procedure asks at the instant of the step."""
        self.offer(desk)
        desk.procedures.register(RESTART, by=OLGA, key="procedure")
        desk.training.complete("bob", "mail-101", evidence="exam 1", by=OLGA, key="done")
        run = desk.procedures.begin("restart", by=BOB, key="run").record.id
        time.advance(days=365)
        with pytest.raises(ProcedureRefusedError, match="not qualified"):
            desk.procedures.take(run, "do", by=BOB, key="late")
        desk.training.complete("bob", "mail-101", evidence="exam 2", by=OLGA, key="again")
        assert desk.procedures.take(run, "do", by=BOB, key="now").record.status is RunStatus.FINISHED

    def test_needs_are_raised_and_withdrawn_by_hand_too(self, desk: ServiceDesk) -> None:
        self.offer(desk)
        desk.training.need("bob", "mail-101", ground="moves to mail", by=OLGA, key="need")
        with pytest.raises(InvalidValueError, match="stands already"):
            desk.training.need("bob", "mail-101", ground="again", by=OLGA, key="need again")
        assert [need.due_at for need in desk.training.due()] == [MONDAY + 30 * DAY]
        desk.training.withdraw("bob", "mail-101", ground="stays", by=OLGA, key="withdraw")
        assert desk.training.due() == ()
        with pytest.raises(InvalidValueError, match="a need that stands"):
            desk.training.withdraw("bob", "mail-101", ground="stays", by=OLGA, key="withdraw again")
        told: dict[str, Any] = {"audience": Audience.STAFF, "services": ["email"], "by": OLGA}
        welcomed = desk.training.welcome("bob", key="welcome", **told)
        assert set(welcomed.record.needs) == {("bob", "mail-101")}
        assert desk.training.welcome(
            "bob", audience=Audience.STAFF, services=["email"], by=OLGA, key="welcome"
        ).replayed
        assert desk.training.welcome("nina", audience=Audience.END_USER, services=[], by=OLGA, key="nina").facts
        assert desk.training.of("zoe").completions == []

    def test_nobody_attests_their_own_training_or_that_to_come(self, desk: ServiceDesk) -> None:
        self.offer(desk)
        with pytest.raises(InvalidValueError, match="their own training"):
            desk.training.complete("bob", "mail-101", evidence="exam", by=BOB, key="self")
        with pytest.raises(InvalidValueError, match="an instant gone by"):
            desk.training.complete("bob", "mail-101", evidence="exam", at=MONDAY + DAY, by=OLGA, key="ahead")
        with pytest.raises(NotFoundError, match="unknown course"):
            desk.training.complete("bob", "cooking", evidence="exam", by=OLGA, key="cooking")
        desk.training.complete("bob", "mail-101", evidence="exam", at=MONDAY - DAY, by=OLGA, key="before")
        with pytest.raises(KeyReused):
            desk.training.complete("bob", "mail-101", evidence="exam", by=OLGA, key="before")

    def test_a_course_offered_again_as_it_is_changes_nothing(self, desk: ServiceDesk) -> None:
        self.offer(desk, [MAIL])
        again = desk.training.offer(MAIL, by=OLGA, key="again")
        assert [type(fact.body) for fact in again.facts] == [Decided]
        desk.training.offer(evolve(MAIL, valid_for=100 * DAY), by=OLGA, key="shorter")
        assert [course.valid_for for course in desk.training.courses()] == [100 * DAY]


class TestReadiness:
    def test_it_is_go_when_everything_is_there_and_each_gap_is_a_reason(self, desk: ServiceDesk) -> None:
        approach = DeliveryApproach(
            agreement="acme-1",
            roles={"agent"},
            services=[
                ServiceApproach(service="email", role="agent", procedures=["restart"]),
                ServiceApproach(service="laptop", role="agent"),
            ],
        )
        with pytest.raises(NotFoundError, match="approach of agreement `acme-1`"):
            desk.readiness.check("acme-1", people=PEOPLE)
        desk.approaches.register(approach, by=OLGA, key="approach")
        desk.components.register(Component(id="mta", services=["email"]), by=OLGA, key="mta")
        first = desk.readiness.judge("acme-1", people=PEOPLE, metrics=["queue"], by=OLGA, key="first").record
        assert not first.go
        assert [(one.subject, one.reason) for one in first.objections] == [
            ("approach", "services.email.procedures[0]: unknown procedure `restart`"),
            ("components", "nothing serves `laptop`"),
            ("thresholds", "none is in force for `queue`"),
        ]
        desk.procedures.register(RESTART, by=OLGA, key="procedure")
        desk.components.register(Component(id="hands", services=["laptop"]), by=OLGA, key="hands")
        desk.thresholds.revise(Threshold(metric="queue", value=9, clear=5), reason="agreed", by=OLGA, key="queue")
        (unqualified,) = desk.readiness.check("acme-1", people=PEOPLE).objections
        assert unqualified.reason == "nobody of role `agent` is qualified for `restart` (`mail`)"
        desk.training.offer(MAIL, by=OLGA, key="course")
        desk.training.complete("nina", "mail-101", evidence="exam", by=OLGA, key="done")
        assert desk.readiness.check("acme-1", people=PEOPLE).go
        assert desk.readiness.judge("acme-1", people=PEOPLE, by=OLGA, key="second").record.go
        gone = [evolve(person, active=False) if person.id == "nina" else person for person in PEOPLE]
        assert [one.subject for one in desk.readiness.check("acme-1", people=gone).objections] == ["training"]

    def test_an_hour_nobody_is_on_duty_is_a_reason(self, desk: ServiceDesk) -> None:
        approach = DeliveryApproach(agreement="acme-1", roles={"agent"})
        desk.approaches.register(approach, by=OLGA, key="approach")
        office = desk.agreements.get("acme-1").agreement.revisions[0].hours[0].hours
        window = Interval(MONDAY, MONDAY + DAY)
        duty = {"office": office.intervals(MONDAY, MONDAY + timedelta(hours=6))}
        found = desk.readiness.check("acme-1", people=PEOPLE, duty=duty, window=window)
        assert "coverage" in [objection.subject for objection in found.objections]
        with pytest.raises(NotPermittedError):
            desk.readiness.judge("acme-1", people=PEOPLE, by=Actor.end_user("ann"), key="ann")
