"""Escalation policies in the agreement document: what is read, what is refused and where, what is warned of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from svcdelivery.agreement import (
    AfterDue,
    BeforeDue,
    Breached,
    Elapsed,
    EscalationKind,
    EscalationPolicy,
    IfEmpty,
    LatePolicy,
    NoPublicUpdate,
    OnUnacknowledged,
    PriorityRaised,
    RatedAtMost,
    ReassignedOften,
    ReopenedOften,
    StopOn,
    Unacknowledged,
    Unassigned,
    Wait,
    WhileHeld,
)
from svcdelivery.agreement.document import agreement_schema, parse_agreement
from svcdelivery.agreement.lint import lint
from svcdelivery.documents import parse_document
from svcdelivery.errors import DocumentError
from svcdelivery.facts import from_plain, to_plain
from tests.agreement.document_text import DOCUMENT
from tests.json_schema import faults

FULL = """\
escalation:
  page:
    when: {unacknowledged: PT10M}
    kind: incident
    priority: [P1]
    levels:
      - {targets: "rotation:primary", wait: PT15M, if_empty: skip_now}
      - targets: ["team:network", "person:ann"]
        wait: {for: PT30M, hours: office}
        if_empty: fallback
        fallback: ["role:duty_manager"]
        stop_on: closed
        name: second line
      - {targets: "manager:1", if_empty: wait, kind: hierarchical, stop_on: none, when: {breached: p1-resolution}}
    repeat: 2
    late: {give_time: PT5M}
    grace: PT2M
    acknowledgement: {remind_after: PT1H, release_after: {for: PT10M, hours: office}}
    on_unacknowledged: continue
    snooze: stops
    maintenance: stops
    clause: "5.1"
"""


def parsed(text: str) -> tuple[EscalationPolicy, ...]:
    return parse_agreement(DOCUMENT + text).revisions[0].escalation


def told(text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        parsed(text)
    return [f"{problem.code} {problem.path}: {problem.message}" for problem in refused.value.problems]


def one(when: str) -> str:
    return f"escalation:\n  p:\n    when: {when}\n    levels: [{{targets: owner, if_empty: wait}}]\n"


def test_every_key_is_read() -> None:
    (page,) = parsed(FULL)
    assert page.when == Unacknowledged(Wait(timedelta(minutes=10)))
    assert (page.name, page.repeat, page.clause) == ("page", 2, "5.1")
    assert page.scope.priorities == {"P1"}
    assert (page.late, page.give_time, page.grace) == (LatePolicy.GIVE_TIME, timedelta(minutes=5), timedelta(minutes=2))
    assert (page.on_unacknowledged, page.snooze, page.maintenance) == (
        OnUnacknowledged.CONTINUE, WhileHeld.STOPS, WhileHeld.STOPS,
    )  # fmt: skip
    assert page.acknowledgement is not None
    assert page.acknowledgement.release_after == Wait(timedelta(minutes=10), "office")
    first, second, third = page.levels
    assert ([str(target) for target in first.targets], first.if_empty) == (["rotation:primary"], IfEmpty.SKIP_NOW)
    assert second.wait == Wait(timedelta(minutes=30), "office")
    assert (second.stop_on, second.name) == (StopOn.CLOSED, "second line")
    assert [str(target) for target in second.fallback] == ["role:duty_manager"]
    assert faults(agreement_schema(), parse_document(DOCUMENT + FULL, "t").data, "") == []
    assert (third.kind, third.when) == (EscalationKind.HIERARCHICAL, Breached(target="p1-resolution"))


@pytest.mark.parametrize(
    ("when", "occasion"),
    [
        ("{unacknowledged: {for: PT5M, hours: office}}", Unacknowledged(Wait(timedelta(minutes=5), "office"))),
        ("{no_public_update: PT4H}", NoPublicUpdate(Wait(timedelta(hours=4)))),
        ("{unassigned: PT5M}", Unassigned(Wait(timedelta(minutes=5)))),
        ("{elapsed: 75, of: p1-resolution}", Elapsed(target="p1-resolution", percent=75)),
        ("{before_due: PT1H, of: p1-resolution}", BeforeDue(target="p1-resolution", by=timedelta(hours=1))),
        ("{after_due: {working_days: 2}, of: p1-resolution}", AfterDue(target="p1-resolution", working_days=2)),
        ("{breached: p1-resolution}", Breached(target="p1-resolution")),
        ("{reassigned: 3}", ReassignedOften(3)),
        ("{reopened: 2}", ReopenedOften(2)),
        ("{rated_at_most: 2}", RatedAtMost(2)),
        ("{priority_raised: true}", PriorityRaised()),
    ],
)
def test_every_occasion_has_its_key(when: str, occasion: Any) -> None:
    (policy,) = parsed(one(when))
    assert policy.when == occasion
    assert from_plain(EscalationPolicy, to_plain(policy)) == policy
    assert faults(agreement_schema(), parse_document(DOCUMENT + one(when), "t").data, "") == []


def test_without_a_word_it_is_the_usual_policy() -> None:
    (policy,) = parsed("escalation: {p: {levels: [{targets: owner, if_empty: wait}]}}\n")
    assert policy.when == Unacknowledged()
    assert policy.late is LatePolicy.COALESCE_TO_HIGHEST
    assert policy.stop_of(policy.levels[0]) is StopOn.ACKNOWLEDGED
    assert parsed("") == ()


def test_mistakes_are_told_with_their_places() -> None:
    """All at once."""
    text = """\
escalation:
  a:
    when: {elapsed: 75, of: p2-resolution}
    levels: [{targets: [ann], wait: 15M}]
  b:
    when: {breached: p1-resolution, reopened: 2}
    levels: [{targets: owner, if_empty: wait, wait: {for: PT5M, hours: night}}]
    late: sometimes
  c:
    when: {}
    levels: [{targets: owner, if_empty: fallback}]
  d: {when: {priority_raised: false}, repeat: 101}
"""
    assert sorted(told(text)) == sorted(
        [
            "SVC-D014 escalation.a.when.of: unknown target `p2-resolution`",
            "SVC-D013 escalation.a.levels[0].targets[0]: `ann` is not a target of an escalation",
            "SVC-D013 escalation.a.levels[0].wait: `15M` is not a duration",
            "SVC-D011 escalation.a.levels[0]: the key `if_empty` is missing",
            "SVC-D016 escalation.b.when.reopened: `breached` is given as well",
            "SVC-D014 escalation.b.levels[0].wait.hours: unknown service hours `night`",
            "SVC-D013 escalation.b.late: unknown rule `sometimes`",
            "SVC-D011 escalation.c.when: no occasion is given",
            "SVC-D013 escalation.c.levels[0].if_empty: `fallback` is not a rule that goes with the fallback given",
            "SVC-D011 escalation.d: the key `levels` is missing",
            "SVC-D013 escalation.d.when.priority_raised: `false` tells no occasion",
            "SVC-D013 escalation.d.repeat: `101` is out of range",
        ]
    )


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("{levels: []}", "the policy tells nobody"),
        ("{levels: [{targets: [], if_empty: wait}]}", "the level tells nobody"),
        ("{levels: [{targets: acknowledger, if_empty: wait}]}", "while nobody has taken the work on"),
        ("{when: {unassigned: PT5M}, levels: [{targets: owner, if_empty: wait}]}", "while nobody is assigned"),
    ],
)
def test_escalation_to_nobody_is_warned_of(policy: str, message: str) -> None:
    found = lint(parse_agreement(f"{DOCUMENT}escalation: {{p: {policy}}}\n"))
    (warned,) = [problem for problem in found if problem.code == "SVC-W030"]
    assert warned.message.startswith(message)
    assert warned.path.startswith("escalation.p.levels")


def test_a_level_that_has_somebody_is_not() -> None:
    assert lint(parse_agreement(DOCUMENT + FULL)) == lint(parse_agreement(DOCUMENT))
