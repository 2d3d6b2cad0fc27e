"""Warnings about conditions of measures that are valid and hardly meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from svcdelivery.agreement import SIGNALS, AllOf, AnyOf, Measure, Not, PartIs
from svcdelivery.agreement.measure import STANDARD_MEASURES, STATUSES
from svcdelivery.agreement.measure_lint import lint_measure
from svcdelivery.agreement.worlds import holds_in, worlds_of
from svcdelivery.documents import Code
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.work import INCIDENT, REQUEST, LinkKind, facts, trace_of
from tests.clock.test_own_measures import conditions

HELD = PartIs("phase", {"held"})


def found(**rules: Any) -> list[tuple[str, str]]:
    measure = Measure(name="own", **{"start": {"received"}, "stop": {"resolved"}, **rules})
    return [(problem.code, problem.path) for problem in lint_measure(measure)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param({"stop": AllOf(({"closed"}, {"resolved"}))}, (Code.NEVER_MET, "stop"), id="two signals of a fact"),
        pytest.param(
            {"pause": AllOf((PartIs("hold_reason", {"customer"}), Not(HELD)))}, (Code.NEVER_MET, "pause"),
            id="a hold reason without a hold",
        ),
        pytest.param(
            {"stop": AllOf((PartIs("message_to", {"requester"}), {"internal_note"}))}, (Code.NEVER_MET, "stop"),
            id="a note to the requester",
        ),
        pytest.param({"stop": {"resolvd"}}, (Code.NEVER_MET, "stop"), id="a signal nobody gives off"),
        pytest.param({"stop": PartIs("status", {"done"})}, (Code.NEVER_MET, "stop"), id="a status nobody has"),
        pytest.param({"cancel": Not({"closed"})}, (Code.CONTRADICTORY, "cancel"), id="cancelled where it starts"),
        pytest.param({"start": {"closed"}, "stop": {"closed"}}, (Code.CONTRADICTORY, "stop"), id="stopped at start"),
        pytest.param({"pause": AnyOf((HELD, Not(HELD)))}, (Code.NEVER_GOES_ON, "pause"), id="paused for ever"),
        pytest.param({"pause": HELD, "resume": HELD}, (Code.NEVER_GOES_ON, "resume"), id="a resume within the pause"),
        pytest.param({"pause": {"staff_message"}}, (Code.PAUSE_OF_A_MOMENT, "pause"), id="a pause of a moment"),
    ],
)  # fmt: skip
def test_what_is_hardly_meant_is_told_by_its_path(rules: dict[str, Any], expected: tuple[str, str]) -> None:
    """The first reason is enough."""
    code, key = expected
    assert found(**rules) == [(code, f"measures.own.{key}")]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param({"pause": HELD, "resume": {"resumed"}}, id="pause and resume"),
        pytest.param({"start": {"staff_message"}, "stop": {"staff_message"}, "repeats": True}, id="cycles"),
        pytest.param({"cancel": PartIs("team", {"vendor"})}, id="cancelled with another team"),
        pytest.param({"stop": AllOf((PartIs("message_from", {"supplier"}), {"requester_message"}))}, id="a message"),
    ],
)
def test_what_may_be_meant_is_left_alone(rules: dict[str, Any]) -> None:
    """No false alarm."""
    assert found(**rules) == []


def test_the_standard_measures_are_without_contradiction() -> None:
    """Ours are looked at as well."""
    assert [problem for measure in STANDARD_MEASURES for problem in lint_measure(measure)] == []


def test_very_many_values_are_not_tried() -> None:
    """A condition of hundreds of names is left unjudged rather than tried for minutes."""
    parts = [PartIs(part, {f"{part}{n}" for n in range(60)}) for part in ("team", "assignee", "service")]
    assert worlds_of(parts) is None
    assert found(start=AllOf(parts)) == []


@given(stories(), conditions)
def test_law_what_holds_at_a_fact_holds_in_some_world(story: Story, condition: Any) -> None:
    """The worlds leave nothing out: whoever calls a condition impossible is right."""
    from svcdelivery.clock.asking import attributes_along, question_of

    trace = trace_of(story.facts)
    worlds = worlds_of([condition])
    assert trace is not None
    if worlds is None:
        return
    asked, attributes = question_of(condition, story.kind.name), attributes_along(trace.steps)
    possible = {any(map(holds_in(condition), worlds)), any(map(holds_in(Not(condition)), worlds))}
    for step in trace.steps:
        answer = asked(step, attributes)
        assert any(map(holds_in(condition if answer else Not(condition)), worlds))
    assert True in possible


def test_the_known_names_are_those_of_the_work_there_is() -> None:
    """Signals of facts and statuses of both lifecycles."""
    statuses = {status.value for kind in (REQUEST, INCIDENT) for status in kind.table.statuses}
    assert set(STATUSES) == statuses
    told = {signal for body in vars(facts).values() for signal in getattr(body, "signals", ())}
    assert told < set(SIGNALS)
    assert {kind.value for kind in LinkKind} < set(SIGNALS)
