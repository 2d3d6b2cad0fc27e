"""The procedure document: a heading and the steps in order.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Mapping

from svcdelivery.documents import Code, Cursor, Document, Fields, parse_document, read_form
from svcdelivery.system.procedure import Act, OnFailure, Procedure, ProcedureStep, Verb

__all__ = ["VERSION_MOST", "parse_procedure", "procedure_from_data", "read_procedure"]

VERSION_MOST = 1_000_000
"""The highest version a document may have."""

_VERBS = tuple(verb.value for verb in Verb)


def parse_procedure(text: str, *, source: str = "<text>") -> Procedure:
    """Answer the procedure of a YAML or JSON text.

    Args:
        text: In the form of `docs/reference/operations-documents.md`.
        source: What problems call the text, such as the name of its file.

    Raises:
        DocumentError: Every problem with line, column and path, in the order of the text.
        ExtraMissingError: The extra `yaml` is not installed.
    """
    return read_procedure(parse_document(text, source, keep_going=True))


def procedure_from_data(data: Mapping[str, object], *, source: str = "") -> Procedure:
    """Answer the procedure of data in the same form, for callers without YAML; problems have paths alone.

    Raises:
        DocumentError: Every problem, in the order of the data.
    """
    return read_procedure(Document.from_data(data, source))


def read_procedure(document: Document) -> Procedure:
    """Answer the procedure of a document that is read already; raises as `parse_procedure` does."""
    return read_form(document, _read)


def _read(root: Cursor, fields: Fields) -> Procedure | None:
    with fields["procedure"].mapping() as heading:
        id = heading["id"].identifier("the id of a procedure")
        title = heading["title"].text()
        version = heading["version"].whole(1, VERSION_MOST, default=1)
        purpose, owner = heading["purpose"].text(default=""), heading["owner"].text(default="")
        qualification = heading["qualification"].identifier("a qualification", default="")
        resolves = heading["resolves"].truth(default=False)
    steps = _read_steps(fields["steps"])
    return root.made(
        lambda: Procedure(
            id=id,
            title=title,
            version=version,
            purpose=purpose,
            owner=owner,
            qualification=qualification,
            resolves=resolves,
            steps=steps,
        )
    )


def _read_steps(at: Cursor) -> list[ProcedureStep]:
    steps: list[ProcedureStep] = []
    names: set[str] = set()
    for entry in at.each():
        with entry.mapping() as fields:
            step = _read_step(entry, fields)
            name = fields["id"].value
        if isinstance(name, str):
            if name in names:
                fields["id"].refuse(Code.OVERLAP, f"step `{name}` stands twice", "give each step a name of its own")
            names.add(name)
        steps += [step] if step is not None else []
    if at.is_given and at.value == []:
        at.refuse(Code.INVALID_VALUE, "there is no step", "a procedure has at least one")
    return steps


def _read_step(at: Cursor, fields: Fields) -> ProcedureStep | None:
    id = fields["id"].identifier("the id of a step")
    instruction = fields["instruction"].text()
    act, undo = _read_act(fields["act"]), _read_act(fields["undo"])
    needs = tuple(need.text() for need in fields["needs"].one_or_each(optional=True))
    expects = fields["expects"].text(default="")
    timeout = fields["timeout"].duration(positive=True, default=None)
    words = [rule.value for rule in OnFailure]
    on_failure = fields["on_failure"].choice(words, "rule", default=OnFailure.ABORT.value)
    four_eyes = fields["four_eyes"].truth(default=False)
    return at.made(
        lambda: ProcedureStep(
            id=id,
            instruction=instruction,
            act=act,
            undo=undo,
            needs=needs,
            expects=expects,
            timeout=timeout,
            on_failure=OnFailure(on_failure),
            four_eyes=four_eyes,
        )
    )


def _read_act(at: Cursor) -> Act | None:
    """Answer what a driver does, None where it is not given: `{control: web, argument: drain}`."""
    if not at.is_given:
        return None
    with at.mapping() as fields:
        given = [(verb, fields[verb]) for verb in _VERBS if verb in fields]
        component = given[0][1].identifier("the id of a component") if given else ""
        argument = fields["argument"].text(default="")
    if isinstance(at.value, dict) and len(given) != 1:
        problem = "it says nothing a driver could do" if not given else "a driver does one thing at a time"
        at.refuse(Code.CONTRADICTION if given else Code.MISSING_KEY, problem, "one of " + _quoted(_VERBS))
    if len(given) != 1:
        return None
    return at.made(lambda: Act(verb=Verb(given[0][0]), component=component, argument=argument))


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
