"""Measures: what a clock waits for, told in signals that facts give off."""

from __future__ import annotations

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import LEFT_OUT
from svcdelivery.identity import identifier, names
from svcdelivery.lifecycle import Phase

__all__ = ["SIGNALS", "STANDARD_MEASURES", "Measure", "standard_measure"]

SIGNALS = (
    "received", "accepted", "rejected", "assigned", "started", "held", "resumed", "fulfilled", "resolved", "closed",
    "reopened", "cancelled", "priority_changed", "staff_message", "requester_message", "internal_note",
)  # fmt: skip
"""What facts of requests and incidents tell clocks; a user's own facts may give off others."""


@frozen(kw_only=True)
class Measure:
    """What one kind of clock measures.

    Attributes:
        start: Signals that start it; the first one counts.
        stop: Signals that stop it.
        ends: Reaching this phase, or a later one, stops the clock whatever it still waits for: work that is done
            can no longer be answered.
        repeats: Whether the next start after a stop begins a new cycle. A signal that both starts and stops it ends
            one cycle and begins the next.
    """

    name: str = field(converter=identifier)
    start: frozenset[str] = field(converter=names)
    stop: frozenset[str] = field(converter=names)
    ends: Phase = Phase.DONE
    repeats: bool = field(default=False, metadata=LEFT_OUT)


_OF_RECEIPT = frozenset({"received"})
STANDARD_MEASURES: tuple[Measure, ...] = (
    Measure(
        name="acknowledgement",
        start=_OF_RECEIPT,
        stop=frozenset({"accepted", "assigned", "started", "staff_message"}),
    ),
    Measure(name="first_response", start=_OF_RECEIPT, stop=frozenset({"staff_message"})),
    Measure(
        name="next_response",
        start=frozenset({"requester_message"}),
        stop=frozenset({"staff_message"}),
        repeats=True,
    ),
    Measure(
        name="periodic_update",
        start=frozenset({"staff_message"}),
        stop=frozenset({"staff_message"}),
        repeats=True,
    ),
    Measure(name="resolution", start=_OF_RECEIPT, stop=frozenset({"resolved", "fulfilled"})),
    Measure(name="fulfillment", start=_OF_RECEIPT, stop=frozenset({"fulfilled", "resolved"})),
    Measure(name="closure", start=_OF_RECEIPT, stop=frozenset({"closed"}), ends=Phase.CLOSED),
)
"""Acknowledgement, first and next response, periodic update, resolution, fulfillment, closure."""

_BY_NAME = {measure.name: measure for measure in STANDARD_MEASURES}


def standard_measure(name: str) -> Measure:
    """Answer the standard measure of that name.

    Raises:
        InvalidValueError: There is none.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(f"`{n}`" for n in _BY_NAME)
        raise InvalidValueError(what="a known measure", value=name, path="measure", hint=f"one of {known}") from None
