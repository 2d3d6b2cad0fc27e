"""The findings of all rooms about one agreement, joined."""

from __future__ import annotations

from datetime import date, timedelta

from attrs import evolve
from hypothesis import given

from svcdelivery.agreement import (
    AgreementRevision,
    BreachCredit,
    CreditTerms,
    EscalationPolicy,
    IfEmpty,
    LateStep,
    Level,
    Measure,
    ServiceAgreement,
)
from svcdelivery.agreement.document import parse_agreement
from svcdelivery.agreement.lint import lint
from svcdelivery.desk.check import check
from svcdelivery.documents import CODE_MEANINGS, Code
from svcdelivery.testing.strategies import revisions
from tests.agreement.document_text import DOCUMENT
from tests.clock.worlds import HOUR, target, terms


def codes(*revisions: AgreementRevision, at: date | None = None) -> set[str]:
    return {problem.code for problem in check(ServiceAgreement.of(*revisions), at=at)}


@given(revisions())
def test_every_finding_is_a_warning_with_a_known_code_a_place_and_a_hint(revision: AgreementRevision) -> None:
    """Whatever the terms; and no finding comes twice."""
    found = check(ServiceAgreement.of(revision))
    assert len(found) == len(set(found))
    for problem in found:
        assert problem.is_warning
        assert Code(problem.code) in CODE_MEANINGS
        assert problem.path
        assert problem.hint


@given(revisions())
def test_what_a_room_finds_is_among_them(revision: AgreementRevision) -> None:
    """Joining loses nothing."""
    agreement = ServiceAgreement.of(revision)
    assert set(lint(agreement)) <= set(check(agreement))


def test_services_nobody_may_deliver() -> None:
    """An approved service needs hands."""
    revision = terms(target())
    orphaned = evolve(revision, services=tuple(evolve(service, delivered_by=()) for service in revision.services))
    assert Code.NOBODY_DELIVERS in codes(orphaned)
    assert Code.NOBODY_DELIVERS not in codes(revision)


def test_escalation_to_nobody() -> None:
    """A policy without a level, and a level without a target, reach nobody; a fallback is somebody."""
    told = Level(targets=("role:duty_manager",), if_empty=IfEmpty.SKIP_NOW)
    nobody = Level(targets=(), if_empty=IfEmpty.WAIT)
    caught = Level(targets=(), if_empty=IfEmpty.FALLBACK, fallback=("person:olga",))
    for levels, warned in (((told,), False), ((told, nobody), True), ((), True), ((caught,), False)):
        revision = terms(target(), escalation=(EscalationPolicy(name="late", levels=levels),))
        assert (Code.ESCALATES_TO_NOBODY in codes(revision)) is warned


def test_credits_that_never_decide() -> None:
    """Their room has its own findings."""
    flat = BreachCredit(steps=(LateStep(timedelta(0), 50), LateStep(HOUR, 50)))
    assert Code.CREDIT_STEP_UNREACHABLE in codes(terms(target(credit=flat), credits=CreditTerms(currency="EUR")))


def test_targets_that_are_never_chosen_and_goals_longer_than_the_term() -> None:
    """A second target for the same work, and a goal of ten years in a term of two."""
    assert Code.SHADOWED_TARGET in codes(terms(target(), target(name="again")))
    revision = terms(target(hours=30_000))
    short = evolve(revision, term=evolve(revision.term, until=revision.term.start.add(years=2)))
    assert Code.GOAL_PAST_TERM in codes(short)
    assert Code.GOAL_PAST_TERM not in codes(revision)


def test_conditions_that_contradict_themselves() -> None:
    """A measure of one's own that stops where it starts."""
    never = Measure(name="own", start={"closed"}, stop={"closed"})
    assert Code.CONTRADICTORY in codes(terms(target("own"), measures=(never,)))


def test_lists_that_run_out_within_90_days_of_the_day_asked() -> None:
    """The day is an argument: nobody looks at a clock here."""
    longer = parse_agreement(DOCUMENT.replace("covers: 2026-2027", "covers: 2026").replace(", until: 2027-01-01", ""))
    for at, warned in ((date(2026, 9, 1), False), (date(2026, 10, 15), True)):
        found = {problem.code for problem in check(longer, at=at)}
        assert (Code.CLOSED_DATES_END in found) is warned
