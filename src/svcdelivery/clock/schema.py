"""The JSON forms of explanations and comparisons as JSON Schema, for programs that read them."""

from __future__ import annotations

from enum import Enum
from typing import Any

from svcdelivery.clock.comparison import COMPARISON_FORMAT, Cause
from svcdelivery.clock.explanation import FORMAT, SpanKind
from svcdelivery.clock.verdict import ClockPhase, Verdict

__all__ = ["comparison_schema", "explanation_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_NAME = {"type": "string", "minLength": 1}
_WHOLE = {"type": "integer", "minimum": 1}
_TRUTH = {"type": "boolean"}
_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$"}
_DURATION = {"type": "string", "pattern": r"^P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d{1,6})?S)?)?$"}
_MOVE = {**_DURATION, "pattern": "^-?" + _DURATION["pattern"][1:]}


def _optional(form: dict[str, Any], description: str = "") -> dict[str, Any]:
    made = {**form, "type": [form["type"], "null"]}
    return {**made, "description": description} if description else made


def _said(form: dict[str, Any], description: str) -> dict[str, Any]:
    return {**form, "description": description}


def _one_of(kind: type[Enum]) -> dict[str, Any]:
    return {"enum": [member.value for member in kind]}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    # Every key is always there, so a reader need not ask.
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False
    }  # fmt: skip


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_SPAN = _object(
    start=_INSTANT,
    end=_said(_INSTANT, "Exclusive."),
    kind=_one_of(SpanKind),
    reason=_said(_NAME, "What kept it from counting, or the hours it counts by."),
    rule=_said(_NAME, "The clause that says so."),
    actor=_said(_TEXT, "Who caused it, as `kind:id`; empty where nobody did."),
    revision=_said(_TEXT, "The revision the clause stands in."),
)


def _explanation() -> dict[str, Any]:
    return _object(
        format={"const": FORMAT},
        headline=_said(_NAME, "The verdict in one sentence."),
        terms=_said(_NAME, "Revision, clause, goal, hours and zone data in one line."),
        counted=_said(_DURATION, "The time of the counted spans: `elapsed`, where that is known."),
        overdue=_said(_DURATION, "Counted time since due."),
        measure=_NAME,
        target=_NAME,
        clause=_NAME,
        cycle=_WHOLE,
        agreement=_said(_TEXT, "Empty before the clock has started, like all that follows from a start."),
        revision=_optional(_WHOLE),
        goal=_said(_NAME, "An ISO 8601 duration, or another goal in words."),
        counting=_said(_TEXT, "The service hours whose open time counts, or `round the clock`."),
        zone=_said(_NAME, "The zone texts show times in."),
        zone_data=_TEXT,
        service=_said(_TEXT, "That of the item when it chose the target."),
        priority=_optional(_TEXT),
        choice=_said(_TEXT, "Which target was chosen, and before which others."),
        at=_said(_INSTANT, "The instant of the reading."),
        phase=_one_of(ClockPhase),
        verdict=_one_of(Verdict),
        exempted_by=_optional(_TEXT),
        started_at=_optional(_INSTANT),
        stopped_at=_optional(_INSTANT),
        due_at=_optional(_INSTANT),
        due_is_provisional=_said(_TRUTH, "Whether the clock stands still: `due_at` will be another then."),
        elapsed=_optional(_DURATION, "None where closed dates are not known."),
        allowed=_optional(_DURATION, "Counted time from start to due, outside pauses."),
        findings=_list(_TEXT),
        spans=_said(_list(_SPAN), "In order, without gap or overlap; the counted ones add up to `counted`."),
    )


def explanation_schema() -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of what `Explanation.to_data` answers."""
    return {"$schema": _DIALECT, "title": "Explanation of one clock reading", **_explanation()}


def comparison_schema() -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of what `Comparison.to_data` answers."""
    difference = _object(
        cause=_one_of(Cause),
        before=_said(_TEXT, "Empty for what was not there."),
        after=_said(_TEXT, "Empty for what is gone."),
        moved=_optional(_MOVE, "How far due moved because of it; later is positive."),
        rule=_TEXT,
        actor=_TEXT,
    )
    form = _object(
        format={"const": COMPARISON_FORMAT},
        headline=_NAME,
        moved=_optional(_MOVE, "How far due moved; null where one of the two has no due instant."),
        is_attributed=_said(_TRUTH, "Whether the shares of the differences add up to `moved`."),
        differences=_list(difference),
        gone=_said(_list(_SPAN), "Spans only the earlier one has."),
        new=_said(_list(_SPAN), "Spans only the later one has."),
        before=_explanation(),
        after=_explanation(),
    )
    return {"$schema": _DIALECT, "title": "Comparison of two explanations", **form}
