"""Vectors of escalations, rotations and queues: right answers pass, wrong expectations do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.testing.vectors import run_vectors
from svcdelivery.testing.vectors.escalation_operation import ESCALATION_OPERATIONS
from svcdelivery.testing.vectors.queue_operation import QUEUE_OPERATIONS
from svcdelivery.testing.vectors.rotation_operation import ROTATION_OPERATIONS
from tests.shared_data import shared_file

TWO_STEPS = {"repeat": 0, "steps": [{"wait_s": 60, "targets": ["u"]}, {"wait_s": 60, "targets": []}]}
AT = "2026-03-01T10:00:00Z"
DAILY = {"type": "daily", "shift_length": 1, "start": "2026-03-01T09:00:00Z", "time_zone": "UTC"}
NIGHT = {"days": ["mon"], "start": "22:00", "end": "06:00", "time_zone": "UTC"}
TURNS = {"frequency": "daily", "interval": 1, "groups": [["u"], ["v", "w"]]}
PIECES = [
    (AT, "2026-03-01T11:00:00Z", "u", 0),
    ("2026-03-01T11:00:00Z", "2026-03-01T11:30:00Z", "v", 3),
    ("2026-03-01T11:30:00Z", "2026-03-01T12:00:00Z", "u", 0),
]
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
    "rotation-shifts/1": [
        {"kind": "shift_end", "rotation": DAILY, "at": AT, "expected": "2026-03-02T09:00:00Z", "elapsed_hours": 23},
        {"kind": "shift_start", "rotation": DAILY, "at": AT, "expected": "2026-03-01T09:00:00Z"},
        {
            "kind": "boundaries",
            "rotation": DAILY,
            "window": {"from": AT, "to": "2026-03-03T00:00:00Z", "step_seconds": 60},
            "first_shift": {"at": AT, "start": "2026-03-01T09:00:00Z", "end": "2026-03-02T09:00:00Z"},
            "expected_boundaries": ["2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"],
        },
    ],
    "rotation-participants/1": [
        {"rotation": {**DAILY, "participants": ["u", "v"]}, "observations": [{"at": AT, "on_call": "u"}]},
        {
            "participants": ["u", "v", "w"],
            "active_index": 1,
            "remove": "u",
            "expected": {"participants": ["v", "w"], "active_index": 0, "on_call": "v"},
        },
    ],
    "weekly-window/1": [
        {"op": "is_active", "rule": NIGHT, "at": "2026-03-02T23:00:00Z", "expected": True},
        {"op": "shift_start", "rule": NIGHT, "at": "2026-03-03T02:00:00Z", "expected": "2026-03-02T22:00:00Z"},
        {"op": "shift_end", "rule": NIGHT, "at": "2026-03-03T02:00:00Z", "expected": "2026-03-03T06:00:00Z"},
    ],
    "window-transitions/1": [
        {
            "window": {**NIGHT, "user": "u"},
            "from": "2026-03-02T12:00:00Z",
            "to": "2026-03-03T12:00:00Z",
            "step_seconds": 60,
            "expected": [
                {"at": "2026-03-02T12:00:00Z", "user": None},
                {"at": "2026-03-02T22:00:00Z", "user": "u"},
                {"at": "2026-03-03T06:00:00Z", "user": None},
                {"at": "2026-03-03T12:00:00Z", "user": None},
            ],
        },
    ],
    "clock-of-day/1": [
        {"occurrence": which, "time_zone": "Europe/Berlin", "date": "2026-10-25", "clock": "02:30", "expected": at}
        for which, at in (("first", "2026-10-25T00:30:00Z"), ("last", "2026-10-25T01:30:00Z"))
    ],
    "next-scheduled-notice/1": [
        {"now": AT, "time_zone": "UTC", "clock": "09:00", "days": ["mon"], "expected": "2026-03-02T09:00:00Z"},
        {"now": AT, "time_zone": "UTC", "clock": None, "days": None, "expected": None},
    ],
    "oncall-overrides/1": [
        {
            "scheduled": ["u"],
            "overrides": [{"add": "v", "remove": None, "start": None, "end": "2026-03-03T00:00:00Z"}],
            "at": AT,
            "expected": ["u", "v"],
        },
    ],
    "final-schedule/1": [
        {
            "layers": [{"user": "u", "priority": 0, "start": AT, "duration_h": 2, "repeats": "daily"}],
            "overrides": [{"user": "v", "priority": 3, "start": "2026-03-01T11:00:00Z", "duration_h": 0.5}],
            "query": {"from": when, "to": until},
            "gaps_listed": False,
            "expected": [
                {"start": start, "end": end, "user": user, "priority": rank, "gap": False, "override": rank > 0}
                for start, end, user, rank in PIECES[first:]
            ],
        }
        for when, until, first in ((AT, "2026-03-02T00:00:00Z", 0), ("2026-03-01T11:45:00Z", "2026-03-01T11:45:00Z", 2))
    ],
    "shift-swaps/1": [
        {
            "shift": {"users": ["u"], "start": AT, "duration_h": 1, "repeats": "daily"},
            "swap": {"beneficiary": "u", "benefactor": "v", "start": AT, "end": "2026-03-01T20:00:00Z"},
            "query": {"from": AT, "to": "2026-03-02T00:00:00Z"},
            "expected": [{"start": AT, "end": "2026-03-01T11:00:00Z", "on_call": "v", "in_swap": True}],
        },
    ],
    "shift-days/1": [
        {
            "rotation": {
                **TURNS, "start": AT, "shift_hours": 4, "by_day": ["mon"], "time_zone": "UTC", "week_start": "mon",
            },
            "query": {"from": AT, "to": "2026-03-12T00:00:00Z"},
            "expected_days": {"2026-03-02": ["u"], "2026-03-09": ["v", "w"]},
        },
    ],
    "rolling-users/1": [
        {
            "rotation": {**TURNS, "start": AT, "rotation_start": AT, "duration_s": 600},
            "observations": [{"at": AT, "on_call": ["u"]}, {"at": "2026-03-02T10:05:00Z", "on_call": ["v", "w"]}],
        },
    ],
    "dst-weekly/1": [
        {
            "rotation": {
                "start_local": "2026-03-23T00:00:00", "time_zone": "Europe/Berlin", "duration_h": 168,
                "frequency": "weekly", "week_start": "mon",
            },
            "query": {"from": "2026-03-25T00:00:00Z", "to": "2026-03-26T00:00:00Z"},
            "expected": [{"start": "2026-03-22T23:00:00Z", "end": "2026-03-29T22:00:00Z"}],
        },
    ],
    "dedup-bundle/1": [
        {
            "op": "dedup_alerts",
            "messages": [
                {"id": "2", "type": "alert", "created": "2026-03-01T11:00:00Z", "alert": 1, "dest": "d", "sent": False},
                {"id": "1", "type": "alert", "created": AT, "alert": 1, "dest": "d", "sent": False},
            ],
            "expected_kept": ["1"],
            "expected_merged": {"1": ["2"]},
        },
        {
            "op": "dedup_status",
            "messages": [{"id": "a", "alert": 1, "log": 1}, {"id": "b", "alert": 1, "log": 2}],
            "expected_kept": ["b"],
            "expected_dropped": ["a"],
        },
        {
            "op": "bundle_alerts",
            "messages": [{"id": "a", "alert": 1, "created_offset_s": 5}, {"id": "b", "alert": 2}],
            "expected_bundle": {"created_offset_s": 0, "members": ["a", "b"]},
            "expected_new_bundle": True,
        },
    ],
    "rate-limit/1": [
        {
            "rules": [{"count": 1, "per_s": 60, "smooth": False}],
            "sent_offsets_s": [0],
            "expected_send_offsets_s": [60, 120],
        },
        {
            "rules": [{"count": 1, "per_s": 60, "smooth": False}],
            "sent_offsets_s": [0],
            "at_offset_s": 30,
            "expected_blocked": True,
        },
    ],
}  # fmt: skip
CASES = [
    pytest.param(name, case, id=f"{name.partition('/')[0]}-{number}")
    for name, cases in RIGHT.items()
    for number, case in enumerate(cases)
]
OF_ESCALATION = {**ESCALATION_OPERATIONS, **ROTATION_OPERATIONS, **QUEUE_OPERATIONS}
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
    assert set(RIGHT) == set(OF_ESCALATION)


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
