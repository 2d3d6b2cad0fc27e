"""The table that says where each sentence of the practice lives is complete, and what it calls proved is proved."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.proofs import PROVES, named_tests, names, proofs_of, table_rows
from tests.shared_data import shared_file

ROOT = Path(__file__).resolve().parent.parent

IDS = (
    "3.2 3.2a 3.2b WP1 WP2 WP3 WP4 WP5 WP6 1 1a 2 2a 3 3a 3b 4 4a 4b 5 5a 5b 6 6a 6b 6c 7 7a 7b 7c 8 9"
).split()  # fmt: skip
PLACES = (
    "head intro/1 intro/2 products/1 products/2 products/3 products/4 products/5 products/6 "
    "1 1/1 2 2/1 3 3/1 4 4/1 4/2 5 5/1 5/2 5/3 5/4 6 6/1 6/2 6/3 6/4 7 7/1 7/2 7/3 7/4 8 9"
).split()

_OUTCOME = re.compile(r"^(\S.*?::.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", re.MULTILINE)

Row = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return table_rows()


# -- the judge ---------------------------------------------------------------------------------------------------------


def complaints(rows: list[Row], root: Path) -> list[str]:
    """Run every test that a proved row names, and answer what speaks against the word `proved`."""
    proved = [row for row in rows if row["status"] == "proved"]
    found = [f"{row['id']}: proved by no test" for row in proved if not row["tests"]]
    named = named_tests(rows)
    # A table that proved itself by this module would never come to an end.
    own = {test for test in named if test.startswith("tests/test_traceability.py")}
    found += [f"{test}: cannot prove itself" for test in sorted(own)]
    outcomes = _run(sorted(named - own), root)
    for row in proved:
        for test in row["tests"]:
            if test not in own:
                found += [f"{row['id']}: {test} {verdict}" for verdict in _against(test, outcomes)]
    return found


def _run(tests: list[str], root: Path) -> dict[str, str]:
    """Answer the outcome of each test that ran; what pytest does not know is left out, and is missing here."""
    outcomes: dict[str, str] = {}
    while tests:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:xdist",
            "-p",
            "no:cacheprovider",
            "--tb=short",
            "-v",
            *tests,
        ]
        run = subprocess.run(command, cwd=root, env=_environment(), capture_output=True, text=True, check=False)
        outcomes = {found[1]: found[2] for found in _OUTCOME.finditer(run.stdout)}
        unknown = [test for test in tests if f"{test}\n" in run.stderr + run.stdout and not _of(test, outcomes)]
        if outcomes or not unknown:
            print(run.stdout[-4000:], run.stderr[-2000:])  # shown when something fails
            return outcomes
        tests = [test for test in tests if test not in unknown]
    return outcomes


def _environment() -> dict[str, str]:
    # The worker's own settings are not for the run inside.
    apart = ("PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS")
    kept = {
        name: value for name, value in os.environ.items() if name not in apart and not name.startswith("PYTEST_XDIST")
    }
    return kept | {"COLUMNS": "400", "NO_COLOR": "1"}


def _of(test: str, outcomes: dict[str, str]) -> list[str]:
    """Answer the outcomes of a test, of each of its cases, or of each test of a class or file."""
    return [outcome for ran, outcome in outcomes.items() if names(test, ran)]


def _against(test: str, outcomes: dict[str, str]) -> list[str]:
    own = _of(test, outcomes)
    return (
        [f"is {outcome.lower()}" for outcome in sorted(set(own)) if outcome != "PASSED"] if own else ["does not exist"]
    )


# -- the table ---------------------------------------------------------------------------------------------------------


class TestTable:
    def test_every_id_has_exactly_one_row(self, rows: list[Row]) -> None:
        assert Counter(row["id"] for row in rows) == Counter(IDS)

    def test_every_sentence_has_a_row(self, rows: list[Row]) -> None:
        assert {place for row in rows for place in row["places"]} == set(PLACES)

    def test_the_sentences_are_those_of_the_practice(self) -> None:
        text = shared_file("seeds/sp-3-2-operate-the-service-system.txt").read_text(encoding="utf-8")
        assert sentences(text) == PLACES

    def test_every_row_says_what_where_and_how_far(self, rows: list[Row]) -> None:
        for row in rows:
            assert set(row) == {"id", "places", "asks", "where", "status", "tests"}, row["id"]
            assert row["asks"], row["id"]
            assert row["where"], row["id"]
            assert row["status"] in {"proved", "not yet"}, row["id"]

    def test_a_proved_row_lives_in_rooms_that_exist(self, rows: list[Row]) -> None:
        package = ROOT / "src" / "svcdelivery"
        for row in rows:
            if row["status"] == "proved":
                for room in row["where"]:
                    place = package.joinpath(*room.split("."))
                    assert place.is_dir() or place.with_suffix(".py").is_file(), f"{row['id']}: {room}"

    def test_traceability_holds_every_proved_row_is_proved_by_its_tests(
        self, rows: list[Row], pytestconfig: pytest.Config
    ) -> None:
        """A run that has all the named tests is the proof: one left out fails it. Else they are run."""
        here = pytestconfig.stash[PROVES]
        if here:
            rows = [
                {**row, "tests": [t for t in row["tests"] if not any(names(t, ran) for ran in here)]} for row in rows
            ]
            assert not [test for row in rows if row["status"] == "proved" for test in row["tests"]]
        else:
            assert complaints(rows, ROOT) == []


def sentences(text: str) -> list[str]:
    """Answer the places of all sentences of the practice, in the order of the text."""
    places, section, count = ["head"], "intro", 0
    for line in text.splitlines()[1:]:
        number = re.match(r"(\s*)(\d)\. ", line)
        if number and number[1]:
            places.append(f"products/{number[2]}")
        elif number:
            section, count = number[2], 0
            places.append(section)
        elif line.strip() and line != "Example Work Products":
            # A full stop ends a sentence where a capital follows; the one of "e.g." does not.
            more = len(re.split(r"\.\s+(?=[A-Z])", line.strip()))
            places += [f"{section}/{count + place}" for place in range(1, more + 1)]
            count += more
    return places


# -- the judge is judged -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("planted")
    (root / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (root / "test_some.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_half(n): assert n == 1\n"
        "def test_left_out(): pytest.skip('no data')\n"
        "@pytest.mark.xfail\n"
        "def test_expected_to_fail(): assert False\n"
        "@pytest.fixture\n"
        "def broken(): raise RuntimeError\n"
        "def test_broken(broken): pass\n",
        encoding="utf-8",
    )
    named = ["good", "half", "left_out", "expected_to_fail", "broken", "missing"]
    planted = [{"id": name, "status": "proved", "tests": [f"test_some.py::test_{name}"]} for name in named]
    planted.append({"id": "none", "status": "proved", "tests": []})
    planted.append({"id": "file", "status": "proved", "tests": ["test_nowhere.py::test_it"]})
    planted.append({"id": "waits", "status": "not yet", "tests": []})
    return complaints(planted, root)


class TestPlanted:
    """A row that says `proved` without reason is found out."""

    def test_a_passing_test_and_a_waiting_row_give_no_complaint(self, found: list[str]) -> None:
        assert not [text for text in found if text.startswith(("good:", "waits:"))]

    @pytest.mark.parametrize(
        ("row", "verdict"),
        [
            ("half", "is failed"),
            ("left_out", "is skipped"),
            ("expected_to_fail", "is xfail"),
            ("broken", "is error"),
            ("missing", "does not exist"),
        ],
    )
    def test_a_test_that_does_not_pass_is_found(self, found: list[str], row: str, verdict: str) -> None:
        assert f"{row}: test_some.py::test_{row} {verdict}" in found

    def test_a_missing_file_is_found(self, found: list[str]) -> None:
        assert "file: test_nowhere.py::test_it does not exist" in found

    def test_a_row_without_tests_is_found(self, found: list[str]) -> None:
        assert "none: proved by no test" in found

    def test_nothing_else_is_found(self, found: list[str]) -> None:
        assert len(found) == 7

    def test_the_table_cannot_prove_itself(self) -> None:
        own = "tests/test_traceability.py::TestTable"
        assert complaints([{"id": "x", "status": "proved", "tests": [own]}], ROOT) == [f"{own}: cannot prove itself"]


class TestWholeRuns:
    """A run that has every named test is the proof."""

    def test_a_run_that_lacks_one_of_them_proves_none(self, rows: list[Row]) -> None:
        every = sorted(named_tests(rows))
        assert proofs_of(every) == set(every)
        assert proofs_of(every[1:]) == frozenset()
        assert proofs_of([]) == frozenset()

    def test_cases_and_groups_belong_to_their_test(self) -> None:
        assert all(names("a.py::b", ran) for ran in ("a.py::b", "a.py::b[1]", "a.py::b@group", "a.py::b::c"))
        assert not names("a.py::b", "a.py::bc")
        assert names("a.py", "a.py::b")

    def test_a_proof_that_is_left_out_or_expected_to_fail_fails_the_run(self, tmp_path: Path) -> None:
        (tmp_path / "conftest.py").write_text(
            "from tests import proofs\n"
            "proved = ['test_it.py::test_a', 'test_it.py::test_b']\n"
            "proofs.table_rows = lambda: [{'status': 'proved', 'tests': proved}]\n"
            "from tests.conftest import pytest_collection_finish, pytest_runtest_makereport\n",
            encoding="utf-8",
        )
        (tmp_path / "test_it.py").write_text(
            "import pytest\n"
            "def test_a(): pytest.skip('no data')\n"
            "@pytest.mark.xfail\n"
            "def test_b(): assert False\n"
            "def test_c(): pytest.skip('proves nothing')\n",
            encoding="utf-8",
        )
        (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "."]
        paths = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
        run = subprocess.run(
            command,
            cwd=tmp_path,
            env=_environment() | {"PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "2 failed, 1 skipped" in run.stdout, run.stdout + run.stderr
