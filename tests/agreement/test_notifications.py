"""Notification duties: their form in the document, and what is hardly meant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from svcdelivery.agreement import (
    AgreementRevision,
    AwareSince,
    ByEndOfWorkingDay,
    DueAt,
    NotificationDuty,
    ServiceAgreement,
    TimeKind,
    Within,
)
from svcdelivery.agreement.difference import term_differences
from svcdelivery.agreement.document import agreement_schema, parse_agreement
from svcdelivery.agreement.lint import lint
from svcdelivery.documents import Code, parse_document
from svcdelivery.errors import DocumentError, InvalidValueError
from svcdelivery.facts import from_plain, to_plain
from tests.agreement.document_text import DOCUMENT
from tests.json_schema import faults

HOUR = timedelta(hours=1)
NOTIFICATIONS = """\
notifications:
  customer: {within: PT24H, time: wall, clause: "9.3"}
  regulator: {party: authority, within: PT72H, since: declared}
  board: {party: board, by_end_of_working_day: 1, hours: office, since: concerned}
"""


def read(text: str) -> AgreementRevision:
    return parse_agreement(DOCUMENT + text, source="acme.yaml").revisions[0]


def test_the_form_in_the_document() -> None:
    """Without a party it is the customer; without hours every hour counts."""
    assert read(NOTIFICATIONS).notifications == (
        NotificationDuty(name="customer", party="acme", within=Within(24 * HOUR, TimeKind.WALL), clause="9.3"),
        NotificationDuty(name="regulator", party="authority", within=Within(72 * HOUR), since=AwareSince.DECLARED),
        NotificationDuty(
            name="board", party="board", within=ByEndOfWorkingDay(1), hours="office", since=AwareSince.CONCERNED
        ),
    )
    assert not faults(agreement_schema(), parse_document(DOCUMENT + NOTIFICATIONS).data, "")


def test_it_is_part_of_the_terms() -> None:
    """It comes back from its plain form, changes the digest, and is told as a difference."""
    before, after = read(""), read(NOTIFICATIONS)
    assert from_plain(AgreementRevision, to_plain(after)) == after
    assert before.digest != after.digest
    assert "notifications" not in to_plain(before)
    later = read(NOTIFICATIONS.replace("PT72H", "PT48H"))
    assert [one.path for one in term_differences(after, later)] == ["notifications.regulator.within.duration"]


def test_every_mistake_is_named_where_it_stands() -> None:
    wrong = """\
notifications:
  one: {party: acme}
  two: {within: none}
  three: {within: PT1H, clause: 3}
  four: {within: PT1H, hours: night}
  five: {within: PT1H, since: tomorrow}
  six: {due_at: promised}
  seven: {within: PT1H, within_working_days: 2, hours: office}
  eight: {within: PT1H, whom: acme}
"""
    with pytest.raises(DocumentError) as refused:
        read(wrong)
    start = DOCUMENT.count("\n") + 1
    assert {(problem.line - start, str(problem.path)) for problem in refused.value.problems} == {
        (1, "notifications.one"),
        (2, "notifications.two.within"),
        (3, "notifications.three.clause"),
        (4, "notifications.four.hours"),
        (5, "notifications.five.since"),
        (6, "notifications.six"),
        (7, "notifications.seven.within_working_days"),
        (8, "notifications.eight.whom"),
    }


def test_days_need_hours_that_say_which() -> None:
    with pytest.raises(DocumentError, match=r"notifications\.one: `within 3 calendar days`"):
        read("notifications: {one: {within_calendar_days: 3}}\n")


@pytest.mark.parametrize("form", ["{party: a}", "{within: none}", "{due_at: x}", "{within: PT1H, since: now}"])
def test_what_the_schema_can_see_it_refuses(form: str) -> None:
    text = DOCUMENT + f"notifications: {{one: {form}}}\n"
    assert faults(agreement_schema(), parse_document(text).data, "")


def test_a_goal_that_is_none_is_refused() -> None:
    """So is one that a field of work would have to give: a security incident has none."""
    with pytest.raises(InvalidValueError, match="within"):
        NotificationDuty(name="x", party="y", within=DueAt("promised"))


def test_a_duty_that_never_decides_is_told() -> None:
    """Of two that are alike one is told, not both."""
    text = """\
notifications:
  a: {within: PT24H}
  b: {within: PT4H}
  c: {within: PT4H}
  d: {within: PT72H, since: declared}
  e: {party: board, within: PT72H}
"""
    found = lint(ServiceAgreement.of(read(text)))
    idle = [problem for problem in found if problem.code == Code.IDLE_NOTIFICATION]
    assert [str(problem.path) for problem in idle] == ["notifications.a", "notifications.c"]


def test_hours_a_duty_counts_in_are_in_use() -> None:
    """They are not told as idle."""
    text = "notifications: {board: {party: board, within: PT8H, hours: always}}\n"
    idle = {str(p.path) for p in lint(ServiceAgreement.of(read(text))) if p.code == Code.IDLE_HOURS}
    assert "service_hours.always" not in idle
