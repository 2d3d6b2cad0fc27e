"""The form of the agreement document as JSON Schema, for editors and for tools that write agreements."""

from __future__ import annotations

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
from svcdelivery.documents.schema import (
    DURATION_SCHEMA,
    ID_SCHEMA,
    TEXT_SCHEMA,
    document_schema,
    named_schema,
    object_schema,
    one_or_list_schema,
    one_or_more_schema,
    rule_schema,
)
from svcdelivery.lifecycle import Phase

__all__ = ["agreement_schema"]

_SHIFT = {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?\s*-\s*\d{2}:\d{2}(:\d{2})?$"}
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


def agreement_schema() -> dict[str, Any]:
    """Answer the JSON Schema (2020-12) of the agreement document.

    What a schema cannot say, such as that a target names hours the document defines, `parse_agreement` checks.
    """
    term = object_schema(("from",), **{"from": _MOMENT, "until": _MOMENT})
    return {
        **document_schema(
            "Service agreement, one revision",
            ("agreement", "zone", "term", "services"),
            agreement=_heading(),
            zone={**TEXT_SCHEMA, "description": "The IANA zone in which the dates of this document are read."},
            term=term,
            service_hours=named_schema(_hours()),
            priorities=_priorities(),
            hold_reasons={**one_or_list_schema(ID_SCHEMA), "default": list(STANDARD_HOLD_REASONS)},
            measures=named_schema(_measure()),
            services=named_schema(_service(term), minProperties=1),
            targets=named_schema(_target()),
            credits=_credits(),
            exclusions={"type": "array", "items": _exclusion()},
            updates={"type": "array", "items": _update()},
            escalation=named_schema(_escalation()),
            satisfaction=_survey(),
            standing=named_schema({"oneOf": [_standing(), _continuous()]}),
            notifications=named_schema(_notification()),
            reopening_window={**DURATION_SCHEMA, "default": "P14D"},
        ),
        "$defs": {"condition": _condition()},
    }


def _priorities() -> dict[str, Any]:
    matrix = named_schema(named_schema(ID_SCHEMA))
    return object_schema(("ranked",), ranked=one_or_more_schema(ID_SCHEMA), matrix=matrix)


def _update() -> dict[str, Any]:
    return object_schema(
        ("every",),
        every=DURATION_SCHEMA,
        first=DURATION_SCHEMA,
        audience=ID_SCHEMA,
        plan=ID_SCHEMA,
        **_scope(),
        hours=ID_SCHEMA,
        clause=TEXT_SCHEMA,
    )


def _survey() -> dict[str, Any]:
    return object_schema(
        scale={"type": "integer", "minimum": 2, "maximum": 10},
        expires=DURATION_SCHEMA,
        reminders=one_or_list_schema(DURATION_SCHEMA),
        cool_down=DURATION_SCHEMA,
        sample={"type": ["number", "string"], "description": "A percentage with a decimal point.", "default": 100},
        low={"type": "integer", "minimum": 1, "maximum": 10},
        asks=rule_schema(SurveyKind.CSAT),
    )


def _escalation() -> dict[str, Any]:
    wait = {"oneOf": [DURATION_SCHEMA, object_schema(("for",), **{"for": DURATION_SCHEMA}, hours=ID_SCHEMA)]}
    told = one_or_more_schema({"type": "string", "pattern": _TOLD})
    when = _occasion(wait)
    level = object_schema(
        ("targets", "if_empty"),
        targets=one_or_list_schema({"type": "string", "pattern": _TOLD}),
        wait={**wait, "default": "PT0S"},
        if_empty={"enum": [rule.value for rule in IfEmpty]},
        fallback=told,
        kind=rule_schema(EscalationKind.FUNCTIONAL),
        stop_on={"enum": [rule.value for rule in StopOn]},
        when=when,
        name=TEXT_SCHEMA,
    )
    words = [late.value for late in LatePolicy if late is not LatePolicy.GIVE_TIME]
    return object_schema(
        ("levels",),
        when=when,
        **_scope(),
        levels={"type": "array", "items": level, "maxItems": 50},
        repeat={"type": "integer", "minimum": 0, "maximum": REPEAT_MOST, "default": 0},
        late={"oneOf": [{"enum": words}, object_schema(("give_time",), give_time=DURATION_SCHEMA)]},
        grace={**DURATION_SCHEMA, "default": "PT1M"},
        acknowledgement=object_schema(("remind_after",), remind_after=wait, release_after=wait),
        on_unacknowledged=rule_schema(OnUnacknowledged.RESTART),
        snooze=rule_schema(WhileHeld.RUNS),
        maintenance=rule_schema(WhileHeld.RUNS),
        clause=TEXT_SCHEMA,
    )


def _occasion(wait: dict[str, Any]) -> dict[str, Any]:
    count = {"type": "integer", "minimum": 1}
    offset = {"oneOf": [DURATION_SCHEMA, object_schema(("working_days",), working_days=count)]}
    form = object_schema(
        unacknowledged=wait,
        no_public_update=wait,
        unassigned=wait,
        elapsed=count,
        before_due=offset,
        after_due=offset,
        of=ID_SCHEMA,
        breached=ID_SCHEMA,
        reassigned=count,
        reopened=count,
        rated_at_most=count,
        priority_raised={"const": True},
    )
    return {**form, "anyOf": [{"required": [key]} for key in OCCASION_KEYS]}


def _heading() -> dict[str, Any]:
    return object_schema(
        ("id", "customer"),
        id=ID_SCHEMA,
        customer=ID_SCHEMA,
        provider=TEXT_SCHEMA,
        revision={"type": "integer", "minimum": 1, "default": 1},
        effective={**_MOMENT, "description": "From when these terms are in force; without it, from the term's start."},
        author=TEXT_SCHEMA,
        reason=TEXT_SCHEMA,
        applies_to_open={
            "oneOf": [_ON_AMENDMENT, object_schema(("rule",), rule=_ON_AMENDMENT, **{"from": _MOMENT})],
            "description": "That these terms hold for open work too, and what becomes of its clocks.",
        },
    )


def _hours() -> dict[str, Any]:
    shifts = one_or_list_schema(_SHIFT)
    days = {"type": "object", "propertyNames": _DATE_KEY, "additionalProperties": shifts}
    parts: dict[str, Any] = {
        "open": {"oneOf": [{"const": "always"}, {"type": "object", "additionalProperties": shifts}]},
        "closed": {"type": "array", "items": TEXT_SCHEMA},
        "extra": days,
        "replaced": days,
        "covers": {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d{4}(-\d{4})?$"}]},
    }
    since = {**TEXT_SCHEMA, **_DATE_KEY, "description": "The first date; what is left out stays as it was."}
    change = object_schema(("from",), **{"from": since}, **parts, whole_shifts={"type": "boolean"})
    changes = {"type": "array", "items": {**change, "minProperties": 2}}
    return object_schema(("open",), zone=TEXT_SCHEMA, **parts, whole_shifts=_NO, changes=changes)


def _measure() -> dict[str, Any]:
    ends = {"enum": [phase.value for phase in Phase], "default": "done"}
    condition = {"$ref": "#/$defs/condition"}
    conditions = dict.fromkeys(CONDITION_KEYS, condition)
    return object_schema(("start", "stop"), **conditions, ends=ends, repeats=_NO)


def _condition() -> dict[str, Any]:
    """Answer the form of a condition: signals, or what must hold together."""
    condition = {"$ref": "#/$defs/condition"}
    several = {"type": "array", "items": condition, "minItems": 1}
    attribute = {
        "type": "object",
        "propertyNames": ID_SCHEMA,
        "additionalProperties": one_or_more_schema(ID_SCHEMA),
        "minProperties": 1,
    }
    parts = {
        **dict.fromkeys(CONDITION_FORM, one_or_more_schema(ID_SCHEMA)),
        "phase": one_or_more_schema({"enum": [phase.value for phase in Phase]}),
        "kind": one_or_more_schema({"enum": list(KINDS)}),
        "attribute": attribute,
        "all": several,
        "any": several,
        "not": condition,
    }
    signals = one_or_more_schema(ID_SCHEMA)["oneOf"]
    return {"oneOf": [*signals, {**object_schema(**parts), "minProperties": 1}]}


def _exclusion() -> dict[str, Any]:
    form: dict[str, dict[str, Any]] = {"from": _MOMENT, "until": _MOMENT, "service": one_or_list_schema(ID_SCHEMA)}
    texts = dict.fromkeys(("ground", "clause", "authorized_by"), TEXT_SCHEMA)
    return object_schema(("cause", "from", "until"), cause=ID_SCHEMA, **form, **texts)


def _service(term: dict[str, Any]) -> dict[str, Any]:
    whos = one_or_list_schema(_WHO)
    return object_schema(name=TEXT_SCHEMA, approved=term, entitled=whos, delivered_by=whos)


def _scope() -> dict[str, Any]:
    kinds = one_or_more_schema({"enum": list(KINDS)})
    return {"kind": kinds, "service": one_or_more_schema(ID_SCHEMA), "priority": one_or_more_schema(ID_SCHEMA)}


def _goal() -> dict[str, Any]:
    return {
        "within": DURATION_SCHEMA,
        "within_working_days": _DAYS,
        "by_end_of_working_day": _DAYS,
        "by_time_of_working_day": object_schema(("days", "at"), days=_DAYS, at=TEXT_SCHEMA),
        "within_calendar_days": _DAYS,
        "time": {"enum": [kind.value for kind in TimeKind], "default": "service"},
        "hours": ID_SCHEMA,
    }


def _notification() -> dict[str, Any]:
    form = object_schema(party=ID_SCHEMA, **_goal(), since=rule_schema(AwareSince.REPORTED), clause=TEXT_SCHEMA)
    goals = [{"required": [key]} for key in _goal() if key in GOAL_KEYS]
    return {**form, "anyOf": goals}


def _target() -> dict[str, Any]:
    form = object_schema(
        measure=ID_SCHEMA,
        **_scope(),
        **{**_goal(), "within": {**DURATION_SCHEMA, "pattern": f"{DURATION_SCHEMA['pattern']}|^{NO_TARGET}$"}},
        due_at=ID_SCHEMA,
        pause_on=one_or_list_schema(ID_SCHEMA),
        boundary={"enum": [rule.value for rule in Boundary], "default": "close"},
        promised={**_PERCENT, "default": 100},
        clause=TEXT_SCHEMA,
        pauses_move_due=_NO,
        due_while_paused=rule_schema(DueWhilePaused.NONE),
        on_change=rule_schema(OnChange.RETROACTIVE),
        on_reopening=rule_schema(OnReopening.RESUME),
        on_duplicate=rule_schema(OnDuplicate.CANCEL),
        on_merge=rule_schema(OnMerge.OWN),
        on_split=rule_schema(OnSplit.ANEW),
        excludes=one_or_list_schema(ID_SCHEMA),
        ola=object_schema(("team",), team=ID_SCHEMA, supports=one_or_list_schema(ID_SCHEMA)),
        underpinning_contract=object_schema(
            ("supplier",),
            supplier=ID_SCHEMA,
            supports=one_or_list_schema(ID_SCHEMA),
            hold_reason=one_or_more_schema(ID_SCHEMA),
        ),
        promised_in=_PERIOD,
        credit={"oneOf": [_credit("breach", late=DURATION_SCHEMA), _credit("period", below=_PERCENT)]},
    )
    measured = [{"required": [key]} for key in ("measure", "ola", "underpinning_contract")]
    return {**form, "allOf": [{"anyOf": measured}, {"anyOf": [{"required": [key]} for key in GOAL_KEYS]}]}


def _standing() -> dict[str, Any]:
    return object_schema(
        ("service", "requester", "every", "at", "hours"),
        service=ID_SCHEMA,
        requester=ID_SCHEMA,
        every={"enum": [unit.value for unit in Every]},
        interval={"type": "integer", "minimum": 1, "maximum": 1000, "default": 1},
        on={"oneOf": [TEXT_SCHEMA, {"type": "integer", "minimum": 1, "maximum": 31}]},
        at=TEXT_SCHEMA,
        hours=ID_SCHEMA,
        on_closed_day=rule_schema(OnClosedDay.KEEP),
        **{"from": {**TEXT_SCHEMA, **_DATE_KEY}, "until": {**TEXT_SCHEMA, **_DATE_KEY}},
        priority=ID_SCHEMA,
        summary=TEXT_SCHEMA,
        clause=TEXT_SCHEMA,
    )


def _continuous() -> dict[str, Any]:
    required = ("service", "requester", "continuous")
    return object_schema(required, service=ID_SCHEMA, requester=ID_SCHEMA, continuous=_PERIOD, clause=TEXT_SCHEMA)


def _credits() -> dict[str, Any]:
    return object_schema(
        ("currency",),
        currency={"type": "string", "pattern": "^[A-Z]{3}$"},
        rounding=rule_schema(Rounding.HALF_EVEN),
        period={**_PERIOD, "default": "month"},
        fee={"type": ["number", "string"], "description": "The fee of one period; percentages are of it."},
        cap=_SUM,
    )


def _credit(per: str, **threshold: dict[str, Any]) -> dict[str, Any]:
    step = object_schema((*threshold, "credit"), **threshold, credit=_SUM)
    steps = {"type": "array", "items": step, "minItems": 1}
    return object_schema(("per", "steps"), per={"const": per}, steps=steps, cap=_SUM)
