"""Procedures and approaches as documents: read whole, every problem told at once with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.documents import parse_document
from svcdelivery.errors import DocumentError, UnusableInputError
from svcdelivery.exchange import check_documents, load_approach, load_procedure
from svcdelivery.system import Act, OnFailure, Procedure, ProcedureStep, Verb
from svcdelivery.system.document import (
    approach_from_data,
    approach_schema,
    parse_approach,
    parse_procedure,
    procedure_from_data,
    procedure_schema,
)
from svcdelivery.testing.strategies import identifiers
from svcdelivery.timeline import format_duration
from tests.facts.test_plain import steps_saying
from tests.json_schema import faults

EXAMPLES = Path(__file__).parents[2] / "examples"
RESTART = (EXAMPLES / "operations" / "restart-mail.yaml").read_text(encoding="utf-8")
APPROACH = (EXAMPLES / "operations" / "acme-approach.yaml").read_text(encoding="utf-8")


words = st.just("") | identifiers()
written = st.builds(
    Procedure,
    id=identifiers(),
    title=words,
    version=st.integers(1, 9),
    purpose=words,
    owner=words,
    qualification=words,
    resolves=st.booleans(),
    steps=steps_saying(words),
)


def problems(read: Any, text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(DocumentError) as caught:
        read(text)
    return [(one.line, one.code, one.path) for one in caught.value.problems]


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


class TestProcedures:
    def test_a_document_is_the_procedure_it_describes(self) -> None:
        procedure = parse_procedure(RESTART)
        assert (procedure.id, procedure.qualification, procedure.resolves) == ("restart-mail", "mail-operations", True)
        assert [step.id for step in procedure.steps] == ["warn", "drain", "stop", "start", "check"]
        assert procedure.step("drain").act == Act(verb="control", component="mail", argument="drain")
        assert procedure.step("start").needs == ("mail is stopped", "directory is running")
        assert procedure.steps[-1].four_eyes
        assert load_procedure(EXAMPLES / "operations" / "restart-mail.yaml") == procedure

    def test_every_problem_is_told_at_once_with_its_place(self) -> None:
        """As of agreements: line, code and path, in the order of the document."""
        wrong = changed(
            RESTART,
            ("version: 1", "version: 0"),
            ("resolves: true", 'resolves: "yes"'),
            ("instruction: Stop taking mail in", "instrucion: Stop taking mail in"),
            ("timeout: PT2M", "timeout: two minutes"),
            ("{stop: mail}", "{stop: mail, start: mail}"),
            ("on_failure: roll_back", "on_failure: pray"),
            ("{start: mail}\n    timeout", "{start: mail, argument: now}\n    timeout"),
            ("id: check", "id: start"),
        )
        assert problems(parse_procedure, wrong) == [
            (7, "SVC-D013", "procedure.version"),
            (11, "SVC-D012", "procedure.resolves"),
            (16, "SVC-D011", "steps[1]"),
            (17, "SVC-D010", "steps[1].instrucion"),
            (19, "SVC-D013", "steps[1].timeout"),
            (24, "SVC-D016", "steps[2].act"),
            (26, "SVC-D013", "steps[2].on_failure"),
            (30, "SVC-D013", "steps[3].act"),
            (32, "SVC-D015", "steps[4].id"),
        ]

    @pytest.mark.parametrize(
        ("old", "new", "path"),
        [
            ("procedure:\n  id: restart-mail\n", "procedure:\n", "procedure"),
            ("svcdelivery: 1", "svcdelivery: 2", "svcdelivery"),
            ("{control: mail, argument: drain}", "{control: mail}", "steps[1].act"),
            ("{control: mail, argument: drain}", "{}", "steps[1].act"),
            ("{control: mail, argument: drain}", "stop mail", "steps[1].act"),
            ("timeout: PT2M", "timeout: PT0S", "steps[1].timeout"),
        ],
    )
    def test_what_cannot_be_meant_is_told_where_it_stands(self, old: str, new: str, path: str) -> None:
        assert path in [found for _, _, found in problems(parse_procedure, changed(RESTART, (old, new)))]

    def test_a_document_needs_a_step(self) -> None:
        for steps in ("steps: []", ""):
            text = f"svcdelivery: 1\nprocedure: {{id: none, title: None}}\n{steps}\n"
            assert problems(parse_procedure, text)

    @settings(max_examples=60)
    @given(written)
    def test_what_is_written_down_is_read_back(self, procedure: Procedure) -> None:
        data = data_of(procedure)
        assert procedure_from_data(data) == procedure
        assert procedure_from_data(data).digest == procedure.digest
        assert faults(procedure_schema(), data, "") == []

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("title: Restart the mail server", "titel: Restart the mail server"),
            ("act: {stop: mail}", "act: {stop: mail, argument: x}"),
            ("version: 1", "version: 0"),
            ("on_failure: go_on", "on_failure: pray"),
            ("timeout: PT2M", "timeout: soon"),
        ],
    )
    def test_what_the_schema_refuses_the_reader_refuses(self, old: str, new: str) -> None:
        text = changed(RESTART, (old, new))
        assert faults(procedure_schema(), parse_document(text).data, "")
        assert problems(parse_procedure, text)


def data_of(procedure: Procedure) -> dict[str, Any]:
    """Answer the document of a procedure."""
    heading = {name: getattr(procedure, name) for name in ("id", "title", "version", "purpose", "owner", "resolves")}
    if procedure.qualification:
        heading["qualification"] = procedure.qualification
    return {"svcdelivery": 1, "procedure": heading, "steps": [step_data(step) for step in procedure.steps]}


def step_data(step: ProcedureStep) -> dict[str, Any]:
    data: dict[str, Any] = {"id": step.id, "instruction": step.instruction, "four_eyes": step.four_eyes}
    data |= {"on_failure": step.on_failure.value, "expects": step.expects, "needs": list(step.needs)}
    for name, act in (("act", step.act), ("undo", step.undo)):
        if act is not None:
            data[name] = {act.verb.value: act.component} | ({"argument": act.argument} if act.argument else {})
    if step.timeout is not None:
        data["timeout"] = format_duration(step.timeout)
    return data


class TestApproaches:
    def test_a_document_is_the_approach_it_describes(self) -> None:
        approach = parse_approach(APPROACH)
        assert approach.agreement == "acme-2026"
        assert [(one.service, one.role, one.procedures) for one in approach.services] == [
            ("email", "agent", ("restart-mail",)),
            ("laptop", "field_technician", ()),
            ("print", "agent", ()),
        ]
        assert load_approach(EXAMPLES / "operations" / "acme-approach.yaml") == approach
        assert faults(approach_schema(), parse_document(APPROACH).data, "") == []

    def test_every_problem_is_told_at_once_with_its_place(self) -> None:
        wrong = changed(
            APPROACH,
            ("version: 1", "version: one"),
            ("{role: field_technician}", "{role: field_technicians}"),
            ("priorities: [P1, P2,", "priorities: [P1, P1,"),
            ("P14D", "14 days"),
        )
        assert problems(parse_approach, wrong) == [
            (6, "SVC-D012", "approach.version"),
            (11, "SVC-D014", "services.laptop.role"),
            (13, "SVC-D015", "priorities[1]"),
            (14, "SVC-D013", "reopening_window"),
        ]

    def test_it_needs_an_agreement_and_roles(self) -> None:
        with pytest.raises(DocumentError) as caught:
            approach_from_data({"svcdelivery": 1, "approach": {}})
        assert {problem.message for problem in caught.value.problems} == {
            "the key `agreement` is missing",
            "the key `roles` is missing",
        }


class TestChecking:
    def test_the_examples_fit_one_another(self) -> None:
        files = ("agreements/acme.yaml", "operations/acme-approach.yaml", "operations/restart-mail.yaml")
        assert check_documents([EXAMPLES / file for file in files]) == ()

    def test_an_approach_naming_an_unknown_role_or_procedure_is_told_with_code_and_path(self, tmp_path: Path) -> None:
        """Row 3.2a: what is wrong by itself, and what does not fit the agreement and the procedures given with it."""
        approach = tmp_path / "approach.yaml"
        unknown = changed(APPROACH, ("role: agent", "role: agents"))
        approach.write_text(unknown, encoding="utf-8")
        (problem,) = check_documents([approach])
        assert str(problem) == (
            f"{approach}:10:17: SVC-D014 services.email.role: unknown role `agents` (did you mean `agent`?)"
        )
        other = changed(APPROACH, ("restart-mail", "restart-post"), ("  print:", "  fax:"))
        approach.write_text(other, encoding="utf-8")
        assert check_documents([approach]) == ()
        acme, restart = EXAMPLES / "agreements" / "acme.yaml", EXAMPLES / "operations" / "restart-mail.yaml"
        found = [(one.line, one.code, one.path) for one in check_documents([restart, approach, acme])]
        assert found == [
            (9, "SVC-D016", "services"),
            (10, "SVC-D014", "services.email.procedures[0]"),
            (12, "SVC-D014", "services.fax"),
        ]

    def test_what_has_no_heading_of_operations_is_read_as_an_agreement(self, tmp_path: Path) -> None:
        path = tmp_path / "none.yaml"
        path.write_text("svcdelivery: 1\n", encoding="utf-8")
        assert "the key `agreement` is missing" in [problem.message for problem in check_documents([path])]
        path.write_text("{", encoding="utf-8")
        assert {problem.code for problem in check_documents([path])} >= {"SVC-D001"}
        with pytest.raises(UnusableInputError):
            check_documents([tmp_path / "missing.yaml"])

    def test_schemas_are_closed_to_unknown_keys(self) -> None:
        for schema in (procedure_schema(), approach_schema()):
            assert not open_mappings(schema)

    def test_the_words_of_the_form_are_those_of_the_model(self) -> None:
        step = procedure_schema()["properties"]["steps"]["items"]["properties"]
        assert set(step["on_failure"]["enum"]) == {rule.value for rule in OnFailure}
        assert [next(iter(form["properties"])) for form in step["act"]["oneOf"]] == [verb.value for verb in Verb]

    def test_the_page_has_every_key(self) -> None:
        """The page for users cannot fall behind the forms."""
        page = (EXAMPLES.parent / "docs" / "reference" / "operations-documents.md").read_text(encoding="utf-8")
        keys = {key for schema in (procedure_schema(), approach_schema()) for key in keys_of(schema)}
        assert not {key for key in keys if f"`{key}`" not in page}


def keys_of(part: Any) -> list[str]:
    if isinstance(part, list):
        return [key for item in part for key in keys_of(item)]
    if not isinstance(part, dict):
        return []
    own = list(part["properties"]) if part.get("type") == "object" and "properties" in part else []
    return own + [key for item in part.values() for key in keys_of(item)]


def open_mappings(part: Any) -> list[Any]:
    if isinstance(part, list):
        return [found for item in part for found in open_mappings(item)]
    if not isinstance(part, dict):
        return []
    is_open = part.get("type") == "object" and "additionalProperties" not in part
    return ([part] if is_open else []) + [found for item in part.values() for found in open_mappings(item)]
