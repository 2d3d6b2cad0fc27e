"""The model's own guards, for terms that are built without a document."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from svcdelivery.agreement import AgreementRevision, BreachCredit, CoveredService, LateStep, ServiceAgreement, Term
from svcdelivery.desk.command.timers import due_timer
from svcdelivery.errors import InvalidDurationError, WrongTypeError
from svcdelivery.facts import from_plain, to_plain
from svcdelivery.timeline import parse_instant

START = parse_instant("2026-01-01T00:00:00Z")
TERMS = AgreementRevision(agreement="acme", customer="acme", effective_at=START, term=Term(START))


def test_a_reopening_window_is_not_negative() -> None:
    """What is accepted can be stored and read back, so a duration without a stored form is refused."""
    with pytest.raises(InvalidDurationError, match="reopening_window"):
        evolve(TERMS, reopening_window=timedelta(seconds=-1))
    none_at_all = evolve(TERMS, reopening_window=timedelta(0))
    assert from_plain(AgreementRevision, to_plain(none_at_all)) == none_at_all


def test_terms_keep_what_they_were_given_whoever_changes_a_list_later() -> None:
    """They can be hashed, equal those made of tuples, and come back from their plain form equal."""
    services = [CoveredService(id="email"), CoveredService(id="vpn")]
    made, same = evolve(TERMS, services=tuple(services)), evolve(TERMS, services=services)
    services.clear()
    assert same == made
    assert hash(ServiceAgreement("acme", [same])) == hash(ServiceAgreement("acme", (made,)))  # type: ignore[arg-type]
    steps = [LateStep(timedelta(0), Decimal(5))]
    assert hash(BreachCredit(steps=steps)) == hash(BreachCredit(steps=tuple(steps)))  # type: ignore[arg-type]
    with pytest.raises(WrongTypeError):
        evolve(made, hold_reasons="customer")


def test_timers_of_long_target_names_stay_within_what_stores_accept() -> None:
    """Each target has a timer of its own, whatever its name."""
    long, longer = "t" * 199, "t" * 200
    assert len({due_timer(long), due_timer(longer), due_timer("t")}) == 3
    assert max(len(due_timer(name)) for name in (long, longer, "t")) <= 200
