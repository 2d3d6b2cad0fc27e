"""A small provider's quarter, simulated through the desk."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from svcdelivery.clock import BreachNoticed
from svcdelivery.desk import ServiceDesk
from svcdelivery.errors import InvalidValueError
from svcdelivery.facts import Fact
from svcdelivery.satisfaction import SurveyInvited
from svcdelivery.security import Decided
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.storage.protocol import Store
from svcdelivery.storage.sqlite import SqliteStore
from svcdelivery.testing.simulator import START, SimulationSummary, provider_agreements, provider_desk, simulate
from svcdelivery.testing.simulator.arrivals import arrivals
from svcdelivery.timeline import parse_instant
from svcdelivery.work import Fulfilled, Resolved, Work, fold_work

pytest.importorskip("ruamel.yaml")

QUARTER = 91


def simulated(store: Store, **settings: Any) -> tuple[ServiceDesk, SimulationSummary]:
    desk, time = provider_desk(store)
    return desk, simulate(desk, time, **settings)


def head(store: Store) -> bytes:
    with store.unit("main", write=False) as unit:
        return unit.feed.head().hash


def journal(store: Store) -> Iterator[Fact[Any]]:
    with store.unit("main", write=False) as unit:
        after = 0
        while facts := unit.feed.read(after):
            yield from facts
            after = facts[-1].position


def items(side: Any) -> Iterator[Work]:
    after: str | None = None
    while True:
        page = side.find(after=after, limit=500)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def check_records(desk: ServiceDesk) -> None:
    """Each record row is what its facts fold to."""
    for side in (desk.requests, desk.incidents):
        for record in items(side):
            assert record == fold_work(side.facts(record.id))


def check_decisions(facts: list[Fact[Any]]) -> None:
    """Each delivery rests on a recorded permission of the same person for the same item, right before it."""
    allowed: dict[str, list[Fact[Any]]] = defaultdict(list)
    deliveries = 0
    for fact in facts:
        if isinstance(fact.body, Decided) and fact.body.allowed:
            allowed[fact.body.item].append(fact)
        elif isinstance(fact.body, Fulfilled | Resolved):
            decided = allowed[fact.stream][-1]
            assert decided.body.action == fact.body.action
            assert (decided.actor, decided.occurred_at) == (fact.actor, fact.occurred_at)
            deliveries += 1
    assert deliveries


def check_breaches(facts: list[Fact[Any]], count: int) -> None:
    """Each breach is noticed within 15 minutes of when it could be: a change may bring one about at once."""
    latest: dict[str, Fact[Any]] = {}
    noticed = 0
    for fact in facts:
        if isinstance(fact.body, BreachNoticed):
            possible_at = max(fact.body.due_at, latest[fact.stream].occurred_at)
            assert fact.body.due_at < fact.occurred_at <= datetime.__add__(possible_at, timedelta(minutes=15))
            noticed += 1
        latest[fact.stream] = fact
    assert noticed == count > 0


class TestDeterminism:
    def test_the_same_seed_gives_the_same_journal_in_memory_and_in_sqlite(self, tmp_path: Path) -> None:
        """Byte for byte: the chain's head, a hash over every stored fact, is equal."""
        stores = (MemoryStore(), MemoryStore(), SqliteStore(tmp_path / "desk.db", durability="normal"))
        summaries = [simulated(store, days=6, items=110)[1] for store in stores]
        assert len({head(store) for store in stores}) == 1
        assert summaries[0] == summaries[1] == summaries[2]

    def test_another_seed_gives_another_journal(self) -> None:
        """The seed is not decoration."""
        stores = MemoryStore(), MemoryStore()
        for seed, store in enumerate(stores):
            simulated(store, days=2, items=15, seed=seed)
        assert head(stores[0]) != head(stores[1])


class TestSettings:
    def test_nothing_is_simulated_for_no_days(self) -> None:
        """Impossible settings are refused before anything is recorded."""
        for settings in ({"days": 0}, {"items": -1}):
            store = MemoryStore()
            with pytest.raises(InvalidValueError):
                simulated(store, **settings)
            with store.unit("main", write=False) as unit:
                assert unit.feed.head().position == 0

    def test_a_day_without_items_is_possible(self) -> None:
        """Two agreements are registered and nothing else happens."""
        desk, summary = simulated(MemoryStore(), days=1, items=0)
        assert summary.items == 0
        assert summary.counts == ()
        assert [desk.agreements.get(agreement.id).id for agreement in provider_agreements()] == [
            "acme-2026",
            "globex-2026",
        ]

    def test_progress_is_told_day_by_day(self) -> None:
        """It rises and ends with the last day."""
        seen: list[tuple[int, int]] = []
        simulated(MemoryStore(), days=3, items=10, progress=lambda done, total: seen.append((done, total)))
        assert seen == [(1, 3), (2, 3), (3, 3)]

    def test_time_stands_at_the_end_when_it_is_over(self) -> None:
        """A caller can go on from there."""
        desk, time = provider_desk(MemoryStore())
        summary = simulate(desk, time, days=2, items=5)
        assert time.now() == summary.end == START.add(days=2)
        assert summary.length == timedelta(days=2)
        assert json.loads(json.dumps(summary.plain()))["counts"]["commands"] == summary.count("commands")


class TestArrivals:
    def test_arrivals_follow_the_wall_clock_of_their_zone(self) -> None:
        """When the clocks change, people still come in the morning of their own clock."""
        found = list(arrivals(Random("a"), "Europe/Paris", parse_instant("2026-03-23T00:00:00Z").date(), 14, 4000))
        hours = [at.in_timezone("Europe/Paris").hour for at in found]
        morning = sum(9 <= hour < 12 for hour in hours) / len(hours)
        weekend = sum(at.in_timezone("Europe/Paris").weekday() >= 5 for at in found) / len(found)
        assert 0.28 < morning < 0.36
        assert 0.02 < weekend < 0.07


class TestJournal:
    def test_the_journal_of_two_weeks_is_sound(self) -> None:
        """Rows are folds, deliveries are permitted, breaches and missed updates are noticed soon after they occur."""
        store = MemoryStore()
        desk, summary = simulated(store, days=12, items=220)
        facts = list(journal(store))
        check_records(desk)
        check_decisions(facts)
        check_breaches(facts, summary.count("breaches noticed"))

    def test_surveys_go_out_with_the_delivery(self) -> None:
        """Each invitation stands right behind its delivery, at the same instant."""
        store = MemoryStore()
        simulated(store, days=4, items=60)
        facts = list(journal(store))
        invited = [index for index, fact in enumerate(facts) if isinstance(fact.body, SurveyInvited)]
        assert invited
        for index in invited:
            assert isinstance(facts[index - 1].body, Fulfilled | Resolved)
            assert facts[index - 1].occurred_at == facts[index].occurred_at


@pytest.mark.slow
def test_a_quarter_holds_what_the_demonstration_promises() -> None:
    """At least 2,000 items of five services under two agreements, with everything that goes well and wrong."""
    store = MemoryStore()
    desk, summary = simulated(store, days=QUARTER)
    assert START.date().isoformat() == "2026-01-05"
    assert summary.start < parse_instant("2026-03-29T01:00:00Z") < summary.end
    assert summary.items >= 2000
    found = [*items(desk.requests), *items(desk.incidents)]
    assert len(found) == summary.items
    assert {item.service for item in found} == {"email", "laptop", "vpn", "payroll", "print"}
    assert {item.agreement for item in found} == {"acme-2026", "globex-2026"}
    for reason in ("customer", "provider", "supplier", "scheduled"):
        assert summary.count(f"put on hold: {reason}") > 20
    for measure in ("acknowledgement", "first response", "resolution", "fulfillment", "closure"):
        assert summary.count(f"breaches: {measure}") >= 10
    for reason in (
        "actor inactive", "no entitlement", "not own work", "reopening window over", "role not permitted",
        "service not approved", "service not in agreement", "unknown actor", "unknown agreement", "unknown item",
    ):  # fmt: skip
        assert summary.count(f"refused: {reason}") >= 1, reason
    for kind in (
        "commands asked again", "assigned once more", "internal notes", "priorities changed", "requests rejected",
        "cancelled", "reopened", "status updates missed", "surveys answered: 1 to 3", "surveys answered: 4 or 5",
        "corrective actions implemented", "corrective actions found effective", "corrective actions found ineffective",
        "corrective actions waived",
    ):  # fmt: skip
        assert summary.count(kind) >= 20, kind
    for kind in (
        "orders received", "major incidents declared", "major incidents stood down", "problems recorded",
        "known errors declared", "incidents resolved by a workaround", "problems resolved", "problems closed",
        "grants given", "grants revoked", "vulnerabilities found", "corrections verified",
        "security incidents reported", "customers told of security incidents",
    ):  # fmt: skip
        assert summary.count(kind) >= 3, kind
    assert not summary.count_like("findings"), "nobody went around the desk"
    for kind in (
        "requests by the agreement itself", "incidents by monitoring", "procedures run", "maintenance completed",
        "continuous services delivered", "thresholds revised", "training completed", "readiness: go",
    ):  # fmt: skip
        assert summary.count(kind) >= 1, kind
    assert summary.count("surveys answered") < summary.count("surveys sent")
    assert summary.count("breaches noticed") == summary.count_like("breaches: ")
    check_records(desk)
    facts = list(journal(store))
    check_decisions(facts)
    check_breaches(facts, summary.count("breaches noticed"))
    print("\n".join(summary.lines()))
