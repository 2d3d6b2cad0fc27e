"""The runner of vectors: what passes, what fails, what is left out, and what is no vector at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from svcdelivery.errors import InvalidValueError, UnusableInputError
from svcdelivery.testing.vectors import run_vectors
from svcdelivery.testing.vectors.operations import OPERATIONS
from tests.shared_data import shared_file
from tests.testing.test_escalation_vectors import OF_ESCALATION

OWN = Path(__file__).resolve().parent.parent / "vectors"
FILES = ("zendesk_biz", "zammad", "erpnext", "frappe_helpdesk", "more_operations")

OFFICE = {
    "timezone": "Europe/Paris",
    "weekly": {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": ["2026-04-06"],
    "recurring_holidays": ["05-01"],
    "holiday_ranges": [
        {"name": "summer", "start": "2026-08-03", "end": "2026-08-14"},
        {"name": "new year", "start": "2025-12-24", "end": "2026-01-01", "yearly": True},
    ],
    "shifts": {"2026-03-28": [["10:00", "12:00"]]},
    "breaks": {"2026-03-30": [["09:00", "10:00"]]},
}
FRIDAY = "2026-03-27T15:30:00Z"  # half an hour after closing in Paris: 16:30 there
NEXT_WEEK = "2026-03-31T00:00:00Z"
NEVER = {"timezone": "Europe/Paris", "weekly": {}}

TICKET: dict[str, Any] = {
    "policy": {
        "first_response_seconds": 3600,
        "next_reply_seconds": 7200,
        "periodic_update_seconds": 7200,
        "resolution_seconds": 14400,
        "paused_states": ["pending"],
        "stopped_states": ["closed"],
    },
    "created_at": "2026-03-25T08:00:00Z",
    "events": [
        {"at": "2026-03-25T08:00:00Z", "event": "customer_message"},
        {"at": "2026-03-25T08:10:00Z", "event": "agent_note"},
        {"at": "2026-03-25T08:30:00Z", "event": "agent_message"},
        {"at": "2026-03-25T09:00:00Z", "event": "state", "to": "pending"},
        {"at": "2026-03-25T10:00:00Z", "event": "state", "to": "open"},
        {"at": "2026-03-25T10:00:00Z", "event": "customer_message"},
    ],
}

# Friday the 27th of March, then the night the clocks change, a Saturday with hours and a Monday that opens late.
RIGHT: dict[str, list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = {
    "elapsed": [
        (OFFICE, {"start": "2026-03-27T14:00:00Z", "end": "2026-03-30T10:00:00Z"}, {"seconds": 21_600}),
        (
            OFFICE,
            {
                "start": "2026-03-27T14:00:00Z",
                "end": "2026-03-27T16:00:00Z",
                "pauses": [["2026-03-27T14:30:00Z", "2026-03-27T15:00:00Z"], [FRIDAY, FRIDAY]],
                "clip": ["2026-03-27T14:00:00Z", "2026-03-27T15:30:00Z"],
                "target_seconds": 7200,
            },
            {"seconds": 3600, "actual_seconds": 7200, "percent": 50, "actual_percent": 100},
        ),
        (OFFICE, {"start": FRIDAY, "end": "2026-03-27T15:00:00Z"}, {"seconds": 0}),
    ],
    "due": [
        (OFFICE, {"start": FRIDAY, "seconds": 5400}, {"due_at": "2026-03-28T10:00:00Z"}),
        (OFFICE, {"start": FRIDAY, "seconds": -1}, {"error": True}),
        (OFFICE, {"start": "2026-03-29T00:00:00Z", "seconds": 0}, {"due_at": "2026-03-30T08:00:00Z"}),
    ],
    "due_before": [(OFFICE, {"end": "2026-03-30T09:00:00Z", "seconds": 7200}, {"start_at": "2026-03-28T10:00:00Z"})],
    "due_days": [
        (OFFICE, {"start": FRIDAY, "days": 2}, {"due_at": "2026-03-30T14:30:00Z"}),
        (OFFICE, {"start": FRIDAY, "days": 1, "end_of_day": True}, {"due_at": "2026-03-28T11:00:00Z"}),
    ],
    "due_days_before": [(OFFICE, {"end": "2026-03-31T14:30:00Z", "days": 3}, {"start_at": "2026-03-27T15:30:00Z"})],
    "is_open": [
        (OFFICE, {"at": "2026-03-30T07:30:00Z"}, {"open": False}),
        (OFFICE, {"at": "2026-03-30T08:00:00Z"}, {"open": True}),
    ],
    "on_break": [(OFFICE, {"at": "2026-03-30T07:00:00Z"}, {"on_break": True})],
    "on_holiday": [
        (OFFICE, {"date": "2027-05-01"}, {"on_holiday": True}),
        (OFFICE, {"at": "2026-04-05T22:00:00Z"}, {"on_holiday": True}),
        (OFFICE, {"date": "2030-12-31"}, {"on_holiday": True}),
        (OFFICE, {"date": "2026-08-14"}, {"on_holiday": True}),
        (OFFICE, {"date": "2027-08-13"}, {"on_holiday": False}),
    ],
    "periods": [
        (
            OFFICE,
            {"start": FRIDAY, "count": 2},
            {"periods": [[FRIDAY, "2026-03-27T16:00:00Z"], ["2026-03-28T09:00:00Z", "2026-03-28T11:00:00Z"]]},
        )
    ],
    "periods_before": [
        (
            OFFICE,
            {"end": "2026-03-30T09:00:00Z", "count": 2},
            {
                "periods": [
                    ["2026-03-30T08:00:00Z", "2026-03-30T09:00:00Z"],
                    ["2026-03-28T09:00:00Z", "2026-03-28T11:00:00Z"],
                ]
            },
        )
    ],
    "periods_until": [
        (
            OFFICE,
            {"start": FRIDAY, "end": "2026-03-28T09:30:00Z"},
            {"periods": [[FRIDAY, "2026-03-27T16:00:00Z"], ["2026-03-28T09:00:00Z", "2026-03-28T09:30:00Z"]]},
        )
    ],
    "business_dates": [
        (OFFICE, {"after": "2026-04-03", "count": 2}, {"dates": ["2026-04-07", "2026-04-08"]}),
    ],
    "intersect_periods": [
        (
            OFFICE,
            {
                "other": {"timezone": "America/New_York", "weekly": {"fri": [["08:00", "11:45"]]}},
                "start": "2026-03-27T00:00:00Z",
                "count": 1,
            },
            {"periods": [["2026-03-27T12:00:00Z", "2026-03-27T15:45:00Z"]]},
        )
    ],
    "validate": [
        ({"timezone": "Europe/Paris", "weekly": {"mon": [["09:00", "00:00"]]}}, {}, {"error": True}),
        (NEVER, {}, {"error": True}),
        (OFFICE, {}, {"error": False}),
    ],
    "next_open": [(OFFICE, {"at": "2026-03-28T12:00:00Z"}, {"at": "2026-03-30T08:00:00Z"})],
    "is_working_day": [(OFFICE, {"date": "2026-03-28"}, {"working": True})],
    "normalize_local": [
        ({"timezone": "Europe/Paris"}, {"local": "2026-03-29 02:30:00"}, {"local": "2026-03-29 03:00:00"}),
    ],
    "fits_in_day": [
        (OFFICE, {"start": FRIDAY, "seconds": 1800, "direction": "forward"}, {"fits": True}),
        (OFFICE, {"end": "2026-03-30T08:30:00Z", "seconds": 1801, "direction": "back"}, {"fits": False}),
    ],
    "ticket": [
        (
            OFFICE,
            TICKET,
            {
                "first_response": {"met_at": "2026-03-25T08:30:00Z", "breached": False},
                "next_reply": {"due_at": "2026-03-25T13:00:00Z", "worst_elapsed_minutes": 30},
                "periodic_update": {"due_at": "2026-03-25T12:30:00Z"},
                "resolution": {"due_at": "2026-03-25T14:00:00Z", "paused_seconds": 3600},
            },
        ),
        (
            OFFICE,
            TICKET,
            {
                "next_due_at": "2026-03-25T12:30:00Z",
                "status": "resolution_due",
                "paused": False,
                "checkpoints": [
                    {"at": "2026-03-25T08:20:00Z", "status": "first_response_due", "first_response_met": None},
                    {"at": "2026-03-25T09:30:00Z", "status": "paused", "resolution_elapsed_seconds": 3600},
                ],
            },
        ),
        (
            OFFICE,
            {
                "policy": {"target_days": 1, "paused_states": ["pending"], "pause": "hide"},
                "created_at": FRIDAY,
                "events": [{"at": FRIDAY, "event": "state", "to": "pending"}],
            },
            {"due_at": None, "before": {"due_at": "2026-03-28T11:00:00Z"}},
        ),
        (
            OFFICE,
            {
                "policy": {"target_days": 1, "end_of_day": True, "start": "attach"},
                "created_at": "2026-03-25T08:00:00Z",
                "escalation_levels": [{"offset_days": -1}],
                "events": [{"at": "2026-03-25T09:00:00Z", "event": "attach"}],
                "as_of": "2026-03-26T17:00:00Z",
            },
            {"due_at": "2026-03-26T16:00:00Z", "escalation_level_at": "2026-03-25T16:00:00Z", "status": "breached"},
        ),
    ],
    "lifecycle": [
        (OFFICE, {"conditions": {"attached": False, "start": True}}, {"action": "attach", "stage": "in_progress"}),
        (OFFICE, {"conditions": {"attached": False, "start": True, "stop": True}}, {"action": "none"}),
        (
            OFFICE,
            {"conditions": {"attached": True, "stage": "in_progress", "start": True, "stop": True}},
            {"action": "complete", "stage": "completed"},
        ),
        (
            OFFICE,
            {"conditions": {"attached": True, "stage": "in_progress", "pause": True}},
            {"action": "pause", "stage": "paused"},
        ),
        (
            OFFICE,
            {"conditions": {"attached": True, "stage": "paused", "resume": True}},
            {"action": "resume", "stage": "in_progress"},
        ),
        (
            OFFICE,
            {"conditions": {"attached": True, "stage": "in_progress", "stop": True, "cancel": True}},
            {"action": "cancel", "stage": "cancelled"},
        ),
    ],
    "clock": [
        (
            OFFICE,
            {
                "start": FRIDAY,
                "target_seconds": 5400,
                "pauses": [["2026-03-27T15:45:00Z", "2026-03-28T09:30:00Z"], ["2026-03-27T15:50:00Z", FRIDAY]],
            },
            {"due_at": "2026-03-28T10:45:00Z"},
        ),
        (
            OFFICE,
            {
                "start": FRIDAY,
                "target_seconds": 1200,
                "pauses": [["2026-03-27T15:00:00Z", "2026-03-27T15:40:00Z"], ["2026-03-30T00:00:00Z", NEXT_WEEK]],
                "stop": "2026-03-28T09:30:59Z",
            },
            {"elapsed_minutes": 50, "remaining_minutes": -30, "breached": True},
        ),
    ],
}  # fmt: skip
WORLD: dict[str, Any] = {"world": {
    "services": [{"id": "mail", "approval": [{"status": "approved", "from": "2026-01-01T00:00:00Z", "until": None}]}],
    "agreements": [{
        "id": "A", "customer": "acme", "from": "2026-01-01T00:00:00Z", "until": None,
        "status": [{"status": "active", "from": "2026-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}],
        "services": [{"service": "mail", "from": "2026-01-01T00:00:00Z", "until": "2026-05-01T00:00:00Z"}],
    }],
    "role_actions": {"agent": ["deliver", "approve"]},
    "break_glass_roles": ["chief"],
    "separation_of_duties": [{"action": "approve", "must_differ_from": ["requester"]}],
    "staff": [
        {"id": "ann", "roles": ["agent"], "clearances": [], "active": [{"from": "2026-01-01T00:00:00Z"}]},
        {"id": "max", "roles": ["chief"], "clearances": [], "active": [{"from": "2026-01-01T00:00:00Z"}]},
    ],
    "requesters": [{"id": "rosa", "customer": "acme"}],
    "entitlements": [{
        "id": "E", "staff": "ann", "agreement": "A", "service": "mail", "actions": ["deliver", "approve"],
        "from": "2026-01-01T00:00:00Z", "until": None,
    }],
    "break_glass": [{
        "id": "B", "staff": "max", "incident": "I", "reason": "outage", "authorised_by": "ann",
        "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z",
    }],
    "tickets": [{"id": "T", "agreement": "A", "service": "mail", "requester": "ann", "approver": "max"}],
}}  # fmt: skip


def request(at: str = "2026-03-01T12:00:00Z", **said: Any) -> dict[str, Any]:
    usual = {"actor": "ann", "action": "deliver", "agreement": "A", "service": "mail", "at": at}
    return {"request": {**usual, **said}}


def answered(decision: str, *reasons: str, **more: Any) -> dict[str, Any]:
    return {"decision": decision, "reason": reasons[0], "reasons": sorted(reasons), **more}


RIGHT["svcdelivery-authz-vectors/1"] = [
    (WORLD, request(), answered("allow", "entitled", determining=["E"])),
    (WORLD, request(actor="max"), answered("allow", "break_glass", determining=["B"], obligations=["post_review"])),
    (WORLD, request(ticket="T", action="approve"), answered("deny", "separation_of_duties")),
    (WORLD, request(actor="rosa", action="deliver"), answered("deny", "not_own_ticket", "role_not_permitted")),
    (WORLD, request(actor="ann "), answered("deny", "unknown_actor")),
    (WORLD, request(agreement="B", service="fax"), answered("deny", "unknown_agreement", "unknown_service")),
    (WORLD, request("2026-05-01T00:00:00Z"), answered("deny", "service_not_in_agreement")),
    (WORLD, request("2026-06-01T00:00:00Z"), answered("deny", "agreement_not_in_force", "service_not_in_agreement")),
    (WORLD, request("2026-03-01T12:00:00"), answered("error", "invalid_time")),
    (WORLD, request(ticket="T", agreement="A", service="fax"), answered("error", "inconsistent_request")),
    (WORLD, request(ticket="none"), answered("error", "inconsistent_request")),
]
CASES = [
    pytest.param(operation, *case, id=f"{operation}-{number}")
    for operation, cases in RIGHT.items()
    for number, case in enumerate(cases)
]


def vector(
    operation: str, calendar: dict[str, Any], given: dict[str, Any], expected: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {"id": "v", "operation": operation, "calendar": calendar, "input": given, "expected": expected, **more}


def written(path: Path, vectors: Iterable[Any]) -> Path:
    path.write_text(json.dumps(list(vectors)), encoding="utf-8")
    return path


def changed(value: Any) -> Any:
    """Answer another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return "something"
        case str() if "2026" not in value:
            return f"not {value}"
        case str():
            return value.replace("2026-03", "2026-02") if "2026-03" in value else value.replace("2026-04", "2026-02")
        case dict():
            last = list(value)[-1]
            return {**value, last: changed(value[last])}
        case [*earlier, dict() as last]:
            return [*earlier, changed(last)]
        case list():
            return value[:-1]
        case _:
            raise AssertionError(value)


class TestOperations:
    def test_every_operation_has_cases(self) -> None:
        """What the runner supports is proved here, one by one."""
        assert set(RIGHT) == set(OPERATIONS) - set(OF_ESCALATION), "those have a file of their own"

    @pytest.mark.parametrize(("operation", "calendar", "given", "expected"), CASES)
    def test_a_right_answer_passes(
        self, tmp_path: Path, operation: str, calendar: dict[str, Any], given: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        """The library's answer is the expected one."""
        report = run_vectors(written(tmp_path / "v.json", [vector(operation, calendar, given, expected)]))
        assert str(report) == "1 passed, 0 failed, 0 skipped"

    @pytest.mark.parametrize(("operation", "calendar", "given", "expected"), CASES)
    def test_every_wrong_expectation_fails(
        self, tmp_path: Path, operation: str, calendar: dict[str, Any], given: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        """Whichever part of what is expected is wrong, the vector fails and the line says what was answered."""
        wrong = [{**expected, key: changed(value)} for key, value in expected.items()]
        report = run_vectors(written(tmp_path / "v.json", [vector(operation, calendar, given, one) for one in wrong]))
        assert report.summary == f"0 passed, {len(wrong)} failed, 0 skipped"
        assert not report.ok
        for line, one in zip(report.lines(), wrong, strict=False):
            assert line.startswith(f"failed v ({operation}): expected {json.dumps(one)}, got ")

    def test_something_expected_that_nobody_answers_fails(self, tmp_path: Path) -> None:
        """A misspelled or unknown part of an expectation is no pass."""
        odd = vector("is_open", OFFICE, {"at": FRIDAY}, {"open": True, "opened": True})
        assert run_vectors(written(tmp_path / "v.json", [odd])).summary == "0 passed, 1 failed, 0 skipped"

    @pytest.mark.parametrize("expected", [{"open": 1}, {"open": "true"}, {"open": None}, {"open": [True]}])
    def test_values_of_another_kind_are_not_equal(self, tmp_path: Path, expected: dict[str, Any]) -> None:
        """True is neither one nor a text."""
        odd = vector("is_open", OFFICE, {"at": FRIDAY}, expected)
        assert run_vectors(written(tmp_path / "v.json", [odd])).summary == "0 passed, 1 failed, 0 skipped"

    def test_two_texts_of_one_instant_are_equal(self, tmp_path: Path) -> None:
        """Instants are compared as instants."""
        same = vector("due", OFFICE, {"start": FRIDAY, "seconds": 5400}, {"due_at": "2026-03-28T11:00:00.000+01:00"})
        assert run_vectors(written(tmp_path / "v.json", [same])).ok


class TestBoundaries:
    CLOSING: dict[str, Any] = {"start": FRIDAY, "seconds": 1800}
    BOTH: dict[str, Any] = {"close": "2026-03-27T16:00:00Z", "next_open": "2026-03-28T09:00:00Z"}

    @pytest.mark.parametrize("boundary", ["close", "next_open"])
    def test_both_boundaries_are_asked_where_both_are_told(self, tmp_path: Path, boundary: str) -> None:
        """A vector that tells both answers is asked twice and counts once."""
        expected = {"due_at": self.BOTH[boundary]}
        right = vector("due", OFFICE, self.CLOSING, expected, boundary=boundary, alternative=self.BOTH)
        assert str(run_vectors(written(tmp_path / "v.json", [right]))) == "1 passed, 0 failed, 0 skipped"

    def test_a_wrong_answer_under_the_other_boundary_fails(self, tmp_path: Path) -> None:
        """The own answer alone is not enough."""
        both = {**self.BOTH, "next_open": "2026-03-28T10:00:00Z"}
        wrong = vector("due", OFFICE, self.CLOSING, {"due_at": both["close"]}, boundary="close", alternative=both)
        report = run_vectors(written(tmp_path / "v.json", [wrong]))
        assert report.summary == "0 passed, 1 failed, 0 skipped"
        assert "2026-03-28T10:00:00Z" in str(report)


class TestWhatIsLeftOut:
    def test_operations_not_built_are_named_with_their_count(self, tmp_path: Path) -> None:
        """Nobody may take what was not asked for proved."""
        unknown = [vector("teleport", OFFICE, {}, {"there": True}) for _ in range(3)]
        known = vector("is_open", OFFICE, {"at": FRIDAY}, {"open": True})
        report = run_vectors(written(tmp_path / "v.json", [*unknown, known]))
        assert list(report.lines()) == [
            "skipped teleport: 3 vectors, operation not built",
            "1 passed, 0 failed, 3 skipped",
        ]

    def test_files_with_a_format_are_left_out_under_its_name(self, tmp_path: Path) -> None:
        """Sets of other rooms are counted by their format until that room is built."""
        cases = {"format": "teleport/1", "cases": [{"id": "a"}, {"name": "b"}, {}]}
        (tmp_path / "v.json").write_text(json.dumps(cases), encoding="utf-8")
        report = run_vectors(tmp_path)
        assert report.skipped == (("teleport/1", 3),)
        assert report.summary == "0 passed, 0 failed, 3 skipped"

    def test_an_operation_can_be_added_by_the_caller(self, tmp_path: Path) -> None:
        """Another room, or a user, brings an operation and its vectors are asked."""
        found = written(tmp_path / "v.json", [vector("teleport", OFFICE, {"to": "Rome"}, {"there": "Rome"})])
        added = {**OPERATIONS, "teleport": lambda asked, _boundary: {"there": asked.input["to"]}}
        assert run_vectors(found, operations=added).summary == "1 passed, 0 failed, 0 skipped"

    def test_quirks_are_told_apart_and_never_counted(self, tmp_path: Path) -> None:
        """Beside a quirk the obvious answer is asked for; whatever comes, nothing passes or fails by it."""
        given = {"at": FRIDAY}
        vectors = [
            vector("is_open", OFFICE, given, {"open": False}, quirk="odd", semantic_expected={"open": True}),
            vector("is_open", OFFICE, given, {"open": True}, quirk="odd", semantic_expected={"open": False}),
            vector("is_open", OFFICE, given, {"open": False}, quirk="odd"),
            vector("teleport", OFFICE, given, {"open": False}, quirk="odd", semantic_expected={"open": False}),
        ]
        report = run_vectors(written(tmp_path / "v.json", vectors))
        assert report.summary == "0 passed, 0 failed, 0 skipped"
        assert [checked.agrees for checked in report.quirks] == [True, False, False, False]
        assert list(report.lines())[:4] == [
            "quirk v (is_open): the obvious answer",
            'quirk v (is_open): not the obvious answer: expected {"open": false}, got {"open": true}',
            "quirk v (is_open): not asked, no obvious answer told",
            "quirk v (teleport): not asked, not built",
        ]

    def test_an_input_that_lacks_something_fails_and_says_what(self, tmp_path: Path) -> None:
        """A vector that cannot be asked is not one that was answered, not even when it expects an error."""
        odd = [vector("due", OFFICE, {"start": FRIDAY}, expected) for expected in ({"due_at": FRIDAY}, {"error": True})]
        report = run_vectors(written(tmp_path / "v.json", odd))
        assert report.summary == "0 passed, 2 failed, 0 skipped"
        assert "KeyError: 'seconds'" in next(report.lines())

    def test_a_refusal_nobody_expected_says_why(self, tmp_path: Path) -> None:
        """The library's own words stand in the line."""
        odd = vector("due", NEVER, {"start": FRIDAY, "seconds": 1}, {"due_at": FRIDAY})
        report = run_vectors(written(tmp_path / "v.json", [odd]))
        (line, _) = report.lines()
        assert '"error": true, "why":' in line

    def test_a_report_can_be_told_as_json(self, tmp_path: Path) -> None:
        """What the lines say, for programs."""
        vectors = [
            vector("is_open", OFFICE, {"at": FRIDAY}, {"open": False}),
            vector("teleport", OFFICE, {}, {"there": True}),
            vector("is_open", OFFICE, {"at": FRIDAY}, {"open": False}, quirk="odd"),
        ]
        plain = json.loads(json.dumps(run_vectors(written(tmp_path / "v.json", vectors)).plain()))
        assert (plain["passed"], len(plain["failed"]), plain["skipped"]) == (0, 1, {"teleport": 1})
        assert (plain["failed"][0]["got"], plain["quirks"][0]["quirk"]) == ({"open": True}, "odd")

    def test_a_line_stays_a_line(self, tmp_path: Path) -> None:
        """Whatever an id holds, a failure is one line."""
        odd = {**vector("is_open", OFFICE, {"at": FRIDAY}, {"open": False}), "id": "two\nlines\x1b[31m"}
        assert len(str(run_vectors(written(tmp_path / "v.json", [odd]))).splitlines()) == 2


class TestFiles:
    def test_folders_are_walked_and_no_file_is_run_twice(self, tmp_path: Path) -> None:
        """Only `.json` files count in a folder; one that is named besides is run once."""
        (tmp_path / "deep" / "er").mkdir(parents=True)
        inner = written(
            tmp_path / "deep" / "er" / "v.json", [vector("is_open", OFFICE, {"at": FRIDAY}, {"open": True})]
        )
        (tmp_path / "README.md").write_text("words", encoding="utf-8")
        assert run_vectors([tmp_path, inner]).summary == "1 passed, 0 failed, 0 skipped"

    def test_progress_is_told_after_each_vector(self, tmp_path: Path) -> None:
        """It ends with all of them."""
        seen: list[tuple[int, int]] = []
        vectors = [vector("is_open", OFFICE, {"at": FRIDAY}, {"open": True})] * 3
        run_vectors(written(tmp_path / "v.json", vectors), progress=lambda done, total: seen.append((done, total)))
        assert seen == [(1, 3), (2, 3), (3, 3)]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "no JSON"),
            ("[{", "line 1 column 3: no JSON"),
            ('{"vectors": []}', "no file of vectors"),
            ('{"format": "x", "cases": [1]}', "case 1 is no mapping"),
            ("17", "no file of vectors"),
            ("[17]", "vector 1 is no mapping"),
            ("[{}]", "vector 1 has no `id`"),
            ('[{"id": 1}]', "`id` of vector 1 is of another kind"),
            (json.dumps([vector("due", OFFICE, {}, {})]), "vector 1 expects nothing"),
            (json.dumps([vector("due", OFFICE, {}, {"x": 1}, boundary="open")]), "`boundary` of vector 1"),
            ("[" * 100_000, "nested too deeply"),
        ],
    )
    def test_what_is_no_file_of_vectors_is_refused_in_one_line(self, tmp_path: Path, text: str, told: str) -> None:
        """The message names the file and what is wrong with it."""
        path = tmp_path / "odd.json"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(UnusableInputError) as refused:
            run_vectors([path])
        assert told in str(refused.value)
        assert "odd.json" in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_bytes_that_are_no_text_are_refused(self, tmp_path: Path) -> None:
        """A file in another encoding is not guessed at."""
        (tmp_path / "odd.json").write_bytes(b"\xff\xfe[\x00]\x00")
        with pytest.raises(UnusableInputError, match="not UTF-8"):
            run_vectors(tmp_path)

    def test_places_without_vectors_are_refused(self, tmp_path: Path) -> None:
        """An empty folder, a missing file, a pipe or nothing at all must not look like success."""
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UnusableInputError, match="no vectors"):
            run_vectors([tmp_path])
        with pytest.raises(UnusableInputError, match="no such file"):
            run_vectors([tmp_path / "missing.json"])
        with pytest.raises(UnusableInputError, match="no regular file"):
            run_vectors([tmp_path / "pipe"])
        with pytest.raises(InvalidValueError, match="empty"):
            run_vectors([])

    def test_the_runner_needs_no_test_library(self) -> None:
        """Who runs vectors need not have installed hypothesis or pytest."""
        code = "import sys, svcdelivery.testing.vectors; sys.exit(bool({'hypothesis', 'pytest'} & set(sys.modules)))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestPublishedVectors:
    @pytest.mark.parametrize("name", FILES)
    def test_the_vectors_of_this_repository_hold(self, name: str) -> None:
        """No vector of another product fails; its quirks aside, each answer is the obvious one."""
        report = run_vectors([OWN / f"{name}.json"])
        assert report.failures == ()
        assert {
            checked.id for checked in report.quirks if not checked.agrees and checked.operation in OPERATIONS
        } == set()

    def test_what_the_first_release_promises_passes_whole(self) -> None:
        """Elapsed, due, is_open and periods of `zendesk_biz` are all asked, and none is left out."""
        report = run_vectors([OWN / "zendesk_biz.json"])
        assert report.summary == "87 passed, 0 failed, 0 skipped"

    def test_nothing_but_what_is_not_built_is_left_out(self) -> None:
        """The operations skipped are known by name."""
        assert {operation for operation, _ in run_vectors(OWN).skipped} <= {"ticket", "lifecycle"}

    @pytest.mark.shared
    @pytest.mark.parametrize("name", FILES)
    def test_the_vectors_beside_the_repository_hold(self, name: str) -> None:
        """The copies here have not fallen behind."""
        report = run_vectors([shared_file(f"vectors/{name}.json")])
        assert report.failures == ()
        assert report.summary == run_vectors([OWN / f"{name}.json"]).summary

    @pytest.mark.shared
    def test_every_file_beside_the_repository_is_of_a_known_shape(self) -> None:
        """Formats of rooms that are not built yet are skipped by name, none breaks the run."""
        report = run_vectors([shared_file("vectors")])
        assert report.failures == ()
        assert {name for name, _ in report.skipped if "/" in name}

    def test_the_code_knows_no_vector(self) -> None:
        """Answers are worked out, not looked up: no id of a vector stands in the library."""
        ids = {vector["id"] for name in FILES for vector in json.loads((OWN / f"{name}.json").read_text("utf-8"))}
        package = Path(__file__).resolve().parents[2] / "src" / "svcdelivery"
        source = "\n".join(file.read_text(encoding="utf-8") for file in package.rglob("*.py"))
        assert {id for id in ids if id in source} == set()
