"""Measures leave the report with their operational definitions, planned beside actual, each figure naming its own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts.registry import registered
from svcdelivery.quality import STANDARD_ATTRIBUTES, Objective
from svcdelivery.reporting import MeasuredValue, Performance, definitions_of, measures, write_measures
from svcdelivery.reporting import write_work_products as write
from svcdelivery.reporting.definitions import DEFINITIONS
from svcdelivery.storage.memory import MemoryStore
from tests.reporting.stories import tell_the_story

ASKED = {"wait for delivery, p50": Objective(target=timedelta(hours=1), higher_is_better=False)}


@pytest.fixture(scope="module")
def performance(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    """The figures of the story of a week, with something asked of one attribute."""
    store = MemoryStore()
    tell_the_story(store)
    return write(store, tmp_path_factory.mktemp("story") / "out", objectives=ASKED).performance


def figures_in(data: Any) -> Iterator[dict[str, Any]]:
    """Every figure of JSON data, however deep."""
    if isinstance(data, dict):
        if "numerator" in data:
            yield data
        for value in data.values():
            yield from figures_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from figures_in(value)


def value(performance: Performance, name: str, of: str = "") -> MeasuredValue:
    (found,) = [one for one in measures(performance) if (one.definition.name, one.of) == (name, of)]
    return found


class TestDefinitions:
    def test_every_figure_of_a_report_names_its_definition(self, performance: Performance) -> None:
        """By the name of the measure, and its convention is the definition's."""
        defined = {definition.name: definition for definition in DEFINITIONS}
        found = list(figures_in(performance.to_data()))
        assert len(found) > 50
        for figure in found:
            assert figure["convention"] == defined[figure["measure"]].convention

    def test_each_says_what_is_asked_how_it_is_reckoned_and_from_which_facts(self, performance: Performance) -> None:
        """No name twice, no part empty, and the facts are such as are recorded."""
        known = definitions_of(performance)
        assert (
            len({definition.name for definition in known}) == len(known) == len(DEFINITIONS) + len(STANDARD_ATTRIBUTES)
        )
        for definition in known:
            parts = (
                definition.question,
                definition.formula,
                definition.unit,
                definition.excludes,
                definition.convention,
            )
            assert all(parts), definition.name
            assert definition.question.endswith("?"), definition.name
            assert definition.sources, definition.name
            assert all(registered(source) for source in definition.sources), definition.name

    def test_every_definition_has_values(self, performance: Performance) -> None:
        """Credits aside, which are owed only where they were agreed on."""
        told = {one.definition.name for one in measures(performance)}
        assert {definition.name for definition in definitions_of(performance)} - told == {"service_credits"}


class TestPlannedAgainstActual:
    def test_a_share_promised_against_the_share_reached(self, performance: Performance) -> None:
        """By hand: two of four repairs in time, nine in ten promised; 40 points are missing."""
        found = value(performance, "goals_met", "target repair of acme")
        assert (found.actual, found.planned, found.variance) == (Fraction(1, 2), Fraction(9, 10), Fraction(-2, 5))

    def test_an_objective_against_what_was_measured(self, performance: Performance) -> None:
        """By hand: the middle one of three waits took an hour and a half, one hour was asked for."""
        found = value(performance, "wait_for_delivery_p50")
        assert (found.actual, found.planned) == (timedelta(minutes=90), timedelta(hours=1))
        assert found.variance == timedelta(minutes=30)

    def test_without_a_plan_there_is_no_variance(self, performance: Performance) -> None:
        found = value(performance, "backlog")
        assert (found.actual, found.planned, found.variance) == (1, None, None)


class TestExport:
    def test_a_table_carries_each_value_with_the_text_of_its_definition(
        self, performance: Performance, tmp_path: Path
    ) -> None:
        number = write_measures(performance, tmp_path / "m.csv")
        with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        assert len(rows) == number == len(measures(performance))
        row = next(row for row in rows if row["of"] == "target repair of acme")
        assert (row["actual"], row["planned"], row["variance"]) == ("0.500000", "0.900000", "-0.400000")
        assert row["question"] == "How much of what was promised in time was done in time?"
        assert row["formula"] == "clocks that met their goal / clocks judged"
        assert "incident.recorded/1" in row["sources"].split()

    def test_data_carry_the_definitions_apart_and_exact_values(self, performance: Performance, tmp_path: Path) -> None:
        write_measures(performance, tmp_path / "m.json")
        data = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
        assert data["format"] == "svcdelivery.measures/1"
        defined = {definition["name"] for definition in data["definitions"]}
        assert {one["measure"] for one in data["values"]} <= defined
        held = next(one for one in data["values"] if one["measure"] == "deliveries_that_held")
        assert (held["actual"], held["taken_from"]) == ("2/3", {"good": "2", "attempts": "3"})

    def test_the_report_holds_the_table_too(self, performance: Performance, tmp_path: Path) -> None:
        store = MemoryStore()
        tell_the_story(store)
        written = write(store, tmp_path / "out", objectives=ASKED)
        write_measures(performance, tmp_path / "again.csv")
        assert written.measures.read_bytes() == (tmp_path / "again.csv").read_bytes()

    def test_another_form_is_refused(self, performance: Performance, tmp_path: Path) -> None:
        with pytest.raises(InvalidValueError, match=r"ends in \.csv or \.json"):
            write_measures(performance, tmp_path / "m.xml")
