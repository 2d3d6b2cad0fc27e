"""Service orders at the desk: several services asked for at once become requests of their own, all or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from svcdelivery.agreement import AgreementRevision
from svcdelivery.desk.command.ask import Ask
from svcdelivery.desk.command.engine import Engine
from svcdelivery.desk.command.foreseeing import new_facts
from svcdelivery.desk.command.judged import Judged, Written
from svcdelivery.desk.command.outcome import Outcome
from svcdelivery.desk.command.rows import ORDERS, work_shelf
from svcdelivery.desk.work.casework import Casework
from svcdelivery.desk.work.items import ranked
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact
from svcdelivery.identity import Actor, identifier
from svcdelivery.security import Decision
from svcdelivery.storage.protocol import Page, Receipt, Unit, Write
from svcdelivery.timeline import Instant
from svcdelivery.work import REQUEST, RequestReceived, ServiceRequest
from svcdelivery.work.order import OrderedService, OrderLine, OrderReceived, ServiceOrder, fold_order, order_stream

__all__ = ["OrderDesk"]

_SERVICES_MOST = 100


class OrderDesk:
    """Orders of several services. Whoever asked has one reference; each service is a request with its own clocks.

    Source:
        CMMI-SVC 1.3 SD SP 3.1
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._casework: Casework[ServiceRequest] = Casework(engine, REQUEST)

    def get(self, id: str) -> ServiceOrder:
        """Answer the order.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._engine.read_unit() as unit:
            return ORDERS.get(unit, id)

    def find(self, *, after: str | None = None, limit: int = 100, **where: str) -> Page[ServiceOrder]:
        """Answer orders whose columns (`customer`) have the given values, in the order of ids."""
        with self._engine.read_unit() as unit:
            return ORDERS.find(unit, after=after, limit=limit, where=where)

    def requests(self, id: str) -> tuple[ServiceRequest, ...]:
        """Answer the requests of an order as they stand, in the order they were asked for.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._engine.read_unit() as unit:
            names = [line.item.partition(":")[2] for line in ORDERS.get(unit, id).lines]
            rows = [unit.records.get(REQUEST.name, name) for name in names]
        return tuple(work_shelf(REQUEST).record_of(row) for row in rows if row is not None)

    def receive(
        self,
        *,
        customer: str,
        requester: str,
        services: Iterable[OrderedService | str],
        summary: str = "",
        channel: str = "",
        by: Actor,
        key: str,
        id: str | None = None,
    ) -> Outcome[ServiceOrder]:
        """Put an order on record, and a request for each of its services, under the agreement that covers it.

        One transaction: where one service is refused, nothing is received; the denial is on record.

        Args:
            services: A service by its id, or with a priority, a summary and an id of its own.

        Raises:
            AgreementNotFoundError: Several agreements in force cover one of the services.
            NotPermittedError: One of the services is covered by none, or the requester is not entitled to it.
            InvalidValueError: No services, too many, or a priority, impact, urgency or id that cannot be.
        """
        wanted = _wanted(services)
        for value, what in ((customer, "a customer"), (requester, "a requester")):
            identifier(value, what)
        told = {"customer": customer, "requester": requester, "summary": summary, "channel": channel}
        said = {**told, **{f"services[{at}]": line for at, line in enumerate(wanted)}}
        ask = Ask(action="receive", id=id or "", by=by, key=key, said=said)

        receiving = _Receiving(self._engine, self._casework, ask, told, wanted)
        return self._engine.run("order.receive", ask, judge=receiving.judge, outcome=receiving.outcome)


@frozen
class _Receiving:
    """One order that is asked for: how it is judged, line by line, and what is answered."""

    engine: Engine
    casework: Casework[ServiceRequest]
    ask: Ask
    told: dict[str, str]
    wanted: tuple[OrderedService, ...]

    def judge(self, unit: Unit, now: Instant) -> Judged:
        seed = f"{self.engine.tenant}/order/{self.ask.key}"
        id = self.ask.id or self.engine.ids.new(seed=seed, now=now)
        judged = [self._line(unit, now, id, at, line) for at, line in enumerate(self.wanted)]
        denied = next((each for each in judged if each.decision is not None and not each.decision.allowed), None)
        if denied is not None:
            return denied
        stream = order_stream(id)
        if unit.journal.load(stream, upto=1):
            raise InvalidValueError(what="a free id for an order", value=id, path="id")
        items = [each.writes[0].stream for each in judged]
        lines = tuple(OrderLine(service=line.service, item=item) for line, item in zip(self.wanted, items, strict=True))
        body = OrderReceived(lines=lines, **self.told)
        return _joined(judged, Write(stream=stream, expected=0, facts=new_facts((body,), by=self.ask.by, now=now)))

    def _line(self, unit: Unit, now: Instant, order: str, at: int, line: OrderedService) -> Judged:
        told = {**self.told, "summary": line.summary or self.told["summary"]}

        def make(terms: AgreementRevision) -> RequestReceived:
            priority = ranked(terms, line.priority, line.impact, line.urgency)
            return RequestReceived(
                agreement=terms.agreement, revision=terms.number, service=line.service, priority=priority,
                impact=line.impact, urgency=line.urgency, order=order, **told,
            )  # fmt: skip

        # Each gets an id of its own, always the same for the same key.
        own = Ask(action="receive", id=line.id or "", by=self.ask.by, key=f"{self.ask.key}/{at}")
        customer, requester = told["customer"], told["requester"]
        try:
            return self.casework.received(
                unit, now, own, customer=customer, service=line.service, requester=requester, make=make
            )
        except InvalidValueError as error:
            raise error.at(f"services[{at}]") from None

    def outcome(self, unit: Unit, receipt: Receipt, decision: Decision | None) -> Outcome[ServiceOrder]:
        stream = next(fact.stream for fact in receipt.facts if isinstance(fact.body, OrderReceived))
        order = fold_order(unit.journal.load(stream))
        assert order is not None, "a receipt names recorded facts"
        return Outcome(record=order, facts=receipt.facts, decision=decision, replayed=receipt.replayed)


def _wanted(services: Iterable[OrderedService | str]) -> tuple[OrderedService, ...]:
    if isinstance(services, str):
        raise InvalidValueError(what="a list of services", value=services, path="services", hint=f"`[{services!r}]`")
    wanted = tuple(OrderedService(service=each) if isinstance(each, str) else each for each in services)
    if not 1 <= len(wanted) <= _SERVICES_MOST:
        hint = f"1 to {_SERVICES_MOST}"
        raise InvalidValueError(what="a number of services", value=len(wanted), path="services", hint=hint)
    ids = [each.id for each in wanted if each.id is not None]
    for id in ids:
        if ids.count(id) > 1:
            raise InvalidValueError(what="an id of its own", value=id, path="services", problem="it stands twice")
    return wanted


def _joined(judged: Sequence[Judged], write: Write) -> Judged:
    """Answer what the requests and the order come to together."""
    relies = {each.stream: each for one in judged for each in one.relies}
    decisions = [one.decision for one in judged if one.decision is not None]

    def after(recorded: tuple[Fact[Any], ...], unit: Unit) -> Written:
        each = [one.after(recorded, unit) for one in judged if one.after is not None]
        order = fold_order(fact for fact in recorded if fact.stream == write.stream)
        assert order is not None, "recorded facts fold"
        return Written(
            answer=(order, ()),
            records=(ORDERS.row(order), *(row for one in each for row in one.records)),
            timers=tuple(timer for one in each for timer in one.timers),
            messages=tuple(message for one in each for message in one.messages),
            counts=tuple(count for one in each for count in one.counts),
        )

    return Judged(
        decision=decisions[0],
        further=tuple(decisions[1:]),
        writes=(write, *(each for one in judged for each in one.writes)),
        relies=tuple(relies.values()),
        after=after,
    )
