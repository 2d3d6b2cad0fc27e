"""The form of the agreement document as JSON Schema, for editors and for tools that write agreements."""

from __future__ import annotations

from enum import Enum
from typing import Any

from svcdelivery.agreement.amendment import OnAmendment
from svcdelivery.agreement.credit import Rounding
from svcdelivery.agreement.document.conditions import CONDITION_FORM
from svcdelivery.agreement.document.escalations import OCCASION_KEYS
from svcdelivery.agreement.document.promises import KINDS
from svcdelivery.agreement.document.targets import GOAL_KEYS, NO_TARGET
from svcdelivery.agreement.duty import SurveyKind
from svcdelivery.agreement.escalation import (
    REPEAT_MOST,
    EscalationKind,
    IfEmpty,
    LatePolicy,
    OnUnacknowledged,
    StopOn,
    WhileHeld,
)
from svcdelivery.agreement.goal import Boundary, TimeKind
from svcdelivery.agreement.measure import CONDITION_KEYS
from svcdelivery.agreement.notification import AwareSince
from svcdelivery.agreement.period import PeriodUnit
from svcdelivery.agreement.revision import STANDARD_HOLD_REASONS
from svcdelivery.agreement.standing import Every, OnClosedDay
from svcdelivery.agreement.target import DueWhilePaused, OnChange, OnDuplicate, OnMerge, OnReopening, OnSplit
from svcdelivery.lifecycle import Phase

__all__ = ["agreement_schema"]

_ID = {"type": "string", "minLength": 1, "maxLength": 200}
_TEXT = {"type": "string"}
_SHIFT = {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?\s*-\s*\d{2}:\d{2}(:\d{2})?$"}
_DURATION = {
    "type": "string",
    "pattern": r"^P(?=\d|T\d)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d{1,6})?S)?)?$",
    "description": "An exact ISO 8601 duration; weeks are 168 hours, days 24.",
}
_MOMENT = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}([Tt ].+)?$",
    "description": "A date in the document's zone, or an instant with offset.",
}
_TOLD = r"^(owner|acknowledger|(person|role|team|rotation|next|previous|manager|webhook):.+)$"
_NO = {"type": "boolean", "default": False}
_DAYS = {"type": "integer", "minimum": 0}
_DATE_KEY = {"pattern": r"^\d{4}-\d{2}-\d{2}$"}
_ON_AMENDMENT = {"enum": [rule.value for rule in OnAmendment]}
_PERCENT = {"type": ["number", "string"], "description": "A percentage with a decimal point."}
_SUM = {
    "type": ["integer", "number", "string"],
    "pattern": r"^\d+(\.\d+)? *%?$",
    "description": "A sum of money, or a percentage of the fee such as `5 %`.",
}
_PERIOD = {"enum": [unit.value for unit in PeriodUnit]}
_WHO = {"type": "string", "pattern": r"^(everybody|person:.+|role:.+)$"}


def _one_or_more(item: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _one_or_list(item: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [item, {"type": "array", "items": item}]}


def _object(required: tuple[str, ...] = (), /, **properties: dict[str, Any]) -> dict[str, Any]:
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _named(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "propertyNames": _ID, "additionalProperties": item, **more}


def agreement_schema() -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of the agreement document.

    What a schema cannot say, such as that a target names hours the document defines, `parse_agreement` checks.
    """
    term = _object(("from",), **{"from": _MOMENT, "until": _MOMENT})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Service agreement, one revision",
        **_object(
            ("svcdelivery", "agreement", "zone", "term", "services"),
            svcdelivery={"const": 1, "description": "The version of this form."},
            agreement=_heading(),
            zone={**_TEXT, "description": "The IANA zone in which the dates of this document are read."},
            term=term,
            service_hours=_named(_hours()),
            priorities=_object(("ranked",), ranked=_one_or_more(_ID), matrix=_named(_named(_ID))),
            hold_reasons={**_one_or_list(_ID), "default": list(STANDARD_HOLD_REASONS)},
            measures=_named(_measure()),
            services=_named(_service(term), minProperties=1),
            targets=_named(_target()),
            credits=_credits(),
            exclusions={"type": "array", "items": _exclusion()},
            updates={
                "type": "array",
                "items": _object(
                    ("every",), every=_DURATION, first=_DURATION, audience=_ID, **_scope(), hours=_ID, clause=_TEXT
                ),
            },
            escalation=_named(_escalation()),
            satisfaction=_survey(),
            standing=_named({"oneOf": [_standing(), _continuous()]}),
            notifications=_named(_notification()),
            reopening_window={**_DURATION, "default": "P14D"},
        ),
        "$defs": {"condition": _condition()},
    }


def _survey() -> dict[str, Any]:
    return _object(
        scale={"type": "integer", "minimum": 2, "maximum": 10},
        expires=_DURATION,
        reminders=_one_or_list(_DURATION),
        cool_down=_DURATION,
        sample={"type": ["number", "string"], "description": "A percentage with a decimal point.", "default": 100},
        low={"type": "integer", "minimum": 1, "maximum": 10},
        asks=_rule(SurveyKind.CSAT),
    )


def _escalation() -> dict[str, Any]:
    wait = {"oneOf": [_DURATION, _object(("for",), **{"for": _DURATION}, hours=_ID)]}
    told = _one_or_more({"type": "string", "pattern": _TOLD})
    when = _occasion(wait)
    level = _object(
        ("targets", "if_empty"),
        targets=_one_or_list({"type": "string", "pattern": _TOLD}),
        wait={**wait, "default": "PT0S"},
        if_empty={"enum": [rule.value for rule in IfEmpty]},
        fallback=told,
        kind=_rule(EscalationKind.FUNCTIONAL),
        stop_on={"enum": [rule.value for rule in StopOn]},
        when=when,
        name=_TEXT,
    )
    words = [late.value for late in LatePolicy if late is not LatePolicy.GIVE_TIME]
    return _object(
        ("levels",),
        when=when,
        **_scope(),
        levels={"type": "array", "items": level, "maxItems": 50},
        repeat={"type": "integer", "minimum": 0, "maximum": REPEAT_MOST, "default": 0},
        late={"oneOf": [{"enum": words}, _object(("give_time",), give_time=_DURATION)]},
        grace={**_DURATION, "default": "PT1M"},
        acknowledgement=_object(("remind_after",), remind_after=wait, release_after=wait),
        on_unacknowledged=_rule(OnUnacknowledged.RESTART),
        snooze=_rule(WhileHeld.RUNS),
        maintenance=_rule(WhileHeld.RUNS),
        clause=_TEXT,
    )


def _occasion(wait: dict[str, Any]) -> dict[str, Any]:
    count = {"type": "integer", "minimum": 1}
    offset = {"oneOf": [_DURATION, _object(("working_days",), working_days=count)]}
    form = _object(
        unacknowledged=wait,
        no_public_update=wait,
        unassigned=wait,
        elapsed=count,
        before_due=offset,
        after_due=offset,
        of=_ID,
        breached=_ID,
        reassigned=count,
        reopened=count,
        rated_at_most=count,
        priority_raised={"const": True},
    )
    return {**form, "anyOf": [{"required": [key]} for key in OCCASION_KEYS]}


def _heading() -> dict[str, Any]:
    return _object(
        ("id", "customer"),
        id=_ID,
        customer=_ID,
        provider=_TEXT,
        revision={"type": "integer", "minimum": 1, "default": 1},
        effective={**_MOMENT, "description": "From when these terms are in force; without it, from the term's start."},
        author=_TEXT,
        reason=_TEXT,
        applies_to_open={
            "oneOf": [_ON_AMENDMENT, _object(("rule",), rule=_ON_AMENDMENT, **{"from": _MOMENT})],
            "description": "That these terms hold for open work too, and what becomes of its clocks.",
        },
    )


def _hours() -> dict[str, Any]:
    shifts = _one_or_list(_SHIFT)
    days = {"type": "object", "propertyNames": _DATE_KEY, "additionalProperties": shifts}
    parts: dict[str, Any] = {
        "open": {"oneOf": [{"const": "always"}, {"type": "object", "additionalProperties": shifts}]},
        "closed": {"type": "array", "items": _TEXT},
        "extra": days,
        "replaced": days,
        "covers": {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d{4}(-\d{4})?$"}]},
    }
    since = {**_TEXT, **_DATE_KEY, "description": "The first date; what is left out stays as it was."}
    change = _object(("from",), **{"from": since}, **parts, whole_shifts={"type": "boolean"})
    changes = {"type": "array", "items": {**change, "minProperties": 2}}
    return _object(("open",), zone=_TEXT, **parts, whole_shifts=_NO, changes=changes)


def _measure() -> dict[str, Any]:
    ends = {"enum": [phase.value for phase in Phase], "default": "done"}
    condition = {"$ref": "#/$defs/condition"}
    conditions = dict.fromkeys(CONDITION_KEYS, condition)
    return _object(("start", "stop"), **conditions, ends=ends, repeats=_NO)


def _condition() -> dict[str, Any]:
    """Answer the form of a condition: signals, or what must hold together."""
    condition = {"$ref": "#/$defs/condition"}
    several = {"type": "array", "items": condition, "minItems": 1}
    attribute = {"type": "object", "propertyNames": _ID, "additionalProperties": _one_or_more(_ID), "minProperties": 1}
    parts = {
        **dict.fromkeys(CONDITION_FORM, _one_or_more(_ID)),
        "phase": _one_or_more({"enum": [phase.value for phase in Phase]}),
        "kind": _one_or_more({"enum": list(KINDS)}),
        "attribute": attribute,
        "all": several,
        "any": several,
        "not": condition,
    }
    signals = _one_or_more(_ID)["oneOf"]
    return {"oneOf": [*signals, {**_object(**parts), "minProperties": 1}]}


def _exclusion() -> dict[str, Any]:
    form: dict[str, dict[str, Any]] = {"from": _MOMENT, "until": _MOMENT, "service": _one_or_list(_ID)}
    texts = dict.fromkeys(("ground", "clause", "authorized_by"), _TEXT)
    return _object(("cause", "from", "until"), cause=_ID, **form, **texts)


def _service(term: dict[str, Any]) -> dict[str, Any]:
    whos = _one_or_list(_WHO)
    return _object(name=_TEXT, approved=term, entitled=whos, delivered_by=whos)


def _scope() -> dict[str, Any]:
    kinds = _one_or_more({"enum": list(KINDS)})
    return {"kind": kinds, "service": _one_or_more(_ID), "priority": _one_or_more(_ID)}


def _goal() -> dict[str, Any]:
    return {
        "within": _DURATION,
        "within_working_days": _DAYS,
        "by_end_of_working_day": _DAYS,
        "by_time_of_working_day": _object(("days", "at"), days=_DAYS, at=_TEXT),
        "within_calendar_days": _DAYS,
        "time": {"enum": [kind.value for kind in TimeKind], "default": "service"},
        "hours": _ID,
    }


def _notification() -> dict[str, Any]:
    form = _object(party=_ID, **_goal(), since=_rule(AwareSince.REPORTED), clause=_TEXT)
    goals = [{"required": [key]} for key in _goal() if key in GOAL_KEYS]
    return {**form, "anyOf": goals}


def _target() -> dict[str, Any]:
    form = _object(
        measure=_ID,
        **_scope(),
        **{**_goal(), "within": {**_DURATION, "pattern": f"{_DURATION['pattern']}|^{NO_TARGET}$"}},
        due_at=_ID,
        pause_on=_one_or_list(_ID),
        boundary={"enum": [rule.value for rule in Boundary], "default": "close"},
        promised={**_PERCENT, "default": 100},
        clause=_TEXT,
        pauses_move_due=_NO,
        due_while_paused=_rule(DueWhilePaused.NONE),
        on_change=_rule(OnChange.RETROACTIVE),
        on_reopening=_rule(OnReopening.RESUME),
        on_duplicate=_rule(OnDuplicate.CANCEL),
        on_merge=_rule(OnMerge.OWN),
        on_split=_rule(OnSplit.ANEW),
        excludes=_one_or_list(_ID),
        ola=_object(("team",), team=_ID, supports=_one_or_list(_ID)),
        underpinning_contract=_object(
            ("supplier",), supplier=_ID, supports=_one_or_list(_ID), hold_reason=_one_or_more(_ID)
        ),
        promised_in=_PERIOD,
        credit={"oneOf": [_credit("breach", late=_DURATION), _credit("period", below=_PERCENT)]},
    )
    measured = [{"required": [key]} for key in ("measure", "ola", "underpinning_contract")]
    return {**form, "allOf": [{"anyOf": measured}, {"anyOf": [{"required": [key]} for key in GOAL_KEYS]}]}


def _standing() -> dict[str, Any]:
    return _object(
        ("service", "requester", "every", "at", "hours"),
        service=_ID,
        requester=_ID,
        every={"enum": [unit.value for unit in Every]},
        interval={"type": "integer", "minimum": 1, "maximum": 1000, "default": 1},
        on={"oneOf": [_TEXT, {"type": "integer", "minimum": 1, "maximum": 31}]},
        at=_TEXT,
        hours=_ID,
        on_closed_day=_rule(OnClosedDay.KEEP),
        **{"from": {**_TEXT, **_DATE_KEY}, "until": {**_TEXT, **_DATE_KEY}},
        priority=_ID,
        summary=_TEXT,
        clause=_TEXT,
    )


def _continuous() -> dict[str, Any]:
    required = ("service", "requester", "continuous")
    return _object(required, service=_ID, requester=_ID, continuous=_PERIOD, clause=_TEXT)


def _credits() -> dict[str, Any]:
    return _object(
        ("currency",),
        currency={"type": "string", "pattern": "^[A-Z]{3}$"},
        rounding=_rule(Rounding.HALF_EVEN),
        period={**_PERIOD, "default": "month"},
        fee={"type": ["number", "string"], "description": "The fee of one period; percentages are of it."},
        cap=_SUM,
    )


def _credit(per: str, **threshold: dict[str, Any]) -> dict[str, Any]:
    step = _object((*threshold, "credit"), **threshold, credit=_SUM)
    steps = {"type": "array", "items": step, "minItems": 1}
    return _object(("per", "steps"), per={"const": per}, steps=steps, cap=_SUM)


def _rule(default: Enum) -> dict[str, Any]:
    return {"enum": [member.value for member in type(default)], "default": default.value}
