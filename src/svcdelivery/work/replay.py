"""Replay: the record a stream's facts tell, and the same facts in the order they happened, as clocks read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter, lt
from typing import Any

from attrs import define

from svcdelivery.errors import IntegrityError
from svcdelivery.facts import Fact, in_time_order
from svcdelivery.identity import ActorKind
from svcdelivery.lifecycle import Phase
from svcdelivery.timeline import Instant, to_micros
from svcdelivery.work.corrections import Corrected, as_corrected, still_valid
from svcdelivery.work.facts import (
    Assigned,
    Audience,
    IncidentRecorded,
    MajorIncidentDeclared,
    MajorIncidentStoodDown,
    Observed,
    PriorityChanged,
    PutOnHold,
    RequestReceived,
    Resolved,
)
from svcdelivery.work.kinds import INCIDENT, REQUEST, Work, WorkKind, kind_named

__all__ = [
    "Standing",
    "Step",
    "Trace",
    "begin",
    "check_course",
    "fold_work",
    "message_signals",
    "observe",
    "observed_rows",
    "observed_signals",
    "status_after",
    "trace_of",
    "work_of",
]

_CHANGES_ALONE = ("assign", "change_priority", "declare_major", "stand_down")
_OBSERVED_SIGNALS = {
    "received": "received", "recorded": "received", "accepted": "accepted", "rejected": "rejected",
    "assigned": "assigned", "on_hold": "held", "fulfilled": "fulfilled", "resolved": "resolved", "closed": "closed",
    "cancelled": "cancelled",
}  # fmt: skip


_NO_ATTRIBUTES: Mapping[str, str | None] = {}


@define(eq=False)
class Standing:
    """How an item stands; facts that change nothing of it share one."""

    status: str
    phase: Phase
    hold_reason: str | None = None
    service: str = ""
    priority: str | None = None
    team: str | None = None
    assignee: str | None = None


@define(eq=False)
class Step:
    """One fact of an item, with what it tells clocks and how the item stood right after it.

    Attributes:
        at: When it counts as having happened; `micros` says the same in epoch microseconds.
    """

    at: Instant
    fact: Fact[Any]
    signals: tuple[str, ...]
    stands: Standing
    micros: int

    @property
    def status(self) -> str:
        """The value of the status."""
        return self.stands.status

    @property
    def phase(self) -> Phase:
        """What the status means to clocks."""
        return self.stands.phase

    @property
    def hold_reason(self) -> str | None:
        """Why the work stands still."""
        return self.stands.hold_reason

    @property
    def service(self) -> str:
        """The service the work is for; empty where that is not known yet."""
        return self.stands.service

    @property
    def priority(self) -> str | None:
        """The priority."""
        return self.stands.priority

    @property
    def team(self) -> str | None:
        """The team that is responsible."""
        return self.stands.team

    @property
    def assignee(self) -> str | None:
        """The person that is responsible."""
        return self.stands.assignee


def begin(fact: Fact[Any]) -> tuple[WorkKind, dict[str, Any]]:
    """Answer the kind of work its first fact tells of, and the fields of its record as they are at the receipt.

    Raises:
        IntegrityError: It is no receipt.
    """
    body = fact.body
    if isinstance(body, RequestReceived | IncidentRecorded):
        kind = REQUEST if isinstance(body, RequestReceived) else INCIDENT
        fields = {name: getattr(body, name) for name in _RECEIVED_FIELDS}
        fields["received_at"] = fact.occurred_at
        if isinstance(body, RequestReceived):
            fields["order"] = body.order
    elif isinstance(body, Observed):
        kind = kind_named(body.kind)
        fields = {
            "received_at": body.received_at or fact.occurred_at,
            "observed": True,
            "service": "",
            "priority": None,
        }
    else:
        raise IntegrityError(problem=f"`{fact.stream}` does not begin with its receipt", position=fact.position)
    fields.update(id=fact.stream.partition(":")[2], status=kind.table.initial, reopened=0)
    fields.update(hold_reason=None, team=None, assignee=None)
    return kind, fields


_RECEIVED_FIELDS = (
    "customer", "service", "requester", "agreement", "revision", "priority", "impact", "urgency", "summary", "channel",
)  # fmt: skip


def _apply(kind: WorkKind, fields: dict[str, Any], fact: Fact[Any], *, strict: bool) -> None:
    """Change the fields as the fact says; strict refuses a move that the lifecycle does not have."""
    body = fact.body
    if type(body) is Observed:
        observe(kind, fields, fact)
        return
    action = getattr(body, "action", None)
    if action is None or action in ("receive", "post"):
        return
    if strict and kind.table.recorded.get((fields["status"], action)) is None:
        raise IntegrityError(
            problem=f"`{fact.stream}` cannot {action} while {fields['status'].value}", position=fact.position
        )
    target = status_after(kind, fields["status"], action)
    if target is not None:
        _move(kind, fields, target, fact.occurred_at, action)
    change = _CHANGES.get(type(body))
    if change is not None:
        change(fields, fact, target)


def status_after(kind: WorkKind, status: Any, action: str) -> Any:
    """Answer the status an action on record led to; None where it left the status alone."""
    target = kind.table.recorded.get((status, action))
    if target is None and action not in _CHANGES_ALONE:
        # In the order of time a move may come where the lifecycle has none; what happened happened all the same.
        target = kind.table.result(action)
    return target


def _assigned(fields: dict[str, Any], fact: Fact[Assigned], _target: Any) -> None:
    body = fact.body
    fields["team"], fields["assignee"] = body.team, body.assignee


def _ranked(fields: dict[str, Any], fact: Fact[PriorityChanged], _target: Any) -> None:
    body = fact.body
    fields["priority"], fields["impact"], fields["urgency"] = body.priority, body.impact, body.urgency


def _held(fields: dict[str, Any], fact: Fact[PutOnHold], target: Any) -> None:
    if target is not None:
        fields["hold_reason"] = fact.body.reason


def _resolved(fields: dict[str, Any], fact: Fact[Resolved], _target: Any) -> None:
    body = fact.body
    fields.update(run=body.run, workaround_of=body.workaround_of, maintenance=body.maintenance)


def _declared(fields: dict[str, Any], fact: Fact[MajorIncidentDeclared], _target: Any) -> None:
    fields.update(major_since=fact.occurred_at, major_plan=fact.body.plan, was_major=True)


def _stood_down(fields: dict[str, Any], _fact: Fact[MajorIncidentStoodDown], _target: Any) -> None:
    fields.update(major_since=None, major_plan="")


_CHANGES: dict[type, Callable[[dict[str, Any], Fact[Any], Any], None]] = {
    Assigned: _assigned,
    MajorIncidentDeclared: _declared,
    MajorIncidentStoodDown: _stood_down,
    PriorityChanged: _ranked,
    PutOnHold: _held,
    Resolved: _resolved,
}


def _move(kind: WorkKind, fields: dict[str, Any], target: Any, at: Instant, action: str) -> None:
    fields["status"] = target
    if action in _CHANGES_ALONE:
        return
    fields["hold_reason"] = None
    phase = kind.table.phase(target)
    if phase is Phase.DONE:
        fields["done_at"] = at
    elif phase is Phase.CLOSED:
        fields["closed_at"] = at
    elif action == "reopen":
        fields["done_at"] = fields["closed_at"] = None
        fields["reopened"] += 1


def observe(kind: WorkKind, fields: dict[str, Any], fact: Fact[Any]) -> bool:
    """Change the fields as the observation says; answer whether how the item stands may be another now."""
    body: Observed = fact.body
    status, before, told, reason = kind.table.status(body.status), fields["status"], body.fields, body.hold_reason
    changed = status is not before or not fields.get("updated_at")
    if changed:
        phases = kind.table.phases
        reopened = phases[status].is_open and not phases[before].is_open and phases[before] is not Phase.CANCELLED
        _move(kind, fields, status, fact.occurred_at, "reopen" if reopened else "observe")
    if told:
        changed = True
        fields.update(told)
    if fields["hold_reason"] != reason:
        changed = True
        fields["hold_reason"] = reason
    if body.attributes:
        fields.setdefault("attributes", {}).update(body.attributes)
    fields["updated_at"] = fact.occurred_at
    return changed


@define(eq=False)
class Trace:
    """The facts of one item as they happened.

    Attributes:
        steps: One a fact that is still valid; two for a first observation, whose receipt comes first, and for a hold
            that a correction tells of.
        facts: All on record, in the order they were said to happen.
        is_corrected: Whether a correction is among them.
    """

    kind: WorkKind
    steps: list[Step]
    facts: tuple[Fact[Any], ...]
    _fields: dict[str, Any]
    is_corrected: bool = False

    @property
    def record(self) -> Work:
        """The record the facts tell, folded in the order of record."""
        positions = [fact.position for fact in self.facts]
        if self.is_corrected or not all(map(lt, positions, positions[1:])):
            folded = fold_work(sorted(self.facts, key=lambda fact: fact.position))
            assert folded is not None, "a trace has facts"
            return folded
        return work_of(self.kind, self._fields, self.facts[-1].version)


def fold_work(facts: Iterable[Fact[Any]]) -> Work | None:
    """Answer the record the facts of one item tell, folded in the order of record; None for no facts.

    What was corrected is folded as it really was. Facts of other rooms in the stream, such as surveys, pass by.

    Raises:
        IntegrityError: The facts do not begin with a receipt, or a move is not one the lifecycle has.
    """
    recorded = tuple(facts)
    if not recorded:
        return None
    kind, fields = _folded(still_valid(recorded))
    fields["updated_at"] = recorded[-1].occurred_at
    return work_of(kind, fields, recorded[-1].version)


def check_course(facts: Sequence[Fact[Any]]) -> None:
    """Make sure that what is on record, as it was corrected, could have happened: as recorded, and as it happened.

    Args:
        facts: All of one item, in the order of record.

    Raises:
        IntegrityError: A move that the lifecycle does not have where it would come, or a fact before the receipt.
    """
    _folded(still_valid(facts))
    _folded(in_time_order(as_corrected(facts)))


def _folded(facts: Sequence[Fact[Any]]) -> tuple[WorkKind, dict[str, Any]]:
    if not facts:
        raise IntegrityError(problem="the receipt is mistaken")
    kind, fields = begin(facts[0])
    for fact in facts:
        # Most of a long history is messages, which change nothing.
        if getattr(fact.body, "action", None) != "post":
            _apply(kind, fields, fact, strict=True)
    return kind, fields


def work_of(kind: WorkKind, fields: dict[str, Any], version: int) -> Work:
    """Answer the record of those fields."""
    # Storage keeps names in their order, not in that of their first appearance: a record read back is the record.
    attributes = tuple(sorted(fields.get("attributes", _NO_ATTRIBUTES).items()))
    return kind.record(**{**fields, "attributes": attributes, "version": version})


def trace_of(facts: Iterable[Fact[Any]]) -> Trace | None:
    """Answer the facts of one item as they happened, with what each tells clocks; None for no facts.

    Raises:
        IntegrityError: The facts do not begin with a receipt.
    """
    timed = _timed(facts)
    if not timed:
        return None
    recorded = tuple([fact for _, _, _, fact in timed])
    is_corrected = Corrected in [type(fact.body) for fact in recorded]
    if is_corrected:
        timed = _timed(as_corrected(sorted(recorded, key=lambda fact: fact.position)))
    first = timed[0][3]
    kind, fields = begin(first)
    steps: list[Step] = []
    latest = timed[0][0]
    phases = kind.table.phases
    if isinstance(first.body, Observed):
        at, initial = fields["received_at"], kind.table.initial
        latest = to_micros(at)
        steps.append(Step(at, first, ("received",), Standing(initial.value, phases[initial]), latest))
    stands = _standing(phases, fields)
    for micros, _, _, fact in timed:
        body = fact.body
        signals: tuple[str, ...] = ()
        if type(body) is Observed:
            before = fields["status"]
            if observe(kind, fields, fact):
                stands = _standing(phases, fields)
                signals = observed_signals(kind, before, fields["status"])
        elif (action := getattr(body, "action", None)) == "post":
            signals = message_signals(fact)
        elif action is None or action == "receive":
            signals = getattr(body, "signals", ())
        else:
            _apply(kind, fields, fact, strict=False)
            fields["updated_at"] = fact.occurred_at
            stands = _standing(phases, fields)
            signals = body.signals
        if micros >= latest:
            latest = micros
            steps.append(Step(fact.occurred_at, fact, signals, stands, micros))
        else:
            # A log may hold an update from before the receipt it tells of; for clocks it happens at the receipt.
            steps.append(Step(steps[-1].at, fact, signals, stands, latest))
    fields["updated_at"] = timed[-1][3].occurred_at
    return Trace(kind, steps, recorded, fields, is_corrected)


def _timed(facts: Iterable[Fact[Any]]) -> list[tuple[int, int, int, Fact[Any]]]:
    """Answer the facts as they happened, those of one instant in the order of record, each after what ordered it."""
    timed = [(to_micros(fact.occurred_at), fact.position, index, fact) for index, fact in enumerate(facts)]
    timed.sort()
    return timed


def _standing(phases: Mapping[Any, Phase], fields: Mapping[str, Any]) -> Standing:
    status = fields["status"]
    # `value` is a property in Python, and this runs once a fact that changes something.
    return Standing(status._value_, phases[status], *_told(fields))


_told = itemgetter("hold_reason", "service", "priority", "team", "assignee")


def message_signals(fact: Fact[Any]) -> tuple[str, ...]:
    """Answer what a message tells clocks: who wrote it, or that it is for staff alone."""
    if fact.body.audience is Audience.INTERNAL:
        return ("internal_note",)
    return ("staff_message",) if fact.actor.kind is ActorKind.STAFF else ("requester_message",)


def observed_signals(kind: WorkKind, before: Any, after: Any) -> tuple[str, ...]:
    """Answer what an observation tells clocks, by the statuses before and after it."""
    if after is before:
        return ()
    if after._value_ == "in_progress":
        phase = kind.table.phase(before)
        return ("reopened",) if not phase.is_open else ("resumed",) if phase is Phase.HELD else ("started",)
    return (_OBSERVED_SIGNALS[after._value_],)


def observed_rows(facts: Iterable[Fact[Any]]) -> Iterable[tuple[Fact[Any], dict[str, str | None]]]:
    """Answer each observation of one item with all of the source's columns as they stood in that row."""
    row: dict[str, str | None] = {}
    for fact in facts:
        if isinstance(fact.body, Observed):
            row = {**row, **dict(fact.body.attributes)}
            yield fact, row
