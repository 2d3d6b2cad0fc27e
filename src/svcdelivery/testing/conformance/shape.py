"""Scenarios of form: whether every part of the protocol is there, so that the others have something to call."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from svcdelivery.storage.protocol import (
    PROTOCOL,
    Archive,
    Capability,
    Erasing,
    Feed,
    Journal,
    Listening,
    Marks,
    Outbox,
    Records,
    Sharing,
    Store,
    Timers,
    Unit,
)
from svcdelivery.testing.conformance.complaints import NotKeptError
from svcdelivery.testing.conformance.kit import Lab, Scenario, expect, scenario

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []

_PARTS = {"journal": Journal, "feed": Feed, "records": Records, "timers": Timers, "marks": Marks, "outbox": Outbox}
_OFFERED: dict[Capability, type] = {
    Capability.NOTIFY: Listening,
    Capability.SHARED_TRANSACTION: Sharing,
    Capability.ERASURE: Erasing,
}


@scenario(SCENARIOS, "shape")
def a_store_has_what_the_protocol_names(lab: Lab) -> None:
    """A store has every method of the protocol, and they take what it passes."""
    _complain(_lacking("store", lab.store, Store))


@scenario(SCENARIOS, "shape")
def a_unit_has_every_part(lab: Lab) -> None:
    """A unit has a journal, a feed, records, timers, marks and an outbox, each with every method of the protocol."""
    with lab.unit() as unit:
        lacking = list(_lacking("unit", unit, Unit))
        parts = {name: kind for name, kind in _PARTS.items() if hasattr(unit, name)}
        lacking += [line for name, kind in parts.items() for line in _lacking(name, getattr(unit, name), kind)]
    _complain(lacking)


@scenario(SCENARIOS, "shape")
def a_store_says_which_protocol_it_keeps(lab: Lab) -> None:
    """A store names the version of the protocol it was written for, and only capabilities the protocol knows."""
    major, _ = lab.store.protocol
    expect(major, PROTOCOL[0], "the first number of its protocol")
    expect({type(one) for one in lab.store.capabilities} <= {Capability}, True, "that its capabilities are known")


@scenario(SCENARIOS, "shape")
def a_store_has_what_its_capabilities_are_asked_by(lab: Lab) -> None:
    """A store has the methods by which a caller comes by what it says it offers."""
    offers = lab.store.capabilities
    lacking = [line for one, kind in _OFFERED.items() if one in offers for line in _lacking("store", lab.store, kind)]
    if Capability.EXPORT in offers:
        with lab.unit(write=False) as unit:
            archive = getattr(unit, "archive", None)
            lacking += (
                ["unit.archive: Everything as rows."] if archive is None else _lacking("archive", archive, Archive)
            )
    _complain(lacking)


def _lacking(name: str, thing: object, wanted: type) -> Iterator[str]:
    for member, means in vars(wanted).items():
        if member.startswith("_"):
            continue
        promise = (means.__doc__ or "").strip().partition("\n")[0]
        if isinstance(means, property):
            if not hasattr(type(thing), member) and not hasattr(thing, member):
                yield f"{name}.{member}: {promise}"
            continue
        takes = [one for one in inspect.signature(means).parameters.values() if one.name != "self"]
        shown = ", ".join(f"{one.name}=" if one.kind is one.KEYWORD_ONLY else one.name for one in takes)
        found = getattr(thing, member, None)
        if found is None:
            yield f"{name}.{member}({shown}): {promise}"
        elif missing := _not_taken(found, takes):
            yield f"{name}.{member} does not take {', '.join(f'`{one}`' for one in missing)}"


def _not_taken(method: object, takes: list[inspect.Parameter]) -> list[str]:
    if not callable(method):
        return [one.name for one in takes]
    has = inspect.signature(method).parameters.values()
    kinds = {one.kind for one in has}
    named, placed = inspect.Parameter.VAR_KEYWORD in kinds, inspect.Parameter.VAR_POSITIONAL in kinds
    names = {one.name for one in has}
    return [
        one.name
        for one in takes
        if one.name not in names and not (named if one.kind is inspect.Parameter.KEYWORD_ONLY else placed)
    ]


def _complain(lacking: Iterator[str] | list[str]) -> None:
    lines = list(lacking)
    if lines:
        raise NotKeptError("the protocol has more:\n" + "\n".join(lines))
