"""The approach against the agreement, and whether operating can begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from svcdelivery.agreement import AgreementRevision, CoveredService, NamedHours, PriorityScheme, Term
from svcdelivery.errors import InvalidValueError
from svcdelivery.service_hours import ServiceHours
from svcdelivery.system import (
    Component,
    ComponentState,
    ComponentStatus,
    Course,
    DeliveryApproach,
    Procedure,
    ProcedureStep,
    ServiceApproach,
    Situation,
    Threshold,
    Thresholds,
    Training,
    complete,
    readiness,
)
from svcdelivery.timeline import Interval, IntervalSet, to_instant

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
TERMS = AgreementRevision(
    agreement="acme",
    customer="acme",
    effective_at=START,
    term=Term(START),
    services=(CoveredService(id="email", approved=Term(START), delivered_by=("role:agent",)),),
    hours=(NamedHours("office", ServiceHours.weekly("UTC", {"mon-fri": ["09:00-17:00"]})),),
    priorities=PriorityScheme(ranked=("P1", "P2")),
)
RESTART = Procedure(
    id="restart", title="Restart", qualification="mail", steps=[ProcedureStep(id="do", instruction="Restart it")]
)
APPROACH = DeliveryApproach(
    agreement="acme",
    roles={"agent"},
    services=[ServiceApproach(service="email", role="agent", procedures=["restart"])],
    priorities=("P1", "P2"),
    reopening_window=timedelta(days=14),
)
COURSE = Course(id="mail-101", qualifies_for=["mail"], valid_for=30 * DAY)
OFFICE = TERMS.hours[0].hours
WEEK = Interval(START, START + 7 * DAY)
READY = Situation(
    components=[
        ComponentState(id="mta", component=Component(id="mta", services=["email"]), status=ComponentStatus.RUNNING)
    ],
    people={"agent": ["bob"]},
    procedures=[RESTART],
    training=Training({}, {}, [complete(COURSE, "bob", at=START, evidence="exam")]),
    thresholds=[Thresholds("queue", ((to_instant(START), Threshold(metric="queue", value=9, clear=5)),))],
    duty={"office": OFFICE.intervals(WEEK.start, WEEK.end)},
    window=WEEK,
)


class TestApproach:
    def test_one_that_fits_has_no_problem(self) -> None:
        assert APPROACH.validate(TERMS, [RESTART]) == ()

    def test_every_name_that_is_not_known_is_told_with_its_path(self) -> None:
        wrong = DeliveryApproach(
            agreement="acme",
            roles={"clerk"},
            services=[ServiceApproach(service="fax", role="agent", procedures=["restart", "pray"])],
            priorities=("P2", "P1"),
            escalation=["page"],
            reopening_window=DAY,
        )
        found = {(problem.code, problem.path) for problem in wrong.validate(TERMS, [RESTART])}
        assert found == {
            ("SVC-D014", "services.fax"),
            ("SVC-D014", "services.fax.role"),
            ("SVC-D014", "services.fax.procedures[1]"),
            ("SVC-D014", "escalation[0]"),
            ("SVC-D016", "services"),
            ("SVC-D016", "roles"),
            ("SVC-D016", "priorities"),
            ("SVC-D016", "reopening_window"),
        }

    def test_one_of_another_agreement_fits_nothing_else(self) -> None:
        (problem,) = evolve(APPROACH, agreement="globex").validate(TERMS, [RESTART])
        assert (problem.code, problem.path) == ("SVC-D014", "approach.agreement")

    def test_a_service_stands_once_and_versions_begin_with_one(self) -> None:
        with pytest.raises(InvalidValueError, match=r"services\.email"):
            evolve(APPROACH, services=[*APPROACH.services, *APPROACH.services])
        with pytest.raises(InvalidValueError, match="version"):
            evolve(APPROACH, version=0)


class TestReadiness:
    def test_where_nothing_is_missing_it_is_go(self) -> None:
        assert readiness(APPROACH, TERMS, READY, START).go

    def test_each_thing_that_is_missing_is_a_reason(self) -> None:
        broken = ComponentState(
            id="mta", component=Component(id="mta", depends_on=["disk"]), status=ComponentStatus.FAILED
        )
        missing = {
            "`mta` is failed": evolve(READY, components=[broken]),
            "`mta` depends on `disk`, which is not there": evolve(READY, components=[broken]),
            "nothing serves `email`": evolve(READY, components=[broken]),
            "nobody has the role `agent`": evolve(READY, people={}),
            "nobody of role `agent` is qualified for `restart` (`mail`)": evolve(READY, people={"agent": ["ann"]}),
            "none is in force for `queue`": evolve(READY, thresholds=[Thresholds("queue")]),
            "services.email.procedures[0]: unknown procedure `restart`": evolve(READY, procedures=[]),
        }
        for reason, there in missing.items():
            found = readiness(APPROACH, TERMS, there, START)
            assert not found.go
            assert reason in [objection.reason for objection in found.objections]

    def test_training_that_ran_out_is_told(self) -> None:
        found = readiness(APPROACH, TERMS, READY, START + 30 * DAY)
        assert [objection.subject for objection in found.objections] == ["training", "training"]

    def test_an_hour_without_anybody_on_duty_is_told(self) -> None:
        lunch = Interval(START + timedelta(hours=12), START + timedelta(hours=13))
        there = evolve(READY, duty={"office": READY.duty["office"] - IntervalSet([lunch])})
        (objection,) = readiness(APPROACH, TERMS, there, START).objections
        assert objection.subject == "coverage"
        assert "12:00" in objection.reason
