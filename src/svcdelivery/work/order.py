"""Service orders: one receipt that asks for several services, and one reference for whoever asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from attrs import field, frozen

from svcdelivery.facts import Fact, fact_type, opening, personal
from svcdelivery.identity import identifier
from svcdelivery.timeline import Instant

__all__ = ["OrderLine", "OrderReceived", "OrderedService", "ServiceOrder", "fold_order", "order_stream"]


def order_stream(id: str) -> str:
    """Answer the name of the stream that holds an order's facts."""
    return f"order:{id}"


@frozen(kw_only=True)
class OrderedService:
    """One of the services an order asks for.

    Attributes:
        id: Of the request it becomes; None takes a new one.
    """

    service: str = field(converter=identifier)
    priority: str | None = None
    impact: str | None = None
    urgency: str | None = None
    summary: str = ""
    id: str | None = None


@frozen(kw_only=True)
class OrderLine:
    """A service of an order, and the request it became.

    Attributes:
        item: The stream of the request, such as `request:4711`.
    """

    service: str = field(converter=identifier)
    item: str = field(converter=identifier)


@fact_type("order.received/1")
@frozen(kw_only=True)
class OrderReceived:
    """Several services were asked for at once; each became a request of its own."""

    action: ClassVar[str] = "receive"

    customer: str
    requester: str
    lines: tuple[OrderLine, ...]
    summary: str = field(default="", metadata=personal(subject="requester"))
    channel: str = ""


@frozen(kw_only=True)
class ServiceOrder:
    """An order on record. How far it is, its requests say."""

    id: str
    version: int
    customer: str
    requester: str
    received_at: Instant
    lines: tuple[OrderLine, ...]
    summary: str = field(default="", metadata=personal(subject="requester"))
    channel: str = ""


def fold_order(facts: Iterable[Fact[Any]]) -> ServiceOrder | None:
    """Answer the record the facts of one order tell, None for no facts.

    Raises:
        IntegrityError: The facts do not begin with its receipt.
    """
    recorded = tuple(facts)
    if not recorded:
        return None
    first = recorded[0]
    receipt = opening(first, OrderReceived, "its receipt")
    told = {name: getattr(receipt, name) for name in ("customer", "requester", "lines", "summary", "channel")}
    return ServiceOrder(id=first.stream_id, version=recorded[-1].version, received_at=first.occurred_at, **told)
