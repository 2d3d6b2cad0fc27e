"""The escalation policies of the document: occasions, levels with waits and targets, and the rules around them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import TypeVar

from svcdelivery.agreement.document.promises import Names, read_scope
from svcdelivery.agreement.escalation import (
    REPEAT_MOST,
    AcknowledgementTerms,
    EscalationKind,
    EscalationPolicy,
    EscalationTarget,
    IfEmpty,
    LatePolicy,
    Level,
    OnUnacknowledged,
    StopOn,
    WhileHeld,
)
from svcdelivery.agreement.occasion import (
    PERCENT_MOST,
    AfterDue,
    BeforeDue,
    Breached,
    Elapsed,
    NoPublicUpdate,
    Occasion,
    PriorityRaised,
    RatedAtMost,
    ReassignedOften,
    ReopenedOften,
    Unacknowledged,
    Unassigned,
    Wait,
)
from svcdelivery.documents import Code, Cursor, Fields

__all__ = ["OCCASION_KEYS", "read_escalations"]

_COUNT_MOST = 1000
_DAYS_MOST = 10_000
_E = TypeVar("_E", bound=Enum)
_Read = Callable[[Fields, Cursor, "Names", "tuple[str, ...] | None"], Callable[[], Occasion]]


def read_escalations(at: Cursor, names: Names, targets: tuple[str, ...] | None) -> tuple[EscalationPolicy, ...]:
    """Answer the policies of a mapping of names to policies, in its order.

    Args:
        at: Where they stand.
        names: What waits and scopes may refer to.
        targets: The names of the targets occasions may refer to; None when those could not be read.
    """
    found = [
        _read_policy(name, entry, names, targets)
        for name, entry in at.entries("the name of an escalation policy", optional=True)
    ]
    return tuple(policy for policy in found if policy is not None)


def _read_policy(name: str, at: Cursor, names: Names, targets: tuple[str, ...] | None) -> EscalationPolicy | None:
    with at.mapping() as fields:
        when = _read_occasion(fields["when"], names, targets) if "when" in fields else Unacknowledged
        scope = read_scope(fields, names)
        levels = [_read_level(entry, names, targets) for entry in fields["levels"].each()]
        repeat = fields["repeat"].whole(0, REPEAT_MOST, default=0)
        late, give_time = _read_late(fields["late"])
        grace = fields["grace"].duration(default=timedelta(minutes=1))
        acknowledgement = _read_acknowledgement(fields["acknowledgement"], names)
        on_release = _rule(fields["on_unacknowledged"], OnUnacknowledged, OnUnacknowledged.RESTART)
        snooze = _rule(fields["snooze"], WhileHeld, WhileHeld.RUNS)
        maintenance = _rule(fields["maintenance"], WhileHeld, WhileHeld.RUNS)
        clause = fields["clause"].text(default="")
    return at.made(
        lambda: EscalationPolicy(
            name=name,
            when=when(),
            levels=[level for level in levels if level is not None],
            scope=scope,
            repeat=repeat,
            late=late,
            give_time=give_time,
            grace=grace,
            acknowledgement=acknowledgement,
            on_unacknowledged=on_release,
            snooze=snooze,
            maintenance=maintenance,
            clause=clause,
        )
    )


def _rule(at: Cursor, kind: type[_E], default: _E) -> _E:
    values = {member.value: member for member in kind}
    return values.get(at.choice(tuple(values), "rule", default=default.value), default)


def _read_level(at: Cursor, names: Names, targets: tuple[str, ...] | None) -> Level | None:
    with at.mapping() as fields:
        told = _read_targets(fields["targets"])
        wait = _read_wait(fields["wait"], names)
        empties = {member.value: member for member in IfEmpty}
        if_empty = empties.get(fields["if_empty"].choice(tuple(empties), "rule"), IfEmpty.WAIT)
        fallback = _read_targets(fields["fallback"], optional=True)
        kind = _rule(fields["kind"], EscalationKind, EscalationKind.FUNCTIONAL)
        stops = {member.value: member for member in StopOn}
        stop_on = stops.get(fields["stop_on"].choice(tuple(stops), "rule", default=""))
        when = _read_occasion(fields["when"], names, targets) if "when" in fields else None
        name = fields["name"].text(default="")
    return at.made(
        lambda: Level(
            targets=told,
            wait=wait,
            if_empty=if_empty,
            fallback=fallback,
            kind=kind,
            stop_on=stop_on,
            when=None if when is None else when(),
            name=name,
        )
    )


def _read_targets(at: Cursor, *, optional: bool = False) -> list[EscalationTarget]:
    found = [
        each.converted(EscalationTarget.from_text, "the text of a target") for each in at.one_or_each(optional=optional)
    ]
    return [target for target in found if target is not None]


def _read_wait(at: Cursor, names: Names) -> Wait:
    """Answer a wait: a duration of the wall clock, or a mapping that names hours besides."""
    if not isinstance(at.value, dict):
        return Wait(at.duration(default=timedelta(0)))
    with at.mapping() as fields:
        duration = fields["for"].duration()
        hours = fields["hours"].known(names.hours, "service hours", default=None)
    return Wait(duration, hours)


def _read_late(at: Cursor) -> tuple[LatePolicy, timedelta]:
    if isinstance(at.value, dict):
        with at.mapping() as fields:
            return LatePolicy.GIVE_TIME, fields["give_time"].duration(positive=True)
    words = {late.value: late for late in (LatePolicy.FIRE_ALL, LatePolicy.COALESCE_TO_HIGHEST)}
    default = LatePolicy.COALESCE_TO_HIGHEST
    return words.get(at.choice(tuple(words), "rule", default=default.value), default), timedelta(0)


def _read_acknowledgement(at: Cursor, names: Names) -> AcknowledgementTerms | None:
    if not at.is_given:
        return None
    with at.mapping() as fields:
        remind = _read_wait(fields["remind_after"], names)
        if not fields["remind_after"].is_given:
            fields["remind_after"].text()
        release = _read_wait(fields["release_after"], names) if "release_after" in fields else None
    return at.made(lambda: AcknowledgementTerms(remind_after=remind, release_after=release))


# -- occasions ---------------------------------------------------------------------------------------------------------


def _read_occasion(at: Cursor, names: Names, targets: tuple[str, ...] | None) -> Callable[[], Occasion]:
    with at.mapping() as fields:
        given = [key for key in OCCASION_KEYS if fields[key].is_given]
        for key in given[1:]:
            fields[key].refuse(Code.CONTRADICTION, f"`{given[0]}` is given as well", "one occasion", at_key=True)
        first = given[0] if given else "unacknowledged"
        if not given and isinstance(at.value, dict):
            at.refuse(
                Code.MISSING_KEY, "no occasion is given", "one of " + ", ".join(f"`{key}`" for key in OCCASION_KEYS)
            )
            return Unacknowledged
        return OCCASION_KEYS[first](fields, fields[first], names, targets)


def _waiting(kind: Callable[[Wait], Occasion]) -> _Read:
    def read(_fields: Fields, at: Cursor, names: Names, _targets: tuple[str, ...] | None) -> Callable[[], Occasion]:
        wait = _read_wait(at, names)
        return lambda: kind(wait)

    return read


def _counting(kind: Callable[[int], Occasion]) -> _Read:
    def read(_fields: Fields, at: Cursor, _names: Names, _targets: tuple[str, ...] | None) -> Callable[[], Occasion]:
        count = at.whole(1, _COUNT_MOST)
        return lambda: kind(count)

    return read


def _read_elapsed(fields: Fields, at: Cursor, _names: Names, targets: tuple[str, ...] | None) -> Callable[[], Occasion]:
    percent = at.whole(1, PERCENT_MOST)
    target = fields["of"].known(targets, "target")
    return lambda: Elapsed(target=target, percent=percent)


def _offset(kind: type[BeforeDue | AfterDue]) -> _Read:
    def read(fields: Fields, at: Cursor, _names: Names, targets: tuple[str, ...] | None) -> Callable[[], Occasion]:
        target = fields["of"].known(targets, "target")
        if isinstance(at.value, dict):
            with at.mapping() as parts:
                days = parts["working_days"].whole(1, _DAYS_MOST)
            return lambda: kind(target=target, working_days=days)
        by = at.duration()
        return lambda: kind(target=target, by=by)

    return read


def _read_breached(
    _fields: Fields, at: Cursor, _names: Names, targets: tuple[str, ...] | None
) -> Callable[[], Occasion]:
    target = at.known(targets, "target")
    return lambda: Breached(target=target)


def _read_raised(
    _fields: Fields, at: Cursor, _names: Names, _targets: tuple[str, ...] | None
) -> Callable[[], Occasion]:
    if not at.truth():
        at.refuse(Code.INVALID_VALUE, "`false` tells no occasion", "true")
    return PriorityRaised


OCCASION_KEYS: dict[str, _Read] = {
    "unacknowledged": _waiting(Unacknowledged),
    "no_public_update": _waiting(NoPublicUpdate),
    "unassigned": _waiting(Unassigned),
    "elapsed": _read_elapsed,
    "before_due": _offset(BeforeDue),
    "after_due": _offset(AfterDue),
    "breached": _read_breached,
    "reassigned": _counting(ReassignedOften),
    "reopened": _counting(ReopenedOften),
    "rated_at_most": _counting(RatedAtMost),
    "priority_raised": _read_raised,
}
"""The keys that tell an occasion; `when` has one of them."""
