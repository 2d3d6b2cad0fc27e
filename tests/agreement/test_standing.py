"""Standing requests: recurrences, and their form in the document."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import ContinuousDuty, Every, OnClosedDay, Periods, PeriodUnit, Recurrence, StandingRequest
from svcdelivery.agreement.document import parse_agreement
from svcdelivery.errors import DocumentError, InvalidValueError, WrongTypeError
from svcdelivery.facts import to_plain
from tests.agreement.document_text import DOCUMENT

DAY = timedelta(days=1)
FIRST = date(2026, 1, 1)  # a Thursday

STANDING = """\
standing:
  backup-check: {service: email, requester: ops, every: day, at: "06:00", hours: office, on_closed_day: skip}
  report: {service: email, requester: ann, every: week, interval: 2, on: "thu,mon", at: "09:00", hours: office}
  review: {service: email, requester: ann, every: month, on: last, at: "14:00", hours: always, from: 2026-02-01}
  hosting: {service: email, requester: ann, continuous: quarter}
"""


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        (Recurrence(every="day", interval=10), "01-01 01-11 01-21 01-31 02-10"),
        (Recurrence(every="week", weekdays="mon,thu", interval=2), "01-01 01-12 01-15 01-26 01-29 02-09"),
        (Recurrence(every="month", day=31), "01-31 02-28 03-31 04-30"),
        (Recurrence(every="month", day=-1, interval=3), "01-31 04-30 07-31"),
        (Recurrence(every="month", day=1), "01-01 02-01 03-01"),
    ],
)
def test_dates_of_a_recurrence(recurrence: Recurrence, expected: str) -> None:
    wanted = [date.fromisoformat(f"2026-{day}") for day in expected.split()]
    assert list(recurrence.dates(FIRST, FIRST, wanted[-1] + DAY)) == wanted


recurrences = st.builds(
    Recurrence,
    every=st.sampled_from(Every),
    interval=st.integers(1, 5),
    weekdays=st.sampled_from(["mon", "mon-fri", "sat,sun", "tue,thu"]),
    day=st.sampled_from([1, 15, 29, 31, -1]),
)


@settings(max_examples=150)
@given(recurrences, st.integers(0, 900), st.integers(0, 400), st.integers(0, 400))
def test_a_window_asked_in_two_parts_answers_the_same(recurrence: Recurrence, start: int, one: int, other: int) -> None:
    """No date comes twice, none is lost, and none stands before the first."""
    begin = FIRST + (start - 100) * DAY
    middle, end = begin + one * DAY, begin + (one + other) * DAY
    whole = list(recurrence.dates(FIRST, begin, end))
    assert whole == [*recurrence.dates(FIRST, begin, middle), *recurrence.dates(FIRST, middle, end)]
    assert whole == sorted(set(whole))
    assert all(max(FIRST, begin) <= day < end for day in whole)


@pytest.mark.parametrize(
    "wrong", [{"interval": 0}, {"interval": 1001}, {"day": 0}, {"day": 32}, {"weekdays": "someday"}]
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        Recurrence(every="day", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("interval", [True, 1.5, "2"])
def test_an_interval_is_a_whole_number(interval: Any) -> None:
    with pytest.raises(WrongTypeError):
        Recurrence(every="day", interval=interval)


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_the_longest_interval_ends_like_any_other(every: str) -> None:
    """Eighty years to the next one are no error of the calendar."""
    found = Recurrence(every=every, interval=1000).dates(FIRST, FIRST, date(2299, 12, 31))
    assert len(list(found)) >= 3


def test_the_form_in_the_document() -> None:
    revision = parse_agreement(DOCUMENT + STANDING).revisions[0]
    daily, weekly, monthly = revision.standing
    assert daily == StandingRequest(
        id="backup-check",
        service="email",
        requester="ops",
        recurrence=Recurrence(every="day"),
        at=time(6),
        hours="office",
        on_closed_day=OnClosedDay.SKIP,
    )
    assert weekly.recurrence == Recurrence(every="week", interval=2, weekdays="mon,thu")
    assert (monthly.recurrence.day, monthly.first) == (-1, date(2026, 2, 1))
    periods = Periods(PeriodUnit.QUARTER, "Europe/Paris")
    assert revision.continuous == (ContinuousDuty(id="hosting", service="email", requester="ann", periods=periods),)


def test_every_mistake_is_named_where_it_stands() -> None:
    wrong = """\
standing:
  one: {service: mail, requester: ann, every: day, on: mon, at: "06:00", hours: office}
  two: {service: email, requester: ann, every: week, at: "25:00", hours: office}
  three: {service: email, requester: ann, every: month, on: 40, at: "06:00+01:00", hours: night}
  four: {service: email, continuous: sometimes}
"""
    with pytest.raises(DocumentError) as refused:
        parse_agreement(DOCUMENT + wrong, source="acme.yaml")
    start = DOCUMENT.count("\n") + 1
    found = {(problem.line - start, str(problem.path)) for problem in refused.value.problems}
    assert found == {
        (1, "standing.one.service"),
        (1, "standing.one.on"),
        (2, "standing.two"),
        (2, "standing.two.at"),
        (3, "standing.three.on"),
        (3, "standing.three.at"),
        (3, "standing.three.hours"),
        (4, "standing.four"),
        (4, "standing.four.continuous"),
    }


def test_an_agreement_without_any_has_the_digest_it_had() -> None:
    """Fields that came later are left out while they are empty."""
    assert not {"standing", "continuous"} & to_plain(parse_agreement(DOCUMENT).revisions[0]).keys()
