"""Orders: several services asked for at once, all or none, each a request of its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcdelivery.agreement import ServiceAgreement
from svcdelivery.errors import (
    AgreementNotFoundError,
    InvalidValueError,
    KeyReused,
    NotFoundError,
    NotPermittedError,
    Unknown,
)
from svcdelivery.security import Decided
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.work import RequestReceived
from svcdelivery.work.order import OrderedService, OrderReceived
from tests.desk.world import ANN, BOB, EVE, OLGA, LosingAcknowledgements, World, keys, revision


def order(world: World, *services: OrderedService | str, **rest: Any) -> Any:
    rest = {"customer": "acme", "requester": "ann", "by": ANN, "key": next(keys), **rest}
    return world.desk.orders.receive(services=services, **rest)


def requests_on_record(world: World) -> int:
    return len(world.desk.requests.find(limit=100).items)


class TestReceiving:
    def test_each_service_becomes_a_request_with_clocks_of_its_own(self, world: World) -> None:
        """One command; whoever asked has one reference."""
        outcome = order(world, OrderedService(service="email", priority="P2"), "laptop", summary="ann starts on Monday")
        placed = outcome.record
        first, second = world.desk.orders.requests(placed.id)
        assert [line.service for line in placed.lines] == [first.service, second.service] == ["email", "laptop"]
        assert first.reference == second.reference == placed.id
        assert (first.priority, second.priority) == ("P2", None)
        assert first.summary == second.summary == "ann starts on Monday"
        assert world.desk.orders.get(placed.id) == placed
        world.desk.requests.accept(first.id, by=BOB, key=next(keys))
        world.time.advance(hours=1)
        world.desk.requests.start(first.id, by=BOB, key=next(keys))
        world.desk.requests.fulfill(first.id, by=BOB, key=next(keys))
        phases = [world.desk.requests.readings(each.id)[-1].phase.value for each in (first, second)]
        assert phases == ["stopped", "running"]
        for each in (first, second):
            world.check(f"request:{each.id}")

    def test_it_is_one_transaction_with_a_decision_for_each_service(self, world: World) -> None:
        """The order and its requests are recorded at one instant, each resting on an allowance."""
        outcome = order(world, "email", "laptop")
        bodies = [fact.body for fact in outcome.facts]
        allowed = [body.item for body in bodies if isinstance(body, Decided) and body.allowed]
        assert allowed == [fact.stream for fact in outcome.facts if isinstance(fact.body, RequestReceived)]
        assert sum(isinstance(body, OrderReceived) for body in bodies) == 1
        assert len({(fact.occurred_at, fact.recorded_at) for fact in outcome.facts}) == 1

    def test_a_request_of_its_own_is_its_own_reference(self, world: World) -> None:
        """Nothing changes for whoever asks for one thing."""
        id = world.request()
        request = world.desk.requests.get(id)
        assert (request.order, request.reference) == ("", id)

    def test_services_may_stand_in_different_agreements(self, world: World) -> None:
        """Each request follows the one that covers it."""
        (_, laptop, _) = revision().services
        other = revision("acme-2", services=(laptop.__class__(**{**_parts(laptop), "id": "phone"}),))
        world.desk.agreements.register(ServiceAgreement.of(other), by=OLGA, key=next(keys))
        placed = order(world, "email", "phone").record
        agreements = [request.agreement for request in world.desk.orders.requests(placed.id)]
        assert agreements == ["acme-1", "acme-2"]


def _parts(value: Any) -> dict[str, Any]:
    return {"approved": value.approved, "entitled": value.entitled, "delivered_by": value.delivered_by}


class TestAllOrNothing:
    @pytest.mark.parametrize("refused", ["fax", "payroll"])
    def test_where_one_is_refused_nothing_is_received(self, world: World, refused: str) -> None:
        """The denial is on record, and nothing else."""
        with pytest.raises(NotPermittedError):
            order(world, "email", refused, "laptop")
        assert requests_on_record(world) == 0
        assert world.desk.orders.find().items == ()
        with world.store.unit("main", write=False) as unit:
            bodies = [fact.body for fact in unit.feed.read(0)]
        denied = [body for body in bodies if isinstance(body, Decided) and not body.allowed]
        assert [body.service for body in denied] == [refused]
        assert not any(isinstance(body, RequestReceived | OrderReceived) for body in bodies)

    def test_somebody_elses_order_reads_like_one_there_is_not(self, world: World) -> None:
        """To an outsider."""
        with pytest.raises(NotPermittedError, match=r"^not permitted$"):
            order(world, "email", by=EVE)

    def test_what_cannot_be_names_its_place(self, world: World) -> None:
        """And nothing is recorded of it."""
        for services, message in (
            ((), "0"),
            (("email",) * 101, "101"),
            (("email", OrderedService(service="laptop", priority="P9")), r"services\[1\]\.priority"),
            ((OrderedService(service="email", id="R1"), OrderedService(service="laptop", id="R1")), "stands twice"),
        ):
            with pytest.raises(InvalidValueError, match=message):
                order(world, *services)
        with pytest.raises(InvalidValueError, match="a list of services"):
            world.desk.orders.receive(customer="acme", requester="ann", services="email", by=ANN, key=next(keys))
        assert requests_on_record(world) == 0
        taken = world.request(id="R1")
        with pytest.raises(InvalidValueError, match=r"services\[1\].id: .*a free id for a request"):
            order(world, "laptop", OrderedService(service="email", id=taken))
        known = order(world, "email").record.id
        with pytest.raises(InvalidValueError, match="a free id for an order"):
            order(world, "email", id=known)
        with pytest.raises(NotFoundError):
            world.desk.orders.get("nothing")

    def test_a_service_two_agreements_cover_is_refused_with_both(self, world: World) -> None:
        """Nobody guesses."""
        world.desk.agreements.register(ServiceAgreement.of(revision("acme-2")), by=OLGA, key=next(keys))
        with pytest.raises(AgreementNotFoundError, match="`acme-1`, `acme-2`"):
            order(world, "email")

    @settings(max_examples=40)
    @given(st.lists(st.sampled_from(["email", "laptop", "fax"]), min_size=1, max_size=6))
    def test_either_all_of_them_or_none(self, services: list[str]) -> None:
        """As many requests as services, or no trace of any."""
        world = World(MemoryStore())
        try:
            placed = order(world, *services).record
        except NotPermittedError:
            assert "fax" in services
            assert requests_on_record(world) == 0
        else:
            assert "fax" not in services
            assert requests_on_record(world) == len(services) == len(placed.lines)
            assert len({line.item for line in placed.lines}) == len(services)


class TestKeys:
    def test_asked_again_the_first_answer_stands(self, world: World) -> None:
        """Later too, and with the ids the desk gave."""
        key = next(keys)
        first = order(world, "email", "laptop", key=key)
        world.time.advance(hours=1)
        again = order(world, "email", "laptop", key=key)
        assert (again.replayed, again.record, again.facts) == (True, first.record, first.facts)
        with pytest.raises(KeyReused):
            order(world, "email", key=key)
        assert requests_on_record(world) == 2

    def test_a_lost_acknowledgement_orders_nothing_twice(self) -> None:
        """The retry finds the first."""
        store = LosingAcknowledgements(MemoryStore(), times=0)
        world = World(store)
        key = next(keys)
        store.times = 1
        with pytest.raises(Unknown):
            order(world, "email", "laptop", key=key)
        assert order(world, "email", "laptop", key=key).replayed
        assert requests_on_record(world) == 2
