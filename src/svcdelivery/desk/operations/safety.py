"""Safety at the desk: what harmed people, or nearly did, put on record once.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 5
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.internal import Aggregate, Said, act
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor
from svcdelivery.quality import SafetyEventRecorded, Severity, safety_stream
from svcdelivery.storage.protocol import Unit
from svcdelivery.timeline import Instant

__all__ = ["SafetyDesk"]


class SafetyDesk:
    """Events that harmed people, or nearly did; the report counts them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(
        self, severity: Severity, *, what: str, item: str = "", id: str = "", by: Actor, key: str
    ) -> Outcome[SafetyEventRecorded]:
        """Put an event on record.

        Args:
            what: What happened, for people.
            item: The request or incident it happened with, such as `incident:4711`.

        Raises:
            InvalidValueError: An event of that id is on record.
            NotPermittedError: `by` is neither active staff nor a program of the host.
        """
        body = SafetyEventRecorded(severity=Severity(severity), what=what, item=item)
        told = {"severity": body.severity.value, "what": what, "item": item}
        ask = Ask(action="record", id=id, by=by, key=key, said=told)

        def make(known: SafetyEventRecorded | None, _unit: Unit, _now: Instant) -> Said[SafetyEventRecorded]:
            if known is not None:
                raise InvalidValueError(what="the id of a new event", value=id, path="id", problem="it is on record")
            return Said((body,))

        return act(self._engine, _EVENT, ask, make, creates=True)


def _event(facts: Iterable[Fact[Any]]) -> SafetyEventRecorded | None:
    found = [fact.body for fact in facts if isinstance(fact.body, SafetyEventRecorded)]
    return found[-1] if found else None


_EVENT: Aggregate[SafetyEventRecorded] = Aggregate(
    "a safety event", "safety", safety_stream, _event, lambda _event: None
)
