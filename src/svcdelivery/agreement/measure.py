"""Measures: what a clock waits for, told in conditions that are asked after every fact."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import field, frozen
from attrs.converters import optional

from svcdelivery.agreement.condition import Condition, Not, PartIs, Signaled, to_condition
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import LEFT_OUT
from svcdelivery.identity import identifier
from svcdelivery.lifecycle import Phase

__all__ = [
    "CONDITION_KEYS",
    "MEASURE_FAMILIES",
    "SIGNALS",
    "STANDARD_MEASURES",
    "STATUSES",
    "Measure",
    "standard_measure",
]

SIGNALS = (
    "received", "accepted", "rejected", "assigned", "started", "held", "resumed", "fulfilled", "resolved", "closed",
    "reopened", "cancelled", "priority_changed", "staff_message", "requester_message", "internal_note",
    "duplicate_of", "merged_into", "split_from", "caused_by", "absorbed", "survivor_done", "survivor_reopened",
    "major_declared", "major_stood_down",
)  # fmt: skip
"""What facts of requests and incidents tell clocks; a user's own facts may give off others."""

STATUSES = (
    "received", "accepted", "rejected", "recorded", "assigned", "in_progress", "on_hold", "fulfilled", "resolved",
    "closed", "cancelled",
)  # fmt: skip
"""The statuses of requests and incidents; a lifecycle of a user's own may have others."""


@frozen(kw_only=True)
class Measure:
    """What one kind of clock measures.

    Each condition is asked after every fact. When several hold at one fact, cancel comes before stop, stop before
    reset, reset before pause, pause before resume, resume before start. A set of names stands for the condition that
    one of these signals is given off.

    Attributes:
        start: Starts it where it waits; the first fact at which it holds counts.
        stop: Stops it.
        ends: Reaching this phase, or a later one, stops the clock whatever it still waits for: work that is done
            can no longer be answered.
        repeats: Whether the next start after a stop begins a new cycle. A fact at which both hold ends one cycle and
            begins the next.
        pause: It stands still: while this holds, or with `resume` from where it holds until that holds.
        resume: Ends a pause.
        reset: It begins anew, and what it has counted is forgotten.
        cancel: Nothing is promised any more. With `repeats` a later start begins a new cycle.
    """

    name: str = field(converter=identifier)
    start: Condition = field(converter=to_condition)
    stop: Condition = field(converter=to_condition)
    ends: Phase = Phase.DONE
    repeats: bool = field(default=False, metadata=LEFT_OUT)
    pause: Condition | None = field(default=None, converter=optional(to_condition), metadata=LEFT_OUT)
    resume: Condition | None = field(default=None, converter=optional(to_condition), metadata=LEFT_OUT)
    reset: Condition | None = field(default=None, converter=optional(to_condition), metadata=LEFT_OUT)
    cancel: Condition | None = field(default=None, converter=optional(to_condition), metadata=LEFT_OUT)

    def __attrs_post_init__(self) -> None:
        if self.resume is not None and self.pause is None:
            hint = "say what pauses it, or leave `resume` out"
            raise InvalidValueError(what="a measure that can stand still", value=self.name, path="resume", hint=hint)

    @property
    def conditions(self) -> tuple[tuple[str, Condition], ...]:
        """The conditions it has, each by the name of what it does."""
        named = ((name, getattr(self, name)) for name in CONDITION_KEYS)
        return tuple((name, condition) for name, condition in named if condition is not None)


CONDITION_KEYS = ("start", "stop", "pause", "resume", "reset", "cancel")
"""What conditions do to a clock."""

_RECEIVED = Signaled({"received"})
_DONE = Signaled({"resolved", "fulfilled"})
_ANSWERED = Signaled({"staff_message"})
STANDARD_MEASURES: tuple[Measure, ...] = (
    Measure(
        name="acknowledgement", start=_RECEIVED, stop=Signaled({"accepted", "assigned", "started", "staff_message"})
    ),
    Measure(name="first_response", start=_RECEIVED, stop=_ANSWERED),
    Measure(name="next_response", start=Signaled({"requester_message"}), stop=_ANSWERED, repeats=True),
    Measure(name="periodic_update", start=_ANSWERED, stop=_ANSWERED, repeats=True),
    Measure(name="resolution", start=_RECEIVED, stop=_DONE),
    Measure(name="fulfillment", start=_RECEIVED, stop=_DONE),
    Measure(name="closure", start=_RECEIVED, stop=Signaled({"closed"}), ends=Phase.CLOSED),
    Measure(name="requester_wait", start=_RECEIVED, stop=_DONE, pause=PartIs("hold_reason", {"customer"})),
    Measure(name="staff_work", start=PartIs("phase", {"active"}), stop=_DONE, pause=PartIs("phase", {"new", "held"})),
)
"""Acknowledgement, first and next response, periodic update, resolution, fulfillment, closure, and the time that the
requester waits and that staff work."""

MEASURE_FAMILIES: Mapping[str, str] = MappingProxyType({"team_time": "a team", "hold_time": "a hold reason"})
"""Standard measures of one team, or of the holds for one reason: `team_time:network`, `hold_time:supplier`."""

_BY_NAME = {measure.name: measure for measure in STANDARD_MEASURES}


def standard_measure(name: str) -> Measure:
    """Answer the standard measure of that name, or of that family and name.

    Raises:
        InvalidValueError: There is none.
    """
    family, colon, of = name.partition(":")
    if colon and family in MEASURE_FAMILIES:
        identifier(of, MEASURE_FAMILIES[family])
        return _time_with(name, PartIs("team" if family == "team_time" else "hold_reason", {of}))
    try:
        return _BY_NAME[name]
    except KeyError:
        families = (f"`{family}:` with {of}" for family, of in MEASURE_FAMILIES.items())
        known = ", ".join([*(f"`{n}`" for n in _BY_NAME), *families])
        raise InvalidValueError(what="a known measure", value=name, path="measure", hint=f"one of {known}") from None


def _time_with(name: str, theirs: PartIs) -> Measure:
    """Answer the measure of all the time work is with somebody: it stands still while others have it."""
    return Measure(name=name, start=theirs, stop=_DONE, pause=Not(theirs))
