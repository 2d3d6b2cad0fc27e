"""The kit has teeth: every store with a defect is caught, and by the promise the defect breaks.

`python -m tests.storage.test_mutants` puts every one through the kit and prints who complained (`make mutants`); with
`--table` it prints the table of the documentation.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from svcdelivery.testing.conformance import SCENARIOS, check
from tests.storage.mutants import MUTANTS

PATIENCE_SECONDS = 8.0
TOPICS = {one.name: one.topic for one in SCENARIOS}
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: no mutant is about the disk."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY, ignore_cleanup_errors=True) as made:
        yield Path(made)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_defect_is_caught_with_the_right_complaint(mutant, folder):
    """The promises it breaks are complained of, and nothing but what rests on them."""
    report = check(mutant.places(folder), patience_seconds=PATIENCE_SECONDS)
    broken = {result.scenario.name for result in report.broken}
    assert mutant.caught_by <= broken, str(report)
    plausible = {TOPICS[name] for name in mutant.caught_by} | mutant.also
    assert {TOPICS[name] for name in broken} <= plausible, str(report)
    assert all(result.complaint for result in report.broken)


def test_mutants_are_many_and_differ():
    """Each has a name, a defect of one line, and scenarios and topics that exist."""
    assert len(MUTANTS) >= 100
    assert len({mutant.name for mutant in MUTANTS}) == len({mutant.defect for mutant in MUTANTS}) == len(MUTANTS)
    assert all(mutant.defect.endswith(".") for mutant in MUTANTS)
    assert all(mutant.caught_by and mutant.caught_by <= TOPICS.keys() for mutant in MUTANTS)
    assert all(mutant.also <= set(TOPICS.values()) for mutant in MUTANTS)


def test_few_defects_are_complained_of_all_over_the_place():
    """Whoever reads a report finds the cause: most defects show in one or two topics."""
    topics = [len({TOPICS[name] for name in mutant.caught_by} | mutant.also) for mutant in MUTANTS]
    assert sorted(topics)[len(topics) * 9 // 10] <= 6
    assert sorted(topics)[len(topics) // 2] <= 2


def test_every_topic_has_a_mutant():
    """What no defect ever broke would be a promise nobody knows to be looked at."""
    named = {TOPICS[name] for mutant in MUTANTS for name in mutant.caught_by}
    assert named == set(TOPICS.values())


def test_the_table_of_the_documentation_is_this_one():
    """It names every defect, and who complains of it."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "conformance-kit.md").read_text(encoding="utf-8")
    assert "\n".join(table()) in page
    assert f"{len(MUTANTS)} stores" in page


def table() -> Iterator[str]:
    """Yield the lines of the table: a defect, and who complains of it."""
    yield "| defect | caught by | and in |"
    yield "| --- | --- | --- |"
    for mutant in MUTANTS:
        caught = ", ".join(f"`{name}`" for name in sorted(mutant.caught_by))
        yield f"| {mutant.defect} | {caught} | {', '.join(sorted(mutant.also))} |"


def matrix() -> int:
    """Print a line for every defect: what complained, first what had to; the figures last. 1 when one got through."""
    survived = wrong = complaints = 0
    for mutant in MUTANTS:
        with tempfile.TemporaryDirectory(dir=IN_MEMORY, ignore_cleanup_errors=True) as made:
            broken = {
                one.scenario.name for one in check(mutant.places(Path(made)), patience_seconds=PATIENCE_SECONDS).broken
            }
        survived += not broken
        wrong += bool(broken) and not mutant.caught_by <= broken
        complaints += len(broken)
        told = [*sorted(broken & mutant.caught_by), *(f"({name})" for name in sorted(broken - mutant.caught_by))]
        print(f"{mutant.name}: {mutant.defect}\n    {' '.join(told) or 'NOT CAUGHT'}", flush=True)
    caught = len(MUTANTS) - survived
    each = complaints / caught
    print(f"{caught} of {len(MUTANTS)} caught, {wrong} with the wrong complaint, {each:.1f} complaints each")
    return 1 if survived or wrong else 0


if __name__ == "__main__":
    if "--table" in sys.argv:
        print("\n".join(table()))
    else:
        sys.exit(matrix())
