"""The model's own guards, for terms that are built without a document."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve

from svcdelivery.agreement import AgreementRevision, Term
from svcdelivery.desk.command.timers import due_timer
from svcdelivery.errors import InvalidDurationError
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


def test_timers_of_long_target_names_stay_within_what_stores_accept() -> None:
    """Each target has a timer of its own, whatever its name."""
    long, longer = "t" * 199, "t" * 200
    assert len({due_timer(long), due_timer(longer), due_timer("t")}) == 3
    assert max(len(due_timer(name)) for name in (long, longer, "t")) <= 200
