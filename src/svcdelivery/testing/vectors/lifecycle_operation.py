"""The operation `lifecycle`: one step of one clock, told by the conditions that hold at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from attrs import frozen

from svcdelivery import agreement as terms
from svcdelivery.clock import ClockPhase, ClockReading, read_clocks
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import NewFact, history
from svcdelivery.identity import Actor
from svcdelivery.testing.vectors.vector import Answer, Boundary, Operation, Vector
from svcdelivery.timeline import Instant, from_micros
from svcdelivery.work import Cancelled, IncidentRecorded, Observed

__all__ = ["LIFECYCLE_OPERATIONS"]

_STAFF = Actor.staff("agent")
_BEFORE, _AT = from_micros(0), from_micros(60_000_000)
_HOLD = "condition"
_STAGES = {
    ClockPhase.RUNNING: "in_progress",
    ClockPhase.PAUSED: "paused",
    ClockPhase.STOPPED: "completed",
    ClockPhase.CANCELLED: "cancelled",
}
_ACTIONS = {
    ("none", "in_progress"): "attach",
    ("paused", "in_progress"): "resume",
    ("in_progress", "paused"): "pause",
}
_KNOWN = frozenset({"attached", "stage", "start", "stop", "pause", "resume", "cancel"})


@frozen
class _Held:
    """Conditions that were found to hold, as the signals of one fact."""

    signals: tuple[str, ...]


def _lifecycle(vector: Vector, _boundary: Boundary) -> Answer:
    conditions = vector.input["conditions"]
    for name in conditions.keys() - _KNOWN:
        raise InvalidValueError(what="a condition this operation knows", value=name, path="conditions")
    before = _stage(list(_earlier(conditions)))
    after = _stage([*_earlier(conditions), *_held(conditions)])
    return {"action": _action(before, after), **({} if after == "none" else {"stage": after})}


def _action(before: str, after: str) -> str:
    if before == after:
        return "none"
    return {"completed": "complete", "cancelled": "cancel"}.get(after) or _ACTIONS[before, after]


def _earlier(conditions: Mapping[str, Any]) -> Iterator[tuple[Instant, Any]]:
    received = IncidentRecorded(customer="customer", service="s", requester="user", agreement="vector", revision=1)
    yield _BEFORE, received
    if conditions.get("attached"):
        yield _BEFORE, _Held(("start",))
        if conditions.get("stage") == "paused":
            yield _BEFORE, _status("on_hold", _HOLD)
        elif conditions.get("stage") == "completed":
            yield _BEFORE, _Held(("stop",))


def _held(conditions: Mapping[str, Any]) -> Iterator[tuple[Instant, Any]]:
    if conditions.get("cancel"):
        yield _AT, Cancelled()
    yield _AT, _Held(tuple(name for name in ("start", "stop") if conditions.get(name)))
    if conditions.get("pause"):
        yield _AT, _status("on_hold", _HOLD)
    elif conditions.get("resume"):
        yield _AT, _status("in_progress")


def _status(status: str, reason: str | None = None) -> Observed:
    return Observed(kind="incident", status=status, hold_reason=reason)


def _stage(entries: list[tuple[Instant, Any]]) -> str:
    facts = history("incident:vector", [NewFact(body=body, actor=_STAFF, occurred_at=at) for at, body in entries])
    (reading,) = read_clocks(_agreement(), facts, _AT)
    return _told(reading)


def _told(reading: ClockReading) -> str:
    return _STAGES.get(reading.phase, "none")


def _agreement() -> terms.ServiceAgreement:
    target = terms.ServiceLevelTarget(
        name="clock", measure="clock", goal=terms.Within(timedelta(hours=1)), pause_on={_HOLD}
    )
    revision = terms.AgreementRevision(
        agreement="vector",
        customer="customer",
        effective_at=_BEFORE,
        term=terms.Term(_BEFORE),
        services=(terms.CoveredService(id="s"),),
        hold_reasons=(_HOLD,),
        measures=(terms.Measure(name="clock", start={"start"}, stop={"stop"}),),
        targets=(target,),
    )
    return terms.ServiceAgreement.of(revision)


LIFECYCLE_OPERATIONS: dict[str, Operation] = {"lifecycle": _lifecycle}
"""The operation asked of one step of a clock, by name."""
