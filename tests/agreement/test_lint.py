"""Warnings about agreements that are valid and hardly meant."""

from __future__ import annotations

from datetime import date

import pytest

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.agreement.document import parse_agreement
from svcdelivery.agreement.lint import lint
from svcdelivery.documents import Code
from tests.agreement.document_text import changed

# The document of the tests, with its two idle names put to use.
_WHOLE = (
    ("[customer]\n", "[customer, supplier]\n"),
    ("updates: [", "updates: [{every: PT8H, hours: always}, "),
    ("targets:", "targets:\n  rest: {measure: resolution, within: P5D}"),
)


def warnings(*changes: tuple[str, str], today: date | None = None) -> list[tuple[str, str]]:
    return [(p.code, p.path) for p in lint(parse_agreement(changed(*_WHOLE, *changes)), today=today)]


def test_an_agreement_without_loose_ends_has_no_warnings():
    """Nothing is said about what is as it should be."""
    assert warnings() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("approved: {from: 2026-01-01}, ", "",
         [(Code.NEVER_APPROVED, "services.email"), (Code.UNAPPROVED_TARGET, "targets.p1-resolution.service")]),
        ("entitled: [everybody], ", "", [(Code.NOBODY_ENTITLED, "services.email")]),
        (', delivered_by: ["role:agent"]', "", [(Code.NOBODY_DELIVERS, "services.email")]),
        ("rest: {", "wide: {measure: resolution, within: P9D}\n  rest: {", [(Code.SHADOWED_TARGET, "targets.rest")]),
        (
            "rest: {measure: resolution,",
            "mail: {measure: resolution, within: P9D, service: email}\n  rest: {measure: resolution, kind: incident,",
            [(Code.SHADOWED_TARGET, "targets.rest")],
        ),
        ("within: PT8H", "within: PT9000H", [(Code.GOAL_PAST_TERM, "targets.p1-resolution.within")]),
        ("within: P5D", "within: P400D", [(Code.GOAL_PAST_TERM, "targets.rest.within")]),
        ("pause_on: [customer, supplier]", "pause_on: [customer]", [(Code.IDLE_HOLD_REASON, "hold_reasons[1]")]),
        ("within: P5D}", "within: P5D, priority: P1}", [(Code.IDLE_PRIORITY, "priorities.ranked[1]")]),
        ("covers: 2026-2027", "covers: 2025", [(Code.CLOSED_DATES_END, "service_hours.office.covers")]),
        ("covers: 2026-2027", "covers: 2027", [(Code.CLOSED_DATES_END, "service_hours.office.covers")]),
        ("{every: PT8H, hours: always}, ", "", [(Code.IDLE_HOURS, "service_hours.always")]),
        ("effective: 2026-01-01", "effective: 2027-01-01", [(Code.NEVER_IN_FORCE, "agreement.effective")]),
        ("within: PT8H\n    hours", "within_working_days: 300\n    hours",
         [(Code.GOAL_PAST_TERM, "targets.p1-resolution.within_working_days")]),
        ("within: PT8H\n    hours", "by_end_of_working_day: 300\n    hours",
         [(Code.GOAL_PAST_TERM, "targets.p1-resolution.by_end_of_working_day")]),
        ("within: PT8H\n    hours", 'by_time_of_working_day: {days: 300, at: "12:00"}\n    hours',
         [(Code.GOAL_PAST_TERM, "targets.p1-resolution.by_time_of_working_day")]),
        ("within: PT8H\n    hours", "within_calendar_days: 366\n    hours",
         [(Code.GOAL_PAST_TERM, "targets.p1-resolution.within_calendar_days")]),
        ("within: PT8H\n    hours", "within_calendar_days: 364\n    hours", []),
        ("within: PT8H\n    hours", "within_working_days: 200\n    hours", []),
    ],
)  # fmt: skip
def test_a_loose_end_is_told_by_its_path(old, new, expected):
    """Each warning has a code, a path of the document and a hint."""
    assert expected == warnings((old, new))
    assert all(p.hint and p.is_warning for p in lint(parse_agreement(changed(*_WHOLE, (old, new)))))


def test_a_narrow_target_does_not_shadow_a_wide_one():
    """A target is chosen as long as some work is left to it."""
    assert warnings(("rest: {", "p2: {measure: resolution, within: P9D, priority: [P1, P2]}\n  rest: {")) == []


def test_the_term_ends_with_the_last_covered_day():
    """A term until New Year needs the old year alone, in the zone of the hours."""
    assert warnings(("covers: 2026-2027", "covers: 2026")) == []


def test_closed_dates_that_run_out_are_told_ninety_days_ahead():
    """Somebody must add next year's dates in time; without a day to judge from nothing is said."""
    open_ended = (("until: 2027-01-01", ""), ("{from: 2026-01-01, }", "{from: 2026-01-01}"))
    expected = [(Code.CLOSED_DATES_END, "service_hours.office.covers")]
    assert warnings(*open_ended) == []
    assert warnings(*open_ended, today=date(2027, 10, 2)) == []
    assert expected == warnings(*open_ended, today=date(2027, 10, 3))
    assert warnings(("covers: 2026-2027", "covers: 2026"), today=date(2027, 1, 1)) == []


def test_the_hold_reasons_that_come_with_every_agreement_are_not_told():
    """Only reasons somebody chose can be idle."""
    assert warnings(("hold_reasons: [customer, supplier]\n", "")) == []


def test_every_revision_is_looked_at():
    """With several revisions, paths say which."""
    first = parse_agreement(changed(*_WHOLE)).revisions
    second = parse_agreement(changed(*_WHOLE, ("provider: northwind", "revision: 2"), ("entitled: [everybody], ", "")))
    both = ServiceAgreement.of(*first, *second.revisions)
    assert [(p.code, p.path) for p in lint(both)] == [(Code.NOBODY_ENTITLED, "revisions[1].services.email")]
