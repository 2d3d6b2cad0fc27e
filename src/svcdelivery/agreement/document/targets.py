"""The targets of the document: a measure, whose work, one goal among several forms, and the rules of the clock."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from svcdelivery.agreement.backing import Backing, PartyKind
from svcdelivery.agreement.document.credits import Promised, read_credit, read_periods
from svcdelivery.agreement.document.promises import Names, read_known, read_scope, read_share
from svcdelivery.agreement.goal import (
    Boundary,
    ByEndOfWorkingDay,
    ByTimeOfWorkingDay,
    DueAt,
    Goal,
    NoTarget,
    TimeKind,
    Within,
    WithinCalendarDays,
    WithinWorkingDays,
)
from svcdelivery.agreement.measure import MEASURE_FAMILIES, standard_measure
from svcdelivery.agreement.target import (
    DueWhilePaused,
    OnChange,
    OnDuplicate,
    OnMerge,
    OnReopening,
    OnSplit,
    ServiceLevelTarget,
)
from svcdelivery.documents import Code, Cursor, Fields
from svcdelivery.errors import quoted

__all__ = ["GOAL_KEYS", "NO_TARGET", "read_goal", "read_targets"]

NO_TARGET = "none"
"""What `within` says where nothing is promised."""

_DAYS_MOST = 100_000
_E = TypeVar("_E", bound=Enum)


def read_targets(at: Cursor, names: Names, promised: Promised) -> tuple[ServiceLevelTarget, ...]:
    """Answer the targets of a mapping of names to targets, in its order: among equals the first one counts."""
    targets = [
        _read_target(name, entry, names, promised) for name, entry in at.entries("the name of a target", optional=True)
    ]
    return tuple(target for target in targets if target is not None)


def _read_target(name: str, at: Cursor, names: Names, promised: Promised) -> ServiceLevelTarget | None:
    with at.mapping() as fields:
        backing, default = _read_backing(fields, names)
        measure = _read_measure(fields["measure"], names) if fields["measure"].is_given or not default else default
        scope = read_scope(fields, names)
        goal = read_goal(fields)
        hours = fields["hours"].known(names.hours, "service hours", default=None)
        pause_on = read_known(fields["pause_on"], names.hold_reasons, "hold reason")
        rules = _read_rules(fields)
        excludes = [
            entry.identifier("the cause of an exclusion") for entry in fields["excludes"].one_or_each(optional=True)
        ]
        share = read_share(fields["promised"])
        periods = read_periods(fields["promised_in"], promised.zone)
        credit = read_credit(fields["credit"], promised, periods)
        clause = fields["clause"].text(default="")
    return at.made(
        lambda: ServiceLevelTarget(
            name=name,
            measure=measure,
            goal=goal(),
            scope=scope,
            hours=hours,
            pause_on=frozenset(pause_on),
            share_promised=share,
            clause=clause,
            excludes=frozenset(excludes),
            backing=backing,
            share_periods=periods,
            credit=credit,
            **rules,
        )
    )


def _read_rules(fields: Fields) -> dict[str, Any]:
    """Answer the rules of the clock, each by the name of its field."""
    return {
        "boundary": _read_rule(fields["boundary"], Boundary, "boundary", Boundary.CLOSE),
        "pauses_move_due": fields["pauses_move_due"].truth(default=False),
        "due_while_paused": _read_rule(fields["due_while_paused"], DueWhilePaused, "rule", DueWhilePaused.NONE),
        "on_change": _read_rule(fields["on_change"], OnChange, "rule", OnChange.RETROACTIVE),
        "on_reopening": _read_rule(fields["on_reopening"], OnReopening, "rule", OnReopening.RESUME),
        "on_duplicate": _read_rule(fields["on_duplicate"], OnDuplicate, "rule", OnDuplicate.CANCEL),
        "on_merge": _read_rule(fields["on_merge"], OnMerge, "rule", OnMerge.OWN),
        "on_split": _read_rule(fields["on_split"], OnSplit, "rule", OnSplit.ANEW),
    }


def _read_backing(fields: Fields, names: Names) -> tuple[Backing | None, str]:
    """Answer who owes the target to the provider, and the measure of the time the work is with them."""
    ola, contract = fields["ola"], fields["underpinning_contract"]
    if ola.is_given and contract.is_given:
        contract.refuse(Code.CONTRADICTION, "`ola` is given as well", "one party owes a target", at_key=True)
    if ola.is_given:
        with ola.mapping() as parts:
            team = parts["team"].identifier("a team")
            supports = _read_supported(parts["supports"], names)
        made = ola.made(lambda: Backing(party=PartyKind.TEAM, name=team, supports=supports))
        return made, f"team_time:{team}"
    if contract.is_given:
        with contract.mapping() as parts:
            supplier = parts["supplier"].identifier("a supplier")
            supports = _read_supported(parts["supports"], names)
            held = parts["hold_reason"]
            reasons = read_known(held, names.hold_reasons, "hold reason") if held.is_given else ["supplier"]
        if not held.is_given and names.hold_reasons is not None and "supplier" not in names.hold_reasons:
            hint = "name the hold reason during which the supplier has the work"
            contract.refuse(Code.MISSING_KEY, "the key `hold_reason` is missing", hint)
        made = contract.made(
            lambda: Backing(party=PartyKind.SUPPLIER, name=supplier, supports=supports, hold_reasons=frozenset(reasons))
        )
        # A name that is not known is told already; that no measure follows from it then is no second mistake.
        return made, "" if len(reasons) > 1 else f"hold_time:{(reasons or ['supplier'])[0]}"
    return None, ""


def _read_supported(at: Cursor, names: Names) -> frozenset[str]:
    return frozenset(read_known(at, names.targets, "target"))


def _read_measure(at: Cursor, names: Names) -> str:
    given = at.value
    if isinstance(given, str) and given not in names.measures and given.partition(":")[0] in MEASURE_FAMILIES:
        family, _, of = given.partition(":")
        if family == "hold_time" and names.hold_reasons is not None and of not in names.hold_reasons:
            hint = at.reader.suggestion(of, names.hold_reasons)
            at.refuse(Code.UNKNOWN_REFERENCE, f"unknown hold reason {quoted(of)}", hint)
            return ""
        return at.converted(lambda text: standard_measure(text).name, "the name of a measure") or ""
    return at.known(names.measures, "measure")


def _read_rule(at: Cursor, kind: type[_E], what: str, default: _E) -> _E:
    values = {member.value: member for member in kind}
    return values.get(at.choice(tuple(values), what, default=default.value), default)


_Made = Callable[[], Goal | NoTarget]


def read_goal(fields: Fields) -> _Made:
    """Answer how to make the goal that the one key of several tells."""
    given = [key for key in GOAL_KEYS if fields[key].is_given]
    for key in given[1:]:
        fields[key].refuse(Code.CONTRADICTION, f"`{given[0]}` is given as well", "one goal a target", at_key=True)
    first = given[0] if given else "within"
    if first != "within" and fields["time"].is_given:
        hint = "days and dates are those of the wall clock"
        fields["time"].refuse(Code.CONTRADICTION, f"`{first}` counts no kind of time", hint, at_key=True)
    return GOAL_KEYS[first](fields)


def _read_within(fields: Fields) -> _Made:
    if fields["within"].value == NO_TARGET:
        return NoTarget
    within = fields["within"].duration()
    time = _read_rule(fields["time"], TimeKind, "kind of time", TimeKind.SERVICE)
    return lambda: Within(within, time)


def _read_working_days(fields: Fields) -> _Made:
    days = fields["within_working_days"].whole(0, _DAYS_MOST)
    return lambda: WithinWorkingDays(days)


def _read_end_of_day(fields: Fields) -> _Made:
    days = fields["by_end_of_working_day"].whole(0, _DAYS_MOST)
    return lambda: ByEndOfWorkingDay(days)


def _read_time_of_day(fields: Fields) -> _Made:
    with fields["by_time_of_working_day"].mapping() as parts:
        days = parts["days"].whole(0, _DAYS_MOST)
        at = parts["at"].text()
    return lambda: ByTimeOfWorkingDay(days, at)


def _read_calendar_days(fields: Fields) -> _Made:
    days = fields["within_calendar_days"].whole(0, _DAYS_MOST)
    return lambda: WithinCalendarDays(days)


def _read_due_at(fields: Fields) -> _Made:
    name = fields["due_at"].identifier("the name of a field")
    return lambda: DueAt(name)


GOAL_KEYS: dict[str, Callable[[Fields], _Made]] = {
    "within": _read_within,
    "within_working_days": _read_working_days,
    "by_end_of_working_day": _read_end_of_day,
    "by_time_of_working_day": _read_time_of_day,
    "within_calendar_days": _read_calendar_days,
    "due_at": _read_due_at,
}
"""The keys that tell a goal; a target has one of them."""
