"""Parts of JSON Schemas that the forms of several rooms share."""

from __future__ import annotations

from enum import Enum
from typing import Any

from svcdelivery.documents.form import FORM_VERSION

__all__ = [
    "DURATION_SCHEMA",
    "ID_SCHEMA",
    "TEXT_SCHEMA",
    "document_schema",
    "named_schema",
    "object_schema",
    "one_or_list_schema",
    "one_or_more_schema",
    "rule_schema",
]

ID_SCHEMA: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
"""A name."""

TEXT_SCHEMA: dict[str, Any] = {"type": "string"}
"""Any text."""

DURATION_SCHEMA: dict[str, Any] = {
    "type": "string",
    "pattern": r"^P(?=\d|T\d)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d{1,6})?S)?)?$",
    "description": "An exact ISO 8601 duration; weeks are 168 hours, days 24.",
}
"""An exact duration."""


def one_or_more_schema(item: dict[str, Any]) -> dict[str, Any]:
    """Answer the schema of one item, or a list of at least one."""
    return {"oneOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def one_or_list_schema(item: dict[str, Any]) -> dict[str, Any]:
    """Answer the schema of one item, or a list that may be empty."""
    return {"oneOf": [item, {"type": "array", "items": item}]}


def object_schema(required: tuple[str, ...] = (), /, **properties: dict[str, Any]) -> dict[str, Any]:
    """Answer the schema of a mapping whose keys are words of the form."""
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def named_schema(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Answer the schema of a mapping whose keys are names of the user's own."""
    return {"type": "object", "propertyNames": ID_SCHEMA, "additionalProperties": item, **more}


def rule_schema(default: Enum) -> dict[str, Any]:
    """Answer the schema of a choice among the words of an enumeration."""
    return {"enum": [member.value for member in type(default)], "default": default.value}


def document_schema(title: str, required: tuple[str, ...], /, **properties: dict[str, Any]) -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of a whole document, the version of its form included."""
    version = {"const": FORM_VERSION, "description": "The version of this form."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **object_schema(("svcdelivery", *required), svcdelivery=version, **properties),
    }
