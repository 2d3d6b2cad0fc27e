"""The forms of the documents of operations as JSON Schema, for editors and for tools that write them."""

from __future__ import annotations

from typing import Any

from svcdelivery.documents.schema import (
    DURATION_SCHEMA,
    ID_SCHEMA,
    TEXT_SCHEMA,
    document_schema,
    named_schema,
    object_schema,
    one_or_list_schema,
    rule_schema,
)
from svcdelivery.system.document.procedure import VERSION_MOST
from svcdelivery.system.procedure import OnFailure, Verb

__all__ = ["approach_schema", "procedure_schema"]

_NO = {"type": "boolean", "default": False}
_VERSION = {"type": "integer", "minimum": 1, "maximum": VERSION_MOST, "default": 1}


def procedure_schema() -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of the procedure document.

    What a schema cannot say, such as that no two steps have one name, `parse_procedure` checks.
    """
    heading = object_schema(
        ("id", "title"),
        id=ID_SCHEMA,
        title=TEXT_SCHEMA,
        version=_VERSION,
        purpose=TEXT_SCHEMA,
        owner=TEXT_SCHEMA,
        qualification=ID_SCHEMA,
        resolves=_NO,
    )
    steps = {"type": "array", "items": _step(), "minItems": 1}
    return document_schema("Procedure, one version", ("procedure", "steps"), procedure=heading, steps=steps)


def _step() -> dict[str, Any]:
    act = {"oneOf": [_act(verb) for verb in Verb]}
    return object_schema(
        ("id", "instruction"),
        id=ID_SCHEMA,
        instruction={**TEXT_SCHEMA, "minLength": 1},
        act=act,
        undo=act,
        needs=one_or_list_schema(TEXT_SCHEMA),
        expects=TEXT_SCHEMA,
        timeout=DURATION_SCHEMA,
        on_failure=rule_schema(OnFailure.ABORT),
        four_eyes=_NO,
    )


def _act(verb: Verb) -> dict[str, Any]:
    name = verb.value
    if verb.needs_argument:
        return object_schema((name, "argument"), **{name: ID_SCHEMA}, argument={**TEXT_SCHEMA, "minLength": 1})
    return object_schema((name,), **{name: ID_SCHEMA})


def approach_schema() -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of the approach document.

    What a schema cannot say, such as that a service names a role the document defines, `parse_approach` checks.
    """
    heading = object_schema(("agreement",), agreement=ID_SCHEMA, version=_VERSION)
    names = one_or_list_schema(ID_SCHEMA)
    return document_schema(
        "Delivery approach, one version",
        ("approach", "roles"),
        approach=heading,
        roles=names,
        services=named_schema(object_schema(("role",), role=ID_SCHEMA, procedures=names)),
        priorities=names,
        escalation=names,
        reopening_window=DURATION_SCHEMA,
    )
