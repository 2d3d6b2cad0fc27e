"""`svcdelivery schema`: the JSON Schemas of documents and answers, for editors and programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from svcdelivery.agreement.document import agreement_schema
from svcdelivery.cli.output import json_option, say_json
from svcdelivery.clock import comparison_schema, explanation_schema
from svcdelivery.system.document import approach_schema, procedure_schema

__all__ = ["command"]

_SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "agreement": agreement_schema,
    "approach": approach_schema,
    "comparison": comparison_schema,
    "explanation": explanation_schema,
    "procedure": procedure_schema,
}


@click.command("schema")
@click.argument("name", type=click.Choice(sorted(_SCHEMAS)), default="agreement", metavar="[NAME]")
@json_option
def command(name: str, *, as_json: bool) -> int:  # noqa: ARG001  # a schema is JSON either way
    """Print the JSON Schema of a document or an answer.

    Documents are `agreement`, `procedure` and `approach`; answers an `explanation`, or a `comparison` of two. Editors
    complete and check documents by it. What a schema cannot say, `svcdelivery check` says.
    """
    say_json(_SCHEMAS[name]())
    return 0
