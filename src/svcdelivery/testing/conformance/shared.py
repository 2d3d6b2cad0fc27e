"""Scenarios of units that are part of a transaction of the caller's own."""

from __future__ import annotations

from typing import cast

from svcdelivery.errors import InvalidValueError, ServiceDeliveryError
from svcdelivery.storage.protocol import Capability, Due, Message, Query, Record, Sharing, Store, Unit
from svcdelivery.testing.conformance.complaints import said
from svcdelivery.testing.conformance.kit import (
    START,
    Lab,
    NotKeptError,
    Scenario,
    expect,
    refused,
    scenario,
    texts,
    write,
)

__all__ = ["SCENARIOS"]

SCENARIOS: list[Scenario] = []


@scenario(SCENARIOS, "shared", Capability.SHARED_TRANSACTION)
def joined_units_count_when_the_caller_commits(lab: Lab) -> None:
    """Units of a joined store see one another; others see all of them once the caller has committed, and not before."""
    sharing = cast("Sharing", lab.store)
    with sharing.transaction() as connection:
        _put(sharing.joined(connection), "1")
        _put(sharing.joined(connection), "2")
        _put(sharing.joined(connection), "1", tenant="other")
        expect(_held(sharing.joined(connection)), _after("1", "2"), "what a third unit of the transaction sees")
        expect(_seen_elsewhere(lab), _after(), "what others see before the caller commits")
    expect(_held(lab.store), _after("1", "2"), "what is there when the caller has committed")
    expect(_held(lab.store, "other"), _after("1"), "what is there of another tenant")
    with lab.unit() as unit:
        receipt = unit.journal.receipt("k1", "i")
    expect(receipt is not None and texts(receipt.facts), ["1"], "the receipt of a key of the transaction")


@scenario(SCENARIOS, "shared", Capability.SHARED_TRANSACTION)
def joined_units_are_undone_with_the_caller(lab: Lab) -> None:
    """When the caller's transaction is rolled back, units that had ended well in it never were, and keys are new."""
    sharing = cast("Sharing", lab.store)
    with lab.unit() as unit:
        _write_all(unit, "1")

    def fail() -> None:
        with sharing.transaction() as connection:
            _put(sharing.joined(connection), "2")
            raise InvalidValueError(what="a value", value="the caller is made to fail")

    refused(InvalidValueError, fail, "a transaction that raises")
    expect(_held(lab.store), _after("1"), "what is there when the caller has rolled back")
    again = lab.append(write("a", "2", expected=1), key="k2", intent="other")
    expect((again.replayed, again.facts[0].position), (False, 2), "whether the key was used, and the position")


@scenario(SCENARIOS, "shared", Capability.SHARED_TRANSACTION)
def a_joined_unit_that_raises_is_undone_alone(lab: Lab) -> None:
    """A unit that raises takes back what it wrote itself, and the caller's transaction goes on with all the rest."""
    sharing = cast("Sharing", lab.store)

    def fail(joined: Store) -> None:
        with joined.unit("main") as unit:
            _write_all(unit, "lost")
            unit.feed.read()
            raise InvalidValueError(what="a value", value="the unit is made to fail")

    with sharing.transaction() as connection:
        joined = sharing.joined(connection)
        _put(joined, "1")
        refused(InvalidValueError, lambda: fail(joined), "a unit that raises")
        expect(_held(joined), _after("1"), "what the transaction holds after a unit that raised")
        _put(joined, "2")
    expect(_held(lab.store), _after("1", "2"), "what is there when the caller has committed")


def _put(store: Store, text: str, *, tenant: str = "main") -> None:
    try:
        with store.unit(tenant) as unit:
            _write_all(unit, text)
    except ServiceDeliveryError as error:
        # Such as Busy, of a unit that is in a transaction of its own and waits for the caller's.
        raise NotKeptError(f"a unit of a joined store: {said(error)}") from error


def _write_all(unit: Unit, text: str) -> None:
    unit.journal.append([write("a", text)], key=f"k{text}", intent="i", now=START)
    unit.records.put([Record(kind="request", id=text, stream="a", version=1)])
    unit.timers.arm([Due(stream="a", name=text, due_at=START)])
    unit.outbox.put([Message(id=text, topic="mail", stream="a", due_at=START)])


def _held(store: Store, tenant: str = "main") -> tuple[list[str], ...]:
    with store.unit(tenant, write=False) as unit:
        return (
            texts(unit.feed.read()),
            [record.id for record in unit.records.find(Query(kind="request")).items],
            [timer.name for timer in unit.timers.of("a")],
            [message.id for message in unit.outbox.waiting(START)],
        )


def _after(*put: str) -> tuple[list[str], ...]:
    return tuple(list(put) for _ in range(4))


def _seen_elsewhere(lab: Lab) -> object:
    seen: list[object] = []
    lab.elsewhere(lambda: seen.append(_held(lab.store)))
    return seen[0]
