"""Explanations as values: what they name, and that their JSON form loses nothing."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

from svcdelivery.agreement import AppliesToOpen, OnAmendment, ServiceAgreement
from svcdelivery.clock import ClockPhase, Explanation, explanation_schema, read_clocks
from svcdelivery.errors import InvalidValueError, WrongTypeError
from svcdelivery.testing.strategies import Story, stories
from svcdelivery.work import PriorityChanged, PutOnHold, Resolved, Resumed
from tests.clock.worlds import agreement, for_priority, incident, local, read, target, terms
from tests.json_schema import faults

EXPLAINED = agreement(
    target(hours=4, clause="4.2", pause_on=("customer",)),
    target(name="urgent", hours=2, clause="4.1", scope=for_priority("P1"), pause_on=("customer",)),
)
HELD = incident(
    "2026-03-30T09:00",
    ("2026-03-30T10:00", PutOnHold(reason="customer")),
    ("2026-03-30T11:00", Resumed()),
    ("2026-03-30T11:30", PriorityChanged(priority="P1")),
    ("2026-03-30T14:00", Resolved()),
    priority="P3",
)


class TestCopies:
    @pytest.mark.parametrize("way", [deepcopy, lambda value: pickle.loads(pickle.dumps(value))], ids=["copy", "pickle"])
    def test_readings_and_explanations_are_sent_to_other_processes(self, way: Callable[[Any], Any]) -> None:
        """However they were worked out: read off, walked, with exclusions, or carried over by an amendment."""
        first = terms(target(excludes=("maintenance",)), target("first_response", pause_on=("customer",)))
        second = evolve(
            first, number=2, effective_at=local("2026-03-30T10:30"), applies_to_open=AppliesToOpen(OnAmendment.CARRY)
        )
        for terms_of_it in (EXPLAINED, ServiceAgreement.of(first), ServiceAgreement.of(first, second)):
            for reading in read_clocks(terms_of_it, HELD, local("2026-03-30T15:00")):
                again = way(reading)
                assert again == reading
                assert str(again.explanation) == str(way(reading.explanation)) == str(reading.explanation)


class TestWhatItNames:
    def test_terms_target_and_what_chose_it(self) -> None:
        """Revision, clause, goal, hours, and the service and priority that led to them."""
        explanation = read(EXPLAINED, HELD, "2026-03-30T15:00").explanation
        assert (explanation.agreement, explanation.revision, explanation.clause) == ("acme-1", 1, "clause 4.1")
        assert (explanation.target, explanation.goal, explanation.counting) == ("urgent", "PT2H", "office")
        assert (explanation.service, explanation.priority) == ("email", "P1")
        assert (explanation.elapsed, explanation.overdue) == (timedelta(hours=3), timedelta(hours=1))

    def test_every_span_names_clause_revision_reason_and_actor(self) -> None:
        """A pause says who caused it, and each span in which revision its clause stands."""
        spans = read(EXPLAINED, HELD, "2026-03-30T15:00").explanation.spans
        assert {span.revision for span in spans} == {"acme-1 revision 1"}
        (pause,) = [span for span in spans if span.kind.value == "paused"]
        assert (pause.reason, pause.rule, pause.actor) == ("on hold: customer", "pauses of clause 4.1", "staff:bob")

    def test_the_text_names_a_revision_only_where_it_is_another_one(self) -> None:
        """The heading names it once for all."""
        explanation = read(EXPLAINED, HELD, "2026-03-30T15:00").explanation
        assert "revision" not in str(explanation).split("\n", 3)[3]
        first = evolve(explanation.spans[0], revision="acme-1 revision 7")
        mixed = evolve(explanation, spans=(first, *explanation.spans[1:]))
        assert "; clause 4.1 of acme-1 revision 7" in str(mixed)

    def test_a_clock_that_has_not_started_says_so(self) -> None:
        """It has a measure and a target, and no terms yet."""
        waiting = agreement(target(measure="next_response", name="reply"))
        explanation = read(waiting, incident("2026-03-30T09:00"), "2026-03-30T10:00", "next_response").explanation
        assert (explanation.phase, explanation.terms, explanation.spans) == (ClockPhase.WAITING, "not started", ())


class TestJson:
    @given(stories())
    def test_it_comes_back_from_its_json(self, story: Story) -> None:
        """Nothing is lost, and the same is said."""
        for reading in story.readings():
            explanation = reading.explanation
            back = Explanation.from_data(json.loads(json.dumps(explanation.to_data())))
            assert back == explanation
            assert str(back) == str(explanation)
            assert back.to_data() == explanation.to_data()

    @given(stories())
    def test_it_keeps_to_its_schema(self, story: Story) -> None:
        """Every key is there, in its form, and no other."""
        for reading in story.readings():
            assert faults(explanation_schema(), json.loads(json.dumps(reading.explanation.to_data())), "") == []

    def test_the_schema_refuses_what_is_not_meant(self) -> None:
        """A schema that accepts anything would prove nothing."""
        data = read(EXPLAINED, HELD, "2026-03-30T15:00").explanation.to_data()
        assert faults(explanation_schema(), data, "") == []
        for key in data:
            assert faults(explanation_schema(), {k: v for k, v in data.items() if k != key}, "") == [""]
        for key, wrong in (
            ("at", "2026-03-30"),
            ("phase", "idle"),
            ("cycle", 0),
            ("elapsed", "4 hours"),
            ("format", "x"),
        ):
            assert faults(explanation_schema(), {**data, key: wrong}, "") == [f".{key}"]
        assert faults(explanation_schema(), {**data, "more": 1}, "") == [""]

    def test_the_schema_is_plain_data(self) -> None:
        """It can be written to a file and handed to an editor."""
        assert explanation_schema() == json.loads(json.dumps(explanation_schema()))

    def test_data_of_another_form_are_refused(self) -> None:
        """By name, before anything is made of them."""
        data = read(EXPLAINED, HELD, "2026-03-30T15:00").explanation.to_data()
        with pytest.raises(InvalidValueError, match="explanation/1"):
            Explanation.from_data({**data, "format": "svcdelivery.explanation/9"})
        with pytest.raises(InvalidValueError, match="phase"):
            Explanation.from_data({**data, "phase": "idle"})
        with pytest.raises(WrongTypeError, match="cycle"):
            Explanation.from_data({**data, "cycle": "one"})
