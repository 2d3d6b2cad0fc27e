from __future__ import annotations

import csv
from pathlib import Path

from svcdelivery.facts import NewFact
from svcdelivery.identity import Actor
from svcdelivery.reporting import write_work_products
from svcdelivery.storage.memory import MemoryStore
from svcdelivery.timeline import parse_instant
from svcdelivery.work import Imported, ImportedItem, Observed
from tests.reporting.stories import Clock, desk_on

ZOE = Actor.staff("zoe")


def _item(id: str, agreement: str, *updates: tuple[str, str]) -> ImportedItem:
    facts = []
    for row, (at, status) in enumerate(updates, start=2):
        first = row == 2
        fields = (("agreement", agreement), ("service", "email"), ("priority", "low")) if first else ()
        body = Observed(kind="incident", status=status, fields=fields, source="log", row=row)
        facts.append(NewFact(body=body, actor=ZOE, occurred_at=parse_instant(at)))
    return ImportedItem(kind="incident", id=id, facts=tuple(facts))


def _imported(item: ImportedItem, out: Path):
    store = MemoryStore()
    desk, _ = desk_on(store, Clock("2026-06-01T00:00:00Z"))
    fact = Imported(source="log", name="log.csv", digest="0" * 64, profile="p", columns=("id",), rows=3, items=1)
    desk.imports.record([item], source="log", describe=lambda _items, _rows: fact, by=ZOE, key="import")
    return write_work_products(store, out)


def test_an_item_that_went_straight_to_closed_was_delivered_then(tmp_path: Path) -> None:
    """Nothing is invented: who closed it delivered it, under the revision in force at its receipt."""
    item = _item("1", "acme", ("2026-03-23T08:00:00Z", "recorded"), ("2026-03-23T10:00:00Z", "closed"))
    written = _imported(item, tmp_path)
    with written.services_delivered.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["delivered_at"], row["delivered_by"]) == ("2026-03-23T10:00:00.000000Z", "staff:zoe")
    assert (row["revision"], row["revision_basis"], row["record"]) == ("1", "in force at receipt", "observed")
    assert row["verdicts"] == "met"


def test_work_without_agreement_or_terms_is_left_out_by_name(tmp_path: Path) -> None:
    """It counts as received and delivered; no clock is read, and the report says why."""
    for agreement, at, why in (
        ("unheard-of", "2026-03-23T08:00:00Z", "no agreement on record"),
        ("acme", "2025-03-23T08:00:00Z", "no revision in force at receipt"),
    ):
        written = _imported(_item("1", agreement, (at, "resolved")), tmp_path / why)
        performance = written.performance
        assert performance.unjudged == ((why, 1),)
        assert performance.covered.shown == "0.0 %"
        assert performance.whole.figure.shown == "no data"
        assert written.deliveries == 1
        assert f"not judged: {why}" in written.services_delivered.read_text(encoding="utf-8")
        assert f"1 item: {why}" in written.page.read_text(encoding="utf-8")


def test_an_item_without_matching_target_is_left_out_by_name(tmp_path: Path) -> None:
    """A page for work no target speaks of still opens."""
    from attrs import evolve

    from svcdelivery.agreement import ServiceAgreement
    from tests.reporting.stories import OLGA, agreement

    store = MemoryStore()
    desk, _ = desk_on(store)
    bare = evolve(agreement("bare").revisions[0], targets=())
    desk.agreements.register(ServiceAgreement.of(bare), by=OLGA, key="bare")
    desk.incidents.receive(customer="bare", service="email", requester="ann", by=ZOE, key="r")
    performance = write_work_products(store, tmp_path).performance
    assert performance.unjudged == (("no target applies", 1),)
    assert performance.measures == ()
