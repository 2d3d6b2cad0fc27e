"""Vectors of whole escalations: a policy, what happens, and everything that fires up to a horizon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from svcdelivery.agreement import (
    REPEAT_MOST,
    EscalationPolicy,
    IfEmpty,
    LatePolicy,
    Level,
    OnUnacknowledged,
    Unacknowledged,
    Wait,
)
from svcdelivery.errors import InvalidValueError, TransitionRefusedError
from svcdelivery.escalation import EscalationState, Firing, FrozenPolicy, Replacing, What, next_actions, timeline
from svcdelivery.escalation.commands import escalate_now
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector
from svcdelivery.timeline import Instant, from_micros, to_micros

__all__ = ["ESCALATION_OPERATIONS"]

_START = 1_767_225_600_000_000
_SECOND = 1_000_000
_ITEM = "incident:vector"
_WHAT = {
    "opened": What.OPENED, "acknowledged": What.ACKNOWLEDGED, "confirmed": What.CONFIRMED,
    "unacknowledged": What.UNACKNOWLEDGED, "closed": What.CLOSED, "resolved": What.DONE,
    "maintenance_off": What.MAINTENANCE_ENDED,
}  # fmt: skip


def _timeline(vector: Vector, _boundary: Boundary) -> Answer:
    case = vector.input
    policies = _policies(case)
    initial = policies[case["policy"].get("initial", "")]
    state = _told(case, initial, policies)
    until = _at(case["horizon_s"])
    found = [firing for firing in timeline(state, initial, until) if firing.level >= 0]
    shown = [_shown(firing, case) for firing in found]
    expected = case["expected_firings"]
    if len(shown) == len(expected):
        # A case says of each firing what it cares about; null stands for what it does not.
        shown = [
            {key: None if wanted[key] is None else firing.get(key) for key in wanted}
            for firing, wanted in zip(shown, expected, strict=True)
        ]
    acknowledged = next_actions(state, initial, until).acknowledged
    return {"expected_firings": shown, "state_after": {"acknowledged": acknowledged}}


def _at(seconds: float) -> Instant:
    return from_micros(_START + round(seconds * _SECOND))


def _told(case: Mapping[str, Any], initial: FrozenPolicy, policies: Mapping[str, FrozenPolicy]) -> EscalationState:
    told: list[tuple[Instant, What, Any]] = []
    fired: list[str] = []
    for event in case["events"]:
        at = _at(event["at_s"])
        if event["type"] == "already_acknowledged_at_step":
            told.append((from_micros(to_micros(at) - _SECOND), What.OPENED, None))
            told.append((at, What.ACKNOWLEDGED, None))
            before = timeline(EscalationState.told(_ITEM, told), initial, at)
            fired += [firing.key for firing in before]
        elif event["type"] == "escalate_now":
            try:
                escalate_now(EscalationState.told(_ITEM, told), initial, at=at)
            except TransitionRefusedError:
                continue
            told.append((at, What.ESCALATED, None))
        else:
            told.append((at, *_happened(event, policies)))
    return EscalationState.told(_ITEM, told).with_fired(fired, _at(0))


def _happened(event: Mapping[str, Any], policies: Mapping[str, FrozenPolicy]) -> tuple[What, Any]:
    match event["type"]:
        case "maintenance_on":
            until = event.get("until_s")
            return What.MAINTENANCE_BEGAN, None if until is None else to_micros(_at(until))
        case "snoozed":
            return What.SNOOZED, to_micros(_at(event["until_s"]))
        case "policy_replaced":
            return What.REPLACED, (policies[event["policy"]], Replacing(event["how"]))
        case kind if kind in _WHAT:
            return _WHAT[kind], None
        case kind:
            raise InvalidValueError(what="an event this operation knows", value=kind, path="events")


def _policies(case: Mapping[str, Any]) -> dict[str, FrozenPolicy]:
    given = case["policy"]
    named = given.get("policies", {"": given})
    continues = any(event.get("how") == "continue" for event in case["events"])
    return {
        name: FrozenPolicy(policy=_policy(name or "policy", each, case, continues=continues), version=name or "1")
        for name, each in named.items()
    }


def _policy(name: str, given: Mapping[str, Any], case: Mapping[str, Any], *, continues: bool) -> EscalationPolicy:
    repeat = given.get("repeat", 0)
    is_chain = any("kind" in step for step in given["steps"])
    levels, extra = _chain(given["steps"], case) if is_chain else _steps(given["steps"], given)
    return EscalationPolicy(
        name=name,
        when=Unacknowledged(Wait(timedelta(seconds=case.get("start_delay_s", 0)))),
        levels=levels,
        # Rounds without end are as many as a policy may have.
        repeat=extra or (REPEAT_MOST if repeat == -1 else repeat),
        late=LatePolicy.FIRE_ALL,
        on_unacknowledged=OnUnacknowledged.CONTINUE if continues else OnUnacknowledged.RESTART,
    )


def _steps(steps: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> tuple[list[Level], int]:
    rules = {"skip": IfEmpty.SKIP_NOW, "skip_now": IfEmpty.SKIP_NOW}
    if_empty = rules.get(given.get("if_empty", "wait"), IfEmpty.WAIT)
    return [
        Level(
            targets=[f"person:{name}" for name in step["targets"]],
            wait=Wait(timedelta(seconds=step["wait_s"] or 0)),
            if_empty=if_empty,
        )
        for step in steps
    ], 0


def _chain(steps: Sequence[Mapping[str, Any]], case: Mapping[str, Any]) -> tuple[list[Level], int]:
    """Answer the levels of a chain in which waits are steps of their own, and how often it is repeated."""
    pause = case.get("step_pause_s", 0)
    levels: list[Level] = []
    extra = 0
    for index, told in _told_steps(steps):
        wait = pause
        for step in steps[index + 1 : told]:
            wait += _waited(step, case)
            if step["kind"] == "repeat":
                extra = step["max"] - step.get("counter", 0)
        step = steps[index]
        levels.append(
            Level(
                targets=[f"person:{name}" for name in step.get("users", step.get("targets", ()))],
                wait=Wait(timedelta(seconds=wait)),
                if_empty=IfEmpty.WAIT,
                name=str(index),
            )
        )
    return levels, extra


def _told_steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int]]:
    telling = [index for index, step in enumerate(steps) if step["kind"] not in ("wait", "repeat")]
    return zip(telling, [*telling[1:], len(steps)], strict=True)


def _waited(step: Mapping[str, Any], case: Mapping[str, Any]) -> float:
    if step["kind"] == "repeat":
        return float(case.get("step_pause_s", 0))
    waits = step.get("wait_s")
    return float(case.get("parameters", {}).get("default_wait_s", 0) if waits is None else waits)


def _shown(firing: Firing, case: Mapping[str, Any]) -> dict[str, Any]:
    named = case["policy"].get("policies", {"": case["policy"]})
    policy = firing.key.split("|")[1].partition("@")[2]
    steps = named[policy if policy in named else ""]["steps"]
    told = [index for index, step in enumerate(steps) if step.get("kind", "notify") not in ("wait", "repeat")]
    step = steps[told[firing.level]]
    people = list(step.get("targets", step.get("users", ())))
    return {
        "at_s": (to_micros(firing.due_at) - _START) // _SECOND,
        "step": told[firing.level],
        "targets": people,
        "users": people,
        "loop": firing.run - 1 + firing.round,
        "forced": firing.forced,
        "no_one": firing.target is None,
        "policy": policy,
    }


ESCALATION_OPERATIONS: dict[str, Operation] = {"escalation-timeline/1": _timeline}
"""The operation asked of whole escalations, by the name of its format."""
