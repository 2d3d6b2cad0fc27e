"""Drivers: how components are started, stopped, fed, steered and relieved of what they put out.

Source:
    CMMI-SVC 1.3 SD SP 3.2 subpractice 1
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, Protocol

from attrs import field, frozen

from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact, fact_type, in_words
from svcdelivery.identity import identifier
from svcdelivery.system.component import Component
from svcdelivery.system.procedure import Verb

__all__ = [
    "ComponentAsked",
    "ComponentControlled",
    "ComponentDriver",
    "Disposition",
    "DriverAnswer",
    "InputSupplied",
    "Output",
    "OutputCollected",
    "OutputDisposed",
    "dispose",
    "pending_outputs",
]


@frozen(kw_only=True)
class Output:
    """Something a component put out.

    Attributes:
        id: Always the same for the same output, so that collecting it twice counts once.
        text: What it says, or where it lies.
    """

    id: str = field(converter=identifier)
    kind: str = ""
    text: str = ""


@frozen(kw_only=True)
class DriverAnswer:
    """What a driver did.

    Attributes:
        ok: Whether it did what was asked.
        detail: What there is to say about it, for people.
    """

    ok: bool
    detail: str = ""


class ComponentDriver(Protocol):
    """How one kind of component is operated. Nothing raises: what fails is answered, with why."""

    def start(self, component: Component) -> DriverAnswer:
        """Start it, and answer once it is up or could not come up."""
        ...

    def stop(self, component: Component) -> DriverAnswer:
        """Stop it, and answer once it is down."""
        ...

    def supply(self, component: Component, data: str) -> DriverAnswer:
        """Give it what it works on."""
        ...

    def control(self, component: Component, command: str) -> DriverAnswer:
        """Steer it."""
        ...

    def collect(self, component: Component) -> tuple[Output, ...]:
        """Answer what it has put out; what was collected before may come again."""
        ...

    def is_healthy(self, component: Component) -> DriverAnswer:
        """Answer whether it does its work at the moment."""
        ...


@fact_type("component.asked/1")
@frozen(kw_only=True)
class ComponentAsked:
    """Somebody who may had a driver do something with a component; recorded before the driver is asked.

    Attributes:
        run: The procedure run it happens in, if any.
    """

    verb: Verb
    argument: str = ""
    run: str = ""


@fact_type("component.supplied/1")
@frozen(kw_only=True)
class InputSupplied:
    """A component was given something to work on."""

    data: str
    ok: bool
    detail: str = ""


@fact_type("component.controlled/1")
@frozen(kw_only=True)
class ComponentControlled:
    """A component was given a command."""

    command: str
    ok: bool
    detail: str = ""


@fact_type("component.output_collected/1")
@frozen(kw_only=True)
class OutputCollected:
    """A component put something out."""

    output: str
    kind: str = ""
    text: str = ""


class Disposition(Enum):
    """What becomes of an output."""

    ACCEPT = "accept"
    QUARANTINE = "quarantine"
    DISCARD = "discard"


@fact_type("component.output_disposed/1")
@frozen(kw_only=True)
class OutputDisposed:
    """It was decided what becomes of an output."""

    output: str
    disposition: Disposition
    ground: str = ""


def dispose(facts: Iterable[Fact[Any]], output: str, disposition: Disposition, *, ground: str = "") -> OutputDisposed:
    """Answer the fact that an output is taken care of.

    Raises:
        InvalidValueError: No such output waits, or it is put away or thrown away without a ground.
    """
    pending = {one.id for one in pending_outputs(facts)}
    if output not in pending:
        raise InvalidValueError(what="an output that waits", value=output, path="output")
    if disposition is not Disposition.ACCEPT:
        in_words(ground, "ground", what="a ground")
    return OutputDisposed(output=output, disposition=disposition, ground=ground)


def pending_outputs(facts: Iterable[Fact[Any]]) -> tuple[Output, ...]:
    """Answer what a component put out and nobody has taken care of, in the order it came.

    An output that was put in quarantine still waits, for a last word.
    """
    waiting: dict[str, Output] = {}
    done: set[str] = set()
    for fact in facts:
        match fact.body:
            case OutputCollected(output=id, kind=kind, text=text) if id not in done:
                waiting.setdefault(id, Output(id=id, kind=kind, text=text))
            case OutputDisposed(output=id, disposition=disposition) if disposition is not Disposition.QUARANTINE:
                waiting.pop(id, None)
                done.add(id)
            case _:  # what else happened to a component
                pass
    return tuple(waiting.values())
