"""Vectors of escalations, rotations and queues: right answers pass, wrong expectations do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.testing.vectors import run_vectors
from svcdelivery.testing.vectors.escalation_operation import ESCALATION_OPERATIONS
from tests.shared_data import shared_file

TWO_STEPS = {"repeat": 0, "steps": [{"wait_s": 60, "targets": ["u"]}, {"wait_s": 60, "targets": []}]}
OPENED = {"at_s": 0, "type": "opened"}
RIGHT: dict[str, list[dict[str, Any]]] = {
    "escalation-timeline/1": [
        {
            "policy": TWO_STEPS,
            "events": [OPENED],
            "expected_firings": [
                {"at_s": 0, "step": 0, "targets": ["u"]},
                {"at_s": 60, "step": 1, "targets": [], "no_one": True},
            ],
            "horizon_s": 600,
        },
        {
            "policy": TWO_STEPS,
            "events": [OPENED, {"at_s": 10, "type": "acknowledged"}, {"at_s": 20, "type": "escalate_now"}],
            "expected_firings": [{"at_s": 0, "step": 0}, {"at_s": 20, "step": 1, "forced": True}],
            "horizon_s": 600,
            "state_after": {"acknowledged": False},
        },
        {
            "start_delay_s": 10,
            "step_pause_s": 5,
            "policy": {"steps": [{"kind": "notify_users", "users": ["u"]}, {"kind": "repeat", "counter": 0, "max": 1}]},
            "events": [OPENED, {"at_s": 12, "type": "snoozed", "until_s": 30}],
            "expected_firings": [{"at_s": 10, "step": 0, "users": ["u"]}, {"at_s": 30, "step": 0, "loop": 1}],
            "horizon_s": 600,
        },
    ],
}
CASES = [
    pytest.param(name, case, id=f"{name.partition('/')[0]}-{number}")
    for name, cases in RIGHT.items()
    for number, case in enumerate(cases)
]
PARTS = ("expected", "observations", "first_shift", "state_after", "elapsed_hours")


def summary(folder: Path, name: str, *cases: dict[str, Any]) -> str:
    (folder / "v.json").write_text(json.dumps({"format": name, "cases": cases}), encoding="utf-8")
    return run_vectors(folder).summary


def changed(value: Any) -> Any:
    """Answer another value of the same kind, changed at its end."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case None:
            return "something"
        case str():
            return value.replace("-0", "-1", 1) if "-0" in value else f"not {value}"
        case dict() if value:
            last = list(value)[-1]
            return {**value, last: changed(value[last])}
        case [*earlier, last]:
            return [*earlier, changed(last)]
        case _:
            return ["something"]


def test_every_operation_has_cases() -> None:
    assert set(RIGHT) == set(ESCALATION_OPERATIONS)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_right_answer_passes(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    assert summary(tmp_path, name, case) == "1 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize(("name", "case"), CASES)
def test_every_wrong_expectation_fails(tmp_path: Path, name: str, case: dict[str, Any]) -> None:
    wrong = [{**case, key: changed(value)} for key, value in case.items() if key.startswith(PARTS)]
    assert wrong
    assert summary(tmp_path, name, *wrong) == f"0 passed, {len(wrong)} failed, 0 skipped"


def test_the_shared_vectors_pass() -> None:
    """Of every format that is built; none of them fails."""
    report = run_vectors(shared_file("vectors/escalation"))
    assert [str(failure) for failure in report.failures] == []
    assert not report.quirks
