"""The policy of a ticket vector as an agreement: one target for each clock it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from svcdelivery import agreement as terms
from svcdelivery.service_hours import ServiceHours
from svcdelivery.testing.vectors.calendars import calendar_hours
from svcdelivery.testing.vectors.vector import Boundary
from svcdelivery.timeline import Instant

__all__ = ["SERVICE", "SINGLE", "policy_hours", "policy_terms", "stopped_states"]

SERVICE = "service"
SINGLE = "single"
"""The name of the clock of a policy that has but one."""

_MEASURES = {
    "first_response": "first_response",
    "next_reply": "next_response",
    "periodic_update": "periodic_update",
    "resolution": "resolution",
}
_NOT_HELD = frozenset({"", "open"})


def stopped_states(policy: Mapping[str, Any]) -> frozenset[str]:
    """Answer the states that end all clocks."""
    return frozenset(policy.get("stopped_states", ()))


def policy_hours(calendar: Mapping[str, Any], policy: Mapping[str, Any]) -> ServiceHours:
    """Answer the hours a policy counts in: its own calendar, when it was given one since."""
    return calendar_hours(policy.get("calendar", calendar))


def policy_terms(
    calendar: Mapping[str, Any], policy: Mapping[str, Any], boundary: Boundary, states: frozenset[str], start: Instant
) -> terms.ServiceAgreement:
    """Answer an agreement that promises what the policy does.

    Args:
        states: Every state the ticket has been in; those that are neither open nor stopped are reasons of a hold.
        start: When the ticket was created.
    """
    reasons = (states | _paused(policy, "")) - stopped_states(policy) - _NOT_HELD
    wanted = policy.get("match", {}).get("priority")
    scope = terms.Scope(priorities={wanted} if wanted is not None else set())
    made = [
        _target(policy, name, goal, boundary, scope=scope, reasons=reasons) for name, goal in _goals(policy).items()
    ]
    revision = terms.AgreementRevision(
        agreement="vector",
        customer="customer",
        effective_at=start,
        term=terms.Term(start),
        services=(terms.CoveredService(id=SERVICE),),
        hours=(terms.NamedHours("calendar", policy_hours(calendar, policy)),),
        priorities=terms.PriorityScheme(ranked=() if wanted is None else (wanted,)),
        hold_reasons=tuple(sorted(reasons)),
        measures=(_single(policy),),
        targets=tuple(made),
    )
    return terms.ServiceAgreement.of(revision)


def _goals(policy: Mapping[str, Any]) -> dict[str, terms.Goal]:
    goals: dict[str, terms.Goal] = {}
    for name in _MEASURES:
        if policy.get(f"{name}_seconds") is not None:
            goals[name] = _within(policy[f"{name}_seconds"])
    if policy.get("target_days") is not None:
        days = policy["target_days"]
        goals[SINGLE] = terms.ByEndOfWorkingDay(days) if policy.get("end_of_day") else terms.WithinWorkingDays(days)
    elif policy.get("target_seconds") is not None:
        goals[SINGLE] = _within(policy["target_seconds"])
    return goals


def _within(seconds: int) -> terms.Within:
    return terms.Within(timedelta(seconds=seconds))


def _single(policy: Mapping[str, Any]) -> terms.Measure:
    starts = {"assigned"} if policy.get("start") == "attach" else {"received"}
    return terms.Measure(name=SINGLE, start=starts, stop={"resolved"})


def _target(
    policy: Mapping[str, Any],
    name: str,
    goal: terms.Goal,
    boundary: Boundary,
    *,
    scope: terms.Scope,
    reasons: frozenset[str],
) -> terms.ServiceLevelTarget:
    hidden = policy.get("pause") == "hide"
    return terms.ServiceLevelTarget(
        name=name,
        measure=_MEASURES.get(name, SINGLE),
        goal=goal,
        scope=scope,
        hours="calendar",
        pause_on=frozenset() if hidden else _paused(policy, name) & reasons,
        boundary=terms.Boundary(boundary),
        due_while_paused=terms.DueWhilePaused(policy.get("due_while_paused", "none")),
        on_reopening=terms.OnReopening(policy.get("reopen", "resume")),
    )


def _paused(policy: Mapping[str, Any], name: str) -> frozenset[str]:
    own = policy.get(f"{policy.get('target') if name == SINGLE else name}_paused_states")
    return frozenset(policy.get("paused_states", ()) if own is None else own)
